"""Results of the universe commands."""

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
