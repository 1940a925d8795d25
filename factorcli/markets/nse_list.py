"""Lists of stocks: NSE's index lists and its list of all stocks, and the universe's own form."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from factorcli.errors import MalformedUniverse, SourceNotFound, UnreadableTable
from factorcli.markets.market import INDIA, ISIN, Market
from factorcli.markets.sectors import NO_SECTOR, has_too_many_sectors, is_company
from factorcli.results.universe import StockInfo as Stock
from factorcli.tables.cells import Cell, is_missing, text_of, words
from factorcli.tables.numbers import number
from factorcli.tables.reader import Table, TableFile, cell_at

KEPT_SERIES = ("EQ", "BE")
MAX_FILE_BYTES = 20_000_000
SYMBOLS = ("symbol", "ticker", "nse symbol", "trading symbol")
NAMES = ("company name", "name of company", "name", "company", "security name")
SECTORS = ("industry", "sector", "sector name", "industry name")
ISINS = ("isin code", "isin number", "isin no", "isin")
SYMBOL = re.compile(r"\^?[^\W_][\w.&=^:/$ -]*")


@dataclass(frozen=True)
class _Columns:
    """Positions of the columns; None for those that a list may lack."""

    symbol: int
    name: int
    sector: int | None
    isin: int | None
    series: int | None


def read_stock_list(
    path: Path, known: Iterable[Stock] = (), market: Market = INDIA
) -> tuple[list[Stock], dict[str, str]]:
    """Stocks of a list, and the dropped symbols with the reason.

    known: stocks whose sectors are taken, by ISIN, for a list without sectors, such as NSE's of all stocks; and are
    sectors, however many a list has. Raises SourceNotFound, or MalformedUniverse, naming row and column.
    """
    if not path.exists():
        raise SourceNotFound(f"There is no file {path}; check the path.")
    try:
        file = TableFile(path, MAX_FILE_BYTES)
        file.file = path.name
        table = file.find(lambda head: _columns(head[0]))
        if table is None:
            has = ", ".join(cell[:40] for cell in file.first_row()[:6] if cell) or "nothing"
            raise MalformedUniverse(
                f"{path.name} is not a list of stocks: it needs the columns Symbol, Company Name, and Industry or ISIN "
                f"Code, and its first line has {has}. Download ind_nifty500list.csv from niftyindices.com, and give it "
                "as it is."
            )
        return _stocks(table, {stock.isin: stock.sector for stock in known}, market)
    except UnreadableTable as error:
        raise MalformedUniverse(str(error)) from None


def is_stock_list(heading: Sequence[str]) -> bool:
    """Whether a heading is that of a list of stocks."""
    return _columns(heading) is not None


def columns_in_use(heading: Sequence[str]) -> tuple[str, ...]:
    """The headings that are read of a list of stocks."""
    if (found := _columns(heading)) is None:
        return ()
    places = (found.symbol, found.name, found.sector, found.isin, found.series)
    return tuple(heading[place] for place in places if place is not None)


def _columns(heading: Sequence[str]) -> _Columns | None:
    plain = [words(cell) for cell in heading]

    def place(names: Sequence[str]) -> int | None:
        return next((plain.index(name) for name in names if name in plain), None)

    symbol, name, sector, isin = (place(names) for names in (SYMBOLS, NAMES, SECTORS, ISINS))
    if symbol is None or name is None or (sector is None and isin is None):
        return None
    return _Columns(symbol, name, sector, isin, place(("series",)))


def _stocks(table: Table[_Columns], sectors: Mapping[str, str], market: Market) -> tuple[list[Stock], dict[str, str]]:
    columns = table.meaning
    stocks: list[Stock] = []
    dropped: dict[str, str] = {}
    for line, cells in table.rows:
        symbol = text_of(cell_at(cells, columns.symbol)).upper()
        series = text_of(cell_at(cells, columns.series)).upper() or "EQ"
        if not SYMBOL.fullmatch(symbol):
            place = f"{table.file}, row {line}, column {table.heading[columns.symbol]}"
            raise MalformedUniverse(
                f"{place}: {symbol[:60]!r} is not a symbol: write it as NSE does, such as M&M."
                if symbol
                else f"{place}: empty; every row needs one."
            )
        if symbol.startswith("DUMMY"):
            dropped[symbol] = "a dummy row that NSE keeps during a demerger"
        elif series not in KEPT_SERIES:
            dropped[symbol] = f"series {series} is not {' or '.join(KEPT_SERIES)}"
        else:
            isin = _isin(cell_at(cells, columns.isin), f"{table.file}, row {line}", table, columns.isin)
            sector = sectors.get(isin, NO_SECTOR) if isin else NO_SECTOR
            if columns.sector is not None:
                sector = _sector(cell_at(cells, columns.sector), f"{table.file}, row {line}", table, columns.sector)
            name = " ".join(text_of(cell_at(cells, columns.name)).split())
            stocks.append(Stock(_ticker(symbol, market), name, sector, isin))
    if not stocks:
        raise MalformedUniverse(f"{table.file} lists no stocks.")
    refuse_duplicates(stocks, table.file)
    if columns.sector is not None and has_too_many_sectors(stocks, sectors.values()):
        count, heading = len({stock.sector for stock in stocks}), table.heading[columns.sector]
        raise MalformedUniverse(
            f"{table.file}, column {heading}: {len(stocks)} stocks have {count} different sectors, such as "
            f"{stocks[0].sector!r}, so these are no sectors: name the column of sectors Industry, or leave it out."
        )
    return stocks, dropped


def _ticker(symbol: str, market: Market) -> str:
    """The symbol with the market's suffix, unless it has one or the market has none."""
    return symbol if not market.suffixes or symbol.endswith(market.suffixes) else symbol + market.suffixes[0]


def refuse_duplicates(stocks: Iterable[Stock], name: str) -> None:
    """Raise MalformedUniverse where two stocks share a ticker or an ISIN."""
    seen: dict[str, Stock] = {}
    for stock in stocks:
        for key in (stock.ticker, stock.isin):
            if key and key in seen:
                raise MalformedUniverse(
                    f"{name} lists {key} twice ({seen[key].name}; {stock.name}): remove one of them."
                )
            seen[key] = stock


def _isin(cell: Cell, place: str, table: Table[_Columns], column: int | None) -> str:
    """An ISIN, empty where there is none. Raises MalformedUniverse for another text."""
    isin = text_of(cell).upper()
    if column is None or is_missing(cell):
        return ""
    if not ISIN.fullmatch(isin):
        raise MalformedUniverse(
            f"{place}, column {table.heading[column]}: {isin[:60]!r} is not an ISIN, such as INE467B01029: correct it, "
            "or leave the cell empty."
        )
    return isin


def _sector(cell: Cell, place: str, table: Table[_Columns], column: int) -> str:
    """A sector. Raises MalformedUniverse for a number, an ISIN or a company's name."""
    text = text_of(cell)
    if is_company(text):
        heading = table.heading[column]
        raise MalformedUniverse(
            f"{place}, column {heading}: {text[:60]!r} is a company and not a sector: are the columns of names and "
            "sectors swapped? Correct the headings."
        )
    if number(cell) is not None or ISIN.fullmatch(text.upper()):
        raise MalformedUniverse(
            f"{place}, column {table.heading[column]}: {text!r} is not a sector: name the column of sectors Industry, "
            "or leave it out."
        )
    return text
