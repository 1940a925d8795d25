"""Results of `beta`.

Returns, rates and volatilities are fractions (0.012 is 1.2 %). A number that is not available is NaN here and null in
JSON. `render` turns these into JSON, CSV and tables; field order is JSON order. A quoted type, `module.Record`, is that
of an optional part; the codec imports its module with the first such value.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.results import diagnostics, intervals, portfolio, rolling, shrinkage

PORTFOLIO = "PORTFOLIO"  # the ticker of a portfolio's results, whose name is its file's


@dataclass(frozen=True)
class Alpha:
    """The intercept: `daily`, its error and its interval are daily; annual is daily × the model's sessions a year.

    annual_net adds R_f · Σβ over a year of the traded styles: α with those net of R_f too. In the `residual`
    basis, whose styles have mean zero, it is α itself.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> alpha = factor.beta("TCS").alpha
        >>> round(alpha.annual / alpha.daily)
        252
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
    """One exposure, its 95 % interval, the factor's VIF and annualised volatility.

    Of a shrunk beta std_error is the posterior standard deviation, and t_stat and p_value are NaN.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> market = factor.beta("TCS").betas["MKT"]
        >>> market.t_stat == market.beta / market.std_error
        True
    """

    beta: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float
    vif: float
    factor_volatility: float


@dataclass(frozen=True)
class Estimate:
    """An estimate with its standard error, its t test against zero and its 95 % interval.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> down = factor.beta("TCS").market_model.down
        >>> down.ci_low < down.estimate < down.ci_high
        True
    """

    estimate: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class JointTest:
    """A Wald test in its F form, with `numerator` and `denominator` degrees of freedom.

    covariance: of the coefficients, `hc3`, whatever that of the standard errors is.
    """

    f_stat: float
    p_value: float
    numerator: int
    denominator: float
    covariance: str


@dataclass(frozen=True)
class MarketModel:
    """The one-factor fit R_i − R_f = α + β (R_MKT − R_f) + ε on the same observations.

    up and down: the betas of days on which the market's excess return is positive and of those on which it is negative,
    from one regression; asymmetry is down − up. They are never shrunk.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.beta("TCS")
        >>> result.market_model.r_squared <= result.r_squared
        True
    """

    beta: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float
    alpha_annual: float
    r_squared: float
    up: Estimate
    down: Estimate
    asymmetry: Estimate


@dataclass(frozen=True)
class Active:
    """The active return, that of a ticker or portfolio less that of the benchmark, on the days that both have.

    benchmark: its ticker, or the name of its file. betas, market_beta: of the active return, in the basis of the
    result, the latter in a one-factor model. tracking_error: its annualised standard deviation, with a 95 %
    block-bootstrap interval. contributions: shares of the active variance by factor, with `idiosyncratic` they sum to
    1; a negative one is a hedge. Against itself betas and tracking error are 0, without errors, and shares NaN.
    """

    benchmark: str
    betas: dict[str, Estimate]
    market_beta: Estimate
    tracking_error: float
    tracking_error_low: float
    tracking_error_high: float
    contributions: dict[str, float]


@dataclass(frozen=True)
class BetaResult:
    """Exposures of one ticker over one window. Volatilities are annualised.

    style_test: of the hypothesis that all betas but the market's are zero. dimson: the market's betas `before`, on the
    `day` and `after`, whose sum is its beta. observations_effective: (Σw)²/Σw² of a weighted fit, whose t tests have
    observations_effective − k degrees of freedom; degrees_of_freedom is observations − k for any fit. frequency: of
    the returns, None where daily; window and observations count its periods. active: against a benchmark, if asked for.
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
    warnings: tuple[ResultWarning, ...]
    rolling: "rolling.RollingPath | None" = field(default=None, metadata={"omit_none": True})
    r_squared_interval: "intervals.Interval | None" = field(default=None, metadata={"omit_none": True})
    dimson: dict[str, float] | None = field(default=None, metadata={"omit_none": True})
    observations_effective: float | None = field(default=None, metadata={"omit_none": True})
    shrinkage: "shrinkage.Shrinkage | None" = field(default=None, metadata={"omit_none": True})
    diagnostics: "diagnostics.Diagnostics | None" = field(default=None, metadata={"omit_none": True})
    portfolio: "portfolio.PortfolioInfo | None" = field(default=None, metadata={"omit_none": True})
    frequency: str | None = field(default=None, metadata={"omit_none": True})
    active: Active | None = field(default=None, metadata={"omit_none": True})
