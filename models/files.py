"""What a run or a preset leaves behind: a folder with a config, what the model knows, and weights.

config.yaml       every option of the run, its model's name among them
vocabulary.txt    the characters, line n for id n; of a model of sentences instead:
words.txt         the words with a vector of their own; labels.txt and tags.txt likewise
source_pieces.txt the pieces of words that a translator reads; those of target_pieces.txt it writes
calibration.json  how sure a classifier of texts may be, fitted on validation texts
data.sha256       of the documents of all splits, so that a resumed run has the same
metrics.jsonl     a line a step
curves.png        the same as a picture
step-00000300/    checkpoints, each with its checksums
"""

import hashlib
from pathlib import Path

import yaml

from models import ZOO
from tfrnn.errors import DataError, MissingInputError

CONFIG, DIGEST = "config.yaml", "data.sha256"
PRESETS = Path(__file__).parent / "presets"


def model_name(config: Path) -> str:
    """Returns which model of the zoo a config.yaml is of.

    Raises:
        MissingInputError: If there is no such file.
        DataError: If it names no model of the zoo.
    """
    try:
        name = (yaml.safe_load(config.read_text(encoding="utf-8")) or {}).get("name")
    except OSError as error:
        raise MissingInputError(f"{config}: cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, AttributeError, UnicodeDecodeError) as error:
        raise DataError(f"{config}: not the config of a run.") from error
    if name not in ZOO:
        raise DataError(f"{config}: name must be one of {', '.join(ZOO)}, got {name!r}.")
    return name


def digest(data) -> str:
    """Returns the sha256 of the documents of all splits of a zoo entry's data."""
    found = hashlib.sha256()
    for document in data.documents():
        found.update(document.encode() + b"\0")
    return found.hexdigest()


def check_digest(folder: Path, data, source: str) -> None:
    """Refuses data that is not what a run was trained on: its splits would be other splits.

    Raises:
        DataError: If it is other data.
        MissingInputError: If the folder does not say what it was trained on.
    """
    try:
        wanted = (folder / DIGEST).read_bytes()
    except OSError as error:
        raise MissingInputError(f"{folder / DIGEST}: cannot be read: {error.strerror}.") from error
    if wanted.decode("ascii", "replace").strip() != digest(data):
        raise DataError(
            f"{source} is not what {folder} was trained on: it has changed since. Bring that data "
            "back, or start a new run with another --out."
        )


def best_checkpoint(folder: Path):
    """Returns the `Checkpoint` of a run that validated best; the newest, where none did.

    Raises:
        MissingInputError: If the folder holds no checkpoint.
        DataError: If it is damaged.
    """
    from tfrnn.training import checkpoint  # numpy, which --help does not wait for

    newest = checkpoint.newest(folder)
    if newest is None:
        raise MissingInputError(f"{folder} has no checkpoint yet.")
    best = newest.meta["best_step"] or newest.step
    return newest if best == newest.step else checkpoint.at(folder, best)
