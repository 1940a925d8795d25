"""Estimates of a window's tickers: the model, the one-factor model, variance shares and tests."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.design import patterns, samples, slopes
from factorcli.engine.estimators import OLS, Estimator, Sample, sample
from factorcli.engine.inference import Covariance, Inference, t_inference
from factorcli.engine.regression import Fits, cross_section
from factorcli.engine.variance import lmg_problem, shapley_shares, shares_from_moments


@dataclass(frozen=True)
class Exposures:
    """Fits of N tickers on K factors and, on the same observations, on the market alone.

    `whole` has every column of the sample; `fits` the model's factors, for any estimator. Further statistics
    are computed from `sample`: see attribution, bootstrap, diagnostics and wald.
    """

    sample: Sample
    whole: Fits
    market: Fits

    def of(self, tickers: Ints) -> "Exposures":
        """The exposures of some tickers, by position, in this order."""
        sample = replace(self.sample, returns=self.sample.returns[:, tickers])
        return Exposures(sample, self.whole.of(tickers), self.market.of(tickers))

    def joined(self, other: "Exposures") -> "Exposures":
        """The exposures of these tickers and, behind them, of others on the same columns."""
        returns = np.column_stack([self.sample.returns, other.sample.returns])
        sample = replace(self.sample, returns=returns)
        return Exposures(sample, self.whole.joined(other.whole), self.market.joined(other.market))

    @cached_property
    def fits(self) -> Fits:
        """The model's fits; with `dimson` the market's beta is the sum of the three."""
        return self.whole.of_factors(self.sample.factors)

    @cached_property
    def inference(self) -> Inference:
        """Tests of the model's coefficients, (N, K + 1)."""
        return _tested(self.fits)

    @cached_property
    def market_inference(self) -> Inference:
        """Tests of the market model's coefficients, (N, 2)."""
        return _tested(self.market)

    @property
    def dimson_betas(self) -> Array | None:
        """Betas on the market of the day before, the day and the day after, (N, 3); with `dimson` only."""
        if not self.sample.basis.timing:
            return None
        total = self.fits.coefficients[:, 1 + self.sample.basis.market]
        before, after = self.whole.coefficients[:, -2], self.whole.coefficients[:, -1]
        return np.column_stack([before, total - before - after, after])

    @cached_property
    def standalone_volatility(self) -> Array:
        """Standard deviation (ddof 1) of each factor's part of the returns over a ticker's days, (N, K).

        |β_k| sd(f_k), and with `dimson` sd(Σ_j β_j m_{t+j}) for the market, as its sum of betas moves no single return.
        """
        volatility = np.abs(self.fits.coefficients[:, 1:]) * self.fits.factor_volatility
        if (betas := self.dimson_betas) is not None:
            market, columns = self.sample.basis.market, self.sample.columns
            around = columns[:, -2:] + columns[:, [market]]
            three_days = np.column_stack([around[:, 0], columns[:, market], around[:, 1]])
            for ticker in np.flatnonzero(np.isfinite(betas[:, 0])):
                used = np.isfinite(self.sample.returns[:, ticker])
                volatility[ticker, market] = (three_days[used] @ betas[ticker]).std(ddof=1)
        return volatility

    def shares(self, method: str = "euler") -> Array:
        """Shares of each ticker's variance by factor, (N, K), by `euler` or `lmg`; they sum to R²."""
        of_columns = variance_shares(
            self.whole, self.sample.returns, self.sample.columns, self.sample.basis, method, self.sample.weights
        )
        return self.sample.of_model(of_columns)


def estimate(
    returns: Array,
    factors: Array,
    covariance: Covariance = "hac",
    basis: Basis = RAW,
    min_observations: int = 0,
    estimator: Estimator = OLS,
    before: Array | None = None,
) -> Exposures:
    """Fit excess returns (T, N) on factors (T, K), and on the market column alone; before (K,) as in `sample`."""
    model = sample(returns, factors, basis, estimator, before)
    fits, market = (
        cross_section(
            one.returns,
            one.columns,
            covariance,
            min_observations=min_observations,
            basis=one.basis,
            weights=one.weights,
        )
        for one in (model, model.market())
    )
    return Exposures(model, fits, market.of_factors(1))


def betas(sample: Sample, min_observations: int = 0) -> Array:
    """The betas (N, K) of a sample, those of `estimate` to the last bit, without their errors; NaN without a fit."""
    found = np.full((sample.returns.shape[1], sample.columns.shape[1]), np.nan)
    for design, group, y in samples(sample.returns, sample.columns, min_observations, sample.basis, sample.weights):
        if not design.dependent:
            found[group] = slopes(design, y)
    return found[:, : sample.factors]


def _tested(fits: Fits) -> Inference:
    return t_inference(fits.coefficients, fits.std_errors, fits.test_degrees)


def variance_shares(
    fits: Fits,
    returns: Array,
    factors: Array,
    basis: Basis = RAW,
    method: str = "euler",
    weights: Array | None = None,
) -> Array:
    """Shares of each ticker's variance by factor, (N, K); NaN without a fit.

    `euler` needs only the fits; `lmg` also returns (T, N), factors (T, K) and weights (T,).
    """
    if method == "euler":
        return shares_from_moments(fits.coefficients[:, 1:], fits.factor_covariances, fits.variance)
    if method != "lmg":
        raise ValueError(f"unknown method {method!r}")
    count, tickers = factors.shape[1], returns.shape[1]
    columns, response, totals = np.zeros((count, count, tickers)), np.zeros((count, tickers)), np.zeros(tickers)
    fitted = np.isfinite(fits.r_squared)
    for rows, group in patterns(np.ascontiguousarray(np.isfinite(returns).T)):
        chosen = group[fitted[group]]
        if len(chosen):
            used = None if weights is None else weights[rows]
            entering = basis.of(factors[rows], used)
            triangle, projections, squares = lmg_problem(entering, returns[np.ix_(rows, chosen)], used)
            columns[:, :, chosen], response[:, chosen], totals[chosen] = triangle[:, :, None], projections.T, squares
    shares = shapley_shares(columns, response, totals)
    shares[~fitted] = np.nan
    return shares
