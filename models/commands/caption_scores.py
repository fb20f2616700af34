"""captioner: how near captions come to what people said, beside captions of similar pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models.commands.use import write_text
from tfrnn.cli import report
from tfrnn.cli.report import Score
from tfrnn.decoding.search import Search

READ = 32  # pictures that a network reads together
DRAWN = 5  # pictures of where the model looked
NEIGHBOURS = 40  # pictures whose captions make the consensus; Devlin et al. 2015 use 50 to 200
OTHERS = 125  # of their captions, that the consensus must be like; as there (ours, rounded)
NEAREST, CONSENSUS = "caption of the most similar picture", "consensus of the 40 most similar"
COMMON = "most frequent caption"
USUAL = Search(beam=3, length_penalty=0.7)  # where no option says otherwise (ours, measured)


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Captions the test pictures, compares, draws, and writes down the worst."""
    from models.captions import open_describer
    from models.picture_rows import with_rows
    from models.sentences import run_options
    from tfrnn.data.captioned import NETWORK
    from tfrnn.metrics.captions import diversity

    options = run_options(run)
    weights = run / NETWORK if (run / NETWORK).exists() else None
    data = with_rows(data, replace(options.model, encoder_weights=weights), options.data)
    describer = open_describer(run)
    rows = data.rows[data.places()[2]]
    wish = chosen.search(USUAL)
    found = [each[0] for each in _describe(describer, rows, wish)]
    ours = [each.text for each in found]
    greedy = [each[0].text for each in _describe(describer, rows, replace(USUAL, beam=1))]
    truth = [shown.captions for shown in data.test]
    baselines = _baselines(data, describer.model)
    named = {f"beam {wish.beam}": ours, "greedy": greedy, **baselines}
    table = {name: _measure(texts, truth) for name, texts in named.items()}
    (beam, model), (_, greedily), *others = table.items()
    scores = []
    for measure, value in model.items():
        for name, figures in others:
            if name == NEAREST or measure in ("BLEU-4", "CIDEr-D"):
                scores.append(Score(f"{measure}, {beam}", value, figures[measure], name))
    scores += [
        Score(f"{measure}, greedy", greedily[measure], table[NEAREST][measure], NEAREST)
        for measure in ("BLEU-4", "CIDEr-D")
    ]
    known = [caption for shown in data.train for caption in shown.captions]
    near = baselines[NEAREST]
    varied = [diversity(texts, known) for texts in (ours, near)]
    for what, spell in (
        ("distinct captions", lambda each: f"{each.distinct:,} of {len(ours):,}"),
        ("share that training has too", lambda each: f"{each.copied:.1%}"),
        ("words used", lambda each: f"{each.vocabulary:,}"),
    ):
        scores.append(Score(what, *map(spell, varied), NEAREST))
    right = [_share_right(texts, truth) for texts in (ours, near)]
    scores.append(Score("said just so by a person", *(f"{x:.1%}" for x in right), NEAREST))
    if data.found.scenes and any(each.weights.any() for each in found):
        scores.append(_looks(found, data.found.scenes))
    _write(out, data.test, found, truth, table, chosen.mistakes)
    _draw(out, data, found)
    return scores


def _describe(describer, rows, wish: Search):
    with report.Progress(f"beam {wish.beam}", len(rows)) as bar:
        return describer.describe_rows(rows, wish, lambda done: bar.update(done, "pictures"))


def _measure(texts: Sequence[str], truth) -> dict[str, str]:
    from tfrnn.metrics.captions import bleu, rouge_l
    from tfrnn.metrics.cider import cider_d
    from tfrnn.metrics.meteor import meteor

    table = {f"BLEU-{n}": f"{bleu(texts, truth, n):.1f}" for n in (1, 2, 3, 4)}
    table["ROUGE-L"] = f"{rouge_l(texts, truth):.3f}"
    table["METEOR, exact and stem"] = f"{meteor(texts, truth):.3f}"
    return table | {"CIDEr-D": f"{cider_d(texts, truth):.3f}"}


