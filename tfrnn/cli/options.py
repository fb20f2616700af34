"""Options of a script: nested dataclasses in, an instance out, over tyro.

    python train.py music --data.source tunes.abc --model.units 512 --out runs/mine --seed 1

Fields are options, dataclasses in them are groups (`--model.units`), the text below a field is
its help, and the instance given as `defaults` says what holds where the user says nothing. A field
`config: Path | None` makes `--config FILE` the layer between the two. What tyro would report in a
box is one line here.
"""

import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, make_dataclass
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

import tyro

from tfrnn.cli.config_file import Setting, read_settings, to_yaml
from tfrnn.cli.fields import REQUIRED, did_you_mean, differences, given, leaves
from tfrnn.cli.rejection import RejectedError, reworded, value_of
from tfrnn.errors import DataError, UsageError

__all__ = ["choose", "differences", "from_yaml", "given", "grouped", "parse", "to_yaml"]

T = TypeVar("T")


def parse(
    config_type: type[T],
    argv: Sequence[str],
    *,
    prog: str,
    description: str,
    defaults: T | None = None,
    first: Sequence[str] = (),
) -> T:
    """Builds `config_type` from what was typed, over a --config file, over `defaults`.

    Args:
        config_type: a dataclass; its fields may be dataclasses, and
            `tyro.conf.Positional[tuple[str, ...]]` takes the words that belong to no option.
        argv: the words after `prog`. Hyphens and underscores in option names are the same.
        prog: how the script is called, such as "python train.py music".
        description: the paragraph that opens --help.
        defaults: an instance; without it a field's own default holds.
        first: dotted names of the options that most people need, shown before all others.

    Returns:
        The instance.

    Raises:
        UsageError: an option is unknown, missing, or cannot have its value.
        DataError: the --config file holds such a thing; the message names file and line.
        MissingInputError: there is no such file.
        SystemExit: with 0, after --help was printed on stdout.
    """
    path = _config_path(argv) if any(leaf.key == "config" for leaf in leaves(config_type)) else None
    typed = given(config_type, argv)
    settings = read_settings(config_type, path) if path else {}
    settings = {key: setting for key, setting in settings.items() if key not in typed}
    text = _paragraph(description) + _first_options(config_type, defaults, first)

    def build(words: Sequence[str]) -> T:
        return _build(config_type, words, prog=prog, description=text, defaults=defaults)

    try:
        return build(_insert(argv, settings))
    except RejectedError as error:
        if path and (error.flag in _flags(config_type, settings) or _passes(build, argv)):
            raise DataError(_located(error, config_type, path, settings)) from None
        raise UsageError(str(error)) from None


def from_yaml(config_type: type[T], path: Path, defaults: T | None = None) -> T:
    """Reads what `to_yaml` wrote; a field that the file does not name is as in `defaults`.

    Raises:
        MissingInputError: the file cannot be read.
        DataError: it is not YAML, or a key or value is not of `config_type`.
    """
    settings = read_settings(config_type, path)
    try:
        return _build(config_type, _insert([], settings), prog=str(path), defaults=defaults)
    except RejectedError as error:
        raise DataError(_located(error, config_type, path, settings)) from None


def grouped(options: type, **groups: object) -> type:
    """Adds groups to a dataclass of options, one for each instance.

    The instance's type gives the group's options and its fields their defaults, so that one script
    serves models of different sizes and data.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Run:
    ...     seed: int = 0
    >>> @dataclass(frozen=True)
    ... class Sizes:
    ...     units: int = 256
    >>> parse(grouped(Run, model=Sizes(units=512)), ["--seed", "1"], prog="x", description="")
    Run(seed=1, model=Sizes(units=512))

    Args:
        options: a frozen, keyword-only dataclass.
        groups: name -> an instance of a frozen dataclass.
    """
    fields = [(name, type(group), field(default=group)) for name, group in groups.items()]
    return make_dataclass(options.__name__, fields, bases=(options,), frozen=True, kw_only=True)


