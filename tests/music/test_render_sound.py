"""The sound of a tune: pitches found by Fourier transform, level, length, no clicks."""

import io
import wave

import numpy as np
import pytest

from tfrnn.errors import DataError
from tfrnn.music.abc import parse, read
from tfrnn.music.sound import PEAK, RATE, wav


def tune(music):
    return parse(f"X:1\nM:none\nL:1/4\nK:C\n{music}\n")


def samples(data):
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


def pitch_at(sound, start, stop):
    """The MIDI number of the strongest partial between two times in seconds."""
    part = sound[int(start * RATE) : int(stop * RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17))
    return round(69 + 12 * np.log2(spectrum.argmax() * RATE / (1 << 17) / 440))


def loudness(sound, start, stop):
    return np.sqrt(np.mean(sound[int(start * RATE) : int(stop * RATE)] ** 2))


def test_the_notes_are_heard_when_they_should_be():
    sound = samples(wav(tune("C ^f A, z c''|"), tempo=120))
    assert [pitch_at(sound, i / 2 + 0.1, i / 2 + 0.45) for i in (0, 1, 2, 4)] == [60, 78, 57, 96]
    assert loudness(sound, 1.7, 2) < 0.02 * loudness(sound, 1, 1.3)  # the rest


def test_repeats_are_played():
    sound = samples(wav(parse("X:1\nM:2/4\nL:1/4\nK:C\n|:CG:|\n"), tempo=60))
    assert [pitch_at(sound, i + 0.1, i + 0.9) for i in range(4)] == [60, 67, 60, 67]


@pytest.mark.parametrize(
    ("tempo", "seconds"), [(60, 8 + 0.8), (240, 2 + 0.8)], ids=["slow", "fast"]
)
def test_length(tempo, seconds):
    assert len(samples(wav(tune("C D E F G4|"), tempo=tempo))) == round(seconds * RATE)


@pytest.mark.parametrize("music", ["C,,|", "c'''|", "[CEGBdf]|" * 4, "C/8D/8" * 50 + "|"])
def test_level(music):
    sound = samples(wav(tune(music)))
    assert np.abs(sound).max() == pytest.approx(PEAK, abs=1e-4)
    assert abs(sound.mean()) < 0.01


def test_a_chord_is_all_of_its_notes():
    sound = samples(wav(tune("[Ce]4|"), tempo=60))
    spectrum = np.abs(np.fft.rfft(sound[: 2 * RATE]))
    level = [spectrum[round(2 * f) - 3 : round(2 * f) + 4].max() for f in (261.63, 659.26, 440.0)]
    assert min(level[:2]) > 30 * level[2]


def test_no_clicks():
    """Neither the start, nor an end, nor a repetition is steeper than the ringing string."""
    sound = samples(wav(tune("C4 z C C C4 z|"), tempo=120))
    steepest = np.abs(np.diff(sound, n=2))
    ringing = steepest[int(0.02 * RATE) : int(1.9 * RATE)].max()
    assert steepest.max() < 1.5 * ringing
    assert np.abs(sound[:3]).max() < 0.01
    assert np.abs(sound[-3:]).max() < 0.001


@pytest.mark.parametrize(("tempo", "end"), [(120, 1.0), (20, 4.0)], ids=["damped", "rung out"])
def test_a_note_that_ends_fades(tempo, end):
    """A finger comes down on the string, or it has rung for as long as it does."""
    sound = samples(wav(tune("C2 z C/8|"), tempo=tempo))
    steepest = np.abs(np.diff(sound, n=2))
    around = steepest[int((end - 0.1) * RATE) : int((end + 0.12) * RATE)]
    before = steepest[int((end - 0.2) * RATE) : int((end - 0.1) * RATE)]
    assert around.max() < 1.5 * before.max()


def test_first_notes_of_bars_are_louder():
    sound = samples(wav(parse("X:1\nM:2/4\nL:1/4\nK:C\nCC|CC|\n"), tempo=60))
    levels = [loudness(sound, i, i + 0.5) for i in range(4)]
    assert levels[0] > 1.1 * levels[1]
    assert levels[2] > 1.1 * levels[3]


def test_what_cannot_be_played_is_refused():
    with pytest.raises(DataError, match="no note"):
        wav(read("X:1\nL:1/4\nK:C\nz4|")[0])
