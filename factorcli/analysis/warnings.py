"""What must be said with a result: one sentence for everything that a reader could not see in its numbers.

A remark is `code: sentence`; README lists the codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from factorcli.model.specification import Asked
from factorcli.ports import TickerReport

HIGH_VIF = 5.0
NAMED_DAYS = 5


def about_the_name(one: Asked) -> Iterator[str]:
    """The ticker was renamed, or its prices are read under another name."""
    if one.renamed and one.renamed != one.ticker:
        yield f"renamed: {one.ticker} is called {one.renamed} now."
    elif one.renamed:
        yield f"renamed: {one.typed} is called {one.ticker} now."
    if one.column != one.ticker:
        yield f"renamed: the prices of {one.ticker} are read under its old name, {one.column}."


def about_stale_prices(report: TickerReport) -> Iterator[str]:
    """Newer prices of this ticker could not be had."""
    if report.stale:
        yield f"stale_prices: {report.stale}"


def about_left_out_returns(report: TickerReport, dates: Sequence[date], max_daily_return: float) -> Iterator[str]:
    """Jumps and filler bars of this ticker."""
    for day, reason, size in report.excluded:
        if reason == "suspect_jump":
            yield (
                f"suspect_jump: {dates[day]}, {size:+.1%}, is left out: a return beyond ±{max_daily_return:.0%} is "
                "nearly always a missed split or a demerger."
            )
    fillers = [str(dates[day]) for day, reason, _ in report.excluded if reason == "filler_bar"]
    if fillers:
        more = f" and {len(fillers) - NAMED_DAYS} more" if len(fillers) > NAMED_DAYS else ""
        yield (
            f"filler_bar: no trade, only the last close repeated, on {', '.join(fillers[:NAMED_DAYS])}{more}; "
            "counted as missing."
        )


def about_large_moves(
    moves: Sequence[tuple[int, float, float]], dates: Sequence[date], r_squared: float
) -> Iterator[str]:
    """Large returns that stay: (position, size, R² without it) each."""
    for day, size, without in moves:
        yield (
            f"large_move: {dates[day]}, {size:+.1%}, stays in: nearly all such moves are real. R² is {r_squared:.2f} "
            f"with it and would be {without:.2f} without it."
        )


def about_missing_returns(report: TickerReport, dates: Sequence[date], window: int, observations: int) -> Iterator[str]:
    """A history that begins in the window, gaps, or too few sessions for it."""
    if report.missing:
        if report.first_price and report.first_price >= dates[0]:
            why = f"its prices begin on {report.first_price}"
        else:
            why = "prices are missing, and a return needs two neighbouring ones"
        yield f"short_history: {observations} returns in a window of {len(dates)}: {why}."
    if len(dates) < window:
        yield f"short_history: only {len(dates)} of {window} sessions have prices of all factors."


def about_the_fit(r_squared: float, variance: float, vif: Mapping[str, float], basis: str) -> Iterator[str]:
    """Exact and empty fits, and factors that overlap."""
    if r_squared == 1:
        yield "exact_fit: the factors explain every return, as when a ticker is itself a proxy; no t or p."
    if variance == 0:
        yield "flat_prices: the price never moved in this window, so there is nothing to explain."
    high = [code for code, value in vif.items() if value > HIGH_VIF]
    if high and basis == "raw":
        yield (
            f"collinear: much of {' and '.join(high)} is already in the other factors (VIF above {HIGH_VIF:.0f}), so "
            "these betas are uncertain one by one. --basis spread or residual takes the market out of the styles."
        )
