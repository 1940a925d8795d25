"""The sectors of a list of stocks, and whether they are sectors and not names. Standard library only."""

import re
from collections.abc import Iterable, Sequence

from factorcli.results.universe import StockInfo as Stock

NO_SECTOR = "Unclassified"  # of a stock that neither a list nor the shipped universe puts in one
MIN_JUDGED = 10  # stocks of a list, to tell from their number whether its sectors are sectors


def is_company(sector: str) -> bool:
    """Whether what should be a sector is a company's name, by its legal form."""
    return re.search(r"\b(?:ltd|limited|plc|inc)\b\.?\s*$", sector, re.IGNORECASE) is not None


def has_too_many_sectors(stocks: Sequence[Stock], known: Iterable[str] = ()) -> bool:
    """Whether more than half of at least MIN_JUDGED stocks have a sector of their own that is not known as one."""
    sectors = {stock.sector for stock in stocks}
    return len(stocks) >= MIN_JUDGED and len(sectors) > len(stocks) / 2 and len(sectors - {*known}) > len(sectors) / 2
