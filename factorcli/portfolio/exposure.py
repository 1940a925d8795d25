"""The exposure of a portfolio as one ticker, each stock's contributions to it, and its warnings."""

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.exposure import exposure_with
from factorcli.analysis.fit import FittedWindow, basis, covariance, estimator
from factorcli.analysis.provenance import corrected_days, data_info
from factorcli.analysis.unusual_days import UnusualDay
from factorcli.analysis.warnings import (
    action_warnings,
    bad_print_warnings,
    exclusion_warnings,
    fit_warnings,
    idle_warnings,
    large_move_warnings,
    missing_return_warnings,
    name_warnings,
    outlier_warnings,
    stale_price_warnings,
)
from factorcli.engine import Array
from factorcli.engine.portfolio import Portfolio, portfolio
from factorcli.errors import FactorError, ForeignListing, InsufficientHistory, UpstreamError
from factorcli.portfolio.positions import PORTFOLIO, Positions
from factorcli.portfolio.window import PortfolioWindow
from factorcli.results.corrections import CorrectedDay
from factorcli.results.exposure import Exposure
from factorcli.results.portfolio import HoldingShare, PortfolioInfo
from factorcli.results.provenance import DataInfo
from factorcli.results.warnings import ResultWarning

MAX_NAMED_STOCKS = 5  # that a message lists one by one
CASH_TOLERANCE = 1e-12  # a cash weight up to this is rounding error and reported as 0


def portfolio_exposure(positions: Positions, stocks: FittedWindow) -> Exposure:
    """The exposure of a portfolio whose stocks are fitted.

    Raises the error of a stock that has no result, naming the others of its kind, WorthlessPortfolio, or
    InsufficientHistory where the stocks have too few returns in common.
    """
    return fitted_portfolio(positions, stocks).exposure()


def fitted_portfolio(positions: Positions, stocks: FittedWindow) -> "FittedPortfolio":
    """A portfolio whose stocks are fitted. Raises as `portfolio_exposure`."""
    _raise_if_ineligible(positions, stocks)
    found = FittedPortfolio.of(positions, stocks)
    found.check()
    return found


def without_missing(positions: Positions, stocks: FittedWindow) -> Positions:
    """The positions without those that have no result; all of them where upstream failed, which will pass."""
    failed = {k: error for k in range(len(stocks.tickers)) if (error := _error(stocks, k)) is not None}
    if not failed or any(isinstance(error, UpstreamError) for error in failed.values()):
        return positions
    return positions.without(failed, [report.last_close for report in stocks.reports])


