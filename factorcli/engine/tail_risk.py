"""One-day value at risk and expected shortfall, and whose they are."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array

# Φ⁻¹(0.95), and φ of it over 0.05: the loss that is exceeded on 5 % of days, and the mean of those days.
QUANTILE = 1.6448536269514722
SHORTFALL = 2.062712807507426


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
    return _split(QUANTILE * volatility, shares), _split(SHORTFALL * volatility, shares)


def _split(total: Array, shares: Array) -> TailRisk:
    factors = shares * total[:, None]
    return TailRisk(total, factors, total - factors.sum(axis=1))
