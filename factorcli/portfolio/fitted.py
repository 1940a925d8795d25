"""Portfolios of the stocks of one window, fitted together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from factorcli.analysis.fit import FittedWindow, basis, covariance, estimator
from factorcli.analysis.unusual_days import UnusualDay
from factorcli.analysis.warnings import idle_warnings, name_warnings
from factorcli.engine import Array, Ints
from factorcli.engine.estimators import sample
from factorcli.engine.exposures import betas, estimate
from factorcli.portfolio.positions import PORTFOLIO, Positions
from factorcli.portfolio.window import Mix, PortfolioWindow


class StockFacts(NamedTuple):
    """A stock that portfolios hold; window_return: NaN where its prices begin within the window."""

    ticker: str
    name: str | None
    sector: str | None
    last_close: float
    window_return: float
    filled: int


@dataclass(frozen=True)
class FittedPortfolios:
    """M portfolios, and the window of all their stocks, of which several may hold the same."""

    positions: tuple[Positions, ...]
    stocks: FittedWindow
    mixes: tuple[Mix, ...]

    @classmethod
    def of(
        cls, positions: Sequence[Positions], stocks: FittedWindow, places: Sequence[Sequence[int]]
    ) -> "FittedPortfolios":
        """Portfolios whose holdings are at these places of the stocks' window. Raises WorthlessPortfolio."""
        mixes = []
        for one, held in zip(positions, places, strict=True):
            weights = one.weights([stocks.reports[place].last_close for place in held], stocks.model.market.currency)
            mixes.append(Mix(np.array(held, dtype=np.int64), np.array(weights)))
        return cls(tuple(positions), stocks, tuple(mixes))

    @cached_property
    def fitted(self) -> FittedWindow:
        """The window of the portfolios, a column each."""
        stocks, all_sessions = self.stocks, self.stocks.all_sessions
        window = PortfolioWindow(stocks.window, self.mixes, stocks.report)
        exposures = estimate(
            window.excess_returns,
            window.factors,
            covariance(stocks.spec),
            basis(stocks.spec, stocks.model),
            stocks.required,
            estimator(stocks.spec),
            window.factors_before,
        )
        return replace(
            stocks,
            tickers=(PORTFOLIO,) * len(self.mixes),
            window=window,
            all_sessions=None if all_sessions is None else PortfolioWindow(all_sessions, self.mixes),
            exposures=exposures,
            known=None,
            methods=(stocks.spec.method,),
        )

    @cached_property
    def holding_betas(self) -> list[tuple[Array, Array]]:
        """Of each portfolio its holdings' market betas (N,) and betas (N, K), on the days that all of them have.

        Those of a stock on the same days are found once: its own where it has a return on no other day.
        """
        returns = self.stocks.exposures.sample.returns
        priced, common = np.isfinite(returns).T, np.isfinite(self.fitted.exposures.sample.returns).T
        own = _coefficients(self.stocks)
        fitted_anew: dict[tuple[int, bytes], int] = {}
        rows: list[Ints] = []
        for i, mix in enumerate(self.mixes):
            days = common[i].tobytes()
            same = (priced[mix.places] == common[i]).all(axis=1).tolist()
            places = [
                place if kept else len(own) + fitted_anew.setdefault((place, days), len(fitted_anew))
                for place, kept in zip(mix.places.tolist(), same, strict=True)
            ]
            rows.append(np.array(places))
        if fitted_anew:
            columns = [
                np.where(np.frombuffer(days, dtype=np.bool_), returns[:, place], np.nan) for place, days in fitted_anew
            ]
            own = np.concatenate([own, self._betas(np.column_stack(columns))])
        return [(own[places, 0], own[places, 1:]) for places in rows]

    def _betas(self, returns: Array) -> Array:
        """Market betas and betas (N, 1 + K) of excess returns (T, N)."""
        stocks = self.stocks
        of_model = sample(
            returns,
            stocks.window.factors,
            basis(stocks.spec, stocks.model),
            estimator(stocks.spec),
            stocks.window.factors_before,
        )
        return np.column_stack([betas(of_model.market(), stocks.required)[:, :1], betas(of_model, stocks.required)])

    def facts(self, place: int) -> StockFacts:
        """What does not depend on the portfolio of the stock at a place, found once for all."""
        if place not in self._facts:
            self._facts[place] = self._facts_of(place)
        return self._facts[place]

    @cached_property
    def _facts(self) -> dict[int, StockFacts]:
        return {}

    def _facts_of(self, place: int) -> StockFacts:
        report, ticker = self.stocks.report(place), self.stocks.tickers[place].ticker
        stock = self.stocks.origin.stock(ticker)
        name, sector = (stock.name, stock.sector) if stock else (None, None)
        change = float("nan") if report.filled else float(self.stocks.price_returns[place])
        return StockFacts(ticker, name, sector, report.last_close, change, report.filled)

    @cached_property
    def unusual_days(self) -> Mapping[int, list[UnusualDay]]:
        """Large moves and outliers of each stock, by its place."""
        found: dict[int, list[UnusualDay]] = {}
        for (place, _), one in self.stocks.unusual_days.items():
            found.setdefault(place, []).append(one)
        return found

    def is_remarkable(self, place: int) -> bool:
        """Whether there may be a warning of the stock at a place; of most there is none, which is told once."""
        if place not in self._remarkable:
            own, one = self.stocks.reports[place], self.stocks.tickers[place]
            of_prices = own.stale or own.excluded or own.actions or own.bad_prints or own.jumps or own.not_filled
            often_idle = own.unchanged > 0 and any(idle_warnings(own, self.stocks.window.frequency))
            named = any(name_warnings(one)) or self.stocks.model.cannot_be_held(one.column)
            self._remarkable[place] = bool(of_prices or often_idle or named or place in self.unusual_days)
        return self._remarkable[place]

    @cached_property
    def _remarkable(self) -> dict[int, bool]:
        return {}


def _coefficients(stocks: FittedWindow) -> Array:
    """Market betas and betas (N, 1 + K) of the stocks' own fits."""
    return np.column_stack([stocks.exposures.market.coefficients[:, 1], stocks.fits.coefficients[:, 1:]])
