"""Least squares for one ticker, for all tickers of a window, and along a rolling window."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Ints, Mask
from factorcli.engine.inference import (
    Covariance,
    centred_vif,
    coefficient_variances,
    newey_west_lags,
)
from factorcli.engine.returns import to_basis
from factorcli.engine.rowwise import row_products

# Tickers of one pattern are fitted this many at a time: the lag products stay in the cache, and
# memory does not grow with the universe.
BLOCK = 256


class SingularDesignError(ValueError):
    """The factors of a window, with the intercept, are linearly dependent.

    `columns` numbers the columns that depend on each other, 0 being the intercept.
    """

    def __init__(self, columns: tuple[int, ...]) -> None:
        super().__init__(f"columns {columns} of the design are linearly dependent")
        self.columns = columns


@dataclass(frozen=True, slots=True)
class Basis:
    """How factors enter a fit (see `to_basis`): `market` is a column, traded_styles (K,) a mask."""

    name: str = "raw"
    market: int = 0
    traded_styles: Mask | None = None

    def of(self, factors: Array) -> Array:
        """The factor columns in this basis, (n, K) → (n, K)."""
        if self.name == "raw":
            return factors
        styles = self.traded_styles
        if styles is None:
            styles = np.arange(factors.shape[1]) != self.market
        return to_basis(factors, self.name, self.market, styles)


RAW = Basis()


@dataclass(frozen=True, slots=True)
class Fits:
    """Regressions of N tickers on K factors; the first axis of every array is the ticker.

    Returns are daily fractions, so α, volatilities and their errors are daily. Where a ticker has
    too few observations everything but `observations` is NaN (0 for the integers); where its
    factors are linearly dependent, `condition_number` is infinite and the rest is NaN.

    observations, degrees_of_freedom, lags   (N,)   n, n − k, and the Newey–West lags of n
    coefficients, std_errors                 (N, k) intercept first
    r_squared, adj_r_squared                 (N,)   0 for returns that never change
    variance, residual_volatility            (N,)   Var(y), ddof 1; √(SSR/(n−k))
    condition_number                         (N,)   of the unit-norm design with intercept
    vif, factor_volatility                   (N, K) centred VIF; standard deviation, ddof 1
    factor_covariances                       (N, K) Cov(f_k, y), ddof 1
    """

    observations: Ints
    degrees_of_freedom: Ints
    lags: Ints
    coefficients: Array
    std_errors: Array
    r_squared: Array
    adj_r_squared: Array
    variance: Array
    residual_volatility: Array
    condition_number: Array
    vif: Array
    factor_volatility: Array
    factor_covariances: Array

    @classmethod
    def unfitted(cls, observations: Ints, factors: int) -> "Fits":
        """N fits that are all NaN, to be filled in."""
        count = len(observations)

        def nan(*shape: int) -> Array:
            return np.full((count, *shape), np.nan)

        zeros = np.zeros(count, dtype=np.int64)
        return cls(
            observations=observations,
            degrees_of_freedom=zeros,
            lags=zeros.copy(),
            coefficients=nan(factors + 1),
            std_errors=nan(factors + 1),
            r_squared=nan(),
            adj_r_squared=nan(),
            variance=nan(),
            residual_volatility=nan(),
            condition_number=nan(),
            vif=nan(factors),
            factor_volatility=nan(factors),
            factor_covariances=nan(factors),
        )

    def put(self, rows: NDArray[np.intp], values: dict[str, Any]) -> None:
        """Write the values of some tickers, by field name."""
        for name, value in values.items():
            getattr(self, name)[rows] = value


@dataclass(frozen=True, slots=True)
class Design:
    """One factorisation of a window's factors, and all that depends on them alone.

    The intercept is taken out by centring, which costs nothing and gains digits: on NIST's Longley
    two, on Wampler 4 one.
    """

    means: Array  # (K,)
    deviations: Array  # (n, K): factors − means
    q: Array  # (n, K), orthonormal, spans the deviations
    solve: Array  # (K, K): betas = (y'Q) · solve
    condition_number: float
    dependent: tuple[int, ...]  # columns of [1, F] that depend on each other, 0 the intercept

    @classmethod
    def of(cls, raw: Array, basis: Basis = RAW) -> "Design":
        """Factorise factors (n, K), entered in a basis, by Householder QR.

        Rank is judged on the raw columns: a projection leaves rounding noise where nothing is left.
        """
        condition_number, dependent = _conditioning(raw)
        factors = raw
        if basis.name != "raw" and not dependent:
            factors = basis.of(raw)
            condition_number, dependent = _conditioning(factors)
        means = factors.mean(axis=0)
        deviations = factors - means
        if dependent:
            return cls(means, deviations, deviations, deviations, np.inf, dependent)
        scale = np.sqrt((deviations * deviations).sum(axis=0))
        q, r = np.linalg.qr(deviations / scale)
        solve = (np.linalg.solve(r, np.eye(len(r))) / scale[:, None]).T
        return cls(means, deviations, q, solve, condition_number, ())

    @property
    def influence(self) -> Array:
        """The transposed pseudo-inverse X(X'X)⁻¹ of X = [1, F], (n, K + 1)."""
        slopes = self.q @ self.solve
        return np.column_stack([1.0 / len(slopes) - slopes @ self.means, slopes])


def _conditioning(factors: Array) -> tuple[float, tuple[int, ...]]:
    """Condition number of the unit-norm [1, F], and its dependent columns if rank is lost (n·ε)."""
    x = np.column_stack([np.ones(len(factors)), factors])
    norms = np.sqrt((x * x).sum(axis=0))
    scaled = x / np.where(norms == 0, 1.0, norms)
    _, sizes, directions = np.linalg.svd(scaled, full_matrices=False)
    if sizes[-1] > len(x) * np.finfo(np.float64).eps * sizes[0]:
        return float(sizes[0] / sizes[-1]), ()
    null = np.abs(directions[-1])
    return np.inf, tuple(int(i) for i in np.flatnonzero(null > 0.01 * null.max()))


def ols(returns: Array, factors: Array, covariance: Covariance = "hac", lags: int | None = None) -> Fits:
    """One regression with an intercept: returns (T,), factors (T, K) → `Fits` of one ticker.

    Rows with a NaN return are left out. `lags` replaces the automatic Newey–West bandwidth.
    Raises SingularDesignError if the factors are linearly dependent, ValueError if there are not
    more observations than coefficients.
    """
    fits = cross_section(returns[:, None], factors, covariance, lags=lags)
    if np.isinf(fits.condition_number[0]):
        raise SingularDesignError(dependent_columns(factors[np.isfinite(returns)]))
    if np.isnan(fits.condition_number[0]):
        raise ValueError(f"{fits.observations[0]} observations cannot determine {factors.shape[1] + 1} coefficients")
    return fits


def cross_section(
    returns: Array,
    factors: Array,
    covariance: Covariance = "hac",
    *,
    min_observations: int = 0,
    lags: int | None = None,
    basis: Basis = RAW,
) -> Fits:
    """Regressions of all tickers of a window: returns (T, N), factors (T, K) → `Fits` of N.

    Tickers are grouped by which returns they miss (NaN), so each pattern is factorised once. A
    ticker's digits do not depend on the others.
    """
    count = factors.shape[1]
    present = np.ascontiguousarray(np.isfinite(returns).T)
    fits = Fits.unfitted(present.sum(axis=1), count)
    enough = max(min_observations, count + 2)
    for rows, tickers in patterns(present):
        if len(rows) < enough:
            continue
        design = Design.of(factors[rows], basis)
        if design.dependent:
            fits.condition_number[tickers] = np.inf
            continue
        y = np.ascontiguousarray(returns[rows].T)
        for start in range(0, len(tickers), BLOCK):
            block = slice(start, start + BLOCK)
            used = newey_west_lags(len(rows)) if lags is None else lags
            fits.put(tickers[block], _fit(design, y[tickers[block]], covariance, used))
    return fits


def dependent_columns(factors: Array) -> tuple[int, ...]:
    """Columns of [1, F] that are linearly dependent, 0 being the intercept; factors (n, K)."""
    return _conditioning(factors)[1]


def patterns(present: Mask) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Days and tickers of each pattern of missing returns; present (N, T)."""
    packed = np.packbits(present, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(len(first) + 1))
    for group, example in enumerate(first):
        yield np.flatnonzero(present[example]), order[bounds[group] : bounds[group + 1]]


def _fit(design: Design, y: Array, covariance: Covariance, lags: int) -> dict[str, Any]:
    """Fields of `Fits` for tickers that share a design; y (N, n)."""
    n = y.shape[1]
    df = n - len(design.means) - 1
    mean = y.mean(axis=1)
    centred = y - mean[:, None]
    # Exactly constant returns: rounding would otherwise report noise as exposure.
    centred[y.min(axis=1) == y.max(axis=1)] = 0.0
    projections = row_products(centred, design.q)
    betas = row_products(projections, design.solve)
    alpha = mean - row_products(betas, design.means[:, None])[:, 0]
    residuals = centred - row_products(projections, np.ascontiguousarray(design.q.T))
    total = (centred * centred).sum(axis=1)
    unexplained = (residuals * residuals).sum(axis=1)
    exact = unexplained <= (n * np.finfo(np.float64).eps) ** 2 * total
    residuals[exact] = unexplained[exact] = 0.0  # what is left is rounding, and has no significance
    r_squared = 1.0 - np.divide(unexplained, total, out=np.ones_like(total), where=total > 0)
    variances = coefficient_variances(design.influence, residuals, covariance, lags)
    return {
        "degrees_of_freedom": df,
        "lags": lags,
        "coefficients": np.column_stack([alpha, betas]),
        "std_errors": np.sqrt(variances),
        "r_squared": r_squared,
        "adj_r_squared": 1.0 - (1.0 - r_squared) * (n - 1) / df,
        "variance": total / (n - 1),
        "residual_volatility": np.sqrt(unexplained / df),
        "condition_number": design.condition_number,
        "vif": centred_vif(design.deviations, design.solve),
        "factor_volatility": np.sqrt((design.deviations * design.deviations).sum(axis=0) / (n - 1)),
        "factor_covariances": row_products(centred, design.deviations) / (n - 1),
    }
