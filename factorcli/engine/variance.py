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


def lmg_shares(factors: Array, returns: Array) -> Array:
    """Shapley shares of R²: what a factor adds, averaged over all orderings of the factors.

    factors (T, K), returns (T, N) → (N, K), never negative; they sum to R². Exact, over all 2^K
    subsets, so K ≤ 12. Returns that never change have nothing to explain: zeros.
    Lindeman, Merenda & Gold (1980), p. 119; Grömping (2006), J. Stat. Software 17(1), eq. 6.

    One QR of the factors turns every subset into a few columns of its K × K triangle, where another
    QR finds what the subset explains; covariances, which square the condition, are never inverted.
    """
    count = factors.shape[1]
    if count > MAX_LMG_FACTORS:
        raise ValueError(f"{count} factors; the exact shares are computed for {MAX_LMG_FACTORS} at most")
    q, triangle = np.linalg.qr(factors - factors.mean(axis=0))
    centred = np.ascontiguousarray(returns.T)
    centred = centred - centred.mean(axis=1, keepdims=True)
    centred[centred.min(axis=1) == centred.max(axis=1)] = 0.0
    projections = row_products(centred, q)
    explained: dict[tuple[int, ...], Array] = {(): np.zeros(len(centred))}
    for size in range(1, count + 1):
        for subset in combinations(range(count), size):
            within = row_products(projections, np.linalg.qr(triangle[:, subset])[0])
            explained[subset] = (within * within).sum(axis=1)
    gains = np.zeros((len(centred), count))
    for subset, value in explained.items():
        for k in set(range(count)) - set(subset):
            weight = 1.0 / (count * comb(count - 1, len(subset)))
            gain = explained[tuple(sorted((*subset, k)))] - value
            gains[:, k] += weight * np.maximum(gain, 0.0)  # below zero only by rounding
    total = (centred * centred).sum(axis=1)[:, None]
    shares: Array = np.divide(gains, total, out=np.zeros_like(gains), where=total > 0)
    return shares
