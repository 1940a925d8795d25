"""What the commands on the universe answer with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StockInfo:
    """A stock of the universe."""

    ticker: str
    name: str
    sector: str
    isin: str


@dataclass(frozen=True)
class UniverseImport:
    """What `universe import` wrote, and what it left out and why."""

    path: str
    stocks: int
    dropped: dict[str, str]
