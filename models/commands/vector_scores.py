"""skip_thought: which of a hundred sentences comes next, beside what their words say."""

from pathlib import Path

from models.commands.use import write_text
from tfrnn.cli import report
from tfrnn.cli.report import Score

ASKED = 500  # sentences of which the next is looked for
CANDIDATES = 100  # sentences of which one is the next
TYPICAL = 2000  # training sentences whose mean vector stands for no sentence in particular
PAIRS = 256  # of a vector and a candidate that are scored together
WORDS, CHANCE = "words in common", "chance"


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Looks for the next sentence of test sentences, and writes down where it went wrong.

    By the vectors alone the nearest is taken. The decoder takes the sentence that it finds likelier
    after this sentence than after a typical one: else short sentences would win.
    """
    import numpy as np

    from models.sentence_vectors import open_embedder
    from tfrnn.data.book import neighbours
    from tfrnn.metrics.retrieval import cosines, word_cosines

    embedder = open_embedder(run)
    texts, places = neighbours(data.test)
    rng = np.random.default_rng(chosen.seed)
    places = np.array(places)
    asked = np.sort(rng.permutation(places)[:ASKED])
    among = _candidates(rng, asked, len(texts))
    train = [sentence for passage in data.train for sentence in passage]
    vectors = embedder.embed(texts)
    typical = embedder.embed(train[:TYPICAL]).mean(0)
    ways = {
        "by the decoder": _likelier(embedder, texts, vectors, typical, asked, among),
        "by vectors": np.take_along_axis(cosines(vectors)[asked], among, 1),
    }
    words = np.take_along_axis(word_cosines(train, texts)[asked], among, 1)
    _write(out, texts, asked, among, ways["by the decoder"], chosen.mistakes)
    return _rows(ways, words, among.shape[1])


def _candidates(rng, asked, count: int):
    """(asked, candidates) places: the next sentence first, then others."""
    import numpy as np

    rows = []
    for place in asked:
        others = np.setdiff1d(np.arange(count), [place, place + 1])
        most = min(CANDIDATES - 1, len(others))
        rows.append([place + 1, *rng.permutation(others)[:most]])
    return np.array(rows)


def _likelier(embedder, texts, vectors, typical, asked, among):
    """How much likelier each candidate is after its sentence than after a typical one, in nats."""
    import numpy as np
    import tensorflow as tf

    from models.lengths import about_as_long

    def nats(pairs):
        """Of (vector, text) each."""
        found = np.zeros(len(pairs), np.float32)
        with report.Progress("decoder", len(pairs)) as bar:
            done = 0
            for chosen in about_as_long([text for _, text in pairs], PAIRS):
                some = [pairs[i] for i in chosen]
                given = tf.constant(np.stack([vector for vector, _ in some]))
                found[chosen] = embedder.follows(given, tf.constant([text for _, text in some]))
                done += len(chosen)
                bar.update(done, "sentences")
        return found

    plain = nats([(typical, text) for text in texts])
    pairs = [(vectors[place], texts[other]) for place, row in zip(asked, among) for other in row]
    return plain[among] - nats(pairs).reshape(among.shape)


def _rows(ways, words, candidates: int) -> list[Score]:
    from tfrnn.metrics.retrieval import chance, found, mean_reciprocal_rank

    rows = []
    for way, scores in ways.items():
        what = f"next of {candidates} found, {way}"
        for against, value in ((WORDS, found(words)), (CHANCE, 1 / candidates)):
            rows.append(Score(what, f"{found(scores):.1%}", f"{value:.1%}", against))
        what = f"mean reciprocal rank, {way}"
        for against, value in (
            (WORDS, mean_reciprocal_rank(words)),
            (CHANCE, chance(candidates)),
        ):
            rows.append(Score(what, f"{mean_reciprocal_rank(scores):.3f}", f"{value:.3f}", against))
    return rows


def _write(out: Path, texts, asked, among, scores, most: int) -> None:
    """Writes sentences whose next was not found, those first where it was the furthest behind."""
    import numpy as np

    from tfrnn.metrics.retrieval import ranks

    rank = ranks(scores)
    lines = ["rank\tsentence\tnext\ttaken for it\n"]
    for row in np.argsort(-rank, kind="stable")[:most]:
        if rank[row] > 1:
            best = among[row][int(np.argmax(scores[row]))]
            said = texts[asked[row]], texts[asked[row] + 1], texts[best]
            lines.append("\t".join([f"{rank[row]:g}", *said]) + "\n")
    write_text(out / "mistakes.tsv", "".join(lines))
