"""Dates as people write them: the order of day and month is decided for a column from all its values."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Column, is_missing, shown, text_of

MIN_YEAR, MAX_YEAR = 1900, 2100
SERIALS = (20_000.0, 80_000.0)  # days since 1899-12-30, as spreadsheets count: 1954 to 2119
EPOCH_SCALES = ((1e8, 1e11, 1.0), (1e11, 1e14, 1e3), (1e14, 1e17, 1e6), (1e17, 1e20, 1e9))  # s, ms, µs, ns
SERIAL_ORDER = "days of a spreadsheet"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_NAME = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+", re.IGNORECASE)
_TIME = r"(?:[T\s,]\s*\d{1,2}:\d\d.*|[T\s]\d{4}|Z)?"
_YMD = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_PARTS = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d\d){_TIME}", re.ASCII)
_WORD = "([A-Za-z]{3,9})"
_DAY_WORD = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[-/., ]*{_WORD}[-/., ']*(\d{{4}}|\d\d){_TIME}", re.ASCII)
_WORD_DAY = re.compile(rf"{_WORD}[-/., ]*(\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+(\d{{4}}|\d\d){_TIME}", re.ASCII)
_YEAR_WORD = re.compile(rf"(\d{{4}})[-/., ]{_WORD}[-/., ](\d{{1,2}}){_TIME}", re.ASCII)
_DIGITS = re.compile(r"\d{5,20}(\.\d+)?", re.ASCII)
_ORDERS = ("day-month-year", "month-day-year", "year-month-day")
MAX_USUAL_GAP = 10  # days, the median between sessions of prices a day or a week apart
MIN_WEEKDAYS = 0.9  # of sessions; days of a wrong order are on 5 weekdays of 7

_Parts = tuple[str, str, str]  # as written
_Read = date | datetime | _Parts | float


@dataclass(frozen=True)
class Days:
    """The calendar days of a column, None where a cell is empty, and the order that its cells are written in."""

    days: list[date | None]
    order: str


def read_days(column: Column, zone: tzinfo | None = None) -> Days:
    """The days of a column; a UTC time is converted to this zone for its date.

    Raises UnreadableTable, with file, row, column and value, for the first cell that is not a date, and where two
    orders of day and month fit every cell.
    """
    cells = dict.fromkeys(column.cells)
    if (plain := _plain(cells)) is not None:
        return Days([plain[cell] for cell in column.cells], "year-month-day")
    read: dict[Cell, _Read] = {}
    for cell in cells:
        if not is_missing(cell):
            if (found := _parse(cell)) is None:
                raise _not_a_date(column, cell)
            read[cell] = found
    days: dict[Cell, date | None] = {}
    orders = {_written(cell) for cell, found in read.items() if isinstance(found, date)}
    parts = {cell: found for cell, found in read.items() if isinstance(found, tuple)}
    if parts:
        _refuse_mixture(column, read)
        order, decided = _ordered(column, parts)
        days |= decided
        orders.add(order)
    numbers = {cell: found for cell, found in read.items() if isinstance(found, float)}
    if numbers:
        order, decided = _from_numbers(column, numbers, zone)
        days |= decided
        orders.add(order)
    moments = {cell: found for cell, found in read.items() if isinstance(found, datetime)}
    days |= _local(moments, zone)
    days |= {cell: found for cell, found in read.items() if isinstance(found, date) and cell not in moments}
    return Days([days.get(cell) for cell in column.cells], " and ".join(sorted(orders)))


def _plain(cells: Iterable[Cell]) -> dict[Cell, date] | None:
    """The days of cells that are all written as 2025-07-01, or None; fast, as there may be a million."""
    try:
        if all(isinstance(cell, str) and len(cell) == 10 and cell[4] == cell[7] == "-" for cell in cells):
            return {cell: date.fromisoformat(cell) for cell in cells}  # type: ignore[arg-type]
    except ValueError:
        pass
    return None


def is_date(cell: Cell) -> bool:
    """Whether a cell is written as a date, in any order; a number that may be a serial counts."""
    found = None if is_missing(cell) else _parse(cell)
    return found is not None and (not isinstance(found, float) or _number_is_date(found))


def _written(cell: Cell) -> str:
    """How a cell is written that has one reading."""
    if isinstance(cell, date):
        return "dates of a workbook"
    return "year-month-day" if _YMD.match(text_of(cell)) else "month by name"


def _not_a_date(column: Column, cell: Cell) -> UnreadableTable:
    i = list(column.cells).index(cell)
    return UnreadableTable(f"{column.at(i)}: {shown(cell)} is not a date; write it as 2025-09-17.")


def _parse(cell: Cell) -> _Read | None:
    if isinstance(cell, date | float):
        return cell
    return _parse_text(text_of(cell).replace("\xa0", " ").replace("\u202f", " "))


@lru_cache(maxsize=8192)
def _parse_text(text: str) -> _Read | None:
    if len(text) > 80:
        return None
    text = _DAY_NAME.sub("", text, count=1) if text[:1].isalpha() else text
    try:
        if (found := _YMD.fullmatch(text)) is not None:
            return _iso(text, found)
        if (found := _PARTS.fullmatch(text)) is not None:
            return found[1], found[3], found[4]
        for pattern, places in ((_DAY_WORD, (1, 2, 3)), (_WORD_DAY, (2, 1, 3)), (_YEAR_WORD, (3, 2, 1))):
            if (found := pattern.fullmatch(text)) is not None:
                day, month, year = (found[place] for place in places)
                return _bounded(date(_year(year), _MONTH_NAMES.index(month[:3].lower()) + 1, int(day)))
        return float(text) if _DIGITS.fullmatch(text) else None
    except ValueError:
        return None


def _iso(text: str, found: re.Match[str]) -> date | datetime | None:
    """A date with the year first, or an aware time where the text has one with a zone."""
    day = _bounded(date(int(found[1]), int(found[3]), int(found[4])))
    tail = text[found.end(4) :].strip()
    if ":" in tail and (tail[-1] in "Zz" or re.search(r"[+-]\d\d:?\d\d$|UTC$|GMT$", tail)):
        tail = re.sub(r"\s*(?:UTC|GMT)$", "+00:00", tail.lstrip("Tt ,"))
        try:
            moment = datetime.fromisoformat(f"{day}T{tail.replace(' ', '')}")
        except ValueError:
            return day
        return moment
    return day


def _bounded(day: date) -> date:
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        raise ValueError(day)
    return day


def _year(text: str) -> int:
    """25 is 2025, 70 is 1970."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 69 else 1900)


