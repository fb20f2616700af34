"""Options of each kind of data, readable without TensorFlow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TunesOptions:
    """Where tunes come from and how they are cut into splits and batches."""

    source: str = "music21:oneills1850"
    """A file, a folder, or music21:NAME for a corpus that the music21 package carries."""
    header: Literal["canonical", "as-is"] = "canonical"
    """canonical keeps X T R M L K in one spelling; as-is leaves each tune as it stands."""
    only_legal: bool = False
    """Leave out tunes that the rules of composing refuse, so that none is learnt that may not be
    written: those with bars that do not add up, mostly."""
    other_keys: int = 0
    """Further keys in which each training tune is learnt too; 3 helps a corpus below 1 MB."""
    window: int = 256
    """Characters of a training row (ours: about the length of a tune)."""
    batch_size: int = 32
    """Rows of a training batch (ours)."""
    test: float = 0.1
    """Share of the tunes that is scored once, by evaluate.py."""
    valid: float = 0.05
    """Share of the tunes that early stopping looks at."""


@dataclass(frozen=True, kw_only=True)
class TextOptions:
    """Where a text comes from and how it is cut into splits and batches."""

    source: str = ""
    """A file, a folder, or tfds:NAME, such as tfds:tiny_shakespeare."""
    window: int = 256
    """Characters of a training row (ours)."""
    batch_size: int = 32
    """Rows of a training batch (ours)."""
    test: float = 0.1
    """Share of the text, at its end, that is scored once, by evaluate.py."""
    valid: float = 0.05
    """Share of the text, at its start, that early stopping looks at."""


@dataclass(frozen=True, kw_only=True)
class SentenceOptions:
    """How a text becomes words, and words become batches."""

    tokens: Literal["words", "spaces", "characters"] = "words"
    """What a text is cut into: words and signs, what spaces part, or single characters, for
    scripts without spaces. Data that comes in words is not cut again."""
    lower: Literal["all", "words", "none"] = "all"
    """all reads everything in lower case; words looks a word up in lower case, but spells it as
    it is; none tells upper from lower case everywhere."""
    least: int = 2
    """How often a word must occur in training to have a vector of its own; others are spelt."""
    most: int = 50_000
    """Words with a vector of their own, the most frequent first."""
    longest: int = 256
    """Words of a text that are read; those after them are not."""
    batch_size: int = 32
    """Rows of a training batch (ours)."""


@dataclass(frozen=True, kw_only=True)
class LabelledOptions(SentenceOptions):
    """Where labelled texts come from and how they are cut into splits and batches."""

    source: str = ""
    """A CSV, TSV or JSON file, a folder with a part, a label or a text a file, or tfds:NAME."""
    text_column: str = "text"
    """The column, or the key of an object, that holds the text."""
    label_column: str = "label"
    """The column, or the key of an object, that holds the label."""
    quotes: bool = True
    """Whether cells may stand in double quotes; --data.no-quotes takes the signs as they are."""
    encoding: str = "utf-8"
    """How files are encoded, such as latin-1 or cp1252."""
    skip_bad: bool = False
    """Leave out rows that cannot be used, and count them, instead of stopping at the first."""
    oos_label: str = "oos"
    """The label of texts that belong to none of the others; an empty one says there are none."""
    test: float = 0.1
    """Share of the rows that evaluate.py scores once, where the source has no test part."""
    valid: float = 0.1
    """Share of the rows that choices may look at, where the source has no validation part."""


@dataclass(frozen=True, kw_only=True)
class PairsOptions:
    """Where texts in two languages come from and how they become pieces and batches."""

    source: str = ""
    """A folder of parallel files NAME.LANGUAGE or NAME.LANGUAGE.gz, a TSV file (source, tab,
    target), or tfds:NAME, such as tfds:ted_hrlr_translate/pt_to_en."""
    pair: str = "en-de"
    """The languages from which and into which, as the files' endings (or tfds) have them."""
    kind: Literal["subwords", "words", "characters"] = "subwords"
    """What texts are cut into: pieces of words, whole words and signs, or characters."""
    pieces: int = 8000
    """Most pieces of the vocabulary, or of each of both (ours)."""
    joint: bool = True
    """Whether both languages share one vocabulary; --data.no-joint gives each its own."""
    least: int = 1
    """How often a word or character must occur in training to be a piece (not for subwords)."""
    longest: int = 128
    """Pieces of a text that are read; those after them are not."""
    batch_size: int = 128
    """Pairs of a training batch (ours)."""
    sampling: Literal["none", "constant", "linear", "exponential", "sigmoid"] = "none"
    """How the share of the pieces grows that the decoder reads of its own instead of the truth
    while it learns; Bengio et al. 2015. Takes half as long again."""
    sampled: float = 0.25
    """What that share grows to."""
    sampled_after: int = 2000
    """Batches after which it has, or all but a hundredth of it."""
    encoding: str = "utf-8"
    """How files are encoded, such as latin-1 or cp1252."""
    skip_bad: bool = False
    """Leave out pairs that cannot be used, and count them, instead of stopping at the first."""
    test: float = 0.1
    """Share of the pairs that evaluate.py scores once, where the source has no test part."""
    valid: float = 0.1
    """Share of the pairs that choices may look at, where the source has no validation part."""


