"""One-day value at risk and expected shortfall: those of a normal distribution, and those of the past."""

import numpy as np

from factorcli.engine import Array

# Φ⁻¹(0.95) and φ(Φ⁻¹(0.95))/0.05: in units of σ, the loss exceeded on 5 % of days, and the mean loss of those.
QUANTILE = 1.6448536269514722
SHORTFALL = 2.062712807507426
TAIL = 0.05


def tail_risk(variance: Array) -> tuple[Array, Array]:
    """One-day 95 % value at risk and expected shortfall, positive fractions of value: variance (N,) → (N,), (N,).

    For normal returns with mean zero VaR = σ·Φ⁻¹(0.95) = 1.645 σ and ES = σ·φ(Φ⁻¹(0.95))/0.05 = 2.063 σ. Both are
    proportional to σ, so a factor's part (its component VaR) is its share of the variance.
    Jorion (2007), Value at Risk, 3rd ed., section 7.2.3; McNeil, Frey & Embrechts (2015), Quantitative
    Risk Management, section 2.3.
    """
    volatility = np.sqrt(variance)
    return QUANTILE * volatility, SHORTFALL * volatility


def sample_variance(returns: Array, weights: Array | None = None) -> Array:
    """Variances (N,), ddof 1, of returns (T, N) on the days that are not NaN; NaN with fewer than two.

    weights (T,): those of a weighted fit, which count n/(n − 1) as there. Exactly 0 for constant returns.
    """
    rows = np.ascontiguousarray(returns.T)
    present = np.isfinite(rows)
    days = present.sum(axis=1)
    values = np.where(present, rows, 0.0)
    weight = np.where(present, 1.0 if weights is None else weights, 0.0)
    totals = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = np.where(present, values - ((weight * values).sum(axis=1) / totals)[:, None], 0.0)
        variance: Array = (weight * deviations * deviations).sum(axis=1) / totals * days / (days - 1)
    constant = np.where(present, rows, -np.inf).max(axis=1) == np.where(present, rows, np.inf).min(axis=1)
    variance[constant & (days > 1)] = 0.0
    return variance


def historical_risk(returns: Array) -> tuple[float, float, int, int]:
    """95 % value at risk and expected shortfall of returns (T,) themselves, their number, and that of the worse ones.

    NaN are left out. VaR = −q with q the 5 % quantile, interpolated linearly between neighbouring returns, and
    ES = −mean(y | y ≤ q); a negative one is a gain. Hyndman & Fan (1996), "Sample quantiles in statistical packages",
    definition 7.
    """
    days = returns[np.isfinite(returns)]
    quantile = _lower_quantile(days)
    worse = days[days <= quantile]
    return -quantile, -float(worse.mean()), len(days), len(worse)


def _lower_quantile(values: Array) -> float:
    """The TAIL quantile, that of `numpy.quantile` to the last bit, in a tenth of its time."""
    if len(values) < 2:
        return float(values.mean())
    place = TAIL * (len(values) - 1)
    below = int(place)
    low, high = np.partition(values, (below, below + 1))[below : below + 2].tolist()
    share = place - below
    return float(low + (high - low) * share if share < 0.5 else high - (high - low) * (1.0 - share))
