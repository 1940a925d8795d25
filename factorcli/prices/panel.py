"""Dates and columns of price panels."""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.ports import PricePanel

Dates = NDArray[np.datetime64]


def to_dates(days: Iterable[date]) -> Dates:
    """Calendar days as datetime64[D]."""
    return np.array(list(days), dtype="datetime64[D]")


def from_dates(days: Dates) -> tuple[date, ...]:
    """datetime64[D] as calendar days."""
    return tuple(days.astype("datetime64[D]").tolist())


def columns_of(panel: PricePanel, tickers: Sequence[str]) -> Array:
    """Closes (T, len(tickers)) in this order; NaN columns for tickers it lacks."""
    place = {ticker: i for i, ticker in enumerate(panel.tickers)}
    index = np.array([place.get(ticker, -1) for ticker in tickers], dtype=np.intp)
    closes = np.full((len(panel.dates), len(tickers)), np.nan)
    closes[:, index >= 0] = panel.closes[:, index[index >= 0]]
    return closes
