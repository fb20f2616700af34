"""What readers of labelled texts, tagged sentences and pairs yield, and how they refuse a row."""

from typing import NamedTuple

from tfrnn.errors import DataError

Mark = tuple[str, str]


class Example(NamedTuple):
    """A text and its label."""

    text: str
    label: str

    @property
    def key(self) -> str:
        """What two copies of one text share: its characters, case and white space aside."""
        return _folded(self.text)

    @property
    def answer(self) -> str:
        """What a model should say."""
        return self.label

    @property
    def marks(self) -> frozenset[Mark]:
        """What training must have seen, as pairs such as ("label", "refund")."""
        return frozenset({("label", self.label)})


class TaggedSentence(NamedTuple):
    """The words of a sentence, a tag for each of them, and a label, "" where there is none.

    No word holds white space but U+00A0, so the words joined by single spaces are the sentence.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    label: str = ""

    @property
    def key(self) -> str:
        """What two copies of one sentence share: its words, case aside."""
        return " ".join(self.words).casefold()

    @property
    def answer(self) -> tuple[tuple[str, ...], str]:
        """What a model should say."""
        return self.tags, self.label

    @property
    def marks(self) -> frozenset[Mark]:
        """What training must have seen, as pairs such as ("tag", "NOUN")."""
        return frozenset({("label", self.label), *(("tag", tag) for tag in self.tags)})


class Pair(NamedTuple):
    """A text and its translation."""

    source: str
    target: str

    @property
    def key(self) -> str:
        """What two copies of one pair share: the source, case and white space aside."""
        return _folded(self.source)

    @property
    def answer(self) -> str:
        """What a model should write."""
        return self.target

    @property
    def label(self) -> str:
        """None: cuts need not keep proportions."""
        return ""

    @property
    def marks(self) -> frozenset[Mark]:
        """None: held-out texts may hold what training lacks."""
        return frozenset()


class Row(NamedTuple):
    """An example and where it stands, such as "faq.csv line 311"."""

    example: Example | TaggedSentence | Pair
    where: str


class Found(NamedTuple):
    """What a source holds.

    form: the form that was recognised, for a person.
    parts: the rows of "train" and of those of "valid" and "test" that the source has itself.
    notes: what a person should know besides, each a phrase.
    """

    form: str
    parts: dict[str, list[Row]]
    notes: tuple[str, ...] = ()


class Refusals:
    """Stops at the first row that cannot be used or, where that is wished, counts such rows.

    Args:
        skip: Whether to count instead of stopping.
        what: What is left out by that, in the plural.
    """

    def __init__(self, skip: bool, what: str):
        self.skip = skip
        self.what = what
        self.messages: list[str] = []

    def add(self, message: str) -> None:
        """Refuses a row.

        Args:
            message: The place, the fault and what would be right, without a full stop.

        Raises:
            DataError: Unless rows are skipped.
        """
        if not self.skip:
            raise DataError(f"{message}, or pass --data.skip-bad to leave such {self.what} out.")
        self.messages.append(message)

    def notes(self) -> list[str]:
        """Returns a phrase with the count and the first of what was left out, if anything was."""
        if not self.messages:
            return []
        return [f"{len(self.messages):,} bad {self.what} left out (first: {self.messages[0]})"]


def one_word(form: str) -> str:
    r"""Returns a word without white space around it and with U+00A0 for white space in it.

    >>> one_word(" 10 000 ")
    '10\xa0000'
    """
    return "\u00a0".join(form.split())


def shortened(text: str, length: int = 40) -> str:
    r"""Returns a text in quotes, cut to `length` characters, on one line.

    >>> print(shortened("to be", 5), shortened("to be\nor not", 5))
    "to be" "to be…"
    """
    text = " ".join(text.split())
    return f'"{text}"' if len(text) <= length else f'"{text[:length]}…"'


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
