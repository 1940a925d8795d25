"""A portfolio as one ticker: the weighted sum of its stocks' returns, and what each of them adds."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any, cast

import numpy as np

from factorcli import remarks
from factorcli.answers import Answers
from factorcli.engine import Array, Mask
from factorcli.engine.exposures import Exposures
from factorcli.engine.inference import Covariance
from factorcli.engine.portfolio import Portfolio, portfolio, portfolio_returns
from factorcli.errors import (
    DataError,
    FactorError,
    InsufficientHistory,
    InvalidPortfolio,
    UpstreamError,
    WorthlessPortfolio,
)
from factorcli.holdings import Holdings
from factorcli.ports import MarketWindow, TickerReport
from factorcli.query import PORTFOLIO, Asked
from factorcli.results import BetaResult, HoldingShare, PortfolioInfo

SPELT_OUT = 5  # stocks that a sentence names
ROUNDING = 1e-12  # weights this near to 1 sum to it


@dataclass(frozen=True)
class Positions:
    """The stocks of a file by the ticker that is meant, each once: amounts (N,), weights or quantities, none 0."""

    holdings: Holdings
    asked: tuple[Asked, ...]
    amounts: tuple[float, ...]
    lines: tuple[tuple[int, ...], ...]
    notices: tuple[str, ...]

    @classmethod
    def of(cls, holdings: Holdings, resolve: Callable[[str], Asked]) -> "Positions":
        """Lines of the same stock (TCS and TCS.NS too) are added up; what sums to 0 is left out.

        Raises InvalidPortfolio where nothing remains.
        """
        asked: dict[str, Asked] = {}
        amounts: dict[str, list[float]] = {}
        lines: dict[str, list[int]] = {}
        for row in holdings.rows:
            one = resolve(row.ticker)
            asked.setdefault(one.ticker, one)
            amounts.setdefault(one.ticker, []).append(row.amount)
            lines.setdefault(one.ticker, []).append(row.line)
        sums = {ticker: math.fsum(parts) for ticker, parts in amounts.items()}
        held = [ticker for ticker, amount in sums.items() if amount]
        if not held:
            raise InvalidPortfolio(
                f"{holdings.file} holds nothing: what is long of a stock is short of it on another line. Remove one."
            )
        notices = list(holdings.notices)
        for ticker, places in lines.items():
            if len(places) > 1:
                parts = " and ".join(f"{part:.6g}" for part in amounts[ticker])
                notices.append(f"repeated_holding: {_lines(places)} are all {ticker}; {parts} are added up.")
        if none := [ticker for ticker, amount in sums.items() if not amount]:
            notices.append(f"zero_weight: nothing is held of {', '.join(none)}: left out.")
        return cls(
            holdings,
            tuple(asked[ticker] for ticker in held),
            tuple(sums[ticker] for ticker in held),
            tuple(tuple(lines[ticker]) for ticker in held),
            tuple(notices),
        )

    def weights(self, prices: Array) -> Array:
        """Weights (N,); of quantities at prices (N,), each value over that of all with the cash.

        Raises WorthlessPortfolio.
        """
        amounts, cash = np.array(self.amounts), self.holdings.cash
        if self.holdings.by_weight:
            return amounts
        values = amounts * prices
        total = float(values.sum() + cash)
        if not total > 0:
            raise WorthlessPortfolio(
                f"{self.holdings.file} is worth {total:,.2f} at the last prices, cash of {cash:,.2f} included: weights "
                "need a positive worth. Add the money that the short sales brought in as a line CASH."
            )
        return values / total


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
        window, covariance = self.stocks.window, cast(Covariance, self.query.covariance)
        return portfolio(
            window.excess_returns, window.factors, self.weights, covariance, self.basis, min_observations=self.required
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
    weights = positions.weights(np.array([report.last_close for report in stocks.reports]))
    shared: dict[str, Any] = {field.name: getattr(stocks, field.name) for field in fields(Answers)}
    shared |= {
        "asked": (PORTFOLIO,),
        "window": PortfolioWindow(stocks.window, weights),
        "whole": None if stocks.whole is None else PortfolioWindow(stocks.whole, weights),
    }
    return PortfolioAnswers(**shared, stocks=stocks, positions=positions, weights=weights)


def _why_none(positions: Positions, failed: Sequence[tuple[int, FactorError]]) -> str:
    file, count, many = positions.holdings.file, len(failed), len(positions.asked)
    reasons = [f"{_lines(positions.lines[k]).capitalize()}: {error}" for k, error in failed[:SPELT_OUT]]
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


def _lines(numbers: Sequence[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {' and '.join(map(str, numbers))}"
