"""Where a stock's variance comes from: shares of it by factor."""

from itertools import combinations
from math import comb

import numpy as np

from factorcli.engine import Array
from factorcli.engine.rowwise import row_products

MAX_LMG_FACTORS = 12


def euler_shares(betas: Array, factors: Array, returns: Array) -> Array:
    """Share of the variance of `returns` that each factor explains.

    betas (K,), factors (T, K), returns (T,) → (K,), a fraction; for least-squares betas they sum
    to R². A negative share is a hedge. Returns that never change have nothing to explain: zeros.
    Menchero & Davis (2011), "Risk contribution is exposure times volatility times correlation".
    """
    centred = returns - returns.mean()
    covariances = (factors - factors.mean(axis=0)).T @ centred / (len(returns) - 1)
    return shares_from_moments(betas, covariances, np.asarray(centred @ centred / (len(returns) - 1)))


def shares_from_moments(betas: Array, covariances: Array, variances: Array) -> Array:
    """Euler shares β_k Cov(f_k, y) / Var(y) of many tickers.

    betas and covariances (…, K), variances (…) → (…, K). Zeros where the variance is zero.
    """
    variances = np.asarray(variances)[..., None]
    shares = np.zeros(np.broadcast_shapes(betas.shape, covariances.shape))
    return np.divide(betas * covariances, variances, out=shares, where=variances != 0)


def lmg_shares(factor_covariance: Array, covariances: Array, variances: Array) -> Array:
    """Shapley shares of R²: what a factor adds, averaged over all orderings of the factors.

    factor_covariance (K, K), covariances (N, K) of the factors with each ticker, variances (N,) →
    (N, K), never negative; they sum to R². Exact, over all 2^K subsets, so K ≤ 12.
    Lindeman, Merenda & Gold (1980), p. 119; Grömping (2006), J. Stat. Software 17(1), eq. 6.
    """
    count = len(factor_covariance)
    if count > MAX_LMG_FACTORS:
        raise ValueError(f"{count} factors; the exact shares are computed for {MAX_LMG_FACTORS} at most")
    explained: dict[tuple[int, ...], Array] = {(): np.zeros(len(covariances))}
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            block = factor_covariance[np.ix_(subset, subset)]
            part = covariances[:, subset]
            slopes = row_products(part, np.asarray(np.linalg.inv(block), dtype=np.float64))
            explained[subset] = (slopes * part).sum(axis=1)
    gains = np.zeros_like(covariances)
    for subset, value in explained.items():
        weight = 1.0 / (count * comb(count - 1, len(subset))) if len(subset) < count else 0.0
        for k in set(range(count)) - set(subset):
            gains[:, k] += weight * (explained[tuple(sorted((*subset, k)))] - value)
    total = variances[:, None]
    return np.divide(gains, total, out=np.zeros_like(gains), where=total != 0)
