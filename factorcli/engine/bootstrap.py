"""Bootstrap intervals of variance shares and R²."""

from dataclasses import dataclass
from functools import lru_cache
from math import cbrt, ceil

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Ints
from factorcli.engine.basis import Basis
from factorcli.engine.design import patterns
from factorcli.engine.estimators import Sample
from factorcli.engine.variance import shapley_shares, shares_from_moments

REPLICATIONS = 2000
SEED = 19920101
ROUNDING = 1e-9  # of a share
KEPT_DRAWS, MAX_KEPT_DAYS = 32, 1000  # of REPLICATIONS, a byte each: at most 64 MB, 16 MB of windows of a year


@dataclass(frozen=True, slots=True)
class ShareIntervals:
    """95 % intervals: of the shares (N, K), of R² and of the idiosyncratic share (N,); NaN without a fit."""

    shares_low: Array
    shares_high: Array
    r_squared_low: Array
    r_squared_high: Array

    @property
    def idiosyncratic_low(self) -> Array:
        """The idiosyncratic share is 1 − R², and so are its bounds."""
        return 1.0 - self.r_squared_high

    @property
    def idiosyncratic_high(self) -> Array:
        """See `idiosyncratic_low`."""
        return 1.0 - self.r_squared_low


def block_length(observations: int) -> int:
    """⌈n^(1/3)⌉: the rate that Hall, Horowitz & Jing (1995), Biometrika 82, p. 561 give for a variance."""
    return ceil(round(cbrt(observations), 9))


def share_intervals(
    sample: Sample,
    shares: Array,
    method: str = "euler",
    replications: int = REPLICATIONS,
    seed: int = SEED,
) -> ShareIntervals:
    """Bias-corrected 95 % intervals of shares (N, K) by `euler` or `lmg`, and of R², their sum.

    The circular block bootstrap of Politis & Romano (1992), in Exploring the Limits of Bootstrap, p. 263,
    draws blocks of ⌈n^(1/3)⌉ of a ticker's days, factors and return together, and repeats the whole
    estimation, the basis included. The interval is the BC one: Efron & Tibshirani (1993), An Introduction to the
    Bootstrap, eq. 14.10 with no acceleration. The draws depend on n and the seed only, so a
    ticker's interval does not depend on the other tickers. R² and LMG shares are from 0 to 1, and what exceeds that by
    rounding is set to it; an Euler share may exceed 1 where another factor is a hedge.

    Where volatility clusters for months, blocks of a week are too short, and the intervals too narrow: see
    `diagnostics.arch_test`. Raises ValueError for an unknown method.
    """
    if method not in ("euler", "lmg"):
        raise ValueError(f"unknown method {method!r}")
    estimates = np.column_stack([shares, shares.sum(axis=1)])
    bounds = np.full((2, *estimates.shape), np.nan)
    fitted = np.isfinite(estimates).all(axis=1)
    for rows, group in patterns(np.ascontiguousarray(np.isfinite(sample.returns).T)):
        chosen = group[fitted[group]]
        if len(chosen):
            draws = _Draws.of(sample, rows, replications, seed)
            for ticker in chosen:
                values = sample.of_model(draws.shares(sample.returns[rows, ticker], method))
                replicated = np.column_stack([values, values.sum(axis=1)])
                bounds[:, ticker] = bias_corrected(replicated, estimates[ticker])
    bounded = slice(-1, None) if method == "euler" else slice(None)
    bounds[..., bounded] = _without_rounding(bounds[..., bounded])
    low, high = bounds
    return ShareIntervals(low[:, :-1], high[:, :-1], low[:, -1], high[:, -1])


def volatility_draws(returns: Array, weights: Array | None = None, replications: int = REPLICATIONS) -> Array:
    """Standard deviations (R, m), ddof 1, of returns (n, m) in each replication of the circular block bootstrap.

    The columns are drawn together, so that differences of their deviations can be had too. Blocks, draws and weights
    (n,) as in `share_intervals`.
    """
    days = len(returns)
    counts, total = drawn(days, replications, SEED), np.array(float(days))
    if weights is not None:
        counts = counts * weights
        total = counts.sum(axis=1, keepdims=True)
    centred = returns - returns.mean(axis=0)
    means, squares = (counts @ part / total for part in (centred, centred * centred))
    deviations: Array = np.sqrt(np.maximum(squares - means * means, 0.0) * days / (days - 1))
    return deviations


def _without_rounding(bounds: Array) -> Array:
    """Bounds outside of [0, 1] by no more than ROUNDING, set to 0 or 1; others as they are."""
    outside = np.clip(bounds, 0.0, 1.0)
    return np.where(np.abs(bounds - outside) <= ROUNDING, outside, bounds)


