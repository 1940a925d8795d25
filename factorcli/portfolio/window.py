"""A portfolio as one ticker: the weighted sum of its stocks' returns, and what each of them adds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from factorcli.analysis import warnings as remarks
from factorcli.analysis.fit import Answers
from factorcli.engine import Array, Mask
from factorcli.engine.exposures import Exposures
from factorcli.engine.portfolio import Portfolio, portfolio, portfolio_returns
from factorcli.errors import DataError, FactorError, InsufficientHistory, UpstreamError
from factorcli.model.specification import PORTFOLIO
from factorcli.portfolio.positions import Positions
from factorcli.ports import MarketWindow, TickerReport
from factorcli.results.beta import BetaResult
from factorcli.results.diagnostics import HoldingShare, PortfolioInfo

SPELT_OUT = 5  # stocks that a sentence names
ROUNDING = 1e-12  # weights this near to 1 sum to it


@dataclass(frozen=True)
class PortfolioWindow:
    """Implements `ports.MarketWindow`: stocks at fixed weights (N,), rebalanced daily, as one column.

    What the weights lack to 1 is cash, whose excess return is 0. A day on which a stock has no return, or
    one that was left out, is none of the portfolio's.
    """

    stocks: MarketWindow
    weights: Array

    @property
    def dates(self) -> tuple[date, ...]:
        """Those of the stocks' window."""
        return self.stocks.dates

    @property
    def factors(self) -> Array:
        """Those of the stocks' window."""
        return np.asarray(self.stocks.factors)

    @property
    def risk_free(self) -> Array:
        """That of the stocks' window."""
        return np.asarray(self.stocks.risk_free)

    @cached_property
    def excess_returns(self) -> Array:
        """The portfolio's returns net of R_f (T, 1)."""
        return portfolio_returns(self.stocks.excess_returns, self.weights)[:, None]

    @property
    def proxies(self) -> Mapping[str, str]:
        """Those of the stocks' window."""
        return self.stocks.proxies

    @property
    def kept_sessions(self) -> Mask:
        """Those of the stocks' window."""
        return np.asarray(self.stocks.kept_sessions)

    @property
    def suspect_days(self) -> Mapping[str, tuple[int, ...]]:
        """Those of the stocks' window."""
        return self.stocks.suspect_days

    @property
    def missing_days(self) -> Mapping[str, int]:
        """Those of the stocks' window."""
        return self.stocks.missing_days

    @property
    def final(self) -> bool:
        """That of the stocks' window."""
        return self.stocks.final

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the stocks' window."""
        return self.stocks.warnings

    def stale(self, _: int) -> bool:
        """Whether newer prices of a stock, or of a proxy, could not be had."""
        return any(self.stocks.stale(i) for i in range(len(self.weights)))

    def report(self, _: int) -> TickerReport:
        """What happened to any stock's prices.

        A day left out for one stock is left out, for its reason, with the return that the portfolio
        would have had; large moves are those of the stocks.
        """
        reports = [self.stocks.report(i) for i in range(len(self.weights))]
        priced = np.isfinite(self.excess_returns[:, 0])
        returns, reasons = self.stocks.excess_returns.copy(), dict[int, str]()
        for i, report in enumerate(reports):
            for day, reason, value in report.excluded:
                reasons.setdefault(day, reason)
                returns[day, i] = value - self.risk_free[day]
        whole = portfolio_returns(returns, self.weights) + self.risk_free
        large = {day for report in reports for day in report.large_moves if priced[day]}
        return TickerReport(
            first_price=max((r.first_price for r in reports if r.first_price), default=None),
            last_price=min((r.last_price for r in reports if r.last_price), default=None),
            sessions_since_last_price=max(r.sessions_since_last_price for r in reports),
            missing=int((~priced).sum()) - len(reasons),
            excluded=tuple((day, reasons[day], float(whole[day])) for day in sorted(reasons)),
            large_moves=tuple(sorted(large)),
            stale=next((r.stale for r in reports if r.stale), ""),
        )


