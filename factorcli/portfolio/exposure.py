"""A portfolio as one ticker: its exposures, what each stock adds to them, and what must be said of both."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.exposure import exposure_with
from factorcli.analysis.fit import FittedWindow, basis, covariance, estimator
from factorcli.analysis.warnings import (
    Move,
    about_large_moves,
    about_left_out_returns,
    about_missing_returns,
    about_stale_prices,
    about_the_fit,
    about_the_name,
)
from factorcli.engine import Array
from factorcli.engine.portfolio import Portfolio, portfolio
from factorcli.errors import FactorError, InsufficientHistory, UpstreamError
from factorcli.portfolio.positions import PORTFOLIO, Positions
from factorcli.portfolio.window import PortfolioWindow
from factorcli.results.exposure import Exposure
from factorcli.results.portfolio import HoldingShare, PortfolioInfo
from factorcli.results.warnings import ResultWarning

SPELT_OUT = 5  # stocks that a sentence names
ROUNDING = 1e-12  # weights this near to 1 sum to it


def portfolio_exposure(positions: Positions, stocks: FittedWindow) -> Exposure:
    """The exposure of a portfolio whose stocks are fitted.

    Raises the error of a stock that has no result, naming the others of its kind, WorthlessPortfolio, or
    InsufficientHistory where the stocks have too few days in common.
    """
    _refuse_ineligible(positions, stocks)
    return _FittedPortfolio.of(positions, stocks).exposure()


@dataclass(frozen=True)
class _FittedPortfolio:
    """The portfolio as the only ticker of a fitted window, its stocks, and what each of them adds."""

    positions: Positions
    stocks: FittedWindow
    weights: Array  # (N,)
    parts: Portfolio

    @classmethod
    def of(cls, positions: Positions, stocks: FittedWindow) -> "_FittedPortfolio":
        weights = np.array(positions.weights([report.last_close for report in stocks.reports]))
        parts = portfolio(
            stocks.window.excess_returns,
            stocks.window.factors,
            weights,
            covariance(stocks.spec),
            basis(stocks.spec, stocks.model),
            min_observations=stocks.required,
            estimator=estimator(stocks.spec),
        )
        return cls(positions, stocks, weights, parts)

    @cached_property
    def fitted(self) -> FittedWindow:
        """The portfolio's own window."""
        whole = self.stocks.whole
        return replace(
            self.stocks,
            tickers=(PORTFOLIO,),
            window=PortfolioWindow(self.stocks.window, self.weights),
            whole=None if whole is None else PortfolioWindow(whole, self.weights),
            exposures=self.parts.exposures,
        )

    @property
    def observations(self) -> int:
        """On how many days all stocks have returns."""
        return int(self.fitted.fits.observations[0])

    def exposure(self) -> Exposure:
        """The exposure, with what the file holds."""
        fitted, file = self.fitted, self.positions.holdings.file
        if self.observations < fitted.required:
            dates = fitted.window.dates
            raise InsufficientHistory(
                f"The stocks of {file} have {self.observations} returns in common in the {len(dates)} sessions up to "
                f"{dates[-1]}; a window of {fitted.spec.window} needs {fitted.required}. {self._lacking()}. Ask for a "
                "shorter window, or leave a stock out."
            )
        if (error := ineligible(fitted, 0)) is not None:
            raise error
        found = exposure_with(fitted, 0, self._warnings())
        return replace(found, beta=replace(found.beta, name=file, portfolio=self._info()))

    def _warnings(self) -> list[ResultWarning]:
        """What must be said about the file, about names and prices of its stocks, and about the fit."""
        fitted, report, dates = self.fitted, self.fitted.reports[0], self.fitted.window.dates
        said = [*fitted.window.warnings, *self.positions.warnings]
        for k, (one, own) in enumerate(zip(self.stocks.tickers, self.stocks.reports, strict=True)):
            said += [*about_the_name(one), *about_stale_prices(own)]
            about = [
                *about_left_out_returns(own, dates, fitted.model.max_daily_return),
                *about_large_moves(self._moves(k), dates, float(fitted.fits.r_squared[0])),
            ]
            said += [replace(warning, text=f"{one.ticker}: {warning.text}") for warning in about]
        if report.missing:
            text = f"{self.observations} returns in common in a window of {len(dates)}. {self._lacking()}."
            said.append(ResultWarning("short_history", text))
        whole = replace(report, missing=0)
        said += about_missing_returns(whole, dates, fitted.spec.window, self.observations)
        return [*said, *about_the_fit(fitted, 0)]

    def _moves(self, k: int) -> list[Move]:
        """Large returns of stock k on the portfolio's days, and what the portfolio's R² would be without each."""
        window, kept = self.stocks.window, self.fitted.reports[0].large_moves
        returns = window.excess_returns[:, k] + window.risk_free
        days = [day for day in self.stocks.reports[k].large_moves if day in kept]
        return [(day, float(returns[day]), self.fitted.r_squared_without[0, day]) for day in days]

    def _lacking(self) -> str:
        """Which stocks lack most returns on sessions that others have, or nothing."""
        window, tickers = self.stocks.window, self.stocks.tickers
        absent = ~np.isfinite(window.excess_returns) & window.kept_sessions[:, None]
        counts = absent.sum(axis=0)
        most = [int(k) for k in np.argsort(-counts, kind="stable") if counts[k]]
        if not most:
            return ""
        named = ", ".join(f"{tickers[k].ticker} {counts[k]}" for k in most[:SPELT_OUT])
        more = f" and {len(most) - SPELT_OUT} more stocks some" if len(most) > SPELT_OUT else ""
        return f"A day that one stock lacks is lost to all: {named}{more}"

    def _info(self) -> PortfolioInfo:
        return PortfolioInfo(
            self.positions.holdings.file,
            self.parts.cash if abs(self.parts.cash) > ROUNDING else 0.0,
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
            quantity=None if by_weight else self.positions.amounts[k],
            price=None if by_weight else self.stocks.reports[k].last_close,
        )


def _refuse_ineligible(positions: Positions, stocks: FittedWindow) -> None:
    """Raise the error of the first stock without a result, one of upstream before others; it names them all."""
    failed: list[tuple[int, FactorError]] = [
        (k, error) for k in range(len(stocks.tickers)) if (error := ineligible(stocks, k)) is not None
    ]
    if not failed:
        return
    first = next((error for _, error in failed if isinstance(error, UpstreamError)), failed[0][1])
    error = copy(first)
    error.args = (_why_none(positions, failed),)
    raise error


def _why_none(positions: Positions, failed: Sequence[tuple[int, FactorError]]) -> str:
    file, count, many = positions.holdings.file, len(failed), len(positions.tickers)
    reasons = [f"{positions.place(k).capitalize()}: {error}" for k, error in failed[:SPELT_OUT]]
    if count > SPELT_OUT:
        reasons.append(f"And {', '.join(positions.tickers[k].ticker for k, _ in failed[SPELT_OUT:])}.")
    return (
        f"{file} has no result, because {count} of its {many} stocks {'has' if count == 1 else 'have'} none, and their "
        f"weight is not given to the others. {' '.join(reasons)} Correct these lines or remove them."
    )
