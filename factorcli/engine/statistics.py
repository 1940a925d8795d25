"""Statistics of a window's factors, and their collinearity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.engine.design import Design
from factorcli.engine.inference import centred_vif


@dataclass(frozen=True, slots=True)
class FactorNumbers:
    """Means and volatilities annualised (K,), correlations (K, K), centred VIF (K,).

    condition_number is of the unit-norm design with an intercept; infinite, with NaN VIFs, where
    factors are linearly dependent.
    """

    means: Array
    volatilities: Array
    correlations: Array
    vif: Array
    condition_number: float


def factor_statistics(factors: Array, days_a_year: int) -> FactorNumbers:
    """Statistics of daily factor returns (T, K)."""
    design = Design.of(factors)
    deviations = factors - factors.mean(axis=0)
    squares = (deviations * deviations).sum(axis=0)
    norms = np.sqrt(np.where(squares > 0, squares, np.nan))
    correlations = (deviations.T @ deviations) / np.outer(norms, norms)
    vif = np.full(len(squares), np.nan) if design.dependent else centred_vif(design.deviations, design.solve)
    return FactorNumbers(
        means=days_a_year * factors.mean(axis=0),
        volatilities=np.sqrt(squares / (len(factors) - 1) * days_a_year),
        correlations=correlations,
        vif=vif,
        condition_number=design.condition_number,
    )


def cumulative_returns(factors: Array, kept: Mask, differences: Sequence[bool]) -> Array:
    """Compounded daily returns (T, K) from the start to each day, a fraction, without the days that are not kept.

    kept (T,): the other days are NaN. differences (K,): columns that are changes of a level, which are added up.
    """
    steps = np.where(kept[:, None], factors, 0.0)
    paths = np.where(differences, steps.cumsum(axis=0), (1 + steps).cumprod(axis=0) - 1)
    return np.where(kept[:, None], paths, np.nan)
