"""Variance decomposition: shares of a stock's variance by factor."""

from functools import lru_cache
from math import comb

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.rowwise import row_products

MAX_LMG_FACTORS = 12


def shares_from_moments(betas: Array, covariances: Array, variances: Array) -> Array:
    """Euler shares β_k Cov(f_k, y) / Var(y) of many tickers, fractions of each one's variance.

    betas and covariances (…, K), variances (…) → (…, K); for least-squares betas they sum to R². A
    negative share is a hedge. Zero for constant returns.
    Menchero & Davis (2011), "Risk contribution is exposure times volatility times correlation".
    """
    variances = np.asarray(variances)[..., None]
    shares = np.zeros(np.broadcast_shapes(betas.shape, covariances.shape))
    return np.divide(betas * covariances, variances, out=shares, where=variances != 0)


def lmg_problem(factors: Array, returns: Array, weights: Array | None = None) -> tuple[Array, Array, Array]:
    """The arguments of `shapley_shares` for tickers with the same days.

    factors (n, K), returns (n, N), weights (n,) or equal ones → the factors' triangle (K, K), the
    returns' projections on the same axes (N, K), and their sums of squares (N,).

    After one QR of the factors every subset is a set of columns of its K × K triangle; covariance matrices,
    which square the condition number, are not inverted.
    """
    weight = np.ones(len(factors)) if weights is None else weights * (len(weights) / weights.sum())
    root = np.sqrt(weight)
    means = (factors * weight[:, None]).sum(axis=0) / len(weight)
    q, triangle = np.linalg.qr((factors - means) * root[:, None])
    y = np.ascontiguousarray(returns.T)
    centred = (y - (y * weight).sum(axis=1, keepdims=True) / len(weight)) * root
    centred[y.min(axis=1) == y.max(axis=1)] = 0.0
    return triangle, row_products(centred, q), (centred * centred).sum(axis=1)


def shapley_shares(columns: Array, response: Array, totals: Array) -> Array:
    """Shapley (LMG) shares of R²: the increase by a factor, averaged over all orderings of the factors.

    Of M regressions at once, each given by K vectors and a response of K numbers: columns (K, K, M) has
    one factor in each [:, k], response (K, M), totals (M,) the response's whole sum of squares → (M, K).
    Never negative; they sum to R². Exact, over all 2^K subsets, so K ≤ 12. Zeros where the total is zero.
    Lindeman, Merenda & Gold (1980), p. 119; Grömping (2006), J. Stat. Software 17(1), eq. 6.
    """
    count, many = len(columns), response.shape[1]
    if count > MAX_LMG_FACTORS:
        raise ValueError(f"{count} factors; the exact shares are computed for {MAX_LMG_FACTORS} at most")
    if many == 1:  # numpy sums a single column in another order; digits must not depend on other tickers
        return shapley_shares(*(np.repeat(part, 2, axis=-1) for part in (columns, response, totals)))[:1]
    explained = np.zeros((2**count, many))
    _enter(explained, columns, response, 0, 0)
    gains = np.empty((many, count))
    for k in range(count):
        without, weights = _orderings(count, k)
        gain = np.maximum(explained[without | 1 << k] - explained[without], 0.0)  # below zero only by rounding
        gains[:, k] = (weights[:, None] * gain).sum(axis=0)
    shares: Array = np.divide(gains, totals[:, None], out=np.zeros_like(gains), where=totals[:, None] > 0)
    return shares


@lru_cache(MAX_LMG_FACTORS**2)
def _orderings(count: int, k: int) -> tuple[Ints, Array]:
    """The subsets of so many factors without factor k, and the share of all orderings in which each comes before it."""
    subsets = np.arange(2**count)
    without = subsets[subsets >> k & 1 == 0]
    sizes = [int(subset).bit_count() for subset in without]
    return without, np.array([1.0 / (count * comb(count - 1, size)) for size in sizes])


def _enter(explained: Array, columns: Array, response: Array, first: int, subset: int) -> None:
    """Fill in the explained variance of every superset of `subset`, adding one factor at a time.

    columns (K, left, M) are the factors from number `first` on, response (K, M): both orthogonal
    to the factors of `subset` (modified Gram–Schmidt). Subsets are bit masks.
    """
    for place in range(columns.shape[1]):
        entering, later = columns[:, place], columns[:, place + 1 :]
        norms = np.sqrt((entering * entering).sum(axis=0))
        unit = np.divide(entering, norms, out=np.zeros_like(entering), where=norms > 0)
        along = (unit * response).sum(axis=0)
        larger = subset | 1 << (first + place)
        explained[larger] = explained[subset] + along * along
        if later.shape[1]:
            axis = unit[:, None]
            left = later - axis * (axis * later).sum(axis=0)
            _enter(explained, left, response - unit * along, first + place + 1, larger)
