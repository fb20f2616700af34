"""Strings to ids: the same in Python, in a graph and in a SavedModel, whatever the string."""

import itertools
import json
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.data.lexicon import RESERVED, UNKNOWN
from tfrnn.data.tokens import (
    BYTES,
    WIDTH,
    SentenceEncoder,
    buckets,
    known_as,
    padded,
    ragged,
    spell,
    split,
)

WORDS = (*RESERVED, "to", "be", "don't", "時", "é", "👍", "-", "THAT", "that")
ALPHABETS = [
    "abcdefgh XYZ'- 0123456789 .,!?\"()’",
    " \t\n\r\v\f\u00a0\u2003\u3000\u2028",
    "\x00\x01\x1f\x7f\x85",
    "éèüßÅñøİıſΣςфЖאבجد",
    "e\u0301a\u0308o\u0327\u200d\u200b\ufeff",
    "時計は日本語かな漢字ไทยខ្មែរລາວ한국어",
    "😀👍🏽👩‍👩‍👧🇩🇪𝄞\U00010348",
    "¿«»—–…№€+=<>|\\/@#$%^&*_~`[]{}",
]


def strings(count: int, seed: int = 0) -> list[bytes]:
    """Odd strings: mixtures of all alphabets, and some that are not UTF-8."""
    draw = np.random.default_rng(seed)
    found = [b"", b" ", b"\x00", b"\xff\xfe", b"-" * 40, b"'", b"a" * 3000, "\u0301".encode()]
    while len(found) < count:
        chosen = draw.choice(len(ALPHABETS), draw.integers(1, 4))
        signs = "".join(ALPHABETS[i] for i in chosen)
        text = "".join(draw.choice(list(signs), draw.integers(0, 30))).encode()
        if draw.random() < 0.05:
            cut = draw.integers(0, len(text) + 1)
            text = text[:cut] + draw.bytes(2) + text[cut:]
        found.append(text)
    return found


ODD = strings(10_000)

# Scripts without spaces by their blocks, as a second opinion on Unicode's script property.
ALONE = [
    (0x2E80, 0x2FD5), (0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x3041, 0x3096),
    (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0x0E01, 0x0E3A), (0x0E40, 0x0E5B), (0x1780, 0x17F9), (0x0E81, 0x0EDF),
]  # fmt: skip


def twin(text: bytes) -> list[str]:
    """The mode "words", said in plain Python."""
    blank = {"Cc", "Zs", "Zl", "Zp"}
    text = text.decode("utf-8", "replace")
    pieces = "".join(" " if unicodedata.category(c) in blank else c for c in text).split(" ")
    found = []
    for piece in filter(None, pieces):
        runs = [""]
        for sign in piece:
            word_like = unicodedata.category(sign)[0] in "LNM" or sign in "'’-"
            alone = any(first <= ord(sign) <= last for first, last in ALONE)
            if alone or not word_like:
                runs += [sign, ""]
            else:
                runs[-1] += sign
        for run in filter(None, runs):
            core = run.strip("'’-")
            if not core:
                found.append(run)
                continue
            start = run.index(core)
            found += filter(None, [run[:start], core, run[start + len(core) :]])
    return found


@pytest.fixture(scope="module")
def tokens():
    return split(tf.constant(ODD), "words")


def test_words_as_plain_python_cuts_them(tokens):
    for text, row in zip(ODD, tokens.to_list(), strict=True):
        # How many U+FFFD stand for bytes that are not UTF-8 is each decoder's own affair.
        if "\ufffd" not in text.decode("utf-8", "replace"):
            assert [word.decode() for word in row] == twin(text), text


def test_no_token_is_empty_or_holds_white_space(tokens):
    found = [word.decode() for word in tokens.flat_values.numpy()]
    assert all(word and not any(c.isspace() or c < " " for c in word) for word in found)


@pytest.mark.parametrize("mode", ["spaces", "characters"])
def test_the_other_modes(mode):
    for text, row in zip(ODD[:2000], split(tf.constant(ODD[:2000]), mode).to_list(), strict=True):
        plain = text.decode("utf-8", "replace")
        if "\ufffd" in plain:
            continue
        blanks = ("Cc", "Zs", "Zl", "Zp")
        pieces = "".join(" " if unicodedata.category(c) in blanks else c for c in plain).split(" ")
        wanted = [piece for piece in pieces if piece]
        if mode == "characters":
            wanted = list("".join(wanted))
        assert [word.decode() for word in row] == wanted, text


