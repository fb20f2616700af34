"""All sides write with the same model, and every character is there."""

import math

import numpy as np
import pytest

from benchmarks import generate
from benchmarks.sides import TENSORFLOW, TORCH, Turn, installed
from benchmarks.texts import writing

SIDES = [TENSORFLOW, *filter(installed, [TORCH])]


@pytest.fixture(scope="module")
def written(stage):
    return generate.measure(stage, units=[8], batch=[2], length=40, repeats=2)


def test_every_way_writes_every_character(written, saved):
    assert [row.way for row in written] == list(generate.makers())
    for row in filter(lambda row: not row.note, written):
        assert len(row.seconds) == 2
        assert 0 < row.fastest <= row.median < math.inf
    assert written[0].over_tutorial == 1
    assert len(generate.as_text(written).splitlines()) == 1 + len(written)
    rows = saved(written, generate)
    assert [row["seconds"] for row in rows] == [row.seconds for row in written]


def test_a_way_that_writes_too_little_is_seen():
    turn = Turn(1.0, [["abc", "ab"]])
    with pytest.raises(RuntimeError, match=r"PyTorch must write 2 x 3 characters, wrote \[3, 2\]"):
        generate.checked("PyTorch", turn, writing(8, 2, 3))


@pytest.mark.parametrize("library", SIDES)
def test_all_ways_write_with_one_model(stage, library):
    """The loops that others write with have the logits of ours."""
    ids = np.array([[0, 5, 7], [0, 80, 9]], np.int32)
    task = writing(8, 2, 3)
    ours = stage.side(TENSORFLOW).run(logits_of_ours, task, ids)
    theirs = stage.side(library).run(LOGITS[library], task, ids)
    np.testing.assert_allclose(theirs, ours, atol=1e-5)
    assert ours[..., 0].max() < -100, "the end may be drawn"


def logits_of_ours(task, ids):
    from benchmarks.ways import char_rnn

    return char_rnn(task)({"ids": ids}).numpy()


def logits_of_the_tutorials(task, ids):
    from benchmarks.ways import keras_twin

    twin = keras_twin(task)
    return np.concatenate([twin(ids[:, t : t + 1]) for t in range(ids.shape[1])], 1)


def logits_of_torch(task, ids):
    import torch

    from benchmarks.texts import writing_weights
    from benchmarks.torch_side import Model

    with torch.no_grad():
        return Model(task, writing_weights(task))(torch.from_numpy(ids)).numpy()


LOGITS = {TENSORFLOW: logits_of_the_tutorials, TORCH: logits_of_torch}


def test_a_legal_text_goes_on_beyond_every_end(stage):
    (text,) = stage.side(TENSORFLOW).run(legal_texts, writing(8, 1, 150))
    assert text.startswith("X:1\n")
    assert len(text) == 150


def legal_texts(task):
    from benchmarks.ways import ours

    return ours(task, legal=True, jit=False)()
