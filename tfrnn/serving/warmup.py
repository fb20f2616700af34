"""Requests that stand beside a SavedModel, to be answered before it is served.

They are those of TensorFlow Serving, https://www.tensorflow.org/tfx/serving/saved_model_warmup.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tfrnn.errors import DataError
from tfrnn.serving.signatures import DEFAULT

WARMUP = "assets.extra/tf_serving_warmup_requests"


def read_warmup(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Returns the inputs of the last request to each signature; nothing, where there is no file.

    Requests to classify and regress, which is another API, are left out.

    Raises:
        DataError: If the file holds something else.
    """
    path, found = folder / WARMUP, {}
    if not path.exists():
        return found
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            log = PredictionLog.FromString(record)
            if log.HasField("predict_log"):
                request = log.predict_log.request
                name = request.model_spec.signature_name or DEFAULT
                found[name] = {key: tf.make_ndarray(x) for key, x in request.inputs.items()}
    except (DecodeError, tf.errors.OpError, TypeError, ValueError) as error:
        raise DataError(f"{path}: holds no warm-up requests: {error}") from error
    return found
