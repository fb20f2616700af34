"""Sizes of the models, as tables; readable without TensorFlow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class CharRNNConfig:
    """Sizes of a character model; the vocabulary comes from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    units: int = 512
    """Width of each LSTM layer; Sturm et al. 2016 use 512."""
    layers: int = 1
    """LSTM layers on top of each other; Sturm et al. 2016 use 3, each doubles the time (ours)."""
    embed: int = 64
    """Width of a character's vector (ours)."""
    dropout: float = 0.5
    """Share of activations dropped after each layer while training; Sturm et al. 2016."""

    def __post_init__(self):
        _check_sizes(self, "units", "layers", "embed")
        _check(self, "dropout", 0 <= self.dropout < 1, "0 or more, below 1")


Pool = Literal["last", "mean", "max", "attention"]


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig:
    """Sizes of a classifier of sentences; words and labels come from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    word_embed: int = 64
    """Width of a word's own vector (ours)."""
    subword_embed: int = 160
    """Width of the vector that a word's spelling gives it; Bojanowski et al. 2017 (ours)."""
    buckets: int = 16384
    """Vectors of the n-grams of bytes, which share them by a hash (ours)."""
    wide: int = 32
    """Width of what goes past the recurrent layer straight to the logits: sums of n-grams and of
    pairs of words; Cheng et al. 2016. 0 leaves it out (ours, measured)."""
    wide_buckets: int = 8192
    """Vectors there of n-grams, and as many of pairs (ours)."""
    cell: Literal["gru", "lstm"] = "gru"
    """The recurrent layer; the GRU did as well in less time (ours, measured)."""
    units: int = 128
    """Width of each direction (ours, measured)."""
    pooling: tuple[Pool, ...] = ("max", "mean", "attention")
    """How the steps become one vector; of several, side by side (ours, measured)."""
    attention_units: int = 64
    """Width of the attention that pools (ours)."""
    word_dropout: float = 0.1
    """Share of the words that are unknown while training; their spelling stays (ours)."""
    ngram_dropout: float = 0.2
    """Share of the n-grams that a word lacks while training (ours, measured)."""
    dropout: float = 0.5
    """Share of activations dropped before and after the recurrent layer while training (ours)."""
    smoothing: float = 0.1
    """Share of a label's weight that all labels share while training; Szegedy et al. 2016."""
    readings: int = 1
    """Times that a sentence is read in a training step, each with other dropout; Liang et al. 2021.
    2 takes twice as long, and helps where there is little data (ours, measured)."""
    agreement: float = 4.0
    """Weight of what the readings' probabilities differ by; Liang et al. 2021 use 1 to 10."""

    def __post_init__(self):
        names = ("word_embed", "subword_embed", "units", "attention_units")
        _check_sizes(self, *names, "readings")
        for name in ("buckets", "wide_buckets"):
            _check(self, name, getattr(self, name) >= 2, "2 or more")
        for name in ("agreement", "wide"):
            _check(self, name, getattr(self, name) >= 0, "0 or more")
        for name in ("word_dropout", "ngram_dropout", "dropout", "smoothing"):
            _check(self, name, 0 <= getattr(self, name) < 1, "0 or more, below 1")
        _check(self, "pooling", bool(self.pooling), "one or more of last, mean, max, attention")


@dataclass(frozen=True, kw_only=True)
class TaggerConfig:
    """Sizes of a tagger of words; words and tags come from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    word_embed: int = 128
    """Width of a word's own vector (ours)."""
    character_embed: int = 32
    """Width of a character's vector (ours); Ma and Hovy 2016 use 30."""
    character_features: int = 192
    """Patterns of characters that are looked for in a word (ours, measured)."""
    window: int = 5
    """Characters that a pattern spans, an odd number; 5 did better than 3 (ours, measured)."""
    units: int = 256
    """Width of each direction of the LSTM; Ma and Hovy 2016 use 200 (ours, measured)."""
    layers: int = 1
    """Bidirectional LSTMs on top of each other; a second one gained nothing (ours, measured)."""
    word_dropout: float = 0.2
    """Share of the words that are unknown while training; their spelling stays (ours, measured)."""
    dropout: float = 0.5
    """Share of activations dropped before and after each LSTM while training; Ma and Hovy 2016."""
    output: Literal["softmax", "crf"] = "softmax"
    """softmax decides on each word by itself, crf on all of a sentence together."""

    def __post_init__(self):
        names = ("word_embed", "character_embed", "character_features", "units", "layers")
        _check_sizes(self, *names)
        _check(self, "window", self.window >= 1 and self.window % 2 == 1, "odd and 1 or more")
        for name in ("word_dropout", "dropout"):
            _check(self, name, 0 <= getattr(self, name) < 1, "0 or more, below 1")


