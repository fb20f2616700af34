"""Tagged sentences from file to splits: which form, what is counted, what is refused."""

import pytest

from tfrnn.data.examples import TaggedSentence
from tfrnn.data.options import TaggedOptions
from tfrnn.data.tagged import loose_tags, read_tagged
from tfrnn.errors import DataError, MissingInputError, UsageError

SENTENCES = [(("it", "is", str(i)), ("PRON", "AUX", "NUM")) for i in range(20)]


def as_columns(sentences, separator="\t"):
    return "\n".join(
        "".join(f"{word}{separator}{tag}\n" for word, tag in zip(*sentence))
        for sentence in sentences
    )


def as_conllu(sentences):
    return "\n".join(
        "".join(
            f"{i}\t{word}\t_\t{tag}\t{tag[0]}\t_\t0\troot\t_\t_\n"
            for i, (word, tag) in enumerate(zip(*sentence), 1)
        )
        for sentence in sentences
    )


def as_slots(sentences, folder=""):
    words, tags = (
        "".join(f"{' '.join(sentence[i])}\n" for sentence in sentences) for i in range(2)
    )
    return {f"{folder}seq.in": words, f"{folder}seq.out": tags}


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def read(source, seed=0, **options):
    return read_tagged(TaggedOptions(source=str(source), **options), seed=seed)


def refused(source, **options):
    with pytest.raises(DataError) as failure:
        read(source, **options)
    assert "\n" not in str(failure.value)
    return str(failure.value)


FORMS = {
    "a.conllu": {"a.conllu": as_conllu(SENTENCES)},
    "a.conll": {"a.conll": as_conllu(SENTENCES)},
    "a.txt": {"a.txt": as_columns(SENTENCES)},
    "a.bio": {"a.bio": as_columns(SENTENCES, " ").replace("\n", "\r\n")},
    "slots": as_slots(SENTENCES, "slots/"),
    "one": {"one/a.conllu": as_conllu(SENTENCES), "one/LICENSE.txt": "mine"},
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_splits(tmp_path, name):
    write(tmp_path, FORMS[name])
    splits = read(tmp_path / name, valid=0.2)
    assert splits.sizes == "13 train / 4 validation / 3 test (seed 0)"
    assert (splits.tags, splits.labels) == (("AUX", "NUM", "PRON"), ())
    found = [sentence for part in splits[:3] for sentence in part]
    assert sorted(found) == sorted(TaggedSentence(*sentence) for sentence in SENTENCES)
    write(tmp_path, {"as.conllu": as_conllu(SENTENCES)})
    assert splits[:3] == read(tmp_path / "as.conllu", valid=0.2)[:3]


def test_the_column_that_is_wanted(tmp_path):
    write(tmp_path, FORMS["a.conllu"])
    splits = read(tmp_path / "a.conllu", column="xpos")
    assert splits.tags == ("A", "N", "P")
    assert "(CoNLL-U, xpos)" in splits.summary()


FOLDERS = {
    "a treebank": {
        "en_x-ud-train.conllu": as_conllu(SENTENCES[:10]),
        "en_x-ud-dev.conllu": as_conllu(SENTENCES[10:15]),
        "en_x-ud-test.conllu": as_conllu(SENTENCES[15:]),
        "en_x-ud-train.txt": "It is 0.",
        "LICENSE.txt": "mine",
    },
    "CoNLL-2003": {
        "eng.train": as_columns(SENTENCES[:10], " X Y "),
        "eng.testa": as_columns(SENTENCES[10:15], " X Y "),
        "eng.testb": as_columns(SENTENCES[15:], " X Y "),
    },
    "slots": as_slots(SENTENCES[:10], "train/")
    | as_slots(SENTENCES[10:15], "valid/")
    | as_slots(SENTENCES[15:], "test/"),
}


@pytest.mark.parametrize("form", FOLDERS)
def test_own_parts_in_a_folder(tmp_path, form):
    write(tmp_path, FOLDERS[form])
    splits = read(tmp_path)
    assert [*splits.train, *splits.valid, *splits.test] == [TaggedSentence(*s) for s in SENTENCES]
    assert splits.sizes == "10 train / 5 validation / 5 test (as given)"


def test_several_files_of_one_part_follow_each_other(tmp_path):
    files = {
        f"de-ud-train-{name}.conllu": as_conllu(part)
        for name, part in (("b", SENTENCES[6:]), ("a", SENTENCES[:6]))
    }
    write(tmp_path, files | {"odd.conllu": "x"})
    splits = read(tmp_path)
    found = {sentence.words[2] for part in splits[:3] for sentence in part}
    assert found == {str(i) for i in range(20)}
    assert "(CoNLL-U, upos, 2 files)" in splits.summary()
    assert "odd.conllu not read" in splits.summary()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.png": "x"}, "no tagged sentences; a folder holds one file .conllu or of columns"),
        ({"a.txt": "x y", "b.txt": "x y"}, "no tagged sentences"),
        ({"x-dev.conllu": as_conllu(SENTENCES)}, "x-dev.conllu, but no file with train in its na"),
    ],
)
def test_folders_that_are_not_clear(tmp_path, files, message):
    write(tmp_path, files)
    assert message in refused(tmp_path)


def test_a_file_called_conllu_is_held_to_its_form(tmp_path):
    write(tmp_path, {"a.conllu": as_columns(SENTENCES)})
    assert "a.conllu line 1: 2 columns, expected 10 (ID FORM" in refused(tmp_path / "a.conllu")


