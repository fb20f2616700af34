"""The documents against the code: commands parse, examples run, files exist, both READMEs agree."""

import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest

import evaluate
import export
import generate
import models
import probe
import serve
import train
from models import ZOO, files, options
from models.composer import Composer
from models.labeller import Labeller
from models.word_tagger import WordTagger
from models.writer import Writer
from tests.models.test_sentence_models import made
from tests.models.toys import char_rnn
from tfrnn.cli.options import choose, parse, to_yaml
from tfrnn.data.tokens import SentenceEncoder
from tfrnn.data.vocabulary import VOCABULARY, Vocabulary
from tfrnn.errors import Failure, UsageError
from tfrnn.export.saved_model import TextModule, save
from tfrnn.music.abc import validate
from tfrnn.training import run, run_lock

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
GUIDES = [ENGLISH, CHINESE, ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/tutorial-*.md"))]
PAGES = [*GUIDES[:3], ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
FOLDERS -= {"runs", "out", "exports", "tunes"}  # those are the user's


def name_of(path):
    return str(path.relative_to(ROOT))


def blocks(page, language):
    return [body for found, body in BLOCK.findall(page.read_text("utf-8")) if found == language]


def prose(page):
    return BLOCK.sub("", page.read_text("utf-8"))


def commands(page):
    """Every command of a page: the lines of its shell blocks, and what stands within its text."""
    lines = "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    lines += [span for span in SPAN.findall(prose(page)) if re.match(r"python \S|make \w", span)]
    found = [shlex.split(line.split(" > ")[0], comments=True) for line in lines]
    return [words for words in found if words]


def read_generate(words):
    summaries = {name: entry.summary for name, entry in ZOO.items()}
    name, rest = choose(summaries, words, prog="generate.py", description="")
    return parse(generate.COMMANDS[name].options, rest, prog="generate.py", description="")


SCRIPTS = {
    "train.py": train.read_options,
    "generate.py": read_generate,
    "evaluate.py": lambda words: parse(evaluate.Options, words, prog="", description=""),
    "export.py": lambda words: parse(export.Options, words, prog="", description=""),
    "serve.py": lambda words: parse(serve.Options, words, prog="", description=""),
    "probe.py": lambda words: probe.read_options(*probe.split(words)),
}


def understand(words):
    """Reads a command as the program that it calls would, and runs nothing."""
    program, *rest = words
    if program == "make":
        assert set(rest) <= TARGETS, f"the Makefile has no {rest}"
    elif program == "curl":
        option, body, url = rest
        assert option == "-d" and {"instances", "inputs"} & set(json.loads(body))
        assert re.fullmatch(r"localhost:8501/v1/models/[\w-]+:(predict|stream)", url)
    elif program.endswith("python") and rest[0] == "-m":
        assert importlib.util.find_spec(rest[1]), f"there is no module {rest[1]}"
    elif program == "python":
        try:
            SCRIPTS[rest[0]](rest[1:])
        except SystemExit as ended:  # --help
            assert ended.code == 0
    else:
        assert words == [".", ".venv/bin/activate"], f"no known command: {words}"


@pytest.fixture
def a_run(tmp_path, monkeypatch):
    """A folder in which the documents' runs/mine is there."""
    config = tmp_path / "runs" / "mine" / files.CONFIG
    config.parent.mkdir(parents=True)
    config.write_text(to_yaml(options.defaults("music"), without=options.OF_A_CALL))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_every_command_is_understood(page, a_run):
    found = commands(page)
    assert len(found) >= 4
    for words in found:
        understand(words)


@pytest.mark.parametrize(
    "command",
    [
        "python train.py music --model.unit 512",
        "python train.py musik",
        "python generate.py music --from runs/mine --topp 0.9",
        "python generate.py text --meter 6/8",
        "python evaluate.py",
        "python export.py runs/mine --output exports/music",
    ],
)
def test_a_command_that_is_wrong_is_seen(command, a_run):
    with pytest.raises(UsageError):
        understand(shlex.split(command))


@pytest.mark.parametrize("command", ["make tests", "python -m tfrnn.nothing", "pip install tfrnn"])
def test_a_program_that_is_not_there_is_seen(command):
    with pytest.raises(AssertionError):
        understand(shlex.split(command))


ENCODER = SentenceEncoder([f"word{i}" for i in range(30)])
CHARACTERS = Vocabulary.of(["HAMLET: X:1\nM:6/8\nL:1/8\nK:D\n|dfABGe"])


OPEN = models.load


def untrained():
    return Writer(char_rnn(vocab=len(CHARACTERS)), CHARACTERS, jit=False)


def load_untrained(source):
    """Stands in for `models.load`: the same objects, without a training before."""
    assert source in ZOO or source.startswith("runs/")
    if source in ("dates", "captioner", "frames"):
        return OPEN(source)  # presets, which are small
    if "intent" in source:
        return Labeller(made("classifier"), ENCODER, ["a", "b", "c", "oos"], rejects=True)
    if "tagger" in source:
        return WordTagger(made("tagger"), ENCODER, ["A", "B", "C", "D", "E"], ())
    return untrained() if "text" in source else Composer(untrained())


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_every_example_in_python_runs(page, monkeypatch, tmp_path):
    """In one process from top to bottom, as a reader would, where a model was trained before."""
    monkeypatch.setattr(models, "load", load_untrained)
    monkeypatch.chdir(tmp_path)
    found, names = blocks(page, "python"), {}
    if any("saved_model.load" in block for block in found):
        CHARACTERS.save(tmp_path / "characters.txt")
        writer = untrained()
        module = TextModule(writer.model, "characters.txt", writer.write_ids, writer.nats)
        save(module, tmp_path / "exports" / "mine" / "1", module.signatures())
    for block in found:
        exec(compile(block, name_of(page), "exec"), names)


def test_the_tune_of_the_tutorial_is_valid():
    page = ROOT / "docs" / "tutorial-music.md"
    assert [validate(tune) for tune in blocks(page, "abc")] == [[]]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose(page)):
        assert target.startswith("http") or (page.parent / target).exists(), target


def is_there(span):
    """Whether a span that names a file of the project names one that exists."""
    if not re.fullmatch(r"[\w./-]+", span):
        return True
    if "/" in span:
        return span.split("/")[0] not in FOLDERS or (ROOT / span).exists()
    known = span == "Makefile" or span.endswith((".py", ".md")) or span.startswith("requirements")
    return not known or any(ROOT.joinpath(folder, span).exists() for folder in ("", "models"))


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_every_file_that_is_named_exists(page):
    assert [span for span in SPAN.findall(prose(page)) if not is_there(span)] == []


def test_a_file_that_is_not_there_is_seen():
    for name in ("quantise.py", "tfrnn/layers/quantum.py", "docs/none.md", "requirements-gpu.txt"):
        assert not is_there(name)


def without_comments(block):
    return [line for line in re.sub(r" *#.*", "", block).splitlines() if line]


IN_BOTH = [page for page in GUIDES if page.with_suffix(".zh-CN.md") in GUIDES]


@pytest.mark.parametrize("page", IN_BOTH, ids=name_of)
def test_both_languages_have_the_same_bones(page):
    english, chinese = (
        {
            "headings": [heading.count("#") for heading in re.findall("^#+", prose(each), re.M)],
            "rows": len(re.findall(r"^\|", prose(each), re.MULTILINE)),
            "marks": re.findall(r"^<!-- .* -->$", prose(each), re.MULTILINE),
            "sh": [without_comments(block) for block in blocks(each, "sh")],
            "python": [without_comments(block) for block in blocks(each, "python")],
            "other": blocks(each, "console") + blocks(each, "text") + blocks(each, ""),
        }
        for each in (page, page.with_suffix(".zh-CN.md"))
    )
    assert english == chinese
    assert len(english["headings"]) > 5


def test_every_tutorial_is_in_both_languages():
    tutorials = {page.name for page in ROOT.glob("docs/tutorial-*.md")}
    english = {name for name in tutorials if not name.endswith(".zh-CN.md")}
    assert {name.replace(".md", ".zh-CN.md") for name in english} == tutorials - english
    assert len(english) >= 4


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=name_of)
def test_the_tables_say_what_the_code_says(page):
    cells = set(re.findall(r"^\| ([^|]+) \|", prose(page), re.MULTILINE))
    codes = {str(kind.code) for kind in [Failure, *Failure.__subclasses__()]}
    assert {cell for cell in cells if cell.isdigit()} == codes | {"0"}
    names = {cell.strip("`") for cell in cells}
    assert set(ZOO) <= names
    assert {files.CONFIG, VOCABULARY, files.DIGEST, run.METRICS, run_lock.LOCK} <= names
