"""Reads from the local cache's database alone: to load diskcache and open the cache with it takes longer than to read.

It writes nothing, and reads what diskcache would, by the same rules as `disk.BytesDisk`: text keys and bytes values.
"""

import sqlite3
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

RAW = 1  # diskcache's mode of a value that is stored as it is
BUSY_TIMEOUT_SECONDS = 10.0
MAPPED_BYTES = 2**26  # of the file, as diskcache does; a large block is then not copied page by page
QUERY = """
    SELECT value FROM Cache WHERE key = ? AND raw = 1 AND mode = ? AND filename IS NULL
    AND typeof(value) = 'blob' AND (expire_time IS NULL OR expire_time > ?)
"""
KEYS_QUERY = "SELECT key FROM Cache WHERE key >= ? AND key < ? AND typeof(key) = 'text' ORDER BY key"
LAST_CHARACTER = "\x7f"  # after every other one of ASCII


class Reader:
    """An open database. Raises sqlite3.Error where it is not one of a cache."""

    def __init__(self, database: Path) -> None:
        self._handle = sqlite3.connect(
            f"{database.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        self._handle.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        self.close = weakref.finalize(self, self._handle.close)

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries of these keys that have not expired, all of one moment."""
        now, found = time.time(), {}
        self._handle.execute("BEGIN")
        try:
            for key in keys:
                row = self._handle.execute(QUERY, (stored_key(key), RAW, now)).fetchone()
                if row is not None:
                    found[key] = bytes(row[0])
        finally:
            self._handle.execute("ROLLBACK")
        return found

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this ASCII text, in order."""
        return [key for (key,) in self._handle.execute(KEYS_QUERY, (prefix, prefix + LAST_CHARACTER))]


def stored_key(key: str) -> str:
    """A key as it is stored: characters that UTF-8 cannot encode are escaped."""
    return key.encode(errors="backslashreplace").decode()
