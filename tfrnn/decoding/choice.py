"""How boldly the next id is chosen from what a model finds likely."""

from dataclasses import dataclass

from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A wish for all draws of a request, checked.

    temperature: 0 is always the likeliest; below 1 is safer, above 1 bolder. top_k: how many of the
    likeliest ids may be drawn; None is all. top_p: share of the probability that may be drawn from,
    likeliest first (Holtzman et al. 2020, https://arxiv.org/abs/1904.09751).

    Raises:
        UsageError: Naming the option, what it must be and what came.

    >>> Choice(temperature=0.8, top_p=0.95)
    Choice(temperature=0.8, top_k=None, top_p=0.95)
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0

    def __post_init__(self):
        if not 0 <= self.temperature < float("inf"):
            wanted = "0 (always the likeliest) or more"
            raise UsageError(f"--temperature must be {wanted}, got {self.temperature}.")
        if self.top_k is not None and self.top_k < 1:
            raise UsageError(f"--top-k must be 1 or more, got {self.top_k}.")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"--top-p must be above 0 and at most 1, got {self.top_p}.")
