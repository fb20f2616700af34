"""The leaves of nested dataclasses, by the dotted names that options and config files share."""

import dataclasses
import difflib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import docstring_parser
import tyro

REQUIRED = tyro.MISSING


class Leaf(NamedTuple):
    """One value that a user can set.

    key: its dotted name, such as "train.learning_rate".
    annotation: its type, bare of `Annotated`.
    help: the text below the field in its class, "" where there is none.
    default: what holds if the user says nothing; REQUIRED if the user must.
    """

    key: str
    annotation: Any
    help: str
    default: Any

    @property
    def flag(self) -> str:
        """The option's name as help shows it, such as "--train.learning-rate"."""
        return "--" + self.key.replace("_", "-")

    @property
    def negation(self) -> str | None:
        """The option that switches a boolean off, such as "--no-resume" or "--train.no-ema"."""
        if self.annotation is not bool:
            return None
        group, dot, name = self.flag[2:].rpartition(".")
        return f"--{group}{dot}no-{name}"


def leaves(config_type: type, defaults: Any = None) -> Iterator[Leaf]:
    """The leaves of a dataclass type and of the dataclasses in it, in the order of the fields.

    Positional words are left out: they are what a script works on, not how.

    Args:
        config_type: a dataclass.
        defaults: an instance whose values are the defaults, instead of the fields' own.
    """
    yield from _leaves(config_type, defaults, "")


def values(config: Any) -> dict[str, Any]:
    """What a dataclass instance holds, by dotted names, in the order of the fields."""
    return {leaf.key: leaf.default for leaf in leaves(type(config), config)}


def differences(old: Any, new: Any) -> dict[str, tuple[Any, Any]]:
    """What two instances of one dataclass hold differently: dotted name -> (old, new).

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Sizes:
    ...     units: int = 256
    ...     layers: int = 2
    >>> differences(Sizes(), Sizes(units=512))
    {'units': (256, 512)}

    Raises:
        ValueError: they have different fields.
    """
    before, after = values(old), values(new)
    if before.keys() != after.keys():
        raise ValueError(f"differences needs one type, got {type(old)} and {type(new)}.")
    return {key: (before[key], after[key]) for key in before if before[key] != after[key]}


def given(config_type: type, argv: Iterable[str]) -> set[str]:
    """The dotted names that the user typed, in whatever spelling, known or not.

    What `argv` holds after a bare `--` is text. Hyphens and underscores are the same.
    """
    by_flag = {}
    for leaf in leaves(config_type):
        by_flag[leaf.flag] = by_flag[leaf.negation] = leaf.key
    return {by_flag[flag] for flag in map(flag_of, _options(argv)) if flag in by_flag}


def flag_of(word: str) -> str:
    """A typed option in the spelling of the help: without its value, with hyphens."""
    return word.partition("=")[0].replace("_", "-")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that a mistyped one stands for, or None; `units` finds `model.units`.

    >>> nearest("--model.unit", ["--model.units", "--out"])
    '--model.units'
    >>> nearest("--units", ["--model.units", "--out"])
    '--model.units'
    """
    names = list(names)
    last = name.lstrip("-").rpartition(".")[2]
    same = [known for known in names if known.lstrip("-").rpartition(".")[2] == last]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    return next(iter([*same, *close]), None)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """What to append to a message: a suggestion, or only the full stop."""
    found = nearest(name, names)
    return f"; did you mean {found}?" if found else "."


def _options(argv: Iterable[str]) -> Iterator[str]:
    for word in argv:
        if word == "--":
            return
        if word.startswith("--"):
            yield word


def _leaves(config_type: type, defaults: Any, prefix: str) -> Iterator[Leaf]:
    hints = get_type_hints(config_type, include_extras=True)
    texts = _texts(config_type)
    for field in dataclasses.fields(config_type):
        annotation, extras = _unwrap(hints[field.name])
        if tyro.conf.Positional in extras:
            continue
        # tyro.conf.arg(name=...) serves options that are keywords of Python, such as --from.
        named = (extra.name for extra in extras if getattr(extra, "name", None))
        key = prefix + next(named, field.name)
        default = _default(field) if defaults is None else getattr(defaults, field.name)
        if dataclasses.is_dataclass(annotation):
            group = None if default is REQUIRED else default
            yield from _leaves(annotation, group, f"{key}.")
        else:
            yield Leaf(key, annotation, texts.get(field.name, ""), default)


def _default(field: dataclasses.Field) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return REQUIRED if field.default_factory is dataclasses.MISSING else field.default_factory()


def _unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type, and what `Annotated` says about it."""
    if get_origin(annotation) is Annotated:
        bare, *extras = get_args(annotation)
        return bare, tuple(extras)
    return annotation, ()


def _texts(config_type: type) -> dict[str, str]:
    texts: dict[str, str] = {}
    for base in reversed(config_type.__mro__[:-1]):
        for parameter in docstring_parser.parse_from_object(base).params:
            texts[parameter.arg_name] = " ".join((parameter.description or "").split())
    return texts
