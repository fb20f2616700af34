"""Corpora and runs small enough for tests, made once a session, and the scripts as calls."""

import functools
import random
import shutil
from pathlib import Path
from typing import NamedTuple

import train
from tfrnn.training.checkpoint_files import MANIFEST

STEPS, EVERY = 24, 6
SMALL = [
    "--model.units=24", "--model.layers=1", "--model.embed=8", "--model.dropout=0.2",
    "--data.window=32", "--data.batch-size=8", f"--train.steps={STEPS}",
    f"--train.evaluate-every={EVERY}", "--train.warmup=2", "--train.learning-rate=0.03",
    "--train.precision=float32", "--train.compile=graph", "--train.shards=1",
]  # fmt: skip

_GROUPS = {  # by the eighths that they fill
    3: ("ABc", "dfe", "f2e", "B2A", "G3", "(3ABc d", "efg", "a2f", "=cBA", "^ced"),
    4: ("ABcd", "d2fe", "f4", "A3B", "gfed", "B>A GF", "e2 e2", "c'2bc'", "A,2D2", "z2d2"),
}
_METERS = {"6/8": (3, 3, "jig"), "4/4": (4, 4, "reel"), "9/8": (3, 3, 3, "slip jig")}
_FIRST = ("Merry", "Old", "Windy", "Lost", "Broken", "Humble", "Quiet", "Jolly")
_SECOND = ("Boat", "Kettle", "Fox", "Gate", "Zither", "Plough", "Vixen", "Quay")


class Outcome(NamedTuple):
    """What a call of a script came to: its exit code and what it printed."""

    code: int
    out: str
    err: str


def tunes(count: int = 40, *, seed: int = 0) -> list[str]:
    """Valid ABC that nobody has played, a tune a text."""
    draw = random.Random(seed)
    return [_tune(number, draw) for number in range(1, count + 1)]


def _tune(number: int, draw: random.Random) -> str:
    meter = draw.choice(list(_METERS))
    *eighths, rhythm = _METERS[meter]
    title = f"{draw.choice(_FIRST)} {draw.choice(_SECOND)} {number}"

    def part() -> str:
        bars = (" ".join(draw.choice(_GROUPS[n]) for n in eighths) for _ in range(4))
        return f"|:{'|'.join(bars)}:|"

    key = draw.choice(("D", "G", "Ador", "Em"))
    header = f"X:{number}\nT:The {title}\nR:{rhythm}\nM:{meter}\nL:1/8\nK:{key}"
    return f"{header}\n{part()}\n{part()}\n"


def sentences(count: int = 200, *, seed: int = 0) -> str:
    """A text of a few words, with an accent and an astral character in it."""
    draw = random.Random(seed)
    words = ("the", "rain", "falls", "on", "red", "roofs", "while", "café", "lights", "𝄞")
    return "".join(" ".join(draw.choices(words, k=6)) + ".\n" for _ in range(count))


@functools.cache
def music(place: Path) -> Path:
    """Trains a tiny music model below `place` and returns the run; the same for all tests.

    Tests that change a run take a `copy`.
    """
    return _run(place, "music", "\n".join(tunes()))


@functools.cache
def text(place: Path) -> Path:
    """Trains a tiny text model below `place` and returns the run; the same for all tests."""
    return _run(place, "text", sentences())


TINY = [
    f"--train.steps={STEPS}", f"--train.evaluate-every={EVERY}", "--train.warmup=2",
    "--train.learning-rate=0.03", "--train.shards=1", "--data.batch-size=16", "--data.least=1",
    "--model.word-embed=8", "--model.units=6",
]  # fmt: skip
TINY_LABELS = [*TINY, "--model.subword-embed=8", "--model.buckets=200"]
TINY_TAGS = [*TINY, "--model.character-features=8", "--model.character-embed=4"]
WANTS = {
    "weather": ("will it rain in", "how cold is it in", "is there snow in"),
    "travel": ("how do I get to", "book a train to", "what is the fare to"),
    "music": ("play a song about", "sing the tune of", "who wrote the song of"),
    "oos": ("who founded", "what rhymes with", "how old is"),
}
PLACES = ("york", "bergen", "lisbon", "cork", "oslo", "ghent", "riga", "turin")


