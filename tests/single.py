"""The engine asked about one ticker."""

import numpy as np
from numpy.typing import NDArray

from factorcli.engine.exposures import variance_shares
from factorcli.engine.inference import Covariance
from factorcli.engine.regression import Fits, cross_section

Array = NDArray[np.float64]


def ols(returns: Array, factors: Array, covariance: Covariance = "hac", lags: int | None = None) -> Fits:
    """The fit of returns (T,) on factors (T, K)."""
    return cross_section(returns[:, None], factors, covariance, lags=lags)


def euler_shares(returns: Array, factors: Array) -> Array:
    """Euler shares (K,) of the variance of returns (T,)."""
    return variance_shares(ols(returns, factors), returns[:, None], factors)[0]


def lmg_shares(returns: Array, factors: Array) -> Array:
    """LMG shares (K,) of the variance of returns (T,)."""
    return variance_shares(ols(returns, factors), returns[:, None], factors, method="lmg")[0]
