"""Prices on days on which the market has none: of a file whose dates are a day early or late, or of another market."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from factorcli.engine import Mask
from factorcli.ports import PricePanel
from factorcli.prices.panel import Dates, columns_of, from_dates

MIN_SHARE = 0.95  # of a ticker's prices that are on sessions once shifted


@dataclass(frozen=True)
class OffDays:
    """Days with a price of a ticker and of no proxy; shift: the days to add so that all dates fit, else 0."""

    days: tuple[date, ...] = ()
    shift: int = 0


NO_OFF_DAYS = OffDays()


def off_days(panel: PricePanel, sessions: Dates, is_off: Mask, tickers: Sequence[str]) -> dict[str, OffDays]:
    """The off-market days of each ticker that has some, between the first session and the last.

    is_off (T,): the first T dates of the panel on which no proxy has a price.
    """
    off = np.flatnonzero(is_off)
    dates = panel.dates[: len(is_off)]
    off = off[(dates[off] > sessions[0]) & (dates[off] < sessions[-1])]
    if not len(off):
        return {}
    priced = np.isfinite(columns_of(panel, tickers)[: len(is_off)])
    found = {}
    for i, ticker in enumerate(tickers):
        days = dates[off[priced[off, i]]]
        if len(days):
            found[ticker] = OffDays(from_dates(days), _shift(dates[priced[:, i]], sessions))
    return found


def _shift(days: Dates, sessions: Dates) -> int:
    """1 where the dates are a day early, -1 where they are a day late, else 0."""
    days = days[(days > sessions[0]) & (days < sessions[-1])]
    for shift in (1, -1):
        if np.isin(days + np.timedelta64(shift, "D"), sessions).mean() >= MIN_SHARE:
            return shift
    return 0
