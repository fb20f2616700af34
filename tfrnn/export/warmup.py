"""Requests that TensorFlow Serving answers before it serves, so that the first user need not wait.

https://www.tensorflow.org/tfx/serving/saved_model_warmup: a TFRecord file of `PredictionLog`s
in the extra assets of a SavedModel.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

WARMUP = Path("assets.extra") / "tf_serving_warmup_requests"


def write_warmup(folder: Path, name: str, examples: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Writes one request for each signature.

    Args:
        folder: Of a SavedModel.
        name: Under which the model is served.
        examples: For each signature its inputs.

    Raises:
        OSError: If it cannot be written.
    """
    from tensorflow_serving.apis.model_pb2 import ModelSpec
    from tensorflow_serving.apis.predict_pb2 import PredictRequest
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog, PredictLog

    path = folder / WARMUP
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in examples.items():
            tensors = {key: tf.make_tensor_proto(value) for key, value in inputs.items()}
            spec = ModelSpec(name=name, signature_name=signature)
            request = PredictRequest(model_spec=spec, inputs=tensors)
            log = PredictionLog(predict_log=PredictLog(request=request))
            writer.write(log.SerializeToString())