@dataclass(frozen=True, kw_only=True)
class IntentSlotsConfig(TaggerConfig):
    """Sizes of a tagger that also names what the whole sentence wants."""

    character_features: int = 128
    """Patterns of characters that are looked for in a word (ours, measured)."""
    units: int = 200
    """Width of each direction of the LSTM (ours, measured)."""
    word_dropout: float = 0.1
    """Share of the words that are unknown while training; their spelling stays (ours)."""
    output: Literal["softmax", "crf"] = "crf"
    """softmax decides on each word by itself, crf on all of a sentence together."""
    attention_units: int = 64
    """Width of the attention that reads the intent off the words (ours)."""

    def __post_init__(self):
        super().__post_init__()
        _check_sizes(self, "attention_units")


@dataclass(frozen=True, kw_only=True)
class TranslatorConfig:
    """Sizes of an encoder-decoder; the pieces of both languages come from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    embed: int = 256
    """Width of a piece's vector (ours)."""
    units: int = 512
    """Width of the decoder, and of both directions of the encoder together (ours)."""
    layers: int = 1
    """Bidirectional layers of the encoder on top of each other (ours)."""
    cell: Literal["gru", "lstm"] = "gru"
    """The recurrent layer of both; Bahdanau et al. 2015 use the GRU."""
    attention: Literal["bahdanau", "luong", "dot", "none"] = "bahdanau"
    """bahdanau looks before the step; luong and dot look after it, and feed what they made of it to
    the next; none has what the encoder ended with, and nothing else."""
    attention_units: int = 256
    """Width of the network that scores (bahdanau; ours)."""
    dropout: float = 0.4
    """Share of activations dropped after the vectors, the encoder and the decoder (ours)."""
    smoothing: float = 0.1
    """Share of a piece's weight that all pieces share while training; Szegedy et al. 2016."""
    judge: Literal["pieces", "bleu"] = "pieces"
    """What validation goes by, and with it the best checkpoint and --train.patience: the share of
    pieces that are right given the true ones before, or the BLEU of greedy translations, which
    takes a few seconds each time."""

    def __post_init__(self):
        _check_sizes(self, "embed", "units", "layers", "attention_units")
        _check(self, "units", self.units % 2 == 0, "even")
        for name in ("dropout", "smoothing"):
            _check(self, name, 0 <= getattr(self, name) < 1, "0 or more, below 1")


