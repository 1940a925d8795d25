"""Rolling paths: every date is the fit of its window, however it was computed."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.regression.rolling import RollingOLS

from factorcli.engine.basis import Basis
from factorcli.engine.regression import cross_section
from factorcli.engine.rolling import rolling
from tests.oracles import design_matrix, planted_market

pytestmark = pytest.mark.engine

DAYS, WINDOW = 260, 60
BASES = [Basis("raw"), Basis("spread", 0, np.array([False, True, True, True, False])), Basis("residual")]
RAW = BASES[0]


def with_gaps(returns):
    """The returns with a late start, a suspension, scattered gaps and an empty column in columns 0 to 3."""
    out = returns.copy()
    out[:90, 0] = np.nan
    out[120:150, 1] = np.nan
    out[np.random.default_rng(0).random(len(out)) < 0.15, 2] = np.nan
    out[:, 3] = np.nan
    return out


def assert_equals_single_fits(returns, factors, window, basis=RAW, min_observations=None):
    """Every date of the path is the `cross_section` of its window, to 1e-9 of the value and its standard error."""
    path = rolling(returns, factors, window, min_observations=min_observations, basis=basis)
    assert path.alpha.shape == path.r_squared.shape == (len(returns) - window + 1, returns.shape[1])
    assert path.betas.shape == (*path.alpha.shape, factors.shape[1])
    enough = window if min_observations is None else min_observations
    for date in range(len(path.alpha)):
        days = slice(date, date + window)
        single = cross_section(returns[days], factors[days], "nonrobust", min_observations=enough, basis=basis)
        got = np.concatenate([path.alpha[date][:, None], path.betas[date]], axis=1)
        fitted = np.isfinite(single.r_squared)
        assert_array_equal(np.isfinite(got).all(axis=1), fitted, err_msg=f"date {date}")
        assert_array_equal(np.isnan(path.r_squared[date]), ~fitted, err_msg=f"date {date}")
        # Two exact algorithms may differ by what the condition number leaves of 16 digits.
        digits = 1e-9 + 10 * np.finfo(float).eps * single.condition_number[fitted, None]
        allowed = digits * (np.abs(single.coefficients) + single.std_errors)[fitted]
        errors = np.abs(got - single.coefficients)[fitted]
        assert (errors <= allowed).all(), f"date {date}: errors {errors}, allowed {allowed}"
        misfits = np.abs(path.r_squared[date] - single.r_squared)[fitted]
        assert (misfits <= digits[:, 0] * single.r_squared[fitted]).all(), f"date {date}: R² is off by {misfits}"
    return path


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_every_date_is_the_fit_of_its_window(basis):
    """On complete data α, betas and R² of each date are those of a single fit, in each basis."""
    returns, factors = planted_market(1, DAYS, 3)
    path = assert_equals_single_fits(returns, factors, WINDOW, basis)
    assert np.isfinite(path.betas).all()


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
@pytest.mark.parametrize("min_observations", [None, 48, 20])
def test_missing_returns_leave_the_same_sample_as_a_single_fit(basis, min_observations):
    """With returns missing, each date has the sample, the numbers and the nulls of a single fit."""
    returns, factors = planted_market(2, DAYS, 5)
    path = assert_equals_single_fits(with_gaps(returns), factors, WINDOW, basis, min_observations)
    assert np.isfinite(path.betas[:, 4]).all()
    assert np.isnan(path.betas[:, 3]).all()


def test_windows_with_too_few_returns_are_null():
    """A window has values exactly where it holds the minimum of observations, which defaults to all of it."""
    returns, factors = planted_market(3, DAYS, 2)
    returns[:100, 0] = np.nan
    held = np.array([np.isfinite(returns[date : date + WINDOW, 0]).sum() for date in range(DAYS - WINDOW + 1)])
    assert {0, 47, 48, 59, 60} <= set(held.tolist())
    for minimum, needed in ((48, 48), (None, WINDOW), (0, 7)):
        path = rolling(returns, factors, WINDOW, min_observations=minimum)
        for values in (path.alpha[:, 0], path.betas[:, 0, 0], path.r_squared[:, 0]):
            assert_array_equal(np.isfinite(values), held >= needed)
        assert np.isfinite(path.alpha[:, 1]).all()


@pytest.mark.parametrize("factor_count", [1, 2, 7])
def test_any_number_of_factors_rolls(factor_count):
    """The path is right for one factor and for more than the model's five."""
    returns, factors = planted_market(4, 140, 2, factor_count)
    assert_equals_single_fits(returns, factors, 40)


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
@pytest.mark.parametrize("closeness", [1e-1, 1e-2, 1e-3, 1e-5, 1e-8, 1e-11])
def test_windows_with_nearly_collinear_factors_keep_their_digits(closeness, basis):
    """Where a factor all but repeats another for a while, no date loses digits to the sliding sums."""
    returns, factors = planted_market(5, DAYS, 3)
    factors[90:180, 2] = factors[90:180, 1] + closeness * factors[90:180, 2]
    returns[100:110, 1] = np.nan
    assert_equals_single_fits(returns, factors, WINDOW, basis, 48)


