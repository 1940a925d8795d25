"""The server's log: lines on stderr, written by a thread, so that a reader who stalls stalls no answer."""

import atexit
import logging
import sys
import time
from collections.abc import Callable
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue

LOGGER = "factorcli.serve"
MOST_LINES = 10_000


class _Lines(QueueHandler):
    """Takes records at once; where nobody reads, what comes after 10,000 of them is lost."""

    queue: "SimpleQueue[logging.LogRecord]"

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Records stay in this process, and are formatted by the thread that writes them."""
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Take a record."""
        if self.queue.qsize() < MOST_LINES:
            self.queue.put(record)


def configure(level: str) -> logging.Logger:
    """The server's logger, and uvicorn's warnings, as lines on stderr."""
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    handler = _Lines(queue)
    log, uvicorn = logging.getLogger(LOGGER), logging.getLogger("uvicorn.error")
    for logger in (log, uvicorn):
        logger.handlers = [handler]
        logger.propagate = False
    log.setLevel(level)
    uvicorn.setLevel("WARNING" if level == "INFO" else level)
    listener = QueueListener(queue, _stderr())
    listener.start()
    atexit.register(listener.stop)
    return log


def access() -> Callable[[str], None]:
    """What takes the line of a request."""
    log = logging.getLogger(LOGGER)
    return log.info if log.isEnabledFor(logging.INFO) else lambda _: None


def _stderr() -> logging.Handler:
    if sys.stderr is None:
        return logging.NullHandler()
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    return handler
