"""The cached result of a ticker, from which those of `beta` and `decompose` are made."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from factorcli.results.beta import BetaResult

if TYPE_CHECKING:
    from factorcli.results import intervals


@dataclass(frozen=True)
class Attribution:
    """Parts of the window's excess return: alpha + Σ factors + residual = total."""

    alpha: float
    factors: dict[str, float]
    residual: float
    total: float


@dataclass(frozen=True)
class Exposure:
    """The cached result of one ticker: its beta result, and what a decomposition needs besides.

    shares and intervals by method; value_at_risk and expected_shortfall are totals; standalone_volatility annual.
    """

    beta: BetaResult
    shares: dict[str, dict[str, float]]
    value_at_risk: float
    expected_shortfall: float
    attribution: dict[str, Attribution]
    standalone_volatility: dict[str, float]
    intervals: dict[str, "intervals.ShareIntervals"] = field(default_factory=dict)

    @property
    def computed_at(self) -> str:
        """Time of computation, UTC, ISO."""
        return self.beta.cache.computed_at
