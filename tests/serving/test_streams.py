"""Texts as they are written: by steps, grown, or whole, and said which."""

import json

import pytest

from tests.serving import toys
from tfrnn.errors import DataError, UsageError
from tfrnn.serving.streams import FIRST, _grown

ALPHABET = "abcdefghijklmnopqrstuvwxyz" * 20


def asked(client, name, inputs):
    return client.post(f"/v1/models/{name}:stream", {"inputs": inputs})


def events(response):
    """[(event, data), ...] of an answer."""
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = response.text.split("\n\n")
    assert blocks.pop() == ""
    found = []
    for block in blocks:
        *name, data = block.split("\n")
        found.append((name[0].removeprefix("event: ") if name else "", data.removeprefix("data: ")))
    return [(name, json.loads(data)) for name, data in found]


def test_a_text_grows(client):
    found = events(asked(client, "letters", {"prime": ["12é\n"], "length": 300, "seed": [2]}))
    assert found[0] == ("start", {"way": "grown"})
    assert found[-1] == ("end", {})
    pieces = [data["text"] for name, data in found[1:-1]]
    assert len(pieces) == 5  # 36, 72, 144, 288, 300 characters
    body = {"inputs": {"prime": ["12é\n"], "length": 300, "seed": [2]}}
    assert ["".join(pieces)] == client.predict("letters", body).json()["outputs"]


def test_what_writes_towards_an_end_comes_whole(client):
    found = events(asked(client, "lengths", {"length": 40}))
    assert found == [("start", {"way": "whole"}), ("", {"text": f"40{ALPHABET}"[:40]}), ("end", {})]


def test_a_run_streams_by_steps(exports):
    wishes = []

    def writes(*wish):
        wishes.append(wish)
        yield from ("<script>", "\n\ndata: x", "𝄞")

    def refuses(*wish):
        raise UsageError("the prime has a character too many.")
        yield

    def breaks(*wish):
        yield "a"
        raise DataError("the weights are gone.")

    service = toys.opened(exports / "lengths", streams={"lengths": writes})
    with toys.client_of(service) as client:
        found = events(asked(client, "lengths", {"length": 40, "temperature": 0.5, "seed": [7]}))
        assert found[0] == ("start", {"way": "steps"})
        assert [data["text"] for _, data in found[1:-1]] == ["<script>", "\n\ndata: x", "𝄞"]
        assert wishes == [("", 40, 0.5, 1.0, 7)]
        service.streams["lengths"] = refuses
        refused = asked(client, "lengths", {})
        assert (refused.status_code, refused.json()["error"]) == (
            400, "the prime has a character too many.",
        )  # fmt: skip
        service.streams["lengths"] = breaks
        found = events(asked(client, "lengths", {}))
        assert found[1:] == [("", {"text": "a"}), ("error", {"error": "the weights are gone."})]
        assert toys.value(service, "tfrnn_requests_waiting") == 0


@pytest.mark.parametrize(
    ("name", "body", "status", "words"),
    [
        ("numbers", {"inputs": [1]}, 400, "only models that compose or translate stream"),
        ("letters", {"inputs": {"seed": [0, 1]}}, 400, "one text is streamed at a time"),
        ("letters", {"inputs": {"length": 20_000}}, 400, "length must be"),
        ("none", {}, 404, "no such model"),
        ("letters", {"inputs": {"prime": ["x" * 70_000]}}, 413, "the body may have"),
    ],
)
def test_what_cannot_be_streamed(client, name, body, status, words):
    found = client.post(f"/v1/models/{name}:stream", body)
    assert found.status_code == status
    assert words in found.json()["error"]


def test_growing_ends_where_the_text_does():
    asked = []

    def compose(length):
        asked.append(length)
        return ALPHABET[: min(length, 40)], length > 40

    assert "".join(_grown(compose, FIRST, 500)) == ALPHABET[:40]
    assert asked == [FIRST, 2 * FIRST]


def test_growing_that_changes_its_mind_is_no_text():
    with pytest.raises(DataError, match="does not go on as it began"):
        list(_grown(lambda length: (str(length) * length, False), FIRST, 200))
