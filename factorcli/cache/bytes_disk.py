"""diskcache without pickle.

diskcache unpickles rows whose mode says so (CVE-2025-69872), so anyone who can write to the folder could
run code. Here keys are text and values are bytes; a row with any other key or value counts as missing.
"""

import sqlite3
from pathlib import Path
from typing import Any

import diskcache
from diskcache.core import MODE_RAW

from factorcli.cache.reader import stored_key


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """Stores text keys and bytes values as SQLite's own types, and reads nothing else."""

    def put(self, key: Any) -> tuple[Any, bool]:
        """A key as a column; characters that UTF-8 cannot encode are escaped."""
        if not isinstance(key, str):
            raise TypeError(f"a key is text, not {type(key).__name__}")
        return stored_key(key), True

    def get(self, key: Any, raw: bool) -> Any:
        """A key from a column; for a pickled one, a text that is never a key."""
        return key if raw and isinstance(key, str) else "(not ours)"

    def store(self, value: Any, read: bool, key: Any = diskcache.UNKNOWN) -> tuple[int, int, None, Any]:  # noqa: ARG002
        """A value as columns."""
        if not isinstance(value, bytes):
            raise TypeError(f"a value is bytes, not {type(value).__name__}")
        return 0, MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> bytes:
        """A value from columns; one in any other form counts as missing."""
        if mode != MODE_RAW or filename or read or not isinstance(value, bytes):
            raise OSError("not a value of this cache")  # diskcache then returns the default
        return bytes(value)

    def remove(self, file_path: str) -> None:
        """Does nothing: values are never files, so a path in a row is not deleted."""


def opened(folder: Path) -> Any:
    """The cache in a folder, created where there is none."""
    return diskcache.Cache(
        str(folder),
        timeout=10,
        disk=BytesDisk,
        eviction_policy="none",
        size_limit=2**40,
        disk_min_file_size=2**40,
        sqlite_auto_vacuum=0,
    )
