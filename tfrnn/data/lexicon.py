"""The words that a model knows by themselves, and its labels: lists in files, a line an id."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tfrnn.errors import DataError, MissingInputError, StorageError

# In the folder of a run.
WORDS, LABELS, TAGS = "words.txt", "labels.txt", "tags.txt"
SOURCE, TARGET = "source_pieces.txt", "target_pieces.txt"
PADDING, UNKNOWN = 0, 1
# They hold a space, so that no word of a text is one of them.
RESERVED = ("<no word>", "<unknown word>")


def choose_words(sentences: Iterable[Sequence[str]], *, least: int, most: int) -> tuple[str, ...]:
    """Returns the words of a model, id n at place n: those reserved, then the most frequent first.

    Args:
        sentences: Words of the training split.
        least: How often a word must occur.
        most: How many words there may be, those reserved aside.

    Example:
    >>> choose_words([["to", "be", "or"], ["not", "to", "be"]], least=2, most=9)
    ('<no word>', '<unknown word>', 'be', 'to')
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = sorted((-count, word) for word, count in counts.items() if count >= least)
    return (*RESERVED, *(word for _, word in kept[:most]))


def save_lines(path: Path, lines: Sequence[str]) -> None:
    """Writes one entry a line, the form that `tf.lookup.TextFileInitializer` reads.

    Raises:
        ValueError: If an entry holds a line break, or there is one twice.
    """
    if bad := [line for line in lines if "\n" in line or "\r" in line]:
        raise ValueError(f"An entry of a list must fit a line, got {bad[0]!r}.")
    if len(set(lines)) < len(lines):
        raise ValueError("The entries of a list must differ, got one twice.")
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def load_lines(path: Path) -> tuple[str, ...]:
    """Reads what `save_lines` wrote.

    Raises:
        MissingInputError: If there is no such file.
        DataError: If it is not such a list; the message names the line.
        StorageError: If reading fails.
    """
    try:
        lines = Path(path).read_bytes().decode("utf-8").split("\n")
    except FileNotFoundError as error:
        raise MissingInputError(f"{path}: no such list.") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: byte {error.start} is not valid UTF-8.") from error
    if lines.pop() or not lines:
        raise DataError(f"{path}: a list has one entry a line and ends with a newline.")
    first: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if line in first:
            raise DataError(f"{path}: line {number} repeats line {first[line]}: {line!r}.")
        first[line] = number
    return tuple(lines)
