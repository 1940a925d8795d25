"""Portfolio algebra: one worked by hand, and sums that must close whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.basis import Basis
from factorcli.engine.estimators import Estimator
from factorcli.engine.exposures import estimate
from factorcli.engine.portfolio import portfolio, portfolio_returns, portfolio_value
from tests.oracles import planted_market, same_digits

pytestmark = pytest.mark.engine

TRADED_STYLES = np.array([False, True, True, True, False])
BASES = [Basis("raw"), Basis("spread", 0, TRADED_STYLES), Basis("residual", 0, TRADED_STYLES)]
ESTIMATORS = [Estimator(), Estimator("ewma", 40.0), Estimator("dimson")]


def test_three_stocks_by_hand():
    """Half in A, a quarter in B, a tenth short C, the rest cash; four days of a market of ±1 % and ±2 %.

    Market: 1, −1, 2, −2 % (mean 0, sum of squares 10). A = 1 × market, B = 2 × market + d, C = −1 × market,
    where d = 1, 1, −1, −1 % has no mean and no covariance with the market (1 − 1 − 2 + 2 = 0).
    Portfolio: (0.5 + 0.5 + 0.1) × market + 0.25 d, so β = 1.1, and its sum of squares is
    1.21 × 10 + 0.0625 × 4 = 12.35. Covariation with it: A 11, B 2 × 11 + 0.25 × 4 = 23, C −11.
    Risk: A 0.5 × 11 = 5.5, B 0.25 × 23 = 5.75, C −0.1 × −11 = 1.1, together 12.35.
    """
    market = np.array([0.01, -0.01, 0.02, -0.02])
    aside = np.array([0.01, 0.01, -0.01, -0.01])
    returns = np.column_stack([market, 2.0 * market + aside, -market])
    weights = np.array([0.5, 0.25, -0.1])
    found = portfolio(returns, market[:, None], weights)
    assert_allclose(found.cash, 0.35)
    assert_allclose(portfolio_returns(returns, weights), [0.0135, -0.0085, 0.0195, -0.0245])
    assert_allclose(found.exposures.fits.coefficients, [[0.0, 1.1]], atol=1e-15)
    assert_allclose(found.beta_contributions[:, 0], [0.5, 0.5, 0.1], rtol=1e-12)
    assert_allclose(found.risk_contributions, np.array([5.5, 5.75, 1.1]) / 12.35, rtol=1e-12)
    assert_allclose(found.exposures.fits.r_squared, 12.1 / 12.35, rtol=1e-12)


def test_the_value_of_a_portfolio_bridges_its_gaps():
    """Half in A, a quarter in B, a quarter cash: rebalanced daily, but held from the start of a gap to its end."""
    a, b = np.array([10, 11, np.nan, 13, 14, 15.0]), np.array([20, 21, 22, 24, 27, np.nan])
    closes, weights, rates = np.column_stack([a, b]), np.array([0.5, 0.25]), np.arange(1, 6) / 1000
    returns = (closes[1:] / closes[:-1] - 1) @ weights + 0.25 * rates
    day_1 = 1 + 0.5 * 0.1 + 0.25 * 0.05 + 0.25 * 0.001
    day_3 = day_1 * (1 + 0.5 * (13 / 11 - 1) + 0.25 * (24 / 21 - 1) + 0.25 * (1.002 * 1.003 - 1))
    day_4 = day_3 * (1 + 0.5 * (14 / 13 - 1) + 0.25 * (27 / 24 - 1) + 0.25 * 0.004)
    value = portfolio_value(closes, returns, weights, rates)
    assert_allclose(value, [1, day_1, np.nan, day_3, day_4, np.nan], rtol=1e-14)
    turned = portfolio_value(closes[::-1], returns[::-1], weights, rates)
    assert_array_equal(np.isnan(turned), [True, False, False, True, False, False])
    assert turned[1] == 1
    nothing = portfolio_value(np.full((4, 1), np.nan), np.full(3, np.nan), np.ones(1), np.zeros(3))
    assert_array_equal(np.isnan(nothing), [True] * 4)


@settings(deadline=None, derandomize=True, database=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from(BASES), st.sampled_from(ESTIMATORS))
def test_a_portfolios_numbers_are_the_sums_of_its_holdings(seed, count, basis, estimator):
    """On the common days α and betas are weighted sums within 1e-12, and the shares of risk sum to 1."""
    rng = np.random.default_rng(seed)
    returns, factors = planted_market(seed, 150, count)
    returns[rng.random(returns.shape) < 0.03] = np.nan
    weights = rng.normal(0.3, 0.4, count)
    found = portfolio(returns, factors, weights, basis=basis, estimator=estimator)
    whole = found.exposures.fits
    assert_allclose(found.beta_contributions.sum(axis=0), whole.coefficients[0, 1:], rtol=0, atol=1e-12)
    assert_allclose(weights @ found.holdings.fits.coefficients[:, 0], whole.coefficients[0, 0], rtol=0, atol=1e-12)
    assert_allclose(found.risk_contributions.sum(), 1.0, rtol=0, atol=1e-12)
    used = found.exposures.sample.returns[:, 0]
    assert whole.observations[0] == np.isfinite(used).sum()
    assert (found.holdings.fits.observations == whole.observations[0]).all()


def test_a_portfolio_is_fitted_like_a_ticker():
    """Its exposures are, bit for bit, the fit of its own returns, and its days are those that all holdings have."""
    returns, factors = planted_market(1, 150, 3)
    returns[:20, 0] = np.nan
    returns[[50, 60], 2] = np.nan
    weights = np.array([0.5, 0.3, 0.1])
    found = portfolio(returns, factors, weights)
    whole = portfolio_returns(returns, weights)
    assert_array_equal(np.isnan(whole), np.isnan(returns).any(axis=1))
    assert same_digits(found.exposures.fits, estimate(whole[:, None], factors).fits)


def test_cash_earns_the_rate():
    """With simple returns net of R_f, the rest of the weights in cash gives the portfolio's return net of R_f."""
    returns, factors = planted_market(2, 100, 2)
    rate = np.linspace(0.0002, 0.0003, 100)
    weights = np.array([0.6, 0.1])
    whole = returns @ weights + 0.3 * rate - rate
    found = portfolio(returns - rate[:, None], factors, weights)
    assert_allclose(found.exposures.sample.returns[:, 0], whole, atol=1e-16)
    assert_allclose(found.cash, 0.3)


