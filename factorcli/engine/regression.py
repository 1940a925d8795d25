"""Least squares for all tickers of a window."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Ints
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.design import Solution, samples
from factorcli.engine.inference import Covariance, centred_vif, newey_west_lags, standard_errors
from factorcli.engine.rowwise import row_products


class SingularDesignError(ValueError):
    """The factors of a window, with the intercept, are linearly dependent.

    `columns` are the indices of the dependent columns, 0 being the intercept.
    """

    def __init__(self, columns: tuple[int, ...]) -> None:
        super().__init__(f"columns {columns} of the design are linearly dependent")
        self.columns = columns


@dataclass(frozen=True, slots=True)
class Fits:
    """Regressions of N tickers on K factors; the first axis of every array is the ticker.

    Returns are daily fractions, so α, volatilities and their errors are daily. Where a ticker has
    too few observations everything but `observations` is NaN (0 for the integers); where its
    factors are linearly dependent, `condition_number` is infinite and the rest is NaN.

    observations, degrees_of_freedom, lags   (N,)   n, n − k, and the Newey–West lags of n
    effective                                (N,)   (Σw)²/Σw², n without weights
    coefficients, std_errors                 (N, k) intercept first
    r_squared, adj_r_squared                 (N,)   0 for constant returns
    variance, residual_volatility            (N,)   Var(y), ddof 1; √(SSR/(n−k))
    condition_number                         (N,)   of the unit-norm design with intercept
    vif, factor_volatility                   (N, K) centred VIF; standard deviation, ddof 1
    factor_covariances                       (N, K) Cov(f_k, y), ddof 1
    """

    observations: Ints
    degrees_of_freedom: Ints
    lags: Ints
    effective: Array
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
        """N fits of NaN, to be filled in."""
        count = len(observations)

        def nan(*shape: int) -> Array:
            return np.full((count, *shape), np.nan)

        zeros = np.zeros(count, dtype=np.int64)
        return cls(
            observations=observations,
            degrees_of_freedom=zeros,
            lags=zeros.copy(),
            effective=nan(),
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

    @property
    def test_degrees(self) -> Array:
        """Degrees of freedom (N,) of t tests: n_eff − k, which is n − k without weights."""
        degrees: Array = self.degrees_of_freedom - (self.observations - self.effective)
        return degrees

    def of_factors(self, count: int) -> "Fits":
        """The same fits with the first `count` factors only."""
        if count == self.vif.shape[1]:
            return self
        by_factor = ("vif", "factor_volatility", "factor_covariances")
        kept = {name: getattr(self, name)[:, :count] for name in by_factor}
        coefficients, std_errors = self.coefficients[:, : count + 1], self.std_errors[:, : count + 1]
        return replace(self, coefficients=coefficients, std_errors=std_errors, **kept)

    def of(self, tickers: Ints) -> "Fits":
        """The fits of some tickers, by position, in this order."""
        return Fits(**{field.name: getattr(self, field.name)[tickers] for field in fields(self)})

    def joined(self, other: "Fits") -> "Fits":
        """The fits of these tickers and, behind them, of others."""
        both = {one.name: (getattr(self, one.name), getattr(other, one.name)) for one in fields(self)}
        return Fits(**{name: np.concatenate(pair) for name, pair in both.items()})

    def put(self, rows: NDArray[np.intp], values: dict[str, Any]) -> None:
        """Write the values of some tickers, by field name."""
        for name, value in values.items():
            getattr(self, name)[rows] = value


def cross_section(
    returns: Array,
    factors: Array,
    covariance: Covariance = "hac",
    *,
    min_observations: int = 0,
    lags: int | None = None,
    basis: Basis = RAW,
    weights: Array | None = None,
) -> Fits:
    """Regressions of all tickers of a window: returns (T, N), factors (T, K) → `Fits` of N.

    Tickers are grouped by their pattern of missing returns (NaN), so that each is factorised once. A
    ticker's numbers do not depend on the others, to the last bit. weights (T,) give weighted least squares:
    moments, R² and errors are those of the rows multiplied by the roots of their weights. `lags` replaces the automatic
    Newey–West bandwidth.
    """
    count = factors.shape[1]
    observations = np.isfinite(returns).sum(axis=0)
    fits = Fits.unfitted(observations, count)
    for design, tickers, y in samples(returns, factors, min_observations, basis, weights):
        if design.dependent:
            fits.condition_number[tickers] = np.inf
            continue
        used = newey_west_lags(len(design.q)) if lags is None else lags
        fits.put(tickers, _fit(Solution.of(design, y), covariance, used))
    return fits


def _fit(solution: Solution, covariance: Covariance, lags: int) -> dict[str, Any]:
    """Fields of `Fits` for tickers with the same design."""
    design, total, unexplained = solution.design, solution.total, solution.unexplained
    n, df = len(design.q), solution.degrees_of_freedom
    r_squared = 1.0 - np.divide(unexplained, total, out=np.ones_like(total), where=total > 0)
    return {
        "degrees_of_freedom": df,
        "lags": lags,
        "effective": design.effective,
        "coefficients": solution.coefficients,
        "std_errors": standard_errors(solution, covariance, lags),
        "r_squared": r_squared,
        "adj_r_squared": 1.0 - (1.0 - r_squared) * (n - 1) / df,
        "variance": total / (n - 1),
        "residual_volatility": np.sqrt(unexplained / df),
        "condition_number": design.condition_number,
        "vif": centred_vif(design.deviations, design.solve),
        "factor_volatility": np.sqrt((design.deviations * design.deviations).sum(axis=0) / (n - 1)),
        "factor_covariances": row_products(solution.centred, design.deviations) / (n - 1),
    }
