"""A portfolio of fixed weights, rebalanced daily: its returns, exposures and contributions by holding."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.estimators import OLS, Estimator
from factorcli.engine.exposures import Exposures, estimate
from factorcli.engine.inference import Covariance
from factorcli.engine.periods import compounded, runs


@dataclass(frozen=True)
class Portfolio:
    """Exposures of a portfolio and of its N holdings, on the days on which all of them have returns.

    weights (N,); 1 − Σ weights is cash at R_f, borrowed where negative, so that the portfolio's excess return
    is the weighted sum of the holdings'. `exposures` has one ticker, the portfolio.
    """

    weights: Array
    exposures: Exposures
    holdings: Exposures
    beta_contributions: Array  # (N, K): w_i β_ik, which sum to the portfolio's β_k
    risk_contributions: Array  # (N,): w_i Cov(r_i, r_p)/Var(r_p), which sum to 1

    @property
    def cash(self) -> float:
        """The weight that earns R_f; negative if borrowed."""
        return float(1.0 - self.weights.sum())


def portfolio_returns(returns: Array, weights: Array) -> Array:
    """Excess returns (T,) of weights (N,) on excess returns (T, N); NaN where a holding has none."""
    whole: Array = (returns * weights).sum(axis=1)
    return whole


def portfolio_value(closes: Array, returns: Array, weights: Array, rates: Array) -> Array:
    """The value (T + 1,) of a portfolio with these returns (T,), bridged over runs without one.

    closes (T + 1, N), weights (N,), rates (T,). Over a run the holdings keep their shares, bought at its start with
    these weights, and cash compounds. NaN within a run, and before or after one that begins or ends the window
    while a holding has no close there.
    """
    growth, known = 1.0 + returns, np.ones(len(closes), dtype=np.bool_)
    for first, end in runs(np.isnan(returns)):
        gain = weights @ (closes[end] / closes[first] - 1.0) + (1.0 - weights.sum()) * compounded(rates[first:end])
        known[first + 1 : end] = False
        growth[first:end] = 1.0
        if np.isfinite(gain):
            growth[end - 1] += gain
        else:
            known[first] &= first > 0
            known[end] &= end < len(returns)
    value: Array = np.where(known, np.append(1.0, np.cumprod(growth)), np.nan)
    return value


def portfolio(
    returns: Array,
    factors: Array,
    weights: Array,
    covariance: Covariance = "hac",
    basis: Basis = RAW,
    min_observations: int = 0,
    estimator: Estimator = OLS,
    before: Array | None = None,
) -> Portfolio:
    """Exposures of holdings with excess returns (T, N) and weights (N,), on factors (T, K); before (K,) as in `sample`.

    Betas are linear in returns, so on one sample the portfolio's are the weighted sums of its holdings';
    risk is decomposed by covariance: Litterman (1996), "Hot spots and hedges", J. Portfolio Management 23, p. 52.
    NaN with too few common days; risk contributions also with constant returns.
    """
    together = np.where(np.isfinite(returns).all(axis=1, keepdims=True), returns, np.nan)
    whole = portfolio_returns(returns, weights)
    both = np.column_stack([whole, together])
    exposures, holdings = (
        estimate(part, factors, covariance, basis, min_observations, estimator, before)
        for part in (both[:, :1], both[:, 1:])
    )
    return Portfolio(
        weights=weights,
        exposures=exposures,
        holdings=holdings,
        beta_contributions=weights[:, None] * holdings.fits.coefficients[:, 1:],
        risk_contributions=_risk_contributions(exposures, holdings, weights),
    )


def _risk_contributions(exposures: Exposures, holdings: Exposures, weights: Array) -> Array:
    """Each holding's share of the portfolio's variance, (N,), on the days and with the weights of the estimator."""
    if not exposures.fits.variance[0] > 0:
        return np.full(len(weights), np.nan)
    sample = holdings.sample
    rows = np.flatnonzero(np.isfinite(exposures.sample.returns[:, 0]))
    days = np.ones(len(rows)) if sample.weights is None else sample.weights[rows]
    returns, whole = sample.returns[rows], exposures.sample.returns[rows, 0]
    deviations = whole - (days @ whole) / days.sum()
    covariances = (days * deviations) @ (returns - (days @ returns) / days.sum())
    shares: Array = weights * covariances / ((days * deviations) @ deviations)
    return shares
