"""Price files as tables of numbers: delimited text, workbooks and Parquet; wide, long or one ticker a file.

Every error is a MalformedPrices that names file, row and column. Rows are line numbers, with the header as
row 1; in Parquet the first record is row 1.
"""

import re
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorcli.errors import MalformedPrices, UnreadableTable
from factorcli.tables.price_cells import Array, NoPrices, Notice, PriceCells
from factorcli.tables.price_parquet import read_parquet
from factorcli.tables.price_text import read_cells
from factorcli.tables.reader import MAX_COLUMNS

Ints = NDArray[np.int64]
Dates = NDArray[np.datetime64]

# Outside of these a number is not a price in any currency, and returns could overflow.
MIN_PRICE, MAX_PRICE = 1e-9, 1e12
MAX_GRID = 25_000_000  # days × tickers of a long file, 200 MB

# Names that websites give to the file of one ticker.
_FILE_NAMES = (
    re.compile(r"(?:NSE|BSE|NASDAQ|NYSE)(?:_DLY)?_([^,\s]+), ?\w+.*"),  # TradingView
    re.compile(r"QUOTE-EQUITY-(.+?)-[A-Z]{2}-\d.*"),  # NSE
    re.compile(r"(.+?) (?:STOCK PRICE HISTORY|HISTORICAL DATA)"),  # investing.com
)
_COPY = re.compile(r" \(\d+\)$")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")


@dataclass(frozen=True)
class PriceTable:
    """One file's prices: dates (T,) ascending and unique, closes and volumes (T, N), NaN where missing.

    `notices` are warnings for the user; kind, order and facts describe the file as it was read.
    """

    path: Path
    dates: Dates
    tickers: tuple[str, ...]
    closes: Array
    volumes: Array | None
    notices: tuple[Notice, ...] = ()
    kind: str = ""
    order: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def read_prices(path: Path, zone: tzinfo) -> PriceTable | NoPrices:
    """Read one price file; a UTC time is converted to this zone for its date.

    A file that is no price table is returned with the reason. Raises MalformedPrices.
    """
    try:
        cells = (read_parquet if path.suffix.lower() == ".parquet" else read_cells)(path, zone)
    except UnreadableTable as error:
        raise MalformedPrices(str(error)) from None
    if isinstance(cells, NoPrices):
        return cells
    if not len(cells.dates):
        raise MalformedPrices(f"{path} holds a heading and no rows; it needs a row for each day.")
    _check_values(path, cells)
    if cells.layout.kind != "long":
        return _by_day(path, cells, cells.layout.tickers or (ticker_of(path),))
    ticker = _only_ticker(path, cells)
    return _long(path, cells) if ticker is None else _by_day(path, cells, (ticker,))


def ticker_of(path: Path) -> str:
    """The ticker that the name of a file of one ticker stands for, in capitals."""
    stem = path.name[: -len(path.suffix)] if path.suffix else path.name
    stem = _COPY.sub("", stem).upper()
    found = next((match for pattern in _FILE_NAMES if (match := pattern.fullmatch(stem))), None)
    return found[1] if found else stem


def _only_ticker(path: Path, cells: PriceCells) -> str | None:
    """The ticker of a long file that is about one, called by its file: one row a day, and its label is a name, or is an
    earlier symbol of the file's."""
    labels = set(cells.labels)
    stem = ticker_of(path)
    if len(labels) == 1 and (cells.layout.by_name or stem.startswith("^")):
        return stem
    if len(labels) > 1 and stem in labels and len(np.unique(cells.dates)) == len(cells.dates):
        cells.notices.append(
            ("renamed_rows", f"{path}: {', '.join(sorted(labels - {stem})[:3])} and {stem} are read as one, {stem}.")
        )
        return stem
    return None


