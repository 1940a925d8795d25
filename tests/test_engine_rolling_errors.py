"""Errors along a rolling path: at every date those of the window's own fit, and intervals that cover the truth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.basis import Basis
from factorcli.engine.inference import newey_west_lags, t_inference
from factorcli.engine.regression import cross_section
from factorcli.engine.rolling import rolling
from factorcli.engine.rolling_errors import rolling_errors
from tests.oracles import planted_market, statsmodels_ols

pytestmark = pytest.mark.engine

DAYS, WINDOW = 260, 60
BASES = [Basis("raw"), Basis("spread", 0, np.array([False, True, True, True, False])), Basis("residual")]
RAW = BASES[0]
COVARIANCES = ["nonrobust", "hc1", "hac"]


def with_gaps(returns):
    """The returns with a late start, a suspension, scattered gaps and an empty column in columns 0 to 3."""
    out = returns.copy()
    out[:90, 0] = np.nan
    out[120:150, 1] = np.nan
    out[np.random.default_rng(0).random(len(out)) < 0.15, 2] = np.nan
    out[:, 3] = np.nan
    return out


def assert_errors_of_single_fits(returns, factors, covariance="hac", basis=RAW, window=WINDOW, least=None):
    """Every date has the counts, the residual volatility and the errors of `cross_section`, to 1e-8."""
    errors = rolling_errors(returns, factors, window, covariance, min_observations=least, basis=basis)
    for date in range(len(returns) - window + 1):
        days = slice(date, date + window)
        needed = window if least is None else least
        single = cross_section(returns[days], factors[days], covariance, min_observations=needed, basis=basis)
        digits = {"rtol": 1e-8, "atol": 1e-18, "err_msg": f"date {date}"}
        assert_allclose(errors.std_errors[date], single.std_errors, **digits)
        assert_allclose(errors.residual_volatility[date], single.residual_volatility, **digits)
        assert_array_equal(errors.observations[date], single.observations)
    return errors


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_every_date_has_the_errors_of_its_window(covariance, basis):
    """With returns missing in every way, each date has the errors of a single fit, by each covariance and basis."""
    returns, factors = planted_market(1, DAYS, 5)
    assert_errors_of_single_fits(with_gaps(returns), factors, covariance, basis, least=30)


def test_lags_change_inside_a_path_with_its_observations():
    """Where gaps take n across 100, one path has three and four lags, each with the errors of its own fit."""
    returns, factors = planted_market(2, DAYS, 2)
    returns[40:60, 0] = np.nan
    errors = assert_errors_of_single_fits(returns, factors, window=110, least=60)
    lags = np.vectorize(newey_west_lags)(errors.observations)
    assert_array_equal(np.unique(lags[:, 0]), [3, 4])
    assert_array_equal(np.unique(lags[:, 1]), [4])


@pytest.mark.parametrize("factor_count", [1, 2, 7])
def test_any_number_of_factors_has_errors(factor_count):
    """One factor, and more than the model's five, have the errors of single fits."""
    returns, factors = planted_market(3, 140, 2, factor_count)
    assert_errors_of_single_fits(returns, factors, window=40)


def test_errors_and_intervals_equal_those_of_statsmodels():
    """At some dates of a path with gaps, errors and 95 % intervals are those of statsmodels' HAC fit."""
    returns, factors = planted_market(4, DAYS, 5)
    returns = with_gaps(returns)
    errors = rolling_errors(returns, factors, WINDOW, min_observations=30)
    low, high = errors.intervals()
    for date in (0, 57, 100, 200):
        for ticker in (1, 2, 4):
            oracle = statsmodels_ols(returns[date : date + WINDOW, ticker], factors[date : date + WINDOW], "hac")
            assert_allclose(errors.std_errors[date, ticker], oracle.bse, rtol=1e-8)
            assert_allclose(low[date, ticker], oracle.conf_int()[:, 0], rtol=1e-8)
            assert_allclose(high[date, ticker], oracle.conf_int()[:, 1], rtol=1e-8)


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_the_path_is_that_without_errors(basis):
    """α, betas and R² are, bit for bit, those of `rolling`, and intervals are null where they are."""
    returns, factors = planted_market(5, DAYS, 5)
    returns = with_gaps(returns)
    errors = rolling_errors(returns, factors, WINDOW, min_observations=40, basis=basis)
    path = rolling(returns, factors, WINDOW, min_observations=40, basis=basis)
    for name in ("alpha", "betas", "r_squared"):
        assert np.array_equal(getattr(errors.path, name), getattr(path, name), equal_nan=True)
    for bound in errors.intervals():
        assert_array_equal(np.isnan(bound), np.isnan(errors.coefficients))