def _day_in(parts: _Parts, order: str) -> date | None:
    one, two, last = parts
    unpadded = len(two) == 1 and last[0] == "0"  # 24/1/01, whose end is a year as no day is written so beside such a 1
    try:
        if order == "day-month-year":
            return _bounded(date(_year(last), int(two), int(one)))
        if order == "month-day-year":
            return _bounded(date(_year(last), int(one), int(two)))
        if len(one) < 2 or len(last) > 2 or unpadded:
            return None
        return _bounded(date(_year(one), int(two), int(last)))
    except ValueError:
        return None


def _ordered(column: Column, parts: dict[Cell, _Parts]) -> tuple[str, dict[Cell, date | None]]:
    """The days in the one order that fits every cell; where the year may be first, too, in the one that is regular."""
    read = {order: {cell: _day_in(found, order) for cell, found in parts.items()} for order in _ORDERS}
    fitting = [order for order in _ORDERS if None not in read[order].values()]
    if not fitting:
        odd = [next(cell for cell, day in read[order].items() if day is None) for order in _ORDERS[:2]]
        raise UnreadableTable(
            f"{column.at(list(column.cells).index(odd[0]))}: {shown(odd[0])} is not a date with the day first, and "
            f"{shown(odd[1])} is none with the month first, so no order fits all; write them as 2025-09-17."
        )
    if len(fitting) > 1 and _ORDERS[2] in fitting:
        order = _regular({order: [day for day in read[order].values() if day] for order in fitting})
        if order == _ORDERS[2] or (order is not None and len(fitting) == 2):
            return order, read[order]
    one, other = (read[order] for order in (*fitting, fitting[0])[:2])
    differing = next((cell for cell in parts if one[cell] != other[cell]), None)
    if differing is not None:
        what = "day and month" if fitting[1] != _ORDERS[2] else "day, month and year"
        raise UnreadableTable(
            f"{column.at(list(column.cells).index(differing))}: {shown(differing)} may be {one[differing]} or "
            f"{other[differing]}, and both orders of {what} fit every cell; write the dates as 2025-09-17."
        )
    return fitting[0], one


