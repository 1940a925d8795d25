"""The local cache: diskcache in a private folder, without pickle.

What is only read is read without diskcache, which is loaded for the first write.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from factorcli.cache.lock import exclusive, file_lock, lock_holder, remove_if_free
from factorcli.cache.memory import PRICE_KEY_PREFIX, MemoryCache
from factorcli.cache.private import private_folder
from factorcli.cache.reader import KEYS_QUERY, LAST_CHARACTER, Reader
from factorcli.errors import Busy, NotKept

if TYPE_CHECKING:
    from factorcli.results.cache import CacheTier

T = TypeVar("T")
DATABASE = "cache.db"
MARKER_FILE = "cache.ready"  # exists once a database was created
DATABASE_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
OWN_PREFIXES = ("cache.", "heat-", "repair.", "factorcli")
# In SQLite's messages where the folder or the disk is at fault, not the database.
UNUSABLE_FOLDER_ERRORS = ("readonly", "unable to open", "is full", "disk I/O error", "locked", "busy")
MAX_REPAIRS = 3


class DiskCache:
    """Implements `ports.ResultCache` on disk.

    Errors give one warning and lose no answer: a corrupt database is renamed and replaced by a new one; with
    an unwritable folder or a full disk new entries are in memory, for this run only, and what the database has is
    still read.
    """

    name = "disk"

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        self._folder = folder
        self._warn = warn
        self._fallback: MemoryCache | None = None
        self._is_prepared = False
        self._is_in_use = False  # once the database was read or opened
        self._reader: Reader | None = None
        self._opened: Any = None
        self._inode: int | None = None
        self._lock = threading.RLock()  # a server calls from several threads

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries of these keys that have not expired."""

        def read(cache: Any) -> dict[str, bytes]:
            found = ((key, cache.get(key)) for key in keys)
            return {key: value for key, value in found if value is not None}

        with self._lock:
            direct = self._read_directly(lambda reader: reader.get(keys))
            if direct is not None:
                return direct | self._fallback.get(keys) if self._fallback else direct
        return self._safely(read, lambda memory: memory.get(keys))

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this ASCII text, in order."""

        def read(cache: Any) -> list[str]:
            return [key for (key,) in cache._sql(KEYS_QUERY, (prefix, prefix + LAST_CHARACTER))]

        with self._lock:
            direct = self._read_directly(lambda reader: reader.keys(prefix))
            if direct is not None:
                return sorted({*direct, *self._fallback.keys(prefix)}) if self._fallback else direct
        return self._safely(read, lambda memory: memory.keys(prefix))

    def _read_directly(self, read: Callable[[Reader], T]) -> T | None:
        """What is read without diskcache; None where that is in use, or has to repair or create the database."""
        if self._opened is not None if self._fallback is None else not self._is_in_use:
            return None
        try:
            if self._reader is None:
                self._prepare_folder()
                if not (self._folder / DATABASE).exists():
                    return None
                self._reader = Reader(self._folder / DATABASE)
            found = read(self._reader)
            self._is_in_use = True
            return found
        except (sqlite3.Error, OSError):
            self._close_reader()
            return None

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def put(
        self,
        entries: Mapping[str, bytes],
        seconds: float | None = None,
        *,
        instead_of: Iterable[str] = (),
        lasting: bool = False,
    ) -> None:
        """Store entries and delete others in one transaction; for these seconds or until they are replaced (None).

        Raises NotKept where they should be `lasting` and the database, which was in use before, cannot be written.
        """
        gone = list(instead_of)

        def write(cache: Any) -> None:
            with cache.transact():
                for key in gone:
                    cache.delete(key)
                for key, value in entries.items():
                    cache.set(key, value, expire=seconds)

        self._safely(write, lambda memory: memory.put(entries, seconds, instead_of=gone), lasting=lasting)

    def revision(self) -> object:
        """Sizes and modification times of the database files, which every write changes."""
        if self._fallback is not None:
            return self._fallback.revision()
        return _state(f"{self._folder}/{DATABASE}"), _state(f"{self._folder}/{DATABASE}-wal")

    def info(self) -> "list[CacheTier]":
        """Rows, bytes, and the times of the oldest and the newest row."""

        from factorcli.results.cache import CacheTier

        def read(cache: Any) -> "list[CacheTier]":
            ((rows, oldest, newest),) = cache._sql("SELECT COUNT(*), MIN(store_time), MAX(store_time) FROM Cache")
            size = sum(path.stat().st_size for part in DATABASE_FILES if (path := self._folder / part).exists())
            return [CacheTier("disk", str(self._folder), rows, size, _stamp(oldest), _stamp(newest))]

        return self._safely(read, lambda memory: memory.info())

    def clear(self, *, results: bool = True, prices: bool = True) -> int:
        """Delete answers (and foreign rows), prices or both; returns the number of rows.

        Raises Busy while a heatmap is being computed.
        """
        self.get([])  # determines the folder
        for path in self._folder.glob("*.lock"):
            if (holder := lock_holder(path)) is not None:
                raise Busy(f"A heatmap is being computed ({holder}); clear the cache when it is done.")

        def remove(cache: Any) -> int:
            with cache.transact():
                ((before,),) = cache._sql("SELECT COUNT(*) FROM Cache")
                cache._sql(
                    "DELETE FROM Cache WHERE CASE WHEN substr(key, 1, ?) = ? THEN ? ELSE ? END",
                    (len(PRICE_KEY_PREFIX), PRICE_KEY_PREFIX, prices, results),
                )
                ((after,),) = cache._sql("SELECT COUNT(*) FROM Cache")
            cache._sql("VACUUM")
            return int(before - after)

        return self._safely(remove, lambda memory: memory.clear(results=results, prices=prices))

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock shared by all processes that use this folder. Raises Busy, naming the holder."""
        self.get([])  # the folder exists now, or the cache has fallen back
        if self._fallback is not None:
            yield
            return
        path = self._lock_path(name)
        note = f"process {os.getpid()}, since {datetime.now(UTC):%H:%M:%S} UTC"
        try:
            held = file_lock(path, note)
        except OSError as error:
            self._warn(f"{path} cannot be locked ({error.strerror}); another run may do the same work.")
            held = nullcontext(True)
        with held as acquired:
            if not acquired:
                raise Busy(
                    f"Another run computes this heatmap ({lock_holder(path) or 'just now'}): wait for it, or watch its "
                    "status."
                )
            yield

    def holder(self, name: str) -> str | None:
        """Who holds the lock, in words, or None."""
        return lock_holder(self._lock_path(name))

    def _lock_path(self, name: str) -> Path:
        return self._folder / f"{name.replace('/', '-')}.lock"

    def _safely(self, work: Callable[[Any], T], otherwise: Callable[[MemoryCache], T], *, lasting: bool = False) -> T:
        """The result of work on the database or, where that fails, on a cache in memory, which stays in its place."""
        from diskcache import Timeout

        with self._lock:
            if self._fallback is None or (lasting and self._is_in_use):
                try:
                    return self._with_repair(work)
                except Timeout:
                    reason = "another process keeps it busy"
                except (sqlite3.Error, OSError) as error:
                    reason = getattr(error, "strerror", None) or str(error)
                if lasting and self._is_in_use:
                    raise NotKept(
                        f"The cache in {self._folder} cannot be written ({reason}): run again when it can be."
                    )
                self._fall_back(reason)
            return otherwise(self._fallback or MemoryCache())

    def _with_repair(self, work: Callable[[Any], T]) -> T:
        """Run work on the cache; if its database is corrupt, on a new one."""
        from diskcache import Timeout

        for _ in range(MAX_REPAIRS):
            try:
                return work(self._cache())
            except (Timeout, OSError):
                raise
            except sqlite3.Error as error:
                if any(text in str(error) for text in UNUSABLE_FOLDER_ERRORS):
                    raise
                self._set_aside(str(error))
            except Exception as error:  # noqa: BLE001  (a manipulated row of Settings can cause any error)
                self._set_aside(f"{type(error).__name__}: {error}")
        return work(self._cache())

    def _cache(self) -> Any:
        if self._opened is None:
            from factorcli.cache.bytes_disk import opened

            self._close_reader()
            self._prepare_folder()
            database = self._folder / DATABASE
            self._inode = database.stat().st_ino if database.exists() else None
            self._opened = opened(self._folder)
            self._inode = database.stat().st_ino
            (self._folder / MARKER_FILE).touch()
            self._is_in_use = True
        return self._opened

    def _prepare_folder(self) -> None:
        """Make the folder private, and remove once the locks that killed runs have left. As `_refuse_truncated`."""
        self._folder = private_folder(self._folder, lambda name: name.startswith(OWN_PREFIXES))
        self._refuse_truncated()
        if not self._is_prepared:
            self._is_prepared = True
            for path in self._folder.glob("*.lock"):
                remove_if_free(path)

    def _refuse_truncated(self) -> None:
        """Raise DatabaseError for an emptied database, which SQLite would open as a new one without a warning."""
        database = self._folder / DATABASE
        if (self._folder / MARKER_FILE).exists() and (not database.exists() or database.stat().st_size == 0):
            raise sqlite3.DatabaseError("the disk image is empty")

    def _set_aside(self, reason: str) -> None:
        """Rename a corrupt database, unless another process has done so. Raises OSError if that fails."""
        opened, self._opened = self._opened, None
        with suppress(Exception):  # a corrupt one may not close; Windows cannot rename an open file
            opened.close()
        suffix = f"broken-{int(time.time())}-{os.getpid()}"
        with exclusive(self._folder / "repair.guard"):
            database = self._folder / DATABASE
            there = database.stat().st_ino if database.exists() else None
            if self._inode is not None and there != self._inode:
                return
            for part in DATABASE_FILES:
                path = self._folder / part
                if path.exists():
                    path.replace(path.with_name(f"{part}.{suffix}"))
            (self._folder / MARKER_FILE).unlink(missing_ok=True)
        self._warn(f"The cache in {self._folder} was corrupt ({reason}); it was renamed and replaced by a new one.")

    def _fall_back(self, reason: str) -> None:
        self._fallback = MemoryCache()
        self._warn(f"The cache in {self._folder} cannot be used ({reason}); continuing without it.")


def _state(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  (faster; a server calls it for every request)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _stamp(seconds: float | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
