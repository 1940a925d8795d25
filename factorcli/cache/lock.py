"""A lock between processes: an exclusive SQLite transaction on an empty file, which ends with its process.

It works the same on every platform. The file is removed with the lock; a file `*.note` beside it names the holder, as
some platforms cannot read a locked file.
"""

import errno
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

TIMEOUT_SECONDS = 0.3  # long enough to outlast another process's check of the lock
EXCLUSIVE_TIMEOUT_SECONDS = 60.0
NOTE_SUFFIX = ".note"


def file_lock(path: Path, note: str) -> AbstractContextManager[bool]:
    """Hold the lock, or get False if another process has it; `note` names the holder to other processes.

    The operating system releases the lock when the process ends. The file is removed with the lock.
    Raises OSError where the file cannot be created.
    """
    return _held(path, note, _acquire(path))


@contextmanager
def _held(path: Path, note: str, handle: sqlite3.Connection | None) -> Iterator[bool]:
    if handle is None:
        yield False
        return
    note_path = _note_of(path)
    try:
        with suppress(OSError):
            note_path.write_text(note, encoding="utf-8")
        yield True
    finally:
        _remove(note_path)
        _remove(path)
        handle.close()
        _remove(path)  # again, for platforms that cannot remove an open file


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it. Raises OSError where it cannot be acquired."""
    path.touch(0o600)
    handle = _connected(path, EXCLUSIVE_TIMEOUT_SECONDS)
    try:
        _begin(handle)
        yield
    finally:
        handle.close()


def remove_if_free(path: Path) -> None:
    """Delete a lock file that no process holds; a process that is acquiring it notices, and creates a new one."""
    with suppress(OSError):
        handle = _connected(path, 0.0)
        try:
            with suppress(_NotALockFile):
                _begin(handle)
            _remove(_note_of(path))
            _remove(path)
        finally:
            handle.close()
        _remove(path)


def lock_holder(path: Path) -> str | None:
    """The note of the process that holds the lock, or None if it is free."""
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
        with suppress(FileNotFoundError):  # removed by another process, which has just held it or found it free
            if (handle := _attempt(path)) is not None:
                return handle
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)


def _attempt(path: Path) -> sqlite3.Connection | None:
    """The locked file, or None where another process has it, or has just removed it. Raises OSError."""
    before = _identity(path)
    handle = _connected(path, 0.0)
    try:
        _begin(handle)
        if before is not None and _identity(path) == before:
            return handle
        handle.close()
    except _NotALockFile:
        handle.close()
        _remove(path)
    except BlockingIOError:
        handle.close()
    except OSError:
        handle.close()
        if _identity(path) == before:  # else the database missed the file that was removed meanwhile
            raise
    return None


class _NotALockFile(OSError):
    """A file that is not a database, such as a lock file of an earlier version."""


def _connected(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection to a regular file. Raises OSError for a link or a pipe in its place."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    try:
        return sqlite3.connect(str(path), timeout=seconds, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error), str(path)) from None


def _begin(handle: sqlite3.Connection) -> None:
    """Take the lock. Raises BlockingIOError where another process has it, _NotALockFile for any other file."""
    try:
        handle.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BlockingIOError(errno.EAGAIN, "another process has the lock") from None
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise _NotALockFile(errno.EINVAL, "it is not a lock file") from None
        raise OSError(errno.EIO, str(error)) from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + NOTE_SUFFIX)


def _remove(path: Path) -> None:
    """Remove a file, where the platform allows it: some cannot remove an open one."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
