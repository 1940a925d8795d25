"""The server's log: lines on stderr, written by a thread, so that a blocked stderr does not block responses.

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
MAX_LINES = 10_000
WRITE_SECONDS = 0.05  # between two writes


class BatchedLines(logging.Handler):
    """Queues lines and writes them in batches; if stderr is blocked, all but the last MAX_LINES are dropped."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._waiting = threading.Event()
        threading.Thread(target=self._write, name="log", daemon=True).start()
        atexit.register(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record."""
        self.take(record.levelname, self.format(record))

    def take(self, level: str, text: str) -> None:
        """Queue a line, at a tenth of the cost of a record."""
        self._lines.append(f"{_time(int(time.time()))} {level} {text}\n")
        if not self._waiting.is_set():
            self._waiting.set()

    def flush(self) -> None:
        """Write the queued lines."""
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if lines and sys.stderr is not None:
            try:
                sys.stderr.write("".join(lines))
                sys.stderr.flush()
            except (OSError, ValueError):
                pass  # there is nowhere to report it

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
    """A function that logs the line of a request: directly with a BatchedLines handler, else as a record."""
    log = logging.getLogger(LOGGER)
    if not log.isEnabledFor(logging.INFO):
        return lambda _: None
    lines = next((handler for handler in log.handlers if isinstance(handler, BatchedLines)), None)
    return log.info if lines is None else partial(lines.take, "INFO")


@lru_cache(2)
def _time(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
