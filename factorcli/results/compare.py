"""Results of `compare`: how the exposures of two subjects differ."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.beta import Estimate, JointTest
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class CompareResult:
    """The betas of ticker less those of another subject, on the `observations` periods on which both have a return.

    against: the other's ticker, or the file of a portfolio. market_difference: of the betas of the one-factor model.
    joint_test: of the hypothesis that no beta of the model differs, the market's too. correlation: of the excess
    returns; residual_correlation: of what the model leaves unexplained; NaN where one of the two does not vary.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    against: str
    observations: int
    differences: dict[str, Estimate]
    market_difference: Estimate
    joint_test: JointTest
    correlation: float
    residual_correlation: float
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})