@pytest.mark.parametrize("movement", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8])
def test_windows_with_a_nearly_constant_factor_keep_their_digits(movement):
    """Where a factor hardly moves for longer than a window, its beta there is still that of a single fit."""
    returns, factors = planted_market(6, DAYS, 3)
    factors[90:180, 2] = 0.001 + movement * factors[90:180, 2]
    returns[100:110, 1] = np.nan
    assert_equals_single_fits(returns, factors, WINDOW, min_observations=48)


@pytest.mark.parametrize("movement", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8])
def test_windows_with_nearly_constant_returns_keep_their_digits(movement):
    """Where a stock hardly moves for longer than a window, its betas and R² there are those of a single fit."""
    returns, factors = planted_market(7, DAYS, 3)
    returns[90:180, 0] *= movement
    assert_equals_single_fits(returns, factors, WINDOW)


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_factors_that_are_nearly_collinear_throughout_are_still_fitted(basis):
    """When no window at all is sound enough for sliding sums, the path is there nevertheless."""
    returns, factors = planted_market(8, 120, 2)
    factors[:, 2] = factors[:, 1] + 1e-5 * factors[:, 2]
    path = assert_equals_single_fits(returns, factors, WINDOW, basis)
    assert np.isfinite(path.betas).all()


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
@pytest.mark.parametrize("replace", ["another style", "the market", "zero", "constant"])
def test_windows_with_dependent_factors_are_null(replace, basis):
    """Windows inside which a factor repeats another or stands still are null; with one other day they are not."""
    returns, factors = planted_market(9, DAYS, 2)
    stuck = {"another style": factors[:, 1], "the market": factors[:, 0], "zero": 0.0 * factors[:, 1]}
    factors[90:180, 2] = stuck.get(replace, np.full(DAYS, 0.001))[90:180]
    path = rolling(returns, factors, WINDOW, basis=basis)
    singular = np.zeros(DAYS - WINDOW + 1, dtype=bool)
    singular[90 : 180 - WINDOW + 1] = True
    for values in (path.alpha, path.r_squared, path.betas[:, :, 0], path.betas[:, :, 2]):
        assert_array_equal(np.isnan(values), np.column_stack([singular, singular]))


