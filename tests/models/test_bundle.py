"""open_bundle: what a run left, opened to be used, with the weights that validated best."""

import json

import numpy as np
import pytest

from models import ZOO
from models.bundle import open_bundle
from tests.scripts import runs
from tfrnn.errors import DataError, MissingInputError
from tfrnn.training import checkpoint
from tfrnn.training.loop import make_score, named_weights


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return runs.music(tmp_path_factory.getbasetemp())


def weights(bundle):
    return {name: np.array(weight) for name, weight in named_weights(bundle.model).items()}


def test_it_is_the_model_that_was_validated(music):
    """Its loss on the validation split is, to the last bit or so, what the metrics say."""
    bundle = open_bundle(music)
    lines = map(json.loads, (music / "metrics.jsonl").read_text().splitlines())
    valid = {line["step"]: line["valid_loss"] for line in lines if "valid_loss" in line}
    assert valid[bundle.step] == min(valid.values())
    entry, options = ZOO["music"], bundle.options
    data = entry.read(options.data, seed=options.seed)
    splits = data.splits(options.data, seed=options.seed)
    score = make_score(bundle.model, entry.loss(options.model))
    assert score(splits.valid) == pytest.approx(valid[bundle.step], rel=1e-6)
    assert bundle.vocabulary == data.vocabulary


def test_the_best_is_opened_though_it_is_not_the_newest(music, tmp_path):
    run = runs.copy(music, tmp_path)
    newest = checkpoint.newest(run)
    best = newest.step - runs.EVERY
    changed = {name: array + 1 for name, array in newest.arrays.items()}
    meta = newest.meta | {"best_step": best}
    checkpoint.save(run, newest.step + 1, changed, meta)
    bundle = open_bundle(run)
    assert bundle.step == best
    for name, weight in weights(bundle).items():
        np.testing.assert_array_equal(weight, checkpoint.at(run, best).arrays[name])


def test_without_a_best_the_newest_is_opened(music, tmp_path):
    """No evaluation yet, or none that was finite."""
    run = runs.copy(music, tmp_path)
    newest = checkpoint.newest(run)
    meta = newest.meta | {"best_step": 0, "best_loss": None}
    checkpoint.save(run, newest.step + 1, newest.arrays, meta)
    assert open_bundle(run).step == newest.step + 1


def test_a_damaged_newest_checkpoint_is_passed_over(music, tmp_path, caplog):
    """F09: and a reader changes nothing."""
    run = runs.copy(music, tmp_path)
    newest = checkpoint.newest(run)
    (newest.path / "arrays.npz").write_bytes(b"")
    before = sorted(path.name for path in run.iterdir())
    assert open_bundle(run).step < newest.step
    assert newest.path.name in caplog.text
    assert sorted(path.name for path in run.iterdir()) == before


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        (lambda run: (run / "config.yaml").unlink(), MissingInputError, "config.yaml"),
        (lambda run: (run / "config.yaml").write_text("name: harp\n"), DataError, "got 'harp'"),
        (lambda run: (run / "config.yaml").write_text("- a\n"), DataError, "not the config"),
        (lambda run: (run / "config.yaml").write_text(""), DataError, "got None"),
        (lambda run: (run / "vocabulary.txt").unlink(), MissingInputError, "vocabulary"),
        (lambda run: (run / "vocabulary.txt").write_text("a\n"), DataError, "line 1"),
        (lambda run: [p.rename(run / p.name[5:]) for p in run.glob("step-*")],
         MissingInputError, "has no checkpoint yet"),
        (lambda run: [p.unlink() for p in run.glob("step-*/MANIFEST.json")],
         DataError, "none is whole"),
    ],
)  # fmt: skip
def test_what_is_missing_or_damaged_is_named(music, tmp_path, damage, error, words):
    run = runs.copy(music, tmp_path)
    damage(run)
    with pytest.raises(error, match=words):
        open_bundle(run)


def test_a_vocabulary_of_another_size_is_another_model(music, tmp_path):
    run = runs.copy(music, tmp_path)
    lines = (run / "vocabulary.txt").read_text().splitlines(keepends=True)
    (run / "vocabulary.txt").write_text("".join(lines[:-1]))
    with pytest.raises(DataError, match=r"must have shape .* was saved by a model of other sizes"):
        open_bundle(run)


def test_characters_in_which_no_tune_can_be_written(music, tmp_path):
    """A corpus may lack what the rules of ABC need; a model of it still writes without them."""
    run = runs.copy(music, tmp_path)
    path = run / "vocabulary.txt"
    path.write_text(path.read_text().replace('75\t"K"', '9608\t"\\u2588"'))
    bundle = open_bundle(run)
    with pytest.raises(DataError, match=r"K:, a note.* --free"):
        bundle.writer()
    (draft,) = bundle.writer(free=True, jit=False).write(["X:1"], [0], limit=8)
    assert draft.text.startswith("X:1")