@dataclass(frozen=True)
class FittedPortfolio:
    """The portfolio as the only ticker of a fitted window, its stocks, and their contributions."""

    positions: Positions
    stocks: FittedWindow
    weights: Array  # (N,)
    parts: Portfolio

    @classmethod
    def of(cls, positions: Positions, stocks: FittedWindow) -> "FittedPortfolio":
        weights = np.array(positions.weights([report.last_close for report in stocks.reports]))
        parts = portfolio(
            stocks.window.excess_returns,
            stocks.window.factors,
            weights,
            covariance(stocks.spec),
            basis(stocks.spec, stocks.model),
            min_observations=stocks.required,
            estimator=estimator(stocks.spec),
            before=stocks.window.factors_before,
        )
        return cls(positions, stocks, weights, parts)

    @cached_property
    def fitted(self) -> FittedWindow:
        """The portfolio's own window."""
        all_sessions = self.stocks.all_sessions
        return replace(
            self.stocks,
            tickers=(PORTFOLIO,),
            window=PortfolioWindow(self.stocks.window, self.weights),
            all_sessions=None if all_sessions is None else PortfolioWindow(all_sessions, self.weights),
            exposures=self.parts.exposures,
        )

    @property
    def observations(self) -> int:
        """Number of sessions on which all stocks have a return."""
        return int(self.fitted.fits.observations[0])

    def check(self) -> None:
        """Raise InsufficientHistory where the stocks have too few returns in common, or the fit's error."""
        fitted, file = self.fitted, self.positions.holdings.file
        if self.observations < fitted.required:
            dates = fitted.window.dates
            raise InsufficientHistory(
                f"The stocks of {file} have {self.observations} returns in common in the {len(dates)} "
                f"{fitted.period}s up to {dates[-1]}; a window of {fitted.spec.window} needs {fitted.required}. "
                f"{self._missing_counts()}. "
                "Ask for a shorter window, or leave a stock out."
            )
        if (error := ineligible(fitted, 0)) is not None:
            raise error

    def exposure(self) -> Exposure:
        """The exposure with the holdings' contributions."""
        found = exposure_with(self.fitted, 0, self.warnings())
        beta = replace(found.beta, name=self.positions.holdings.file, data=self.data(), portfolio=self._info())
        return replace(found, beta=beta)

    def data(self) -> DataInfo:
        """The portfolio's prices, with the corrected returns of its stocks."""
        return replace(data_info(self.fitted, 0), corrected=self._corrected())

    @property
    def value(self) -> float | None:
        """What it is worth at the last closes, cash included; None where the file has weights."""
        holdings = self.positions.holdings
        if holdings.by_weight:
            return None
        prices = [report.last_close for report in self.stocks.reports]
        return math.fsum([*(a * p for a, p in zip(self.positions.amounts, prices, strict=True)), holdings.cash])

    def _corrected(self) -> tuple[CorrectedDay, ...]:
        """The corrected returns of every stock, each with its ticker."""
        pairs = zip(self.stocks.tickers, self.stocks.reports, strict=True)
        return tuple(day for one, report in pairs for day in corrected_days(report, one.ticker))

    def warnings(self) -> list[ResultWarning]:
        """Warnings about the file, about names and prices of the stocks, and about the fit."""
        fitted, report, dates = self.fitted, self.fitted.reports[0], self.fitted.window.dates
        warnings = [*fitted.window.warnings, *self.positions.warnings]
        for k, (resolved, own) in enumerate(zip(self.stocks.tickers, self.stocks.reports, strict=True)):
            warnings += [*name_warnings(resolved), *stale_price_warnings(own)]
            of_returns = self._return_warnings(k)
            warnings += [replace(warning, text=f"{resolved.ticker}: {warning.text}") for warning in of_returns]
        if report.missing:
            text = f"{self.observations} returns in common in a window of {len(dates)}. {self._missing_counts()}."
            warnings.append(ResultWarning("short_history", text))
        without_missing = replace(report, missing=0)
        warnings += missing_return_warnings(without_missing, dates, fitted.spec, self.observations)
        return [*warnings, *fit_warnings(fitted, 0)]

    def _return_warnings(self, k: int) -> list[ResultWarning]:
        """Returns of stock k that were corrected, left out, or are kept but large or far from what is expected.

        R² with bad prints and without large moves is the portfolio's, R² without outliers the stock's own.
        """
        fitted, own, dates = self.fitted, self.stocks.reports[k], self.fitted.window.dates
        r_squared = float(fitted.fits.r_squared[0])
        moves, outliers = self._unusual_days(k)
        return [
            *action_warnings(own),
            *bad_print_warnings([(one, *fitted.r_squared_with(0, one)) for one in own.bad_prints], r_squared),
            *exclusion_warnings(own, dates, fitted.model.max_daily_return),
            *large_move_warnings(moves, dates, r_squared),
            *outlier_warnings(outliers, dates, float(self.stocks.fits.r_squared[k]), "Its own R²"),
            *idle_warnings(own, fitted.window.frequency),
        ]

    def _unusual_days(self, k: int) -> tuple[list[UnusualDay], list[UnusualDay]]:
        """Large moves of stock k on the portfolio's days, with the portfolio's R² without them, and its outliers."""
        large, outliers = self.fitted.reports[0].large_moves, []
        moves, priced = [], np.isfinite(self.fitted.window.excess_returns[:, 0])
        for (i, day), one in self.stocks.unusual_days.items():
            if i == k and one.large and day in large:
                moves.append(replace(one, r_squared=self.fitted.unusual_days[0, day].r_squared))
            elif i == k and not one.large and priced[day]:
                outliers.append(one)
        return moves, outliers

    def _missing_counts(self) -> str:
        """The stocks with the most missing returns on kept sessions, as a sentence; empty where none is missing."""
        window, tickers = self.stocks.window, self.stocks.tickers
        absent = ~np.isfinite(window.excess_returns) & window.kept_sessions[:, None]
        counts = absent.sum(axis=0)
        most = [int(k) for k in np.argsort(-counts, kind="stable") if counts[k]]
        if not most:
            return ""
        named = ", ".join(f"{tickers[k].ticker} {counts[k]}" for k in most[:MAX_NAMED_STOCKS])
        more = f" and {len(most) - MAX_NAMED_STOCKS} more stocks" if len(most) > MAX_NAMED_STOCKS else ""
        return f"A day on which one stock has no return is left out for all; missing returns: {named}{more}"

    def _info(self) -> PortfolioInfo:
        return PortfolioInfo(
            self.positions.holdings.file,
            self.parts.cash if abs(self.parts.cash) > CASH_TOLERANCE else 0.0,
            tuple(self._share(k) for k in range(len(self.weights))),
        )

    def _share(self, k: int) -> HoldingShare:
        ticker, codes = self.stocks.tickers[k].ticker, self.stocks.model.codes
        stock, by_weight = self.stocks.origin.stock(ticker), self.positions.holdings.by_weight
        market, fits = self.parts.holdings.market, self.parts.holdings.fits
        return HoldingShare(
            ticker=ticker,
            name=stock.name if stock else None,
            sector=stock.sector if stock else None,
            weight=float(self.weights[k]),
            market_beta=float(market.coefficients[k, 1]),
            betas=dict(zip(codes, fits.coefficients[k, 1:].tolist(), strict=True)),
            beta_contributions=dict(zip(codes, self.parts.beta_contributions[k].tolist(), strict=True)),
            risk_contribution=float(self.parts.risk_contributions[k]),
            window_return=float(self.stocks.price_returns[k]),
            quantity=None if by_weight else self.positions.amounts[k],
            price=None if by_weight else self.stocks.reports[k].last_close,
        )


