"""Labelled texts of prepared TensorFlow data sets, and what is said of those that are not."""

import time

import pytest
import tensorflow_datasets as tfds

from tfrnn.data.examples import Refusals
from tfrnn.data.options import LabelledOptions
from tfrnn.data.prepared import read_prepared
from tfrnn.errors import DataError, MissingInputError, StorageError


class TfrnnReviews(tfds.core.GeneratorBasedBuilder):
    """A local data set in the form of GLUE: a test split without labels, and one of no use."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "sentence": tfds.features.Text(),
            "label": tfds.features.ClassLabel(names=["bad", "good"]),
            "source": tfds.features.Text(),
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, _):
        return {
            "train": self._texts(("nice\r\n", 1), ("几点 😀", 0)),
            "validation": self._texts(("dull", 0), (" ", 1)),
            "test": self._texts(("secret", -1)),
            "unsupervised": self._texts(("more", -1)),
        }

    def _texts(self, *rows):
        for i, (text, label) in enumerate(rows):
            yield i, {"sentence": text, "label": label, "source": "web" if i else "mail"}

    def _generate_examples(self):
        raise AssertionError("the splits are given")


def read(name, options=None, *, skip=False):
    found = read_prepared(name, options or LabelledOptions(), Refusals(skip, "rows"))
    return found, {
        part: sorted(tuple(row.example) for row in rows) for part, rows in found.parts.items()
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def reviews(folder):
    tfds.builder("tfrnn_reviews").download_and_prepare()


@pytest.mark.usefixtures("reviews")
def test_texts_and_the_names_of_their_labels():
    found, parts = read("tfrnn_reviews", skip=True)
    assert found.form == "TensorFlow data set"
    assert parts == {"train": [("nice\n", "good"), ("几点 😀", "bad")], "valid": [("dull", "bad")]}
    assert sorted(found.notes) == ["test has no labels", "unsupervised not read"]
    assert found.parts["train"][1].where == "tfds:tfrnn_reviews/train#1"


@pytest.mark.usefixtures("reviews")
def test_an_empty_text_is_refused_by_its_number():
    with pytest.raises(DataError) as failure:
        read("tfrnn_reviews")
    assert str(failure.value).startswith("tfds:tfrnn_reviews/validation#")
    assert "is needed, or pass --data.skip-bad to leave such rows out." in str(failure.value)


@pytest.mark.usefixtures("reviews")
def test_features_by_other_names():
    options = LabelledOptions(text_column="sentence", label_column="source")
    assert read("tfrnn_reviews", options, skip=True)[1]["train"] == [
        ("nice\n", "mail"),
        ("几点 😀", "web"),
    ]
    with pytest.raises(
        DataError, match="called words and label are needed, there are sentence, label"
    ):
        read("tfrnn_reviews", LabelledOptions(text_column="words"))


def test_a_data_set_that_is_not_here_is_named_at_once_and_leaves_nothing(folder):
    start = time.monotonic()
    with pytest.raises(StorageError, match=r'builder\("imdb_reviews"\)\.download_and_prepare'):
        read("imdb_reviews")
    assert time.monotonic() - start < 10
    assert not list(folder.rglob("*"))


@pytest.mark.usefixtures("folder")
def test_a_data_set_that_does_not_exist():
    with pytest.raises(MissingInputError, match=r"^tfds:no_such_texts: no such data set"):
        read("no_such_texts")


def test_tfds_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingInputError, match="pip install tensorflow-datasets"):
        read("imdb_reviews")
