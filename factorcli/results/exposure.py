"""What is computed of a ticker at once, and kept: the answers of `beta` and of `decompose`."""

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
