"""A file of dated annual rates: which column is the rate, and whether it is in per cent.

In per cent where a cell or a heading says so, where the file is FRED's (`observation_date` or `DATE`, and a series) or
an index with open and close, or where a value is above 1; else in fractions. Empty cells and `.` are holes, in which
the last rate holds. Beside factor returns, as Kenneth French publishes it, a column RF is the return of a day.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from factorcli.errors import InvalidModel, UnreadableTable
from factorcli.model.return_file import is_published, listed, read_returns
from factorcli.tables.cells import Cell, Column, is_missing, text_of, words
from factorcli.tables.dates import is_date, read_days
from factorcli.tables.numbers import Numbers, decimal_mark, number, read_numbers
from factorcli.tables.reader import Table, TableFile, cell_at

MAX_FILE_BYTES = 20_000_000
DAYS = 252  # of a year, for the limit of a day's return
RATES = ("rate", "annual rate", "risk free rate", "risk free", "rf", "yield", "interest rate")
CLOSES = ("adj close", "close", "price", "last")
GENERIC = (*RATES, *CLOSES, "value", "percent")
PER_CENT = re.compile(r"%|\bpct\b|per ?cent|percent", re.IGNORECASE)


@dataclass(frozen=True)
class DatedRates:
    """Rates by day, ascending, as fractions; per_day: returns of a day and not annual rates."""

    dates: tuple[date, ...]
    rates: tuple[float, ...]
    per_day: bool


@dataclass(frozen=True)
class _Heading:
    """The columns of a table of rates: that of dates, and those that may be rates; has_data: without headings."""

    date: int
    others: tuple[int, ...]
    has_data: bool


def read_rates(path: Path, column: str | None, max_rate: float) -> DatedRates:
    """The rates of a file, of the column with this heading if it is named; max_rate: a fraction a year.

    Raises InvalidModel, naming row and column.
    """
    try:
        file = TableFile(path, MAX_FILE_BYTES)
        table = file.find(_heading)
        if table is None:
            has = listed(file.first_row()) or "nothing"
            raise InvalidModel(
                f"{path} holds no rates: it needs the columns date and rate, and its first line has {has}."
            )
        if is_published(table.heading):
            return _published(path, column or "RF", max_rate)
        return _read(table, column, max_rate)
    except UnreadableTable as error:
        raise InvalidModel(f"{error} A file of rates has the columns date and rate.") from None


def is_rates(head: Sequence[Sequence[str]]) -> bool:
    """Whether a row is a heading that says itself that rates are below it."""
    found = _heading(head)
    if found is None or found.has_data:
        return False
    named = any(words(head[0][i]) in RATES for i in found.others)
    return named or (len(found.others) == 1 and _is_of_fred(head[0], found.date, found.others[0]))


def _heading(head: Sequence[Sequence[str]]) -> _Heading | None:
    """A row of headings above a row with a date, or a row of a date and a number in a file without headings."""
    first = head[0]
    if len(first) == 2 and is_date(first[0]) and number(first[1]) is not None:
        return _Heading(0, (1,), has_data=True)
    if any(is_date(cell) for cell in first[:1]):
        return None
    places = [i for i, cell in enumerate(head[1] if head[1:] else ()) if is_date(cell)]
    if not places or len(first) < 2 or len(first) <= places[0]:
        return None
    named = [i for i in places if i < len(first)]
    named = [i for i in named if "date" in words(first[i]) or words(first[i]) in ("", "day", "time", "month", "period")]
    day = (named or places)[0]
    others = tuple(i for i, cell in enumerate(first) if i != day and cell)
    return _Heading(day, others, has_data=False) if others else None


def _read(table: Table[_Heading], wanted: str | None, max_rate: float) -> DatedRates:
    rows = [(table.line, list(table.heading))] if table.meaning.has_data else []
    rows = [*rows, *((line, list(cells)) for line, cells in table.rows)]  # type: ignore[list-item]
    dated = list(_dated(rows, table.meaning.date))
    place = _rate_column(table, dated, wanted)
    lines = [line for line, _ in dated]
    name = "date" if table.meaning.has_data else table.heading[table.meaning.date] or "1"
    days = read_days(Column(table.file, name, lines, [cell_at(cells, table.meaning.date) for _, cells in dated])).days
    cells = [cell_at(cells, place) for _, cells in dated]
    column = Column(table.file, "rate" if table.meaning.has_data else table.heading[place], lines, cells)
    numbers = read_numbers(column, decimal_mark([cells], table.separator))
    scale = 0.01 if _in_per_cent(table, place, numbers) else 1.0
    found: dict[date, float] = {}
    for i, (day, value) in enumerate(zip(days, numbers.values, strict=True)):
        if day is None or math.isnan(value):
            continue
        rate = value if i in numbers.percent else value * scale
        if not abs(rate) <= max_rate:
            raise InvalidModel(
                f"{column.at(i)}: {text_of(cells[i])} is read as {rate:.4g}, and no rate is above {max_rate:.2%}; "
                "write fractions (0.065), or per cent signs (6.5%)."
            )
        if found.setdefault(day, rate) != rate:
            raise InvalidModel(f"{column.at(i)}: {day} has two rates; keep one.")
    if not found:
        raise InvalidModel(f"{table.file} holds no rates: it needs the columns date and rate.")
    ordered = sorted(found)
    return DatedRates(tuple(ordered), tuple(found[day] for day in ordered), per_day=False)


def _published(path: Path, column: str, max_rate: float) -> DatedRates:
    """The risk-free return of each day in a file of factor returns."""
    returns = read_returns(path)
    pairs = zip(returns.dates, returns.column(column, str(path)), strict=True)
    kept = [(day, value) for day, value in pairs if not math.isnan(value)]
    for day, value in kept:
        if not abs(value) <= max_rate / DAYS:
            raise InvalidModel(
                f"{path}, column {column}, {day}: the return of a day is read as {value:.4g}, which is above "
                f"{max_rate:.0%} a year; is it an annual rate?"
            )
    if not kept:
        raise InvalidModel(f"{path} has no return in the column {column}.")
    return DatedRates(tuple(day for day, _ in kept), tuple(value for _, value in kept), per_day=True)


def _dated(rows: Sequence[tuple[int, list[str]]], place: int) -> Iterator[tuple[int, list[str]]]:
    """The rows with a date, and those without one that have a number, whose date is then refused."""
    for line, cells in rows:
        cell = cell_at(cells, place)
        if is_date(cell) or (not is_missing(cell) and any(map(_is_number, cells))):
            yield line, cells


def _rate_column(table: Table[_Heading], rows: Sequence[tuple[int, list[str]]], wanted: str | None) -> int:
    """The position of the column of rates: the one that is named, the only one, or the one whose heading says so."""
    heading, others = table.heading, table.meaning.others
    if wanted is not None:
        named = [i for i in others if heading[i].casefold() == wanted.casefold()]
        named = named or [i for i in others if words(heading[i]) == words(wanted)]
        if len(named) == 1:
            return named[0]
        has = listed(heading[i] for i in others)
        raise InvalidModel(f"{table.file} has no column {wanted[:40]!r}, or more than one; its columns are {has}.")
    numeric = [i for i in others if any(_is_number(cell_at(cells, i)) for _, cells in rows[:200])]
    if len(others) == 1 or len(numeric) == 1:
        return others[0] if len(others) == 1 else numeric[0]
    for name in (*RATES, *CLOSES):
        if len(found := [i for i in numeric if words(heading[i]) == name]) == 1:
            return found[0]
    has = listed(heading[i] for i in others)
    what = "more than one column that may be a rate" if numeric else "no column of numbers"
    example = f"{Path(table.file).name}#{heading[(numeric or others)[-1]][:40]}"
    raise InvalidModel(f"{table.file} has {what} ({has}): name one, as in {example}.")


def _is_number(cell: Cell) -> bool:
    return number(cell) is not None or number(cell, ",") is not None


def _in_per_cent(table: Table[_Heading], place: int, numbers: Numbers) -> bool:
    """Whether the numbers without a percent sign are per cent."""
    if table.meaning.has_data:
        return bool(numbers.percent) or any(abs(value) > 1 for value in numbers.values if not math.isnan(value))
    heading, plain = table.heading, {words(cell) for cell in table.heading}
    of_fred = _is_of_fred(heading, table.meaning.date, place)
    is_index = "open" in plain and bool(plain & {"close", "price", "adj close"})
    says = bool(numbers.percent) or PER_CENT.search(heading[place]) is not None
    return says or of_fred or is_index or any(abs(value) > 1 for value in numbers.values)


def _is_of_fred(heading: Sequence[str], day: int, place: int) -> bool:
    """Whether a table has FRED's heading of dates and the identifier of a series."""
    if heading[day].strip() not in ("observation_date", "DATE") or words(heading[place]) in GENERIC:
        return False
    return re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", heading[place].strip()) is not None
