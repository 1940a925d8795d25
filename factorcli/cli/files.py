"""Atomic writing of files: a file that exists is replaced when the new one is complete."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

MAX_ATTEMPTS = 20  # Windows replaces no file that another process has open
RETRY_SECONDS = 0.05


def write_whole(target: Path, content: bytes) -> None:
    """Write a file, as `writing` does. Raises OSError."""
    with writing(target) as file:
        file.write(content)


@contextmanager
def writing(target: Path) -> Iterator[IO[bytes]]:
    """An open file that replaces the target at the end, unless an error occurs. Raises OSError.

    A symbolic link keeps its target; a pipe or device is written to directly.
    """
    if target.exists() and not target.is_file():  # before it is resolved: a pipe of /dev/stdout has no name
        with target.open("wb") as file:
            yield file
        return
    target = target.resolve()
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
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
