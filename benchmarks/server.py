"""serve.py in a process of its own."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tfrnn.errors import Failure

SERVE = Path(__file__).parent.parent / "serve.py"


class Server(NamedTuple):
    """A server that answers. url: Without a slash at its end. process: To be sent signals."""

    url: str
    process: subprocess.Popen


@contextmanager
def serving(exports: Path, *words: str) -> Iterator[Server]:
    """Starts serve.py on a folder, with options; ends it afterwards.

    Raises:
        Failure: If it does not start.
    """
    command = [sys.executable, str(SERVE), str(exports), "--port=0", *words]
    said = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        # Who says more than a pipe holds waits until someone reads it.
        rest = threading.Thread(target=process.stderr.read)
        try:
            for line in process.stderr:
                said.append(line)
                if found := re.match(r"open +(http://\S+)/$", line):
                    rest.start()
                    yield Server(found[1], process)
                    return
            raise Failure(f"serve.py did not start: {''.join(said[-3:])}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            if rest.ident:
                rest.join()
