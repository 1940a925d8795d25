"""Active returns, those of a portfolio less those of its benchmark: their exposures, volatility and variance."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.bootstrap import bias_corrected, volatility_draws
from factorcli.engine.estimators import OLS, Estimator
from factorcli.engine.exposures import Exposures, estimate
from factorcli.engine.inference import Covariance

ROUNDING = 1e-12  # active returns of this size or less are zero but for rounding


@dataclass(frozen=True, slots=True)
class Active:
    """Exposures of active returns, one ticker, and the tracking error of one return with its 95 % interval.

    shares (K,): of the active variance by factor; with the idiosyncratic share, 1 − Σ shares, they sum to 1. Without
    active variance they are NaN, the betas 0 without errors, and the tracking error and its interval 0.
    """

    exposures: Exposures
    tracking_error: float
    low: float
    high: float
    shares: Array

    @property
    def is_zero(self) -> bool:
        """Whether there is nothing to explain."""
        return self.tracking_error == 0.0


def active_returns(returns: Array, benchmark: Array) -> Array:
    """Returns (T,) less those of a benchmark (T,), NaN where either is missing; 0 where all differ by rounding only."""
    difference: Array = returns - benchmark
    known = np.isfinite(difference)
    if (np.abs(difference[known]) <= ROUNDING).all():
        difference[known] = 0.0
    return difference


def active(
    difference: Array,
    factors: Array,
    covariance: Covariance = "hac",
    basis: Basis = RAW,
    min_observations: int = 0,
    estimator: Estimator = OLS,
    before: Array | None = None,
) -> Active:
    """Fit active returns (T,) on factors (T, K); before (K,) as in `estimators.sample`.

    a = p − q, a = α + Σ β_k f_k + ε: the active betas are the betas of p less those of q on the same days. The tracking
    error is sd(a), ddof 1; its interval is that of the block bootstrap. Shares are β_k Cov(f_k, a)/Var(a).
    Grinold & Kahn (2000), Active Portfolio Management, 2nd ed., chapters 3 and 4; Menchero & Davis (2011).
    """
    exposures = estimate(difference[:, None], factors, covariance, basis, min_observations, estimator, before)
    sample = exposures.sample
    rows = np.isfinite(sample.returns[:, 0])
    error = float(np.sqrt(exposures.fits.variance[0]))
    shares = exposures.shares()[0] if error > 0 else np.full(factors.shape[1], np.nan)
    low, high = volatility_interval(sample.returns[rows], None if sample.weights is None else sample.weights[rows])
    return Active(exposures, error, low, high, shares)


def volatility_interval(returns: Array, weights: Array | None = None) -> tuple[float, float]:
    """The 95 % interval of the standard deviation of returns (n, 1), or of how much larger that of (n, 2) is there.

    The bias-corrected one of `bootstrap.volatility_draws`; weights (n,).
    """
    count = len(returns)
    whole = np.ones(count) if weights is None else weights * (count / weights.sum())
    centred = returns - (whole @ returns) / count
    found = np.sqrt(whole @ (centred * centred) / (count - 1))
    draws = volatility_draws(returns, weights)
    if returns.shape[1] == 2:
        draws, found = draws[:, 1:] - draws[:, :1], found[1:] - found[:1]
    low, high = bias_corrected(draws, found)[:, 0].tolist()
    return low, high
