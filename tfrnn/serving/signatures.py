"""What the functions of a SavedModel take and give, as its file says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from tfrnn.errors import DataError
from tfrnn.serving.padding import axes_of

SAVED_MODEL = "saved_model.pb"
DEFAULT = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
PICTURE = "image"  # the input of a model that takes pictures: bytes of a JPEG, PNG or WebP


class Spec(NamedTuple):
    """A tensor: its dtype, and its shape with None for a length that may vary; None is any rank."""

    dtype: tf.DType
    shape: tuple[int | None, ...] | None

    @property
    def has_rows(self) -> bool:
        """Whether the first axis is that of the examples."""
        return bool(self.shape) and self.shape[0] is None


@dataclass(frozen=True)
class Signature:
    """One function of a model.

    name: By which it is asked for. inputs, outputs: Their tensors by name. proto: The same as
    TensorFlow Serving tells it.
    """

    name: str
    inputs: Mapping[str, Spec]
    outputs: Mapping[str, Spec]
    proto: Mapping[str, Any]

    @property
    def takes_pictures(self) -> bool:
        """Whether an input is a picture, so that a request may be larger."""
        return PICTURE in self.inputs

    @property
    def shares_batches(self) -> bool:
        """Whether rows of several requests may run together and be dealt back.

        Every input must have rows; an output must have rows of one shape, padding that is known,
        or no rows at all, when it is the same for everyone.
        """
        padded = axes_of(self.outputs)
        return all(spec.has_rows for spec in self.inputs.values()) and all(
            spec.shape is not None and (name in padded or None not in spec.shape[1:])
            for name, spec in self.outputs.items()
        )


def read_signatures(folder: Path) -> dict[str, Signature]:
    """Returns the functions of a SavedModel by name, without loading it.

    Raises:
        DataError: If there is none.
    """
    saved = SavedModel()
    try:
        saved.ParseFromString((folder / SAVED_MODEL).read_bytes())
        found = saved.meta_graphs[0].signature_def
    except (OSError, DecodeError, IndexError) as error:
        raise DataError(f"{folder}: not a SavedModel: {error}") from error
    return {name: _signature(name, found[name]) for name in sorted(found) if name[:2] != "__"}


def _signature(name: str, proto) -> Signature:
    inputs, outputs = (
        {key: _spec(tensors[key]) for key in sorted(tensors)}
        for tensors in (proto.inputs, proto.outputs)
    )
    told = MessageToDict(
        proto, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return Signature(name, inputs, outputs, told)


def _spec(info) -> Spec:
    shape = info.tensor_shape
    sizes = tuple(None if dim.size < 0 else dim.size for dim in shape.dim)
    return Spec(tf.as_dtype(info.dtype), None if shape.unknown_rank else sizes)
