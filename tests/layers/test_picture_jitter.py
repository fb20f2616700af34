"""Pictures otherwise each time: what changes, how far, and what must not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import PictureJitter

ROWS = 200


def ramp(rows=ROWS):
    """Pictures that tell where each of their pixels was: red grows to the right, green down."""
    y, x = np.mgrid[0:1:16j, 0:1:16j]
    picture = np.stack([150 * x + 50, 150 * y + 50, np.full_like(x, 128)], -1)
    return tf.constant(np.repeat(picture[None], rows, 0), tf.float32)


def jittered(layer, mirrored=True, rows=ROWS):
    return layer(ramp(rows), tf.fill([rows], mirrored), training=True).numpy()


def test_nothing_changes_outside_of_training():
    pixels = tf.cast(ramp(3), tf.uint8)
    assert PictureJitter()(pixels, tf.fill([3], True)) is pixels


def test_without_shares_pictures_are_mirrored_or_stay():
    found = jittered(PictureJitter(0.0, 0.0, seed=1))
    wanted = ramp(1)[0].numpy()
    flipped = np.abs(found - wanted[:, ::-1]).max((1, 2, 3)) < 1e-3
    as_it_was = np.abs(found - wanted).max((1, 2, 3)) < 1e-3
    assert (flipped ^ as_it_was).all()
    assert 0.35 < flipped.mean() < 0.65


def test_what_may_not_be_mirrored_never_is():
    found = jittered(PictureJitter(0.3, 0.3, seed=2), mirrored=False)
    assert (np.diff(found[..., 0], axis=2) >= 0).all()  # red still grows to the right
    assert (np.diff(found[..., 1], axis=1) >= 0).all()


def test_no_more_is_cut_off_than_was_said():
    found = jittered(PictureJitter(0.25, 0.0, seed=3), mirrored=False)
    wide = (found[:, 8, -1, 0] - found[:, 8, 0, 0]) / 150
    high = (found[:, -1, 8, 1] - found[:, 0, 8, 1]) / 150
    np.testing.assert_allclose(wide, high, atol=1e-4)
    assert wide.min() < 0.8 and wide.min() >= 0.75 - 1e-4 and wide.max() <= 1 + 1e-4
    assert found[:, 8, 0, 0].min() < 55 and found[:, 8, 0, 0].max() > 65  # places differ


def test_light_changes_as_the_equation_says():
    found = jittered(PictureJitter(0.0, 0.2, seed=4), mirrored=False)
    before = ramp(1)[0].numpy()
    for picture in found[:20]:
        slope = np.ptp(picture[..., 0]) / np.ptp(before[..., 0])
        shift = picture.mean() - before.mean()
        assert 0.8 - 1e-4 <= slope <= 1.2 + 1e-4 and abs(shift) <= 25.5 + 1e-3
        wanted = before.mean() + (before - before.mean()) * slope + shift
        np.testing.assert_allclose(picture, np.clip(wanted, 0, 255), atol=1e-2)


def test_a_seed_draws_the_same_and_the_next_call_others():
    first, again = (PictureJitter(seed=5) for _ in range(2))
    one = jittered(first, rows=4)
    np.testing.assert_array_equal(one, jittered(again, rows=4))
    assert np.abs(one - jittered(first, rows=4)).max() > 1


def test_it_comes_back_from_a_file():
    layer = PictureJitter(0.3, 0.4)
    again = PictureJitter.from_config(layer.get_config())
    assert (again.move, again.light) == (0.3, 0.4)
    assert keras.saving.get_registered_name(PictureJitter) == "tfrnn>PictureJitter"


@pytest.mark.parametrize("shares", [(1.0, 0.0), (0.0, -0.1)])
def test_shares_that_cannot_be_are_refused(shares):
    with pytest.raises(ValueError, match="PictureJitter"):
        PictureJitter(*shares)
