"""A tune as a MIDI file."""

import io

import mido

from tfrnn.music.perform import perform
from tfrnn.music.tempo import check_playable, played_bars, tempo_of
from tfrnn.music.tune import Tune

TICKS = 480
"""Ticks to a quarter note. Triplets are exact; other tuplets are rounded, without drift."""

_LOUD, _PLAIN = 96, 80
_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m")
_MINOR += ("D#m", "A#m")
_MINOR_THIRD = ("m", "dor", "phr", "loc")


def midi(tune: Tune, *, tempo: float | None = None) -> bytes:
    r"""Returns a MIDI file of format 0: repeats expanded, ties merged, bars' first notes louder.

    The same tune gives the same bytes.

    >>> from tfrnn.music.abc import parse
    >>> midi(parse("X:1\nM:2/4\nL:1/4\nK:G\nG B | d2 |\n"))[:14].hex(" ", 4)
    '4d54 68640000 00060000 000101e0'

    Args:
        tune: What to play.
        tempo: Quarter notes a minute, above 0; by default what suits the rhythm.

    Raises:
        DataError: The tune has no note, or one that MIDI does not have, or is much too long.
    """
    tempo = tempo_of(tune) if tempo is None else tempo
    check_playable(tune, tempo)
    events = sorted([*_signs(tune, tempo), *_notes(tune)], key=lambda event: event[:2])
    track, now = mido.MidiTrack(), 0
    for when, _, message in events:
        track.append(message.copy(time=when - now))
        now = when
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS, charset="utf-8", tracks=[track])
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _tick(whole_notes) -> int:
    return round(whole_notes * 4 * TICKS)


def _signs(tune: Tune, tempo: float) -> list[tuple[int, int, mido.MetaMessage]]:
    """Returns (tick, rank, message) of the title, the tempo, the key and each meter."""
    names = _MINOR if tune.key.mode in _MINOR_THIRD else _MAJOR
    first = [
        mido.MetaMessage("track_name", name=tune.title),
        mido.MetaMessage("set_tempo", tempo=min(round(60e6 / tempo), 0xFFFFFF)),
        mido.MetaMessage("key_signature", key=names[tune.key.fifths + 7]),
    ]
    found, meter = [(0, 0, message) for message in first], None
    for start, bar in played_bars(tune):
        if bar.meter != meter and 0 < bar.meter.beats < 256:
            meter = bar.meter
            click = 36 if meter.compound and meter.unit == 8 else 24  # MIDI clocks, 24 a quarter
            message = mido.MetaMessage(
                "time_signature",
                numerator=meter.beats,
                denominator=meter.unit,
                clocks_per_click=click,
            )
            found.append((_tick(start), 0, message))
    return found


def _notes(tune: Tune) -> list[tuple[int, int, mido.Message]]:
    """Returns (tick, rank, message): at one tick, what ends comes before what starts."""
    downbeats = {start for start, _ in played_bars(tune)}
    found = []
    for sound in perform(tune):
        velocity = _LOUD if sound.start in downbeats else _PLAIN
        for pitch in sound.pitches:
            on = mido.Message("note_on", note=pitch, velocity=velocity)
            found.append((_tick(sound.start), 2, on))
            off = mido.Message("note_off", note=pitch, velocity=0)
            found.append((_tick(sound.start + sound.duration), 1, off))
    return found
