"""A cache in memory: for runs without a cache on disk, and where the disk cannot be used."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factorcli.results.cache import CacheTier


PRICE_KEY_PREFIX = "prices/"  # of the price store's keys
MAX_EXPIRING_ENTRIES = 1000


class MemoryCache:
    """Implements `ports.ResultCache` for the length of a run."""

    name = "memory"

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}
        self._expiring: dict[str, None] = {}  # keys of the entries with an expiry, oldest first
        self._writes = 0

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries of these keys."""
        return {key: self._entries[key] for key in keys if key in self._entries}

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this text, in order."""
        return sorted(key for key in self._entries if key.startswith(prefix))

    def put(
        self,
        entries: Mapping[str, bytes],
        seconds: float | None = None,
        *,
        instead_of: Iterable[str] = (),
        lasting: bool = False,  # noqa: ARG002  (as long as the run)
    ) -> None:
        """Store entries, and delete others; of those with an expiry, the last MAX_EXPIRING_ENTRIES are kept."""
        for key in instead_of:
            self._entries.pop(key, None)
        self._entries.update(entries)
        self._writes += 1
        if seconds is not None:
            self._expiring.update(dict.fromkeys(entries))
            for key in list(self._expiring)[:-MAX_EXPIRING_ENTRIES]:
                del self._expiring[key], self._entries[key]

    def revision(self) -> object:
        """The number of writes."""
        return self._writes

    def info(self) -> "list[CacheTier]":
        """No tiers, as nothing is persistent."""
        return []

    def clear(self, *, results: bool = True, prices: bool = True) -> int:
        """Delete answers, prices or both; returns the number of entries."""
        removed = [key for key in self._entries if (prices if key.startswith(PRICE_KEY_PREFIX) else results)]
        for key in removed:
            del self._entries[key]
            self._expiring.pop(key, None)
        self._writes += 1
        return len(removed)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:  # noqa: ARG002
        """Does nothing, as no other process uses this cache."""
        yield

    def holder(self, name: str) -> str | None:  # noqa: ARG002
        """None, as no other process uses this cache."""
        return None
