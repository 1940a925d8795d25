"""The server's log: lines on stderr, written by a thread, so that a reader who stalls stalls no answer."""

import atexit
import logging
import sys
import threading
import time
from collections import deque

LOGGER = "factorcli.serve"
MOST_LINES = 10_000
PAUSE = 0.05  # seconds between two writes


class Lines(logging.Handler):
    """Takes lines at once and writes them soon; where nobody reads, the oldest of 10,000 are lost."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._waiting = threading.Event()
        threading.Thread(target=self._write, name="log", daemon=True).start()
        atexit.register(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        self._lines.append(self.format(record))
        self._waiting.set()

    def flush(self) -> None:
        """Write what is there."""
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if lines and sys.stderr is not None:
            try:
                sys.stderr.write("\n".join([*lines, ""]))
                sys.stderr.flush()
            except (OSError, ValueError):
                pass  # nobody can be told

    def _write(self) -> None:
        while self._waiting.wait():
            self._waiting.clear()
            self.flush()
            time.sleep(PAUSE)


def configure(level: str) -> logging.Logger:
    """The server's logger, and uvicorn's warnings, as lines on stderr."""
    handler = Lines()
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log, uvicorn = logging.getLogger(LOGGER), logging.getLogger("uvicorn.error")
    for logger in (log, uvicorn):
        logger.handlers = [handler]
        logger.propagate = False
    log.setLevel(level)
    uvicorn.setLevel(level if level not in ("INFO",) else "WARNING")
    return log
