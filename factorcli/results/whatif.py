"""Results of `whatif`: a portfolio before and after trades. Fractions of its value; volatilities are annualised."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.beta import Estimate
from factorcli.results.intervals import Interval
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Measures:
    """Exposures and risk of a portfolio; market_beta is that of a one-factor model.

    value_at_risk, expected_shortfall: the 95 % one-day ones of normal returns. tracking_error: NaN without a benchmark.
    """

    betas: dict[str, float]
    market_beta: float
    volatility: float
    value_at_risk: float
    expected_shortfall: float
    r_squared: float
    tracking_error: float


@dataclass(frozen=True)
class Change:
    """The measures after less those before.

    betas and market_beta are of the regression of the difference of the two returns, with its errors; of trades that
    change nothing they are 0 without errors.
    """

    betas: dict[str, Estimate]
    market_beta: Estimate
    volatility: float
    value_at_risk: float
    expected_shortfall: float
    r_squared: float
    tracking_error: float


@dataclass(frozen=True)
class TradedWeight:
    """A stock, or CASH, whose weight changes, in JSON from `from` to `to`.

    amount (bought, negative if sold, in the market's currency) and shares: where the file has quantities.
    """

    ticker: str
    before: float = field(metadata={"json": "from"})
    after: float = field(metadata={"json": "to"})
    amount: float | None = field(default=None, metadata={"omit_none": True})
    shares: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class WhatIf:
    """A portfolio before and after trades, at fixed weights on the days on which all of its stocks have a return.

    turnover: half the sum of the changes of weights, cash included. trades: the largest first, cash last.
    volatility_interval, tracking_error_interval: 95 % block-bootstrap intervals of their changes. value,
    value_after: in currency, where the file has quantities; they differ where the holdings afterwards are worth more
    or less.
    """

    portfolio: str
    window: int
    as_of: date
    observations: int
    original: Measures
    rebalanced: Measures
    change: Change
    turnover: float
    trades: tuple[TradedWeight, ...]
    volatility_interval: Interval
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    benchmark: str | None = field(default=None, metadata={"omit_none": True})
    tracking_error_interval: Interval | None = field(default=None, metadata={"omit_none": True})
    value: float | None = field(default=None, metadata={"omit_none": True})
    value_after: float | None = field(default=None, metadata={"omit_none": True})
    currency: str | None = field(default=None, metadata={"omit_none": True})
    frequency: str | None = field(default=None, metadata={"omit_none": True})

    @property
    def ticker(self) -> str:
        """What lists of results call it: the portfolio's name."""
        return self.portfolio
