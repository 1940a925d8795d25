"""The decomposition of one ticker from its cached exposure. Imports no numpy: a cached result is shown without it."""

from factorcli.results.decompose import Decomposition, TailRisk
from factorcli.results.exposure import Exposure
from factorcli.results.warnings import ResultWarning


def decomposition(exposure: Exposure, method: str) -> Decomposition:
    """The decomposition by one method; the factor shares and the idiosyncratic share sum to 1."""
    beta, shares = exposure.beta, exposure.shares[method]
    systematic = sum(shares.values())
    idiosyncratic = 1.0 - systematic
    points = {code: share * beta.volatility for code, share in shares.items()}

    def tail(total: float) -> TailRisk:
        parts = {code: share * total for code, share in shares.items()}
        return TailRisk(total, {**parts, "idiosyncratic": total - sum(parts.values())})

    return Decomposition(
        ticker=beta.ticker,
        name=beta.name,
        sector=beta.sector,
        window=beta.window,
        as_of=beta.as_of,
        observations=beta.observations,
        method=method,
        r_squared=beta.r_squared,
        volatility=beta.volatility,
        systematic=systematic,
        idiosyncratic=idiosyncratic,
        contributions=shares,
        volatility_points={**points, "idiosyncratic": idiosyncratic * beta.volatility},
        standalone_volatility=exposure.standalone_volatility,
        value_at_risk=tail(exposure.value_at_risk),
        expected_shortfall=tail(exposure.expected_shortfall),
        historical=exposure.historical,
        attribution=exposure.attribution,
        model=beta.model,
        data=beta.data,
        cache=beta.cache,
        warnings=(*beta.warnings, *_unlinked_warning(exposure)),
        intervals=exposure.intervals.get(method),
        portfolio=beta.portfolio,
        frequency=beta.frequency,
        active=beta.active,
    )


def _unlinked_warning(exposure: Exposure) -> tuple[ResultWarning, ...]:
    """A warning where there is no linked attribution, with the reasons."""
    beta = exposure.beta
    reasons = {
        "first_close": f"the close before the first return, of {beta.start}, is missing",
        "last_close": f"the close on {beta.as_of} is missing",
        "corrected": "a return was corrected for a corporate action, so it is not that of the prices",
        "total_loss": "a return is −100% or less",
    }
    if not exposure.unlinked:
        return ()
    why = " and ".join(reasons[name] for name in exposure.unlinked)
    return (ResultWarning("attribution", f"the return cannot be linked: {why}. The arithmetic parts hold."),)
