"""Many at the same time, over HTTP: run together, and answered as if each had come alone."""

import numpy as np
import pytest

from tests.serving import toys

TEXTS = [
    "what time is it", "set an alarm for six", "translate hello", "how do i get to cork", "",
    "what is the meaning of life", "日本", "play some jazz", "book a flight " * 30, "x",
]  # fmt: skip


@pytest.fixture(scope="module")
def patient(exports):
    """A server that waits for a batch, so that what comes together is one."""
    service = toys.opened(exports, wait=0.1)
    with toys.client_of(service) as client:
        yield client, service


def test_intents_together_are_intents_one_by_one(patient):
    client, service = patient
    labels = {"model": "intent", "signature": "serving_default"}
    path = "/v1/models/intent:predict"
    alone = [client.post(path, {"instances": [text]}).json()["predictions"] for text in TEXTS]
    before = toys.value(service, "tfrnn_batch_requests_count", **labels)
    together = client.together([(path, {"instances": [text]}) for text in TEXTS])
    assert toys.value(service, "tfrnn_batch_requests_count", **labels) == before + 1
    assert toys.value(service, "tfrnn_batch_rows_sum", **labels) == before + len(TEXTS)
    for (one,), many in zip(alone, together):
        (other,) = many.json()["predictions"]
        assert (other["labels"], other["familiar"]) == (one["labels"], one["familiar"])
        np.testing.assert_allclose(other["probabilities"], one["probabilities"], atol=1e-6)


def test_tags_together_are_tags_one_by_one(patient):
    """The rows of a batch are padded to the longest: of that nothing is left in an answer."""
    client, service = patient
    posts = [("/v1/models/tags:predict", {"instances": [text, "a"]}) for text in TEXTS]
    alone = [client.post(*post).json() for post in posts]
    together = [answer.json() for answer in client.together(posts)]
    assert together == alone
    widths = {len(answer["predictions"][0]["words"]) for answer in together}
    assert {1, 2, 4, 90} <= widths
    labels = {"model": "tags", "signature": "serving_default"}
    assert toys.value(service, "tfrnn_batch_requests_count", **labels) == len(posts) + 1


def test_a_picture_that_is_none_spoils_no_other(patient):
    client, _ = patient
    gif = {"b64": "R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs="}
    path = "/v1/models/captions:predict"
    posts = [(path, {"instances": [image]}) for image in (gif, "none", gif)]
    assert [answer.status_code for answer in client.together(posts)] == [200, 400, 200]


def test_a_crowd_is_told_to_come_back(arithmetic):
    service = toys.opened(arithmetic, wait=0.2, queue=3)
    with toys.client_of(service) as client:
        posts = [("/v1/models/numbers:predict", {"instances": [number]}) for number in range(8)]
        answers = client.together(posts)
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [200] * 3 + [429] * 5
        late = next(answer for answer in answers if answer.status_code == 429)
        assert late.headers["retry-after"] == "1"
        assert set(late.json()) == {"error"}
        assert client.post(*posts[0]).status_code == 200
        right = [a.json()["predictions"] for a in answers if a.status_code == 200]
        assert right == [[2.0 * number] for number in range(3)]


def test_a_deadline(arithmetic):
    service = toys.opened(arithmetic, wait=5.0, deadline=0.1)
    with toys.client_of(service) as client:
        late = client.predict("numbers", {"instances": [1]})
        assert late.status_code == 504
        assert late.json() == {"error": "it takes longer than 0.1 seconds; ask for less."}
