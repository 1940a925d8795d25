"""Portfolio algebra: one worked by hand, and sums that must close whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.basis import Basis
from factorcli.engine.estimators import Estimator, sample
from factorcli.engine.exposures import betas, estimate
from factorcli.engine.portfolio import holding_risk, portfolio_returns, portfolio_value, shortfall_parts
from factorcli.engine.tail_risk import historical_risk
from tests.oracles import planted_market

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
    whole = portfolio_returns(returns, weights)
    assert_allclose(whole, [0.0135, -0.0085, 0.0195, -0.0245])
    fits = estimate(whole[:, None], market[:, None]).fits
    assert_allclose(fits.coefficients, [[0.0, 1.1]], atol=1e-15)
    assert_allclose(fits.r_squared, 12.1 / 12.35, rtol=1e-12)
    assert_allclose(weights * betas(sample(returns, market[:, None], Basis()))[:, 0], [0.5, 0.5, 0.1], rtol=1e-12)
    risk = holding_risk(returns, weights)
    unit = 0.01 / np.sqrt(3)  # of the square root of a sum of squares in %, as a deviation with n − 1 = 3
    assert_allclose(risk.shares, np.array([5.5, 5.75, 1.1]) / 12.35, rtol=1e-12)
    assert_allclose(risk.component, np.array([5.5, 5.75, 1.1]) / np.sqrt(12.35) * unit, rtol=1e-12)
    assert_allclose(risk.marginal, np.array([11, 23, -11]) / np.sqrt(12.35) * unit, rtol=1e-12)
    # The rest: without A 0.6 m + 0.25 d, without B 0.6 m, without C 1.0 m + 0.25 d.
    rest = np.sqrt([0.36 * 10 + 0.25, 0.36 * 10, 10 + 0.25])
    assert_allclose(risk.incremental, (np.sqrt(12.35) - rest) * unit, rtol=1e-12)
    alone = np.sqrt([10, 44, 10])
    assert_allclose(risk.diversification, np.abs(weights) @ alone / np.sqrt(12.35), rtol=1e-12)
    # Worst two days, of −2.45 % and −0.85 %: A −2 and −1, B −5 and −1, C 2 and 1 %.
    assert_allclose(shortfall_parts(returns, weights, 0.0085), [0.0075, 0.0075, 0.0015], rtol=1e-12)


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
    """On the common days betas are weighted sums within 1e-12, parts of the risk and of the losses sum to it."""
    rng = np.random.default_rng(seed)
    returns, factors = planted_market(seed, 150, count)
    returns[rng.random(returns.shape) < 0.03] = np.nan
    weights = rng.normal(0.3, 0.4, count)
    whole = portfolio_returns(returns, weights)
    fits = estimate(whole[:, None], factors, basis=basis, estimator=estimator).fits
    common = np.where(np.isfinite(whole)[:, None], returns, np.nan)
    own = sample(common, factors, basis, estimator)
    assert_allclose(weights @ betas(own), fits.coefficients[0, 1:], rtol=0, atol=1e-12)
    days = np.isfinite(own.returns).all(axis=1)
    risk = holding_risk(returns[days], weights, None if own.weights is None else own.weights[days])
    volatility = np.sqrt(fits.variance[0])
    assert_allclose(risk.component.sum(), volatility, rtol=0, atol=1e-12)
    assert_allclose(risk.shares.sum(), 1.0, rtol=0, atol=1e-12)
    assert_allclose(risk.component, weights * risk.marginal, rtol=0, atol=1e-12)
    value_at_risk, shortfall, _, worse = historical_risk(whole)
    assert_allclose(shortfall_parts(returns, weights, value_at_risk).sum(), shortfall, rtol=0, atol=1e-12)
    assert worse == (whole <= -value_at_risk).sum()
    if count == 1:
        assert_allclose(risk.incremental, volatility, rtol=0, atol=1e-12)
        assert_allclose(risk.diversification, 1.0, rtol=1e-12)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_betas_without_errors_are_those_of_the_fit(basis, estimator):
    """To the last bit, with days of each stock's own; NaN for one with too few."""
    returns, factors = planted_market(1, 150, 4)
    returns[:20, 0] = returns[[50, 60], 2] = np.nan
    returns[5:, 3] = np.nan
    full = estimate(returns, factors, basis=basis, min_observations=30, estimator=estimator)
    assert_array_equal(betas(full.sample, 30), full.fits.coefficients[:, 1:])
    assert_array_equal(betas(full.sample.market(), 30)[:, 0], full.market.coefficients[:, 1])
    assert np.isnan(betas(full.sample, 30)[3]).all()


def test_cash_earns_the_rate():
    """With simple returns net of R_f, the rest of the weights in cash gives the portfolio's return net of R_f."""
    returns, _ = planted_market(2, 100, 2)
    rate = np.linspace(0.0002, 0.0003, 100)
    weights = np.array([0.6, 0.1])
    whole = returns @ weights + 0.3 * rate - rate
    assert_allclose(portfolio_returns(returns - rate[:, None], weights), whole, atol=1e-16)


def test_risk_is_the_share_of_covariance():
    """Each holding's parts by numpy, of days of equal weight and of exponential ones."""
    returns, _ = planted_market(3, 100, 3)
    weights, fade = np.array([0.2, 0.5, -0.3]), 0.5 ** (np.arange(99, -1, -1) / 20)
    for days in (None, fade):
        found = holding_risk(returns, weights, days)
        n, total = (100, 100) if days is None else (100, fade.sum())
        scale = n / (n - 1) / total  # the variance of a weighted fit counts n/(n − 1)
        each = np.ones(100) if days is None else fade
        centred = returns - each @ returns / total
        covariance = (centred * each[:, None]).T @ centred * scale
        volatility = np.sqrt(weights @ covariance @ weights)
        assert_allclose(found.shares, weights * (covariance @ weights) / volatility**2)
        assert_allclose(found.marginal, covariance @ weights / volatility)
        others = [np.where(np.arange(3) == k, 0, weights) for k in range(3)]
        assert_allclose(found.incremental, [volatility - np.sqrt(w @ covariance @ w) for w in others])
        assert_allclose(found.diversification, np.abs(weights) @ np.sqrt(np.diag(covariance)) / volatility)


def test_marginal_risk_is_the_slope_of_the_volatility():
    """A hundredth of a point more weight, paid from cash, moves the volatility by as much."""
    returns, _ = planted_market(6, 100, 3)
    weights, step = np.array([0.2, 0.5, -0.3]), 1e-6
    volatility = returns @ weights
    for k, marginal in enumerate(holding_risk(returns, weights).marginal):
        more = returns @ (weights + step * (np.arange(3) == k))
        assert_allclose((more.std(ddof=1) - volatility.std(ddof=1)) / step, marginal, rtol=1e-3)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0]])
def test_a_portfolio_that_never_moves_has_no_parts_of_risk(weights):
    """Only cash, or a long and a short of the same stock: NaN for shares of nothing."""
    returns, _ = planted_market(4, 100, 1)
    found = holding_risk(np.repeat(returns, 2, axis=1), np.array(weights))
    for parts in (found.shares, found.component, found.marginal, found.incremental, found.diversification):
        assert np.isnan(parts).all()
