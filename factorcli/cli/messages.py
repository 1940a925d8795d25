"""Messages and progress on stderr, and text on stdout."""

import os
import sys
import time
from typing import TextIO

from factorcli.cli.program import program
from factorcli.errors import InvalidOption

MAX_LINE_CHARACTERS = 2000
PROGRESS_DELAY_SECONDS = 1.0
PROGRESS_INTERVAL_SECONDS = 0.1
# Replacements in an encoding that lacks these characters.
PLAIN_CHARACTERS = str.maketrans(
    dict(zip("▁▂▃▄▅▆▇", "_.,-=+*", strict=True))
    | {
        "−": "-",
        "–": "-",
        "·": "|",
        "±": "+/-",
        "▲": "^",
        "▼": "v",
        "°": "o",
        "α": "alpha",
        "…": "...",
        "≤": "<=",
        "≥": ">=",
        "→": "->",
        "×": "x",
        "✓": "+",
        "✗": "x",
        "Σ": "sum",
        "ε": "e",
        "₹": "Rs ",
        "²": "2",
        "β": "beta",
        "█": "#",
        "░": ".",
        "“": '"',
        "”": '"',
        "─": "-",
    }
)


def say(message: str) -> None:
    """Write one line to stderr: control characters escaped, at most MAX_LINE_CHARACTERS of the message."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
    if len(line) > MAX_LINE_CHARACTERS:
        line = f"{line[:MAX_LINE_CHARACTERS]} …"
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{program()}: {_shown(line, sys.stderr)}\n")
            sys.stderr.flush()
        except OSError:
            pass  # stderr is closed


class Progress:
    """Progress of a run on one line of stderr, on a terminal only, after PROGRESS_DELAY_SECONDS."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._width = 0
        self._start = time.monotonic()
        self._next = 0.0

    def __call__(self, done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
        """Show how many are done and failed, the rate and the time left; clear the line at the end."""
        if done >= total:
            self.clear()
            return
        now = time.monotonic()
        elapsed = now - self._start
        if (
            elapsed < PROGRESS_DELAY_SECONDS
            or not done
            or now < self._next
            or sys.stderr is None
            or not sys.stderr.isatty()
        ):
            return
        self._next = now + PROGRESS_INTERVAL_SECONDS
        rate = done / elapsed
        left = (total - done) / rate if seconds_left is None else seconds_left
        line = f"{self._label} {done:,} of {total:,} · {failed:,} failed · {rate:,.0f}/s · {left:.0f} s left"
        self._write(_shown(line, sys.stderr))

    def clear(self) -> None:
        """Clear the line."""
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        """Overwrite the line; blanks cover a longer one before it, without terminal codes."""
        sys.stderr.write(f"\r{line.ljust(self._width)}")
        sys.stderr.flush()
        self._width = len(line)


def print_text(text: str) -> None:
    """Write the text to stdout. Raises BrokenPipeError, and InvalidOption where it cannot be written."""
    try:
        sys.stdout.write(_shown(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InvalidOption(f"The answer cannot be written: {error.strerror}.") from None


def _shown(text: str, stream: TextIO) -> str:
    """The text, with PLAIN_CHARACTERS where the stream's encoding lacks one of its characters."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate(PLAIN_CHARACTERS)
    return text