def choose(
    zoo: Mapping[str, str], argv: Sequence[str], *, prog: str, description: str
) -> tuple[str, list[str]]:
    """Takes the model's name from the front of `argv`.

    Args:
        zoo: name -> what the model does, in one line.
        argv: the words after `prog`.
        prog: how the script is called, such as "python train.py".
        description: the paragraph that opens --help.

    Returns:
        The name, and the words after it.

    Raises:
        UsageError: there is no name, or it is not in the zoo.
        SystemExit: with 0, after --help was printed on stdout.
    """
    if argv and argv[0] in ("-h", "--help"):
        print(_zoo_help(zoo, prog, description))
        raise SystemExit(0)
    if not argv or argv[0].startswith("-"):
        raise UsageError(f"the name of a model comes first: {prog} {{{','.join(zoo)}}} ...")
    name, *rest = argv
    if name not in zoo:
        hint = did_you_mean(name, zoo)
        raise UsageError(f"no model {name!r} in the zoo{hint} `{prog} --help` lists them.")
    return name, rest


def _build(
    config_type: type[T],
    words: Sequence[str],
    *,
    prog: str,
    description: str = "",
    defaults: T | None = None,
) -> T:
    with reworded(config_type, words):
        return tyro.cli(
            config_type,
            prog=prog,
            description=description,
            args=words,
            default=tyro.MISSING_NONPROP if defaults is None else defaults,
        )


def _flags(config_type: type, settings: Mapping[str, Setting]) -> dict[str, str]:
    """The option names of the settings, with their keys."""
    return {leaf.flag: leaf.key for leaf in leaves(config_type) if leaf.key in settings}


def _passes(build: Callable[[Sequence[str]], object], argv: Sequence[str]) -> bool:
    """Whether what was typed is right by itself, so that the fault is in the file."""
    try:
        build(argv)
    except RejectedError:
        return False
    return True


def _located(
    error: RejectedError, config_type: type, path: Path, settings: Mapping[str, Setting]
) -> str:
    """The error as a line about the file, with the line in it where one value is to blame."""
    key = _flags(config_type, settings).get(error.flag)
    if key is None:
        return f"{path}: {error}"
    return f"{path} line {settings[key].line}: {str(error).replace(error.flag, key, 1)}"


def _insert(argv: Sequence[str], settings: Mapping[str, Setting]) -> list[str]:
    """Puts the file's words before the first option, where they part no texts and take none."""
    start = next((i for i, word in enumerate(argv) if word.startswith("--")), len(argv))
    words = [word for setting in settings.values() for word in setting.words]
    return [*argv[:start], *words, *argv[start:]]


def _config_path(argv: Sequence[str]) -> Path | None:
    value = value_of("--config", list(takewhile(lambda word: word != "--", argv)))
    return Path(value) if value else None


def _first_options(config_type: type, defaults: object, first: Sequence[str]) -> str:
    if not first:
        return ""
    known = {leaf.key: leaf for leaf in leaves(config_type, defaults)}
    rows = {}
    for leaf in map(known.__getitem__, first):
        default = "required" if leaf.default is REQUIRED else f"default: {leaf.default}"
        rows[leaf.flag] = f"{leaf.help} ({default})"
    return "\n\nMost used:\n" + _columns(rows)


def _zoo_help(zoo: Mapping[str, str], prog: str, description: str) -> str:
    usage = f"usage: {prog} MODEL [OPTIONS]"
    more = f"`{prog} MODEL --help` shows the options of one."
    return f"{usage}\n\n{_paragraph(description)}\n\n{_columns(zoo)}\n\n{more}"


def _paragraph(text: str) -> str:
    """A text as wide as the terminal, indented, because tyro joins lines that begin with a word."""
    return textwrap.fill(text, _width(), initial_indent="  ", subsequent_indent="  ")


def _columns(rows: Mapping[str, str]) -> str:
    """Names and texts in two columns, as wide as the terminal."""
    width = max(map(len, rows)) + 4
    wrapper = textwrap.TextWrapper(width=_width(), subsequent_indent=" " * width)
    return "\n".join(wrapper.fill(f"  {name:<{width - 2}}{text}") for name, text in rows.items())


def _width() -> int:
    return max(60, min(100, shutil.get_terminal_size().columns))
