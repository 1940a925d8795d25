"""The window of a portfolio: its stocks at fixed weights as one column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.engine.portfolio import portfolio_returns, portfolio_value
from factorcli.model.frequency import Frequency
from factorcli.ports import MarketWindow, TickerReport
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class PortfolioWindow:
    """Implements `ports.MarketWindow`: stocks at fixed weights (N,), rebalanced daily, as one column.

    1 minus the sum of the weights is cash, whose excess return is 0. The portfolio has no return on a day on
    which a stock has none, or one that is excluded.
    """

    stocks: MarketWindow
    weights: Array

    @property
    def dates(self) -> tuple[date, ...]:
        """As in the stocks' window."""
        return self.stocks.dates

    @property
    def factors(self) -> Array:
        """As in the stocks' window."""
        return np.asarray(self.stocks.factors)

    @property
    def factors_before(self) -> Array:
        """As in the stocks' window."""
        return np.asarray(self.stocks.factors_before)

    @property
    def risk_free(self) -> Array:
        """As in the stocks' window."""
        return np.asarray(self.stocks.risk_free)

    @property
    def frequency(self) -> Frequency:
        """As in the stocks' window."""
        return self.stocks.frequency

    @property
    def periods_a_year(self) -> int:
        """As in the stocks' window."""
        return self.stocks.periods_a_year

    @cached_property
    def excess_returns(self) -> Array:
        """The portfolio's returns net of R_f (T, 1)."""
        return portfolio_returns(self.stocks.excess_returns, self.weights)[:, None]

    @cached_property
    def genuine_returns(self) -> Array:
        """The portfolio's returns net of R_f on sessions on which all stocks have genuine ones (T, 1)."""
        return portfolio_returns(self.stocks.genuine_returns, self.weights)[:, None]

    @cached_property
    def gross_returns(self) -> Array:
        """The portfolio's returns on sessions on which all stocks have one, excluded or not (T, 1)."""
        of_stocks = portfolio_returns(self.stocks.gross_returns, self.weights)
        return np.asarray((of_stocks + (1.0 - self.weights.sum()) * self.risk_free)[:, None])

    @cached_property
    def closes(self) -> Array:
        """The portfolio's value (T + 1, 1), 1 at first; NaN within runs of sessions on which a stock has no return."""
        value = portfolio_value(self.stocks.closes, self.gross_returns[:, 0], self.weights, self.risk_free)
        return np.asarray(value[:, None])

    @property
    def own_exclusions(self) -> Mask:
        """Mask (T, 1) of the sessions that are excluded for at least one stock alone."""
        return np.asarray(self.stocks.own_exclusions.any(axis=1, keepdims=True))

    @property
    def proxies(self) -> Mapping[str, str]:
        """As in the stocks' window."""
        return self.stocks.proxies

    @property
    def kept_sessions(self) -> Mask:
        """As in the stocks' window."""
        return np.asarray(self.stocks.kept_sessions)

    @property
    def suspect_days(self) -> Mapping[str, tuple[int, ...]]:
        """As in the stocks' window."""
        return self.stocks.suspect_days

    @property
    def missing_days(self) -> Mapping[str, int]:
        """As in the stocks' window."""
        return self.stocks.missing_days

    @property
    def final(self) -> bool:
        """As in the stocks' window."""
        return self.stocks.final

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """As in the stocks' window."""
        return self.stocks.warnings

    @property
    def up_to_date(self) -> Mask:
        """Whether all stocks are, (1,)."""
        return np.array([self.stocks.up_to_date.all()])

    def stale(self, _: int) -> bool:
        """Whether the newest prices of a stock or of a proxy were not available."""
        return any(self.stocks.stale(i) for i in range(len(self.weights)))

    def of(self, _: Sequence[int]) -> "PortfolioWindow":
        """Itself, as it has one column."""
        return self

    def report(self, _: int) -> TickerReport:
        """The gate's reports of all stocks, as one.

        A day excluded for one stock is excluded, for the same reason, with the return that the portfolio
        would have had; large moves are those of the stocks.
        """
        reports = [self.stocks.report(i) for i in range(len(self.weights))]
        priced = np.isfinite(self.excess_returns[:, 0])
        returns, reasons = self.stocks.excess_returns.copy(), dict[int, str]()
        for i, report in enumerate(reports):
            for day, reason, value in report.excluded:
                reasons.setdefault(day, reason)
                returns[day, i] = value - self.risk_free[day]
        gross = portfolio_returns(returns, self.weights) + self.risk_free
        large = {day for report in reports for day in report.large_moves if priced[day]}
        return TickerReport(
            first_price=max((r.first_price for r in reports if r.first_price), default=None),
            last_price=min((r.last_price for r in reports if r.last_price), default=None),
            sessions_since_last_price=max(r.sessions_since_last_price for r in reports),
            missing=int((~priced).sum()) - len(reasons),
            excluded=tuple((day, reasons[day], float(gross[day])) for day in sorted(reasons)),
            large_moves=tuple(sorted(large)),
            stale=next((r.stale for r in reports if r.stale), ""),
            actions=tuple(one for r in reports for one in r.actions),
        )
