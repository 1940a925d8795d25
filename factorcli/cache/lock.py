"""A lock between processes that dies with its holder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 0.3  # seconds: a look at the lock by `heatmap status` must not turn a run away


@contextmanager
def file_lock(path: Path, note: str) -> Iterator[bool]:
    """Hold the lock, or yield False if another process has it; `note` tells the others who does.

    The kernel lets go of it when the process ends, however it ends. The file goes with the lock.
    """
    handle = _acquire(path)
    if handle is None:
        yield False
        return
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, note.encode(), 0)
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def lock_holder(path: Path) -> str | None:
    """The note of the process that holds the lock, or None if nobody does."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(handle, 200, 0).decode(errors="replace") or "another process"
    else:
        return None
    finally:
        os.close(handle)


def _acquire(path: Path) -> int | None:
    deadline = time.monotonic() + PATIENCE
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(handle, path):  # and not one that its last holder has just removed
                return handle
        except OSError:
            if time.monotonic() > deadline:
                os.close(handle)
                return None
            time.sleep(0.02)
        os.close(handle)


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
