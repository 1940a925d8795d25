"""A portfolio of fixed weights, rebalanced daily: its returns, its value, and the risk of its holdings.

weights (N,); 1 − Σ weights is cash at R_f, borrowed where negative, so that the portfolio's excess return is the
weighted sum of the holdings'.
"""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.periods import compounded, runs


def portfolio_returns(returns: Array, weights: Array) -> Array:
    """Excess returns (T,) of weights (N,) on excess returns (T, N); NaN where a holding has none."""
    whole: Array = (returns * weights).sum(axis=1)
    return whole


def portfolio_value(closes: Array, returns: Array, weights: Array, rates: Array) -> Array:
    """The value (T + 1,) of a portfolio with these returns (T,), bridged over runs without one.

    closes (T + 1, N), weights (N,), rates (T,). Over a run the holdings keep their shares, bought at its start with
    these weights, and cash compounds. NaN within a run, and before or after one that begins or ends the window
    while a holding has no close there.
    """
    growth, known = 1.0 + returns, np.ones(len(closes), dtype=np.bool_)
    for first, end in runs(np.isnan(returns)):
        gain = weights @ (closes[end] / closes[first] - 1.0) + (1.0 - weights.sum()) * compounded(rates[first:end])
        known[first + 1 : end] = False
        growth[first:end] = 1.0
        if np.isfinite(gain):
            growth[end - 1] += gain
        else:
            known[first] &= first > 0
            known[end] &= end < len(returns)
    value: Array = np.where(known, np.append(1.0, np.cumprod(growth)), np.nan)
    return value


@dataclass(frozen=True, slots=True)
class HoldingRisk:
    """The part of each of N holdings in the volatility of a portfolio, per period, and its diversification.

    marginal (N,): Cov(r_i, r_p)/σ_p, by which σ_p grows with the weight; component (N,): w_i · marginal, which sum to
    σ_p; shares (N,): component/σ_p, which sum to 1; incremental (N,): σ_p less the σ of the rest, the holding being
    cash; diversification: Σ|w_i| σ_i/σ_p. NaN where the portfolio never moves.
    """

    marginal: Array
    component: Array
    shares: Array
    incremental: Array
    diversification: float


def holding_risk(returns: Array, weights: Array, days: Array | None = None) -> HoldingRisk:
    """The risk of holdings with excess returns (n, N) and weights (N,), on days with weights (n,) or equal ones.

    Litterman (1996), "Hot spots and hedges", J. Portfolio Management 23, p. 52; Jorion (2007), Value at Risk, 3rd ed.,
    chapter 7 (marginal, component and incremental risk); Choueifaty & Coignard (2008), "Toward maximum
    diversification", J. Portfolio Management 35, eq. 1.
    """
    n = len(returns)
    day = np.ones(n) if days is None else days * (n / days.sum())
    deviations = returns - (day @ returns) / n
    whole = portfolio_returns(returns, weights)
    of_whole = whole - (day @ whole) / n
    variance = float((day * of_whole) @ of_whole) / (n - 1)
    if not variance > 0 or whole.min() == whole.max():
        nothing = np.full(len(weights), np.nan)
        return HoldingRisk(nothing, nothing, nothing, nothing, float("nan"))
    volatility = np.sqrt(variance)
    marginal = (day * of_whole) @ deviations / (n - 1) / volatility
    component = weights * marginal
    rest = of_whole[:, None] - weights * deviations
    without = np.sqrt(day @ (rest * rest) / (n - 1))
    alone = np.sqrt(day @ (deviations * deviations) / (n - 1))
    return HoldingRisk(
        marginal,
        component,
        component / volatility,
        volatility - without,
        float(np.abs(weights) @ alone / volatility),
    )


def shortfall_parts(returns: Array, weights: Array, value_at_risk: float) -> Array:
    """The part (N,) of each holding in the historical expected shortfall: −w_i · mean(r_i | r_p ≤ −VaR).

    returns (T, N): days on which a holding has none are left out; positive parts are losses, and they sum to the
    expected shortfall. Tasche (2002), "Expected shortfall and beyond", J. Banking & Finance 26, section 4.
    """
    whole = portfolio_returns(returns, weights)
    parts: Array = -weights * returns[whole <= -value_at_risk].mean(axis=0)
    return parts
