"""The shape of the code itself: who may import whom, what stays light, how long things may be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {  # of our own modules, besides tfrnn.errors and those of the same floor
    "tfrnn.errors": [],
    "tfrnn.data": [],
    "tfrnn.decoding": [],
    "tfrnn.music": [],
    "tfrnn.metrics": [],
    "tfrnn.kernels": [],
    "tfrnn.export": [],
    "tfrnn.cli": [],
    "tfrnn.layers": ["tfrnn.kernels"],
    "tfrnn.drop_in": ["tfrnn.kernels", "tfrnn.layers"],
    "tfrnn.probe": ["tfrnn.layers"],
    "tfrnn.training": ["tfrnn.data.batch", "tfrnn.kernels.llvm"],
    "tfrnn.serving": ["tfrnn.music"],
    "models.configs": [],
    "models.writer": ["tfrnn.decoding", "models.char_rnn"],
    "models.calibration": [],
    "models.lengths": [],
    "models.labeller": ["models.calibration", "models.lengths"],
    "models.word_tagger": ["models.lengths", "tfrnn.layers"],
    "models.pieces": [],
    "models.tied": [],
    "models.tag_costs": ["tfrnn.layers"],
    "models.wording": ["models.pieces", "tfrnn.decoding"],
    "models.attending": ["models.pieces", "tfrnn.decoding"],
    "models.translation": ["models.lengths", "models.wording", "tfrnn.decoding"],
    "models.interpreter": [
        "models.attending",
        "models.lengths",
        "models.pieces",
        "models.translation",
        "models.wording",
        "tfrnn.decoding",
    ],
    "models.networks": ["models.picture_bytes"],
    "models.describer": [
        "models.attending",
        "models.networks",
        "models.picture_bytes",
        "models.wording",
        "tfrnn.decoding",
    ],
    "models.picture_headers": [],
    "models.orientation": ["models.picture_headers"],
    "models.picture_bytes": [
        "models.orientation",
        "models.picture_headers",
        "tfrnn.data.pictures",
    ],
    "models.clip_reader": ["models.lengths", "models.picture_bytes"],
    "models.embedder": ["models.lengths", "models.pieces"],
    "models.composer": ["models.writer", "tfrnn.decoding"],
    "models.served": [
        "models.clip_reader",
        "models.describer",
        "models.embedder",
        "models.labeller",
        "models.translation",
        "models.word_tagger",
        "models.wording",
        "models.writer",
        "tfrnn.decoding",
    ],
    "a model": [
        "tfrnn.layers",
        "tfrnn.decoding",
        "tfrnn.training.losses",
        "tfrnn.training.own_loss",
        "models.configs",
        "models.networks",
        "models.pieces",
        "models.tag_costs",
        "models.tied",
        "models.word_encoder",
    ],
    "the zoo": ["tfrnn", "models"],
    "a script": ["tfrnn", "models"],
}
THE_ZOO = {
    "__init__",
    "entry",
    "options",
    "files",
    "bundle",
    "calibrating",
    "captions",
    "clips",
    "picture_rows",
    "portable",
    "scoring",
    "sentence_vectors",
    "sentences",
    "translations",
    "average",
    "prepare",
    "preset",
}  # what binds models, data and training
LIGHT = [
    "models",
    "models.options",
    "models.files",
    "tfrnn.training.axes",
    "tfrnn.training.config",
    "tfrnn.data.options",
    "tfrnn.decoding.search",
    "tfrnn.serving.limits",
    "serve",
]  # --help waits for these
LIGHT += [f"models.commands.{path.stem}" for path in ROOT.glob("models/commands/[a-z]*.py")]
LIGHT += [f"tfrnn.cli.{path.stem}" for path in ROOT.glob("tfrnn/cli/[a-z]*.py")]
STATEFUL = {"py_function", "numpy_function", "from_generator", "pickle"}
STATEFUL |= {f"random.{name}" for name in ("uniform", "normal", "categorical", "Generator")}
# A function of its arguments, in no pipeline: what the operation does is compiled machine code.
PURE = {"tfrnn/kernels/llvm/operation.py": {"numpy_function"}}
OURS = [*ROOT.glob("tfrnn/**/*.py"), *ROOT.glob("models/**/*.py"), *ROOT.glob("*.py")]
EVERYTHING = [*OURS, *ROOT.glob("tests/**/*.py")]


def name_of(path):
    return str(path.relative_to(ROOT))


def floor_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    if len(parts) == 1:
        return "a script"
    if parts[:2] == ("models", "commands"):
        return "a script"
    if parts[:2] == ("models", "entries"):
        return "the zoo"
    if parts[0] == "models" and parts[1] in THE_ZOO:
        return "the zoo"
    floor = ".".join(parts[:2])
    return "a model" if parts[0] == "models" and floor not in MAY_IMPORT else floor


def imports(tree):
    """Yields each of our own modules that `tree` imports, and every relative import."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            within = "." * node.level + (node.module or "")
            names = [f"{within}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in ("tfrnn", "models", ""))


def is_within(name, floors):
    return any(f"{name}.".startswith(f"{floor}.") for floor in floors)


def wrong_imports(path, text):
    floor = floor_of(path)
    allowed = ["tfrnn.errors", floor, *MAY_IMPORT[floor]]
    return [name for name in imports(ast.parse(text)) if not is_within(name, allowed)]


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_imports_point_down(path):
    assert path == ROOT / "tfrnn" / "__init__.py" or wrong_imports(path, path.read_text()) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tfrnn/data/text.py", "from tfrnn import layers"),
        ("tfrnn/training/loop.py", "from tfrnn.data import text"),
        ("tfrnn/training/loop.py", "import tfrnn.data"),
        ("tfrnn/cli/exits.py", "from ..data import text"),
        ("tfrnn/layers/lstm.py", "import models"),
        ("models/char_rnn.py", "from models.writer import Writer"),
        ("models/writer.py", "def late():\n    from tfrnn.data.vocabulary import Vocabulary"),
    ],
)
def test_an_import_that_points_up_is_seen(path, line):
    assert len(wrong_imports(ROOT / path, line)) == 1


def test_what_answers_a_call_for_help_does_not_load_tensorflow():
    code = "import sys\n" + "".join(
        f"import {name}\nassert 'tensorflow' not in sys.modules, '{name}'\n" for name in LIGHT
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_nothing_draws_from_a_hidden_state(path):
    """A stream that is a function of (seed, step) is what lets a run resume with nothing saved."""
    stateful = STATEFUL - PURE.get(name_of(path), set())
    nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)]
    used = {ast.unparse(node).removeprefix("tf.").removeprefix("np.") for node in nodes}
    assert not {name for name in used if name in stateful or name.split(".")[-1] in stateful}


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_lengths(path):
    assert len(path.read_text().splitlines()) <= 300, "a file is read in one sitting"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            first = node.body[bool(ast.get_docstring(node)) :][:1] or node.body
            assert node.end_lineno - first[0].lineno < 45, f"{node.name} is too long"
