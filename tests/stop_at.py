"""`python tests/stop_at.py STEP SIGNAL CONFIG [key=value ...]`: train, and send SIGNAL to this process in that step.

TERM and INT arrive before the step's update, KILL after it and before its checkpoint. TWICE is TERM two times.
"""

import os
import signal
import sys

from kit import train as loop
from kit.entry import leave, train_main

STEP, SIGNAL = int(sys.argv[1]), sys.argv[2]
whole_step = loop.train_step


def stopped_step(phase, rows):
    if phase.step + 1 == STEP and SIGNAL != "KILL":
        for _ in range(2 if SIGNAL == "TWICE" else 1):
            os.kill(os.getpid(), signal.SIGINT if SIGNAL == "INT" else signal.SIGTERM)
    result = whole_step(phase, rows)
    if phase.step + 1 == STEP and SIGNAL == "KILL":
        os.kill(os.getpid(), signal.SIGKILL)
    return result


loop.train_step = stopped_step
leave(train_main(sys.argv[3:]))
