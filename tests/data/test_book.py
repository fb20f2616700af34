"""Books: sentences, passages held out at both ends, and sentences with their neighbours."""

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.data.book import neighbours, read_passages, sentences
from tfrnn.data.options import BookOptions
from tfrnn.data.skipping import coder_of, read_book
from tfrnn.data.subwords import END, START
from tfrnn.errors import DataError, MissingInputError, UsageError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("A line\nbroken in two. Next", ["A line broken in two.", "Next"]),
        ("No end\n\nnew paragraph", ["No end", "new paragraph"]),
        ("Wait... what?! (Yes.) No.", ["Wait...", "what?!", "(Yes.)", "No."]),
        ("He said “Go.” She went.", ["He said “Go.”", "She went."]),
        ("3.14 is pi.", ["3.14 is pi."]),
        ("天黑了。他说：“走吧。”他走了！", ["天黑了。", "他说：“走吧。”他走了！"]),
        ("* * *\n\n— !\n\nText.", ["Text."]),
        ("", []),
    ],
)
def test_sentences(text, wanted):
    assert sentences(text) == wanted


def book(count, name=""):
    return "".join(f"This is sentence{name} {n}. " + "\n\n" * (n % 7 == 0) for n in range(count))


def test_each_book_is_held_out_at_both_ends(tmp_path):
    (tmp_path / "a.txt").write_text(book(100, " a"))
    (tmp_path / "b.txt").write_text(book(50, " b"))
    found = read_passages(str(tmp_path), valid=0.1, test=0.2)
    assert [[len(passage) for passage in part] for part in found] == [[70, 35], [10, 5], [20, 10]]
    assert found.valid[0][0] == "This is sentence a 0."
    assert found.test[1][-1] == "This is sentence b 49."
    everything = [sentence for part in found for passage in part for sentence in passage]
    assert len(set(everything)) == 150


def options(path, **more):
    return BookOptions(source=str(path), **{"pieces": 60, "batch_size": 4, "longest": 60} | more)


def test_a_batch_holds_a_sentence_and_its_neighbours(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(book(60))
    data = read_book(options(path), seed=0)
    coder = coder_of(data.pieces, options(path))
    splits = data.splits(options(path), seed=0)
    row, places = neighbours(data.train)
    known = {row[place]: (row[place - 1], row[place + 1]) for place in places}
    assert splits.epoch == -(-len(known) // 4)
    seen = set()
    for batch in splits.train(0).take(splits.epoch):
        source, shifted = batch.inputs["source"], batch.inputs["shifted"].numpy()
        assert shifted.shape == batch.targets.shape == (4, 2, source.shape[1])
        assert (shifted[..., 0] == START).all()
        np.testing.assert_array_equal(shifted[..., 1:], batch.targets[..., :-1])
        np.testing.assert_array_equal(batch.weights, batch.targets.numpy() != 0)
        texts = [text.decode() for text in coder.decode(source).numpy()]
        both = coder.decode(tf.reshape(batch.targets, [8, -1])).numpy().reshape(4, 2)
        for text, pair in zip(texts, both):
            assert tuple(one.decode() for one in pair) == known[text]
            seen.add(text)
        assert (batch.targets.numpy() == END).sum() == 8
    assert seen == set(known)
    counted = sum(float(tf.reduce_sum(batch.weights[:, 0])) > 0 for batch in splits.valid)
    assert counted == len(list(splits.valid)) > 0


def test_what_is_no_book(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("One. Two. Three.")
    with pytest.raises(DataError, match="no passage of 3 sentences for"):
        read_book(options(path), seed=0)
    with pytest.raises(MissingInputError, match="no such file or folder"):
        read_book(options(tmp_path / "nowhere"), seed=0)
    with pytest.raises(UsageError, match="no data given"):
        read_book(BookOptions(), seed=0)
    with pytest.raises(UsageError, match=r"--data\.longest must be 2 or more"):
        read_book(options(path, longest=1), seed=0)
