"""The holdings of a portfolio, and their contributions."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HoldingShare:
    """A stock of a portfolio and its contributions, on the days on which all holdings have a return.

    weight: a fraction of the portfolio, negative for a short; quantity and price (the last close, in its
    currency) where the file has quantities; market_beta and betas: the stock's own, of the one-factor
    fit and of the model; beta_contributions: weight · beta, which sum to the portfolio's betas;
    risk_contribution: weight · Cov(stock, portfolio) / Var(portfolio), which sum to 1; window_return: of the
    stock's own price over the whole window, last close / first close − 1, also over days on which another holding
    has no return; NaN where one of the two closes is missing or a return was corrected for a corporate action.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.portfolio({"TCS": 0.5, "INFY": 0.5}).beta()
        >>> held = result.portfolio.holdings
        >>> round(sum(holding.risk_contribution for holding in held), 12)
        1.0
    """

    ticker: str
    name: str | None
    sector: str | None
    weight: float
    market_beta: float
    betas: dict[str, float]
    beta_contributions: dict[str, float]
    risk_contribution: float
    window_return: float = field(default=math.nan, metadata={"json": "return"})
    quantity: float | None = field(default=None, metadata={"omit_none": True})
    price: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class PortfolioInfo:
    """The holdings of a portfolio at fixed weights, rebalanced daily; cash and the weights sum to 1.

    cash: the weight that earns R_f, negative if borrowed; it contributes nothing to betas or risk.
    """

    file: str
    cash: float
    holdings: tuple[HoldingShare, ...]
