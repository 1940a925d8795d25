"""Standard errors, t statistics, p-values, intervals and collinearity."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.design import Solution
from factorcli.engine.distributions import t_p_values, t_quantiles
from factorcli.engine.rowwise import row_products

Covariance = Literal["hac", "hc1", "nonrobust"]
MIN_EFFECTIVE_OBSERVATIONS = 10.0  # of a weighted fit with standard errors


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


def t_inference(coefficients: Array, std_errors: Array, degrees_of_freedom: Array | Ints) -> Inference:
    """Two-sided t tests and 95 % intervals.

    coefficients and std_errors (N, k), degrees_of_freedom (N,). Where a standard error is zero
    (an exact fit) or missing, t and p are NaN.
    """
    known = std_errors > 0
    t_stats = np.divide(coefficients, std_errors, out=np.full_like(coefficients, np.nan), where=known)
    half = t_quantiles(degrees_of_freedom)[:, None] * std_errors
    return Inference(
        t_stats=t_stats,
        p_values=t_p_values(t_stats, degrees_of_freedom),
        ci_low=coefficients - half,
        ci_high=coefficients + half,
    )


def t_intervals(coefficients: Array, std_errors: Array, degrees_of_freedom: Ints) -> tuple[Array, Array]:
    """95 % t intervals, low and high: coefficients and std_errors (…, k), degrees_of_freedom (…)."""
    half = t_quantiles(degrees_of_freedom)[..., None] * std_errors
    return coefficients - half, coefficients + half


def standard_errors(solution: Solution, covariance: Covariance, lags: int, combinations: Array | None = None) -> Array:
    """Standard errors of the coefficients of N regressions, (N, k), or of m linear combinations (k, m) of them, (N, m).

    `nonrobust`: s²(X'X)⁻¹. `hc1`: White (1980) with n/(n−k). `hac`: Newey & West (1987), Bartlett
    kernel, `lags` lags, with n/(n−k): V = Σ_l w_l Σ_t z_t u_t u_{t−l} z'_{t−l} for z the influence.

    With weights `hac` uses the scores e/(1 − h) of the weighted rows for u, without n/(n−k): a few days have most
    of the weight, and a fit is closer to them than to others. NaN where `has_errors` says so.
    """
    design = solution.design
    influence = design.influence
    coefficients = influence.shape[1]
    if combinations is not None:
        influence = influence @ combinations
    if design.weighted and not has_errors(design.effective, coefficients):
        return np.full((len(solution.residuals), influence.shape[1]), np.nan)
    if design.weighted and covariance == "hac":
        sums = _kernel_sums(influence, influence, solution.scores, lags)
    else:
        sums = _covariance_sums(influence, influence, solution.residuals, covariance, lags, coefficients)
    # The sum is non-negative with the Bartlett kernel, except for rounding of an exact fit.
    errors: Array = np.sqrt(np.maximum(sums, 0.0))
    return errors


def has_errors(effective: float, coefficients: int) -> bool:
    """Whether so many effective observations of a weighted fit are enough for the errors of k coefficients."""
    return effective >= MIN_EFFECTIVE_OBSERVATIONS and effective > coefficients


def hc3_covariances(influence: Array, scores: Array, chosen: Ints) -> Array:
    """Covariance matrices HC3 of m chosen coefficients, Σ z_t z'_t (e_t/(1 − h_t))² for z the influence: (N, m, m).

    influence (n, k), scores e/(1 − h) (N, n). MacKinnon & White (1985), J. Econometrics 29, p. 309, in the form
    of Long & Ervin (2000), The American Statistician 54, p. 218.
    """
    first, second = np.triu_indices(len(chosen))
    sums = _kernel_sums(influence[:, chosen[first]], influence[:, chosen[second]], scores, 0)
    return _matrices(sums, len(chosen))


def covariances(solution: Solution, covariance: Covariance, lags: int, chosen: Ints) -> Array:
    """Covariance matrices of m chosen coefficients of N regressions without weights, (N, m, m).

    The estimators are those of `standard_errors`, whose squares are on the diagonals.
    """
    influence = solution.design.influence
    first, second = np.triu_indices(len(chosen))
    left, right = influence[:, chosen[first]], influence[:, chosen[second]]
    sums = _covariance_sums(left, right, solution.residuals, covariance, lags, influence.shape[1])
    return _matrices(sums, len(chosen))


def _matrices(sums: Array, size: int) -> Array:
    """Symmetric matrices (N, size, size) of their upper triangles, row by row: (N, size·(size + 1)/2)."""
    first, second = np.triu_indices(size)
    matrices = np.empty((len(sums), size, size))
    matrices[:, first, second] = matrices[:, second, first] = sums
    return matrices


def _covariance_sums(
    left: Array, right: Array, residuals: Array, covariance: Covariance, lags: int, coefficients: int
) -> Array:
    """Covariances of pairs of coefficients, whose influences are left and right (n, m): (N, m)."""
    n = len(left)
    df = n - coefficients
    if covariance == "nonrobust":
        s2 = (residuals * residuals).sum(axis=1) / df
        classical: Array = s2[:, None] * (left * right).sum(axis=0)
        return classical
    if covariance == "hc1":
        lags = 0
    elif covariance != "hac":
        raise ValueError(f"unknown covariance {covariance!r}")
    return _kernel_sums(left, right, residuals, lags) * (n / df)


def _kernel_sums(left: Array, right: Array, residuals: Array, lags: int) -> Array:
    """Sums of the lag products, weighted by the Bartlett kernel, with no correction: (N, m).

    A regression's lag products are contiguous, so that one matrix product gives its whole kernel sum.
    """
    n, pairs = left.shape
    lags = min(lags, n - 1)
    weights = np.zeros((lags + 1, n, pairs))
    products = np.zeros((residuals.shape[0], lags + 1, n))
    for lag in range(lags + 1):
        kernel = 0.5 if lag == 0 else 1.0 - lag / (lags + 1.0)
        weights[lag, lag:] = kernel * (left[lag:] * right[: n - lag] + right[lag:] * left[: n - lag])
        np.multiply(residuals[:, lag:], residuals[:, : n - lag], out=products[:, lag, lag:])
    return row_products(products.reshape(len(residuals), -1), weights.reshape(-1, pairs))


def centred_vif(deviations: Array, solve: Array) -> Array:
    """Centred variance inflation factor of each factor, (K,).

    deviations (n, K) from the means, solve (K, K) with solve' · solve = (deviations' deviations)⁻¹.
    VIF_k = Σ(f_k − f̄_k)² · [that inverse]_kk = 1/(1 − R²_k), R²_k being that of f_k on the other
    factors and an intercept. Belsley, Kuh & Welsch (1980), section 3.2.
    """
    vif: Array = (deviations * deviations).sum(axis=0) * (solve * solve).sum(axis=0)
    return vif
