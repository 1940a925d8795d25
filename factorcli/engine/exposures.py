"""Everything one window says about its tickers: the model, the market model, shares and tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factorcli.engine import Array
from factorcli.engine.inference import Covariance, Inference, t_inference
from factorcli.engine.regression import RAW, Basis, Fits, cross_section, patterns
from factorcli.engine.variance import lmg_problem, shapley_shares, shares_from_moments


@dataclass(frozen=True)
class Exposures:
    """Fits of N tickers on K factors and, on the same observations, on the market alone."""

    fits: Fits
    market: Fits

    @cached_property
    def inference(self) -> Inference:
        """Tests of the model's coefficients, (N, K + 1)."""
        return _tested(self.fits)

    @cached_property
    def market_inference(self) -> Inference:
        """Tests of the market model's coefficients, (N, 2)."""
        return _tested(self.market)


def estimate(
    returns: Array,
    factors: Array,
    covariance: Covariance = "hac",
    basis: Basis = RAW,
    min_observations: int = 0,
) -> Exposures:
    """Fit excess returns (T, N) on factors (T, K), and on the market column alone."""
    fits = cross_section(returns, factors, covariance, min_observations=min_observations, basis=basis)
    market = cross_section(returns, factors[:, [basis.market]], covariance, min_observations=min_observations)
    return Exposures(fits, market)


def _tested(fits: Fits) -> Inference:
    return t_inference(fits.coefficients, fits.std_errors, fits.degrees_of_freedom)


def variance_shares(fits: Fits, returns: Array, factors: Array, basis: Basis = RAW, method: str = "euler") -> Array:
    """Share of each ticker's variance by factor, (N, K); NaN where there is no fit.

    `euler` follows from the fits; `lmg` needs returns (T, N) and factors (T, K) again.
    """
    if method == "euler":
        return shares_from_moments(fits.coefficients[:, 1:], fits.factor_covariances, fits.variance)
    if method != "lmg":
        raise ValueError(f"unknown method {method!r}")
    count, tickers = factors.shape[1], returns.shape[1]
    columns, response, totals = np.zeros((count, count, tickers)), np.zeros((count, tickers)), np.zeros(tickers)
    fitted = np.isfinite(fits.r_squared)
    for rows, group in patterns(np.ascontiguousarray(np.isfinite(returns).T)):
        chosen = group[fitted[group]]
        if len(chosen):
            triangle, projections, squares = lmg_problem(basis.of(factors[rows]), returns[np.ix_(rows, chosen)])
            columns[:, :, chosen], response[:, chosen], totals[chosen] = triangle[:, :, None], projections.T, squares
    shares = shapley_shares(columns, response, totals)
    shares[~fitted] = np.nan
    return shares


def r_squared_without(
    returns: Array,
    factors: Array,
    days: Sequence[tuple[int, int]],
    min_observations: int = 0,
) -> list[float]:
    """R² of a ticker's fit with one day left out, for each (ticker, day); the basis does not matter."""
    if not days:
        return []
    columns, rows = (list(part) for part in zip(*days, strict=True))
    without = returns[:, columns].copy()
    without[rows, range(len(days))] = np.nan
    fits = cross_section(without, factors, "nonrobust", min_observations=min_observations)
    return [float(value) for value in fits.r_squared]