def _raise_if_ineligible(positions: Positions, stocks: FittedWindow) -> None:
    """Raise the error of the first stock without a result, UpstreamError before others, with a message naming all."""
    failed: list[tuple[int, FactorError]] = [
        (k, error) for k in range(len(stocks.tickers)) if (error := _error(stocks, k)) is not None
    ]
    if not failed:
        return
    first = next((error for _, error in failed if isinstance(error, UpstreamError)), failed[0][1])
    error = copy(first)
    error.args = (_failure_message(positions, failed),)
    raise error


def _error(stocks: FittedWindow, k: int) -> FactorError | None:
    """Why stock k cannot be part of a portfolio: it is quoted in another currency or elsewhere, or it has no result."""
    ticker, foreign = stocks.tickers[k].ticker, stocks.reports[k].foreign
    if foreign:
        return ForeignListing(f"{ticker} is quoted {foreign}: a portfolio is of one currency.")
    return ineligible(stocks, k)


def _failure_message(positions: Positions, failed: Sequence[tuple[int, FactorError]]) -> str:
    file, count, many = positions.holdings.file, len(failed), len(positions.tickers)
    reasons = [f"{positions.place(k).capitalize()}: {error}" for k, error in failed[:MAX_NAMED_STOCKS]]
    if count > MAX_NAMED_STOCKS:
        reasons.append(f"And {', '.join(positions.tickers[k].ticker for k, _ in failed[MAX_NAMED_STOCKS:])}.")
    return (
        f"{file} has no result, because {count} of its {many} stocks {'has' if count == 1 else 'have'} none, and their "
        f"weight is not given to the others. {' '.join(reasons)} Correct these lines or remove them."
    )
