"""A lock between processes that dies with its holder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

PATIENCE = 0.3  # seconds: a look at the lock by `heatmap status` must not turn a run away


# A lock is a plain file of ours: no link is followed, and a pipe in its place does not make anybody wait.
FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def file_lock(path: Path, note: str) -> AbstractContextManager[bool]:
    """Hold the lock, or get False if another process has it; `note` tells the others who does.

    The kernel lets go of it when the process ends, however it ends. The file goes with the lock.
    Raises OSError where there can be no such file.
    """
    return _held(path, note, _acquire(path))


@contextmanager
def _held(path: Path, note: str, handle: int | None) -> Iterator[bool]:
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


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | FLAGS, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_if_free(path: Path) -> None:
    """Remove a lock file that nobody holds; whoever is about to take it notices, and makes a new one."""
    try:
        handle = os.open(path, os.O_RDWR | FLAGS)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except OSError:
        pass
    finally:
        os.close(handle)


def lock_holder(path: Path) -> str | None:
    """The note of the process that holds the lock, or None if nobody does."""
    try:
        handle = os.open(path, os.O_RDONLY | FLAGS)
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
        handle = os.open(path, os.O_RDWR | os.O_CREAT | FLAGS, 0o600)
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
