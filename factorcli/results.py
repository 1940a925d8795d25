"""What the commands answer with: frozen records, standard library only.

Each record costs the start of `factor` a millisecond, so what a beta does not need is in `overviews`.

Returns, rates and volatilities are fractions (0.012 is 1.2 %). A number that cannot be had is NaN
here and null in JSON. `render` turns these into JSON, CSV and tables; field order is JSON order.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Alpha:
    """The intercept: `daily`, its error and its interval are daily; annual = 252 · daily.

    annual_net adds 252 · R_f · Σβ of the traded styles: α with those net of R_f too.
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

    risk_free is the annual rate, the window's mean where rates are dated.
    """

    id: str
    basis: str
    covariance: str
    lags: int | None
    risk_free: float
    proxies: dict[str, str]


@dataclass(frozen=True)
class ExcludedDay:
    """A return that was left out, why, and its size where there was one."""

    date: date
    reason: str
    value: float = field(metadata={"json": "return"})


@dataclass(frozen=True)
class DataInfo:
    """The prices behind a result: sessions − missing − len(excluded) = observations."""

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
    """Estimates of the windows that end on each date; None where one has too few returns."""

    dates: tuple[date, ...]
    alpha: tuple[float, ...]
    betas: dict[str, tuple[float, ...]]
    r_squared: tuple[float, ...]


@dataclass(frozen=True)
class HoldingShare:
    """A stock of a portfolio, and what it adds; all on the days on which every stock held has a return.

    weight: a fraction of the portfolio, negative for a short; quantity and price (the last close, in its
    currency) where the file has quantities; market_beta and betas: of the stock itself, alone on the
    market and in the model; beta_contributions: weight · beta, which sum to the portfolio's betas;
    risk_contribution: weight · Cov(stock, portfolio) / Var(portfolio), which sum to 1.
    """

    ticker: str
    name: str | None
    sector: str | None
    weight: float
    market_beta: float
    betas: dict[str, float]
    beta_contributions: dict[str, float]
    risk_contribution: float
    quantity: float | None = field(default=None, metadata={"omit_none": True})
    price: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class PortfolioInfo:
    """What a portfolio holds, at fixed weights, rebalanced daily; cash and the weights sum to 1.

    cash: the weight that earns R_f, negative where it is borrowed; it adds nothing to betas or risk.
    """

    file: str
    cash: float
    holdings: tuple[HoldingShare, ...]


@dataclass(frozen=True)
class BetaResult:
    """Exposures of one ticker over one window. Volatilities are annualised."""

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
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[str, ...]
    rolling: RollingPath | None = field(default=None, metadata={"omit_none": True})
    portfolio: PortfolioInfo | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class Decomposition:
    """Where the variance of a ticker's excess return comes from.

    contributions are fractions of the variance and sum to `systematic` (R²); with `idiosyncratic`
    to 1. volatility_points are share × volatility, annualised.
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
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[str, ...]
    portfolio: PortfolioInfo | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class Exposure:
    """What is computed, and cached, of one ticker: its beta result, and its shares by method and factor."""

    beta: BetaResult
    shares: dict[str, dict[str, float]]

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
            model=beta.model,
            data=beta.data,
            cache=beta.cache,
            warnings=beta.warnings,
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
