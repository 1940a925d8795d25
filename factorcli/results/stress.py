"""Results of what a shock to factors would change. Changes and moves are fractions of value (-0.1 is −10 %)."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class StressVariance:
    """The parts of the variance of a change: the other factors' moves, the betas, and what no factor explains."""

    factors: float
    betas: float
    idiosyncratic: float


@dataclass(frozen=True)
class StressedHolding:
    """The change of one holding: weight × change sum to the portfolio's."""

    ticker: str
    weight: float
    change: float


@dataclass(frozen=True)
class StressResponse:
    """What answers further shocks without another question, per period of the returns.

    beta_covariance V and factor_covariance Σ: rows and columns in the order of betas b. For moves f_S of the factors S
    over h periods the others U move by f_U = Σ_US Σ_SS⁻¹ f_S (`conditional`) or 0 (`zero`). The change is b'f. Its
    variance is h·b_U'(Σ_UU − Σ_US Σ_SS⁻¹ Σ_SU)b_U (`factors`; 0 of `zero`) + f'V f (`betas`) + h·residual_variance
    (`idiosyncratic`), its interval the change ± the 97.5 % quantile of t with degrees_of_freedom × the root of that.
    """

    betas: dict[str, float]
    beta_covariance: tuple[tuple[float, ...], ...]
    factor_covariance: tuple[tuple[float, ...], ...]
    residual_variance: float
    degrees_of_freedom: int


@dataclass(frozen=True, kw_only=True)
class StressResult:
    """What a ticker or portfolio would be expected to gain or lose, with its 95 % interval.

    horizon: number of returns' periods; others: what the factors do that are not in `shocks`, `conditional` or `zero`;
    factor_moves: of all factors; by_factor: sums to change. down_beta_change: by the one-factor down beta, where the
    market alone falls. value, value_change: in currency, where the portfolio's quantities are known.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    horizon: int
    others: str
    shocks: dict[str, float]
    factor_moves: dict[str, float]
    change: float
    ci_low: float
    ci_high: float
    by_factor: dict[str, float]
    variance: StressVariance
    down_beta_change: float | None
    value_change: float | None
    value: float | None = field(default=None, metadata={"omit_none": True})
    currency: str | None = field(default=None, metadata={"omit_none": True})
    holdings: tuple[StressedHolding, ...] | None = field(default=None, metadata={"omit_none": True})
    response: StressResponse
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})
    factor_names: dict[str, str] = field(default_factory=dict, metadata={"table_only": True})
    in_points: tuple[str, ...] = field(default=(), metadata={"table_only": True})
