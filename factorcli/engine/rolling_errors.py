"""Rolling paths with residual volatility, standard errors and intervals, for all tickers at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Ints, Mask
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.design import patterns
from factorcli.engine.inference import Covariance, newey_west_lags, t_intervals
from factorcli.engine.regression import cross_section
from factorcli.engine.rolling import BLOCK_TICKERS, RollingFits, in_residual_basis, needed, rolling

# With a smaller unexplained share of the variance, residuals are mostly rounding errors of the betas: such
# windows are fitted by QR.
MIN_UNEXPLAINED = 1e-6
# Windows are summed in blocks of dates and tickers, so that their lag products stay in the CPU cache.
BLOCK_DATES = 8

_Block = tuple[NDArray[np.intp], Array, Array]


@dataclass(frozen=True, slots=True)
class RollingErrors:
    """A rolling path with residual volatility and standard errors; NaN where the path is.

    path                             alpha (D, N), betas (D, N, K), r_squared (D, N)
    observations         (D, N)      n of the window
    residual_volatility  (D, N)      daily, √(SSR/(n−k))
    std_errors           (D, N, k)   intercept first, daily for α
    """

    path: RollingFits
    observations: Ints
    residual_volatility: Array
    std_errors: Array

    @property
    def coefficients(self) -> Array:
        """α and betas, (D, N, k), intercept first."""
        return np.concatenate([self.path.alpha[:, :, None], self.path.betas], axis=2)

    def intervals(self) -> tuple[Array, Array]:
        """95 % t intervals of α and betas with n − k degrees of freedom: low and high, (D, N, k)."""
        df = self.observations - self.std_errors.shape[2]
        return t_intervals(self.coefficients, self.std_errors, df)


def rolling_errors(
    returns: Array,
    factors: Array,
    window: int,
    covariance: Covariance = "hac",
    *,
    min_observations: int | None = None,
    basis: Basis = RAW,
) -> RollingErrors:
    """Fit every window of `window` days with errors: returns (T, N), factors (T, K) → D dates.

    At every date the numbers are those of `cross_section` on the window, to about ten digits: the same
    n observations as they stand, the lags of n, n/(n−k). Newey & West (1987), eq. 5, as in
    `standard_errors`.
    """
    columns = factors if basis.name == "residual" else basis.of(factors)
    path = rolling(returns, columns, window, min_observations=min_observations)
    enough = needed(window, min_observations, factors.shape[1])
    dates, tickers, count = path.betas.shape
    present = np.isfinite(returns)
    counts = np.cumsum(np.vstack([np.zeros((1, tickers), dtype=np.int64), present]), axis=0)
    observations = counts[window:] - counts[:-window]
    variances = np.full((count + 2, dates, tickers), np.nan)  # of α and betas, then the sum of squared residuals
    for rows, group in patterns(np.ascontiguousarray(present.T)):
        if len(rows) < enough:
            continue
        market = basis.market if basis.name == "residual" else None
        windows = _Windows.of(columns, present[:, group[0]], window, covariance, market)
        windows.put(variances, path, returns, group)
    df = np.maximum(observations - count - 1, 1)
    fitted = np.isfinite(path.alpha)
    std_errors = np.sqrt(np.where(fitted, np.maximum(variances[:-1], 0.0), np.nan))
    volatility = np.sqrt(np.where(fitted, variances[-1] / df, np.nan))
    doubtful = path.by_qr | (path.r_squared > 1.0 - MIN_UNEXPLAINED)
    for date in np.flatnonzero(doubtful.any(axis=1)):
        days, again = slice(date, date + window), doubtful[date]
        exact = cross_section(returns[days, again], factors[days], covariance, basis=basis)
        std_errors[:, date, again] = exact.std_errors.T
        volatility[date, again] = exact.residual_volatility
    if basis.name == "residual":
        path = in_residual_basis(path, returns, factors[:, basis.market], window, enough, basis.market)
    return RollingErrors(path, observations, volatility, np.moveaxis(std_errors, 0, 2))


@dataclass(frozen=True, slots=True)
class _Windows:
    """The windows of one pattern of missing days, as rows of the days with returns.

    A window is the last `window` of those rows up to its date, of which the last n are used. So all windows
    have the same shape, and lags skip missing days.
    """

    window: int
    covariance: Covariance
    market: int | None  # its column, where α and the market's beta are those of the one-factor model
    days: NDArray[np.intp]  # (n,) days with returns
    design: Array  # (window + n, K + 1): zeros, then [1, factors] of those days
    first: Ints  # (D,) row of `design` where the window starts
    observations: Ints  # (D,)
    kernel: Array  # (D, lags + 1): weights of the lag products

    @classmethod
    def of(cls, factors: Array, present: Mask, window: int, covariance: Covariance, market: int | None) -> "_Windows":
        days = np.flatnonzero(present)
        design = np.zeros((window + len(days), factors.shape[1] + 1))
        design[window:, 0] = 1.0
        design[window:, 1:] = factors[days]
        first = np.searchsorted(days, np.arange(window, len(factors) + 1))
        observations = first - np.searchsorted(days, np.arange(len(factors) - window + 1))
        lags = np.zeros_like(observations)
        if covariance == "hac":
            lags = np.minimum([newey_west_lags(int(n)) for n in observations], np.maximum(observations - 1, 0))
        lag = np.arange(lags.max() + 1)
        kernel = np.maximum(1.0 - lag / (lags[:, None] + 1.0), 0.0) * np.where(lag == 0, 1.0, 2.0)
        return cls(window, covariance, market, days, design, first, observations, kernel)

    def put(self, out: Array, path: RollingFits, returns: Array, tickers: NDArray[np.intp]) -> None:
        """Write variances of α and betas, and the sum of squared residuals, of these tickers.

        out (K + 2, D, N), path of the same columns, returns (T, N).
        """
        blocks = [
            self._block(path, returns, tickers[i : i + BLOCK_TICKERS]) for i in range(0, len(tickers), BLOCK_TICKERS)
        ]
        residuals = np.empty((BLOCK_DATES, self.window, BLOCK_TICKERS))
        products = np.zeros((BLOCK_DATES, self.kernel.shape[1], self.window, BLOCK_TICKERS))
        for chunk, rows, weights in self._chunks():
            x, u, uu = self.design[rows], residuals[: len(rows)], products[: len(rows)]
            for some, y, coefficients in blocks:
                np.matmul(x, coefficients[chunk], out=u)
                for date, first in enumerate(rows[:, 0]):
                    np.subtract(y[first : first + self.window], u[date], out=u[date])
                for lag in range(uu.shape[1]):
                    np.multiply(u[:, lag:], u[:, : self.window - lag], out=uu[:, lag, lag:])
                sums = weights @ uu.reshape(len(rows), -1, BLOCK_TICKERS)
                out[:, chunk, some] = np.moveaxis(sums[:, :, : len(some)], 1, 0)

    def _block(self, path: RollingFits, returns: Array, tickers: NDArray[np.intp]) -> _Block:
        """A block of tickers, their returns by row of `design`, and their α and betas (D, K + 1, BLOCK_TICKERS)."""
        y = np.zeros((len(self.design), BLOCK_TICKERS))
        y[self.window :, : len(tickers)] = returns[np.ix_(self.days, tickers)]
        coefficients = np.zeros((len(path.alpha), self.design.shape[1], BLOCK_TICKERS))
        coefficients[:, 0, : len(tickers)] = path.alpha[:, tickers]
        coefficients[:, 1:, : len(tickers)] = np.moveaxis(path.betas[:, tickers], 1, 2)
        np.nan_to_num(coefficients, copy=False)
        return tickers, y, coefficients

    def _chunks(self) -> Iterator[tuple[slice, Ints, Array]]:
        """Some dates at a time, their rows of `design` (G, window), and the weights of their lag products.

        weights (G, K + 2, (lags + 1) · window): one row a coefficient, and one that sums squared residuals.
        """
        for start in range(0, len(self.first), BLOCK_DATES):
            chunk = slice(start, min(start + BLOCK_DATES, len(self.first)))
            rows = self.first[chunk, None] + np.arange(self.window)
            n = self.observations[chunk, None]
            inside = np.arange(self.window) >= self.window - n
            z = self._influence(self.design[rows], inside, np.maximum(n, 1.0))
            kernel = self.kernel[chunk]
            weights = np.zeros((len(z), z.shape[1] + 1, kernel.shape[1], self.window))
            weights[:, -1, 0] = inside
            df = np.maximum(n - z.shape[1], 1)
            if self.covariance == "nonrobust":
                weights[:, :-1, 0] = (z * z).sum(axis=2)[:, :, None] * (inside / df)[:, None, :]
            else:
                z_scaled = z * (n / df)[:, :, None]
                for lag in range(kernel.shape[1]):
                    ahead = z_scaled[:, :, lag:] * kernel[:, lag, None, None]
                    weights[:, :-1, lag, lag:] = ahead * z[:, :, : self.window - lag]
            yield chunk, rows, weights.reshape(len(z), z.shape[1] + 1, -1)

    def _influence(self, x: Array, inside: Mask, n: Array) -> Array:
        """The pseudo-inverse (X'X)⁻¹X' of each window, zero in rows outside of it.

        x (G, window, K + 1), inside (G, window), n (G, 1) → (G, K + 1, window).
        """
        factors = np.where(inside[:, None, :], np.swapaxes(x[:, :, 1:], 1, 2), 0.0)
        means = factors.sum(axis=2) / n
        deviations = np.where(inside[:, None, :], factors - means[:, :, None], 0.0)
        second = deviations @ np.swapaxes(deviations, 1, 2)
        spread = np.sqrt(np.diagonal(second, axis1=1, axis2=2))
        scales = np.where(spread > 0, spread, 1.0)
        scales = scales[:, :, None] * scales[:, None, :]
        slopes = np.linalg.pinv(second / scales, hermitian=True) / scales @ deviations
        levels = means[:, None, :]
        if self.market is not None:
            slopes[:, self.market] = deviations[:, self.market] / scales[:, self.market, [self.market]]
            levels = np.where(np.arange(levels.shape[2]) == self.market, levels, 0.0)
        alpha = 1.0 / n[:, :, None] - levels @ slopes
        z = np.concatenate([alpha, slopes], axis=1)
        return np.where(inside[:, None, :], z, 0.0)
