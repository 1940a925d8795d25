"""The decomposition of one ticker from its cached exposure. Imports no numpy: a cached result is shown without it."""

from factorcli.results.decompose import Decomposition, TailRisk
from factorcli.results.exposure import Exposure


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
        attribution=exposure.attribution,
        model=beta.model,
        data=beta.data,
        cache=beta.cache,
        warnings=beta.warnings,
        intervals=exposure.intervals.get(method),
        portfolio=beta.portfolio,
    )
