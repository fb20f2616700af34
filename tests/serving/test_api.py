"""The REST API: TensorFlow Serving's shape, over small models and the preset of intents."""

import base64
import io
import json

import matplotlib.image
import numpy as np
import pytest
import tensorflow as tf

NUMBERS = "/v1/models/numbers"


def test_rows_and_columns(client):
    by_row = client.predict("numbers", {"instances": [1.5, -2]})
    assert by_row.status_code == 200
    assert by_row.json() == {"predictions": [3.0, -4.0]}
    assert client.predict("numbers", {"instances": [{"x": 4}]}).json() == {"predictions": [8.0]}
    assert client.predict("numbers", {"inputs": [1, 2]}).json() == {"outputs": [2.0, 4.0]}
    assert client.predict("numbers", {"inputs": {"x": [1]}}).json() == {"outputs": [2.0]}


def test_several_inputs_and_outputs(client):
    rows = [{"flags": [True, False], "raw": "a"}, {"flags": [False, False], "raw": {"b64": "/w=="}}]
    found = client.predict("numbers", {"signature_name": "kinds", "instances": rows}).json()
    first = {"any": 1, "raw": "a", "tenth": 0.1, "gone": None}  # not finite, which JSON has not
    second = {"any": 0, "raw": {"b64": "/w=="}, "tenth": 0.0, "gone": None}
    assert found == {"predictions": [first, second]}


def test_an_output_without_rows_is_told_by_column(client):
    pair = {"x": [1, 2], "names": ["a", "b"]}
    found = client.predict("numbers", {"signature_name": "pair", "inputs": pair}).json()
    assert found == {"outputs": {"both": ["a1", "b2"], "sums": [2.0, 3.0], "units": ["m", "s"]}}
    rows = [{"x": 1, "names": "a"}]
    refused = client.predict("numbers", {"signature_name": "pair", "instances": rows})
    assert refused.status_code == 400
    assert refused.json() == {
        "error": 'units has no rows: ask for it with "inputs" instead of "instances".'
    }


def test_an_input_without_rows_is_one_for_all(client):
    body = {"signature_name": "raised", "inputs": {"x": [2, 3], "power": 3}}
    assert client.predict("numbers", body).json() == {"outputs": [8.0, 27.0]}
    body = {"signature_name": "raised", "instances": [{"x": 2, "power": 3}, {"x": 1, "power": 3}]}
    assert client.predict("numbers", body).json() == {"predictions": [8.0, 1.0]}
    body["instances"][1]["power"] = 2
    refused = client.predict("numbers", body)
    assert refused.json() == {"error": "power must be the same in all instances."}


def test_the_preset_of_intents(client, exports):
    texts = ["what time is it", "play some jazz", "日本", ""]
    found = client.predict("intent", {"instances": texts}).json()["predictions"]
    served = tf.saved_model.load(str(exports / "intent" / "1"))
    direct = served.signatures["classify"](tf.constant(texts))
    labels = [[label.decode() for label in row] for row in direct["labels"].numpy()]
    assert [row["labels"] for row in found] == labels
    assert [row["familiar"] for row in found] == direct["familiar"].numpy().tolist()
    shares = np.array([row["probabilities"] for row in found])
    np.testing.assert_allclose(shares, direct["probabilities"].numpy(), atol=1e-6)
    assert labels[0][0] == "time"
    body = {"signature_name": "distribution", "inputs": texts[:1]}
    outputs = client.predict("intent", body).json()["outputs"]
    assert len(outputs["label"]) == len(outputs["probabilities"][0]) == 150


def test_pictures_come_as_base64(client):
    png = io.BytesIO()
    matplotlib.image.imsave(png, np.zeros([3, 5, 3]), format="png")
    data = {"b64": base64.b64encode(png.getvalue()).decode()}
    found = client.predict("captions", {"instances": [{"image": data}, {"image": data}]}).json()
    assert [row["text"] for row in found["predictions"]] == [["3 by 5", "a picture"]] * 2
    assert client.predict("captions", {"instances": [data]}).json()["predictions"][0]["text"]
    wrong = client.predict("captions", {"instances": ["no picture"]})
    assert wrong.status_code == 400
    assert wrong.json()["error"].startswith("the model does not take this: ")
    large = client.predict("captions", {"instances": ["x" * 200_000]})  # larger than a text may be
    assert large.json()["error"].startswith("the model does not take this: ")


