"""Price files as tables of numbers: CSV and Parquet; wide, long or one ticker per file.

Every error is a MalformedPrices that names file, row and column. Rows are line numbers, with the header as
row 1; in Parquet the first record is row 1.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from factorcli.errors import MalformedPrices

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Dates = NDArray[np.datetime64]
Notice = tuple[str, str]  # a code and a sentence

DATE_NAMES = ("date", "datetime", "timestamp", "day", "index", "")
TICKER_NAMES = ("ticker", "symbol")
CLOSE_NAMES = ("adj close", "adj_close", "adjclose", "adjusted close", "close")
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-"))
BAR_NAMES = frozenset(("open", "high", "low", "volume", "dividends", "stock splits", "capital gains"))
# Outside of these a number is not a price in any currency, and returns could overflow.
MIN_PRICE, MAX_PRICE = 1e-9, 1e12
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d", re.ASCII)
_INDEX_COLUMN = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class PriceTable:
    """One file's prices: dates (T,) ascending and unique, closes and volumes (T, N), NaN where missing.

    `notices` are warnings for the user.
    """

    path: Path
    dates: Dates
    tickers: tuple[str, ...]
    closes: Array
    volumes: Array | None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class _Layout:
    """The roles of a file's columns; `label` is the ticker column of a long file."""

    kind: str
    date: int
    label: int | None
    values: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Cells:
    """The cells of a file, in its order: rows (T,) are line numbers, values (T, C)."""

    dates: Dates
    rows: Ints
    labels: list[str]
    values: Array


def read_table(path: Path, zone: ZoneInfo) -> PriceTable:
    """Read one price file; a UTC time is converted to this zone for its date. Raises MalformedPrices."""
    layout, cells = (_read_parquet if path.suffix.lower() == ".parquet" else _read_csv)(path, zone)
    if not len(cells.dates):
        raise MalformedPrices(f"{path} holds a heading and no rows; it needs a row for each day.")
    _check_values(path, layout, cells)
    return _long(path, cells) if layout.kind == "long" else _wide(path, layout, cells)


def _layout(path: Path, heading: Sequence[str]) -> _Layout:
    names = [name.strip() for name in heading]
    lower = [name.lower() for name in names]
    _refuse_heading(path, names)
    close = next((lower.index(name) for name in CLOSE_NAMES if name in lower), None)
    day = next((lower.index(name) for name in DATE_NAMES if name in lower), None)
    label = next((lower.index(name) for name in TICKER_NAMES if name in lower), None)
    single = set(lower) <= BAR_NAMES.union(DATE_NAMES, CLOSE_NAMES)
    if close is not None and day is not None and (label is not None or single):
        volume = [lower.index("volume")] if "volume" in lower else []
        kind = "single" if label is None else "long"
        values = (close, *volume)
        return _Layout(kind, day, label, values, tuple(names[i] for i in values))
    if lower[0] not in DATE_NAMES:
        raise MalformedPrices(f"{path}, row 1: the first column is {_shown(names[0])}; put Date first.")
    tickers = tuple(name.upper() for name in names[1:])
    for place, ticker in enumerate(tickers, start=2):
        if not ticker:
            raise MalformedPrices(f"{path}, row 1, column {place}: no ticker in the heading; name or remove it.")
        if tickers.count(ticker) > 1:
            raise MalformedPrices(f"{path}, row 1: the column {ticker} is there twice; remove one of them.")
    if not tickers:
        raise MalformedPrices(f"{path}, row 1: dates and no ticker; it needs a column for each ticker.")
    return _Layout("wide", 0, None, tuple(range(1, len(names))), tickers)


def _refuse_heading(path: Path, names: Sequence[str]) -> None:
    """Raise MalformedPrices, with the probable cause, for a header that is not one of prices."""
    if any(name.startswith("('") for name in names):
        raise MalformedPrices(f"{path} has two-level headings such as {_shown(names[-1])}; write the closes alone.")
    separator = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), None)
    if separator is not None:
        raise MalformedPrices(f"{path}, row 1: the columns are separated by {separator!r}; write them with commas.")
    if not {name.lower() for name in names} & set(DATE_NAMES):
        raise MalformedPrices(
            f"{path}, row 1: no column is called Date (the first is {_shown(names[0])}). Prices come as Date and a "
            "column for each ticker, as date, ticker, close, or as a file TICKER.csv with Date and Close; move "
            "other files out of the folder."
        )