def test_spelling(tokens):
    words = tokens.flat_values.numpy()[:20_000]
    for word, row in zip(words, spell(tf.constant(words)).numpy(), strict=True):
        short = word if len(word) <= WIDTH else word[: WIDTH // 2] + word[-WIDTH // 2 :]
        assert row.tolist() == [byte + 1 for byte in short] + [0] * (WIDTH - len(short))
        assert row.max() < BYTES


class Module(tf.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def inputs(self, text):
        return self.encoder.inputs(self.encoder.split(text))


def equal(found, wanted):
    assert set(found) == set(wanted) == {"words", "characters"}
    return all(np.array_equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize(
    ("mode", "lower"),
    [*itertools.product(["words", "spaces", "characters"], ["all", "words", "none"])],
)
def test_eager_graph_and_saved_model_agree(tmp_path, mode, lower):
    texts = tf.constant(ODD if (mode, lower) == ("words", "all") else ODD[:500])
    module = Module(SentenceEncoder(WORDS, mode=mode, lower=lower, longest=24))
    eager = module.encoder.inputs(module.encoder.split(texts))
    assert equal(module.inputs(texts), eager)
    tf.saved_model.save(module, str(tmp_path / "saved"), {"inputs": module.inputs})
    served = tf.saved_model.load(str(tmp_path / "saved")).signatures["inputs"](text=texts)
    assert equal(served, eager)


ALONE_CODE = """
import json, sys
import tensorflow as tf

folder, texts = json.load(sys.stdin)
served = tf.saved_model.load(folder).signatures["inputs"]
found = served(text=tf.constant([bytes.fromhex(text) for text in texts]))
ours = [name for name in sys.modules if name.split(".")[0] in ("tfrnn", "models")]
json.dump([{name: x.numpy().tolist() for name, x in found.items()}, ours], sys.stdout)
"""


def test_a_process_with_tensorflow_alone_agrees(tmp_path):
    module = Module(SentenceEncoder(WORDS, longest=12))
    tf.saved_model.save(module, str(tmp_path / "saved"), {"inputs": module.inputs})
    asked = json.dumps([str(tmp_path / "saved"), [text.hex() for text in ODD[:300]]])
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE_CODE],
        input=asked, capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    found, ours = json.loads(done.stdout)
    assert ours == []
    assert equal(found, module.inputs(tf.constant(ODD[:300])))


def test_ids_and_case():
    texts = tf.constant(["Don't be THAT, 時 Be"])
    ids = {
        lower: SentenceEncoder(WORDS, lower=lower).inputs(split(texts, "words"))
        for lower in ("all", "words", "none")
    }
    of = {word: i for i, word in enumerate(WORDS)}
    folded = [of["don't"], of["be"], of["that"], UNKNOWN, of["時"], of["be"]]
    assert ids["all"]["words"].numpy().tolist() == [folded]
    assert ids["words"]["words"].numpy().tolist() == [folded]
    exact = [UNKNOWN, of["be"], of["THAT"], UNKNOWN, of["時"], UNKNOWN]
    assert ids["none"]["words"].numpy().tolist() == [exact]
    first = {lower: found["characters"].numpy()[0, 0, 0] - 1 for lower, found in ids.items()}
    assert first == {"all": ord("d"), "words": ord("D"), "none": ord("D")}
    assert known_as(tf.constant(["ÀB"]), "words").numpy()[0].decode() == "àb"


def test_the_time_axis():
    encoder = SentenceEncoder(WORDS, longest=5)
    for text, time in (("", 1), ("to", 1), ("to be to", 3), ("be " * 9, 5)):
        found = encoder.inputs(encoder.split(tf.constant([text, "to"])))
        assert found["words"].shape == (2, time)
        assert found["characters"].shape == (2, time, WIDTH)


def test_one_trace_serves_every_length():
    module = Module(SentenceEncoder(WORDS))
    for first in range(0, 2000, 100):
        module.inputs(tf.constant(ODD[first : first + 100]))
    assert module.inputs.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("longest", [1, 7, 8, 9, 100, 256, 1000])
def test_buckets(longest):
    found = buckets(longest)
    assert found == sorted(set(found))
    assert found[-1] == longest
    assert len(found) <= 2 * np.log2(max(2, longest)) + 1
    for smaller, larger in itertools.pairwise(found):
        assert larger <= smaller * 3 / 2


def test_padding():
    rows = ragged([[1, 2, 3], [], [4]], tf.int32)
    assert padded(rows, 4).numpy().tolist() == [[1, 2, 3, 0], [0] * 4, [4, 0, 0, 0]]
