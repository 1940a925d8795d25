"""The cache that forgets: for --no-cache, and where the disk cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factorcli.results.cache import CacheTier


PRICES = "prices/"  # what the keys of a price store begin with
MOST_PASSING = 1000


class MemoryCache:
    """Implements `ports.ResultCache` for the length of a run."""

    name = "memory"

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}
        self._passing: dict[str, None] = {}  # keys of those that are not for ever, the oldest first
        self._writes = 0

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is kept under these keys."""
        return {key: self._entries[key] for key in keys if key in self._entries}

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:
        """Keep entries; of those that are not for ever, the last thousand."""
        self._entries.update(entries)
        self._writes += 1
        if seconds is not None:
            self._passing.update(dict.fromkeys(entries))
            for key in list(self._passing)[:-MOST_PASSING]:
                del self._passing[key], self._entries[key]

    def revision(self) -> object:
        """How often something was written."""
        return self._writes

    def info(self) -> "list[CacheTier]":
        """Nothing that lasts."""
        return []

    def clear(self, *, results: bool = True, prices: bool = True) -> int:
        """Forget answers, prices or both; returns how many entries that were."""
        gone = [key for key in self._entries if (prices if key.startswith(PRICES) else results)]
        for key in gone:
            del self._entries[key]
            self._passing.pop(key, None)
        self._writes += 1
        return len(gone)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:  # noqa: ARG002
        """Nobody else can be at work here."""
        yield

    def holder(self, name: str) -> str | None:  # noqa: ARG002
        """Nobody."""
        return None
