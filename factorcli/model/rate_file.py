"""A file of dated annual rates: which column is the rate, and whether it is in per cent.

Empty cells and `.` are holes, in which the last rate holds. Beside factor returns, as Kenneth French publishes it, a
column RF is the return of a day. A file as yfinance writes it has the heading rows Price, Ticker and Date.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from factorcli.errors import InvalidModel, UnreadableTable
from factorcli.model.rate_units import (
    CLOSES,
    RATES,
    is_of_fred,
    is_said_per_cent,
    refuse_ambiguous,
    refuse_mixed,
    says_per_cent,
    title_says_per_cent,
    without_unit,
)
from factorcli.model.return_file import is_published, listed, read_returns
from factorcli.tables.cells import Cell, Column, is_missing, text_of, words
from factorcli.tables.dates import is_date, read_days
from factorcli.tables.numbers import Numbers, decimal_mark, number, read_numbers
from factorcli.tables.reader import Table, TableFile, cell_at

MAX_FILE_BYTES = 20_000_000
DAYS = 252  # of a year, for the limit of a day's return


@dataclass(frozen=True)
class DatedRates:
    """Rates by day, ascending, as fractions; per_day: returns of a day and not annual rates."""

    dates: tuple[date, ...]
    rates: tuple[float, ...]
    per_day: bool


@dataclass(frozen=True)
class _Heading:
    """The columns of a table of rates: that of dates, and those that may be rates; has_data: without headings.

    tickers: the second row of yfinance's three rows of headings, empty in another file.
    """

    date: int
    others: tuple[int, ...]
    has_data: bool
    tickers: tuple[str, ...] = ()


def read_rates(path: Path, column: str | None, max_rate: float) -> DatedRates:
    """The rates of a file, of the column with this heading if it is named; max_rate: a fraction a year.

    Raises InvalidModel, naming row and column.
    """
    try:
        file = TableFile(path, MAX_FILE_BYTES)
        table = file.find(heading_of_rates)
        if table is None:
            has = listed(file.first_row()) or "nothing"
            raise InvalidModel(
                f"{path} holds no rates: it needs the columns date and rate, and its first line has {has}."
            )
        if is_published(table.heading):
            return _published(path, column or "RF", max_rate)
        return _read(_by_ticker(table), column, max_rate)
    except UnreadableTable as error:
        raise InvalidModel(f"{error} A file of rates has the columns date and rate.") from None


def is_rates(head: Sequence[Sequence[str]]) -> bool:
    """Whether a row is a heading that says itself that rates are below it."""
    found = heading_of_rates(head)
    if found is None or found.has_data:
        return False
    names, only = [head[0][i] for i in found.others], len(found.others) == 1
    said = any(words(name) in RATES or without_unit(name) in RATES for name in names)
    return said or (only and (says_per_cent(names[0]) or is_of_fred(head[0], found.date, found.others[0])))


def is_titled_rates(table: Table[_Heading]) -> bool:
    """Whether a line above a heading of a date and one column says per cent."""
    meaning = table.meaning
    titles = (cells for _, cells in table.skipped)
    return not meaning.has_data and len(meaning.others) == 1 and title_says_per_cent(titles)


def heading_of_rates(head: Sequence[Sequence[str]]) -> _Heading | None:
    """A row of headings above a row with a date, or a row of a date and a number in a file without headings."""
    first = head[0]
    if len(first) == 2 and is_date(first[0]) and number(first[1]) is not None:
        return _Heading(0, (1,), has_data=True)
    if any(is_date(cell) for cell in first[:1]):
        return None
    if (levels := _of_yfinance(head)) is not None:
        return levels
    places = [i for i, cell in enumerate(head[1] if head[1:] else ()) if is_date(cell)]
    if not places or len(first) < 2 or len(first) <= places[0]:
        return None
    named = [i for i in places if i < len(first)]
    named = [i for i in named if "date" in words(first[i]) or words(first[i]) in ("", "day", "time", "month", "period")]
    day = (named or places)[0]
    others = tuple(i for i, cell in enumerate(first) if i != day and cell)
    return _Heading(day, others, has_data=False) if others else None


def _of_yfinance(head: Sequence[Sequence[str]]) -> _Heading | None:
    """The heading of three rows above a row with a date: Price and what it is, Ticker and its ticker, Date."""
    names = [words(row[0]) if row else "" for row in head[:3]]
    if len(head) < 4 or names[0] not in ("price", "") or names[1] not in ("ticker", "") or names[2] != "date":
        return None
    others = tuple(i for i, cell in enumerate(head[0]) if i and cell)
    if any(head[2][1:]) or not is_date(head[3][0]) or not others:
        return None
    return _Heading(0, others, has_data=False, tickers=tuple(head[1]))


def _by_ticker(table: Table[_Heading]) -> Table[_Heading]:
    """The table; where yfinance wrote several tickers, with the ticker as the heading of its close."""
    tickers = table.meaning.tickers
    if len({ticker for ticker in tickers[1:] if ticker}) < 2:
        return table
    heading = [
        tickers[i] if i < len(tickers) and words(cell) == "close" else cell for i, cell in enumerate(table.heading)
    ]
    return replace(table, heading=heading)


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
    scale = _scale(table, place, column, numbers, days)
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
    if scale == 1.0:
        refuse_ambiguous(column, numbers)
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
        for plain in (words, without_unit):
            if len(found := [i for i in numeric if plain(heading[i]) == name]) == 1:
                return found[0]
    has = listed(heading[i] for i in others)
    what = "more than one column that may be a rate" if numeric else "no column of numbers"
    example = f"{Path(table.file).name}#{heading[(numeric or others)[-1]][:40]}"
    raise InvalidModel(f"{table.file} has {what} ({has}): name one, as in {example}.")


def _scale(table: Table[_Heading], place: int, column: Column, numbers: Numbers, days: Sequence[date | None]) -> float:
    """What the numbers without a percent sign are multiplied with. Raises InvalidModel for mixed units."""
    heading = None if table.meaning.has_data else table.heading
    is_said = is_said_per_cent(heading, table.meaning.date, place, [cells for _, cells in table.skipped])
    if not (is_said or numbers.percent or any(abs(value) > 1 for value in numbers.values)):
        return 1.0
    order = sorted((day, i) for i, day in enumerate(days) if day is not None)
    refuse_mixed(column, numbers, [i for _, i in order], is_said=is_said)
    return 0.01


def _is_number(cell: Cell) -> bool:
    return number(cell) is not None or number(cell, ",") is not None
