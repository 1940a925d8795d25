"""Joint tests of several betas."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.design import Solution, samples
from factorcli.engine.distributions import f_p_values
from factorcli.engine.estimators import Sample
from factorcli.engine.inference import Covariance, coefficient_covariances, newey_west_lags


@dataclass(frozen=True, slots=True)
class JointTest:
    """A Wald test of N tickers in its F form: statistic and p-value (N,), degrees of freedom q and n − k (N,)."""

    f_stat: Array
    p_value: Array
    numerator: int
    denominator: Ints


def styles_test(sample: Sample, covariance: Covariance = "hac", min_observations: int = 0) -> JointTest:
    """Test that the betas of all q styles (every factor but the market) are zero, for each ticker.

    F = b'V⁻¹b/q with the chosen covariance V, against F(q, n − k): as statsmodels' `f_test`. The styles'
    betas and V do not depend on the basis, so neither does the test. NaN without a fit, without styles
    and where V is singular. Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data,
    2nd ed., section 4.2.3.
    """
    tickers, columns = sample.returns.shape[1], sample.columns.shape[1]
    tested = 1 + np.flatnonzero(sample.basis.styles(columns))
    f_stat, denominator = np.full(tickers, np.nan), np.zeros(tickers, dtype=np.int64)
    for design, group, y in samples(sample.returns, sample.columns, min_observations, weights=sample.weights):
        if design.dependent:
            continue
        solution = Solution.of(design, y)
        denominator[group] = solution.degrees_of_freedom
        if len(tested):
            lags = newey_west_lags(len(design.q))
            matrices = coefficient_covariances(design.influence, solution.residuals, covariance, lags, tested)
            f_stat[group] = _wald(solution.coefficients[:, tested], matrices) / len(tested)
    return JointTest(f_stat, f_p_values(f_stat, len(tested), denominator), len(tested), denominator)


def _wald(betas: Array, matrices: Array) -> Array:
    """b'V⁻¹b of each of N: betas (N, q), matrices (N, q, q) → (N,); NaN where V is singular."""
    spread = np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    scale = np.where(spread > 0, spread, 1.0)
    unit = matrices / (scale[:, :, None] * scale[:, None, :])
    sizes, directions = np.linalg.eigh(unit)
    along = (directions * (betas / scale)[:, :, None]).sum(axis=1)
    sound = sizes[:, 0] > unit.shape[1] * np.finfo(np.float64).eps * sizes[:, -1]
    statistic: Array = (along * along / np.where(sound[:, None], sizes, np.nan)).sum(axis=1)
    return statistic