@dataclass(frozen=True, kw_only=True)
class DatesOptions(PairsOptions):
    """Where dates come from; or other pairs, which are read as those of a translator are."""

    source: str = ""
    """Pairs of your own, as for translator; without it dates are made up."""
    dates: int = 12_000
    """Dates that are made up where there is no source."""
    kind: Literal["subwords", "words", "characters"] = "characters"
    """What texts are cut into: pieces of words, whole words and signs, or characters."""
    batch_size: int = 64
    """Pairs of a training batch (ours)."""


@dataclass(frozen=True, kw_only=True)
class TaggedOptions(SentenceOptions):
    """Where tagged sentences come from and how they are cut into splits and batches."""

    source: str = ""
    """A CoNLL-U or two-column file, a folder of them, or one with seq.in, seq.out and label."""
    column: Literal["upos", "xpos", "feats", "deprel"] = "upos"
    """The column of CoNLL-U that holds the tags; other forms have one column only."""
    encoding: str = "utf-8"
    """How files are encoded, such as latin-1 or cp1252."""
    skip_bad: bool = False
    """Leave out sentences that cannot be used, and count them, instead of stopping at the first."""
    test: float = 0.1
    """Share of the sentences that evaluate.py scores once, where the source has no test part."""
    valid: float = 0.1
    """Share of the sentences that choices may look at, where the source has no such part."""


@dataclass(frozen=True, kw_only=True)
class CaptionsOptions:
    """Where pictures with captions come from and how they become batches."""

    source: str = ""
    """A folder of pictures with their captions, such as Flickr8k's, or tfds:NAME, such as
    tfds:coco_captions; without it scenes of coloured shapes are drawn."""
    captions: Path | None = None
    """The captions, where they are no file of the source: image, tab, caption a line; Flickr's
    image#k, tab, caption; or COCO's JSON."""
    features: Path | None = None
    """A .npy file instead of pictures: (pictures, features) or (pictures, places, features), in the
    order in which --data.captions names the pictures first."""
    scenes: int = 20_000
    """Scenes that are drawn where there is no source."""
    least: int = 3
    """How often a word must occur in training for the model to write it."""
    most: int = 20_000
    """Words that it may write, the most frequent first."""
    longest: int = 40
    """Words of a caption that are read; those after them are not."""
    batch_size: int = 64
    """Captions of a training batch (ours)."""
    cache: Path = Path("cache")
    """Folder that keeps pictures as the model reads them, so that the next run has them at once."""
    skip_bad: bool = False
    """Leave out pictures and captions that cannot be used, and count them, instead of stopping."""
    test: float = 0.1
    """Share of the pictures that evaluate.py scores once, where the source has no test list."""
    valid: float = 0.1
    """Share of the pictures that choices may look at, where the source has no such list."""


@dataclass(frozen=True, kw_only=True)
class ClipsOptions:
    """Where clips with a label for each frame come from and how they become batches."""

    source: str = ""
    """A folder of clips with their labels.tsv: a clip, a tab, and a label for each of its frames a
    line; a clip is a folder of pictures, a .npy or a .gif. Without it clips are drawn."""
    clips: int = 4000
    """Clips that are drawn where there is no source."""
    size: int = 32
    """Pixels of a side to which frames are brought; drawn ones have 32."""
    longest: int = 256
    """Frames of a clip that are read in training; those after them are not."""
    batch_size: int = 16
    """Clips of a training batch (ours)."""
    test: float = 0.1
    """Share of the clips that evaluate.py scores once."""
    valid: float = 0.1
    """Share of the clips that choices may look at."""


@dataclass(frozen=True, kw_only=True)
class BookOptions:
    """Where running text comes from and how it becomes sentences, pieces and batches."""

    source: str = ""
    """A UTF-8 file, a folder of .txt files, each a book of its own, or tfds:NAME; blank lines part
    paragraphs, and a sentence ends at its full stop."""
    pieces: int = 8000
    """Most pieces of words of the vocabulary (ours)."""
    longest: int = 64
    """Pieces of a sentence that are read; those after them are not."""
    batch_size: int = 64
    """Sentences of a training batch, each with its two neighbours (ours)."""
    test: float = 0.1
    """Share of each book, its end, that evaluate.py scores once."""
    valid: float = 0.1
    """Share of each book, its start, that choices may look at."""
