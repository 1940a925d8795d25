"""Warnings of a result: one sentence for each fact that its numbers do not show."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from factorcli.markets.tickers import ResolvedTicker
from factorcli.ports import TickerReport
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow

HIGH_VIF = 5.0  # above it a factor is named as collinear
MAX_NAMED_DAYS = 5  # of filler bars that a warning lists
Move = tuple[int, float, float]  # a large return's position and size, and what R² would be without it


def warnings_of(fitted: "FittedWindow", i: int) -> list[ResultWarning]:
    """All warnings of ticker i."""
    dates, report = fitted.window.dates, fitted.reports[i]
    return [
        *fitted.window.warnings,
        *name_warnings(fitted.tickers[i]),
        *foreign_listing_warnings(fitted.tickers[i].ticker, report),
        *stale_price_warnings(report),
        *exclusion_warnings(report, dates, fitted.model.max_daily_return),
        *large_move_warnings(_large_moves(fitted, i), dates, float(fitted.fits.r_squared[i])),
        *missing_return_warnings(report, dates, fitted.spec.window, int(fitted.fits.observations[i])),
        *fit_warnings(fitted, i),
    ]


def name_warnings(resolved: ResolvedTicker) -> Iterator[ResultWarning]:
    """The ticker was renamed, or its prices are read under another name."""
    if resolved.renamed and resolved.renamed != resolved.ticker:
        yield ResultWarning("renamed", f"{resolved.ticker} is called {resolved.renamed} now.")
    elif resolved.renamed:
        yield ResultWarning("renamed", f"{resolved.typed} is called {resolved.ticker} now.")
    if resolved.reads_old_name:
        yield ResultWarning(
            "renamed", f"the prices of {resolved.ticker} are read under its old name, {resolved.column}."
        )
    if resolved.unknown and resolved.ticker == resolved.typed.strip().upper():
        yield ResultWarning(
            "as_typed",
            f"{resolved.ticker} is taken as it is written, because the source knows no "
            f"{' and no '.join(resolved.unknown)}; it may be a stock of another market.",
        )


def foreign_listing_warnings(ticker: str, report: TickerReport) -> Iterator[ResultWarning]:
    """The ticker is quoted in another currency, or on another exchange, than the market's."""
    if report.foreign:
        yield ResultWarning("foreign_listing", f"{ticker} is quoted {report.foreign}.")


def stale_price_warnings(report: TickerReport) -> Iterator[ResultWarning]:
    """The newest prices of this ticker were not available."""
    if report.stale:
        yield ResultWarning("stale_prices", report.stale)


def exclusion_warnings(report: TickerReport, dates: Sequence[date], max_daily_return: float) -> Iterator[ResultWarning]:
    """Suspect jumps and filler bars of this ticker."""
    for day, reason, size in report.excluded:
        if reason == "suspect_jump":
            yield ResultWarning(
                "suspect_jump",
                f"{dates[day]}, {size:+.1%}, is left out: a return beyond ±{max_daily_return:.0%} is nearly always a "
                "missed split or a demerger.",
            )
    fillers = [str(dates[day]) for day, reason, _ in report.excluded if reason == "filler_bar"]
    if fillers:
        listed = ", ".join(fillers[:MAX_NAMED_DAYS])
        others = f" and {len(fillers) - MAX_NAMED_DAYS} more" if len(fillers) > MAX_NAMED_DAYS else ""
        yield ResultWarning(
            "filler_bar",
            f"no trade, only the last close repeated, on {listed}{others}; counted as missing.",
        )


def large_move_warnings(moves: Sequence[Move], dates: Sequence[date], r_squared: float) -> Iterator[ResultWarning]:
    """Large returns that are kept."""
    for day, size, without in moves:
        yield ResultWarning(
            "large_move",
            f"{dates[day]}, {size:+.1%}, stays in: nearly all such moves are real. R² is {r_squared:.2f} with it and "
            f"would be {without:.2f} without it.",
        )


def missing_return_warnings(
    report: TickerReport, dates: Sequence[date], window: int, observations: int
) -> Iterator[ResultWarning]:
    """A history that begins inside the window, missing prices, or fewer sessions than the window."""
    if report.missing:
        if report.first_price and report.first_price >= dates[0]:
            why = f"its prices begin on {report.first_price}"
        else:
            why = "prices are missing, and a return needs two neighbouring ones"
        yield ResultWarning("short_history", f"{observations} returns in a window of {len(dates)}: {why}.")
    if len(dates) < window:
        yield ResultWarning("short_history", f"only {len(dates)} of {window} sessions have prices of all factors.")


def fit_warnings(fitted: "FittedWindow", i: int) -> Iterator[ResultWarning]:
    """Exact fits, flat prices, and factors with a high VIF."""
    fits = fitted.fits
    vif: Mapping[str, float] = fitted.by_code(fits.vif[i])
    if float(fits.r_squared[i]) == 1:
        yield ResultWarning(
            "exact_fit",
            "the factors explain every return exactly, as when a ticker is itself a proxy; "
            "it has no t statistics and no p-values.",
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


def _large_moves(fitted: "FittedWindow", i: int) -> list[Move]:
    returns = fitted.window.excess_returns[:, i] + fitted.window.risk_free
    return [(day, float(returns[day]), fitted.r_squared_without[i, day]) for day in fitted.reports[i].large_moves]
