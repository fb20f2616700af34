"""Checks that the options of several kinds of data share."""

from typing import Any

from tfrnn.errors import UsageError

LEAST = 3  # rows of each part: fewer say nothing about a model


def check_least(options: Any, **least: int) -> None:
    """Refuses an option that is below its bound.

    Raises:
        UsageError: The message names the option, as it is written on the command line.
    """
    for name, bound in least.items():
        value = getattr(options, name)
        if value < bound:
            flag = f"--data.{name.replace('_', '-')}"
            raise UsageError(f"{flag} must be {bound} or more, got {value}.")


def check_shares(options: Any) -> None:
    """Refuses shares for validation and test that leave nothing of one part.

    Raises:
        UsageError: If one is not above 0, or both together reach 1.
    """
    if not (options.test > 0 and options.valid > 0 and options.test + options.valid < 1):
        raise UsageError(
            "--data.test and --data.valid must be above 0 and their sum below 1, got "
            f"{options.test} and {options.valid}."
        )