def _regular(read: dict[str, list[date]]) -> str | None:
    """The one order whose days are sorted, about a day or a week apart and on weekdays; or alone sorted; or, of rows
    that no order sorts, alone regular. None where there is not one."""
    ascending = {order: days for order, days in read.items() if days in (sorted(days), sorted(days, reverse=True))}
    for candidates in (_usual(ascending), list(ascending), [] if ascending else _usual(read)):
        if candidates:
            return candidates[0] if len(candidates) == 1 else None
    return None


def _usual(read: dict[str, list[date]]) -> list[str]:
    """The orders whose days, sorted, are such as those of sessions."""
    found = []
    for order, days in read.items():
        gaps = sorted((later - day).days for day, later in pairwise(sorted(days)))
        weekdays = sum(day.weekday() < 5 for day in days)
        if gaps and gaps[len(gaps) // 2] <= MAX_USUAL_GAP and weekdays >= MIN_WEEKDAYS * len(days):
            found.append(order)
    return found


def _refuse_mixture(column: Column, read: dict[Cell, _Read]) -> None:
    """Raise UnreadableTable where a spreadsheet may have converted some of the dates, with day and month swapped."""
    for cell, found in read.items():
        if isinstance(found, date | float) and (isinstance(cell, date | float) or _YMD.match(text_of(cell))):
            other = next(c for c, parts in read.items() if isinstance(parts, tuple))
            i = list(column.cells).index(cell)
            raise UnreadableTable(
                f"{column.at(i)}: {shown(cell)} is written otherwise than {shown(other)}: a spreadsheet may have "
                "swapped day and month of some; write all of them as 2025-09-17."
            )


def _number_is_date(value: float) -> bool:
    if SERIALS[0] <= value <= SERIALS[1] or any(low <= value < high for low, high, _ in EPOCH_SCALES):
        return True
    return any(_from_digits(value, order) is not None for order in ("yyyymmdd", "ddmmyyyy"))


def _from_digits(value: float, order: str) -> date | None:
    if not 1e6 <= value < 1e8 or value != math.floor(value):
        return None
    text = f"{int(value):08}"
    year, month, day = (text[:4], text[4:6], text[6:]) if order == "yyyymmdd" else (text[4:], text[2:4], text[:2])
    try:
        return _bounded(date(int(year), int(month), int(day)))
    except ValueError:
        return None


def _from_numbers(
    column: Column, numbers: dict[Cell, float], zone: tzinfo | None
) -> tuple[str, dict[Cell, date | None]]:
    """Days written as 20250701 or 01072025, as a spreadsheet's serial, or as time since 1970."""
    for order in ("yyyymmdd", "ddmmyyyy"):
        days = {cell: _from_digits(value, order) for cell, value in numbers.items()}
        if None not in days.values():
            return order, days
    if all(SERIALS[0] <= value <= SERIALS[1] for value in numbers.values()):
        first = date(1899, 12, 30)
        return SERIAL_ORDER, {cell: first + timedelta(int(value)) for cell, value in numbers.items()}
    for low, high, scale in EPOCH_SCALES:
        if all(low <= value < high for value in numbers.values()):
            moments = {cell: EPOCH + timedelta(seconds=value / scale) for cell, value in numbers.items()}
            return "time since 1970", _local(moments, zone)
    odd = next((cell for cell, value in numbers.items() if not _number_is_date(value)), next(iter(numbers)))
    raise _not_a_date(column, odd)


def _local(moments: dict[Cell, datetime], zone: tzinfo | None) -> dict[Cell, date | None]:
    """The dates of sessions: as written, but UTC times are converted, unless all are midnights, which are dates."""
    midnights = all(_is_utc_midnight(moment) for moment in moments.values())
    return {cell: _day_of(moment, None if midnights else zone) for cell, moment in moments.items()}


def _is_utc_midnight(moment: datetime) -> bool:
    return moment.utcoffset() == timedelta(0) and (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def _day_of(moment: datetime, zone: tzinfo | None) -> date:
    return (moment.astimezone(zone) if zone is not None and moment.utcoffset() == timedelta(0) else moment).date()
