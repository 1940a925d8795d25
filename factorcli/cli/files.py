"""Files written all or nothing: one that was there stays until the new one is whole."""

import os
import time
from pathlib import Path

ATTEMPTS = 20  # where another process reads the file: Windows replaces none that is open
PAUSE = 0.05  # seconds between two


def write_whole(target: Path, text: str) -> None:
    """Write a file. Raises OSError.

    A link keeps pointing where it points, and what is no regular file (a pipe, NUL) is written to as it is.
    """
    target = target.resolve()
    if target.exists() and not target.is_file():
        _write(target, text)
        return
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        _write(part, text)
        _replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def _replace(part: Path, target: Path) -> None:
    for attempt in range(ATTEMPTS):
        try:
            part.replace(target)
        except PermissionError:
            if attempt == ATTEMPTS - 1 or os.name != "nt":
                raise
            time.sleep(PAUSE)
        else:
            return
