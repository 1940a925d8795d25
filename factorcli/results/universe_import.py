"""Results of `universe import`."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class UniverseImport:
    """An imported list: its file, the number of stocks, the dropped symbols with the reason, and its day, if any."""

    path: str
    stocks: int
    dropped: dict[str, str]
    as_of: date | None = field(default=None, metadata={"omit_none": True})
