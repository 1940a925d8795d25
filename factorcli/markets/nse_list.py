"""NSE's published lists of index constituents."""

import csv
import io

from factorcli.errors import MalformedUniverse
from factorcli.markets.market import INDIA, Market
from factorcli.markets.universe import refuse_duplicates
from factorcli.results.universe import StockInfo as Stock

KEPT_SERIES = ("EQ", "BE")


def parse_nse_list(text: str, name: str, market: Market = INDIA) -> tuple[list[Stock], dict[str, str]]:
    """Stocks of an NSE index list, and the dropped symbols with the reason.

    Tolerates a first column without a name. Raises MalformedUniverse, naming row and column.
    """
    table = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    heading = [cell.strip().lower() for cell in table[0]] if table else []
    wanted = {"symbol": "Symbol", "company name": "Company Name", "industry": "Industry"}
    for key, column in wanted.items():
        if key not in heading:
            raise MalformedUniverse(
                f"{name} is not an NSE index list: it has no column {column!r}. Download "
                "ind_nifty500list.csv from niftyindices.com and give it as it is."
            )
    stocks: list[Stock] = []
    dropped: dict[str, str] = {}
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(heading, (cell.strip() for cell in cells), strict=False))
        symbol = row.get("symbol", "").upper()
        series = row.get("series", "EQ").upper()
        if not symbol:
            raise MalformedUniverse(f"{name}, row {number}, column Symbol: empty; every row needs one.")
        if symbol.startswith("DUMMY"):
            dropped[symbol] = "a dummy row that NSE keeps during a demerger"
        elif series not in KEPT_SERIES:
            dropped[symbol] = f"series {series} is not {' or '.join(KEPT_SERIES)}"
        else:
            isin = row.get("isin code", "")
            stocks.append(Stock(f"{symbol}{market.suffixes[0]}", row["company name"], row["industry"], isin))
    if not stocks:
        raise MalformedUniverse(f"{name} lists no stocks.")
    refuse_duplicates(stocks, name)
    return stocks, dropped