def _shown(cell: object) -> str:
    """A cell in quotes, truncated to 40 characters."""
    text = str(cell)
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _read_csv(path: Path, zone: ZoneInfo) -> tuple[_Layout, _Cells]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            heading = next(reader, None)
            if not heading:
                raise MalformedPrices(f"{path} is empty; it needs a heading and a row for each day.")
            layout = _layout(path, heading)
            return layout, _csv_cells(path, layout, len(heading), reader, zone)
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedPrices(
            f"{path} is not a CSV text file ({str(error)[:120]}); give prices as CSV or Parquet."
        ) from None
    except OSError as error:
        raise MalformedPrices(f"{path} cannot be read: {error.strerror}.") from None


def _csv_cells(path: Path, layout: _Layout, width: int, reader: Any, zone: ZoneInfo) -> _Cells:
    dates: list[date] = []
    rows: list[int] = []
    labels: list[str] = []
    values: list[list[float]] = []
    wide = layout.kind == "wide"
    for cells in reader:
        if not any(cells):
            continue
        row = reader.line_num
        if len(cells) != width:
            raise MalformedPrices(
                f"{path}, row {row}: {len(cells)} cells where the heading has {width}; correct the row."
            )
        dates.append(_day(path, row, cells[layout.date], zone))
        rows.append(row)
        if layout.label is not None:
            labels.append(cells[layout.label].strip().upper())
        wanted = cells[1:] if wide else [cells[i] for i in layout.values]
        try:
            values.append([float(cell) if cell else np.nan for cell in wanted])
        except ValueError:
            pairs = zip(wanted, layout.names, strict=True)
            values.append([_number(path, row, name, cell) for cell, name in pairs])
    return _Cells(
        _dates(dates),
        np.array(rows, dtype=np.int64),
        labels,
        np.array(values, dtype=np.float64).reshape(len(rows), len(layout.values)),
    )


def _read_parquet(path: Path, zone: ZoneInfo) -> tuple[_Layout, _Cells]:
    try:
        import pyarrow as pa  # noqa: PLC0415  (an extra)
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise MalformedPrices(
            f"{path} is a Parquet file, which needs pyarrow: pip install 'factorcli[parquet]'."
        ) from None
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise MalformedPrices(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    heading = ["Date" if _INDEX_COLUMN.fullmatch(name) else name for name in table.column_names]
    order = sorted(range(len(heading)), key=lambda i: heading[i].strip().lower() not in DATE_NAMES[:-1])
    heading = [heading[i] for i in order]
    layout = _layout(path, heading)

    def column(place: int) -> list[Any]:
        values: list[Any] = table.column(order[place]).to_pylist()
        return values

    rows = range(1, table.num_rows + 1)
    dates = _dates(_day(path, row, cell, zone) for row, cell in zip(rows, column(layout.date), strict=True))
    labels = [] if layout.label is None else [str(cell or "").strip().upper() for cell in column(layout.label)]
    values = np.empty((table.num_rows, len(layout.values)))
    for i, (place, name) in enumerate(zip(layout.values, layout.names, strict=True)):
        kind = table.column(order[place]).type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind):
            values[:, i] = table.column(order[place]).to_numpy()
        else:
            pairs = zip(rows, column(place), strict=True)
            values[:, i] = [_number(path, row, name, cell) for row, cell in pairs]
    return layout, _Cells(dates, np.array(rows, dtype=np.int64), labels, values)


def _day(path: Path, row: int, cell: object, zone: ZoneInfo) -> date:
    """A calendar day from an ISO date, with or without a time, or 17-Sep-2025 as NSE writes it."""
    text = str(cell).strip()
    try:
        if isinstance(cell, datetime):
            return _day_of(cell, zone)
        if isinstance(cell, date):
            return cell
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _ISO_TIME.match(text):
            return _day_of(datetime.fromisoformat(text), zone)
        return datetime.strptime(text, "%d-%b-%Y").date()
    except ValueError:
        raise MalformedPrices(
            f"{path}, row {row}, column Date: {_shown(text)} is not a date; write it as 2025-09-17."
        ) from None


