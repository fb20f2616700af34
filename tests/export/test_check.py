"""What an export is asked before it is put in its place, and what stands beside it."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.errors import StorageError
from tfrnn.export import alone
from tfrnn.export.card import write_card
from tfrnn.export.check import check
from tfrnn.export.saved_model import save


class Toy(tf.Module):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def say(self, text):
        """Says it twice."""
        lengths = tf.cast(tf.strings.length(text), tf.float32)
        return {"twice": tf.strings.join([text, text]), "size": self.factor * lengths}


ASKED = {"say": {"text": np.array([b"", b"\x00a\x00", "日本".encode()])}}


@pytest.fixture
def folder(tmp_path):
    toy = Toy()
    save(toy, tmp_path / "toy", {"say": toy.say})
    return tmp_path / "toy"


def test_the_same_is_the_same(folder):
    toy = Toy()
    check(folder, {"say": toy.say}, ASKED)


def test_another_weight_is_seen(folder):
    other = Toy()
    other.factor.assign(2.1)
    with pytest.raises(StorageError, match=r"toy: say, size differs from the model's"):
        check(folder, {"say": other.say}, ASKED)


def test_another_string_is_seen(folder):
    def say(text):
        return {"twice": text}

    with pytest.raises(StorageError, match=r"say, twice differs"):
        check(folder, {"say": say}, ASKED)


def test_what_cannot_be_loaded_is_said(folder):
    (folder / "saved_model.pb").write_bytes(b"no such thing")
    with pytest.raises(StorageError, match=r"toy cannot be loaded by TensorFlow alone: .*Error"):
        check(folder, {"say": Toy().say}, ASKED)


def test_an_export_that_is_refused_leaves_nothing(tmp_path):
    def refuse(folder):
        raise StorageError("no")

    toy = Toy()
    with pytest.raises(StorageError, match="no"):
        save(toy, tmp_path / "toy", {"say": toy.say}, refuse)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "array",
    [
        np.array([[b"a\x00", b""], [b"\xff", "é".encode()]], object),
        np.array(["é", ""]),
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.float32(0.1),
        np.zeros([0, 3], np.float32),
        np.array([True, False]),
    ],
)
def test_arrays_come_back_from_json(array):
    there = alone.from_json(json.loads(json.dumps(alone.to_json(array))))
    assert there.shape == np.shape(array)
    wanted = [x.encode() if isinstance(x, str) else x for x in np.ravel(array)]
    assert there.ravel().tolist() == wanted or np.array_equal(there.ravel(), wanted)


def test_a_card_says_what_goes_in_and_out(tmp_path):
    toy = Toy()
    write_card(tmp_path, {"say": toy.say}, {"model": "toy"})
    card = json.loads((tmp_path / "signature.json").read_text())
    assert card == {
        "model": "toy",
        "signatures": {
            "say": {
                "about": "Says it twice.",
                "inputs": {"text": {"dtype": "string", "shape": [None]}},
                "outputs": {
                    "twice": {"dtype": "string", "shape": [None]},
                    "size": {"dtype": "float32", "shape": [None]},
                },
            }
        },
    }
