"""Parts of results that are only there when they are asked for: a result without them need not load them.

In `results` their types stand in quotes.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Shrinkage:
    """What Vasicek's estimator did: `stocks` of the universe give each beta's mean and standard deviation.

    own_weight × least_squares + (1 − own_weight) × mean is the beta; `market` is the one-factor beta's.
    """

    stocks: int
    mean: dict[str, float]
    std_dev: dict[str, float]
    least_squares: dict[str, float]
    own_weight: dict[str, float]


@dataclass(frozen=True)
class Significance:
    """A test statistic and its p-value."""

    statistic: float
    p_value: float


@dataclass(frozen=True)
class InfluentialDay:
    """A day and its Cook's distance: how far it moves all fitted values."""

    date: date
    cooks_distance: float


@dataclass(frozen=True)
class Diagnostics:
    """Whether a fit's residuals are as its errors suppose: see engine.diagnostics.

    durbin_watson is 2 without autocorrelation; zero_return_share is that of days without a new price.
    """

    durbin_watson: float
    breusch_pagan: Significance
    jarque_bera: Significance
    skewness: float
    kurtosis: float
    arch_lm: Significance
    arch_lags: int
    influential_days: tuple[InfluentialDay, ...]
    zero_return_share: float


@dataclass(frozen=True)
class ShareIntervals:
    """95 % block-bootstrap intervals of a decomposition's R² and shares."""

    r_squared: Interval
    contributions: dict[str, Interval]
    idiosyncratic: Interval


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
