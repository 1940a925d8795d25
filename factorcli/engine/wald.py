"""Joint tests of several betas."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.engine.design import Solution, samples
from factorcli.engine.distributions import f_p_values
from factorcli.engine.estimators import Sample
from factorcli.engine.inference import has_errors, hc3_covariances


@dataclass(frozen=True, slots=True)
class JointTest:
    """A Wald test of N tickers in its F form: statistic and p-value (N,), degrees of freedom q and n_eff − k (N,)."""

    f_stat: Array
    p_value: Array
    numerator: int
    denominator: Array
    covariance: str = "hc3"


def styles_test(sample: Sample, min_observations: int = 0) -> JointTest:
    """Test that the betas of all q styles (every factor but the market) are zero, for each ticker.

    F = b'V⁻¹b/q with the covariance HC3 for V, against F(q, n_eff − k): statsmodels' `f_test` with HC3. Newey–West
    errors would reject a true null in 12 % of cases at 5 %, because the styles have days of high leverage, whose
    residuals are small; HC3 allows for that. The styles' betas and V do not depend on the basis, so neither does the
    test. NaN without a fit, without styles, where V is singular, and where weights leave too few effective
    observations for errors (`standard_errors`). Wooldridge (2010), Econometric Analysis of Cross Section and
    Panel Data, 2nd ed., section 4.2.3; Long & Ervin (2000), The American Statistician 54, pp. 217–224.
    """
    return _test(sample, sample.basis.styles(sample.columns.shape[1]), min_observations)


def betas_test(sample: Sample, min_observations: int = 0) -> JointTest:
    """Test that all betas are zero, the market's too, for each ticker; otherwise as `styles_test`."""
    return _test(sample, np.ones(sample.columns.shape[1], dtype=np.bool_), min_observations)


def wald_test(estimates: Array, matrices: Array, denominator: Array, covariance: str = "hc3") -> JointTest:
    """Test that q estimates with these covariance matrices are all zero, for each of N.

    estimates (N, q), matrices (N, q, q), denominator (N,): F = b'V⁻¹b/q against F(q, denominator). NaN where V is
    singular or not known, and where the denominator is not positive. Wooldridge (2010), as in `styles_test`.
    """
    numerator, f_stat = estimates.shape[1], np.full(len(estimates), np.nan)
    known = np.isfinite(estimates).all(axis=1) & np.isfinite(matrices).all(axis=(1, 2))
    f_stat[known] = _wald(estimates[known], matrices[known]) / numerator
    return JointTest(f_stat, f_p_values(f_stat, numerator, denominator), numerator, denominator, covariance)


def _test(sample: Sample, chosen: Mask, min_observations: int) -> JointTest:
    """Test that the betas of the chosen columns (a mask) are zero."""
    tickers, columns = sample.returns.shape[1], sample.columns.shape[1]
    tested = 1 + np.flatnonzero(chosen)
    f_stat, denominator = np.full(tickers, np.nan), np.zeros(tickers)
    for design, group, y in samples(sample.returns, sample.columns, min_observations, weights=sample.weights):
        if design.dependent:
            continue
        denominator[group] = design.effective - (columns + 1)
        if len(tested) and (not design.weighted or has_errors(design.effective, columns + 1)):
            solution = Solution.of(design, y)
            if np.isfinite(scores := solution.scores).all():
                matrices = hc3_covariances(design.influence, scores, tested)
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
