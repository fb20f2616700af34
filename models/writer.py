"""What a trained character model is used through: text in, text out, bits for a text."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models.char_rnn import CharRNN
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.drafts import keep_one, repeat
from tfrnn.decoding.drawing import sampling_of
from tfrnn.decoding.sampling import BLOCK, Carry, Constraint, Prime, Sampling, begin, extend
from tfrnn.errors import DataError, UsageError

BOUNDARY = 0  # id 0 of every vocabulary: the start and the end of a document
CHUNK = 2 * BLOCK  # characters that a stream brings at a time


class Draft(NamedTuple):
    """One written document.

    text: The prime included, the boundary not. ended: Whether the model closed the document
    itself, within the limit. bits: What the text (and its end) costs under the model.
    """

    text: str
    ended: bool
    bits: float


class Writer:
    """Samples from and scores with a character model.

    Args:
        model: Built.
        vocabulary: `tfrnn.data.vocabulary.Vocabulary` of the model's ids.
        constraint: What may come next, or None where everything may.
        drafts: How many drafts a document is chosen from, see `tfrnn.decoding.drafts`; where
            there is no constraint one says it all.
        jit: Whether XLA compiles the loop; it draws the same ids, later but faster.

    Raises:
        UsageError: If `drafts` is not positive.
    """

    def __init__(
        self,
        model: CharRNN,
        vocabulary,
        *,
        constraint: Constraint | None = None,
        drafts: int = 1,
        jit: bool = True,
    ):
        if drafts < 1:
            raise UsageError(f"--drafts must be 1 or more, got {drafts}.")
        self.model, self.vocabulary, self.constraint = model, vocabulary, constraint
        self.drafts = drafts if constraint else 1
        self._choose = tf.function(self._best, jit_compile=jit, autograph=False)
        self._extend = tf.function(self._chunk, jit_compile=jit, autograph=False)
        self._nats = tf.function(self.nats, autograph=False)
        self._judge = tf.function(self._read_legal, autograph=False)

    def write(
        self,
        primes: Sequence[str],
        seeds: Sequence[int],
        *,
        limit: int,
        choice: Choice = Choice(),
    ) -> list[Draft]:
        """Writes one document for each prime; what one row says depends on no other row.

        Args:
            primes: What each document begins with, possibly "".
            seeds: One for each prime; the same seed writes the same again.
            limit: Most characters of a document, its prime and its end included.
            choice: How boldly the characters are drawn.

        Raises:
            UsageError: If a prime does not fit.
            DataError: If a prime has an unknown character or the weights are not finite.
        """
        sampling = self.sampling(seeds, choice)
        prime, steps = self.prime(primes, limit), -(-limit // BLOCK) * BLOCK
        ids, scores = self._choose(prime, sampling, steps, tf.constant(limit))
        return [self._draft(*row, limit) for row in zip(ids.numpy(), scores.numpy())]

    def stream(
        self,
        prime: str,
        seed: int,
        *,
        limit: int,
        choice: Choice = Choice(),
    ) -> Iterator[str]:
        """Yields a document in chunks as it is written: joined, the first draft of `write`."""
        sampling = self.sampling([seed], choice)
        given, carry = self.prime([prime], limit), self.begin(1)
        for position in range(0, limit, CHUNK):
            ids, scores, carry = self._extend(carry, given, sampling, CHUNK, tf.constant(limit))
            yield self._draft(ids.numpy()[0], scores.numpy()[0], limit - position).text
            if carry.done.numpy().all():
                return

    def bits(self, documents: Sequence[str]) -> list[np.ndarray]:
        """Returns what each character of each document costs, and its end: (length + 1,) bits.

        Raises:
            DataError: If a document has a character that the vocabulary has not.
        """
        return [self._bits(self.vocabulary.encode(document)) for document in documents]

    def write_ids(
        self,
        ids: tf.Tensor,
        lengths: tf.Tensor,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        seed: tf.Tensor,
        limit: tf.Tensor,
    ) -> tf.Tensor:
        """Is `write` for a graph whose batch and limit are not known yet.

        Args:
            ids: (batch, longest) int32, the primes.
            lengths: (batch,) int32, theirs.
            temperature: (batch,) float32.
            top_p: (batch,) float32.
            seed: (batch,) int32.
            limit: Scalar int32.

        Returns:
            (batch, steps) int32 ids, the boundary after the end.
        """
        top_k = tf.fill(tf.shape(lengths), len(self.vocabulary))
        sampling = Sampling(temperature, top_k, top_p, seed)
        return self._best(Prime(ids, lengths), sampling, -(-limit // BLOCK) * BLOCK, limit)[0]

    def nats(self, ids: tf.Tensor) -> tf.Tensor:
        """Returns what each id costs after those before it: (batch, time + 1) -> (batch, time)."""
        logits = self.model({"ids": ids[:, :-1]})
        return tf.nn.sparse_softmax_cross_entropy_with_logits(ids[:, 1:], logits)

    def sampling(self, seeds: Sequence[int], choice: Choice) -> Sampling:
        """Returns the same choice for every row, each with its seed."""
        return sampling_of(seeds, choice, len(self.vocabulary))

    def prime(self, primes: Sequence[str], limit: int) -> Prime:
        """Encodes primes, padded to a multiple of BLOCK so that few shapes are compiled."""
        rows = []
        for text in primes:
            if unknown := self.vocabulary.unknown(text):
                offset, character = unknown
                raise UsageError(
                    f"the prime has {character!r} (U+{ord(character):04X}) at offset {offset}, "
                    "which the model has never seen; leave it out."
                )
            if len(text) >= limit:
                raise UsageError(
                    f"the prime has {len(text):,} characters, --length is {limit:,}: a longer "
                    "--length leaves room to write."
                )
            rows.append(self.vocabulary.encode(text))
        lengths = [len(row) for row in rows]
        ids = np.zeros([len(rows), -(-max(lengths) // BLOCK) * BLOCK], np.int32)
        for row, encoded in zip(ids, rows):
            row[: len(encoded)] = encoded
        prime = Prime(tf.constant(ids), tf.constant(lengths))
        if self.constraint:
            self._check_legal(prime, primes, limit)
        return prime

    def begin(self, batch: int | tf.Tensor) -> Carry:
        """Returns the carry before the first character."""
        state = self.model.initial_state(batch)
        return begin(state, batch, end=BOUNDARY, constraint=self.constraint)

    def _check_legal(self, prime, primes, limit):
        """Refuses a prime that the constraint would never have let the model write."""
        state = self.constraint.start(len(primes))
        for t in range(max(map(len, primes))):
            legal, state = self._judge(state, prime.ids[:, t], tf.constant(limit - t))
            for text, ok in zip(primes, legal.numpy()):
                if t < len(text) and not ok:
                    raise UsageError(
                        f"the prime {text!r} cannot begin a legal tune of {limit:,} characters: "
                        f"{text[t]!r} at offset {t} may not come there; --free takes any prime."
                    )

    def _read_legal(self, state, ids, remaining):
        """Whether each id may come next, and the constraint's state after it."""
        allowed = self.constraint.allowed(state, tf.fill([ids.shape[0]], remaining))
        return tf.gather(allowed, ids, batch_dims=1), self.constraint.advance(state, ids)

    def _best(self, prime, sampling, steps, limit):
        """Ids and scores, (batch, steps), of the draft of each row that is kept."""
        many = repeat(prime, sampling, self.drafts)
        carry = self.begin(tf.shape(many[0].lengths)[0])
        ids, scores, carry = self._chunk(carry, *many, steps, limit)
        kept = keep_one(carry.legality, sampling.seed, self.drafts)
        return tf.gather(ids, kept), tf.gather(scores, kept)

    def _chunk(self, carry, prime, sampling, steps, limit):
        table = self.model.table()
        return extend(
            lambda ids, state: self.model.step(table, ids, state),
            carry,
            prime,
            sampling,
            steps=steps,
            limit=limit,
            end=BOUNDARY,
            constraint=self.constraint,
        )

    def _draft(self, ids, scores, limit):
        if not np.isfinite(scores).all():
            raise DataError("the model's weights give no finite numbers; train it again.")
        end = np.argmax(np.append(ids[:limit], BOUNDARY) == BOUNDARY)
        text = self.vocabulary.decode(ids[:end])
        return Draft(text, bool(end < min(limit, len(ids))), -float(scores.sum()) / np.log(2))

    def _bits(self, ids):
        count = len(ids) + 1
        padded = np.full([1, max(64, 1 << (count - 1).bit_length()) + 1], BOUNDARY, np.int32)
        padded[0, 1:count] = ids  # between a boundary and boundaries; few lengths are traced
        return self._nats(tf.constant(padded)).numpy()[0, :count] / np.log(2)
