"""Market betas of days on which the market rises and of days on which it falls."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.design import Solution, samples, slopes
from factorcli.engine.estimators import Sample
from factorcli.engine.inference import Covariance, newey_west_lags, standard_errors

# Of the coefficients (intercept, up, down): up, down, and down − up.
_COMBINATIONS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, -1.0], [0.0, 1.0, 1.0]])


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """The up beta, the down beta and down − up of N tickers with their standard errors, all (N, 3).

    degrees_of_freedom (N,) are those of t tests, n_eff − k. NaN without a fit.
    """

    coefficients: Array
    std_errors: Array
    degrees_of_freedom: Array


def asymmetry(sample: Sample, covariance: Covariance = "hac", min_observations: int = 0) -> Asymmetry:
    """Fit y = α + β_up max(m, 0) + β_down min(m, 0) + ε for each ticker, m the market's excess return.

    One regression with one intercept, so the error of β_down − β_up, a linear combination, is of the same
    covariance as those of the two. Dimson's lagged and leading columns stay beside them: the betas are then the
    sums over three days. NaN where the market only rises or only falls. Henriksson & Merton (1981), "On market
    timing and investment performance II", J. Business 54, eq. 5; Ang, Chen & Xing (2006), "Downside risk".
    """
    columns, tickers = _split(sample), sample.returns.shape[1]
    estimates, errors = np.full((tickers, 3), np.nan), np.full((tickers, 3), np.nan)
    degrees = np.full(tickers, np.nan)
    combinations = np.zeros((columns.shape[1] + 1, 3))
    combinations[:3] = _COMBINATIONS
    for design, group, y in samples(sample.returns, columns, min_observations, weights=sample.weights):
        if not design.dependent:
            solution = Solution.of(design, y)
            up, down = solution.coefficients[:, 1], solution.coefficients[:, 2]
            estimates[group] = np.column_stack([up, down, down - up])
            errors[group] = standard_errors(solution, covariance, newey_west_lags(len(design.q)), combinations)
            degrees[group] = design.effective - len(combinations)
    return Asymmetry(estimates, errors, degrees)


def down_betas(sample: Sample, min_observations: int = 0) -> Array:
    """The down betas (N,) of `asymmetry`, to the last bit, without its errors."""
    found = np.full(sample.returns.shape[1], np.nan)
    for design, group, y in samples(sample.returns, _split(sample), min_observations, weights=sample.weights):
        if not design.dependent:
            found[group] = slopes(design, y)[:, 1]
    return found


def _split(sample: Sample) -> Array:
    """The market's columns with its returns split by sign: (T, 2), and with Dimson's timing columns (T, 4)."""
    columns = sample.market().columns
    market = columns[:, :1]
    return np.column_stack([np.maximum(market, 0.0), np.minimum(market, 0.0), columns[:, 1:]])
