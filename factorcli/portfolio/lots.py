"""Contracts in which a hedge is traded: their lots, and a file of them. Standard library only.

ticker,lot,price,short
^NSEI,75,,yes
MID150BEES.NS,1,,no
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from factorcli.errors import InvalidOption, UnreadableTable
from factorcli.tables.cells import Cell, is_missing, text_of, words
from factorcli.tables.numbers import decimal_mark, number
from factorcli.tables.reader import Table, TableFile, cell_at

MAX_FILE_BYTES = 1_000_000
MAX_NUMBER = 1e12
TICKERS = ("ticker", "symbol", "instrument")
SIZES = ("lot", "lot size", "market lot", "lots")
PRICES = ("price", "close", "last price", "settlement price")
SHORTS = ("short", "can short", "shortable")
ANSWERS = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


@dataclass(frozen=True)
class Lot:
    """A contract: the units in it, its price a unit (None: the instrument's last close), whether it can be sold short.

    ticker: as written.
    """

    ticker: str
    size: float
    price: float | None = None
    short: bool = True


@dataclass(frozen=True)
class Lots:
    """The contracts of a file, or of what `name` calls them, each ticker once as it is written."""

    name: str
    lots: tuple[Lot, ...]

    @classmethod
    def load(cls, path: str | Path) -> "Lots":
        """Read a file of lots. Raises InvalidOption, naming line and value."""
        if not str(path).strip():
            raise InvalidOption("The name of the file of lots is empty; name one with a heading ticker,lot.")
        try:
            file = TableFile(Path(path), MAX_FILE_BYTES)
            file.file = Path(path).name
            table = file.find(_recognised)
            if table is None:
                first = ", ".join(cell[:40] for cell in [cell for cell in file.first_row() if cell][:6]) or "nothing"
                raise InvalidOption(
                    f"{file.file} is no file of lots: its heading must have ticker and lot, not {first}."
                )
            lots = tuple(_lots(table))
        except UnreadableTable as error:
            raise InvalidOption(f"{error}") from None
        return cls._of(lots, Path(path).name)

    @classmethod
    def of(cls, sizes: Mapping[str, float] | Iterable[Lot], name: str = "lots") -> "Lots":
        """The contracts of tickers with these lot sizes, or these contracts. Raises InvalidOption."""
        if not isinstance(sizes, Mapping):
            return cls._of(tuple(sizes), name)
        return cls._of(tuple(Lot(ticker, _size(size, f"{name}: {ticker}")) for ticker, size in sizes.items()), name)

    @classmethod
    def _of(cls, lots: tuple[Lot, ...], name: str) -> "Lots":
        if not lots:
            raise InvalidOption(f"{name} has no lots: give each instrument a line with its ticker and lot.")
        for lot in lots:
            _size(lot.size, f"{name}: {lot.ticker}")
            if lot.price is not None:
                _positive(lot.price, f"{name}: {lot.ticker}", "price", "24500")
        return cls(name, lots)


@dataclass(frozen=True)
class _Columns:
    ticker: int
    size: int
    price: int | None
    short: int | None


def _recognised(head: Sequence[Sequence[str]]) -> _Columns | None:
    plain = [words(cell) for cell in head[0]]
    places = [next((plain.index(name) for name in names if name in plain), None) for names in (TICKERS, SIZES)]
    price, short = (next((plain.index(name) for name in names if name in plain), None) for names in (PRICES, SHORTS))
    ticker, size = places
    return None if ticker is None or size is None else _Columns(ticker, size, price, short)


def _lots(table: Table[_Columns]) -> Iterable[Lot]:
    columns, rows = table.meaning, list(table.rows)
    numbers = [[cell_at(cells, place) for _, cells in rows] for place in (columns.size, columns.price)]
    mark = decimal_mark(numbers, table.separator) or "."
    for line, cells in rows:
        where = f"{table.file}, line {line}"
        ticker = text_of(cell_at(cells, columns.ticker))
        if not ticker:
            raise InvalidOption(f"{where} has no ticker: name the instrument, or remove the line.")
        price = cell_at(cells, columns.price)
        yield Lot(
            ticker,
            _size(_number(cell_at(cells, columns.size), mark), where, cell_at(cells, columns.size)),
            None if is_missing(price) else _positive(_number(price, mark), where, "price", "24500", price),
            _yes(cell_at(cells, columns.short), where),
        )


def _number(cell: Cell, mark: str) -> float:
    value = number(cell, mark)
    return math.nan if value is None or "%" in str(cell) else value


def _size(value: float, where: str, cell: Cell | None = None) -> float:
    return _positive(value, where, "lot", "75", cell)


def _positive(value: float, where: str, what: str, example: str, cell: Cell | None = None) -> float:
    """The value. Raises InvalidOption where it is not a positive number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < MAX_NUMBER:
        given = repr(value) if cell is None else repr(text_of(cell)[:40])
        raise InvalidOption(f"{where}: {given} is not a {what}: write a number above 0, such as {example}.")
    return float(value)


def _yes(cell: Cell, where: str) -> bool:
    """Whether it can be sold short; empty means that it can."""
    if is_missing(cell):
        return True
    answer = ANSWERS.get(text_of(cell).lower())
    if answer is None:
        raise InvalidOption(f"{where}: short is {text_of(cell)[:40]!r}, but must be yes or no.")
    return answer
