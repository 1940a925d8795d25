"""Paths of α, betas and R² over a rolling window, for all tickers at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Mask
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.design import patterns
from factorcli.engine.regression import cross_section

# Sliding sums are of second moments, whose condition number is that of the design squared, and whose differences
# cancel where a window varies little compared with the history before it. Beyond these limits fewer than eight
# digits are certain, and the window is fitted by QR instead.
MAX_SLIDING_CONDITION = 1e6
MIN_SLIDING_SHARE = 1e-6
# Tickers are fitted in blocks, the last one padded with empty columns: with products of a single shape, a
# ticker's digits do not depend on the other tickers.
BLOCK_TICKERS = 32


@dataclass(frozen=True, slots=True)
class RollingFits:
    """Fits of the windows that end on the last D days; NaN where a window has too few returns.

    alpha (D, N), daily; betas (D, N, K); r_squared (D, N). by_qr (D, N) marks the windows that
    sliding sums do not determine accurately enough, and that were fitted separately.
    """

    alpha: Array
    betas: Array
    r_squared: Array
    by_qr: Mask


def rolling(
    returns: Array,
    factors: Array,
    window: int,
    *,
    min_observations: int | None = None,
    basis: Basis = RAW,
) -> RollingFits:
    """Fit every window of `window` days: returns (T, N), factors (T, K) → D = T − window + 1 dates.

    The sample is the same as that of `cross_section` on each window, and so are the numbers, to
    about ten digits. `min_observations` (default: `window`) is the minimum of returns in a window.
    """
    days, count = factors.shape
    dates = days - window + 1
    if dates < 1:
        raise ValueError(f"{days} days hold no window of {window}")
    enough = needed(window, min_observations, count)
    by_qr = np.zeros((dates, returns.shape[1]), dtype=np.bool_)
    alpha = np.full((dates, returns.shape[1]), np.nan)
    betas = np.full((count, dates, returns.shape[1]), np.nan)
    r_squared = np.full((dates, returns.shape[1]), np.nan)
    columns = basis.of(factors) if basis.name != "residual" else factors
    space = _Workspace.of(days, dates, count)
    present = np.ascontiguousarray(np.isfinite(returns).T)
    for rows, tickers in patterns(present):
        if len(rows) < enough:
            continue
        moments = _FactorMoments.of(columns, present[tickers[0]], window, enough)
        doubtful = np.empty((dates, len(tickers)), dtype=np.bool_)
        for start in range(0, len(tickers), BLOCK_TICKERS):
            block = _as_slice(tickers[start : start + BLOCK_TICKERS])
            part = moments.fit(returns[:, block], space)
            alpha[:, block], betas[:, :, block], r_squared[:, block], doubtful[:, start : start + BLOCK_TICKERS] = part
        by_qr[:, tickers] = doubtful
        for date in np.flatnonzero(doubtful.any(axis=1)):
            days, again = slice(date, date + window), tickers[doubtful[date]]
            exact = cross_section(returns[days, again], columns[days], "nonrobust")
            alpha[date, again] = exact.coefficients[:, 0]
            betas[:, date, again] = exact.coefficients[:, 1:].T
            r_squared[date, again] = exact.r_squared
    path = RollingFits(alpha, np.moveaxis(betas, 0, 2), r_squared, by_qr)
    if basis.name == "residual":
        path = in_residual_basis(path, returns, factors[:, basis.market], window, enough, basis.market)
    return path


def needed(window: int, min_observations: int | None, factors: int) -> int:
    """The minimum number of returns of a window that is fitted."""
    return max(window if min_observations is None else min_observations, factors + 2)


def in_residual_basis(
    path: RollingFits, returns: Array, market: Array, window: int, enough: int, column: int
) -> RollingFits:
    """A raw path in the `residual` basis: α and the market's beta become those of the one-factor model.

    returns (T, N), market (T,), its column among the betas. The styles' betas and R² are the raw ones.
    """
    alone = rolling(returns, market[:, None], window, min_observations=enough)
    fitted = np.isfinite(path.alpha)
    betas = path.betas.copy()
    betas[:, :, column] = np.where(fitted, alone.betas[:, :, 0], np.nan)
    return RollingFits(np.where(fitted, alone.alpha, np.nan), betas, path.r_squared, path.by_qr | alone.by_qr)


@dataclass(frozen=True, slots=True)
class _FactorMoments:
    """Moments shared by the rolling fits of one pattern of missing days; the first axis is D, if any."""

    window: int
    present: Mask  # (T,)
    factors: Array  # (T, K), centred and scaled, 0 on missing days
    centre: Array  # (K,)
    scale: Array  # (K,)
    observations: Array  # (D, 1)
    means: Array  # (D, K) of `factors`
    inverse: Array  # (D, K, K) of the centred second moments
    wanted: Mask  # (D,): windows with enough returns
    sound: Mask  # (D,): of these, windows whose fit sliding sums determine

    @classmethod
    def of(cls, factors: Array, present: Mask, window: int, enough: int) -> "_FactorMoments":
        kept = factors[present]
        centre, scale = kept.mean(axis=0), kept.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        scaled = np.where(present[:, None], (factors - centre) / scale, 0.0)
        observations = _window_sums(present.astype(np.float64)[:, None], window)
        wanted = observations[:, 0] >= enough
        means = _window_sums(scaled, window) / np.maximum(observations, 1.0)
        second = _window_sums(scaled[:, :, None] * scaled[:, None, :], window)
        second -= observations[:, :, None] * means[:, :, None] * means[:, None, :]
        squares = np.diagonal(second, axis1=1, axis2=2)
        history = np.cumsum(scaled * scaled, axis=0)[window - 1 :]
        sound = wanted & (squares > MIN_SLIDING_SHARE * history).all(axis=1)
        spread = np.sqrt(np.where(sound[:, None], squares, 1.0))
        scales = spread[:, :, None] * spread[:, None, :]
        identity = np.eye(factors.shape[1])
        correlation = np.where(sound[:, None, None], second / scales, identity)
        sizes = np.linalg.eigvalsh(correlation)
        sound &= sizes[:, 0] * MAX_SLIDING_CONDITION > sizes[:, -1]
        correlation[~sound] = identity
        inverse = np.linalg.inv(correlation) / scales
        return cls(window, present, scaled, centre, scale, observations, means, inverse, wanted, sound)

    def fit(self, returns: Array, space: "_Workspace") -> tuple[Array, Array, Array, Mask]:
        """α (D, N), betas (K, D, N), R² (D, N), and the mask (D, N) of those that need a fit by QR.

        returns (T, N), N ≤ BLOCK_TICKERS. NaN without a fit, or without an accurate one. The results
        are views of `space`, valid until its next use.
        """
        wanted, y, products, sums = returns.shape[1], space.returns, space.products, space.sums
        y[:, wanted:] = 0.0
        y[:, :wanted] = np.where(self.present[:, None], returns, 0.0)
        base = y.sum(axis=0) / self.present.sum()
        y -= base * self.present[:, None]
        products[:, 0] = y
        np.multiply(y, y, out=products[:, 1])
        np.multiply(self.factors[:, :, None], y[:, None, :], out=products[:, 2:])
        np.cumsum(products, axis=0, out=products)
        sums[0] = products[self.window - 1]
        np.subtract(products[self.window :], products[: -self.window], out=sums[1:])
        mean, total, cross = sums[:, 0], sums[:, 1], sums[:, 2:]
        mean /= np.maximum(self.observations, 1.0)
        total -= self.observations * mean * mean
        cross -= np.multiply((self.observations * self.means)[:, :, None], mean[:, None, :], out=space.slopes)
        slopes = np.matmul(self.inverse, cross, out=space.slopes)
        trusted = self.sound[:, None] & (total > MIN_SLIDING_SHARE * products[self.window - 1 :, 1])
        r_squared = np.einsum("dkn,dkn->dn", slopes, cross)
        np.divide(r_squared, total, out=r_squared, where=trusted)
        slopes /= self.scale[:, None]
        alpha = mean + base - np.einsum("dkn,dk->dn", slopes, self.means * self.scale + self.centre)
        alpha[~trusted] = np.nan
        r_squared[~trusted] = np.nan
        slopes = np.moveaxis(slopes, 1, 0)
        slopes[:, ~trusted] = np.nan
        doubtful = self.wanted[:, None] & ~trusted
        return alpha[:, :wanted], slopes[:, :, :wanted], r_squared[:, :wanted], doubtful[:, :wanted]


@dataclass(frozen=True, slots=True)
class _Workspace:
    """Arrays reused by every block of tickers, as allocating them takes longer than filling them."""

    returns: Array  # (T, BLOCK_TICKERS)
    products: Array  # (T, K + 2, BLOCK_TICKERS): y, y², f_k y, and then their running sums
    sums: Array  # (D, K + 2, BLOCK_TICKERS)
    slopes: Array  # (D, K, BLOCK_TICKERS)

    @classmethod
    def of(cls, days: int, dates: int, factors: int) -> "_Workspace":
        return cls(
            np.empty((days, BLOCK_TICKERS)),
            np.empty((days, factors + 2, BLOCK_TICKERS)),
            np.empty((dates, factors + 2, BLOCK_TICKERS)),
            np.empty((dates, factors, BLOCK_TICKERS)),
        )


def _window_sums(values: Array, window: int) -> Array:
    """Sums over each window of days: (T, …) → (D, …)."""
    sums = np.cumsum(values, axis=0)
    out = sums[window - 1 :].copy()
    out[1:] -= sums[:-window]
    return out


def _as_slice(index: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Consecutive indices as a slice, with which numpy reads and writes several times faster."""
    first, last = int(index[0]), int(index[-1])
    return slice(first, last + 1) if last - first + 1 == len(index) else index
