"""What the commands on the universe answer with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StockInfo:
    """A stock of the universe.

    Examples:
        >>> from factorcli import Factor
        >>> Factor(source="demo").search("TCS")[0].sector
        'Information Technology'
    """

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