def test_what_is_no_source(tmp_path):
    with pytest.raises(MissingInputError, match=r"gone\.conllu: no such file or folder\.$"):
        read(tmp_path / "gone.conllu")
    with pytest.raises(UsageError, match=r"no data given\. Pass --data\.source"):
        read("")
    with pytest.raises(UsageError, match=r"^--data\.test and --data\.valid must be"):
        read(tmp_path, test=1.0)


def test_the_summary_is_one_line_with_all_that_was_found(tmp_path):
    odd = [(("IT", "is", "3"), ("PRON", "AUX", "X")), (("go", ""), ("VERB", "VERB"))]
    write(tmp_path, {"a.conllu": as_conllu([*SENTENCES, *odd, (("so",), ("ADV",))])})
    path = tmp_path / "a.conllu"
    assert read(path, seed=2, skip_bad=True).summary() == (
        f'{path} (CoNLL-U, upos): 21 sentences, 61 words, 4 tags (rarest: "ADV", 1), 1 duplicates'
        f" dropped, 1 with two answers (first: {path} line 81), 1 bad sentences left out (first:"
        f" {path} line 86: the form is empty. Write the word into column 2); 15 train / 3"
        " validation / 3 test (seed 2)"
    )


def test_labels_and_tags_of_spans(tmp_path):
    spans = [(("fly", f"{i}", "oslo"), ("O", "I-city", "I-city")) for i in range(12)]
    labels = {"label": 11 * "Fly\n" + "Ask  me\n"}
    write(tmp_path, as_slots(spans) | labels)
    splits = read(tmp_path)
    assert splits.labels == ("Ask\u00a0me", "Fly")
    assert '2 tags (rarest: "O", 12), 2 labels, 12 I- tags that follow no tag of their span' in (
        splits.summary()
    )
    assert splits.train[0].tags == ("O", "I-city", "I-city")


@pytest.mark.parametrize(
    ("tags", "loose"),
    [
        ("B-a I-a I-a O", 0),
        ("I-a", 1),
        ("B-a I-b I-b B-b I-b", 1),
        ("B-a O I-a", 1),
        ("", 0),
    ],
)
def test_tags_that_continue_nothing(tags, loose):
    assert loose_tags(tags.split()) == loose


def test_tags_that_are_no_spans_are_not_judged(tmp_path):
    odd = [(("a", str(i)), ("I-x", "NOUN")) for i in range(12)]
    write(tmp_path, {"a.txt": as_columns(odd)})
    assert "I- tags" not in read(tmp_path / "a.txt").summary()


@pytest.mark.parametrize("form", ["a.conllu", "a.txt"])
def test_a_sentence_that_cannot_be_used(tmp_path, form):
    good = as_conllu(SENTENCES) if form == "a.conllu" else as_columns(SENTENCES)
    write(tmp_path, {form: f"{good}\n1\n"})
    message = refused(tmp_path / form)
    assert message.startswith(f"{tmp_path / form} line 81: 1 column, expected ")
    assert message.endswith(", or pass --data.skip-bad to leave such sentences out.")
    assert "1 bad sentences left out" in read(tmp_path / form, skip_bad=True).summary()


@pytest.mark.parametrize(("tag", "count"), [("X", 1), ("", 0)])
def test_fewer_than_two_tags(tmp_path, tag, count):
    write(tmp_path, {"a.conllu": as_conllu([((str(i),), (tag or "_ ",)) for i in range(9)])})
    message = refused(tmp_path / "a.conllu", skip_bad=True)
    assert f"a.conllu: training has {count} tags" in message
    assert message.endswith("; at least 2 are needed.")
    assert ("9 bad sentences left out" in message) == (count == 0)


def test_too_few_sentences(tmp_path):
    write(tmp_path, {"a.txt": as_columns(SENTENCES[:8])})
    assert "8 rows and 1 labels give 2 train / 3 validation / 3 test" in refused(tmp_path / "a.txt")


def test_a_held_out_tag_that_training_lacks(tmp_path):
    files = FOLDERS["a treebank"]
    odd = as_conllu([*SENTENCES[10:15], (("oh", "no"), ("INTJ", "PART"))])
    write(tmp_path, files | {"en_x-ud-dev.conllu": odd})
    assert refused(tmp_path).startswith(
        f'{tmp_path / "en_x-ud-dev.conllu"} line 21: no training row has the tag "INTJ"; add some'
    )
    assert len(read(tmp_path, skip_bad=True).valid) == 5


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty: at least one character"),
        (b"a\tX\n\0\tY\n", "line 2: byte 4 is NUL"),
        (b"a\tX\ncaf\xe9\tY\n", "line 2: byte 7 (0xe9) is not valid UTF-8"),
    ],
)
def test_bytes_that_are_no_text(tmp_path, raw, message):
    write(tmp_path, {"a.txt": raw})
    assert f"a.txt: {message}" in refused(tmp_path / "a.txt", skip_bad=True)


def test_a_sentence_is_its_words_joined_by_single_spaces(tmp_path):
    odd = [((f"{i} 000", "几点\u3000了", "👩‍👧"), ("NUM", "NOUN", "SYM")) for i in range(12)]
    write(tmp_path, {"a.conllu": "\ufeff" + as_conllu(odd)})
    for sentence in read(tmp_path / "a.conllu").train:
        assert " ".join(sentence.words).split(" ") == [*sentence.words]
        assert sentence.words[1:] == ("几点\u00a0了", "👩‍👧")
