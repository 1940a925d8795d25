"""Results of `decompose`."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from factorcli.results.beta import Active
from factorcli.results.exposure import Attribution, HistoricalRisk
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.results import intervals, portfolio


@dataclass(frozen=True)
class TailRisk:
    """One-day loss, a fraction of value, by factor; `idiosyncratic` is a key of contributions."""

    total: float
    contributions: dict[str, float]


@dataclass(frozen=True)
class Decomposition:
    """The variance decomposition of a ticker's excess return.

    contributions are fractions of the variance and sum to `systematic` (R²); with `idiosyncratic`
    to 1. volatility_points are share × volatility, annualised. value_at_risk is the 95 % one-day
    quantile of the loss, expected_shortfall the mean loss beyond it, for normal returns with the standard deviation of
    all genuine returns in the window; historical: those of the same returns themselves. attribution: `arithmetic`, the
    sum of excess returns, and `linked`, P_end/P_start − Π(1 + R_f), by Carino's method. active: against a benchmark, if
    asked for.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    observations: int
    method: str
    r_squared: float
    volatility: float
    systematic: float
    idiosyncratic: float
    contributions: dict[str, float]
    volatility_points: dict[str, float]
    standalone_volatility: dict[str, float]
    value_at_risk: TailRisk
    expected_shortfall: TailRisk
    historical: HistoricalRisk
    attribution: dict[str, Attribution]
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    intervals: "intervals.ShareIntervals | None" = field(default=None, metadata={"omit_none": True})
    portfolio: "portfolio.PortfolioInfo | None" = field(default=None, metadata={"omit_none": True})
    frequency: str | None = field(default=None, metadata={"omit_none": True})
    active: Active | None = field(default=None, metadata={"omit_none": True})
