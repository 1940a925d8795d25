"""Contents of the tiers of the cache."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CacheTier:
    """Contents of one tier of the cache; times are UTC, ISO; None where it is empty or unreadable."""

    tier: str
    location: str
    rows: int | None
    bytes: int | None
    oldest: str | None
    newest: str | None
    can_read: bool = True
    can_write: bool = True
