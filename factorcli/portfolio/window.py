"""The window of portfolios: stocks at fixed weights, a column each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from factorcli.engine import Array, Ints, Mask
from factorcli.engine.portfolio import portfolio_returns, portfolio_value
from factorcli.model.frequency import Frequency
from factorcli.ports import MarketWindow, TickerReport
from factorcli.results.warnings import ResultWarning


class Mix(NamedTuple):
    """What a portfolio holds: positions (N,) in a window of stocks, and their weights (N,)."""

    places: Ints
    weights: Array

    def returns(self, of_stocks: Array) -> Array:
        """Returns (T,) of the portfolio, of those of all stocks (T, S); NaN where one that it holds has none."""
        return portfolio_returns(np.take(of_stocks, self.places, axis=1), self.weights)


@dataclass(frozen=True)
class PortfolioWindow:
    """Implements `ports.MarketWindow`: M portfolios of stocks at fixed weights, rebalanced daily, a column each.

    1 minus the sum of the weights is cash, whose excess return is 0. A portfolio has no return on a day on
    which a stock of it has none, or one that is excluded. reports: the gate's report of a stock, where it is kept.
    """

    stocks: MarketWindow
    mixes: tuple[Mix, ...]
    reports: Callable[[int], TickerReport] | None = None

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
        """The portfolios' returns net of R_f (T, M)."""
        of_stocks = self.stocks.excess_returns
        return np.column_stack([mix.returns(of_stocks) for mix in self.mixes])

    @cached_property
    def genuine_returns(self) -> Array:
        """The portfolios' returns net of R_f on sessions on which all their stocks have genuine ones (T, M)."""
        of_stocks = self.stocks.genuine_returns
        return np.column_stack([mix.returns(of_stocks) for mix in self.mixes])

    @cached_property
    def gross_returns(self) -> Array:
        """The portfolios' returns on sessions on which all their stocks have one, excluded or not (T, M)."""
        of_stocks, rates = self.stocks.gross_returns, self.risk_free
        whole = [mix.returns(of_stocks) + (1.0 - mix.weights.sum()) * rates for mix in self.mixes]
        return np.column_stack(whole)

    @cached_property
    def closes(self) -> Array:
        """The portfolios' values (T + 1, M), 1 at first; NaN within runs of sessions without a return of a stock."""
        of_stocks, returns, rates = self.stocks.closes, self.gross_returns, self.risk_free
        values = [
            portfolio_value(np.take(of_stocks, mix.places, axis=1), returns[:, i], mix.weights, rates)
            for i, mix in enumerate(self.mixes)
        ]
        return np.column_stack(values)

    @cached_property
    def own_exclusions(self) -> Mask:
        """Mask (T, M) of the sessions that are excluded for at least one stock of the portfolio alone."""
        of_stocks = self.stocks.own_exclusions
        return np.column_stack([of_stocks[:, mix.places].any(axis=1) for mix in self.mixes])

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

    @cached_property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """As in the stocks' window."""
        return self.stocks.warnings

    @property
    def up_to_date(self) -> Mask:
        """Whether all stocks of each portfolio are, (M,)."""
        of_stocks = self.stocks.up_to_date
        return np.array([of_stocks[mix.places].all() for mix in self.mixes])

    def stale(self, column: int) -> bool:
        """Whether the newest prices of a stock of a portfolio, or of a proxy, were not available."""
        return any(self.stocks.stale(place) for place in self.mixes[column].places.tolist())

    def of(self, columns: Sequence[int]) -> "PortfolioWindow":
        """The window of some portfolios, by column, in this order."""
        return PortfolioWindow(self.stocks, tuple(self.mixes[column] for column in columns), self.reports)

    def report(self, column: int) -> TickerReport:
        """The gate's reports of all stocks of a portfolio, as one.

        A day excluded for one stock is excluded, for the same reason, with the return that the portfolio
        would have had; large moves are those of the stocks.
        """
        places, weights = self.mixes[column]
        reports = [(self.reports or self.stocks.report)(place) for place in places.tolist()]
        priced = np.isfinite(self.excess_returns[:, column])
        reasons: dict[int, str] = {}
        sizes: dict[tuple[int, int], float] = {}
        for i, report in enumerate(reports):
            for day, reason, value in report.excluded:
                reasons.setdefault(day, reason)
                sizes[day, i] = value
        excluded = []
        for day in sorted(reasons):
            returns = self.stocks.excess_returns[day, places]
            for i in range(len(places)):
                if (day, i) in sizes:
                    returns[i] = sizes[day, i] - self.risk_free[day]
            excluded.append((day, reasons[day], float((returns * weights).sum() + self.risk_free[day])))
        large = {day for report in reports for day in report.large_moves if priced[day]}
        return TickerReport(
            first_price=max((r.first_price for r in reports if r.first_price), default=None),
            last_price=min((r.last_price for r in reports if r.last_price), default=None),
            sessions_since_last_price=max(r.sessions_since_last_price for r in reports),
            missing=int((~priced).sum()) - len(reasons),
            excluded=tuple(excluded),
            large_moves=tuple(sorted(large)),
            stale=next((r.stale for r in reports if r.stale), ""),
            actions=tuple(one for r in reports for one in r.actions),
        )
