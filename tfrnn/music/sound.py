"""A tune as sound: a plucked string, made of partials, so that no sound font is needed."""

import io
import wave
from functools import cache

import numpy as np

from tfrnn.music.perform import perform
from tfrnn.music.tempo import check_playable, played_bars, tempo_of
from tfrnn.music.tune import Tune

RATE = 22050
"""Samples a second: enough for partials up to 9 kHz, at half the size of a compact disc's."""

PEAK = 0.7
"""The loudest sample, of full scale 1: -3 dB."""

_TAIL = 0.8  # seconds for the last note to fade
_ATTACK, _RELEASE = 0.004, 0.09  # seconds; shorter ones click
_LOUD, _PLAIN = 1.0, 0.75
_PLUCKED_AT = 0.23  # of the string's length: partials with a node there are silent
_HIGHEST = 9000.0  # Hz
_LONGEST_RING = 4.0  # seconds


def wav(tune: Tune, *, tempo: float | None = None) -> bytes:
    r"""Returns a WAV file, mono, 16 bits, as `midi` plays it, and 0.8 s to fade.

    >>> from tfrnn.music.abc import parse
    >>> data = wav(parse("X:1\nM:2/4\nL:1/4\nK:G\nG B | d2 |\n"), tempo=120)
    >>> data[:4], len(data) == 44 + 2 * round(22050 * 2.8)
    (b'RIFF', True)

    Args:
        tune: What to play.
        tempo: Quarter notes a minute, above 0; by default what suits the rhythm.

    Raises:
        DataError: The tune has no note, or one that MIDI does not have, or is much too long.
    """
    tempo = tempo_of(tune) if tempo is None else tempo
    check_playable(tune, tempo)
    samples = _mix(tune, 240 / tempo)
    scaled = np.round(samples * (PEAK * 32767 / np.abs(samples).max())).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(scaled.tobytes())
    return buffer.getvalue()


def _mix(tune: Tune, whole_note: float) -> np.ndarray:
    """Returns (samples,) float32 of the performance; `whole_note` in seconds."""
    length, downbeats = 0.0, set()
    for start, bar in played_bars(tune):
        downbeats.add(start)
        length = float(start + bar.duration)
    samples = np.zeros(round(RATE * (length * whole_note + _TAIL)), np.float32)
    for sound in perform(tune):
        volume = _LOUD if sound.start in downbeats else _PLAIN
        begin = round(float(sound.start) * whole_note * RATE)
        for pitch in sound.pitches:
            note = _damped(_string(pitch), float(sound.duration) * whole_note)
            note = note[: len(samples) - begin]
            samples[begin : begin + len(note)] += volume * note
    return samples


@cache
def _string(pitch: int) -> np.ndarray:
    """Returns (samples,) float32 of a string that is plucked and rings until it is silent.

    Partial k of a string plucked at p has the amplitude sin(k pi p) / k^2 (Fletcher and Rossing
    1998, The Physics of Musical Instruments, section 2.7) and fades the faster the higher it is.
    """
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    partials = np.arange(1, max(int(_HIGHEST / frequency), 1) + 1)[:24]
    time = np.arange(int(_LONGEST_RING * RATE)) / RATE
    rings = 1.6 * (261.6 / frequency) ** 0.5  # seconds until a fundamental has lost 63%
    samples = np.zeros(len(time), np.float32)
    for k in partials:
        amplitude = np.sin(k * np.pi * _PLUCKED_AT) / k**1.6  # brighter than 2: a stiff pick
        fade = np.exp(-time * (1 + 0.35 * (k - 1)) / rings)
        samples += amplitude * fade * np.sin(2 * np.pi * k * frequency * time)
    samples *= np.minimum(time / _ATTACK, 1)
    return samples


def _damped(string: np.ndarray, seconds: float) -> np.ndarray:
    """Returns the first seconds of a string and its smooth end when a finger comes down on it."""
    release = round(_RELEASE * RATE)
    note = string[: round(seconds * RATE) + release].copy()
    note[-release:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, release, dtype=np.float32))
    return note
