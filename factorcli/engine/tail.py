"""One-day value at risk and expected shortfall, and whose they are."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from factorcli.engine import Array

LEVEL = 0.95
_QUANTILE = NormalDist().inv_cdf(LEVEL)
_SHORTFALL = NormalDist().pdf(_QUANTILE) / (1.0 - LEVEL)


@dataclass(frozen=True, slots=True)
class TailRisk:
    """A loss that is exceeded on 5 % of days, or the mean loss of those days, as positive fractions of value.

    total, idiosyncratic (N,), factors (N, K): factors + idiosyncratic = total. A hedge's part is negative.
    """

    total: Array
    factors: Array
    idiosyncratic: Array


def tail_risk(variance: Array, shares: Array) -> tuple[TailRisk, TailRisk]:
    """One-day 95 % value at risk and expected shortfall of N tickers, by factor.

    variance (N,) of the daily excess return, shares (N, K) of it by either method. For normal returns
    with mean zero VaR = σ·Φ⁻¹(0.95) = 1.645 σ and ES = σ·φ(Φ⁻¹(0.95))/0.05 = 2.063 σ; both are
    proportional to σ, so a part's risk is its share of the variance (its component VaR).
    Jorion (2007), Value at Risk, 3rd ed., section 7.2.3; McNeil, Frey & Embrechts (2015), Quantitative
    Risk Management, section 2.3.
    """
    volatility = np.sqrt(variance)
    return _split(_QUANTILE * volatility, shares), _split(_SHORTFALL * volatility, shares)


def _split(total: Array, shares: Array) -> TailRisk:
    factors = shares * total[:, None]
    return TailRisk(total, factors, total - factors.sum(axis=1))
