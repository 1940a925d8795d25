"""What is computed of a ticker at once, and kept: the answers of `beta` and of `decompose`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Attribution, Decomposition, TailRisk

if TYPE_CHECKING:
    from factorcli.results import intervals


@dataclass(frozen=True)
class Exposure:
    """What is computed, and cached, of one ticker: its beta result, and all that a decomposition needs.

    shares and intervals by method; value_at_risk and expected_shortfall are totals.
    """

    beta: BetaResult
    shares: dict[str, dict[str, float]]
    value_at_risk: float
    expected_shortfall: float
    attribution: dict[str, Attribution]
    intervals: dict[str, "intervals.ShareIntervals"] = field(default_factory=dict)

    @property
    def computed_at(self) -> str:
        """When that was."""
        return self.beta.cache.computed_at

    def decomposition(self, method: str) -> Decomposition:
        """The decomposition by one method; the shares and the idiosyncratic one sum to 1."""
        beta, shares = self.beta, self.shares[method]
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
            standalone_volatility={
                code: abs(factor.beta) * factor.factor_volatility for code, factor in beta.betas.items()
            },
            value_at_risk=tail(self.value_at_risk),
            expected_shortfall=tail(self.expected_shortfall),
            attribution=self.attribution,
            model=beta.model,
            data=beta.data,
            cache=beta.cache,
            warnings=beta.warnings,
            intervals=self.intervals.get(method),
            portfolio=beta.portfolio,
        )
