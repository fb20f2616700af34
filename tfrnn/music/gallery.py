"""A folder to show tunes with: a page, and for each tune its ABC, score, MIDI and sound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tfrnn.errors import CannotCreateError, DataError, StorageError
from tfrnn.music.abc import read
from tfrnn.music.midi import midi
from tfrnn.music.novelty import NoveltyReport
from tfrnn.music.page import page
from tfrnn.music.score import PAGE, PHONE, scores
from tfrnn.music.sound import wav
from tfrnn.music.tempo import played_bars, tempo_of
from tfrnn.music.tune import Problem, Tune

_MODES = {"": "major", "m": "minor", "dor": "dorian", "phr": "phrygian", "lyd": "lydian"}
_MODES |= {"mix": "mixolydian", "loc": "locrian"}


@dataclass(frozen=True)
class Composed:
    """A tune and where it comes from.

    text: its ABC.
    seed: what it was composed with.
    novelty: how much of it is new, if that was looked at.
    """

    text: str
    seed: int
    novelty: NoveltyReport | None = None


@dataclass(frozen=True)
class _Shown:
    """A tune with all that the page says of it; an error stands for what could not be made."""

    number: int
    composed: Composed
    tune: Tune
    problems: Sequence[Problem]
    score: str | DataError
    narrow: str | DataError
    midi: bytes | DataError
    wav: bytes | DataError

    @property
    def stem(self) -> str:
        return f"{self.number:03}"

    def files(self) -> dict[str, bytes]:
        """Returns the content of each file by its name."""
        contents = {
            ".abc": self.composed.text.rstrip("\n") + "\n",
            ".svg": self.score,
            "-narrow.svg": self.narrow,
            ".mid": self.midi,
            ".wav": self.wav,
        }
        return {
            self.stem + ending: content.encode() if isinstance(content, str) else content
            for ending, content in contents.items()
            if not isinstance(content, DataError)
        }


def write_gallery(
    folder: Path, tunes: Sequence[Composed], *, title: str = "Composed tunes"
) -> Path:
    """Writes `index.html`, and `001.abc`, `001.svg`, `001-narrow.svg`, `001.mid`, `001.wav`, ...

    The page needs no network and no scripts. Where a tune has no score or sound, as an untrained
    model's may not, it says why. Files of these names are replaced.

    Args:
        folder: Where to; made if it is not there.
        tunes: In the order of the page.
        title: Of the page.

    Returns:
        The page.

    Raises:
        CannotCreateError: The folder cannot be made or written to.
        StorageError: Writing failed half way, as on a full disk.
        Failure: verovio cannot be started.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreateError(f"{folder}: cannot be made: {error.strerror}") from error
    shown = _prepare(tunes)
    for each in shown:
        for name, content in each.files().items():
            _write(folder / name, content)
    # The page comes last: what it names is there.
    index = folder / "index.html"
    _write(index, page(title, _summary(shown), [_article(each) for each in shown]).encode())
    return index


def _prepare(composed: Sequence[Composed]) -> list[_Shown]:
    read_tunes = [read(each.text) for each in composed]
    tunes = [tune for tune, _ in read_tunes]
    wide, narrow = scores(tunes, width=PAGE), scores(tunes, width=PHONE)
    return [
        _Shown(i + 1, each, *read_tunes[i], wide[i], narrow[i], _try(midi, tune), _try(wav, tune))
        for i, (each, tune) in enumerate(zip(composed, tunes))
    ]


def _try(render: Callable[[Tune], bytes], tune: Tune) -> bytes | DataError:
    try:
        return render(tune)
    except DataError as error:
        return error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except (PermissionError, IsADirectoryError) as error:
        raise CannotCreateError(f"{path}: cannot be written: {error.strerror}") from error
    except OSError as error:
        raise StorageError(f"{path}: writing failed: {error.strerror}") from error


def _summary(shown: Sequence[_Shown]) -> str:
    count = "1 tune" if len(shown) == 1 else f"{len(shown)} tunes"
    valid = sum(not each.problems for each in shown)
    return f"{count}, {'all' if valid == len(shown) else valid} valid"


def _article(shown: _Shown) -> str:
    """Returns a tune's part of the page."""
    title = shown.tune.title or f"Tune {shown.number}"
    about = " · ".join(filter(None, _about(shown.tune)))
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in _facts(shown).items())
    names = {".svg": "Score", ".mid": "MIDI", ".wav": "Sound", ".abc": "ABC"}
    links = "".join(
        f'<li><a href="{shown.stem}{ending}">{name}</a></li>'
        for ending, name in names.items()
        if shown.stem + ending in shown.files()
    )
    return f"""<article>
<h2><span class="number">{shown.number}</span>{escape(title)}</h2>
<p class="about">{escape(about)}</p>
{_score(shown, title)}
{_player(shown)}
<dl>
{facts}</dl>
<ul class="files">{links}</ul>
<details><summary>ABC notation</summary><pre>{escape(shown.composed.text.strip())}</pre></details>
</article>
"""


def _about(tune: Tune) -> list[str]:
    """Returns the rhythm, meter, key, speed and length of a tune."""
    meter = "" if tune.meter.text == "none" else tune.meter.text
    key = f"{tune.key.tonic} {_MODES[tune.key.mode]}" if tune.key.tonic else ""
    tempo = tempo_of(tune)
    whole_notes = sum(bar.duration for _, bar in played_bars(tune))
    minutes, seconds = divmod(round(float(whole_notes) * 240 / tempo), 60)
    bars = "1 bar" if len(tune.bars) == 1 else f"{len(tune.bars)} bars"
    rhythm = tune.fields.get("R", "").strip().lower()
    return [rhythm, meter, key, f"{bars}, {minutes}:{seconds:02}" if tune.bars else ""]


def _score(shown: _Shown, title: str) -> str:
    if isinstance(shown.score, DataError) or isinstance(shown.narrow, DataError):
        return f'<p class="bad">No score: {escape(str(shown.score))}</p>'
    return (
        f'<picture class="score"><source media="(max-width: 40rem)" '
        f'srcset="{shown.stem}-narrow.svg"><img src="{shown.stem}.svg" loading="lazy" '
        f'alt="Score of {escape(title)}"></picture>'
    )


def _player(shown: _Shown) -> str:
    if isinstance(shown.wav, DataError):
        return f'<p class="bad">No sound: {escape(str(shown.wav))}</p>'
    return f'<audio controls preload="none" src="{shown.stem}.wav"></audio>'


def _facts(shown: _Shown) -> dict[str, str]:
    """Returns HTML by name."""
    valid = '<span class="good">valid</span>'
    if shown.problems:
        problem = escape(str(shown.problems[0]))
        others = f" (and {len(shown.problems) - 1} more)" if len(shown.problems) > 1 else ""
        valid = f'<span class="bad">{problem}{others}</span>'
    facts = {"Notation": valid}
    if novelty := shown.composed.novelty:
        source = f" from “{escape(novelty.source)}”" if novelty.source else ""
        facts["Longest run copied"] = (
            f"{novelty.longest_run} notes{source}; in any key {novelty.longest_transposed}"
        )
        facts["New"] = (
            f"{novelty.new_bars:.0%} of the bars, {novelty.new_runs:.0%} of the runs of eight notes"
        )
    return facts | {"Seed": str(shown.composed.seed)}