def requests(count: int = 160, *, seed: int = 0) -> list[tuple[str, str, str]]:
    """What people might ask for: (label, words before the place, the place)."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        label = draw.choice(list(WANTS))
        place = f"{draw.choice(PLACES)} {draw.choice(('north', 'south', 'port'))} {number}"
        found.append((label, draw.choice(WANTS[label]), place))
    return found


@functools.cache
def intent(place: Path) -> Path:
    """Trains a tiny classifier of texts below `place` and returns the run."""
    rows = [f"{ask} {where},{label}\n" for label, ask, where in requests()]
    return _train(place, "intent", "faq.csv", "text,label\n" + "".join(rows), TINY_LABELS)


@functools.cache
def tagger(place: Path) -> Path:
    """Trains a tiny tagger below `place` and returns the run; its tags are ours."""
    rows = [
        "".join(f"{word}\t{'NUM' if word.isdecimal() else 'WORD'}\n" for word in text.split())
        for text in (f"{ask} {where}" for _, ask, where in requests())
    ]
    return _train(place, "tagger", "words.tsv", "\n".join(rows), TINY_TAGS)


@functools.cache
def slots(place: Path) -> Path:
    """Trains a tiny model of labels and slots below `place` and returns the run."""
    source = place / "slots"
    rows = [request for request in requests(200) if request[0] != "oos"]
    for part, chosen in (("train", rows[:80]), ("valid", rows[80:100]), ("test", rows[100:120])):
        (source / part).mkdir(parents=True)
        asks = [(label, ask.split(), where.split()) for label, ask, where in chosen]
        files = {
            "seq.in": [" ".join([*ask, *where]) for _, ask, where in asks],
            "seq.out": [
                " ".join([*["O"] * len(ask), "B-place", *["I-place"] * (len(where) - 1)])
                for _, ask, where in asks
            ],
            "label": [label for label, _, _ in asks],
        }
        for name, lines in files.items():
            (source / part / name).write_text("".join(f"{line}\n" for line in lines))
    run = place / "slots-run"
    train.main(["slots", f"--data.source={source}", f"--out={run}", *TINY_TAGS])
    return run


WORDS = {
    "the": "der", "old": "alte", "young": "junge", "red": "rote", "dog": "Hund", "king": "König",
    "baker": "Bäcker", "sees": "sieht", "paints": "malt", "finds": "findet",
}  # fmt: skip
TINY_PAIRS = [
    f"--train.steps={STEPS}", f"--train.evaluate-every={EVERY}", "--train.warmup=2",
    "--train.learning-rate=0.03", "--train.precision=float32", "--train.shards=1",
    "--data.batch-size=16", "--data.pieces=60", "--model.embed=12", "--model.units=16",
    "--model.attention-units=8",
]  # fmt: skip


def pairs(count: int = 120, *, seed: int = 0) -> list[tuple[str, str]]:
    """Sentences and what they are in German, of sorts: the verb comes last."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        who, whom = (
            ["the", draw.choice(("old", "young", "red")), draw.choice(("dog", "king", "baker"))]
            for _ in range(2)
        )
        verb = draw.choice(("sees", "paints", "finds"))
        source, target = [*who, verb, *whom], [*who, *whom, verb]
        found.append((f"{' '.join(source)}.", f"{' '.join(WORDS[word] for word in target)}."))
    return found


@functools.cache
def translator(place: Path) -> Path:
    """Trains a tiny translator below `place` and returns the run."""
    rows = "".join(f"{source}\t{target}\n" for source, target in pairs())
    return _train(place, "translator", "pairs.tsv", rows, TINY_PAIRS)


def _train(place: Path, name: str, file: str, corpus: str, options: list[str]) -> Path:
    source, run = place / file, place / f"{name}-run"
    source.write_text(corpus, encoding="utf-8")
    train.main([name, f"--data.source={source}", f"--out={run}", *options])
    return run


def _run(place: Path, name: str, corpus: str) -> Path:
    source, run = place / f"{name}.abc", place / f"{name}-run"
    source.write_text(corpus, encoding="utf-8")
    train.main([name, f"--data.source={source}", f"--out={run}", *SMALL])
    return run


def copy(run: Path, place: Path) -> Path:
    """Copies a run, to do something to it."""
    return shutil.copytree(run, place / "run")


def left(run: Path) -> dict[str, bytes]:
    """What two equal runs have equal: the checksums of every checkpoint, and the metrics."""
    files = [*run.glob(f"step-*/{MANIFEST}"), run / "metrics.jsonl", run / "vocabulary.txt"]
    return {str(path.relative_to(run)): path.read_bytes() for path in files}
