"""A line of a file of holdings."""

import math
from dataclasses import dataclass

CASH = "CASH"


@dataclass(frozen=True)
class Row:
    """A line of the file: a ticker as written, and its weight (a fraction) or number of shares.

    isin, name, currency (ISO 4217) and value (NaN where unknown): as the file says them, too. by_name: the ticker is
    a company's name, as there is neither symbol nor ISIN.
    """

    ticker: str
    amount: float
    line: int
    isin: str = ""
    name: str = ""
    currency: str = ""
    value: float = math.nan
    by_name: bool = False