def test_the_list_of_models(client):
    models = {model["name"]: model for model in client.get("/v1/models").json()["models"]}
    assert list(models) == ["captions", "intent", "lengths", "letters", "numbers", "tags"]
    assert models["numbers"]["version"] == "3"
    assert models["intent"]["version"] == "1"
    assert models["tags"]["signatures"]["tag_text"] == {
        "inputs": ["text"], "outputs": ["probabilities", "tags", "words"],
    }  # fmt: skip
    assert {name: model["stream"] for name, model in models.items() if model["stream"]} == {
        "letters": "grown", "lengths": "whole",
    }  # fmt: skip
    assert not any(model["writes_tunes"] for model in models.values())


def test_status_and_versions(client):
    state = {"version": "3", "state": "AVAILABLE"}
    state |= {"status": {"error_code": "OK", "error_message": ""}}
    for path in (NUMBERS, f"{NUMBERS}/versions/3"):
        assert client.get(path).json() == {"model_version_status": [state]}
    assert client.post(f"{NUMBERS}/versions/3:predict", {"instances": [1]}).status_code == 200
    for path in (f"{NUMBERS}/versions/2", f"{NUMBERS}/versions/2/metadata", "/v1/models/none"):
        assert client.get(path).status_code == 404
    missing = client.post(f"{NUMBERS}/versions/2:predict", {"instances": [1]})
    assert (missing.status_code, missing.json()) == (
        404,
        {"error": "of numbers version 3 is served."},
    )


def test_metadata(client):
    found = client.get(f"{NUMBERS}/metadata").json()
    assert found["model_spec"] == {"name": "numbers", "signature_name": "", "version": "3"}
    signatures = found["metadata"]["signature_def"]["signature_def"]
    assert set(signatures) == {"serving_default", "multiply", "pair", "raised", "kinds"}
    flags = signatures["kinds"]["inputs"]["flags"]
    dims = [{"size": "-1", "name": ""}, {"size": "2", "name": ""}]
    assert flags["dtype"] == "DT_BOOL"
    assert flags["tensor_shape"] == {"dim": dims, "unknown_rank": False}
    assert signatures["multiply"]["method_name"] == "tensorflow/serving/predict"


def test_what_compose_leaves_out(client):
    """Rows begin with nothing, seeds count from 0, and all else is as in generate.py."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    (text,) = client.predict("letters", {"inputs": {}}).json()["outputs"]
    assert text == (alphabet * 20)[:500]
    body = {"inputs": {"prime": ["1", "2"], "length": 3}}
    assert client.predict("letters", body).json() == {"outputs": ["1ab", "2bc"]}
    body = {"inputs": {"seed": [5, 7], "length": 2}}
    assert client.predict("letters", body).json() == {"outputs": ["fg", "hi"]}
    body = {"instances": [{"length": 4}, {"length": 4}]}
    assert client.predict("letters", body).json() == {"predictions": ["abcd", "bcde"]}
    body = {"instances": [{"prime": "9", "length": 2, "temperature": 0, "top_p": 0.5, "seed": 1}]}
    assert client.predict("letters", body).json() == {"predictions": ["9b"]}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"length": 0}, "length must be 1 to 16,384 for 1 rows, got 0."),
        ({"length": 16_385}, "length must be 1 to 16,384 for 1 rows, got 16,385."),
        ({"length": 9000, "seed": [0, 1]}, "length must be 1 to 8,192 for 2 rows, got 9,000."),
        ({"prime": ["a"], "seed": [0, 1]}, "as many rows as each other"),
        ({"prime": "a"}, "prime must have the shape (any), got ()."),
        ({"lenght": 3}, "no input 'lenght'; it has length, prime, seed, temperature, top_p."),
    ],
)
def test_what_compose_refuses(client, inputs, words):
    refused = client.predict("letters", {"inputs": inputs})
    assert refused.status_code == 400
    assert words in refused.json()["error"]


def test_health_and_metrics(client, service):
    assert client.get("/healthz").text == client.get("/readyz").text == "ok\n"
    before = client.get("/metrics")
    assert before.headers["content-type"].startswith("text/plain")
    assert 'tfrnn_model_version{model="numbers"} 3.0' in before.text
    client.predict("nobody-has-this", {})
    client.predict("numbers", {"instances": [1]})
    after = client.get("/metrics").text
    assert 'tfrnn_requests_total{code="404",method="predict",model=""}' in after
    assert "nobody-has-this" not in after  # or a stranger could fill the memory with names
    service.ending = True
    try:
        ending = client.get("/readyz")
        assert (ending.status_code, ending.json()) == (503, {"error": "the server is ending."})
    finally:
        service.ending = False


def test_every_answer_is_safe_to_look_at(client):
    for path in ("/", "/page/style.css", "/v1/models", "/none", "/healthz"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self';"), path
        assert headers["x-content-type-options"] == "nosniff"
    assert json.loads(client.get("/docs").text)["error"]  # FastAPI's page loads from elsewhere