def test_intervals_of_a_path_are_those_of_a_single_fit():
    """The last date's intervals are those that `t_inference` gives for the window."""
    returns, factors = planted_market(6, 100, 3)
    low, high = rolling_errors(returns, factors, WINDOW).intervals()
    last = cross_section(returns[-WINDOW:], factors[-WINDOW:])
    single = t_inference(last.coefficients, last.std_errors, last.degrees_of_freedom)
    assert_allclose(low[-1], single.ci_low, rtol=1e-9)
    assert_allclose(high[-1], single.ci_high, rtol=1e-9)


@pytest.mark.parametrize("movement", [1e-2, 1e-5, 1e-8])
def test_windows_that_sliding_sums_cannot_fit_have_their_errors(movement):
    """Collinear factors, a stock that hardly moves, and one that is its factor: errors are still the single fit's."""
    returns, factors = planted_market(7, DAYS, 3)
    factors[90:180, 2] = factors[90:180, 1] + movement * factors[90:180, 2]
    returns[60:150, 0] *= movement
    returns[:, 1] = factors[:, 0] + movement * returns[:, 1]
    errors = rolling_errors(returns, factors, WINDOW)
    for date in range(DAYS - WINDOW + 1):
        days = slice(date, date + WINDOW)
        single = cross_section(returns[days], factors[days])
        digits = 1e-8 + 10 * np.finfo(float).eps * single.condition_number[0] / movement
        assert_allclose(errors.std_errors[date], single.std_errors, rtol=digits)


def test_stocks_that_never_move_and_factors_that_stand_still():
    """A constant return has errors of 0; a window with a dependent factor has none, and raises no warning."""
    returns, factors = planted_market(8, DAYS, 2)
    returns[:, 0] = 0.001
    factors[90:180, 2] = 0.0
    for basis in BASES:
        errors = rolling_errors(returns, factors, WINDOW, basis=basis)
        singular = slice(90, 180 - WINDOW + 1)
        assert np.isnan(errors.std_errors[singular]).all()
        assert np.isnan(errors.residual_volatility[singular]).all()
        assert_array_equal(errors.std_errors[:80, 0], 0.0)
        assert np.isfinite(errors.std_errors[:80, 1]).all()


def test_a_tickers_errors_do_not_depend_on_its_company():
    """Alone, in any company and in any order, every error of a path is the same to the last bit."""
    returns, factors = planted_market(9, 120, 70)
    returns[:, 40:44] = with_gaps(planted_market(9, DAYS, 4)[0])[60:180]
    together = rolling_errors(returns, factors, WINDOW, min_observations=48)
    for tickers in ([0], [31], [33], [41], [69], [69, 42, 3], np.random.default_rng(1).permutation(70)):
        some = rolling_errors(returns[:, tickers], factors, WINDOW, min_observations=48)
        for name in ("residual_volatility", "std_errors"):
            assert np.array_equal(getattr(some, name), getattr(together, name)[:, tickers], equal_nan=True)


@pytest.mark.slow
@pytest.mark.parametrize("window", [252, 504])
def test_hac_intervals_cover_the_truth(window):
    """With homoskedastic normal errors, 92 to 97 % of the intervals of α and of each beta hold the planted value.

    600 stocks with planted betas on one market of five factors, every one with independent errors; three
    windows that do not overlap: 1,800 intervals a coefficient (simulation error 0.6 %).
    """
    stocks, windows = 600, 3
    _, factors = planted_market(10, window * windows, 1)
    rng = np.random.default_rng(11)
    planted = np.vstack([rng.normal(0.0, 0.0005, stocks), rng.normal(0.3, 0.5, (5, stocks))])
    returns = planted[0] + factors @ planted[1:] + rng.normal(0.0, 0.015, (len(factors), stocks))
    covered = np.zeros(6)
    for start in range(0, len(factors), window):
        days = slice(start, start + window)
        low, high = rolling_errors(returns[days], factors[days], window).intervals()
        covered += ((low[0] <= planted.T) & (high[0] >= planted.T)).sum(axis=0)
    coverage = covered / (stocks * windows)
    assert ((coverage > 0.92) & (coverage < 0.97)).all(), coverage
