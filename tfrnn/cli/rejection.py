"""What tyro refuses, as one line in our words instead of its boxes and exit code 2."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise

# tyro has no public way to reword its errors; requirements.txt pins the version for this module.
from tyro import _errors as tyro_errors

from tfrnn.cli.fields import Leaf, did_you_mean, flag_of, leaves

_KINDS = {
    "INT": "a whole number",
    "FLOAT": "a number",
    "PATH": "a path",
    "STR": "a text",
    "{None}": "None",
}


class RejectedError(Exception):
    """What tyro does not accept: a line for the user, and the option it is about, if one is."""

    def __init__(self, message: str, flag: str | None = None):
        super().__init__(message)
        self.flag = flag


@contextmanager
def reworded(config_type: type, words: Sequence[str]) -> Iterator[None]:
    """Inside it, tyro.cli raises RejectedError about `words` where it would print and exit."""

    def reject(event: tyro_errors.ParseErrorEvent) -> None:
        known = {leaf.flag: leaf for leaf in leaves(config_type)}
        raise _rejection(event, known, words)

    with tyro_errors.on_parse_error(reject):
        yield


def _rejection(
    event: tyro_errors.ParseErrorEvent, known: Mapping[str, Leaf], words: Sequence[str]
) -> RejectedError:
    match event:
        case tyro_errors.UnrecognizedArgs(tokens=[word, *_]):
            return _unknown(word, known, event.prog)
        case tyro_errors.MissingArgs(unrecognized_tokens=[word, *_]):
            return _unknown(word, known, event.prog)
        case tyro_errors.MissingArgs(missing_arguments=[missing, *_]):
            name = missing.arg.get_invocation_text()[1].as_str_no_ansi()
            leaf = known.get(flag_of(name.split()[0]))
            return RejectedError(f"{name} is required. {leaf.help if leaf else ''}".rstrip())
        case tyro_errors.InvalidChoice(argument=argument, value=value, choices=choices):
            name = argument.display_name()
            return RejectedError(f"{name} must be {_either(choices)}, got {value!r}.", name)
        case tyro_errors.BadValue(argument=argument):
            return RejectedError(f"{argument.display_name()} needs a value.")
        case tyro_errors.InstantiationFailure(argument=None, message=message):
            return RejectedError(message)
        case tyro_errors.InstantiationFailure(argument=argument):
            name = argument.display_name()
            kinds = str(argument.lowered.metavar).split("|")
            if all(kind in _KINDS for kind in kinds):
                wanted = _either([_KINDS[kind] for kind in kinds])
                message = f"{name} must be {wanted}, got {value_of(name, words)!r}."
            else:
                message = f"{name}: {event.message.splitlines()[0]}"
            return RejectedError(message, name)
    return RejectedError(f"these options do not fit together; see {event.prog} --help.")


def _unknown(word: str, known: Mapping[str, Leaf], prog: str) -> RejectedError:
    if not word.startswith("-") or flag_of(word) in known:
        return RejectedError(f"{word!r} belongs to no option; see {prog} --help.")
    hint = did_you_mean(flag_of(word), known)
    return RejectedError(f"no option {word.partition('=')[0]}{hint} See {prog} --help.")


def _either(choices: Sequence[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def value_of(name: str, words: Sequence[str]) -> str:
    """The value typed last for the option `name`."""
    value = ""
    for word, following in pairwise([*words, ""]):
        if flag_of(word) == name:
            value = word.partition("=")[2] if "=" in word else following
    return value
