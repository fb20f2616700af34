"""YAML config files: the options of a run, written down.

A file is read as the words that a user would have typed, so that a value means the same in both
places: `1e-2`, which YAML 1.1 takes for a text, is a number for a field that holds one.
"""

from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin

import yaml

from tfrnn.cli.fields import Leaf, did_you_mean, leaves, values
from tfrnn.errors import DataError, MissingInputError


class Setting(NamedTuple):
    """One value of a file: the words to type for it, and the line where it stands."""

    words: list[str]
    line: int


def to_yaml(config: Any, without: Collection[str] = ()) -> str:
    """Writes a dataclass instance as YAML that `from_yaml` and --config read back equal.

    Args:
        config: an instance, with dataclasses in it as groups.
        without: dotted names to leave out, such as what belongs to one call only.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Sizes:
    ...     units: int = 256
    ...     rates: tuple[float, ...] = (0.1, 1e-5)
    >>> print(to_yaml(Sizes()), end="")
    units: 256
    rates:
    - 0.1
    - 1.0e-05
    """
    tree: dict[str, Any] = {}
    for key, value in values(config).items():
        if key not in without:
            *groups, name = key.split(".")
            branch = tree
            for group in groups:
                branch = branch.setdefault(group, {})
            branch[name] = _plain(value)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def read_settings(config_type: type, path: Path) -> dict[str, Setting]:
    """The settings of a file by their dotted names, checked for name and kind but not for value.

    Raises:
        MissingInputError: the file cannot be read.
        DataError: it is not YAML, or a key is unknown, there twice, or holds the wrong kind.
    """
    known = {leaf.key: leaf for leaf in leaves(config_type)}
    settings: dict[str, Setting] = {}
    for key, node in _scalars(path, _compose(path), "", known):
        line = node.start_mark.line + 1
        if key in settings:
            raise DataError(f"{path} line {line}: {key} is there twice.")
        try:
            settings[key] = Setting(_words(known[key], node), line)
        except ValueError as error:
            raise DataError(f"{path} line {line}: {key} {error}") from None
    return settings


def _compose(path: Path) -> yaml.Node | None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        return yaml.compose(content, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataError(f"{path} line {line}: not YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise DataError(f"{path}: not YAML: {error}") from error
    except RecursionError:
        raise DataError(f"{path}: not a config: nested too deeply.") from None


def _scalars(
    path: Path, node: yaml.Node | None, prefix: str, known: dict[str, Leaf]
) -> Iterator[tuple[str, yaml.Node]]:
    """Walks the groups; stops at the first key that no option has, so it goes no deeper."""
    if node is None:  # An empty file sets nothing.
        return
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        place = prefix.rstrip(".") or "the file"
        raise DataError(f"{path} line {line}: {place} must be a group of `name: value` lines.")
    for name, value in node.value:
        line = name.start_mark.line + 1
        key = prefix + str(name.value).replace("-", "_")
        if key in known:
            yield key, value
        elif any(other.startswith(f"{key}.") for other in known):
            yield from _scalars(path, value, f"{key}.", known)
        else:
            raise DataError(f"{path} line {line}: no option {key}{did_you_mean(key, known)}")


def _words(leaf: Leaf, node: yaml.Node) -> list[str]:
    """What to type for the node's value; ValueError says what the leaf holds instead."""
    if isinstance(node, yaml.SequenceNode):
        if not _takes_list(leaf.annotation):
            raise ValueError("must be one value, got a list.")
        items = [_text(item) for item in node.value]
        if any(item.startswith("-") and not _is_number(item) for item in items):
            raise ValueError("holds an item that begins with a hyphen; type such items.")
        return [leaf.flag, *items]
    text = _text(node)
    if node.tag == "tag:yaml.org,2002:null":
        if NoneType not in get_args(leaf.annotation):
            raise ValueError("needs a value.")
        text = "None"
    if leaf.annotation is bool:
        switch = yaml.SafeLoader.bool_values.get(text.lower())
        if switch is None:
            raise ValueError(f"must be true or false, got {text!r}.")
        return [leaf.flag if switch else leaf.negation]
    return [f"{leaf.flag}={text}"]


def _takes_list(annotation: Any) -> bool:
    return any(get_origin(kind) in (tuple, list) for kind in (annotation, *get_args(annotation)))


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ValueError("must be a value or a list of values, got a group.")
    if node.tag == "tag:yaml.org,2002:float":
        # YAML spells these .inf and .nan, Python does not.
        return node.value.lower().replace(".inf", "inf").replace(".nan", "nan")
    return node.value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
