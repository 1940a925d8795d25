"""Atomic writing of files: a file that exists is replaced when the new one is complete."""

import os
import time
from pathlib import Path

MAX_ATTEMPTS = 20  # Windows replaces no file that another process has open
RETRY_SECONDS = 0.05


def write_whole(target: Path, content: bytes) -> None:
    """Write a file. Raises OSError.

    A symbolic link keeps its target; a pipe or device is written to directly.
    """
    if target.exists() and not target.is_file():  # before it is resolved: a pipe of /dev/stdout has no name
        target.write_bytes(content)
        return
    target = target.resolve()
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        _replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _replace(part: Path, target: Path) -> None:
    for attempt in range(MAX_ATTEMPTS):
        try:
            part.replace(target)
        except PermissionError:
            if attempt == MAX_ATTEMPTS - 1 or os.name != "nt":
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
