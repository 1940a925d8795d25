"""The cache that forgets: for --no-cache, and where the disk cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from factorcli.results import CacheTier

PRICES = "prices/"  # what the keys of a price store begin with


class MemoryCache:
    """Implements `ports.ResultCache` for the length of a run."""

    name = "memory"

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is kept under these keys."""
        return {key: self._entries[key] for key in keys if key in self._entries}

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:  # noqa: ARG002
        """Keep entries."""
        self._entries.update(entries)

    def info(self) -> list[CacheTier]:
        """Nothing that lasts."""
        return []

    def clear(self, *, results: bool = True, prices: bool = True) -> int:
        """Forget answers, prices or both; returns how many entries that were."""
        gone = [key for key in self._entries if (prices if key.startswith(PRICES) else results)]
        for key in gone:
            del self._entries[key]
        return len(gone)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:  # noqa: ARG002
        """Nobody else can be at work here."""
        yield

    def holder(self, name: str) -> str | None:  # noqa: ARG002
        """Nobody."""
        return None
