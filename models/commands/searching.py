"""Options of every use that searches for the best result, and what is said of wishes unmet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import tyro

from models.commands.use import Options
from models.options import check_seed
from tfrnn.cli import report
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.lexical import Wording
from tfrnn.decoding.search import Search
from tfrnn.errors import UsageError

Words = tyro.conf.UseAppendAction


@dataclass(frozen=True, kw_only=True)
class SearchOptions(Options):
    """How results are searched, and what they must read like."""

    beam: int = Search.beam
    """Results that are followed side by side; 1 is greedy, and fastest."""
    nbest: int = Search.nbest
    """How many of the best results are told."""
    length_penalty: float = Search.length_penalty
    """0 prefers short results, 1 compares by probability a piece; Wu et al. 2016."""
    coverage_penalty: float = Search.coverage_penalty
    """How much it costs to leave pieces of the source unlooked at; Wu et al. 2016."""
    min_length: int = Search.min_length
    """Least pieces of a result."""
    max_length: int = Search.max_length
    """Most pieces of a result, its end included; 0 leaves it to the model."""
    block_ngrams: int = Search.block_ngrams
    """No run of so many pieces comes twice; 0 allows all."""
    repetition_penalty: float = Search.repetition_penalty
    """Makes pieces that came already less likely; 1 does not. Keskar et al. 2019."""
    prefix: str = ""
    """How every result begins."""
    including: Annotated[tuple[str, ...], Words, tyro.conf.arg(name="with", metavar="TEXT")] = ()
    """A word, or several, that every result holds; may be given again. Post and Vilar 2018."""
    excluding: Annotated[tuple[str, ...], Words, tyro.conf.arg(name="without", metavar="TEXT")] = ()
    """A word, or several, that no result holds; may be given again."""

    sample: int = 0
    """Draw so many results of each at random; 0 searches for the best."""
    temperature: float = 1.0
    """Of --sample: below 1 is safer, above 1 bolder, 0 always the likeliest piece."""
    top_k: int | None = None
    """Of --sample: only so many of the likeliest pieces are drawn from."""
    top_p: float = 1.0
    """Of --sample: share of the probability that is drawn from; Holtzman et al. 2020."""
    seed: int = 0
    """Of --sample: of the first result; the next has the next. The same seed gives the same."""

    def __post_init__(self):
        super().__post_init__()
        self.search()  # refuses what cannot be, before anything is loaded
        self.choice()
        check_seed(self.seed)
        if self.sample < 0:
            raise UsageError(f"--sample must be 0 or more, got {self.sample}.")
        if self.sample and (self.including or self.excluding):
            raise UsageError("--with and --without are for a search; --sample draws at random.")
        if self.including and self.beam == 1:
            raise UsageError("--with needs a --beam of 2 or more, got 1.")

    def search(self) -> Search:
        """Returns how results are searched."""
        names = Search.__dataclass_fields__
        return Search(**{name: getattr(self, name) for name in names})

    def choice(self) -> Choice:
        """Returns how boldly pieces are drawn."""
        return Choice(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)

    def drawing(self) -> dict:
        """Returns what `draw` of an interpreter or a describer is given."""
        how = {"count": self.sample, "choice": self.choice(), "wording": self.wording()}
        return {"seed": self.seed, **how}

    def told(self) -> int:
        """Returns how many results are told of each."""
        return self.sample or self.nbest

    def wording(self) -> Wording:
        """Returns what results must read like."""
        return Wording(prefix=self.prefix, including=self.including, excluding=self.excluding)


def warn_of_missing(what: str, missing: Sequence[str]) -> None:
    """Says on stderr which words of --with a result does not hold."""
    if missing:
        words = ", ".join(map(repr, missing))
        report.say("warning", f"{what}: {words} of --with did not fit within its length.")
