"""A file of daily factor returns, as Kenneth French's library and IIM Ahmedabad publish them.

Lines before the heading, and a table of annual returns below the daily ones, are left alone; −99.99 and −999 stand for
a missing return. The file is in per cent where a heading or a cell says so, where a return is above 1 in size, or where
the median return of some column is above 5 %, which no day's is; else in fractions.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

from factorcli.errors import InvalidModel, UnreadableTable
from factorcli.tables.cells import Cell, Column, shown, text_of, words
from factorcli.tables.dates import is_date, read_days
from factorcli.tables.numbers import decimal_mark, number, read_numbers
from factorcli.tables.reader import Table, TableFile, cell_at

MAX_FILE_BYTES = 50_000_000
MAX_LISTED = 10  # headings in a message
MISSING_BELOW = -99.0  # −99.99 and −999
MEDIAN_OF_PER_CENT = 0.05
# Headings of published factor returns, beside which a column RF is a return, too, and no annual rate.
FACTOR_WORDS = frozenset(("mkt rf", "rm rf", "mktrf", "smb", "hml", "wml", "mf", "mom", "umd", "rmw", "cma"))
DIGITS = re.compile(r"(?:19|20)\d{6}", re.ASCII)
PERIOD = re.compile(r"\d{4}(-?\d\d)?", re.ASCII)  # a year or a month, of a table below the daily one


@dataclass(frozen=True)
class DailyReturns:
    """Returns by day, ascending, as fractions; NaN where missing. columns: by heading."""

    dates: tuple[date, ...]
    columns: dict[str, tuple[float, ...]]

    def column(self, wanted: str, file: str) -> tuple[float, ...]:
        """The returns under a heading. Raises InvalidModel, naming the headings."""
        found = [name for name in self.columns if name.casefold() == wanted.casefold()]
        found = found or [name for name in self.columns if words(name) == words(wanted)]
        if len(found) != 1:
            raise InvalidModel(f"{file} has no column {wanted!r}, or several; its columns are {listed(self.columns)}.")
        return self.columns[found[0]]


def listed(headings: Iterable[str]) -> str:
    """Headings for a message, each truncated, and the first ones only."""
    names = [shown(name)[1:-1] for name in headings if name]
    return ", ".join(names[:MAX_LISTED]) + (f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else "")


def is_published(heading: Sequence[str]) -> bool:
    """Whether a heading is that of published factor returns."""
    return any(words(cell) in FACTOR_WORDS for cell in heading)


def read_returns(path: Path) -> DailyReturns:
    """The daily returns of a file. Raises InvalidModel, naming file, row and column."""
    try:
        table = TableFile(path, MAX_FILE_BYTES).find(_heading)
        if table is None:
            raise InvalidModel(
                f"{path} holds no daily returns: it needs a heading of factors above rows of a day, as 20240102 or "
                "2024-01-02, and a return for each."
            )
        return _read(table)
    except UnreadableTable as error:
        raise InvalidModel(str(error)) from None


def _heading(head: Sequence[Sequence[str]]) -> int | None:
    """The position of the dates where this row is a heading above a row of a date and numbers."""
    first, below = head[0], head[1] if head[1:] else ()
    place = next((i for i, cell in enumerate(below) if is_date(cell)), None)
    if place is None or len(first) < max(2, place + 1) or is_date(first[place]):
        return None
    named = [i for i, cell in enumerate(first) if i != place and cell]
    numeric = [i for i in named if number(cell_at(below, i)) is not None or i < len(below)]
    return place if named and numeric else None


def _read(table: Table[int]) -> DailyReturns:
    rows = list(_daily(table))
    lines = [line for line, _ in rows]
    days = _days(table, lines, [cell_at(cells, table.meaning) for _, cells in rows])
    places = [i for i, cell in enumerate(table.heading) if i != table.meaning and cell]
    read = {}
    for place in places:
        column = Column(table.file, table.heading[place], lines, [cell_at(cells, place) for _, cells in rows])
        read[table.heading[place]] = _numbers(column, table.separator)
    scale = 0.01 if _in_per_cent(read) else 1.0
    order = sorted((day, i) for i, day in enumerate(days) if day is not None)
    dates = tuple(day for day, _ in order)
    if twice := next((day for day, later in pairwise(dates) if day == later), None):
        raise InvalidModel(f"{table.file} has {twice} twice; remove one of the rows.")
    columns = {
        heading: tuple(_return(values[i], 1.0 if i in percent else scale) for _, i in order)
        for heading, (values, percent) in read.items()
    }
    return DailyReturns(dates, columns)


def _daily(table: Table[int]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The rows of days, up to a table of months or years below them."""
    place = table.meaning
    for line, cells in table.rows:
        cell = cell_at(cells, place)
        if (isinstance(cell, str) and DIGITS.fullmatch(cell)) or is_date(cell):
            yield line, cells
        elif PERIOD.fullmatch(text_of(cell)):
            return


def _days(table: Table[int], lines: Sequence[int], cells: Sequence[Cell]) -> Sequence[date | None]:
    """The days of the rows; a library of a hundred years is written as 20240102, which needs no decision."""
    if all(isinstance(cell, str) and DIGITS.fullmatch(cell) for cell in cells):
        try:
            return [date(int(text[:4]), int(text[4:6]), int(text[6:])) for text in map(str, cells)]
        except ValueError:
            pass  # the reader of dates names the cell
    return read_days(Column(table.file, table.heading[table.meaning] or "1", lines, cells)).days


def _numbers(column: Column, separator: str) -> tuple[list[float], frozenset[int]]:
    """The values of a column and the positions of percent signs; plain numbers need no decision about their marks."""
    try:
        values = [float(cell) for cell in column.cells]  # type: ignore[arg-type]
        if all(map(math.isfinite, values)):
            return values, frozenset()
    except (TypeError, ValueError):
        pass
    numbers = read_numbers(column, decimal_mark([column.cells], separator))
    return numbers.values, numbers.percent


def _return(value: float, scale: float) -> float:
    return math.nan if value <= MISSING_BELOW else value * scale


def _in_per_cent(read: dict[str, tuple[list[float], frozenset[int]]]) -> bool:
    if any(
        percent or re.search(r"%|\bpct\b|per ?cent", heading, re.IGNORECASE) for heading, (_, percent) in read.items()
    ):
        return True
    for values, _ in read.values():
        sizes = [abs(value) for value in values if value > MISSING_BELOW]  # NaN is not above it
        if sizes and (max(sizes) > 1.0 or median(sizes) > MEDIAN_OF_PER_CENT):
            return True
    return False
