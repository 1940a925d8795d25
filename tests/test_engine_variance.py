"""Shares of variance: what they must add up to, whatever the data."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.basis import Basis
from factorcli.engine.design import dependent_columns
from factorcli.engine.exposures import variance_shares
from factorcli.engine.regression import cross_section
from factorcli.engine.variance import MAX_LMG_FACTORS, shares_from_moments
from tests.oracles import design_matrix, planted_market
from tests.single import euler_shares, lmg_shares, ols

pytestmark = pytest.mark.engine

SHORTEST = 30  # days, of a window
reproducible = settings(deadline=None, derandomize=True, database=None, max_examples=60)

seeds = st.integers(0, 2**32 - 1)
factor_counts = st.integers(1, 6)
lengths = st.integers(SHORTEST, 300)
# Returns as a feed may give them: to six decimals, up to ±50 %, with repeats and zeros.
ticks = st.lists(st.integers(-500_000, 500_000), min_size=SHORTEST, max_size=60)


def r_squared_of(y, x):
    """R² of y on the columns of x and an intercept, by numpy's least squares."""
    centred = y - y.mean()
    residuals = y - design_matrix(x) @ np.linalg.lstsq(design_matrix(x), y, rcond=None)[0]
    return 1.0 - residuals @ residuals / (centred @ centred)


def euler_by_definition(y, x):
    """Beta times covariance over variance of each column, by numpy's least squares."""
    betas = np.linalg.lstsq(design_matrix(x), y, rcond=None)[0][1:]
    moments = np.cov(np.column_stack([y, x]), rowvar=False)
    return betas * moments[0, 1:] / moments[0, 0]


def shapley_by_permutations(y, x):
    """What each column adds to R² when it enters, averaged over all orderings of the columns."""
    count = x.shape[1]
    orderings = list(permutations(range(count)))
    shares = np.zeros(count)
    for ordering in orderings:
        before = 0.0
        for place, column in enumerate(ordering):
            after = r_squared_of(y, x[:, ordering[: place + 1]])
            shares[column] += (after - before) / len(orderings)
            before = after
    return shares


@reproducible
@given(seeds, lengths, factor_counts)
def test_euler_shares_and_the_idiosyncratic_one_sum_to_one(seed, days, count):
    """Shares of the factors plus the residuals' share of the variance make 1 within 1e-12."""
    returns, factors = planted_market(seed, days, 1, count)
    y = returns[:, 0]
    fits = ols(y, factors)
    shares = euler_shares(y, factors)
    residuals = y - design_matrix(factors) @ fits.coefficients[0]
    idiosyncratic = residuals.var() / y.var()
    assert abs(shares.sum() + idiosyncratic - 1.0) < 1e-12
    assert abs(shares.sum() - fits.r_squared[0]) < 1e-12


@reproducible
@given(seeds, ticks, factor_counts)
def test_euler_shares_sum_to_r_squared_for_any_returns(seed, returns, count):
    """Whatever the returns, repeats and outliers included, the shares are finite, as defined, and sum to R²."""
    y = np.array(returns) / 1e6
    _, factors = planted_market(seed, len(y), 1, count)
    shares = euler_shares(y, factors)
    assert np.isfinite(shares).all()
    assert abs(shares.sum() - ols(y, factors).r_squared[0]) < 1e-12
    if y.min() < y.max():
        assert_allclose(shares, euler_by_definition(y, factors), rtol=1e-9, atol=1e-13)


@reproducible
@given(seeds, st.sampled_from(["raw", "spread", "residual"]))
def test_shares_sum_to_r_squared_in_every_basis_and_method(seed, name):
    """The basis and the method move variance between factors; the sum stays R², with missing returns too."""
    returns, factors = planted_market(seed, 120, 3)
    returns[np.random.default_rng(seed).random(returns.shape) < 0.1] = np.nan
    basis = Basis(name, 0, np.array([False, True, True, True, False]))
    fits = cross_section(returns, factors, basis=basis)
    for method in ("euler", "lmg"):
        shares = variance_shares(fits, returns, factors, basis, method)
        assert_allclose(shares.sum(axis=1), fits.r_squared, rtol=0, atol=1e-11)


