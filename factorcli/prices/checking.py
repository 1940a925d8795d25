"""What a file of prices is taken for, its gaps, and what is implausible in it."""

from collections.abc import Sequence
from datetime import date, tzinfo
from pathlib import Path

import numpy as np

from factorcli.engine import Array
from factorcli.errors import MalformedPrices, UnreadableTable
from factorcli.model.frequency import DAILY
from factorcli.prices.panel import Dates, native_frequency
from factorcli.results.check import FileCheck
from factorcli.tables.price_cells import NoPrices
from factorcli.tables.price_layout import recognise
from factorcli.tables.price_text import MAX_BYTES
from factorcli.tables.prices import PriceTable, read_prices
from factorcli.tables.reader import TableFile

MODEL = "a model file"
KINDS = {
    "wide": "prices, a column for each ticker",
    "single": "prices of one ticker",
    "long": "prices, a row for each day and ticker",
}
MAX_GAP_DAYS = 7  # between two rows; the longest holidays of an exchange
MAX_JUMP = 0.40
MIN_REPEATS = 5  # equal closes at the end of a series
MAX_LISTED = 5
DAILY_GAP = 3.0  # days, the median above which prices are not daily


def check_prices(path: Path, zone: tzinfo, today: date) -> FileCheck:
    """The check of one file; one that cannot be read has a problem and no prices."""
    if path.suffix.lower() == ".toml":
        return FileCheck(str(path), MODEL, f"{path} is a model file, and no table.")
    try:
        table = read_prices(path, zone)
    except MalformedPrices as error:
        return FileCheck(str(path), "prices", str(error))
    if isinstance(table, NoPrices):
        return FileCheck(str(path), "unknown", table.sentence)
    return FileCheck(
        str(path),
        KINDS[table.kind],
        form=_form(table.facts),
        rows=len(table.dates),
        date_order=table.order,
        first=table.dates[0].astype(object),
        last=table.dates[-1].astype(object),
        used=tuple(filter(None, table.facts.get("used", "").split("\n"))),
        left=tuple(filter(None, table.facts.get("left", "").split("\n"))),
        tickers=table.tickers,
        gaps=_gaps(table),
        suspects=(*_later(table.dates, today), *_dates_that_are_odd(table.dates), *_repeats(table), *_jumps(table)),
        notes=(*(text for _, text in table.notices), *_other_sheets(table)),
    )


def last_day_repeats(dates: Dates, closes: Array) -> str:
    """A sentence where every price of the last day, of two tickers or more, is that of the day before; else empty."""
    priced = np.flatnonzero(np.isfinite(closes).any(axis=1))
    if len(priced) < 3 or closes.shape[1] < 2:
        return ""
    before, last = closes[priced[-2]], closes[priced[-1]]
    both = np.isfinite(before) & np.isfinite(last)
    if both.sum() < 2 or not (before[both] == last[both]).all():
        return ""
    return f"all {int(both.sum())} prices of the last day, {dates[priced[-1]]}, repeat those of {dates[priced[-2]]}"


def _other_sheets(table: PriceTable) -> list[str]:
    """A sentence where other sheets hold prices, too."""
    if not (own := table.facts.get("sheet")):
        return []
    try:
        sheets = TableFile(table.path, MAX_BYTES).sheets_with(recognise)
    except UnreadableTable:
        return []
    others = [sheet for sheet in sheets if sheet != own]
    return [f"of the sheets with prices {own} alone is read, not {', '.join(others)}"] if others else []


def _later(dates: Dates, today: date) -> list[str]:
    """A sentence where dates are in the future."""
    later = dates[dates > np.datetime64(today)]
    if not len(later):
        return []
    return [f"{len(later)} {'date is' if len(later) == 1 else 'dates are'} in the future, such as {later[-1]}"]


def _form(facts: dict[str, str]) -> str:
    """Such as `CSV, UTF-8, semicolons, 2 rows before the heading`."""
    if "form" in facts:
        return facts["form"]
    if not facts["separator"]:
        parts = ["workbook", f"sheet {facts['sheet']}"]
    else:
        parts = ["text", facts["encoding"], facts["separator"]]
    skipped = int(facts["skipped"])
    if skipped:
        parts.append(f"{skipped} row{'' if skipped == 1 else 's'} before the heading")
    return ", ".join(parts)


def _gaps(table: PriceTable) -> tuple[str, ...]:
    days = np.diff(table.dates).astype(np.int64)
    usual = max(MAX_GAP_DAYS, 2.0 * float(np.median(days))) if len(days) else MAX_GAP_DAYS
    wide = np.flatnonzero(days > usual)
    gaps = [f"{table.dates[i]} to {table.dates[i + 1]} ({days[i]} days)" for i in wide]
    holes = []
    for name, closes in zip(table.tickers, table.closes.T, strict=True):
        priced = np.flatnonzero(np.isfinite(closes))
        if not len(priced):
            holes.append(f"{name} has no price")
        elif missing := int(priced[-1] - priced[0] + 1 - len(priced)):
            holes.append(f"{name} has no price on {missing} of its days")
    return (*_listed(gaps), *_listed(holes))


def _dates_that_are_odd(dates: Dates) -> list[str]:
    """Dates at weekends, and dates that are not a day apart."""
    said = []
    weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 0 is Monday
    at_weekends = dates[weekday >= 5]
    if len(at_weekends):
        example = at_weekends[0].astype(object)
        shift = ""
        if len(dates) > 10 and not (weekday == 4).any() and (weekday == 6).any():
            shift = ", and none is a Friday: are the dates a day early?"
        elif len(dates) > 10 and not (weekday == 0).any() and (weekday == 5).any():
            shift = ", and none is a Monday: are the dates a day late?"
        said.append(f"{len(at_weekends)} dates are at weekends, such as {example:%A} {example}{shift}")
    if len(dates) > 2 and (gap := float(np.median(np.diff(dates).astype(np.int64)))) > DAILY_GAP:
        own = native_frequency(dates)
        apart = f"{gap:g} days apart, and prices are taken for daily ones"
        said.append(f"the dates are {apart if own is DAILY else f'a {own.period} apart: returns are {own.name}'}")
    return said


def _repeats(table: PriceTable) -> list[str]:
    said = []
    if whole := last_day_repeats(table.dates, table.closes):
        said.append(whole)
    for name, column in zip(table.tickers, table.closes.T, strict=True):
        closes = column[np.isfinite(column)]
        other = np.flatnonzero(closes != closes[-1]) if len(closes) else closes
        count = len(closes) - 1 - int(other[-1]) if len(other) else len(closes)
        if count >= MIN_REPEATS:
            said.append(f"{name} ends with {count} equal prices, {closes[-1]:.10g}")
    return _listed(said)


def _jumps(table: PriceTable) -> list[str]:
    said = []
    for name, column in zip(table.tickers, table.closes.T, strict=True):
        priced = np.flatnonzero(np.isfinite(column))
        returns = column[priced[1:]] / column[priced[:-1]] - 1.0
        said += [
            f"{name} moves by {returns[i]:+.1%} on {table.dates[priced[i + 1]]}"
            for i in np.flatnonzero(np.abs(returns) > MAX_JUMP)
        ]
    return _listed(said)


def _listed(texts: Sequence[str]) -> list[str]:
    """The first of the texts, and how many more there are."""
    more = len(texts) - MAX_LISTED
    return [*texts[:MAX_LISTED], f"and {more} more"] if more > 0 else list(texts)
