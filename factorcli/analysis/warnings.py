"""Warnings of a result: one sentence for each fact that its numbers do not show."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY, Frequency
from factorcli.model.specification import HALF_LIFE, Specification
from factorcli.ports import TickerReport
from factorcli.results.corrections import BadPrint
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.analysis.prior import UniversePrior
    from factorcli.analysis.unusual_days import UnusualDay

HIGH_VIF = 5.0  # above it a factor is named as collinear
ONE_FACTOR_BETA = "the one-factor model"
SIGNIFICANCE_LEVEL = 0.05
CLUSTERED_COVERAGE = 0.75  # of 95 % intervals of R² under GARCH(1,1) with α 0.1, β 0.85; measured by a slow test
MAX_NAMED_DAYS = 5  # of filler bars that a warning lists, and outliers that are named
MIN_CHANGED = 0.8  # share of the days with a return on which a price should have changed
KINDS = {"demerger": "a demerger", "split": "a split", "bonus": "a bonus issue", "rights": "a rights issue"}
Included = tuple[BadPrint, tuple[date, ...], float]  # a bad print, its days that a fit can include, and R² with them


def warnings_of(fitted: "FittedWindow", i: int) -> list[ResultWarning]:
    """All warnings of ticker i."""
    dates, report = fitted.window.dates, fitted.reports[i]
    return [
        *fitted.window.warnings,
        *name_warnings(fitted.tickers[i]),
        *foreign_listing_warnings(fitted.tickers[i].ticker, report),
        *stale_price_warnings(report),
        *return_warnings(fitted, i),
        *missing_return_warnings(report, dates, fitted.spec, int(fitted.fits.observations[i])),
        *fit_warnings(fitted, i),
    ]


def return_warnings(fitted: "FittedWindow", i: int) -> Iterator[ResultWarning]:
    """Returns of ticker i that were corrected or left out, and kept ones that the fit does not explain."""
    report, dates, r_squared = fitted.reports[i], fitted.window.dates, float(fitted.fits.r_squared[i])
    yield from action_warnings(report)
    yield from bad_print_warnings([(one, *fitted.r_squared_with(i, one)) for one in report.bad_prints], r_squared)
    yield from exclusion_warnings(report, dates, fitted.model.max_daily_return)
    unusual = [one for (k, _), one in fitted.unusual_days.items() if k == i]
    yield from large_move_warnings([one for one in unusual if one.large], dates, r_squared)
    yield from outlier_warnings([one for one in unusual if not one.large], dates, r_squared)
    yield from idle_warnings(report, fitted.window.frequency)


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
    for date_of_jump, size in report.jumps:
        yield ResultWarning(
            "suspect_jump",
            f"{date_of_jump}, {size:+.1%}, is left out: a return beyond ±{max_daily_return:.0%} is nearly always a "
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


def action_warnings(report: TickerReport) -> Iterator[ResultWarning]:
    """Returns that corporate actions make, corrected or left out."""
    for one in report.actions:
        kind = KINDS.get(one.kind, f"a corporate action ({one.kind})")
        if one.problem:
            text = f"{one.date}, {one.before:+.1%}, the day of {kind}, is left out: {one.problem}."
        else:
            text = (
                f"{one.date}, {one.before:+.1%}, is {kind} that these prices are not adjusted for (factor "
                f"{one.factor:.3f}): the return becomes {one.after:+.1%}."
            )
        yield ResultWarning("corporate_action", text)


def bad_print_warnings(prints: Sequence[Included], r_squared: float) -> Iterator[ResultWarning]:
    """Pairs of returns that one wrong price makes."""
    for found, days, with_them in prints:
        (first, second), (rise, fall) = found.dates, found.returns
        which = "them" if len(days) == 2 else str(days[0]) if days else ""
        effect = f" R² is {r_squared:.2f} without {which} and would be {with_them:.2f} with {which}." if days else ""
        yield ResultWarning(
            "bad_print",
            f"{first}, {rise:+.1%}, and {second}, {fall:+.1%}, are left out: the second takes the first back, as "
            f"after one wrong price.{effect}",
        )


def large_move_warnings(
    moves: Sequence["UnusualDay"], dates: Sequence[date], r_squared: float
) -> Iterator[ResultWarning]:
    """Large returns that are kept."""
    for one in moves:
        yield ResultWarning(
            "large_move",
            f"{dates[one.day]}, {one.size:+.1%}, stays in: nearly all such moves are real. R² is {r_squared:.2f} with "
            f"it and would be {one.r_squared:.2f} without it.{_bonus_question(one)}",
        )


def outlier_warnings(
    outliers: Sequence["UnusualDay"], dates: Sequence[date], r_squared: float, name: str = "R²"
) -> Iterator[ResultWarning]:
    """Kept returns far from what the fit expects, the farthest ones where there are many; `name` is that of its R²."""
    named = sorted(outliers, key=lambda one: -abs(one.residual))[:MAX_NAMED_DAYS]
    for one in sorted(named, key=lambda one: one.day):
        yield ResultWarning(
            "outlier",
            f"{dates[one.day]}, {one.size:+.1%}, stays in, but is {abs(one.residual):.1f} residual deviations from "
            f"what the fit without it expects. {name} is {r_squared:.2f} with it and would be {one.r_squared:.2f} "
            f"without it.{_bonus_question(one)}",
        )
    if (others := len(outliers) - len(named)) > 0:
        yield ResultWarning("outlier", f"{others} other {'day is' if others == 1 else 'days are'} as far out.")


def _bonus_question(one: "UnusualDay") -> str:
    return f" An unadjusted bonus of {one.bonus}?" if one.bonus else ""


def idle_warnings(report: TickerReport, returns: Frequency) -> Iterator[ResultWarning]:
    """A price that often repeats."""
    changed = report.returns - report.unchanged
    periods = "days" if returns is DAILY else f"{returns.period}s"
    if changed < MIN_CHANGED * report.returns:
        yield ResultWarning(
            "idle",
            f"the price changed {'on' if returns is DAILY else 'in'} only {changed} of {report.returns} {periods}; so "
            f"many zero-return {periods} make betas, R² and volatility too small.",
        )


def missing_return_warnings(
    report: TickerReport, dates: Sequence[date], spec: Specification, observations: int
) -> Iterator[ResultWarning]:
    """A history that begins inside the window, missing prices, or fewer sessions than the window."""
    if report.missing:
        if report.first_price and report.first_price >= dates[0]:
            why = f"its prices begin on {report.first_price}"
        else:
            why = "prices are missing, and a return needs two neighbouring ones"
        yield ResultWarning("short_history", f"{observations} returns in a window of {len(dates)}: {why}.")
    if len(dates) < spec.window:
        text = f"only {len(dates)} of {spec.window} {spec.returns.period}s have prices of all factors."
        yield ResultWarning("short_history", text)


def prior_warnings(prior: "UniversePrior") -> Iterator[ResultWarning]:
    """Factors whose betas differ over the universe by no more than their errors."""
    if named := [ONE_FACTOR_BETA if name == "market" else name for name in prior.without_dispersion]:
        yield ResultWarning(
            "no_dispersion",
            f"over the universe the betas of {' and '.join(named)} vary by no more than their errors, so every stock "
            "has the universe's mean there.",
        )


def interval_warnings(fitted: "FittedWindow", i: int) -> Iterator[ResultWarning]:
    """The bootstrap intervals of ticker i are too narrow, because its volatility clusters."""
    from factorcli.engine.diagnostics import arch_test, residuals_of

    _, p_value = arch_test(residuals_of(fitted.exposures.sample, i)[1])
    if p_value < SIGNIFICANCE_LEVEL:
        yield ResultWarning(
            "volatility_clustering",
            f"the volatility of the residuals clusters (ARCH-LM test, p {p_value:.2g}), so the 95% intervals of R² and "
            "of the shares are too narrow: in simulations of such clustering they held the true R² in "
            f"{CLUSTERED_COVERAGE:.0%} of cases.",
        )


def fit_warnings(fitted: "FittedWindow", i: int) -> Iterator[ResultWarning]:
    """Exact fits, flat prices, weights that leave too few observations, and factors with a high VIF."""
    from factorcli.engine.inference import has_errors

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
    if fitted.exposures.sample.weights is not None and not has_errors(float(fits.effective[i]), len(vif) + 1):
        yield ResultWarning(
            "few_effective_observations",
            f"with a half-life of {fitted.spec.half_life or HALF_LIFE:g} {fitted.period}s the "
            f"{int(fits.observations[i])} returns count as {float(fits.effective[i]):.1f}, too few for "
            "standard errors: no beta has an error, a test or an interval. A longer half-life has more.",
        )
    if fitted.spec.intervals:
        yield from interval_warnings(fitted, i)
    if fitted.prior is not None:
        yield from prior_warnings(fitted.prior)
    high = [code for code, value in vif.items() if value > HIGH_VIF]
    if high and fitted.spec.basis == "raw":
        yield ResultWarning(
            "collinear",
            f"much of {' and '.join(high)} is already in the other factors (VIF above {HIGH_VIF:.0f}), so these betas "
            "are uncertain one by one. The basis spread or residual takes the market out of the styles.",
        )
