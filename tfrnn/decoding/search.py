"""How the best of all sequences are looked for."""

from dataclasses import dataclass

from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Search:
    """A wish for all searches of a request, checked.

    beam: hypotheses that are followed side by side; 1 is greedy. nbest: how many are returned.
    length_penalty: alpha of Wu et al. 2016, section 7, https://arxiv.org/abs/1609.08144; 0 prefers
    short results, 1 compares by probability a piece. coverage_penalty: beta there, of what was
    looked at too little. min_length: pieces that come before an end may. max_length: most pieces,
    the end included; 0 leaves it to the model. block_ngrams: no run of so many pieces occurs twice;
    0 allows all. repetition_penalty: divides the logits of pieces that are there already, Keskar et
    al. 2019, https://arxiv.org/abs/1909.05858; 1 is none.

    Raises:
        UsageError: Naming the option, what it must be and what came.

    >>> Search(beam=5, nbest=3).nbest
    3
    """

    beam: int = 5
    nbest: int = 1
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    min_length: int = 0
    max_length: int = 0
    block_ngrams: int = 0
    repetition_penalty: float = 1.0

    def __post_init__(self):
        self._check("beam", self.beam >= 1, "1 or more")
        self._check("nbest", 1 <= self.nbest <= self.beam, f"1 to --beam ({self.beam})")
        for name in ("length_penalty", "coverage_penalty"):
            self._check(name, 0 <= getattr(self, name) < float("inf"), "0 or more")
        for name in ("min_length", "max_length", "block_ngrams"):
            self._check(name, getattr(self, name) >= 0, "0 or more")
        self._check("repetition_penalty", 1 <= self.repetition_penalty < float("inf"), "1 or more")

    def _check(self, name, right, wanted):
        if not right:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} must be {wanted}, got {getattr(self, name)}.")
