"""Results of the universe commands."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StockInfo:
    """A stock of the universe.

    certain: of the members on a past day, whether a list of that day, or both lists around it, have it; else None.

    Examples:
        >>> from factorcli import Factor
        >>> Factor(source="demo").search("TCS")[0].sector
        'Information Technology'
    """

    ticker: str
    name: str
    sector: str
    isin: str
    # Not in repr, of which the universe's digest is made.
    certain: bool | None = field(default=None, repr=False, metadata={"omit_none": True})
