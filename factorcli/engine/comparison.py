"""Two subjects side by side: the regression of the difference of their returns."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.design import Solution, samples
from factorcli.engine.exposures import Exposures, estimate
from factorcli.engine.inference import Covariance
from factorcli.engine.wald import JointTest, betas_test


@dataclass(frozen=True)
class Compared:
    """The exposures of one subject's returns less another's, as those of one ticker.

    joint: of the hypothesis that no beta differs; correlations of the returns, and of the residuals of the model; NaN
    where one of the two does not vary.
    """

    exposures: Exposures
    joint: JointTest
    correlation: float
    residual_correlation: float


def compared(
    first: Array,
    second: Array,
    factors: Array,
    covariance: Covariance = "hac",
    *,
    basis: Basis = RAW,
    min_observations: int = 0,
) -> Compared:
    """Compare excess returns (T,) with others (T,) on factors (T, K), on the days on which both have one.

    Least squares is linear in the returns, so the betas of first − second are the differences of the betas on these
    days; but their errors allow for what the two have in common: those of a paired test.
    """
    difference = (first - second)[:, None]
    exposures = estimate(difference, factors, covariance, basis, min_observations)
    both = np.where(np.isfinite(difference), np.column_stack([first, second]), np.nan)
    residuals = np.empty((2, 0))
    for design, _, y in samples(both, factors, min_observations):
        if not design.dependent:
            residuals = Solution.of(design, y).residuals
    return Compared(
        exposures,
        betas_test(exposures.sample, min_observations),
        _correlation(both[np.isfinite(both[:, 0])].T),
        _correlation(residuals),
    )


def _correlation(pair: Array) -> float:
    """Of two rows (2, n); NaN where one is constant."""
    if not pair.shape[1] or (pair.min(axis=1) == pair.max(axis=1)).any():
        return float("nan")
    deviations = pair - pair.mean(axis=1, keepdims=True)
    sizes = np.sqrt((deviations * deviations).sum(axis=1))
    product = float(sizes[0] * sizes[1])
    return float(deviations[0] @ deviations[1]) / product if product > 0 else float("nan")