def test_a_shock_leaves_no_trace_in_later_windows():
    """A day on which stock and factor move by 60 % does not blur the windows that no longer hold it."""
    returns, factors = planted_market(10, DAYS, 2)
    factors[30, 4] = 0.6
    returns[30, 0] = -0.6
    assert_equals_single_fits(returns, factors, WINDOW)


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_one_window_as_long_as_the_history_is_one_fit(basis):
    """A window of exactly T days gives one date, the single fit of all of them."""
    returns, factors = planted_market(11, WINDOW, 3)
    returns[5, 1] = np.nan
    path = assert_equals_single_fits(returns, factors, WINDOW, basis, 48)
    assert path.alpha.shape == (1, 3)
    assert np.isfinite(path.alpha).all()


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
@pytest.mark.parametrize("level", [0.0, -0.000257936507936508])
def test_constant_returns_have_no_exposure(level, basis):
    """A stock that never moves has betas and R² of exactly 0, and α is its level."""
    _, factors = planted_market(12, DAYS, 1)
    path = rolling(np.full((DAYS, 1), level), factors, WINDOW, basis=basis)
    assert_array_equal(path.betas, 0.0)
    assert_array_equal(path.r_squared, 0.0)
    assert_allclose(path.alpha, level, rtol=1e-12)


def test_a_suspended_stock_has_no_exposure_while_it_stands_still():
    """Windows in which the return never changes have betas and R² of exactly 0, whatever came before."""
    returns, factors = planted_market(13, DAYS, 2)
    returns[90:180, 0] = -0.000257936507936508
    path = rolling(returns, factors, WINDOW)
    still = slice(90, 180 - WINDOW + 1)
    assert_array_equal(path.betas[still, 0], 0.0)
    assert_array_equal(path.r_squared[still, 0], 0.0)
    assert_allclose(path.alpha[still, 0], -0.000257936507936508, rtol=1e-10)
    assert_equals_single_fits(returns, factors, WINDOW)


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_a_tickers_path_does_not_depend_on_its_company(basis):
    """Alone, in any company and in any order, every number of a path is the same to the last bit."""
    returns, factors = planted_market(14, DAYS, 150)
    factors[90:180, 2] = factors[90:180, 1] + 1e-7 * factors[90:180, 2]
    returns[:, 70:75] = with_gaps(returns[:, 70:75])
    returns[:, 100] = 0.0
    names = ("alpha", "betas", "r_squared")
    together = rolling(returns, factors, WINDOW, min_observations=48, basis=basis)
    order = np.random.default_rng(1).permutation(150)
    groups = [[ticker] for ticker in (0, 31, 32, 63, 64, 70, 71, 72, 73, 74, 100, 149)]
    for tickers in [*groups, [149, 72, 3], order]:
        path = rolling(returns[:, tickers], factors, WINDOW, min_observations=48, basis=basis)
        for name in names:
            expected = getattr(together, name)[:, tickers]
            assert np.array_equal(getattr(path, name), expected, equal_nan=True), (name, tickers)


@pytest.mark.parametrize("window", [61, 1000])
def test_a_window_longer_than_the_history_is_refused(window):
    """A window that the days cannot hold is an error with both numbers."""
    returns, factors = planted_market(15, 60, 1)
    with pytest.raises(ValueError, match=f"60 days hold no window of {window}"):
        rolling(returns, factors, window)


def test_inputs_are_left_as_they_were():
    """A rolling fit, in any basis, does not write into the arrays it was given."""
    returns, factors = planted_market(16, DAYS, 4)
    returns = with_gaps(returns)
    kept = returns.copy(), factors.copy()
    for basis in BASES:
        rolling(returns, factors, WINDOW, min_observations=30, basis=basis)
    assert_array_equal(returns, kept[0])
    assert_array_equal(factors, kept[1])


@pytest.mark.parametrize("window", [30, 126])
def test_paths_equal_those_of_statsmodels(window):
    """On complete data α, betas and R² agree with statsmodels' RollingOLS on every date."""
    returns, factors = planted_market(17, DAYS, 2)
    path = rolling(returns, factors, window)
    for ticker in range(2):
        oracle = RollingOLS(returns[:, ticker], design_matrix(factors), window=window).fit(reset=1)
        assert_allclose(path.alpha[:, ticker], oracle.params[window - 1 :, 0], rtol=1e-9, atol=1e-13)
        assert_allclose(path.betas[:, ticker], oracle.params[window - 1 :, 1:], rtol=1e-9, atol=1e-11)
        assert_allclose(path.r_squared[:, ticker], oracle.rsquared[window - 1 :], rtol=1e-9)