def bias_corrected(replicated: Array, estimates: Array) -> Array:
    """BC intervals of m numbers from their replications (R, m) and estimates (m,): low and high (2, m)."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415  (370 ms, and only intervals need it)

    count = len(replicated)
    below = (replicated < estimates).mean(axis=0) + 0.5 * (replicated == estimates).mean(axis=0)
    bias = ndtri(np.clip(below, 0.5 / count, 1.0 - 0.5 / count))
    levels = ndtr(2.0 * bias + ndtri(np.array([[0.025], [0.975]])))
    ordered = np.sort(replicated, axis=0)
    place = levels * (count - 1)
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, count - 1)
    left, right = np.take_along_axis(ordered, lower, axis=0), np.take_along_axis(ordered, upper, axis=0)
    bounds: Array = left + (place - lower) * (right - left)
    return bounds


@dataclass(frozen=True, slots=True)
class _Draws:
    """Replications of one pattern of days: draws per day, and the factors' moments."""

    counts: Array  # (R, n), times the weights
    total: Array  # (R, 1)
    factors: Array  # (n, K'), centred and scaled
    means: Array  # (R, K')
    change: Array  # (R, K', K'): the factors of the basis are factors · change
    axes: Array  # (R, K', K'): the factors in the basis on K' orthogonal axes, with the same moments
    inverse: Array  # (R, K', K') of their second moments

    @classmethod
    def of(cls, sample: Sample, rows: NDArray[np.intp], replications: int, seed: int) -> "_Draws":
        counts = drawn(len(rows), replications, seed)
        if sample.weights is not None:
            counts = counts * sample.weights[rows]
        residual = sample.basis.name == "residual"
        columns = sample.columns[rows] if residual else sample.basis.of(sample.columns[rows])
        factors = (columns - columns.mean(axis=0)) / columns.std(axis=0)
        n, width = factors.shape
        total = counts.sum(axis=1, keepdims=True)
        means = counts @ factors / total
        products = (factors[:, :, None] * factors[:, None, :]).reshape(n, -1)
        second = (counts @ products).reshape(-1, width, width)
        second -= total[:, :, None] * means[:, :, None] * means[:, None, :]
        change = np.broadcast_to(np.eye(width), second.shape)
        if residual:
            change = _without_market(second, sample.basis)
            second = np.swapaxes(change, 1, 2) @ second @ change
        sizes, directions = np.linalg.eigh(second)
        floor = width * np.finfo(np.float64).eps * sizes[:, -1:]
        inverse_sizes = np.divide(1.0, sizes, out=np.zeros_like(sizes), where=sizes > floor)
        axes = np.sqrt(np.maximum(sizes, 0.0))[:, :, None] * np.swapaxes(directions, 1, 2)
        inverse = directions * inverse_sizes[:, None, :] @ np.swapaxes(directions, 1, 2)
        return cls(counts, total, factors, means, change, axes, inverse)

    def shares(self, returns: Array, method: str) -> Array:
        """Shares of one ticker's variance in every replication: returns (n,) → (R, K')."""
        spread = returns.std()
        y = (returns - returns.mean()) / (spread if spread > 0 else 1.0)
        sums = self.counts @ np.column_stack([y, y * y, self.factors * y[:, None]])
        mean = sums[:, :1] / self.total
        total = np.maximum(sums[:, 1] - self.total[:, 0] * mean[:, 0] ** 2, 0.0)
        cross = sums[:, 2:] - self.total * self.means * mean
        cross = (cross[:, None, :] @ self.change)[:, 0]
        betas = (cross[:, None, :] @ self.inverse)[:, 0]
        if method == "euler":
            return shares_from_moments(betas, cross, total)
        projections = (self.axes @ betas[:, :, None])[:, :, 0]
        return shapley_shares(np.moveaxis(self.axes, 0, 2).copy(), projections.T.copy(), total)


def drawn(observations: int, replications: int, seed: int) -> Array:
    """Draws of each of n days in each replication, (R, n); every row sums to n.

    They depend on these numbers only, so the last ones are kept: many tickers have as many days.
    """
    if observations > MAX_KEPT_DAYS or replications > REPLICATIONS:
        return _drawn(observations, replications, seed).astype(np.float64)
    return _kept(observations, replications, seed).astype(np.float64)


@lru_cache(KEPT_DRAWS)
def _kept(observations: int, replications: int, seed: int) -> NDArray[np.uint8]:
    """The draws in bytes: a day is drawn at most once a block, of which MAX_KEPT_DAYS have 100."""
    return _drawn(observations, replications, seed).astype(np.uint8)


def _drawn(observations: int, replications: int, seed: int) -> Ints:
    length = block_length(observations)
    starts = np.random.default_rng(seed).integers(0, observations, (replications, ceil(observations / length)))
    days = (starts[:, :, None] + np.arange(length)).reshape(replications, -1)[:, :observations] % observations
    cells = days + observations * np.arange(replications)[:, None]
    counts = np.bincount(cells.ravel(), minlength=replications * observations)
    return counts.reshape(replications, observations)


def _without_market(second: Array, basis: Basis) -> Array:
    """The matrix that makes the styles orthogonal to the market: second moments (R, K, K) → (R, K, K)."""
    styles = basis.styles(second.shape[1])
    own, others = np.flatnonzero(~styles), np.flatnonzero(styles)
    change = np.broadcast_to(np.eye(second.shape[1]), second.shape).copy()
    if len(others):
        market = second[:, own[:, None], own]
        change[:, own[:, None], others] = -np.linalg.solve(market, second[:, own[:, None], others])
    return change
