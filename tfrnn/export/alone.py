"""Runs the signatures of a SavedModel in a process that has TensorFlow and nothing of ours.

It is run as a script, isolated: python -I alone.py FOLDER < requests.json > answers.json.
"""

import base64
import json
import sys

import numpy as np


def to_json(array: np.ndarray) -> dict:
    """Returns an array as what JSON can hold; strings are bytes in base 64."""
    array = np.asarray(array)
    if array.dtype.kind in "OSU":
        flat = [x.encode() if isinstance(x, str) else bytes(x) for x in array.ravel()]
        values = [base64.b64encode(x).decode() for x in flat]
        return {"dtype": "string", "shape": array.shape, "values": values}
    return {"dtype": array.dtype.name, "shape": array.shape, "values": array.ravel().tolist()}


def from_json(record: dict) -> np.ndarray:
    """Is the inverse of `to_json`."""
    values, dtype = record["values"], record["dtype"]
    if dtype == "string":
        values, dtype = [base64.b64decode(x) for x in values], object
    flat = np.empty(len(values), dtype)
    flat[:] = values
    return flat.reshape(record["shape"])


def main(folder: str) -> None:
    """Answers the requests of the standard input: name of a signature -> its inputs.

    The model is loaded into a session, as TensorFlow Serving and the C library do.
    """
    import tensorflow.compat.v1 as tf

    answers = {}
    with tf.Session(graph=tf.Graph()) as session:
        saved = tf.saved_model.load(session, ["serve"], folder)
        for name, inputs in json.load(sys.stdin).items():
            signature = saved.signature_def[name]
            given = {signature.inputs[key].name: from_json(value) for key, value in inputs.items()}
            wanted = {key: tensor.name for key, tensor in signature.outputs.items()}
            found = session.run(wanted, given)
            answers[name] = {key: to_json(value) for key, value in found.items()}
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
