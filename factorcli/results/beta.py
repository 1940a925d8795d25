"""What the commands answer with: frozen records, standard library only.

Each record costs the start of `factor` a millisecond, so what a beta does not need is in `overviews`.

Returns, rates and volatilities are fractions (0.012 is 1.2 %). A number that cannot be had is NaN
here and null in JSON. `render` turns these into JSON, CSV and tables; field order is JSON order.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from factorcli.results.diagnostics import Diagnostics, Interval, PortfolioInfo, ShareIntervals, Shrinkage

T = TypeVar("T")


@dataclass(frozen=True)
class Alpha:
    """The intercept: `daily`, its error and its interval are daily; annual = 252 · daily.

    annual_net adds 252 · R_f · Σβ of the traded styles: α with those net of R_f too. In the `residual`
    basis, whose styles have no mean, that is α itself.
    """

    daily: float
    annual: float
    annual_net: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class FactorBeta:
    """One exposure, its 95 % interval, the factor's VIF and annualised volatility."""

    beta: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float
    vif: float
    factor_volatility: float


@dataclass(frozen=True)
class JointTest:
    """A Wald test in its F form, with `numerator` and `denominator` degrees of freedom."""

    f_stat: float
    p_value: float
    numerator: int
    denominator: int


@dataclass(frozen=True)
class MarketModel:
    """The one-factor fit R_i − R_f = α + β (R_MKT − R_f) + ε on the same observations."""

    beta: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float
    alpha_annual: float
    r_squared: float


@dataclass(frozen=True)
class ModelInfo:
    """The model behind a result; lags is None unless the errors are Newey–West.

    risk_free is the annual rate, the window's mean where rates are dated. estimator is there where it is
    not ordinary least squares, half_life (sessions) where it has one.
    """

    id: str
    basis: str
    covariance: str
    lags: int | None
    risk_free: float
    proxies: dict[str, str]
    estimator: str | None = field(default=None, metadata={"omit_none": True})
    half_life: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class ExcludedDay:
    """A return that was left out, why, and its size where there was one."""

    date: date
    reason: str
    value: float = field(metadata={"json": "return"})


@dataclass(frozen=True)
class DataInfo:
    """The prices behind a result: sessions − missing − len(excluded) = observations.

    Dimson's estimator uses two sessions less: the first and the last have one neighbour only.
    """

    source: str
    last_date: date
    sessions: int
    missing: int
    excluded: tuple[ExcludedDay, ...]


@dataclass(frozen=True)
class CacheInfo:
    """Where a result comes from and when it was computed (UTC, ISO)."""

    hit: str | None
    computed_at: str
    stale: bool


@dataclass(frozen=True)
class RollingPath:
    """Estimates of the windows that end on each date; None where one has too few returns.

    α is daily; low and high are the bounds of 95 % intervals; residual_volatility is annualised.
    """

    dates: tuple[date, ...]
    alpha: tuple[float, ...]
    betas: dict[str, tuple[float, ...]]
    r_squared: tuple[float, ...]
    residual_volatility: tuple[float, ...]
    alpha_low: tuple[float, ...]
    alpha_high: tuple[float, ...]
    betas_low: dict[str, tuple[float, ...]]
    betas_high: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class BetaResult:
    """Exposures of one ticker over one window. Volatilities are annualised.

    style_test: whether all betas but the market's are zero. dimson: the market's betas `before`, on the
    `day` and `after`, whose sum is its beta.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    start: date
    observations: int
    degrees_of_freedom: int
    alpha: Alpha
    betas: dict[str, FactorBeta]
    r_squared: float
    adj_r_squared: float
    volatility: float
    residual_volatility: float
    condition_number: float
    market_model: MarketModel
    style_test: JointTest
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[str, ...]
    rolling: RollingPath | None = field(default=None, metadata={"omit_none": True})
    r_squared_interval: "Interval | None" = field(default=None, metadata={"omit_none": True})
    dimson: dict[str, float] | None = field(default=None, metadata={"omit_none": True})
    shrinkage: "Shrinkage | None" = field(default=None, metadata={"omit_none": True})
    diagnostics: "Diagnostics | None" = field(default=None, metadata={"omit_none": True})
    portfolio: "PortfolioInfo | None" = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class TailRisk:
    """A one-day loss as a fraction of value, and each factor's part of it; `idiosyncratic` is one of them."""

    total: float
    contributions: dict[str, float]


@dataclass(frozen=True)
class Attribution:
    """Parts of the window's excess return: alpha + Σ factors + residual = total."""

    alpha: float
    factors: dict[str, float]
    residual: float
    total: float


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
    warnings: tuple[str, ...]
    intervals: "ShareIntervals | None" = field(default=None, metadata={"omit_none": True})
    portfolio: "PortfolioInfo | None" = field(default=None, metadata={"omit_none": True})


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
    intervals: dict[str, "ShareIntervals"] = field(default_factory=dict)

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


@dataclass(frozen=True)
class StockInfo:
    """A stock of the universe."""

    ticker: str
    name: str
    sector: str
    isin: str


@dataclass(frozen=True)
class CacheTier:
    """What a tier of the cache holds; times are UTC, ISO; None where there is nothing, or it cannot be read."""

    tier: str
    location: str
    rows: int | None
    bytes: int | None
    oldest: str | None
    newest: str | None
    can_read: bool = True
    can_write: bool = True


@dataclass(frozen=True)
class Failure:
    """A ticker without a result (None: the whole question), and why."""

    ticker: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Batch(Generic[T]):
    """The answer of a command: results in the order asked for, what failed, and what else must be said."""

    results: tuple[T, ...]
    failures: tuple[Failure, ...] = ()
    exit_code: int = 0
    notices: tuple[str, ...] = ()
