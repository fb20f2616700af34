"""What TensorFlow Serving is to ask before it serves, read back with its own messages."""

import numpy as np
import tensorflow as tf
import yaml
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

import export
from models import ZOO, load
from models.files import PRESETS
from tests.test_readme import ROOT
from tfrnn.export.warmup import WARMUP, write_warmup


class Twice(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, "words")])
    def twice(self, words):
        return {"words": tf.strings.join([words, words])}


def requests(folder):
    found = []
    for record in tf.data.TFRecordDataset(str(folder / WARMUP)).as_numpy_iterator():
        found.append(PredictionLog.FromString(record).predict_log.request)
    return found


def test_requests_are_read_back_as_they_were(tmp_path):
    given = {
        "a": {"words": np.array([[b"x", b""], ["日".encode(), b"\xff"]]), "n": np.int32(3)},
        "b": {"grid": np.zeros([2, 0, 3], np.float32)},
    }
    write_warmup(tmp_path, "mine", given)
    found = requests(tmp_path)
    assert [each.model_spec.signature_name for each in found] == ["a", "b"]
    assert {each.model_spec.name for each in found} == {"mine"}
    for request, inputs in zip(found, given.values()):
        assert set(request.inputs) == set(inputs)
        for key, value in inputs.items():
            again = tf.make_ndarray(request.inputs[key])
            assert again.shape == np.shape(value)
            assert again.tolist() == np.asarray(value).tolist()


def test_a_loaded_model_answers_what_it_is_warmed_up_with(tmp_path):
    module = Twice()
    tf.saved_model.save(module, str(tmp_path), {"twice": module.twice})
    write_warmup(tmp_path, "mine", {"twice": {"words": np.array([[b"a", b"b"]])}})
    (request,) = requests(tmp_path)
    served = tf.saved_model.load(str(tmp_path)).signatures[request.model_spec.signature_name]
    inputs = {key: tf.constant(tf.make_ndarray(value)) for key, value in request.inputs.items()}
    assert served(**inputs)["words"].numpy().tolist() == [[b"aa", b"bb"]]


def test_an_export_has_a_request_for_each_signature(tmp_path):
    export.main([str(PRESETS / "tagger"), "--out", str(tmp_path / "tagger")])
    found = requests(tmp_path / "tagger" / "1")
    assert [each.model_spec.signature_name for each in found] == [*load("tagger").signatures()]
    assert {each.model_spec.name for each in found} == {"tagger"}


def test_the_compose_file_serves_what_export_writes():
    (service,) = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    name = service["environment"]["MODEL_NAME"]
    assert name.startswith("${MODEL:-") and name[9:-1] in ZOO
    # The image serves /models/NAME, a folder of versions; export.py writes exports/NAME/1.
    assert service["volumes"] == ["./exports:/models:ro"]
    assert [port.rpartition(":")[2] for port in service["ports"]] == ["8501"]
