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


@dataclass(frozen=True)
class MemberInfo(StockInfo):
    """A stock of the universe on a past day; certain: whether a list of that day, or both lists around it, have it."""

    certain: bool