@dataclass(frozen=True, kw_only=True)
class PortfolioAnswers(Answers):
    """The answer for a portfolio, a single ticker of a `PortfolioWindow`, and whose the numbers are."""

    stocks: Answers
    positions: Positions
    weights: Array  # (N,)

    @cached_property
    def parts(self) -> Portfolio:
        """Exposures of the portfolio and, on the same days, of its stocks."""
        window = self.stocks.window
        return portfolio(
            window.excess_returns,
            window.factors,
            self.weights,
            self.covariance,
            self.basis,
            min_observations=self.required,
            estimator=self.estimator,
        )

    @cached_property
    def exposures(self) -> Exposures:
        """The fit of the portfolio."""
        return self.parts.exposures

    def check(self, i: int) -> None:
        """Raise the DataError that keeps the portfolio from having a result."""
        n = int(self.exposures.fits.observations[i])
        if n < self.required:
            raise InsufficientHistory(
                f"The stocks of {self.positions.holdings.file} have {n} returns in common in the "
                f"{len(self.window.dates)} sessions up to {self.window.dates[-1]}; a window of {self.query.window} "
                f"needs {self.required}. {self._lacking()}. Ask for a shorter window, or leave a stock out."
            )
        super().check(i)

    def beta(self, i: int) -> BetaResult:
        """The exposures of the portfolio, and what each stock adds to them."""
        return replace(super().beta(i), name=self.positions.holdings.file, portfolio=self._info())

    def about_prices(self, i: int) -> Iterator[str]:
        """What must be said about the file, and about names and prices of its stocks."""
        report, dates = self.reports[i], self.window.dates
        fits, observations = self.exposures.fits, int(self.exposures.fits.observations[i])
        yield from self.positions.notices
        for k, (one, own) in enumerate(zip(self.stocks.asked, self.stocks.reports, strict=True)):
            returns = self.stocks.window.excess_returns[:, k] + self.window.risk_free
            moves = [
                (day, float(returns[day]), self.r_squared_without[i, day])
                for day in own.large_moves
                if day in report.large_moves
            ]
            yield from remarks.about_the_name(one)
            yield from remarks.about_stale_prices(own)
            left_out = remarks.about_left_out_returns(own, dates, self.model.max_daily_return)
            yield from _named(one.ticker, left_out)
            yield from _named(one.ticker, remarks.about_large_moves(moves, dates, float(fits.r_squared[i])))
        if report.missing:
            yield f"short_history: {observations} returns in common in a window of {len(dates)}. {self._lacking()}."
        whole = replace(report, missing=0)
        yield from remarks.about_missing_returns(whole, dates, self.query.window, observations)

    def _lacking(self) -> str:
        """Which stocks lack most returns on sessions that others have, or nothing."""
        window = self.stocks.window
        absent = ~np.isfinite(window.excess_returns) & window.kept_sessions[:, None]
        counts = absent.sum(axis=0)
        most = [int(k) for k in np.argsort(-counts, kind="stable") if counts[k]]
        if not most:
            return ""
        named = ", ".join(f"{self.stocks.asked[k].ticker} {counts[k]}" for k in most[:SPELT_OUT])
        more = f" and {len(most) - SPELT_OUT} more stocks some" if len(most) > SPELT_OUT else ""
        return f"A day that one stock lacks is lost to all: {named}{more}"

    def _info(self) -> PortfolioInfo:
        return PortfolioInfo(
            self.positions.holdings.file,
            self.parts.cash if abs(self.parts.cash) > ROUNDING else 0.0,
            tuple(self._share(k) for k in range(len(self.weights))),
        )

    def _share(self, k: int) -> HoldingShare:
        one, codes, by_weight = self.stocks.asked[k], self.model.codes, self.positions.holdings.by_weight
        stock = self.universe.by_ticker.get(self.universe.current(one.ticker))
        alone, fits = self.parts.holdings.market, self.parts.holdings.fits
        return HoldingShare(
            ticker=one.ticker,
            name=stock.name if stock else None,
            sector=stock.sector if stock else None,
            weight=float(self.weights[k]),
            market_beta=float(alone.coefficients[k, 1]),
            betas=dict(zip(codes, fits.coefficients[k, 1:].tolist(), strict=True)),
            beta_contributions=dict(zip(codes, self.parts.beta_contributions[k].tolist(), strict=True)),
            risk_contribution=float(self.parts.risk_contributions[k]),
            quantity=None if by_weight else self.positions.amounts[k],
            price=None if by_weight else self.stocks.reports[k].last_close,
        )


def portfolio_answers(
    positions: Positions, stocks: Answers, failure: Callable[[str], FactorError | None]
) -> PortfolioAnswers:
    """The answer for a portfolio whose stocks have answers; failure: why the source has nothing of a column.

    Raises the error of a stock that has no result, naming the others of its kind, or WorthlessPortfolio.
    """
    failed: list[tuple[int, DataError | UpstreamError]] = []
    for k, one in enumerate(stocks.asked):
        try:
            if (reason := failure(one.column)) is not None:
                raise reason
            stocks.check(k)
        except (DataError, UpstreamError) as error:
            failed.append((k, error))
    if failed:
        first = next((error for _, error in failed if isinstance(error, UpstreamError)), failed[0][1])
        raise type(first)(_why_none(positions, failed))
    weights = np.array(positions.weights([report.last_close for report in stocks.reports]))
    shared: dict[str, Any] = {field.name: getattr(stocks, field.name) for field in fields(Answers)}
    shared |= {
        "asked": (PORTFOLIO,),
        "window": PortfolioWindow(stocks.window, weights),
        "whole": None if stocks.whole is None else PortfolioWindow(stocks.whole, weights),
    }
    return PortfolioAnswers(**shared, stocks=stocks, positions=positions, weights=weights)


def _why_none(positions: Positions, failed: Sequence[tuple[int, FactorError]]) -> str:
    file, count, many = positions.holdings.file, len(failed), len(positions.asked)
    reasons = [f"{positions.place(k).capitalize()}: {error}" for k, error in failed[:SPELT_OUT]]
    if count > SPELT_OUT:
        reasons.append(f"And {', '.join(positions.asked[k].ticker for k, _ in failed[SPELT_OUT:])}.")
    return (
        f"{file} has no result, because {count} of its {many} stocks {'has' if count == 1 else 'have'} none, and their "
        f"weight is not given to the others. {' '.join(reasons)} Correct these lines or remove them."
    )


def _named(ticker: str, sentences: Iterable[str]) -> Iterator[str]:
    """Remarks with the ticker that they are about."""
    for sentence in sentences:
        code, _, text = sentence.partition(": ")
        yield f"{code}: {ticker}: {text}"
