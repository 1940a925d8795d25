"""What is known of the tickers of a fitted window before it is made, from windows that were joined to it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from factorcli.analysis.unusual_days import UnusualDay
from factorcli.engine import Array
from factorcli.ports import TickerReport


class Known(NamedTuple):
    """Of N tickers the gate's reports, unusual days by ticker and position, and the returns of their closes (N,)."""

    reports: Mapping[int, TickerReport]
    unusual_days: Mapping[tuple[int, int], UnusualDay]
    price_returns: Array

    def chosen(self, columns: Sequence[int]) -> "Known":
        """The same of some tickers, by position, in this order."""
        days: dict[int, list[UnusualDay]] = {}
        for (k, _), one in self.unusual_days.items():
            days.setdefault(k, []).append(one)
        return Known(
            {i: self.reports[k] for i, k in enumerate(columns)},
            {(i, one.day): one for i, k in enumerate(columns) for one in days.get(k, ())},
            self.price_returns[list(columns)],
        )

    def joined(self, other: "Known") -> "Known":
        """The same of these tickers and, behind them, of others."""
        count = len(self.reports)
        return Known(
            {**self.reports, **{count + i: report for i, report in other.reports.items()}},
            {**self.unusual_days, **{(count + i, day): one for (i, day), one in other.unusual_days.items()}},
            np.concatenate([self.price_returns, other.price_returns]),
        )
