"""Failures that a user meets: one line that says where and what would be right, and an exit code.

Every floor may raise these; the scripts turn them into one line on stderr and `sys.exit(code)`
(the codes are those of BSD's sysexits.h, plus 76 for a training that diverged). A programmer's
mistake in a call stays a plain ValueError or TypeError.
"""


class Failure(Exception):
    """Base of everything a script reports in one line; `code` is its exit code."""

    code = 70


class UsageError(Failure):
    """An option has a value that cannot be, such as a negative temperature."""

    code = 64


class DataError(Failure, ValueError):
    """A file's content is wrong; the message names the file, the line or offset and the rule."""

    code = 65


class MissingInputError(Failure):
    """A file, folder or corpus that should be read is not there."""

    code = 66


class CannotCreateError(Failure):
    """An output place cannot be written: read-only, a file in the way, or in use by another."""

    code = 73


class StorageError(Failure):
    """Reading or writing failed half way: a full disk, a network that does not answer."""

    code = 74


class InterruptedRunError(Failure):
    """The user stopped the run; what was done is saved and --resume goes on."""

    code = 75


class DivergedError(Failure):
    """Too many non-finite steps in a row; the last finite checkpoint is whole."""

    code = 76
