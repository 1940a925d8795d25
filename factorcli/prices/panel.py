"""Dates, columns and returns of price panels."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.engine.returns import differences, simple_returns
from factorcli.model.frequency import DAILY, MONTHLY, WEEKLY, Frequency
from factorcli.ports import PricePanel

Dates = NDArray[np.datetime64]
MONDAY = 3  # days from a Monday to 1970-01-01
# Prices are weekly or monthly where the median gap between them is above this many calendar days.
WEEKLY_GAP, MONTHLY_GAP = 3, 20


def from_dates(days: Dates) -> tuple[date, ...]:
    """datetime64[D] as calendar days."""
    return tuple(days.astype("datetime64[D]").tolist())


def columns_of(panel: PricePanel, tickers: Sequence[str]) -> Array:
    """Closes (T, len(tickers)) in this order; NaN columns for tickers it lacks."""
    return ordered(panel.closes, panel, tickers)


def ordered(values: Array, panel: PricePanel, tickers: Sequence[str]) -> Array:
    """Columns of values (T, N), which are the panel's, in the order of these tickers; NaN for those it lacks."""
    positions = {ticker: i for i, ticker in enumerate(panel.tickers)}
    index = np.array([positions.get(ticker, -1) for ticker in tickers], dtype=np.intp)
    columns = np.full((len(values), len(tickers)), np.nan)
    columns[:, index >= 0] = values[:, index[index >= 0]]
    return columns


def factor_returns(closes: Array, transforms: Sequence[str]) -> Array:
    """Returns (T−1, N) of proxies' closes (T, N); differences where the transform is `diff`."""
    returns = simple_returns(closes)
    levels = np.array([transform == "diff" for transform in transforms], dtype=np.bool_)
    returns[:, levels] = differences(closes[:, levels])
    return returns


def native_frequency(sessions: Dates) -> Frequency:
    """The frequency of prices at these sessions, from the median gap in calendar days."""
    if len(sessions) < 2:
        return DAILY
    gaps = np.sort(np.diff(sessions.astype("datetime64[D]").astype(np.int64)))
    gap = (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2  # the median; numpy's loads its masked arrays
    return MONTHLY if gap > MONTHLY_GAP else WEEKLY if gap > WEEKLY_GAP else DAILY


def period_numbers(days: Dates, frequency: Frequency) -> NDArray[np.int64]:
    """The number of each day's week (Monday to Sunday) or calendar month; neighbouring periods differ by 1."""
    if frequency is MONTHLY:
        return days.astype("datetime64[M]").astype(np.int64)
    weeks: NDArray[np.int64] = (days.astype("datetime64[D]").astype(np.int64) + MONDAY) // 7
    return weeks
