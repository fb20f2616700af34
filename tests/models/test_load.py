"""load: a run's folder or a preset's name in, what a person uses the model through out."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from models import ZOO, files, load, options
from models.composer import HEADER, Composer, Wish
from models.configs import CharRNNConfig
from models.writer import Writer
from tests.models.toys import char_rnn
from tfrnn.cli.options import to_yaml
from tfrnn.data.vocabulary import VOCABULARY, Vocabulary
from tfrnn.errors import DataError, MissingInputError
from tfrnn.music.abc import validate
from tfrnn.training import checkpoint
from tfrnn.training.loop import named_weights

SIZES = CharRNNConfig(units=8, layers=1, embed=4, dropout=0.0)
CHARACTERS = Vocabulary.of(["X:1\nM:6/8\nL:1/8\nK:D\nABcdefgFGE|]24"])


def save_run(folder, name, *, seeds=(0,)):
    """What train.py leaves behind: a checkpoint for each seed, of which the first is the best."""
    folder.mkdir(parents=True)
    chosen = dataclasses.replace(options.defaults(name), model=SIZES)
    text = to_yaml(chosen, without=options.OF_A_CALL)
    (folder / files.CONFIG).write_text(text, encoding="utf-8")
    CHARACTERS.save(folder / VOCABULARY)
    for step, seed in enumerate(seeds, 1):
        weights = named_weights(char_rnn(SIZES, vocab=len(CHARACTERS), seed=seed))
        arrays = {key: np.asarray(value) for key, value in weights.items()}
        checkpoint.save(folder, step, arrays, {"best_step": 1})
    return folder


def test_a_music_run_composes_what_is_asked_for(tmp_path):
    composer = load(save_run(tmp_path / "run", "music"))
    assert isinstance(composer, Composer)
    # As long as the drafts of a header, so that XLA compiles one loop.
    (draft,) = composer.compose(seed=7, wish=Wish(meter="6/8", key="D"), limit=HEADER)
    assert draft.text.splitlines()[:2] == ["X:1", "M:6/8"]
    assert "\nK:D\n" in draft.text
    assert validate(draft.text) == []


def test_a_text_run_writes_with_the_weights_that_validated_best(tmp_path):
    writer = load(str(save_run(tmp_path / "run", "text", seeds=(3, 4))))
    found = writer.bits(["ABc"])[0]
    best, newest = (
        Writer(char_rnn(SIZES, vocab=len(CHARACTERS), seed=seed), CHARACTERS).bits(["ABc"])[0]
        for seed in (3, 4)
    )
    np.testing.assert_array_equal(found, best)
    assert not np.array_equal(found, newest)


def test_a_name_is_the_preset_and_a_path_is_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PRESETS", save_run(tmp_path / "presets" / "text", "text").parent)
    monkeypatch.chdir(save_run(tmp_path / "here" / "text", "music").parent)
    assert isinstance(load("text"), Writer)
    assert isinstance(load(Path("text")), Composer)


@pytest.mark.parametrize("name", ZOO)
def test_a_model_without_a_preset_says_how_to_train_one(tmp_path, monkeypatch, name):
    monkeypatch.setattr(files, "PRESETS", tmp_path)
    with pytest.raises(MissingInputError, match=f"{name} has no preset: .* train.py {name}"):
        load(name)


def test_what_is_no_run_is_said_in_a_line(tmp_path):
    with pytest.raises(MissingInputError, match=r"nowhere/config.yaml: cannot be read"):
        load(tmp_path / "nowhere")
    (tmp_path / files.CONFIG).write_text("name: opera\n")
    with pytest.raises(DataError, match=f"must be one of {', '.join(ZOO)}, got 'opera'"):
        load(tmp_path)
