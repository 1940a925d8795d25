"""Results of `universe import`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UniverseImport:
    """An imported universe: its file, the number of stocks, and the dropped symbols with the reason."""

    path: str
    stocks: int
    dropped: dict[str, str]
