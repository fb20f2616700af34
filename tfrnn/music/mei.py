"""A tune as MEI (https://music-encoding.org/guidelines/v5/), the notation that verovio engraves."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, tostring

from tfrnn.music.key import Key
from tfrnn.music.meter import Meter
from tfrnn.music.notation import Marks, Name, read_marks
from tfrnn.music.perform import ends_repeat, sections, starts_repeat
from tfrnn.music.tune import Bar, Note, Tune
from tfrnn.music.values import Tuplet, beams, values

_ID = "{http://www.w3.org/XML/1998/namespace}id"
_SIGNS = {-2: "ff", -1: "f", 0: "n", 1: "s", 2: "x"}
_ORDER = "FCGDAEB"  # of sharps; flats come the other way round
_ARTICULATIONS = {".": "stacc", "L": "acc", "accent": "acc", ">": "acc", "emphasis": "acc"}
_ARTICULATIONS |= {"u": "upbow", "upbow": "upbow", "v": "dnbow", "downbow": "dnbow"}
_ARTICULATIONS |= {"tenuto": "ten", "wedge": "stacciss"}
# Element and form; a roll is written as a turn.
_ORNAMENTS = {"~": ("turn", "upper"), "roll": ("turn", "upper"), "turn": ("turn", "upper")}
_ORNAMENTS |= {"T": ("trill", ""), "trill": ("trill", ""), "H": ("fermata", "")}
_ORNAMENTS |= {"fermata": ("fermata", ""), "M": ("mordent", "lower"), "mordent": ("mordent", "")}
_ORNAMENTS |= {"lowermordent": ("mordent", "lower"), "P": ("mordent", "upper")}
_ORNAMENTS |= {"uppermordent": ("mordent", "upper"), "pralltriller": ("mordent", "upper")}
_LINES = {"||": "dbl", "|]": "end", "[|": "single", "": "single", "|": "single"}


def mei(tune: Tune) -> str:
    r"""Returns the score of a tune as MEI.

    Repeats and endings, tuplets, ties, grace notes, chord names, ornaments and changes of key and
    meter are in it; slurs, words and several voices are not.

    >>> from tfrnn.music.abc import parse
    >>> text = mei(parse("X:1\nM:2/4\nL:1/4\nK:D\nf ^G | A2 |]\n"))
    >>> text[text.index("<note") :][:66]
    '<note pname="f" oct="5" accid.ges="s" dur="4" /><note pname="g" oc'
    """
    root = Element("mei", xmlns="http://www.music-encoding.org/ns/mei", meiversion="5.0")
    titles = SubElement(SubElement(SubElement(root, "meiHead"), "fileDesc"), "titleStmt")
    SubElement(titles, "title").text = tune.title
    body = SubElement(SubElement(root, "music"), "body")
    score = SubElement(SubElement(body, "mdiv"), "score")
    _Writer(tune).write(score)
    return tostring(root, encoding="unicode")


class _Writer:
    """Writes bar after bar; holds what carries over from one to the next."""

    def __init__(self, tune: Tune):
        self._tune = tune
        self._marks = read_marks(tune)
        self._key, self._meter = tune.key, tune.bars[0].meter if tune.bars else tune.meter
        self._signature = _signature(_sharps(tune.key))
        self._altered: dict[tuple[str, int], int] = {}
        self._tied: frozenset[tuple[str, int]] = frozenset()
        self._ids = 0

    def write(self, score: Element) -> None:
        definition = _definition(self._key, self._meter)
        staff = SubElement(SubElement(definition, "staffGrp"), "staffDef", n="1", lines="5")
        SubElement(staff, "clef", shape="G", line="2")
        score.append(definition)
        section = SubElement(score, "section")
        endings = _endings(self._tune.bars)
        parent, stop = section, 0
        for i, bar in enumerate(self._tune.bars):
            if i in endings:
                label, stop = endings[i]
                parent = SubElement(section, "ending", n=label, label=f"{label}.")
            elif i >= stop:
                parent = section
            self._change(bar, parent)
            parent.append(self._measure(bar))

    def _change(self, bar: Bar, parent: Element) -> None:
        """Writes the key and the meter of a bar where they are new."""
        key = self._marks[bar.items[0]].key if bar.items else self._key
        new_key = key if key.signature != self._key.signature else None
        new_meter = bar.meter if bar.meter != self._meter else None
        if new_key or new_meter:
            parent.append(_definition(new_key, new_meter))
        self._key, self._meter = key, bar.meter
        self._signature = _signature(_sharps(key))

    def _measure(self, bar: Bar) -> Element:
        measure = Element("measure", right=_right(bar.right))
        if starts_repeat(bar.left):
            measure.set("left", "rptstart")
        layer = SubElement(SubElement(measure, "staff", n="1"), "layer", n="1")
        self._altered = {}
        for group in beams(bar):
            several = sum(len(tuplet.items) for tuplet in group) > 1
            joined = SubElement(layer, "beam") if several else layer
            for tuplet in group:
                self._tuplet(tuplet, joined, measure)
        return measure

    def _tuplet(self, tuplet: Tuplet, parent: Element, measure: Element) -> None:
        if tuplet.number > 1:
            ratio = {"num": str(tuplet.number), "numbase": str(tuplet.time)}
            parent = SubElement(parent, "tuplet", ratio)
        for item in tuplet.items:
            marks = self._marks[item]
            self._graces(marks.graces, parent)
            written = values(item.duration * tuplet.number / tuplet.time)
            for i, (base, dots) in enumerate(written):
                last = i + 1 == len(written)
                element = self._item(item, marks, tied=item.tied or not last)
                element.set("dur", _value(base))
                if dots:
                    element.set("dots", str(dots))
                parent.append(element)
                if i == 0:
                    self._ornaments(element, marks, measure)

    def _item(self, item: Note, marks: Marks, *, tied: bool) -> Element:
        """Returns a note, chord or rest without its value."""
        if not item.pitches:
            self._tied = frozenset()
            return Element("rest")
        notes = [self._note(name, tied=tied) for name in dict.fromkeys(marks.names)]
        self._tied = frozenset((n.letter, n.octave) for n in marks.names) if tied else frozenset()
        if len(notes) == 1:
            return notes[0]
        chord = Element("chord")
        chord.extend(notes)
        return chord

    def _note(self, name: Name, *, tied: bool) -> Element:
        place = (name.letter, name.octave)
        note = Element("note", pname=name.letter.lower(), oct=str(name.octave))
        continues = place in self._tied
        usual = self._altered.get(place, self._signature["ABCDEFG".index(name.letter)])
        if name.raised != usual and not continues:
            note.set("accid", _SIGNS[name.raised])
            self._altered[place] = name.raised
        elif name.raised:
            note.set("accid.ges", _SIGNS[name.raised])
        if tied or continues:
            note.set("tie", "m" if tied and continues else "i" if tied else "t")
        return note

    def _graces(self, graces: Sequence[Name], parent: Element) -> None:
        if not graces:
            return
        group = SubElement(parent, "graceGrp")
        joined = SubElement(group, "beam") if len(graces) > 1 else group
        tied, self._tied = self._tied, frozenset()
        for name in graces:
            note = self._note(name, tied=False)
            note.attrib |= {"grace": "unacc", "dur": "8" if len(graces) == 1 else "16"}
            joined.append(note)
        self._tied = tied

    def _ornaments(self, element: Element, marks: Marks, measure: Element) -> None:
        """Adds what stands above or below a note."""
        for sign in marks.decorations:
            if sign in _ARTICULATIONS and element.tag != "rest":
                SubElement(element, "artic", artic=_ARTICULATIONS[sign])
            elif sign in _ORNAMENTS:
                kind, form = _ORNAMENTS[sign]
                control = SubElement(measure, kind, startid=self._id(element), staff="1")
                if form:
                    control.set("form", form)
        for text in marks.texts:
            if text[:1] in ("^", "_", "<", ">", "@"):
                place = "below" if text[0] == "_" else "above"
                control = SubElement(measure, "dir", place=place)
            else:
                control = SubElement(measure, "harm")
            control.attrib |= {"startid": self._id(element), "staff": "1"}
            control.text = text.lstrip("^_<>@")

    def _id(self, element: Element) -> str:
        """Returns a reference to a note, which gets a name if it has none."""
        if _ID not in element.attrib:
            self._ids += 1
            element.set(_ID, f"n{self._ids}")
        return f"#{element.attrib[_ID]}"


def _definition(key: Key | None, meter: Meter | None) -> Element:
    """Returns a definition of key and meter, of each if it is given."""
    definition = Element("scoreDef")
    if key:
        sharps = _sharps(key)
        SubElement(definition, "keySig", sig=f"{abs(sharps)}{'s' if sharps > 0 else 'f'}")
    if meter and meter.beats:
        sign = {"C": {"sym": "common"}, "C|": {"sym": "cut"}}.get(meter.text, {})
        figures = {"count": str(meter.beats), "unit": str(meter.unit)}
        SubElement(definition, "meterSig", figures | sign)
    return definition


def _sharps(key: Key) -> int:
    """Returns how many sharps (below 0: flats) a key signature shows.

    Signs that fit none, as those of the bagpipes, are written at the notes instead.
    """
    fits = (count for count in range(-7, 8) if _signature(count) == key.signature)
    return next(fits, key.fifths)


def _signature(sharps: int) -> tuple[int, ...]:
    """Returns what each letter from A to G is raised by."""
    raised = _ORDER[:sharps] if sharps > 0 else _ORDER[sharps or len(_ORDER) :]
    return tuple((letter in raised) * (1 if sharps > 0 else -1) for letter in "ABCDEFG")


def _endings(bars: Sequence[Bar]) -> Mapping[int, tuple[str, int]]:
    """Returns (label, bar after the bracket) for each bar that an ending starts with.

    The last ending may go on to the end of the tune: its bracket is as long as the longest of the
    others.
    """
    found = {}
    for section in sections(bars)[0]:
        spans = section.endings
        longest = max((stop - start for _, start, stop in spans[:-1]), default=len(bars))
        for passes, start, stop in spans:
            found[start] = (", ".join(map(str, passes)), min(stop, start + longest))
    return found


def _right(line: str) -> str:
    """Returns MEI's name of a bar line; where two stand together the stronger one."""
    if ends_repeat(line):
        return "rptend"
    parts = [_LINES[part] for part in line.split() if part in _LINES]
    return next((part for part in ("end", "dbl") if part in parts), "single")


def _value(base: Fraction) -> str:
    return {4: "long", 2: "breve"}.get(base) or str(1 / base)