def _day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The date of a session: as written, but a UTC time is first converted to the exchange's zone."""
    return (moment.astimezone(zone) if moment.utcoffset() == timedelta(0) else moment).date()


def _number(path: Path, row: int, name: str, cell: object) -> float:
    text = "" if cell is None else str(cell).strip()
    if text.lower() in MISSING:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise MalformedPrices(
            f"{path}, row {row}, column {name}: {_shown(text)} is not a number; write it without signs and "
            "thousands separators, or leave the cell empty where there is no price."
        ) from None


def _check_values(path: Path, layout: _Layout, cells: _Cells) -> None:
    closes = cells.values[:, :1] if layout.kind != "wide" else cells.values
    bad = (closes < MIN_PRICE) | (closes > MAX_PRICE)
    if layout.kind != "wide" and cells.values.shape[1] > 1:
        volume = cells.values[:, 1:]
        bad = np.hstack([bad, (volume < 0) | np.isinf(volume)])
    if bad.any():
        i, j = (int(place[0]) for place in np.nonzero(bad))
        what = "volume" if layout.kind != "wide" and j else "price"
        raise MalformedPrices(
            f"{path}, row {cells.rows[i]}, column {layout.names[j]}: {cells.values[i, j]:g} is not a {what}; "
            "correct it, or leave the cell empty where there is none."
        )


def _wide(path: Path, layout: _Layout, cells: _Cells) -> PriceTable:
    order = np.argsort(cells.dates, kind="stable")
    dates, rows = cells.dates[order], cells.rows[order]
    _refuse_repeats(path, dates[1:] == dates[:-1], dates, rows, "")
    values = cells.values[order]
    if layout.kind == "wide":
        tickers, closes, volumes = layout.names, values, None
    else:
        tickers = (path.name[: -len(path.suffix)].upper(),)
        closes, volumes = values[:, :1], values[:, 1:] if values.shape[1] > 1 else None
    return PriceTable(path, dates, tickers, closes, volumes, _order_notice(path, cells, cells.dates))


def _long(path: Path, cells: _Cells) -> PriceTable:
    for row, label in zip(cells.rows, cells.labels, strict=True):
        if not label:
            raise MalformedPrices(f"{path}, row {row}, column ticker: empty; every row needs a ticker.")
    dates, day = np.unique(cells.dates, return_inverse=True)
    tickers, column = np.unique(np.array(cells.labels), return_inverse=True)
    order = np.lexsort((day, column))
    same = (np.diff(day[order]) == 0) & (np.diff(column[order]) == 0)
    label = f" for {cells.labels[order[int(np.flatnonzero(same)[0])]]}" if same.any() else ""
    _refuse_repeats(path, same, cells.dates[order], cells.rows[order], label)
    grids = []
    for i in range(cells.values.shape[1]):
        grid = np.full((len(dates), len(tickers)), np.nan)
        grid[day, column] = cells.values[:, i]
        grids.append(grid)
    names = tuple(str(ticker) for ticker in tickers)
    return PriceTable(path, dates, names, grids[0], grids[1] if len(grids) > 1 else None)


def _refuse_repeats(path: Path, same: Any, dates: Dates, rows: Ints, label: str) -> None:
    if same.any():
        i = int(np.flatnonzero(same)[0])
        raise MalformedPrices(
            f"{path}, row {rows[i + 1]}, column Date: {dates[i]}{label} is there twice (first in row {rows[i]}); "
            "remove one of the rows."
        )


def _order_notice(path: Path, cells: _Cells, dates: Dates) -> tuple[Notice, ...]:
    later = dates[1:] < dates[:-1]
    if not later.any() or later.all():  # newest first is sorted, too
        return ()
    i = int(np.flatnonzero(later)[0])
    text = f"{path}, row {cells.rows[i + 1]}, column Date: {dates[i + 1]} comes after {dates[i]}; the rows were sorted."
    return (("unsorted_dates", text),)


def _dates(days: Iterable[date]) -> Dates:
    """Calendar days as datetime64[D]."""
    return np.array(list(days), dtype="datetime64[D]")
