"""Up and down betas against statsmodels and planted ones."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.asymmetry import asymmetry, down_betas
from factorcli.engine.basis import Basis
from factorcli.engine.estimators import OLS, Estimator, exponential_weights, sample
from tests.oracles import design_matrix, planted_market, statsmodels_ols

pytestmark = pytest.mark.engine

DAYS = 252
ESTIMATORS = [OLS, Estimator("ewma", 40.0), Estimator("dimson")]
COMBINATIONS = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 1.0]])


def market_with_gaps(seed):
    """Three tickers: a complete one, one that starts late, and one with scattered gaps."""
    returns, factors = planted_market(seed, DAYS, 3)
    returns[:40, 1] = np.nan
    returns[np.random.default_rng(seed).random(DAYS) < 0.1, 2] = np.nan
    return returns, factors


def split(market):
    """The market's returns by sign, (T, 2)."""
    return np.column_stack([np.maximum(market, 0.0), np.minimum(market, 0.0)])


@pytest.mark.parametrize("covariance", ["nonrobust", "hc1", "hac"])
@pytest.mark.parametrize("market", [0, 3])
def test_up_and_down_betas_are_those_of_statsmodels(covariance, market):
    """Both, their difference, and the errors of all three by each covariance, on the ticker's own days."""
    returns, factors = market_with_gaps(1)
    found = asymmetry(sample(returns, factors, Basis(market=market)), covariance)
    for ticker in range(3):
        oracle = statsmodels_ols(returns[:, ticker], split(factors[:, market]), covariance).t_test(COMBINATIONS)
        assert_allclose(found.coefficients[ticker], oracle.effect, rtol=1e-9)
        assert_allclose(found.std_errors[ticker], np.ravel(oracle.sd), rtol=1e-9)
        assert found.degrees_of_freedom[ticker] == oracle.df_denom == np.isfinite(returns[:, ticker]).sum() - 3


@pytest.mark.parametrize("covariance", ["nonrobust", "hc1"])
def test_weighted_up_and_down_betas_are_those_of_weighted_least_squares(covariance):
    """By statsmodels' WLS; the degrees of freedom are those of the effective observations."""
    returns, factors = market_with_gaps(2)
    found = asymmetry(sample(returns, factors, Basis(), ESTIMATORS[1]), covariance)
    weights = exponential_weights(DAYS, 40.0)
    for ticker in range(3):
        rows = np.isfinite(returns[:, ticker])
        model = sm.WLS(returns[rows, ticker], design_matrix(split(factors[rows, 0])), weights=weights[rows])
        fit = model.fit(use_t=True) if covariance == "nonrobust" else model.fit(cov_type="HC1", use_t=True)
        oracle = fit.t_test(COMBINATIONS)
        assert_allclose(found.coefficients[ticker], oracle.effect, rtol=1e-9)
        assert_allclose(found.std_errors[ticker], np.ravel(oracle.sd), rtol=1e-9)
        effective = weights[rows].sum() ** 2 / (weights[rows] ** 2).sum()
        assert_allclose(found.degrees_of_freedom[ticker], effective - 3, rtol=1e-12)


def test_dimsons_up_and_down_betas_keep_the_timing_columns():
    """The market of the day before and of the day after stay beside them, less that of the day."""
    returns, factors = market_with_gaps(3)
    found = asymmetry(sample(returns, factors, Basis(), Estimator("dimson")), "nonrobust")
    market = factors[:, 0]
    columns = np.column_stack([split(market[1:-1]), market[:-2] - market[1:-1], market[2:] - market[1:-1]])
    for ticker in range(3):
        combinations = np.hstack([COMBINATIONS, np.zeros((3, 2))])
        oracle = statsmodels_ols(returns[1:-1, ticker], columns, "nonrobust").t_test(combinations)
        assert_allclose(found.coefficients[ticker], oracle.effect, rtol=1e-9)
        assert_allclose(found.std_errors[ticker], np.ravel(oracle.sd), rtol=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: one.name)
def test_the_down_beta_alone_is_the_same_number(estimator):
    """To the last bit, for each ticker alone and among others."""
    returns, factors = market_with_gaps(4)
    whole = sample(returns, factors, Basis(), estimator)
    alone = [down_betas(sample(returns[:, [k]], factors, Basis(), estimator))[0] for k in range(3)]
    assert_array_equal(down_betas(whole), asymmetry(whole).coefficients[:, 1])
    assert_array_equal(down_betas(whole), alone)


def test_planted_up_and_down_betas_are_recovered():
    """0.8 on rising days and 1.3 on falling ones give these back, and 0.5 as their difference, without error."""
    _, factors = planted_market(5, DAYS, 1)
    up, down = split(factors[:, 0]).T
    found = asymmetry(sample((0.0003 + 0.8 * up + 1.3 * down)[:, None], factors, Basis()))
    assert_allclose(found.coefficients[0], [0.8, 1.3, 0.5], atol=1e-12)
    assert_allclose(found.std_errors[0], 0.0, atol=1e-12)


def test_a_market_that_only_rises_has_no_down_beta():
    """Nor an up beta, as the intercept takes part; neither has a ticker with too few returns."""
    returns, factors = market_with_gaps(6)
    rising = sample(returns, np.abs(factors), Basis())
    assert np.isnan(asymmetry(rising).coefficients).all()
    assert np.isnan(down_betas(rising)).all()
    few = sample(returns, factors, Basis())
    assert_array_equal(np.isnan(asymmetry(few, "hac", 220).std_errors[:, 2]), [False, True, False])
    assert_array_equal(np.isnan(down_betas(few, 220)), [False, True, False])
