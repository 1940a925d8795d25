"""The joint test of the styles against statsmodels, and false discovery rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.stats.multitest import multipletests

from factorcli.analysis.false_discovery import q_values
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.estimators import Estimator, sample
from factorcli.engine.exposures import estimate
from factorcli.engine.wald import styles_test
from tests.oracles import planted_market, statsmodels_ols

pytestmark = pytest.mark.engine

DAYS = 252


def market_with_gaps(seed, factors=5):
    """Three tickers: a complete one, one that starts late, and one with scattered gaps."""
    returns, columns = planted_market(seed, DAYS, 3, factors)
    returns[:40, 1] = np.nan
    returns[np.random.default_rng(seed).random(DAYS) < 0.1, 2] = np.nan
    return returns, columns


@pytest.mark.parametrize("covariance", ["nonrobust", "hc1", "hac"])
@pytest.mark.parametrize(("factor_count", "market"), [(5, 0), (5, 3), (2, 1)])
def test_styles_test_is_the_f_test_of_statsmodels(factor_count, market, covariance):
    """Statistic, p-value and both degrees of freedom equal `wald_test(use_f=True)`, with gaps too."""
    returns, factors = market_with_gaps(1, factor_count)
    joint = styles_test(sample(returns, factors, Basis(market=market)), covariance)
    restrictions = np.eye(factor_count + 1)[[1 + k for k in range(factor_count) if k != market]]
    for ticker in range(3):
        fit = statsmodels_ols(returns[:, ticker], factors, covariance)
        oracle = fit.wald_test(restrictions, use_f=True, scalar=True)
        assert_allclose(joint.f_stat[ticker], oracle.statistic, rtol=1e-8)
        assert_allclose(joint.p_value[ticker], oracle.pvalue, rtol=1e-7)
        assert joint.numerator == oracle.df_num == factor_count - 1
        assert joint.denominator[ticker] == oracle.df_denom == fit.df_resid


@pytest.mark.parametrize("name", ["spread", "residual"])
@pytest.mark.parametrize("estimator", [Estimator(), Estimator("ewma"), Estimator("dimson")], ids=lambda one: one.name)
def test_styles_test_does_not_depend_on_the_basis(name, estimator):
    """By every estimator the statistic is that of the raw basis."""
    returns, factors = market_with_gaps(2)
    raw, other = (styles_test(sample(returns, factors, Basis(one), estimator)) for one in ("raw", name))
    assert_allclose(other.f_stat, raw.f_stat, rtol=1e-9)


def test_one_style_is_tested_like_its_t_statistic():
    """With one style F is t², and the p-values agree."""
    returns, factors = market_with_gaps(3, 2)
    joint, single = styles_test(sample(returns, factors, RAW)), estimate(returns, factors).inference
    assert_allclose(joint.f_stat, single.t_stats[:, 2] ** 2, rtol=1e-10)
    assert_allclose(joint.p_value, single.p_values[:, 2], rtol=1e-9)


def test_there_is_no_test_without_styles_or_without_a_fit():
    """A one-factor model, a constant return, a short ticker and a dependent design have NaN, without warnings."""
    returns, factors = market_with_gaps(4)
    returns[:, 0] = 0.001
    returns[5:, 1] = np.nan
    joint = styles_test(sample(returns, factors, RAW))
    assert_array_equal(np.isnan(joint.f_stat), [True, True, False])
    assert_array_equal(np.isnan(joint.p_value), [True, True, False])
    assert np.isnan(styles_test(sample(returns, factors[:, :1], RAW)).p_value).all()
    factors[:, 2] = factors[:, 1]
    assert np.isnan(styles_test(sample(returns, factors, RAW)).f_stat).all()


def test_styles_that_are_not_there_are_found_in_five_percent_of_stocks():
    """Of 2,000 stocks with only a market beta the test at 5 % rejects about that many, HAC a little more."""
    rng = np.random.default_rng(5)
    _, factors = planted_market(5, 504, 1)
    returns = factors[:, [0]] + rng.normal(0.0, 0.015, (504, 2000))
    for covariance, most in (("nonrobust", 0.065), ("hac", 0.09)):
        rejected = (styles_test(sample(returns, factors, RAW), covariance).p_value < 0.05).mean()
        assert 0.035 < rejected < most


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(st.one_of(st.floats(0.0, 1.0), st.just(float("nan"))), min_size=1, max_size=40))
def test_q_values_are_those_of_statsmodels(values):
    """Adjusted p-values equal statsmodels' `fdr_bh` on those that are there; NaN stays NaN."""
    p_values = np.array(values)
    known = np.isfinite(p_values)
    adjusted = np.array(q_values(values))
    assert_array_equal(np.isfinite(adjusted), known)
    if known.any():
        assert_allclose(adjusted[known], multipletests(p_values[known], method="fdr_bh")[1], rtol=1e-12)
