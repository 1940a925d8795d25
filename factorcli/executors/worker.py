"""A worker process: it reads work and blocks from its standard input, and writes results to its standard output."""

import os
import pickle
import signal
import sys
from typing import BinaryIO


def main() -> None:
    """Serve until the standard input ends, as it does when the process that started this one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads the results
    requests = sys.stdin.buffer
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers, open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # for what libraries print
        serve(requests, answers)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each pickled block with (True, result) or (False, error); what comes first is the work."""
    try:
        work = pickle.load(requests)  # noqa: S301  (the process that started this one wrote it)
        while True:
            block = pickle.load(requests)  # noqa: S301
            try:
                answer = True, work(block)
            except Exception as error:  # noqa: BLE001  (raised where the result is awaited)
                answer = False, error
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except (EOFError, BrokenPipeError):
        return
