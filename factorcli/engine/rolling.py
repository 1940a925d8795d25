"""Paths of α, betas and R² over a rolling window, for all tickers at once."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.engine.regression import BLOCK, RAW, Basis, cross_section, patterns

# The sums slide over second moments, whose condition number is that of the design squared: past
# this, eight digits would be in doubt, and those dates are fitted one by one, by QR.
MAX_SLIDING_CONDITION = 1e6
SLIDING_BLOCK = BLOCK // 4


@dataclass(frozen=True, slots=True)
class RollingFits:
    """Fits of the windows that end on the last D days; NaN where a window has too few returns.

    alpha (D, N), daily; betas (D, N, K); r_squared (D, N).
    """

    alpha: Array
    betas: Array
    r_squared: Array


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
    about ten digits. `min_observations` (default: all of them) is what a window needs.
    """
    days, count = factors.shape
    dates = days - window + 1
    if dates < 1:
        raise ValueError(f"{days} days hold no window of {window}")
    enough = max(window if min_observations is None else min_observations, count + 2)
    out = RollingFits(
        np.full((dates, returns.shape[1]), np.nan),
        np.full((dates, returns.shape[1], count), np.nan),
        np.full((dates, returns.shape[1]), np.nan),
    )
    entered = basis if basis.name != "residual" else RAW
    columns = entered.of(factors)
    present = np.ascontiguousarray(np.isfinite(returns).T)
    for rows, tickers in patterns(present):
        moments = _FactorMoments.of(columns, present[tickers[0]], window, enough)
        if len(rows) < enough or not moments.fitted.any():
            continue
        for start in range(0, len(tickers), SLIDING_BLOCK):
            block = tickers[start : start + SLIDING_BLOCK]
            alpha, betas, r_squared = moments.fit(returns[:, block])
            out.alpha[:, block] = alpha
            out.betas[:, block] = betas
            out.r_squared[:, block] = r_squared
        for date in np.flatnonzero(moments.doubtful):
            exact = cross_section(returns[date : date + window, tickers], columns[date : date + window], "nonrobust")
            out.alpha[date, tickers] = exact.coefficients[:, 0]
            out.betas[date, tickers] = exact.coefficients[:, 1:]
            out.r_squared[date, tickers] = exact.r_squared
    if basis.name == "residual":
        # The styles' betas are the raw ones; α and the market's are those of the one-factor model.
        alone = rolling(returns, factors[:, [basis.market]], window, min_observations=min_observations)
        fitted = np.isfinite(out.alpha)
        out.alpha[:] = np.where(fitted, alone.alpha, np.nan)
        out.betas[:, :, basis.market] = np.where(fitted, alone.betas[:, :, 0], np.nan)
    return out


@dataclass(frozen=True, slots=True)
class _FactorMoments:
    """What the rolling fits of one pattern of missing days share; first axis D where there is one."""

    window: int
    present: Mask  # (T,)
    factors: Array  # (T, K), centred and scaled, 0 on missing days
    centre: Array  # (K,)
    scale: Array  # (K,)
    observations: Array  # (D, 1)
    means: Array  # (D, K) of `factors`
    inverse: Array  # (D, K, K) of the centred second moments
    fitted: Mask  # (D,)
    doubtful: Mask  # (D,)

    @classmethod
    def of(cls, factors: Array, present: Mask, window: int, enough: int) -> "_FactorMoments":
        kept = factors[present]
        centre = kept.mean(axis=0) if len(kept) else np.zeros(factors.shape[1])
        scale = kept.std(axis=0) if len(kept) else np.ones(factors.shape[1])
        scale = np.where(scale > 0, scale, 1.0)
        scaled = np.where(present[:, None], (factors - centre) / scale, 0.0)
        observations = _window_sums(present.astype(np.float64)[:, None], window)
        means = _window_sums(scaled, window) / np.maximum(observations, 1.0)
        second = _window_sums(scaled[:, :, None] * scaled[:, None, :], window)
        second -= observations[:, :, None] * means[:, :, None] * means[:, None, :]
        spread = np.sqrt(np.maximum(np.diagonal(second, axis1=1, axis2=2), 0.0))
        usable = (observations[:, 0] >= enough) & (spread > 0).all(axis=1)
        spread[~usable] = 1.0
        identity = np.eye(factors.shape[1])
        second[~usable] = identity
        correlation = second / (spread[:, :, None] * spread[:, None, :])
        sizes = np.linalg.eigvalsh(correlation)
        sound = sizes[:, 0] * MAX_SLIDING_CONDITION > sizes[:, -1]
        correlation[~sound] = identity
        inverse = np.linalg.inv(correlation) / (spread[:, :, None] * spread[:, None, :])
        doubtful = (observations[:, 0] >= enough) & ~(usable & sound)
        fitted = usable & sound
        return cls(window, present, scaled, centre, scale, observations, means, inverse, fitted, doubtful)

    def fit(self, returns: Array) -> tuple[Array, Array, Array]:
        """α (D, N), betas (D, N, K) and R² (D, N) of returns (T, N), NaN where not fitted.

        Sums over factors are written out: a matrix product over a batch would let a ticker's last
        digits depend on its neighbours.
        """
        count = self.factors.shape[1]
        y = np.where(self.present[:, None], returns, 0.0)
        base = y.sum(axis=0) / max(int(self.present.sum()), 1)
        y = np.where(self.present[:, None], y - base, 0.0)
        mean = _window_sums(y, self.window) / np.maximum(self.observations, 1.0)
        total = _window_sums(y * y, self.window) - self.observations * mean * mean
        flat = total <= 64 * np.finfo(np.float64).eps * (y * y).sum(axis=0)
        cross = [
            _window_sums(y * self.factors[:, [k]], self.window) - self.observations * self.means[:, [k]] * mean
            for k in range(count)
        ]
        alpha = mean + base
        explained = np.zeros_like(mean)
        betas = np.empty((*mean.shape, count))
        for i in range(count):
            slope = np.zeros_like(mean)
            for j in range(count):
                slope += self.inverse[:, i, j][:, None] * cross[j]
            slope[flat] = 0.0
            explained += slope * cross[i]
            slope /= self.scale[i]
            alpha -= slope * (self.means[:, [i]] * self.scale[i] + self.centre[i])
            betas[:, :, i] = slope
        r_squared = np.divide(explained, total, out=np.zeros_like(total), where=~flat)
        for values in (alpha, betas, r_squared):
            values[~self.fitted] = np.nan
        return alpha, betas, r_squared


def _window_sums(values: Array, window: int) -> Array:
    """Sums over each window of days: (T, …) → (D, …)."""
    sums = np.cumsum(values, axis=0)
    out = sums[window - 1 :].copy()
    out[1:] -= sums[:-window]
    return out
