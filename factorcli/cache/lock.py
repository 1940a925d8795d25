"""A lock between processes: an exclusive SQLite transaction on an empty file, which ends with its process.

It works alike on every platform. The file goes with the lock; a file `*.note` beside it names the holder, as a locked
file cannot be read everywhere.
"""

import errno
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

TIMEOUT_SECONDS = 0.3  # a look at the lock by another process must not turn a run away
EXCLUSIVE_TIMEOUT_SECONDS = 60.0
NOTE = ".note"


def file_lock(path: Path, note: str) -> AbstractContextManager[bool]:
    """Hold the lock, or get False if another process has it; `note` tells the others who does.

    The system lets go of it when the process ends, however it ends. The file goes with the lock.
    Raises OSError where there can be no such file.
    """
    return _held(path, note, _acquire(path))


@contextmanager
def _held(path: Path, note: str, handle: sqlite3.Connection | None) -> Iterator[bool]:
    if handle is None:
        yield False
        return
    told = _note_of(path)
    try:
        with suppress(OSError):
            told.write_text(note, encoding="utf-8")
        yield True
    finally:
        _remove(told)
        _remove(path)
        handle.close()
        _remove(path)  # where an open file cannot be removed


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it. Raises OSError where it cannot be had."""
    path.touch(0o600)
    handle = _connected(path, EXCLUSIVE_TIMEOUT_SECONDS)
    try:
        _begin(handle)
        yield
    finally:
        handle.close()


def remove_if_free(path: Path) -> None:
    """Delete a lock file that nobody holds; whoever is about to take it notices, and makes a new one."""
    with suppress(OSError):
        handle = _connected(path, 0.0)
        try:
            with suppress(_NoLock):
                _begin(handle)
            _remove(_note_of(path))
            _remove(path)
        finally:
            handle.close()
        _remove(path)


def lock_holder(path: Path) -> str | None:
    """The note of the process that holds the lock, or None if nobody does."""
    try:
        handle = _connected(path, 0.0)
    except OSError:
        return None
    try:
        _begin(handle)
    except BlockingIOError:
        with suppress(OSError):
            return _note_of(path).read_text(encoding="utf-8", errors="replace")[:200] or "another process"
        return "another process"
    except OSError:
        return None
    else:
        return None
    finally:
        handle.close()


def _acquire(path: Path) -> sqlite3.Connection | None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        path.touch(0o600)
        before = _identity(path)
        handle = _connected(path, 0.0)
        try:
            _begin(handle)
            if before is not None and _identity(path) == before:  # and not one that its last holder has just removed
                return handle
            handle.close()
        except _NoLock:
            handle.close()
            _remove(path)
        except BlockingIOError:
            handle.close()
        except OSError:
            handle.close()
            raise
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)


class _NoLock(OSError):
    """A file that is no database, as the lock files of earlier versions were."""


def _connected(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection to a regular file. Raises OSError for a link or a pipe in its place."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    try:
        return sqlite3.connect(str(path), timeout=seconds, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error), str(path)) from None


def _begin(handle: sqlite3.Connection) -> None:
    """Take the lock. Raises BlockingIOError where another has it, _NoLock for what is no lock."""
    try:
        handle.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BlockingIOError(errno.EAGAIN, "another process has the lock") from None
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise _NoLock(errno.EINVAL, "it is no lock") from None
        raise OSError(errno.EIO, str(error)) from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + NOTE)


def _remove(path: Path) -> None:
    """Remove a file; where it is open, some systems do not let it go."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
