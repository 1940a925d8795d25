"""One-day value at risk and expected shortfall."""

import numpy as np

from factorcli.engine import Array

# Φ⁻¹(0.95) and φ(Φ⁻¹(0.95))/0.05: in units of σ, the loss exceeded on 5 % of days, and the mean loss of those.
QUANTILE = 1.6448536269514722
SHORTFALL = 2.062712807507426


def tail_risk(variance: Array) -> tuple[Array, Array]:
    """One-day 95 % value at risk and expected shortfall, positive fractions of value: variance (N,) → (N,), (N,).

    For normal returns with mean zero VaR = σ·Φ⁻¹(0.95) = 1.645 σ and ES = σ·φ(Φ⁻¹(0.95))/0.05 = 2.063 σ. Both are
    proportional to σ, so a factor's part (its component VaR) is its share of the variance.
    Jorion (2007), Value at Risk, 3rd ed., section 7.2.3; McNeil, Frey & Embrechts (2015), Quantitative
    Risk Management, section 2.3.
    """
    volatility = np.sqrt(variance)
    return QUANTILE * volatility, SHORTFALL * volatility