def _check_values(path: Path, cells: PriceCells) -> None:
    bad = (cells.closes < MIN_PRICE) | (cells.closes > MAX_PRICE)
    values, what = cells.closes, "price"
    if not bad.any() and cells.volumes is not None:
        bad = (cells.volumes < 0) | np.isinf(cells.volumes)
        values, what = cells.volumes, "volume"
    if bad.any():
        i, j = (int(place[0]) for place in np.nonzero(bad))
        name = cells.names[j if what == "price" else cells.closes.shape[1] + j]
        raise MalformedPrices(
            f"{path}, row {cells.rows[i]}, column {name}: {values[i, j]:g} is not a {what}; correct it, or leave the "
            "cell empty where there is none."
        )


def _by_day(path: Path, cells: PriceCells, tickers: tuple[str, ...]) -> PriceTable:
    """A table of a wide file, or of one ticker's bars."""
    order = np.argsort(cells.dates, kind="stable")
    dates, rows, closes = cells.dates[order], cells.rows[order], cells.closes[order]
    volumes = None if cells.volumes is None else cells.volumes[order]
    notices = [*cells.notices, *_order_notice(path, cells)]
    same = dates[1:] == dates[:-1]
    if same.any():
        notices.append(_repeats(path, dates, rows, same, _date_heading(cells)))
        keep = np.concatenate([[True], ~same])
        starts = np.flatnonzero(keep)
        ends = np.append(starts[1:], len(dates))
        for k in np.unique(np.searchsorted(starts, np.flatnonzero(same & _differs(closes, volumes)), side="right") - 1):
            run = slice(int(starts[k]), int(ends[k]))
            _refuse_two_prices(path, dates[run.start], rows[run], closes[run], tickers, _date_heading(cells))
            closes[run.start] = _first_values(closes[run])
            if volumes is not None:
                volumes[run.start] = _first_values(volumes[run])
        dates, closes = dates[keep], closes[keep]
        volumes = None if volumes is None else volumes[keep]
    return PriceTable(
        path, dates, tickers, closes, volumes, tuple(notices), cells.layout.kind, cells.order, cells.facts
    )


def _differs(closes: Array, volumes: Array | None) -> NDArray[np.bool_]:
    """Mask (T - 1,) of the rows whose values are not those of the next one."""
    differs = np.zeros(max(len(closes) - 1, 0), dtype=bool)
    for values in (closes, volumes):
        if values is not None:
            one, other = values[:-1], values[1:]
            differs |= ((one != other) & (np.isfinite(one) | np.isfinite(other))).any(axis=1)
    return differs


def _first_values(values: Array) -> Array:
    """The first finite value of each column of (R, N), or NaN."""
    first: Array = values[np.argmax(np.isfinite(values), axis=0), np.arange(values.shape[1])]
    return first


def _date_heading(cells: PriceCells) -> str:
    """The heading of the dates, which is the first of the columns in use."""
    return cells.facts.get("used", "").split("\n")[0] or "Date"


def _refuse_two_prices(path: Path, day: Any, rows: Ints, closes: Array, tickers: tuple[str, ...], heading: str) -> None:
    first = _first_values(closes)
    other = np.isfinite(closes) & (closes != first)
    if other.any():
        i, j = (int(place[0]) for place in np.nonzero(other))
        k = int(np.argmax(np.isfinite(closes[:, j])))
        raise MalformedPrices(
            f"{path}, row {rows[i]}, column {heading}: {day} of {tickers[j]} is there twice, with {closes[i, j]:.10g} "
            f"and with {first[j]:.10g} in row {rows[k]}; keep one of the rows (of bars of less than a day, the close)."
        )


def _repeats(path: Path, dates: Dates, rows: Ints, same: Any, heading: str) -> Notice:
    i, count = int(np.flatnonzero(same)[0]), int(same.sum())
    return (
        "repeated_rows",
        f"{path}, row {rows[i + 1]}, column {heading}: {dates[i]} is there twice (first in row {rows[i]}) with the "
        f"same prices; {'the later row does' if count == 1 else f'{count:,} later rows do'} not count.",
    )