@reproducible
@given(seeds, st.integers(7, 12), st.integers(1, 5))
def test_short_samples_close_as_well(seed, days, count):
    """Down to one degree of freedom the shares are finite and sum to R²."""
    returns, factors = planted_market(seed, days, 1, count)
    fits = ols(returns[:, 0], factors)
    assume(fits.condition_number[0] < 1e4)
    for method in ("euler", "lmg"):
        shares = variance_shares(fits, returns, factors, method=method)
        assert_allclose(shares.sum(axis=1), fits.r_squared, rtol=0, atol=1e-9)


@reproducible
@given(seeds, st.floats(-17, 0))
@example(0, -16.0)
@example(0, -12.0)
@example(0, -8.0)
def test_near_collinear_factors_are_fitted_or_refused(seed, exponent):
    """As one factor approaches another, the shares keep summing to R² or the design is called singular."""
    returns, factors = planted_market(seed, 120, 1)
    factors[:, 3] = factors[:, 1] + 10.0**exponent * factors[:, 3]
    fits = ols(returns[:, 0], factors)
    if np.isinf(fits.condition_number[0]):
        assert exponent < -12
        assert dependent_columns(factors) == (2, 4)
        return
    shares = euler_shares(returns[:, 0], factors)
    assert np.isfinite(fits.std_errors).all()
    assert np.isfinite(shares).all()
    # The condition number says how many of 16 digits are left.
    assert abs(shares.sum() - fits.r_squared[0]) < 1e-12 + 1e-15 * fits.condition_number[0]


@reproducible
@given(seeds, st.floats(-12, 0))
@example(0, -8.0)
def test_lmg_shares_keep_their_promise_for_near_collinear_factors(seed, exponent):
    """LMG shares of factors that all but repeat each other are still never negative and sum to R²."""
    returns, factors = planted_market(seed, 120, 1)
    factors[:, 3] = factors[:, 1] + 10.0**exponent * factors[:, 3]
    fits = ols(returns[:, 0], factors)
    shares = lmg_shares(returns[:, 0], factors)
    assert (shares >= 0.0).all()
    assert abs(shares.sum() - fits.r_squared[0]) < 1e-9 + 1e-15 * fits.condition_number[0]


@reproducible
@given(st.integers(-400_000, 400_000), seeds, factor_counts)
def test_constant_returns_have_no_shares(level, seed, count):
    """Returns that never change have nothing to explain: every share is exactly 0 by either method."""
    y = np.full(60, level / 1e6)
    _, factors = planted_market(seed, len(y), 1, count)
    assert_array_equal(euler_shares(y, factors), 0.0)
    assert_array_equal(lmg_shares(y, factors), 0.0)


def test_a_hedge_has_a_negative_share():
    """A position against a factor that moves with the market takes variance away, and is shown signed."""
    market = np.tile([0.01, -0.01, 0.02, -0.02], 20)
    style = market + np.tile([0.004, 0.004, -0.004, -0.004], 20)
    shares = euler_shares(2.0 * market - style, np.column_stack([market, style]))
    covariance = np.cov(market, style)[0, 1]
    variance = np.var(2.0 * market - style, ddof=1)
    assert shares[1] < 0.0
    assert_allclose(shares[1], -(2.0 * covariance - np.var(style, ddof=1)) / variance, rtol=1e-12)
    assert_allclose(shares.sum(), 1.0, rtol=1e-12)


def test_shares_of_many_tickers_are_those_of_each():
    """Shares from the moments of a batch are, ticker by ticker, those from the data; zero variance gives zeros."""
    returns, factors = planted_market(3, 120, 4)
    returns[:, 2] = 0.001
    fits = cross_section(returns, factors)
    shares = shares_from_moments(fits.coefficients[:, 1:], fits.factor_covariances, fits.variance)
    for ticker in (0, 1, 3):
        assert_allclose(shares[ticker], euler_by_definition(returns[:, ticker], factors), rtol=1e-10)
    assert_array_equal(shares[2], 0.0)


