"""What a tier of the cache holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CacheTier:
    """What a tier of the cache holds; times are UTC, ISO; None where there is nothing, or it cannot be read."""

    tier: str
    location: str
    rows: int | None
    bytes: int | None
    oldest: str | None
    newest: str | None
    can_read: bool = True
    can_write: bool = True
