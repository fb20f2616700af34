"""The translator in PyTorch, from the same weights: bidirectional GRU, GRU with attention."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch.nn import functional
from torch.nn.utils import rnn

from benchmarks.torch_side import EPSILON, fastest_threads, in_order_of_torch, in_threads


class Translator(torch.nn.Module):
    """Source (batch, source) and shifted (batch, target) ids -> (batch, target, vocab) logits.

    The encoder reads packed sequences, which is how PyTorch leaves padding out; the decoder is a
    loop, as everybody writes it, with all products that do not depend on the state before it.
    """

    def __init__(self, weights: Mapping[str, np.ndarray]):
        super().__init__()
        kept = {name.replace("/", "_"): value for name, value in weights.items()}
        _, embed = kept["embed_target_embeddings"].shape
        half = kept["encoder_0_forward_recurrent_kernel"].shape[0]
        self.encoder = torch.nn.GRU(embed, half, batch_first=True, bidirectional=True)
        with torch.no_grad():
            for end, place in (("forward", "l0"), ("backward", "l0_reverse")):
                kernel, recurrent, bias = (
                    in_order_of_torch(kept.pop(f"encoder_0_{end}_{name}"))
                    for name in ("kernel", "recurrent_kernel", "bias")
                )
                given = (kernel.T, recurrent.T, *bias)
                names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                for name, value in zip(names, given, strict=True):
                    parameter = getattr(self.encoder, f"{name}_{place}")
                    parameter.copy_(torch.from_numpy(np.array(value)))
        for name, value in kept.items():
            setattr(self, name, torch.nn.Parameter(torch.from_numpy(np.array(value))))

    def forward(self, source, shifted, lengths):
        packed = rnn.pack_padded_sequence(
            functional.embedding(source, self.embed_target_embeddings), lengths,
            batch_first=True, enforce_sorted=False,
        )  # fmt: skip
        packed, ends = self.encoder(packed)
        memory, _ = rnn.pad_packed_sequence(packed, batch_first=True, total_length=source.shape[1])
        first = torch.cat([ends[0], ends[1]], -1) @ self.bridge_hidden_kernel
        hidden = torch.tanh(first + self.bridge_hidden_bias)
        keys = memory @ self.attention_key_kernel + self.attention_bias
        away = torch.where(source == 0, -torch.inf, 0.0)
        vectors = functional.embedding(shifted, self.embed_target_embeddings)
        words = vectors @ self.words_kernel + self.decoder_bias[0]
        seen = []
        for now in words.unbind(1):
            query = (hidden @ self.attention_query_kernel)[:, None]
            scores = (torch.tanh(query + keys) @ self.attention_score)[..., 0]
            weights = torch.softmax(scores.float() + away, -1)
            context = torch.bmm(weights[:, None].to(memory.dtype), memory)[:, 0]
            z, r, g = (now + context @ self.decoder_kernel).chunk(3, -1)
            inner = hidden @ self.decoder_recurrent_kernel + self.decoder_bias[1]
            inner_z, inner_r, inner_g = inner.chunk(3, -1)
            z, r = torch.sigmoid(z + inner_z), torch.sigmoid(r + inner_r)
            hidden = z * hidden + (1 - z) * torch.tanh(g + r * inner_g)
            seen.append(torch.cat([hidden, context], -1))
        read = torch.cat([torch.stack(seen, 1), vectors], -1)
        readout = torch.tanh(read @ self.readout_kernel + self.readout_bias)
        return readout @ self.embed_target_embeddings.T + self.bias


def training(
    weights: Mapping[str, np.ndarray],
    batch: Mapping[str, np.ndarray],
    *,
    precision: str,
    rate: float,
    smoothing: float,
    clip: float,
) -> Callable[[], float]:
    """Returns a step of PyTorch at its best: fused Adam, autocast for bfloat16."""

    def made():
        return _optimizing(weights, batch, precision, rate, smoothing, clip)

    return in_threads(fastest_threads(made()), made())


def _optimizing(weights, batch, precision, rate, smoothing, clip):
    model = Translator(weights)
    optimizer = torch.optim.Adam(model.parameters(), rate, fused=True)
    (group,) = optimizer.param_groups
    count = itertools.count(1)
    source, shifted, targets = (
        torch.from_numpy(batch[name].astype(np.int64)) for name in ("source", "shifted", "targets")
    )
    lengths = (source != 0).sum(1)

    def step():
        # Keras adds epsilon to the root of the moment as it is, PyTorch once it is corrected.
        group["eps"] = EPSILON / (1 - group["betas"][1] ** next(count)) ** 0.5
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = model(source, shifted, lengths)
        loss = functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=0,
            label_smoothing=smoothing,
        )  # fmt: skip
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return loss.item()

    return step
