"""The CNN for pictures: against its equations in numpy, shapes, and a file."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import PictureCNN


def test_against_numpy():
    keras.utils.set_random_seed(0)
    layer = PictureCNN([4], dtype="float64")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3)).astype(np.uint8)
    found = layer(pixels).numpy()
    kernel = layer.convolutions[0].kernel.numpy()
    gain, shift = (w.numpy() for w in (layer.norms[0].gamma, layer.norms[0].beta))
    # "same" at stride 2: 5 rows need one zero on each side, 6 columns one at the end.
    x = np.pad(pixels / 127.5 - 1, [(0, 0), (1, 1), (0, 1), (0, 0)])
    for i in range(3):
        for j in range(3):
            patch = x[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            y = np.tensordot(patch, kernel, [[1, 2, 3], [0, 1, 2]])
            y = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-3)
            np.testing.assert_allclose(found[:, i, j], np.maximum(y * gain + shift, 0), atol=1e-12)


def test_it_comes_back_from_its_config():
    layer = PictureCNN([4, 6], dtype="mixed_bfloat16")
    found = layer(tf.zeros([1, 9, 12, 3], tf.uint8))
    assert found.shape == (1, 3, 3, 6) and found.dtype == tf.bfloat16
    assert layer.compute_output_shape((None, 9, 12, 3)) == (None, 3, 3, 6)
    again = PictureCNN.from_config(layer.get_config())
    assert again.widths == [4, 6] and again.compute_dtype == "bfloat16"


@pytest.mark.parametrize("widths", [[], [0]])
def test_widths_that_cannot_be(widths):
    with pytest.raises(ValueError, match="PictureCNN"):
        PictureCNN(widths)
