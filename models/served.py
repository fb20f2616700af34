"""An exported SavedModel, used through the same calls as a model of the package."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from models.clip_reader import Seen, read_clips
from models.describer import Caption, captions_in
from models.embedder import embed
from models.labeller import Answer, answers
from models.translation import Translation, in_batches
from models.word_tagger import Tagged, rectangle, tagged
from models.wording import PLAIN
from models.writer import Draft
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.lexical import Wording
from tfrnn.decoding.search import Search
from tfrnn.errors import DataError, UsageError


class ServedWriter:
    """Writes through the `compose` signature of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with that signature.
    """

    def __init__(self, folder: Path):
        self.module, self.compose = _signature(folder, "compose")

    def write(
        self,
        primes: Sequence[str],
        seeds: Sequence[int],
        *,
        limit: int,
        choice: Choice = Choice(),
    ) -> list[Draft]:
        """Is `Writer.write`; bits are not known (NaN).

        Raises:
            UsageError: If `top_k` is given or a prime does not fit.
        """
        if choice.top_k is not None:
            raise UsageError("--top-k is not an input of an exported model; use --top-p.")
        texts = self.compose(
            prime=tf.constant(list(primes)),
            length=tf.constant(limit),
            temperature=tf.constant(float(choice.temperature)),
            top_p=tf.constant(float(choice.top_p)),
            seed=tf.constant(np.array(seeds, np.int64).astype(np.int32)),
        )["text"]
        decoded = [text.decode() for text in texts.numpy()]
        for prime, text in zip(primes, decoded):
            _check_prime(prime, text, limit)
        # The end counts as a character, so a text as long as the limit was cut.
        return [Draft(text, len(text) < limit, float("nan")) for text in decoded]


def _check_prime(prime: str, text: str, limit: int) -> None:
    """Refuses what the graph, which must answer anything, made fit: as `Writer` does."""
    if len(prime) >= limit:
        raise UsageError(
            f"the prime has {len(prime):,} characters, --length is {limit:,}: a longer --length "
            "leaves room to write."
        )
    if not text.startswith(prime):
        raise UsageError(f"the prime {prime!r} has a character that the model has never seen.")


class ServedLabeller:
    """Answers through the `classify` signature of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with that signature.
    """

    def __init__(self, folder: Path):
        self.module, self.classify = _signature(folder, "classify")

    def answer(self, texts: Sequence[str]) -> list[Answer]:
        """Is `Labeller.answer`."""
        return answers(self.classify, texts)

    def explain(self, texts: Sequence[str]):
        """Refuses: attention is not among what is exported.

        Raises:
            UsageError: Always.
        """
        raise UsageError("an exported model has no attention to --explain: use the run.")


class ServedTagger:
    """Tags through the signatures `tag_text` and `tag_words` of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with these signatures.
    """

    def __init__(self, folder: Path):
        self.module, self.tag_text = _signature(folder, "tag_text")
        self.tag_words = self.module.signatures["tag_words"]

    def tag(self, texts: Sequence[str]) -> list[Tagged]:
        """Is `WordTagger.tag`."""
        return tagged(lambda rows: self.tag_text(text=tf.constant(rows, tf.string)), texts)

    def tag_sentences(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        """Is `WordTagger.tag_sentences`."""
        return tagged(lambda rows: self.tag_words(words=rectangle(rows)), sentences)

    def alternatives(self, text: str, most: int = 3):
        """Refuses: the other tags are not among what is exported.

        Raises:
            UsageError: Always.
        """
        raise UsageError("an exported model has no other tags to --explain: use the run.")


class ServedClipReader:
    """Labels frames through the `label_frames` signature of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with that signature.
    """

    def __init__(self, folder: Path):
        self.module, self.label_frames = _signature(folder, "label_frames")
        _, inputs = self.label_frames.structured_input_signature
        self.size = inputs["frames"].shape[2]

    def read(self, clips: Sequence[np.ndarray]) -> list[Seen]:
        """Is `ClipReader.read`."""
        return read_clips(self.label_frames, clips)


class ServedInterpreter:
    """Translates through the `translate` signature of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with that signature.
    """

    def __init__(self, folder: Path):
        self.module, self._translate = _signature(folder, "translate")

    def translate(
        self,
        texts: Sequence[str],
        wish: Search,
        told: Callable[[int], None] = lambda done: None,
        wording: Wording = PLAIN,
    ) -> list[list[Translation]]:
        """Is `Interpreter.translate`; the search is the one that was exported.

        Raises:
            UsageError: If another search, or more translations, are wished for.
        """
        most = self._translate.structured_outputs["scores"].shape[1]
        _check_wish(wish, Search(beam=most), wording)
        found = in_batches(self._translate, texts, told)
        return [each[: wish.nbest] for each in found]

    def draw(self, *_, **__):
        """Refuses: drawing is not among what is exported.

        Raises:
            UsageError: Always.
        """
        raise UsageError("an exported model searches and does not --sample: use the run.")


class ServedDescriber:
    """Captions through the `caption` signature of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with that signature.
    """

    reader = None  # it is inside

    def __init__(self, folder: Path):
        self.module, self._caption = _signature(folder, "caption")

    def describe(
        self, pictures: Sequence[np.ndarray], wish: Search, wording: Wording = PLAIN
    ) -> list[list[Caption]]:
        """Is `Describer.describe`; the search is the one that was exported.

        Raises:
            UsageError: If another search, or more captions, are wished for.
        """
        most = self._caption.structured_outputs["scores"].shape[1]
        _check_wish(wish, Search(beam=most, length_penalty=0.7), wording)
        # PNG, since what a JPEG would lose the model was not meant to miss.
        files = [tf.io.encode_png(picture) for picture in pictures]
        found = self._caption(image=tf.stack(files))
        columns = {name: value.numpy() for name, value in found.items()}
        return [each[: wish.nbest] for each in captions_in(columns)]

    def draw(self, *_, **__):
        """Refuses: drawing is not among what is exported.

        Raises:
            UsageError: Always.
        """
        raise UsageError("an exported model searches and does not --sample: use the run.")


class ServedEmbedder:
    """Makes vectors through the `embed` signature of a SavedModel.

    Args:
        folder: Where `export.py` wrote it.

    Raises:
        DataError: If it is no SavedModel with that signature.
    """

    def __init__(self, folder: Path):
        self.module, self._embed = _signature(folder, "embed")

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Is `Embedder.embed`."""
        return embed(self._embed, texts, self._embed.structured_outputs["vectors"].shape[1])


def _check_wish(wish, exported, wording):
    if replace(wish, nbest=1) != exported or wording != PLAIN:
        raise UsageError(
            f"an exported model searches with --beam {exported.beam} and no other option; use the"
            " run."
        )


def _signature(folder, name):
    try:
        module = tf.saved_model.load(str(folder))
        return module, module.signatures[name]
    except (OSError, KeyError, ValueError, tf.errors.OpError) as error:
        raise DataError(f"{folder}: not a SavedModel of export.py: {error}") from error
