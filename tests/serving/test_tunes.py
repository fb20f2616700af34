"""Scores and MIDI for the page."""

import io
import wave

import mido
import pytest

TUNE = "X:1\nT:<script>alert(1)</script>\nM:6/8\nL:1/8\nK:D\ndfd ece|d3 d3|]\n"


def test_a_score(client):
    found = client.get("/tunes/score.svg", params={"abc": TUNE})
    assert found.status_code == 200
    assert found.headers["content-type"] == "image/svg+xml"
    assert found.text.startswith("<svg")
    assert "script" not in found.text
    # Opened by itself it is a document of this server: it may run nothing.
    policy = found.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")
    phone = client.get("/tunes/score.svg", params={"abc": TUNE, "width": "phone"})
    assert phone.text != found.text


def test_midi(client):
    found = client.get("/tunes/tune.mid", params={"abc": TUNE})
    assert found.headers["content-disposition"] == 'attachment; filename="tune.mid"'
    played = mido.MidiFile(file=io.BytesIO(found.content))
    notes = [message for message in played if message.type == "note_on" and message.velocity]
    assert len(notes) == 8


def test_sound(client):
    found = client.get("/tunes/tune.wav", params={"abc": TUNE})
    assert found.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(found.content)) as played:
        assert played.getnframes() / played.getframerate() > 2


def test_abc(client):
    found = client.get("/tunes/tune.abc", params={"abc": TUNE})
    assert found.text == TUNE
    assert found.headers["content-disposition"] == 'attachment; filename="tune.abc"'
    assert client.get("/tunes/tune.abc").status_code == 400


@pytest.mark.parametrize("path", ["/tunes/score.svg", "/tunes/tune.mid", "/tunes/tune.wav"])
@pytest.mark.parametrize(
    "params", [{}, {"abc": ""}, {"abc": "no tune"}, {"abc": "X:1\nK:D\n" + "A" * 4000}]
)
def test_what_is_no_tune(client, path, params):
    found = client.get(path, params=params)
    assert found.status_code == 400
    assert found.json()["error"]


def test_a_width_that_is_none(client):
    found = client.get("/tunes/score.svg", params={"abc": TUNE, "width": "9000"})
    assert (found.status_code, list(found.json())) == (400, ["error"])