@dataclass(frozen=True, kw_only=True)
class CaptionerConfig:
    """Sizes of a captioner; its words and what it reads of pictures come from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    decoder: Literal["soft", "hard", "tell"] = "soft"
    """soft looks at all places of a picture in shares, hard at one that it draws by chance while
    training (Xu et al. 2015); tell reads the whole picture once (Vinyals et al. 2015)."""
    encoder: Literal["auto", "small", "mobilenet_v2", "efficientnet_v2_b0", "resnet50"] = "auto"
    """What reads the picture: a small CNN that learns with the rest, or a network of
    keras.applications that stays as it is; auto is small for drawn scenes, else mobilenet_v2."""
    fine_tune: int = 0
    """Layers of that network, from its end, that learn as well. Each picture is then read anew in
    each pass, some fifty times the work of 0; best from a run with 0 (--init), with a tenth of the
    learning rate or less."""
    jitter: float = 0.0
    """Most of a side of a picture that is cut off while training, at random, and half as much as
    its light changes; it is mirrored too, unless a caption of it says left or right. For pictures
    that the small CNN reads, or one that is fine-tuned (ours)."""
    encoder_weights: Path | None = None
    """A file of the network's weights without its top; without one Keras fetches ImageNet's."""
    picture_size: int = 224
    """Pixels of a side to which pictures are brought (not for drawn scenes)."""
    widths: tuple[int, ...] = (32, 64, 128)
    """Channels of the small CNN, each half as high and wide as the one before (ours)."""
    embed: int = 256
    """Width of a word's vector (ours)."""
    units: int = 512
    """Width of the LSTM and of what it is told of a place; Vinyals et al. 2015."""
    attention_units: int = 256
    """Width of the network that says where to look (ours)."""
    picture_dropout: float = 0.3
    """Share of a picture's features dropped while training (ours)."""
    dropout: float = 0.5
    """Share of activations dropped elsewhere while training; Xu et al. 2015."""
    doubly: float = 0.0
    """Weight of what makes a caption look everywhere about as much; Xu et al. 2015, 4.2.1."""
    smoothing: float = 0.1
    """Share of a word's weight that all words share while training; Szegedy et al. 2016."""

    def __post_init__(self):
        _check_sizes(self, "embed", "units", "attention_units")
        _check(self, "picture_size", self.picture_size >= 32, "32 or more")
        _check(self, "widths", self.widths and min(self.widths) >= 1, "one or more sizes")
        _check(self, "doubly", self.doubly >= 0, "0 or more")
        _check(self, "fine_tune", self.fine_tune >= 0, "0 or more")
        if self.fine_tune and self.encoder == "small":
            raise UsageError("--model.fine-tune is for a network; the small CNN learns anyway.")
        for name in ("jitter", "picture_dropout", "dropout", "smoothing"):
            _check(self, name, 0 <= getattr(self, name) < 1, "0 or more, below 1")


@dataclass(frozen=True, kw_only=True)
class FramesConfig:
    """Sizes of a labeller of frames; its labels and the frames' size come from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    reads: Literal["clip", "frame"] = "clip"
    """Whether a frame is read with those before and after it, or by itself, as a picture."""
    widths: tuple[int, ...] = (16, 32, 64)
    """Channels of the CNN, each half as high and wide as the one before (ours)."""
    embed: int = 128
    """Width of what is read of a frame (ours)."""
    units: int = 128
    """Width of each direction of the LSTM (ours, measured)."""
    dropout: float = 0.1
    """Share of activations dropped before and after the LSTM while training (ours)."""

    def __post_init__(self):
        _check_sizes(self, "embed", "units")
        _check(self, "widths", self.widths and min(self.widths) >= 1, "one or more sizes")
        _check(self, "dropout", 0 <= self.dropout < 1, "0 or more, below 1")


@dataclass(frozen=True, kw_only=True)
class SkipThoughtConfig:
    """Sizes of a skip-thought encoder and of its two decoders; the pieces come from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    embed: int = 192
    """Width of a piece's vector (ours); Kiros et al. 2015 have 620."""
    units: int = 512
    """Width of a sentence's vector, half of it read forwards and half backwards (ours); Kiros et
    al. 2015 have 2400."""
    decoder_units: int = 256
    """Width of each decoder (ours)."""
    dropout: float = 0.3
    """Share of activations dropped after the vectors and before the logits (ours)."""
    smoothing: float = 0.0
    """Share of a piece's weight that all pieces share while training; Szegedy et al. 2016."""

    def __post_init__(self):
        _check_sizes(self, "embed", "units", "decoder_units")
        _check(self, "units", self.units % 2 == 0, "even")
        for name in ("dropout", "smoothing"):
            _check(self, name, 0 <= getattr(self, name) < 1, "0 or more, below 1")


def _check_sizes(config, *names):
    for name in names:
        _check(config, name, getattr(config, name) >= 1, "1 or more")


def _check(config, name, right, wanted):
    if not right:
        flag = f"--model.{name.replace('_', '-')}"
        raise UsageError(f"{flag} must be {wanted}, got {getattr(config, name)}.")
