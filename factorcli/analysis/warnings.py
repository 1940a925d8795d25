"""What must be said with a result: one sentence for everything that a reader could not see in its numbers.

README lists the codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from factorcli.markets.tickers import ResolvedTicker
from factorcli.ports import TickerReport
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow

HIGH_VIF = 5.0
NAMED_DAYS = 5
Move = tuple[int, float, float]  # a large return's position and size, and what R² would be without it


def warnings_of(fitted: "FittedWindow", i: int) -> list[ResultWarning]:
    """Everything that must be said with ticker i."""
    dates, report = fitted.window.dates, fitted.reports[i]
    return [
        *fitted.window.warnings,
        *about_the_name(fitted.tickers[i]),
        *about_stale_prices(report),
        *about_left_out_returns(report, dates, fitted.model.max_daily_return),
        *about_large_moves(_moves(fitted, i), dates, float(fitted.fits.r_squared[i])),
        *about_missing_returns(report, dates, fitted.spec.window, int(fitted.fits.observations[i])),
        *about_the_fit(fitted, i),
    ]


def about_the_name(one: ResolvedTicker) -> Iterator[ResultWarning]:
    """The ticker was renamed, or its prices are read under another name."""
    if one.renamed and one.renamed != one.ticker:
        yield ResultWarning("renamed", f"{one.ticker} is called {one.renamed} now.")
    elif one.renamed:
        yield ResultWarning("renamed", f"{one.typed} is called {one.ticker} now.")
    if one.column != one.ticker:
        yield ResultWarning("renamed", f"the prices of {one.ticker} are read under its old name, {one.column}.")


def about_stale_prices(report: TickerReport) -> Iterator[ResultWarning]:
    """Newer prices of this ticker could not be had."""
    if report.stale:
        yield ResultWarning("stale_prices", report.stale)


def about_left_out_returns(
    report: TickerReport, dates: Sequence[date], max_daily_return: float
) -> Iterator[ResultWarning]:
    """Jumps and filler bars of this ticker."""
    for day, reason, size in report.excluded:
        if reason == "suspect_jump":
            yield ResultWarning(
                "suspect_jump",
                f"{dates[day]}, {size:+.1%}, is left out: a return beyond ±{max_daily_return:.0%} is nearly always a "
                "missed split or a demerger.",
            )
    fillers = [str(dates[day]) for day, reason, _ in report.excluded if reason == "filler_bar"]
    if fillers:
        more = f" and {len(fillers) - NAMED_DAYS} more" if len(fillers) > NAMED_DAYS else ""
        yield ResultWarning(
            "filler_bar",
            f"no trade, only the last close repeated, on {', '.join(fillers[:NAMED_DAYS])}{more}; counted as missing.",
        )


def about_large_moves(moves: Sequence[Move], dates: Sequence[date], r_squared: float) -> Iterator[ResultWarning]:
    """Large returns that stay."""
    for day, size, without in moves:
        yield ResultWarning(
            "large_move",
            f"{dates[day]}, {size:+.1%}, stays in: nearly all such moves are real. R² is {r_squared:.2f} with it and "
            f"would be {without:.2f} without it.",
        )


def about_missing_returns(
    report: TickerReport, dates: Sequence[date], window: int, observations: int
) -> Iterator[ResultWarning]:
    """A history that begins in the window, gaps, or too few sessions for it."""
    if report.missing:
        if report.first_price and report.first_price >= dates[0]:
            why = f"its prices begin on {report.first_price}"
        else:
            why = "prices are missing, and a return needs two neighbouring ones"
        yield ResultWarning("short_history", f"{observations} returns in a window of {len(dates)}: {why}.")
    if len(dates) < window:
        yield ResultWarning("short_history", f"only {len(dates)} of {window} sessions have prices of all factors.")


def about_the_fit(fitted: "FittedWindow", i: int) -> Iterator[ResultWarning]:
    """Exact and empty fits, and factors that overlap."""
    fits = fitted.fits
    vif: Mapping[str, float] = fitted.by_code(fits.vif[i])
    if float(fits.r_squared[i]) == 1:
        yield ResultWarning(
            "exact_fit", "the factors explain every return, as when a ticker is itself a proxy; no t or p."
        )
    if float(fits.variance[i]) == 0:
        yield ResultWarning("flat_prices", "the price never moved in this window, so there is nothing to explain.")
    high = [code for code, value in vif.items() if value > HIGH_VIF]
    if high and fitted.spec.basis == "raw":
        yield ResultWarning(
            "collinear",
            f"much of {' and '.join(high)} is already in the other factors (VIF above {HIGH_VIF:.0f}), so these betas "
            "are uncertain one by one. The basis spread or residual takes the market out of the styles.",
        )


def _moves(fitted: "FittedWindow", i: int) -> list[Move]:
    returns = fitted.window.excess_returns[:, i] + fitted.window.risk_free
    return [(day, float(returns[day]), fitted.r_squared_without[i, day]) for day in fitted.reports[i].large_moves]