@reproducible
@given(seeds, lengths, factor_counts)
def test_lmg_shares_are_never_negative_and_sum_to_r_squared(seed, days, count):
    """LMG shares of well-conditioned factors lie between 0 and R², which they sum to."""
    returns, factors = planted_market(seed, days, 1, count)
    shares = lmg_shares(returns[:, 0], factors)
    explained = r_squared_of(returns[:, 0], factors)
    assert (shares >= 0.0).all()
    assert (shares <= explained + 1e-12).all()
    assert abs(shares.sum() - explained) < 1e-11


@reproducible
@given(seeds)
def test_lmg_share_of_a_factor_that_explains_nothing_is_not_negative(seed):
    """A factor uncorrelated with everything else gains nothing: its share is 0, and not below it by rounding."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(np.column_stack([np.ones(80), rng.normal(size=(80, 6))]))[0][:, 1:]
    factors = np.column_stack([basis[:, :4] @ rng.normal(size=(4, 4)), basis[:, 4]])
    y = factors[:, :4] @ rng.normal(size=4) + basis[:, 5]
    shares = lmg_shares(y, factors)
    assert abs(shares[4]) < 1e-15
    assert (shares >= 0.0).all()


@settings(reproducible, max_examples=15)
@given(seeds, st.integers(1, 5))
def test_lmg_shares_are_the_shapley_values_of_r_squared(seed, count):
    """LMG shares equal what a factor adds to R², averaged over every ordering, found by brute force."""
    returns, factors = planted_market(seed, 60, 1, count)
    y = returns[:, 0]
    assert_allclose(lmg_shares(y, factors), shapley_by_permutations(y, factors), rtol=0, atol=1e-11)


def test_lmg_shares_of_uncorrelated_factors_are_the_euler_ones():
    """With nothing shared between factors there is nothing to average: both methods agree."""
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(80, 4))
    factors = 0.01 * np.linalg.qr(draws - draws.mean(axis=0))[0]
    y = factors @ np.array([1.0, -0.5, 0.2, 0.0]) + rng.normal(0.0, 0.001, 80)
    assert_allclose(lmg_shares(y, factors), euler_shares(y, factors), atol=1e-13)


def test_lmg_refuses_more_factors_than_it_can_enumerate():
    """Past twelve factors the exact shares are refused, with the number, instead of running for hours."""
    count = MAX_LMG_FACTORS + 1
    with pytest.raises(ValueError, match=f"{count} factors"):
        lmg_shares(np.ones(50), np.eye(50, count))


def test_tickers_without_a_fit_have_no_shares():
    """A ticker with too few returns has NaN shares by either method, and the others have theirs."""
    returns, factors = planted_market(4, 60, 3)
    returns[5:, 1] = np.nan
    fits = cross_section(returns, factors)
    for method in ("euler", "lmg"):
        shares = variance_shares(fits, returns, factors, method=method)
        assert_array_equal(np.isnan(shares).all(axis=1), [False, True, False])
        assert np.isfinite(shares[[0, 2]]).all()


def test_unknown_method_is_refused():
    """A method that does not exist is an error naming it."""
    returns, factors = planted_market(5, 60, 1)
    with pytest.raises(ValueError, match="'pratt'"):
        variance_shares(cross_section(returns, factors), returns, factors, method="pratt")


@pytest.mark.parametrize("count", [2, 9, 12])
def test_lmg_shares_do_not_depend_on_company(count):
    """Alone or among others with other missing days, by two factors or twelve, shares are the same to the last bit."""
    returns, factors = planted_market(6, 90, 7, count)
    returns[:30, 1:3] = np.nan
    returns[[4, 50], 4] = np.nan
    fits = cross_section(returns, factors)
    together = variance_shares(fits, returns, factors, method="lmg")
    assert_allclose(together.sum(axis=1), fits.r_squared, atol=1e-11)
    for ticker in range(7):
        alone = returns[:, [ticker]]
        assert_array_equal(
            variance_shares(cross_section(alone, factors), alone, factors, method="lmg")[0], together[ticker]
        )
