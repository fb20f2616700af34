"""Ctrl-C and SIGTERM as a request that the training loop answers at a step's end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """Whether someone asked the run to stop; true in an `if` from that moment on."""

    def __init__(self):
        self.signal: signal.Signals | None = None
        """What asked, or None."""

    def __bool__(self) -> bool:
        return self.signal is not None

    def _answer(self, number: int, frame) -> None:
        if self and number == signal.SIGINT:
            # The next one does not even wait for Python: an XLA compilation takes a minute.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            raise KeyboardInterrupt
        self.signal = self.signal or signal.Signals(number)


@contextmanager
def stop_requested() -> Iterator[StopRequest]:
    """Holds back the first SIGINT or SIGTERM and notes it, so that work ends where it is whole.

    A SIGINT after that raises KeyboardInterrupt at once, and one more ends the process; a
    repeated SIGTERM changes nothing, since supervisors send it to a group and to its leader. The
    handlers of before are back when the block is left. Only the main thread may enter it.

    Yields:
        A `StopRequest`, to be tested between two steps.

    >>> import os, signal
    >>> with stop_requested() as stop:
    ...     for step in range(10):
    ...         if step == 3:
    ...             os.kill(os.getpid(), signal.SIGTERM)
    ...         if stop:
    ...             break
    >>> step, stop.signal.name
    (3, 'SIGTERM')
    """
    stop = StopRequest()
    before = {
        number: signal.signal(number, stop._answer) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
