"""Composer: a header with what was asked for where it belongs, the rest by the model."""

import pytest

from models.composer import HEADER, Composer, Wish
from models.writer import Draft
from tfrnn.decoding.choice import Choice

HEADERS = {  # what the model below writes, by seed
    0: "X:1\nT:A\nR:reel\nM:4/4\nL:1/8\nK:G\n",
    1: "X:1\nM:3/4\nL:1/4\nK:Em\n",
    2: "X:1\nT:C\nM:2/4\nL:1/16\nK:Ador\n",
}


class Model:
    """Goes on from a prime with the fields of its seed that come after it, and notes."""

    def __init__(self):
        self.calls = []

    def write(self, primes, seeds, *, limit, **how):
        self.calls.append((list(primes), list(seeds), limit, how))
        return [self._draft(prime, seed) for prime, seed in zip(primes, seeds, strict=True)]

    def _draft(self, prime, seed):
        order = "XTRMLK"
        last = order.index(prime.splitlines()[-1][0])
        fields = HEADERS[seed].splitlines(keepends=True)
        rest = "".join(field for field in fields if order.index(field[0]) > last)
        return Draft(prime + rest + "M:|ABc|\nK:D\nd2|]", True, 7.0)


@pytest.fixture
def model():
    return Model()


def header(draft):
    return draft.text.partition("M:|")[0]


def test_nothing_asked_for(model):
    bold = Choice(temperature=0.5, top_k=4, top_p=0.9)
    drafts = Composer(model).compose(count=3, choice=bold, limit=99)
    assert [header(draft) for draft in drafts] == [HEADERS[seed] for seed in (0, 1, 2)]
    assert model.calls == [(["X:1\n"] * 3, [0, 1, 2], 99, {"choice": bold})]


def test_everything_asked_for_is_all_there_is(model):
    wish = Wish(key="D", unit="1/8", meter="6/8", rhythm="jig", title="The Fox")
    (draft,) = Composer(model).compose(wish=wish)
    assert header(draft) == "X:1\nT:The Fox\nR:jig\nM:6/8\nL:1/8\nK:D\n"
    assert list(wish.fields()) == ["T", "R", "M", "L", "K"]


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (Wish(meter="6/8"), ["X:1\nT:A\nR:reel\nM:6/8\nL:1/8\nK:G\n", "X:1\nM:6/8\nL:1/4\nK:Em\n"]),
        (Wish(key="D"), ["X:1\nT:A\nR:reel\nM:4/4\nL:1/8\nK:D\n", "X:1\nM:3/4\nL:1/4\nK:D\n"]),
        (Wish(title="Z"), ["X:1\nT:Z\nR:reel\nM:4/4\nL:1/8\nK:G\n",
                           "X:1\nT:Z\nM:3/4\nL:1/4\nK:Em\n"]),
        (Wish(rhythm="jig", key="D"), ["X:1\nT:A\nR:jig\nM:4/4\nL:1/8\nK:D\n",
                                       "X:1\nR:jig\nM:3/4\nL:1/4\nK:D\n"]),
    ],
)  # fmt: skip
def test_a_field_is_put_in_its_place(model, wish, wanted):
    """The model writes those before it, none that is asked for, and those after it anew."""
    drafts = Composer(model).compose(count=2, wish=wish, limit=500)
    assert [header(draft) for draft in drafts] == wanted
    assert [call[2] for call in model.calls[:-1]] == [HEADER] * (len(model.calls) - 1)
    assert model.calls[-1][2] == 500


def test_a_number_is_what_its_seed_alone_gives(model):
    wish = Wish(meter="9/8", key="C")
    together = Composer(model).compose(count=3, wish=wish)
    alone = [Composer(model).compose(seed=seed, wish=wish)[0] for seed in (0, 1, 2)]
    assert together == alone
    assert Composer(model).compose(count=2, seed=1, wish=wish) == together[1:]


def test_an_empty_wish_is_a_wish(model):
    (draft,) = Composer(model).compose(wish=Wish(title=""))
    assert header(draft).startswith("X:1\nT:\n")
