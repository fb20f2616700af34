"""train.py in a process of its own that meets a fault: python -m tests.scripts.child WHAT STEP ...

kill 15: dies by SIGKILL once the metrics of step 15 are written. wait 15: says "waiting" on stdout
there, and goes on when it is sent a line.
"""

import os
import signal
import sys

import train
from tfrnn.cli import exits
from tfrnn.training.metrics_log import MetricsLog


def meddle(what: str, at: int) -> None:
    append = MetricsLog.append

    def append_and_meet_the_fault(log, step, values):
        append(log, step, values)
        if step == at and what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if step == at and what == "wait":
            print("waiting", flush=True)
            sys.stdin.readline()

    MetricsLog.append = append_and_meet_the_fault


if __name__ == "__main__":
    what, step, *argv = sys.argv[1:]
    meddle(what, int(step))
    exits.run(train.main, argv)
