"""The design of a window, factorised once for all tickers with the same days, and least squares on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Mask
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.rowwise import row_products

# Tickers of one pattern are fitted in blocks, so that the lag products stay in the CPU cache and memory does
# not grow with the universe.
BLOCK_TICKERS = 256
KEPT_DESIGNS, MAX_KEPT_ROWS = 64, 1000  # at most about 10 MB with five factors


@dataclass(frozen=True, slots=True)
class Design:
    """A factorisation of a window's factors, and quantities that depend on the factors only.

    The intercept is eliminated by centring, which is free and gains accuracy: two digits on NIST's Longley,
    one on Wampler 4. With weights (mean 1) every row, also of returns, is multiplied by their root.
    """

    root: Array  # (n,): √weights
    means: Array  # (K,)
    deviations: Array  # (n, K): (factors − means) · root
    q: Array  # (n, K), orthonormal, spans the deviations
    solve: Array  # (K, K): betas = (y'Q) · solve
    condition_number: float
    dependent: tuple[int, ...]  # linearly dependent columns of [1, F], 0 the intercept
    weighted: bool = False

    @classmethod
    def of(cls, raw: Array, basis: Basis = RAW, weights: Array | None = None) -> "Design":
        """Factorise factors (n, K), transformed to a basis, by Householder QR.

        Rank is determined from the raw columns, as a projection leaves rounding noise in place of zeros.
        """
        root = np.ones(len(raw)) if weights is None else np.sqrt(weights * (len(weights) / weights.sum()))
        condition_number, dependent = _conditioning(raw, root)
        factors = raw
        if basis.name != "raw" and not dependent:
            factors = basis.of(raw, weights)
            condition_number, dependent = _conditioning(factors, root)
        means = (factors * (root * root)[:, None]).sum(axis=0) / len(root)
        deviations = (factors - means) * root[:, None]
        if dependent:
            return cls(root, means, deviations, deviations, deviations, np.inf, dependent, weights is not None)
        scale = np.sqrt((deviations * deviations).sum(axis=0))
        q, r = np.linalg.qr(deviations / scale)
        solve = (np.linalg.solve(r, np.eye(len(r))) / scale[:, None]).T
        return cls(root, means, deviations, q, solve, condition_number, (), weights is not None)

    @property
    def influence(self) -> Array:
        """The transposed pseudo-inverse X(X'X)⁻¹ of X = [1, F] · root, (n, K + 1)."""
        slopes = self.q @ self.solve
        return np.column_stack([self.root / len(slopes) - slopes @ self.means, slopes])

    @property
    def leverage(self) -> Array:
        """The diagonal of X(X'X)⁻¹X', (n,), from 0 to 1; it sums to k."""
        leverage: Array = self.root**2 / len(self.root) + (self.q * self.q).sum(axis=1)
        return leverage

    @property
    def effective(self) -> float:
        """The effective number of observations (Σw)²/Σw², n without weights: Kish (1965), Survey Sampling, 11.7."""
        weights = self.root * self.root
        return float(weights.sum() ** 2 / (weights * weights).sum())


def _conditioning(factors: Array, root: Array) -> tuple[float, tuple[int, ...]]:
    """Condition number of the unit-norm [1, F] · root, and its dependent columns if rank is lost (n·ε)."""
    x = np.column_stack([root, factors * root[:, None]])
    norms = np.sqrt((x * x).sum(axis=0))
    scaled = x / np.where(norms == 0, 1.0, norms)
    _, sizes, directions = np.linalg.svd(scaled, full_matrices=False)
    if sizes[-1] > len(x) * np.finfo(np.float64).eps * sizes[0]:
        return float(sizes[0] / sizes[-1]), ()
    null = np.abs(directions[-1])
    return np.inf, tuple(int(i) for i in np.flatnonzero(null > 0.01 * null.max()))


@dataclass(frozen=True, slots=True)
class Solution:
    """Least squares of N tickers with the same design; rows are centred, and multiplied by `root`."""

    design: Design
    centred: Array  # (N, n)
    coefficients: Array  # (N, K + 1), intercept first
    residuals: Array  # (N, n)
    total: Array  # (N,): Σ centred²
    unexplained: Array  # (N,): Σ residuals²

    @classmethod
    def of(cls, design: Design, y: Array) -> "Solution":
        """Fit returns (N, n)."""
        n = y.shape[1]
        mean, centred = _centred(design, y)
        projections = row_products(centred, design.q)
        betas = row_products(projections, design.solve)
        alpha = mean - row_products(betas, design.means[:, None])[:, 0]
        residuals = centred - row_products(projections, np.ascontiguousarray(design.q.T))
        total = (centred * centred).sum(axis=1)
        unexplained = (residuals * residuals).sum(axis=1)
        exact = unexplained <= (n * np.finfo(np.float64).eps) ** 2 * total
        residuals[exact] = unexplained[exact] = 0.0  # an exact fit: only rounding remains
        return cls(design, centred, np.column_stack([alpha, betas]), residuals, total, unexplained)

    @property
    def scores(self) -> Array:
        """Residuals (N, n) over one minus their leverage, as without their own day; NaN at a leverage of 1.

        MacKinnon & White (1985), J. Econometrics 29, eq. 12: their squares make the covariance HC3.
        """
        left = 1.0 - self.design.leverage
        scores: Array = self.residuals / np.where(left > len(left) * np.finfo(np.float64).eps, left, np.nan)
        return scores

    @property
    def degrees_of_freedom(self) -> int:
        """n − k."""
        return int(self.residuals.shape[1] - self.coefficients.shape[1])


def slopes(design: Design, y: Array) -> Array:
    """The coefficients (N, K) without the intercept, as those of `Solution.of`: returns (N, n)."""
    return row_products(row_products(_centred(design, y)[1], design.q), design.solve)


def _centred(design: Design, y: Array) -> tuple[Array, Array]:
    """Means (N,) of returns (N, n), and the deviations from them, multiplied by `root`."""
    mean = (y * (design.root * design.root)).sum(axis=1) / y.shape[1]
    centred = (y - mean[:, None]) * design.root
    # Exactly constant returns, whose rounding noise would otherwise give an exposure.
    centred[y.min(axis=1) == y.max(axis=1)] = 0.0
    return mean, centred


def samples(
    returns: Array, factors: Array, min_observations: int = 0, basis: Basis = RAW, weights: Array | None = None
) -> Iterator[tuple[Design, NDArray[np.intp], Array]]:
    """A design, its tickers, and their returns (N, n), for each pattern of missing days.

    Tickers with too few returns for a fit are skipped; a large pattern is split into blocks.
    """
    enough = max(min_observations, factors.shape[1] + 2)
    across = np.ascontiguousarray(returns.T)
    for rows, tickers in patterns(np.isfinite(across)):
        if len(rows) < enough:
            continue
        design = design_of(factors[rows], basis, None if weights is None else weights[rows])
        for start in range(0, len(tickers), BLOCK_TICKERS):
            block = tickers[start : start + BLOCK_TICKERS]
            yield design, block, across[block] if len(rows) == len(returns) else across[np.ix_(block, rows)]


@dataclass(frozen=True, slots=True)
class _Problem:
    """What `Design.of` is given; equal where the content is, which is what `key` has."""

    key: tuple[object, ...]
    raw: Array = field(compare=False)
    basis: Basis = field(compare=False)
    weights: Array | None = field(compare=False)


def design_of(raw: Array, basis: Basis, weights: Array | None) -> Design:
    """As `Design.of`, but one of the last designs where it is the same: the days of most tickers and portfolios are."""
    if len(raw) > MAX_KEPT_ROWS:
        return Design.of(raw, basis, weights)
    arrays = (raw, weights, basis.traded_styles)
    content = (None if part is None else (part.tobytes(), part.shape, part.strides) for part in arrays)
    return _made(_Problem((*content, basis.name, basis.market, basis.timing), raw, basis, weights))


@lru_cache(KEPT_DESIGNS)
def _made(problem: _Problem) -> Design:
    return Design.of(problem.raw, problem.basis, problem.weights)


def dependent_columns(factors: Array) -> tuple[int, ...]:
    """Columns of [1, F] that are linearly dependent, 0 being the intercept; factors (n, K)."""
    return _conditioning(factors, np.ones(len(factors)))[1]


def patterns(present: Mask) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Days and tickers of each pattern of missing returns; present (N, T) is a mask."""
    if len(present) == 1:
        yield np.flatnonzero(present[0]), np.zeros(1, dtype=np.intp)
        return
    packed = np.packbits(present, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(len(first) + 1))
    for group, example in enumerate(first):
        yield np.flatnonzero(present[example]), order[bounds[group] : bounds[group + 1]]
