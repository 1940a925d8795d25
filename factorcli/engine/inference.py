"""Standard errors, t statistics, p-values, intervals and collinearity."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.rowwise import row_products

Covariance = Literal["hac", "hc1", "nonrobust"]


def newey_west_lags(observations: int) -> int:
    """⌊4(n/100)^(2/9)⌋, the automatic bandwidth of Newey & West (1994), as commonly used in EViews and Stata."""
    return int(4.0 * (observations / 100.0) ** (2.0 / 9.0))


@dataclass(frozen=True, slots=True)
class Inference:
    """t tests of coefficients against zero; every array has their shape."""

    t_stats: Array
    p_values: Array
    ci_low: Array
    ci_high: Array


def t_inference(coefficients: Array, std_errors: Array, degrees_of_freedom: Ints) -> Inference:
    """Two-sided t tests and 95 % intervals.

    coefficients and std_errors (N, k), degrees_of_freedom (N,). Where a standard error is zero
    (an exact fit) or missing, t and p are NaN.
    """
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  (370 ms, and only reports need it)

    df = degrees_of_freedom[:, None].astype(np.float64)
    known = std_errors > 0
    t_stats = np.divide(coefficients, std_errors, out=np.full_like(coefficients, np.nan), where=known)
    half = stdtrit(df, 0.975) * std_errors
    return Inference(
        t_stats=t_stats,
        p_values=2.0 * stdtr(df, -np.abs(t_stats)),
        ci_low=coefficients - half,
        ci_high=coefficients + half,
    )


def t_intervals(coefficients: Array, std_errors: Array, degrees_of_freedom: Ints) -> tuple[Array, Array]:
    """95 % t intervals, low and high: coefficients and std_errors (…, k), degrees_of_freedom (…).

    The quantile is computed once for each number of degrees of freedom, of which a path has few.
    """
    from scipy.special import stdtrit  # noqa: PLC0415  (370 ms, and only reports need it)

    distinct, place = np.unique(degrees_of_freedom, return_inverse=True)
    quantiles = stdtrit(distinct.astype(np.float64), 0.975)[place].reshape(degrees_of_freedom.shape)
    half = quantiles[..., None] * std_errors
    return coefficients - half, coefficients + half


def coefficient_variances(influence: Array, residuals: Array, covariance: Covariance, lags: int) -> Array:
    """Variance of each coefficient of N regressions that share one design.

    influence (n, k) is the transposed pseudo-inverse X(X'X)⁻¹, residuals (N, n) → (N, k).

    `nonrobust`: s²(X'X)⁻¹. `hc1`: White (1980) with n/(n−k). `hac`: Newey & West (1987), Bartlett
    kernel, `lags` lags, with n/(n−k): V = Σ_l w_l Σ_t z_t u_t u_{t−l} z'_{t−l} for z the influence.
    """
    total = _covariance_sums(influence, influence, residuals, covariance, lags, influence.shape[1])
    # The sum is non-negative with the Bartlett kernel, except for rounding of an exact fit.
    variances: Array = np.maximum(total, 0.0)
    return variances


def coefficient_covariances(
    influence: Array, residuals: Array, covariance: Covariance, lags: int, chosen: Ints
) -> Array:
    """Covariance matrix of some coefficients, as in `coefficient_variances`, (N, m, m) for m chosen columns."""
    first, second = np.triu_indices(len(chosen))
    left, right = influence[:, chosen[first]], influence[:, chosen[second]]
    sums = _covariance_sums(left, right, residuals, covariance, lags, influence.shape[1])
    matrices = np.empty((len(residuals), len(chosen), len(chosen)))
    matrices[:, first, second] = matrices[:, second, first] = sums
    return matrices


def _covariance_sums(
    left: Array, right: Array, residuals: Array, covariance: Covariance, lags: int, coefficients: int
) -> Array:
    """Covariances of pairs of coefficients, whose influences are left and right (n, m): (N, m).

    A regression's lag products are contiguous, so that one matrix product gives its whole kernel sum.
    """
    n, pairs = left.shape
    df = n - coefficients
    if covariance == "nonrobust":
        s2 = (residuals * residuals).sum(axis=1) / df
        classical: Array = s2[:, None] * (left * right).sum(axis=0)
        return classical
    if covariance == "hc1":
        lags = 0
    elif covariance != "hac":
        raise ValueError(f"unknown covariance {covariance!r}")
    lags = min(lags, n - 1)
    weights = np.zeros((lags + 1, n, pairs))
    products = np.zeros((residuals.shape[0], lags + 1, n))
    for lag in range(lags + 1):
        kernel = 0.5 if lag == 0 else 1.0 - lag / (lags + 1.0)
        weights[lag, lag:] = kernel * (left[lag:] * right[: n - lag] + right[lag:] * left[: n - lag])
        np.multiply(residuals[:, lag:], residuals[:, : n - lag], out=products[:, lag, lag:])
    sums: Array = row_products(products.reshape(len(residuals), -1), weights.reshape(-1, pairs)) * (n / df)
    return sums


def centred_vif(deviations: Array, solve: Array) -> Array:
    """Centred variance inflation factor of each factor, (K,).

    deviations (n, K) from the means, solve (K, K) with solve' · solve = (deviations' deviations)⁻¹.
    VIF_k = Σ(f_k − f̄_k)² · [that inverse]_kk = 1/(1 − R²_k), R²_k being that of f_k on the other
    factors and an intercept. Belsley, Kuh & Welsch (1980), section 3.2.
    """
    vif: Array = (deviations * deviations).sum(axis=0) * (solve * solve).sum(axis=0)
    return vif