def test_risk_is_the_share_of_covariance():
    """Each holding's share of risk is w·Cov(r, r_p)/Var(r_p) by numpy."""
    returns, factors = planted_market(3, 100, 3)
    weights = np.array([0.2, 0.5, 0.3])
    found = portfolio(returns, factors, weights)
    covariance = np.cov(returns, rowvar=False)
    assert_allclose(found.risk_contributions, weights * (covariance @ weights) / (weights @ covariance @ weights))


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0]])
def test_a_portfolio_that_never_moves_has_no_shares_of_risk(weights):
    """Only cash, or a long and a short of the same stock: betas of 0, and NaN for shares of nothing."""
    returns, factors = planted_market(4, 100, 1)
    found = portfolio(np.repeat(returns, 2, axis=1), factors, np.array(weights))
    assert_array_equal(found.exposures.fits.coefficients, 0.0)
    assert np.isnan(found.risk_contributions).all()


def test_holdings_without_common_days_are_not_estimated():
    """Where the holdings share too few days everything but their count is NaN."""
    returns, factors = planted_market(5, 100, 2)
    returns[:48, 0] = np.nan
    returns[50:, 1] = np.nan
    found = portfolio(returns, factors, np.array([0.5, 0.5]))
    assert found.exposures.fits.observations[0] == 2
    assert np.isnan(found.beta_contributions).all()
    assert np.isnan(found.risk_contributions).all()
