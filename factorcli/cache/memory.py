"""The cache that forgets: for --no-cache, and where the disk cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from factorcli.results import CacheTier


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

    def clear(self) -> int:
        """Forget everything; returns how many entries that were."""
        count = len(self._entries)
        self._entries.clear()
        return count

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:  # noqa: ARG002
        """Nobody else can be at work here."""
        yield

    def holder(self, name: str) -> str | None:  # noqa: ARG002
        """Nobody."""
        return None
