"""The cached result of a ticker, from which those of `beta` and `decompose` are made."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from factorcli.results.beta import BetaResult

if TYPE_CHECKING:
    from factorcli.results import decisions, intervals


@dataclass(frozen=True)
class Attribution:
    """Parts of the window's excess return: alpha + Σ factors + residual + excluded + jumps = total.

    The first three are of the fit's days. jumps: days left out for this ticker alone, as false jumps of its price;
    excluded: all others, missing prices bridged from the last close before to the first after.
    """

    alpha: float
    factors: dict[str, float]
    residual: float
    excluded: float
    jumps: float
    total: float


@dataclass(frozen=True)
class HistoricalRisk:
    """The 95 % value at risk and expected shortfall of `days` past returns themselves, fractions of value.

    worse_days: how many returns were at or below the quantile, of which expected_shortfall is the mean loss.
    """

    value_at_risk: float
    expected_shortfall: float
    days: int
    worse_days: int


@dataclass(frozen=True)
class Exposure:
    """The cached result of one ticker: its beta result, and what a decomposition needs besides.

    shares and intervals by method; value_at_risk and expected_shortfall are totals, for normal returns;
    standalone_volatility is annual. unlinked: why the attribution `linked` is NaN, of `first_close`, `last_close`
    (missing), `corrected` and `total_loss`. decisions: where a report asks for them.
    """

    beta: BetaResult
    shares: dict[str, dict[str, float]]
    value_at_risk: float
    expected_shortfall: float
    historical: HistoricalRisk
    attribution: dict[str, Attribution]
    standalone_volatility: dict[str, float]
    intervals: dict[str, "intervals.ShareIntervals"] = field(default_factory=dict)
    unlinked: tuple[str, ...] = ()
    decisions: "decisions.Decisions | None" = None

    @property
    def computed_at(self) -> str:
        """Time of computation, UTC, ISO."""
        return self.beta.cache.computed_at