def _baselines(data, model) -> dict[str, list[str]]:
    """Captions without a model: of similar training pictures, and the one for all."""
    from tfrnn.metrics.neighbours import Consensus, nearest_pictures

    train, _, test = data.places()
    vectors = [_vectors(data.rows[places], model) for places in (train, test)]
    known = [shown.captions for shown in data.train]
    count = min(NEIGHBOURS, len(known))
    places = nearest_pictures(*vectors, count)
    agree = Consensus.fit([caption for captions in known for caption in captions])
    common = Counter(caption for captions in known for caption in captions).most_common(1)[0][0]
    return {
        NEAREST: [known[row[0]][0] for row in places],
        CONSENSUS: [
            agree.choose([c for place in row for c in known[place]], others=OTHERS)
            for row in places
        ],
        COMMON: [common] * len(test),
    }


def _vectors(rows, model):
    """A vector a picture: the mean of its features over places, or its pixels as they are.

    A network within the model gives features, as it does where it stays as it was; a small one that
    learnt nothing else than the captions does not.
    """
    import numpy as np

    from models.networks import TunedNetwork

    if rows.dtype != np.uint8:
        return rows.astype(np.float32).mean((1, 2))
    if isinstance(model.eye, TunedNetwork):
        some = (rows[first : first + READ] for first in range(0, len(rows), READ))
        return np.concatenate([model.eye(pixels).numpy().mean((1, 2)) for pixels in some])
    return rows.reshape(len(rows), -1).astype(np.float32)


def _share_right(texts, truth) -> float:
    return sum(text in captions for text, captions in zip(texts, truth)) / len(texts)


def _looks(found, scenes) -> Score:
    """How much of the attention lies on the shape that a word names, where the caption is right."""
    import numpy as np

    ours, even = [], []
    for each, scene in zip(found, scenes):
        if each.text != scene.caption:
            continue
        for word, (left, top, right, bottom) in scene.boxes.items():
            high, wide = each.weights[word].shape
            y, x = (scene.pixels.shape[0] / high, scene.pixels.shape[1] / wide)
            inside = np.zeros((high, wide), bool)
            inside[int(top / y) : -int(-bottom // y), int(left / x) : -int(-right // x)] = True
            ours.append(each.weights[word][inside].sum())
            even.append(inside.mean())
    what = "attention on the shape that a word names"
    return Score(what, f"{np.mean(ours):.1%}", f"{np.mean(even):.1%}", "looking everywhere alike")


def _write(out: Path, test, found, truth, table, most: int) -> None:
    from tfrnn.metrics.cider import cider_d_each

    lines = "".join(
        f"{shown.name}\t{each.score:.3f}\t{each.text}\n" for shown, each in zip(test, found)
    )
    write_text(out / "captions.tsv", f"picture\tscore\tcaption\n{lines}")
    measures = list(next(iter(table.values())))
    rows = ["captions\t" + "\t".join(measures)]
    rows += ["\t".join([name, *figures.values()]) for name, figures in table.items()]
    write_text(out / "table.tsv", "\n".join(rows) + "\n")
    values = cider_d_each([each.text for each in found], truth)
    worst = sorted((value, place) for place, value in enumerate(values))[:most]
    texts = [
        f"CIDEr-D {value:.2f}  {test[i].name}\n  caption  {found[i].text}\n"
        + "".join(f"  person   {caption}\n" for caption in truth[i])
        for value, i in worst
    ]
    write_text(out / "mistakes.txt", "".join(texts))


def _draw(out: Path, data, found) -> None:
    from itertools import islice

    from tfrnn.metrics.gaze import draw_gaze

    first = len(data.train) + len(data.valid)
    loaders = islice(data.found.loaders(), first, first + DRAWN)
    for n, (load, each) in enumerate(zip(loaders, found), 1):
        if each.weights.any():
            draw_gaze(out / f"attention-{n}.png", load(), each.words, each.weights)
