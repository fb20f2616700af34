"""LiteRT and ONNX: each file, run by its own runtime, says what the model says."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import export
from models.bundle import open_bundle
from models.files import PRESETS
from models.portable import FORMATS
from tests.scripts import runs
from tfrnn.decoding.choice import Choice
from tfrnn.errors import CannotCreateError, UsageError
from tfrnn.export.step import Step

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
KINDS = {"litert": (".tflite", "litert.py"), "onnx": (".onnx", "onnx_runtime.py")}


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return runs.music(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def step(music):
    return Step(open_bundle(music).model)


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_and_the_runtime_write_what_the_model_writes(kind, tmp_path, capsys):
    ending, example = KINDS[kind]
    run, out = PRESETS / "text", tmp_path / f"text{ending}"
    export.main([str(run), f"--format={kind}", f"--out={out}"])
    assert "at most 0.00% of the probability elsewhere" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, f"{out.name}.json"]
    words = [sys.executable, "-I", str(EXAMPLES / example), str(out), "0", "0"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    writer = open_bundle(run).writer(free=True, jit=False)
    (draft,) = writer.write([""], [0], limit=500, choice=Choice(temperature=0))
    assert done.stdout.removesuffix("\n") == draft.text
    again = [subprocess.run([*words[:-2], "7"], capture_output=True, text=True) for _ in "ab"]
    assert again[0].stdout == again[1].stdout != done.stdout


def opened(kind, data, place):
    path = place / "step"
    path.write_bytes(data)
    return FORMATS[kind].open(path)


def test_eight_bits_are_a_quarter(step, tmp_path):
    files = [FORMATS["litert"].convert(step, bits) for bits in (32, 8)]
    assert len(files[1]) < 0.5 * len(files[0])
    distances = [step.distance(opened("litert", data, tmp_path)) for data in files]
    assert distances[0] < 1e-5 < distances[1] < 0.1


def test_a_preset_in_eight_bits(tmp_path, capsys):
    out = tmp_path / "text.tflite"
    export.main([str(PRESETS / "text"), "--format=litert", "--bits=8", f"--out={out}"])
    assert out.stat().st_size < 4e6
    card = json.loads((tmp_path / "text.tflite.json").read_text())
    assert card["model"] == "text" and card["bits"] == 8 and card["characters"][0] == ""
    assert [*card["states"].values()] == [[1, 512]] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_another_model_is_seen(kind, step, music, tmp_path):
    other = open_bundle(music).model
    other.logits.kernel.assign(other.logits.kernel * 1.5)
    data = FORMATS[kind].convert(Step(other), 32)
    assert step.distance(opened(kind, data, tmp_path)) > 0.01


def test_the_state_of_a_step_is_carried(step, tmp_path):
    run = opened("litert", FORMATS["litert"].convert(step, 32), tmp_path)
    first = run({"ids": np.array([3], np.int32), **step.zeros()})
    after = dict(zip(step.states, first[1:]))
    second = [
        run({"ids": np.array([3], np.int32), **states})[0] for states in (after, step.zeros())
    ]
    np.testing.assert_allclose(second[1], first[0], atol=1e-6)
    assert np.abs(second[0] - second[1]).max() > 1e-3


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        ([PRESETS / "intent", "--format=onnx"], UsageError, "--format onnx is for models of char"),
        ([PRESETS / "text", "--format=onnx", "--bits=8"], UsageError, "--bits 8 goes with --form"),
        ([PRESETS / "text", "--bits=8"], UsageError, "--bits 8 goes with --format litert only"),
        ([PRESETS / "text", "--format=litert"], CannotCreateError, "exists already"),
    ],
)
def test_what_cannot_be(words, kind, message, tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(kind, match=message):
        export.main([*map(str, words), f"--out={tmp_path / 'x'}"])
    assert (tmp_path / "x").read_text() == "mine"
