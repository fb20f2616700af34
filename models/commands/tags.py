"""tagger and slots: a tag for each word, and perhaps a label for the sentence."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.commands.reading import ReadingOptions, chunks
from models.commands.use import is_exported
from tfrnn.errors import UsageError

FIRST = ("from", "file", "words", "explain", "format")


@dataclass(frozen=True, kw_only=True)
class TagOptions(ReadingOptions):
    """A tag for each word."""

    words: bool = False
    """The texts are words already, parted by spaces; nothing is cut off them."""
    explain: bool = False
    """Tell the likeliest tags of each word, not only the one that was chosen."""
    format: Literal["columns", "json"] = "columns"
    """columns: word, tag and confidence a line, an empty line after each text, a line
    `# label` before it where the model names one; json: an object a text."""

    def __post_init__(self):
        super().__post_init__()
        if self.words and self.explain:
            raise UsageError("--explain reads texts, not --words.")


def tag(folder: Path, chosen: TagOptions) -> None:
    """Prints the words of each text with their tags, in order."""
    tagger = open_tagger(folder)
    for texts in chunks(chosen):
        if chosen.words:
            found = tagger.tag_sentences([text.split() for text in texts])
        else:
            found = tagger.tag(texts)
        for text, sentence in zip(texts, found):
            others = tagger.alternatives(text) if chosen.explain else None
            print(spell(sentence, others, chosen.format))


def open_tagger(folder: Path):
    """Opens what tags: a run, a preset, or an exported model."""
    if is_exported(folder):
        from models.served import ServedTagger

        return ServedTagger(folder)
    from models.sentences import open_tagger

    return open_tagger(folder)


def spell(sentence, others, form: str) -> str:
    """Returns what is printed of a sentence; `others` are the likeliest tags of each word."""
    if form == "json":
        record = sentence._asdict()
        record["confidence"] = [round(share, 4) for share in sentence.confidence]
        if not sentence.label:
            del record["label"], record["label_confidence"]
        if others:
            record["alternatives"] = [dict(tags) for tags in others]
        return json.dumps(record, ensure_ascii=False)
    lines = [
        f"{word}\t{tag}\t{share:.3f}"
        for word, tag, share in zip(sentence.words, sentence.tags, sentence.confidence)
    ]
    if others:
        told = (", ".join(f"{tag} {share:.3f}" for tag, share in tags) for tags in others)
        lines = ["\t".join(pair) for pair in zip(lines, told)]
    if sentence.label:
        lines.insert(0, f"# label\t{sentence.label}\t{sentence.label_confidence:.3f}")
    return "".join(f"{line}\n" for line in lines)
