"""The cached record of one ticker: its beta result, and the numbers of its decompositions."""

from collections.abc import Sequence
from dataclasses import replace

from factorcli.analysis.beta import beta_result
from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.fit import FittedWindow
from factorcli.analysis.warnings import warnings_of
from factorcli.results.exposure import Attribution, Exposure, HistoricalRisk
from factorcli.results.intervals import Interval, ShareIntervals
from factorcli.results.warnings import ResultWarning


def exposure(fitted: FittedWindow, i: int) -> Exposure:
    """The record of ticker i. Raises its FactorError if it is not eligible."""
    if (error := ineligible(fitted, i)) is not None:
        raise error
    return exposure_with(fitted, i, warnings_of(fitted, i))


def exposure_with(fitted: FittedWindow, i: int, warnings: Sequence[ResultWarning]) -> Exposure:
    """The record of ticker i, which must be eligible, with these warnings."""
    beta = beta_result(fitted, i, warnings)
    value_at_risk, shortfall = fitted.tails
    intervals = _intervals(fitted, i)
    if intervals is not None:
        beta = replace(beta, r_squared_interval=intervals.r_squared)
    return Exposure(
        beta=beta,
        shares={method: fitted.by_code(values[i]) for method, values in fitted.shares.items()},
        value_at_risk=float(value_at_risk[i]),
        expected_shortfall=float(shortfall[i]),
        historical=HistoricalRisk(*fitted.historical(i)),
        attribution={
            name: Attribution(
                alpha=float(parts.alpha[i]),
                factors=fitted.by_code(parts.factors[i]),
                residual=float(parts.residual[i]),
                excluded=float(parts.excluded[i]),
                jumps=float(parts.jumps[i]),
                total=float(parts.total[i]),
            )
            for name, parts in fitted.attributions.items()
        },
        standalone_volatility=fitted.by_code(fitted.standalone_volatility[i]),
        intervals={} if intervals is None else {fitted.spec.method: intervals},
        unlinked=fitted.unlinked[i],
    )


def _intervals(fitted: FittedWindow, i: int) -> ShareIntervals | None:
    if not fitted.spec.intervals:
        return None
    low, high = fitted.share_bounds
    bounds = [Interval(*pair) for pair in zip(low[i].tolist(), high[i].tolist(), strict=True)]
    *factors, r_squared, idiosyncratic = bounds
    return ShareIntervals(r_squared, dict(zip(fitted.model.codes, factors, strict=True)), idiosyncratic)
