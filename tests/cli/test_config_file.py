"""What is written is read back equal; what is wrong is named with its line."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.cli.runs import Pace, Run, Sizes
from tfrnn.cli.options import from_yaml, to_yaml
from tfrnn.errors import DataError, MissingInputError, UsageError

RUN = Run(train=Pace(steps=10), out=Path("runs/a"))


@pytest.fixture
def write(tmp_path):
    """Writes a config file and returns its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "config.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    "run",
    [
        RUN,
        replace(RUN, model=Sizes(units=1, dropout=1e-30), seed=-3, from_=Path("runs/b")),
        replace(RUN, train=Pace(steps=1, rates=(), ema=False, stop_after=4, compile="xla")),
        replace(RUN, train=Pace(steps=1, rates=(-0.5, 1e22), learning_rate=float("inf"))),
        replace(RUN, name="--seed", out=Path("-x"), resume=True),
        replace(RUN, name="two\nlines: 'no' # \"é\" 𝄞 \t\x07"),
        *(replace(RUN, name=name) for name in ("no", "12", "1e3", "~", "[", " padded ", "a=b")),
    ],
)
def test_written_and_read_back_equal(run, write):
    assert from_yaml(Run, write(to_yaml(run))) == run


def test_written_is_yaml_in_the_order_of_the_fields():
    text = to_yaml(RUN, without=("config", "resume"))

    assert text.startswith("model:\n  units: 256\n  dropout: 0.5\ntrain:\n  steps: 10\n")
    assert "config" not in text
    assert "resume" not in text
    assert yaml.safe_load(text)["out"] == "runs/a"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-2", 0.01), ("1e4", 10_000.0), ("3", 3.0), (".inf", float("inf")), ("'0.5'", 0.5)],
)
def test_numbers_mean_what_they_mean_when_typed(text, value, write):
    path = write(f"train:\n  learning_rate: {text}\n")

    assert from_yaml(Run, path, defaults=RUN).train.learning_rate == value


@pytest.mark.parametrize("text", ["no", "off", "False"])
def test_booleans_in_every_spelling_of_yaml(text, write):
    assert from_yaml(Run, write(f"train: {{ema: {text}}}"), defaults=RUN).train.ema is False


def test_what_the_file_does_not_name_is_as_in_the_defaults(write):
    defaults = replace(RUN, seed=9)

    assert from_yaml(Run, write(""), defaults=defaults) == defaults
    assert from_yaml(Run, write("name: x"), defaults=defaults) == replace(defaults, name="x")


def test_hyphens_are_underscores(write):
    assert from_yaml(Run, write("train: {learning-rate: 2}"), RUN).train.learning_rate == 2


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("seed: 1\nmodel:\n  unit: 2", "line 3: no option model.unit; did you mean model.units?"),
        ("zzzzz: 1", "line 1: no option zzzzz."),
        ("seed: 1\nseed: 2", "line 2: seed is there twice."),
        ("seed: 1.5", "line 1: seed must be a whole number, got '1.5'."),
        ("seed: true", "line 1: seed must be a whole number, got 'true'."),
        ("seed:", "line 1: seed needs a value."),
        ("seed: [1, 2]", "line 1: seed must be one value, got a list."),
        ("seed: {a: 1}", "line 1: seed must be a value or a list of values, got a group."),
        ("model: 5", "line 1: model must be a group of `name: value` lines."),
        ("- seed", "line 1: the file must be a group of `name: value` lines."),
        ("resume: maybe", "line 1: resume must be true or false, got 'maybe'."),
        ("train:\n  stop_after: x", "line 2: train.stop_after must be None or a whole number,"),
        ("train:\n  compile: c", "line 2: train.compile must be auto, graph or xla, got 'c'."),
        ("train:\n  rates: [1, a]", "line 2: train.rates"),
        ("train:\n  rates: [1, --seed]", "line 2: train.rates holds an item that begins with a"),
        ("train:\n  rates: [[1]]", "line 2: train.rates must be a value or a list of values,"),
        ("texts: [a]", "line 1: no option texts."),
        ("model: &m\n  units: 1\n  <<: *m", "line 3: no option model.<<."),
        ("seed: 1\n  x: [", "line 2: not YAML: mapping values are not allowed here."),
        ("seed: 1\n---\nseed: 2", "line 2: not YAML: but found another document."),
        ("seed: \0", "not YAML: "),
        (b"seed: \xff", "not YAML: "),
        ("[" * 5000, "not a config: nested too deeply."),
        ("seed: !!python/object/apply:os.getpid []", "line 1: seed must be one value, got a list."),
    ],
)
def test_what_is_wrong_is_one_line_about_the_file(content, line, write):
    path = write(content)

    with pytest.raises(DataError) as caught:
        from_yaml(Run, path, defaults=RUN)

    assert str(caught.value).startswith(str(path))
    assert line in str(caught.value)
    assert caught.value.code == 65


def test_a_value_that_the_dataclass_refuses_names_the_file(write):
    path = write("model: {units: 0}")

    with pytest.raises(DataError, match=r"config.yaml: units must be 1 or more, got 0\."):
        from_yaml(Run, path, defaults=RUN)


def test_a_file_that_lacks_what_is_required(write):
    with pytest.raises(DataError, match=r"config.yaml: .*--out PATH is required"):
        from_yaml(Run, write("train: {steps: 3}"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MissingInputError, match=r"none\.yaml: cannot be read: No such file"):
        from_yaml(Run, tmp_path / "none.yaml")
    with pytest.raises(MissingInputError, match="Is a directory"):
        from_yaml(Run, tmp_path)
    assert not issubclass(MissingInputError, UsageError)
