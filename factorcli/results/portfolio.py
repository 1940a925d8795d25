"""The holdings of a portfolio, and their contributions."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HoldingShare:
    """A stock of a portfolio and its contributions, on the days on which all holdings have a return.

    weight: a fraction of the portfolio, negative for a short; quantity and price (the last close, in its
    currency) where the file has quantities; market_beta and betas: the stock's own, of the one-factor
    fit and of the model; beta_contributions: weight · beta, which sum to the portfolio's betas;
    marginal_risk: Cov(stock, portfolio) / volatility of the portfolio, by which the annual volatility grows with the
    weight; component_risk: weight · marginal_risk, which sum to the volatility; risk_contribution: its share of the
    variance and of the volatility, which sum to 1; incremental_risk: by how much the annual volatility would be lower
    if it were cash; es_contribution: its part of the historical expected shortfall at 95 % of one session (week,
    month), which sum to it, positive where it loses; window_return: of the stock's own price over the whole window,
    last close / first close − 1, also over days on which another holding has no return; NaN where one of the two
    closes is missing or a return was corrected for a corporate action; filled: number of its returns that are the mean
    of its sector, as it had no price yet.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.portfolio({"TCS": 0.5, "INFY": 0.5}).beta()
        >>> held = result.portfolio.holdings
        >>> round(sum(holding.risk_contribution for holding in held), 12)
        1.0
        >>> abs(sum(holding.component_risk for holding in held) - result.volatility) < 1e-12
        True
    """

    ticker: str
    name: str | None
    sector: str | None
    weight: float
    market_beta: float
    betas: dict[str, float]
    beta_contributions: dict[str, float]
    marginal_risk: float = field(default=math.nan, kw_only=True)
    component_risk: float = field(default=math.nan, kw_only=True)
    risk_contribution: float
    incremental_risk: float = field(default=math.nan, kw_only=True)
    es_contribution: float = field(default=math.nan, kw_only=True)
    window_return: float = field(default=math.nan, metadata={"json": "return"})
    filled: int = field(default=0, kw_only=True)
    quantity: float | None = field(default=None, metadata={"omit_none": True})
    price: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class PortfolioInfo:
    """The holdings of a portfolio at fixed weights, rebalanced daily; cash and the weights sum to 1.

    cash: the weight that earns R_f, negative if borrowed; it contributes nothing to betas or risk. value: what it is
    worth at the last closes, cash included, and its currency, where the file has quantities. diversification_ratio:
    Σ|weight| · volatility of the holding, over the volatility of the portfolio; 1 of a single stock.
    """

    file: str
    value: float | None = field(default=None, metadata={"omit_none": True}, kw_only=True)
    currency: str | None = field(default=None, metadata={"omit_none": True}, kw_only=True)
    cash: float
    diversification_ratio: float = field(default=math.nan, kw_only=True)
    holdings: tuple[HoldingShare, ...]
