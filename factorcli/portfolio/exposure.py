"""The exposure of a portfolio as one ticker, each stock's contributions to it, and its warnings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.exposure import exposure_with
from factorcli.analysis.fit import FittedWindow
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
from factorcli.errors import FactorError, InsufficientHistory, WorthlessPortfolio
from factorcli.model.frequency import DAILY
from factorcli.portfolio.eligibility import MAX_NAMED_STOCKS, errors_of, failure, without_missing
from factorcli.portfolio.fitted import FittedPortfolios
from factorcli.portfolio.positions import Positions
from factorcli.portfolio.shares import portfolio_info
from factorcli.ports import TickerReport
from factorcli.results.corrections import CorrectedDay
from factorcli.results.exposure import Exposure
from factorcli.results.provenance import DataInfo
from factorcli.results.warnings import ResultWarning

__all__ = ["FittedPortfolio", "fitted_portfolio", "fitted_portfolios", "portfolio_exposure", "without_missing"]
FEW_DAYS = 10  # below which the parts of an expected shortfall are means of few days


def portfolio_exposure(positions: Positions, stocks: FittedWindow) -> Exposure:
    """The exposure of a portfolio whose stocks are fitted.

    Raises the error of a stock that has no result, naming the others of its kind, WorthlessPortfolio, or
    InsufficientHistory where the stocks have too few returns in common.
    """
    return fitted_portfolio(positions, stocks).exposure()


def fitted_portfolio(positions: Positions, stocks: FittedWindow) -> "FittedPortfolio":
    """A portfolio whose stocks are fitted, in the order of the positions. Raises as `portfolio_exposure`."""
    (found,) = fitted_portfolios([positions], stocks, [range(len(positions.tickers))])
    if isinstance(found, FactorError):
        raise found
    return found


def fitted_portfolios(
    positions: Sequence[Positions], stocks: FittedWindow, places: Sequence[Sequence[int]]
) -> "list[FittedPortfolio | FactorError]":
    """Portfolios whose holdings are at these places of a window of stocks, fitted together; or why one has no result.

    A portfolio's numbers do not depend on the others, to the last bit.
    """
    asked = {place for held in places for place in held}
    errors, found = errors_of(stocks, asked), dict[int, FittedPortfolio | FactorError]()
    for i, (one, held) in enumerate(zip(positions, places, strict=True)):
        if (error := failure(one, [errors.get(place) for place in held])) is not None:
            found[i] = error
            continue
        try:
            one.weights([stocks.reports[place].last_close for place in held], stocks.model.market.currency)
        except WorthlessPortfolio as worthless:
            found[i] = worthless
    sound = [i for i in range(len(positions)) if i not in found]
    together = FittedPortfolios.of([positions[i] for i in sound], stocks, [places[i] for i in sound])
    for column, i in enumerate(sound):
        held_now = FittedPortfolio(together, column)
        found[i] = held_now.error() or held_now
    return [found[i] for i in range(len(positions))]


@dataclass(frozen=True)
class FittedPortfolio:
    """One of portfolios that are fitted together: the only ticker of a fitted window, its stocks, and their parts."""

    together: FittedPortfolios
    column: int

    @property
    def positions(self) -> Positions:
        """What its file says."""
        return self.together.positions[self.column]

    @property
    def weights(self) -> Array:
        """Weights of the stocks (N,)."""
        return self.together.mixes[self.column].weights

    @cached_property
    def places(self) -> list[int]:
        """The places of its stocks in the window of all stocks."""
        return cast("list[int]", self.together.mixes[self.column].places.tolist())

    @cached_property
    def stocks(self) -> FittedWindow:
        """The window of its stocks, in the order of the positions."""
        of_all = self.together.stocks
        return of_all if self.places == list(range(len(of_all.tickers))) else of_all.of(self.places)

    @cached_property
    def fitted(self) -> FittedWindow:
        """The portfolio's own window."""
        of_all = self.together.fitted
        return of_all if len(of_all.tickers) == 1 else of_all.of([self.column])

    @property
    def holding_betas(self) -> Array:
        """The betas of its stocks on its own days, (N, K)."""
        return self.together.holding_betas[self.column][1]

    @property
    def _all(self) -> FittedWindow:
        """The window of all portfolios, in which everything is computed once for all of them."""
        return self.together.fitted

    @cached_property
    def reports(self) -> list[TickerReport]:
        """The gate's reports of its stocks."""
        return [self.together.stocks.reports[place] for place in self.places]

    @cached_property
    def tickers(self) -> list[str]:
        """The tickers of its stocks."""
        return [self.together.stocks.tickers[place].ticker for place in self.places]

    @property
    def observations(self) -> int:
        """Number of sessions on which all stocks have a return."""
        return int(self._all.fits.observations[self.column])

    def error(self) -> FactorError | None:
        """InsufficientHistory where the stocks have too few returns in common, or the fit's error; else None."""
        fitted, file = self._all, self.positions.holdings.file
        if self.observations < fitted.required:
            dates = fitted.window.dates
            return InsufficientHistory(
                f"The stocks of {file} have {self.observations} returns in common in the {len(dates)} "
                f"{fitted.period}s up to {dates[-1]}; a window of {fitted.spec.window} needs {fitted.required}. "
                f"{self._missing_counts()}. "
                "Ask for a shorter window, or leave a stock out."
            )
        return ineligible(fitted, self.column)

    def exposure(self) -> Exposure:
        """The exposure with the holdings' contributions, and shares by the method of the specification alone."""
        found = exposure_with(self._all, self.column, [*self.warnings(), *self._few_days()])
        info = portfolio_info(self.together, self.column, self.value, found.historical.value_at_risk)
        beta = replace(found.beta, name=self.positions.holdings.file, data=self.data(), portfolio=info)
        return replace(found, beta=beta)

    def data(self) -> DataInfo:
        """The portfolio's prices, with the corrected returns of its stocks."""
        return replace(data_info(self._all, self.column), corrected=self._corrected())

    @property
    def value(self) -> float | None:
        """What it is worth at the last closes, cash included; None where the file has weights."""
        return self.positions.value([report.last_close for report in self.reports])

    def _corrected(self) -> tuple[CorrectedDay, ...]:
        """The corrected returns of every stock, each with its ticker."""
        pairs = zip(self.tickers, self.reports, strict=True)
        return tuple(day for ticker, report in pairs if report.actions for day in corrected_days(report, ticker))

    def warnings(self) -> list[ResultWarning]:
        """Warnings about the file, about names and prices of the stocks, and about the fit."""
        fitted, report, dates = self._all, self._all.report(self.column), self._all.window.dates
        warnings = [*fitted.window.warnings, *self.positions.warnings]
        for place, own in zip(self.places, self.reports, strict=True):
            if self.together.is_remarkable(place):
                resolved = self.together.stocks.tickers[place]
                warnings += [*name_warnings(resolved), *stale_price_warnings(own)]
                if fitted.model.cannot_be_held(resolved.column):
                    text = f"{resolved.ticker} is an index that nobody can hold, and is taken as if it could be held."
                    warnings.append(ResultWarning("not_traded", text))
                of_returns = self._return_warnings(place, own)
                warnings += [replace(warning, text=f"{resolved.ticker}: {warning.text}") for warning in of_returns]
        warnings += self._fill_warnings()
        if report.missing:
            text = f"{self.observations} returns in common in a window of {len(dates)}. {self._missing_counts()}."
            warnings.append(ResultWarning("short_history", text))
        without_missing = replace(report, missing=0)
        warnings += missing_return_warnings(without_missing, dates, fitted.spec, self.observations)
        return [*warnings, *fit_warnings(fitted, self.column)]

    def _fill_warnings(self) -> Iterator[ResultWarning]:
        """For which stocks, how many days and how much weight the mean of a sector stands in."""
        young = [k for k, report in enumerate(self.reports) if report.filled]
        if young:
            weight = float(np.abs(self.weights[young]).sum())
            named = [
                f"{self.tickers[k]} ({self.reports[k].filled} {self._time}s, {self.reports[k].filled_by})"
                for k in young[:MAX_NAMED_STOCKS]
            ]
            more = f" and {len(young) - MAX_NAMED_STOCKS} more" if len(young) > MAX_NAMED_STOCKS else ""
            text = (
                f"before their first price the mean return of the sector stands in for {', '.join(named)}{more}: "
                f"{weight:.1%} of the value. That has none of their own risk, which is therefore understated."
            )
            yield ResultWarning("filled", text)

    @property
    def _time(self) -> str:
        """What people call the time of a return."""
        return "day" if self._all.window.frequency is DAILY else self._all.period

    def _few_days(self) -> Iterator[ResultWarning]:
        """The parts of the expected shortfall are means of few days."""
        *_, worse = self._all.historical(self.column)
        if worse < FEW_DAYS and len(self.places) > 1:
            text = (
                f"each holding's part of the expected shortfall is a mean of {worse} {self._time}s, and so uncertain."
            )
            yield ResultWarning("few_days", text)

    def _return_warnings(self, place: int, own: TickerReport) -> list[ResultWarning]:
        """Returns of the stock at a place that were corrected, left out, or are kept but large or far off.

        R² with bad prints and without large moves is the portfolio's, R² without outliers the stock's own.
        """
        fitted, dates, i = self._all, self._all.window.dates, self.column
        r_squared = float(fitted.fits.r_squared[i])
        moves, outliers = self._unusual_days(place)
        own_r_squared = float(self.together.stocks.fits.r_squared[place])
        return [
            *action_warnings(own),
            *bad_print_warnings([(one, *fitted.r_squared_with(i, one)) for one in own.bad_prints], r_squared),
            *exclusion_warnings(own, dates, fitted.model.max_daily_return),
            *large_move_warnings(moves, dates, r_squared),
            *outlier_warnings(outliers, dates, own_r_squared, "Its own R²"),
            *idle_warnings(own, fitted.window.frequency),
            *([ResultWarning("not_filled", own.not_filled)] if own.not_filled else []),
        ]

    def _unusual_days(self, place: int) -> tuple[list[UnusualDay], list[UnusualDay]]:
        """Large moves of a stock on the portfolio's days, with the portfolio's R² without them, and its outliers."""
        if place not in self.together.unusual_days:
            return [], []
        large, outliers = self._all.report(self.column).large_moves, []
        moves, priced = [], self._all.used(self.column)
        for one in self.together.unusual_days[place]:
            if one.large and one.day in large:
                moves.append(replace(one, r_squared=self._all.unusual_days[self.column, one.day].r_squared))
            elif not one.large and priced[one.day]:
                outliers.append(one)
        return moves, outliers

    def _missing_counts(self) -> str:
        """The stocks with the most missing returns on kept sessions, as a sentence; empty where none is missing."""
        window = self.together.stocks.window
        absent = ~np.isfinite(np.take(window.excess_returns, self.places, axis=1)) & window.kept_sessions[:, None]
        counts = absent.sum(axis=0)
        most = [int(k) for k in np.argsort(-counts, kind="stable") if counts[k]]
        if not most:
            return ""
        named = ", ".join(f"{self.tickers[k]} {counts[k]}" for k in most[:MAX_NAMED_STOCKS])
        more = f" and {len(most) - MAX_NAMED_STOCKS} more stocks" if len(most) > MAX_NAMED_STOCKS else ""
        return f"A day on which one stock has no return is left out for all; missing returns: {named}{more}"
