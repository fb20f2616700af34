"""What a trained tagger is used through: texts or words in, a tag for each word out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.lengths import about_as_long
from tfrnn.layers import Chain, Independent

BATCH = 256  # sentences that are read at a time


class Tagged(NamedTuple):
    """What a tagger says of one sentence.

    words: As they were cut or given. tags: One for each. confidence: The probability of each tag,
    whatever tags its neighbours have. label, label_confidence: Of the whole sentence; "" and 0
    where the model names none.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    confidence: tuple[float, ...]
    label: str = ""
    label_confidence: float = 0.0


class WordTagger(tf.Module):
    """Tags the words of texts; also what is exported.

    Args:
        model: Built; returns a `Chain`, an `Independent`, or one of them after label logits.
        encoder: `tfrnn.data.tokens.SentenceEncoder` of the model's ids.
        tags: Name of each tag.
        labels: Name of each label of a sentence, where the model has labels.
    """

    def __init__(self, model: keras.Model, encoder, tags: Sequence[str], labels: Sequence[str]):
        super().__init__()
        self.model, self.encoder = model, encoder
        self.tags, self.labels = tuple(tags), tuple(labels)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def tag_text(self, text):
        """Cuts texts into words and tags these, see `tag_words`."""
        return self._tag(self.encoder.split(text))

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, "words")], autograph=False)
    def tag_words(self, words):
        """Tags words that are cut already.

        Args:
            words: (batch, words) string, "" after the last of a sentence.

        Returns:
            words: (batch, words) string, "" after the last. tags: (batch, words) string.
            probabilities: (batch, words) float32 of each tag. With labels also label (batch,)
            string and label_probability (batch,) float32.
        """
        return self._tag(tf.RaggedTensor.from_tensor(words, padding="")[:, : self.encoder.longest])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def _weigh_text(self, text):
        tokens = self.encoder.split(text)
        return tokens.to_tensor(""), self._read(tokens)[1].marginals()

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"tag_text": self.tag_text, "tag_words": self.tag_words}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        words = np.array([[b"Time", b"flies", b"like"], [b"an", b"arrow", b""]])
        return {
            "tag_text": {"text": np.array([b"Time flies like an arrow.", b""])},
            "tag_words": {"words": words},
        }

    def tag(self, texts: Sequence[str]) -> list[Tagged]:
        """Cuts texts into words and tags these, in their order."""
        return tagged(lambda rows: self.tag_text(tf.constant(rows, tf.string)), texts)

    def tag_sentences(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        """Tags sentences whose words are given, in their order."""
        return tagged(lambda rows: self.tag_words(rectangle(rows)), sentences)

    def alternatives(self, text: str, most: int = 3) -> list[list[tuple[str, float]]]:
        """Returns the likeliest tags of each word of a text, with their probabilities."""
        words, marginals = self._weigh_text(tf.constant([text]))
        found = []
        for shares in marginals.numpy()[0, : words.shape[1]]:
            best = np.argsort(-shares, kind="stable")[:most]
            found.append([(self.tags[i], float(shares[i])) for i in best])
        return found

    def _read(self, tokens):
        """Label logits or None, and the distribution over tags."""
        found = self.model(self.encoder.inputs(tokens), training=False)
        return found if self.labels else (None, found)

    def _tag(self, tokens):
        logits, chain = self._read(tokens)
        words = tokens.to_tensor("")
        time = tf.shape(words)[1]
        ids = chain.decode()[0][:, :time]
        real = words != ""
        names = tf.where(real, tf.gather(tf.constant(self.tags), ids), "")
        shares = _probability(chain, ids, time)
        found = {"words": words, "tags": names, "probabilities": tf.where(real, shares, 0.0)}
        if logits is not None:
            probabilities = tf.nn.softmax(logits)
            found["label"] = tf.gather(tf.constant(self.labels), tf.argmax(logits, -1))
            found["label_probability"] = tf.reduce_max(probabilities, -1)
        return found


def _probability(chain: Chain | Independent, ids, time):
    return tf.gather(chain.marginals()[:, :time], ids, axis=2, batch_dims=2)


def tagged(tag: Callable, rows: Sequence) -> list[Tagged]:
    """Calls what tags on sentences about as long as each other, BATCH at a time.

    Args:
        tag: Texts or sentences -> what `WordTagger.tag_words` returns.
        rows: Texts or sentences.

    Returns:
        What it says of each, in their order.
    """
    found: dict[int, Tagged] = {}
    for chosen in about_as_long(rows, BATCH):
        outputs = {name: x.numpy() for name, x in tag([rows[i] for i in chosen]).items()}
        for row, i in enumerate(chosen):
            found[i] = _unpack(outputs, row)
    return [found[i] for i in range(len(rows))]


def _unpack(outputs, row) -> Tagged:
    words = [word.decode() for word in outputs["words"][row] if word]
    tags = [tag.decode() for tag in outputs["tags"][row][: len(words)]]
    shares = [float(share) for share in outputs["probabilities"][row][: len(words)]]
    if "label" not in outputs:
        return Tagged(tuple(words), tuple(tags), tuple(shares))
    label, share = outputs["label"][row].decode(), float(outputs["label_probability"][row])
    return Tagged(tuple(words), tuple(tags), tuple(shares), label, share)


def rectangle(sentences: Sequence[Sequence[str]]) -> tf.Tensor:
    """Returns words as (sentences, words) strings, "" after the last of each."""
    longest = max(map(len, sentences), default=0)
    rows = [[*words, *[""] * (longest - len(words))] for words in sentences]
    return tf.reshape(tf.constant(rows, tf.string), [len(sentences), longest])