def _long(path: Path, cells: PriceCells) -> PriceTable:
    labels, dates_of, rows_of, closes, volumes = _with_aliases(cells)
    dates, day = np.unique(dates_of, return_inverse=True)
    tickers = tuple(sorted(set(labels)))
    _check_grid(path, len(dates), len(tickers))
    place = {ticker: i for i, ticker in enumerate(tickers)}
    column = np.fromiter(map(place.__getitem__, labels), np.int64, len(labels))
    there = np.flatnonzero(np.isfinite(closes))
    order = there[np.lexsort((day[there], column[there]))]
    same = (np.diff(day[order]) == 0) & (np.diff(column[order]) == 0)
    notices = list(cells.notices)
    if same.any():
        for i in np.flatnonzero(same & (np.diff(closes[order]) != 0))[:1]:
            pair = order[[i, i + 1]]
            _refuse_two_prices(
                path,
                dates_of[pair[0]],
                rows_of[pair],
                closes[pair, None],
                (tickers[column[pair[0]]],),
                _date_heading(cells),
            )
        notices.append(_repeats(path, dates_of[order], rows_of[order], same, _date_heading(cells)))
    grids = []
    for values in (closes, volumes):
        if values is not None:
            finite = np.isfinite(values)
            grid = np.full((len(dates), len(tickers)), np.nan)
            grid[day[finite], column[finite]] = values[finite]
            grids.append(grid)
    return PriceTable(
        path,
        dates,
        tickers,
        grids[0],
        grids[1] if len(grids) > 1 else None,
        tuple(notices),
        "long",
        cells.order,
        cells.facts,
    )


def _check_grid(path: Path, days: int, tickers: int) -> None:
    if tickers > MAX_COLUMNS or days * tickers > MAX_GRID:
        raise MalformedPrices(
            f"{path} has {tickers:,} tickers and {days:,} days, too many for a table of prices: keep the tickers that "
            "you need."
        )


def _with_aliases(cells: PriceCells) -> tuple[list[str], Dates, Ints, Array, Array | None]:
    """Labels, dates, rows, closes and volumes (R,), the rows with an ISIN once more under it."""
    volumes = None if cells.volumes is None else cells.volumes[:, 0]
    again = _isins(cells)
    if not again:
        return cells.labels, cells.dates, cells.rows, cells.closes[:, 0], volumes
    pick = np.array([*range(len(cells.labels)), *(i for i, _ in again)], dtype=np.int64)
    labels = [*cells.labels, *(isin for _, isin in again)]
    volumes = None if volumes is None else volumes[pick]
    return labels, cells.dates[pick], cells.rows[pick], cells.closes[pick, 0], volumes


def _isins(cells: PriceCells) -> list[tuple[int, str]]:
    """The rows with their ISINs, but for one that two tickers have on one day."""
    again = [
        (i, name) for i, names in enumerate(cells.aliases) for name in dict.fromkeys(names) if _ISIN.fullmatch(name)
    ]
    owners: dict[str, set[str]] = {}
    for i, isin in again:
        owners.setdefault(isin, set()).add(cells.labels[i])
    shared = {isin for isin, labels in owners.items() if len(labels) > 1}
    first: dict[tuple[str, Any], str] = {}
    twice = {
        isin
        for i, isin in again
        if isin in shared and first.setdefault((isin, cells.dates[i]), cells.labels[i]) != cells.labels[i]
    }
    return [(i, isin) for i, isin in again if isin not in twice]


def _order_notice(path: Path, cells: PriceCells) -> tuple[Notice, ...]:
    dates = cells.dates
    later = dates[1:] < dates[:-1]
    if not later.any() or (dates[1:] <= dates[:-1]).all():  # newest first is sorted, too
        return ()
    i = int(np.flatnonzero(later)[0])
    place = f"{path}, row {cells.rows[i + 1]}, column {_date_heading(cells)}"
    text = f"{place}: {dates[i + 1]} comes after {dates[i]}; the rows were sorted."
    return (("unsorted_dates", text),)
