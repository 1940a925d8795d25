"""What `decompose` answers with."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from factorcli.results.exposure import Attribution
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.results import intervals, portfolio


@dataclass(frozen=True)
class TailRisk:
    """A one-day loss as a fraction of value, and each factor's part of it; `idiosyncratic` is one of them."""

    total: float
    contributions: dict[str, float]


@dataclass(frozen=True)
class Decomposition:
    """Where the variance of a ticker's excess return comes from.

    contributions are fractions of the variance and sum to `systematic` (R²); with `idiosyncratic`
    to 1. volatility_points are share × volatility, annualised. value_at_risk is the loss that one day in
    twenty exceeds, expected_shortfall the mean loss of those days. attribution: `arithmetic`, the sum of
    daily excess returns, and `linked`, their compounded return by Carino's method.
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
    attribution: dict[str, Attribution]
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    intervals: "intervals.ShareIntervals | None" = field(default=None, metadata={"omit_none": True})
    portfolio: "portfolio.PortfolioInfo | None" = field(default=None, metadata={"omit_none": True})
