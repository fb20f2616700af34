"""What the drop-in layers share: Keras' own layer outside, a fused unroll inside."""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from tfrnn.kernels.dense import dense


class Limit(NamedTuple):
    """The values of an argument that the fused path is written for, and why no others."""

    argument: str
    values: tuple
    reason: str


class Fused:
    """Gives the Keras layer that stands beside it as a base a fused unroll instead of its loop.

    Everything around the loop stays Keras' own, because it is inherited: arguments, weights,
    config, the start and the end of the states, the drawing of dropout masks. Keras calls
    `inner_loop` for the steps, as it does to reach cuDNN.

    Args:
        *args: What the Keras layer takes.
        fallback: Whether a layer with arguments outside `limits` runs Keras' own loop; if not,
            it is refused.
        **kwargs: What the Keras layer takes.

    Attributes:
        fused: Whether this layer's arguments are within the limits.

    Raises:
        ValueError: If an argument is outside the limits and `fallback` is False.
    """

    limits = (
        Limit("unroll", (False,), "its loop is not unrolled, and takes less memory for it"),
        Limit("use_cudnn", ("auto", False), "cuDNN is a path of Keras' own"),
    )

    def __init__(self, *args, fallback: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fallback = fallback
        refusals = [*map(self._refusal, self.limits), _backend_refusal()]
        refusal = next(filter(None, refusals), None)
        if refusal and not fallback:
            raise ValueError(
                f"{type(self).__name__} has no fused path for {refusal}; "
                "fallback=True would run Keras' own loop."
            )
        self.fused = refusal is None

    def _refusal(self, limit: Limit) -> str | None:
        value = getattr(self, limit.argument, limit.values[0])
        if value in limit.values:
            return None
        return f"{limit.argument}={_name(value)}: {limit.reason}"

    def run(self, projected: tf.Tensor, state: list[tf.Tensor], **options) -> tuple:
        """Calls the kernel: (batch, time, gates * units), Keras' list of states -> as it gives."""
        raise NotImplementedError

    def input_bias(self) -> tf.Tensor | None:
        """Returns what is added to the projected inputs, (gates * units,)."""
        return self.cell.bias

    def inner_loop(self, sequences, initial_state, mask, training=False):
        # Keras clears supports_jit where it has cuDNN, whose loop is faster still.
        if not (self.fused and self.supports_jit):
            return super().inner_loop(sequences, initial_state, mask, training)
        mask = mask[0] if keras.tree.is_nested(mask) else mask
        mask = None if mask is None else tf.cast(mask, tf.bool)
        if self.go_backwards:
            sequences = tf.reverse(sequences, [1])
            mask = None if mask is None else tf.reverse(mask, [1])
        outputs, state = self.run(
            self._project(sequences, training),
            [self._wide(s) for s in initial_state],
            mask=mask,
            keep=self._keep(initial_state[0], training),
            product_dtype=self.compute_dtype,
        )
        if mask is None:
            return state[0], outputs, list(state)
        return self._last_output(state[0], mask), self._repeated(outputs, mask), list(state)

    def _project(self, sequences, training):
        """All steps at once: (batch, time, features) -> (batch, time, gates * units)."""
        sequences = tf.cast(sequences, self.compute_dtype)
        kernel = tf.convert_to_tensor(self.cell.kernel)
        bias = None if self.input_bias() is None else self._wide(self.input_bias())
        masks = self.cell.get_dropout_mask(sequences[:, 0, :]) if training else None
        if isinstance(masks, list):  # of implementation=1: a mask for each gate
            kernels = tf.split(kernel, len(masks), 1)
            parts = [tf.tensordot(sequences * m[:, None], k, 1) for m, k in zip(masks, kernels)]
            projected = self._wide(tf.concat(parts, -1))
            return projected if bias is None else projected + bias
        sequences = sequences if masks is None else sequences * masks[:, None]
        dtypes = {"product_dtype": self.compute_dtype, "dtype": self.variable_dtype}
        return dense(sequences, self._wide(kernel), bias, **dtypes)

    def _keep(self, hidden, training):
        """What multiplies the hidden state on its way into the recurrent product, or None."""
        keep = self.cell.get_recurrent_dropout_mask(hidden) if training else None
        return None if keep is None else self._wide(keep)

    def _wide(self, tensor):
        """Under a mixed policy the kernels want all but their products in float32."""
        return tf.cast(tensor, self.variable_dtype)

    def _last_output(self, hidden, mask):
        """Zeros where no step was real, though the state is then the one that came in."""
        real = mask[:, -1] if self.zero_output_for_mask else tf.reduce_any(mask, 1)
        return tf.where(real[:, None], hidden, 0)

    def _repeated(self, outputs, mask):
        """A masked step of Keras repeats the output before it; the kernels' is zero."""
        if self.zero_output_for_mask or not self.return_sequences:
            return outputs
        real = tf.cumsum(tf.cast(mask, tf.int32), 1)  # (batch, time): real steps so far
        latest = tf.searchsorted(real, real)  # where that many were first reached
        return tf.gather(outputs, latest, batch_dims=1)

    def get_config(self):
        return super().get_config() | {"fallback": self.fallback}


def _backend_refusal() -> str | None:
    name = keras.config.backend()
    return None if name == "tensorflow" else f"the {name} backend: it is written in TensorFlow"


def _name(value: Any) -> str:
    return repr(getattr(value, "__name__", value))
