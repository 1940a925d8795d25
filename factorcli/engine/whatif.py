"""Two sets of weights on the same stocks: the exposures and the risk of each, and of their difference."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.exposures import Exposures, estimate
from factorcli.engine.inference import Covariance
from factorcli.engine.portfolio import portfolio_returns


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Returns (T, 2) before and after, NaN where a stock has none; exposures of before, after and their difference."""

    returns: Array
    exposures: Exposures


def what_if(
    returns: Array,
    before: Array,
    after: Array,
    factors: Array,
    covariance: Covariance = "hac",
    basis: Basis = RAW,
    min_observations: int = 0,
) -> WhatIf:
    """Exposures on the factors (T, K) of excess returns (T, N) with weights (N,) before and after.

    All three are fitted on the days on which every stock has a return, so that the betas of the difference,
    Σ (after − before)_i r_i, are the differences of the betas, with an error that knows how alike the two are.
    """
    found = np.column_stack([portfolio_returns(returns, weights) for weights in (before, after)])
    change = portfolio_returns(returns, after - before)
    exposures = estimate(np.column_stack([found, change]), factors, covariance, basis, min_observations)
    return WhatIf(found, exposures)


def turnover(before: Array, after: Array) -> float:
    """½ Σ |Δw| of weights (N,), cash, the rest of each, included: the part of the value that is traded."""
    change = after - before
    return float(0.5 * (np.abs(change).sum() + abs(change.sum())))
