"""From words to an instance, and from mistakes to one line."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runs import Pace, Run, Sizes
from tfrnn.cli.options import choose, grouped, parse
from tfrnn.errors import DataError, MissingInputError, UsageError

RUN = Run(train=Pace(steps=10), out=Path("runs/a"))
ZOO = {"music": "composes folk tunes in ABC notation", "intent": "tells what a sentence asks for"}


@pytest.fixture(autouse=True)
def width(monkeypatch):
    """Help is as wide as the terminal."""
    monkeypatch.setenv("COLUMNS", "100")


def run(*words: str, **options) -> Run:
    return parse(Run, words, prog="python train.py music", description="Composes.", **options)


def test_options_override_the_defaults():
    parsed = run("--model.units", "512", "--train.learning-rate", "1e-2", defaults=RUN)

    assert parsed == Run(
        model=Sizes(units=512), train=Pace(steps=10, learning_rate=0.01), out=Path("runs/a")
    )


def test_without_defaults_the_fields_own_hold():
    assert run("--train.steps", "10", "--out", "runs/a") == RUN


@pytest.mark.parametrize("word", ["--train.learning_rate=2", "--train.learning-rate=2"])
def test_hyphens_are_underscores(word):
    assert run(word, defaults=RUN).train.learning_rate == 2


def test_texts_and_a_keyword_of_python():
    parsed = run("--from", "runs/b", "one", "two words", "--", "--seed", defaults=RUN)

    assert parsed.texts == ("one", "two words", "--seed")
    assert parsed.from_ == Path("runs/b")
    assert parsed.seed == 0


def test_switches_go_both_ways():
    parsed = run("--resume", "--train.no-ema", defaults=RUN)

    assert (parsed.resume, parsed.train.ema) == (True, False)
    assert run("--resume", "--no-resume", defaults=RUN).resume is False


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--model.unit 3", "no option --model.unit; did you mean --model.units? See python"),
        ("--units=3", "no option --units; did you mean --model.units? See python train.py music"),
        ("--zzz", "no option --zzz. See python train.py music --help."),
        ("--model.units 1.5", "--model.units must be a whole number, got '1.5'."),
        ("--model.units=abc", "--model.units must be a whole number, got 'abc'."),
        ("--model.units", "--model.units needs a value."),
        ("--model.units --seed 1", "--model.units needs a value."),
        ("--train.stop-after x", "--train.stop-after must be None or a whole number, got 'x'."),
        ("--train.compile tpu", "--train.compile must be auto, graph or xla, got 'tpu'."),
        ("--train.rates 1 a", "--train.rates: "),
        ("--model.units 0", "units must be 1 or more, got 0."),
        ("--temperature -1", "--temperature must be 0 or more, got -1.0."),
        ("-x", "no option -x. See python train.py music --help."),
    ],
)
def test_a_mistake_is_one_line(words, line):
    with pytest.raises(UsageError) as caught:
        run(*words.split(), defaults=RUN)

    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_texts_stand_together():
    with pytest.raises(UsageError, match="'two' belongs to no option"):
        run("one", "--seed", "1", "two", defaults=RUN)
    with pytest.raises(UsageError, match="'--seed' belongs to no option"):
        run("one", "--seed", "1", "--", "--seed", defaults=RUN)


def test_words_that_nothing_takes():
    with pytest.raises(UsageError, match="'false' belongs to no option; see x --help"):
        parse(Sizes, ["false"], prog="x", description="")


def test_what_is_required_is_named_with_its_help():
    with pytest.raises(UsageError, match=r"^--out PATH is required\. Folder of the run\.$"):
        run("--train.steps", "3")


def test_a_mistyped_option_goes_before_a_missing_one():
    with pytest.raises(UsageError, match="no option --ouut; did you mean --out"):
        run("--train.steps", "3", "--ouut", "runs/a")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("name: from the file\nout: runs/c\ntrain:\n  steps: 77\n  rates: [1, 2]\n")
    return path


def test_a_config_lies_between_defaults_and_words(config):
    parsed = run("--config", str(config), "--train.steps=5", "--seed", "3", "a text")

    assert parsed.train == Pace(steps=5, rates=(1, 2))
    assert (parsed.name, parsed.out, parsed.seed) == ("from the file", Path("runs/c"), 3)
    assert parsed.texts == ("a text",)
    assert parsed.config == config


def test_a_config_leaves_texts_after_a_double_hyphen_alone(config):
    parsed = run(f"--config={config}", "one", "--", "--name", "x")

    assert (parsed.texts, parsed.name) == (("one", "--name", "x"), "from the file")
    assert run("one", "two", f"--config={config}").texts == ("one", "two")


def test_config_after_a_double_hyphen_is_a_text():
    assert run("--", "--config", "none.yaml", defaults=RUN).config is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("train: {steps: 1e3}", "config.yaml line 1: train.steps must be a whole number, got"),
        ("model:\n  units: 0", "config.yaml: units must be 1 or more, got 0."),
        (
            "model:\n  unit: 0",
            "config.yaml line 2: no option model.unit; did you mean model.units?",
        ),
    ],
)
def test_a_mistake_in_the_config_is_the_files(content, line, config):
    config.write_text(content)

    with pytest.raises(DataError) as caught:
        run("--config", str(config), defaults=RUN)

    assert line in str(caught.value)


def test_a_mistake_in_the_config_is_the_files_though_the_words_need_it(config):
    config.write_text("out: runs/c\ntrain:\n  steps: many\n")

    with pytest.raises(DataError, match=r"line 3: train\.steps must be a whole number, got 'many'"):
        run("--config", str(config))


def test_a_mistake_in_the_words_is_the_users_even_with_a_config(config):
    with pytest.raises(UsageError, match=r"--train\.steps must be a whole number, got 'x'"):
        run("--config", str(config), "--train.steps", "x")
    with pytest.raises(UsageError, match="units must be 1 or more"):
        run("--config", str(config), "--model.units", "0", defaults=RUN)


def test_a_wrong_value_of_the_config_that_is_overridden_is_no_mistake(config):
    config.write_text("train: {steps: many}")

    assert run("--config", str(config), "--train.steps", "5", defaults=RUN).train.steps == 5


def test_a_config_that_is_not_there():
    with pytest.raises(MissingInputError, match=r"none\.yaml: cannot be read"):
        run("--config", "none.yaml", defaults=RUN)


def test_groups_bring_options_and_defaults():
    pair = grouped(Run, data=Pace(steps=7), model=Sizes(units=3))

    parsed = parse(
        pair, ["--out", "a", "--train.steps", "1", "--data.steps", "8"], prog="x", description=""
    )

    assert (parsed.data.steps, parsed.model.units, parsed.train.steps) == (8, 3, 1)
    assert isinstance(parsed, Run)


def test_help_shows_the_most_used_first_and_every_default(capsys):
    with pytest.raises(SystemExit) as ended:
        run("--help", defaults=RUN, first=("model.units", "train.steps", "out"))

    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    assert out.startswith("usage: python train.py music [-h] [OPTIONS]")
    first = out.index("--model.units  Width of the layer (Sutskever et al. 2014). (default: 256)")
    assert out.index("Most used:") < first < out.index("--out          Folder of the run.")
    groups = [out.index(f" {group} options ") for group in ("model", "train")]
    assert out.index("Most used:") < out.index(" options ") < groups[0] < groups[1]
    assert "--train.learning-rate FLOAT" in out


def test_help_fits_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    with pytest.raises(SystemExit):
        parse(Run, ["--help"], prog="x", description="a word " * 30, first=("model.units",))

    assert max(map(len, capsys.readouterr().out.splitlines())) <= 70


def test_help_says_what_is_required(capsys):
    with pytest.raises(SystemExit):
        run("--help", first=("out",))

    assert "--out  Folder of the run. (required)" in capsys.readouterr().out


def test_the_zoo_is_listed_with_a_line_each(capsys):
    with pytest.raises(SystemExit) as ended:
        choose(ZOO, ["--help"], prog="python train.py", description="Trains a model.")

    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "\n  music   composes folk tunes in ABC notation\n" in out
    assert "\n  intent  tells what a sentence asks for\n" in out


def test_a_model_and_the_rest():
    chosen = choose(ZOO, ["music", "--out", "a"], prog="python train.py", description="")

    assert chosen == ("music", ["--out", "a"])


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["musik"], "no model 'musik' in the zoo; did you mean music?"),
        (["zzz"], "no model 'zzz' in the zoo. `python train.py --help` lists them."),
        ([], "the name of a model comes first: python train.py {music,intent} ..."),
        (["--out", "a", "music"], "the name of a model comes first"),
    ],
)
def test_models_that_are_not_there(argv, line):
    with pytest.raises(UsageError) as caught:
        choose(ZOO, argv, prog="python train.py", description="")

    assert str(caught.value).startswith(line)


def test_help_is_instant_and_loads_no_tensorflow():
    code = (
        "import sys; from tests.cli.test_options import run\n"
        "try: run('--help', first=('out',))\n"
        "except SystemExit: print({'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, timeout=60
    )

    assert ran.stdout.splitlines()[-1] == "set()"
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "tyro" in imported
    assert not [name for name in imported if name.startswith(("tensorflow", "keras", "numpy"))]
    # Seconds of computing, as the machine may be busy: measured 0.4, TensorFlow alone takes 3.
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 1.5
