"""The server's log: lines on stderr, written by a thread, so that a reader who stalls stalls no answer.

Not the standard library's QueueHandler and QueueListener: with a record and a write for each request, cached routes
answered 25 to 39 % fewer requests (tests/bench/serve.py, paired with this class in one session).
"""

import atexit
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache, partial

LOGGER = "factorcli.serve"
MOST_LINES = 10_000
WRITE_SECONDS = 0.05  # between two writes


class BatchedLines(logging.Handler):
    """Takes lines at once and writes them soon; where nobody reads, the oldest of 10,000 are lost."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._waiting = threading.Event()
        threading.Thread(target=self._write, name="log", daemon=True).start()
        atexit.register(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        self.take(record.levelname, self.format(record))

    def take(self, level: str, text: str) -> None:
        """Take a line, at a tenth of a record's cost."""
        self._lines.append(f"{_time(int(time.time()))} {level} {text}\n")
        if not self._waiting.is_set():
            self._waiting.set()

    def flush(self) -> None:
        """Write what is there."""
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if lines and sys.stderr is not None:
            try:
                sys.stderr.write("".join(lines))
                sys.stderr.flush()
            except (OSError, ValueError):
                pass  # nobody can be told

    def _write(self) -> None:
        while self._waiting.wait():
            self._waiting.clear()
            self.flush()
            time.sleep(WRITE_SECONDS)


def configure(level: str) -> logging.Logger:
    """The server's logger, and uvicorn's warnings, as lines on stderr."""
    handler = BatchedLines()
    log, uvicorn = logging.getLogger(LOGGER), logging.getLogger("uvicorn.error")
    for logger in (log, uvicorn):
        logger.handlers = [handler]
        logger.propagate = False
    log.setLevel(level)
    uvicorn.setLevel("WARNING" if level == "INFO" else level)
    return log


def access() -> Callable[[str], None]:
    """What takes the line of a request: at once if the log is ours, as a record if it is another's."""
    log = logging.getLogger(LOGGER)
    if not log.isEnabledFor(logging.INFO):
        return lambda _: None
    lines = next((handler for handler in log.handlers if isinstance(handler, BatchedLines)), None)
    return log.info if lines is None else partial(lines.take, "INFO")


@lru_cache(2)
def _time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
