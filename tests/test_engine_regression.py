"""One window: estimates, errors and diagnostics against statsmodels, and what must not change them."""

from dataclasses import fields

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.basis import Basis
from factorcli.engine.design import Design, Solution, dependent_columns, design_of
from factorcli.engine.exposures import estimate, variance_shares
from factorcli.engine.inference import newey_west_lags, standard_errors, t_inference
from factorcli.engine.regression import Fits, cross_section
from tests.oracles import (
    chosen,
    design_matrix,
    planted_market,
    same_digits,
    statsmodels_ols,
    statsmodels_vif,
)
from tests.single import ols

pytestmark = pytest.mark.engine

COVARIANCES = ["nonrobust", "hc1", "hac"]
DAYS = 252
TRADED_STYLES = np.array([False, True, True, True, False])
BASES = [Basis("raw"), Basis("spread", 0, TRADED_STYLES), Basis("residual", 0, TRADED_STYLES)]


def missing(name):
    """Days (252,) that a ticker misses, by the name of the pattern."""
    days = np.arange(DAYS)
    return {
        "complete": np.zeros(DAYS, dtype=bool),
        "short history": days < 60,
        "delisted": days >= 200,
        "suspended": (days > 100) & (days < 130),
        "every other day": days % 2 == 1,
        "scattered": np.random.default_rng(5).random(DAYS) < 0.1,
        "seven left": days < DAYS - 7,
    }[name]


PATTERNS = ["complete", "short history", "delisted", "suspended", "every other day", "scattered", "seven left"]


def market_with(pattern, seed=1, tickers=3, factors=5):
    """A market whose first ticker misses the days of a pattern and the last one other days."""
    returns, columns = planted_market(seed, DAYS, tickers, factors)
    returns[missing(pattern), 0] = np.nan
    returns[[3, 77, 180], -1] = np.nan
    return returns, columns


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_estimates_and_their_tests_equal_those_of_statsmodels(pattern, covariance):
    """Coefficients, errors, t, p and intervals agree with statsmodels, whatever days are missing."""
    returns, factors = market_with(pattern)
    exposures = estimate(returns, factors, covariance)
    for ticker in range(returns.shape[1]):
        oracle = statsmodels_ols(returns[:, ticker], factors, covariance)
        low, high = oracle.conf_int().T
        assert_allclose(exposures.fits.coefficients[ticker], oracle.params, rtol=1e-9, atol=1e-14)
        assert_allclose(exposures.fits.std_errors[ticker], oracle.bse, rtol=1e-9)
        assert_allclose(exposures.inference.t_stats[ticker], oracle.tvalues, rtol=1e-9, atol=1e-11)
        assert_allclose(exposures.inference.p_values[ticker], oracle.pvalues, rtol=1e-8)
        assert_allclose(exposures.inference.ci_low[ticker], low, rtol=1e-9, atol=1e-13)
        assert_allclose(exposures.inference.ci_high[ticker], high, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_goodness_of_fit_equals_that_of_statsmodels(pattern):
    """R², adjusted R², residual volatility and the counts agree with statsmodels, whatever days are missing."""
    returns, factors = market_with(pattern)
    fits = cross_section(returns, factors)
    for ticker in range(returns.shape[1]):
        oracle = statsmodels_ols(returns[:, ticker], factors)
        assert fits.observations[ticker] == oracle.nobs
        assert fits.degrees_of_freedom[ticker] == oracle.df_resid
        assert fits.lags[ticker] == newey_west_lags(int(oracle.nobs))
        assert_allclose(fits.r_squared[ticker], oracle.rsquared, rtol=1e-11)
        assert_allclose(fits.adj_r_squared[ticker], oracle.rsquared_adj, rtol=1e-9)
        assert_allclose(fits.residual_volatility[ticker], np.sqrt(oracle.mse_resid), rtol=1e-10)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_moments_are_those_of_the_days_a_ticker_has(pattern):
    """Variance, factor volatilities and covariances are sample moments (ddof 1) of the ticker's own days."""
    returns, factors = market_with(pattern)
    fits = cross_section(returns, factors)
    present = np.isfinite(returns[:, 0])
    moments = np.cov(np.column_stack([returns[present, 0], factors[present]]), rowvar=False)
    assert_allclose(fits.variance[0], moments[0, 0], rtol=1e-12)
    assert_allclose(fits.factor_covariances[0], moments[0, 1:], rtol=1e-10, atol=1e-18)
    assert_allclose(fits.factor_volatility[0], np.sqrt(np.diag(moments)[1:]), rtol=1e-12)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_collinearity_diagnostics_equal_their_definitions(pattern):
    """VIF is 1/(1−R²) of auxiliary regressions; the condition number is that of the unit-norm design."""
    returns, factors = market_with(pattern)
    fits = cross_section(returns, factors)
    kept = factors[np.isfinite(returns[:, 0])]
    design = design_matrix(kept)
    unit = design / np.linalg.norm(design, axis=0)
    assert_allclose(fits.vif[0], statsmodels_vif(kept), rtol=1e-9)
    assert_allclose(fits.condition_number[0], sm.OLS(kept[:, 0], unit).fit().condition_number, rtol=1e-9)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_market_model_is_the_one_factor_regression_on_the_same_days(covariance):
    """The market model equals statsmodels on the basis' market column alone, wherever that column stands."""
    returns, factors = market_with("scattered")
    factors = factors[:, [1, 2, 0, 3, 4]]
    exposures = estimate(returns, factors, covariance, Basis("raw", market=2))
    for ticker in range(returns.shape[1]):
        oracle = statsmodels_ols(returns[:, ticker], factors[:, [2]], covariance)
        low, high = oracle.conf_int().T
        assert_allclose(exposures.market.coefficients[ticker], oracle.params, rtol=1e-10)
        assert_allclose(exposures.market.std_errors[ticker], oracle.bse, rtol=1e-10)
        assert_allclose(exposures.market.r_squared[ticker], oracle.rsquared, rtol=1e-11)
        assert_allclose(exposures.market_inference.t_stats[ticker], oracle.tvalues, rtol=1e-9)
        assert_allclose(exposures.market_inference.p_values[ticker], oracle.pvalues, rtol=1e-8)
        assert_allclose(exposures.market_inference.ci_low[ticker], low, rtol=1e-9)
        assert_allclose(exposures.market_inference.ci_high[ticker], high, rtol=1e-9)
        assert exposures.market.observations[ticker] == exposures.fits.observations[ticker]


def test_planted_betas_are_recovered_exactly_without_noise():
    """Returns built from α and betas without noise give them back, with an R² of 1."""
    _, factors = planted_market(2, DAYS, 1)
    planted = np.array([0.0003, 1.1, -0.4, 0.25, 0.0, 2.0])
    fits = ols(design_matrix(factors) @ planted, factors)
    assert_allclose(fits.coefficients[0], planted, atol=1e-12)
    assert_allclose(fits.r_squared[0], 1.0, atol=1e-14)
    assert_allclose(fits.residual_volatility[0], 0.0, atol=1e-15)


def test_infinite_returns_count_as_missing():
    """A return that is not finite is left out like a NaN, not carried into the sums."""
    returns, factors = market_with("scattered")
    infinite = np.where(np.isnan(returns), np.inf, returns)
    assert same_digits(cross_section(infinite, factors), cross_section(returns, factors))


@pytest.mark.parametrize(
    ("observations", "lags"),
    # 4(n/100)^(2/9) passes 4 at n = 100 and 5 at n = 100·1.25^4.5 = 272.96.
    [(7, 2), (30, 3), (99, 3), (100, 4), (126, 4), (252, 4), (272, 4), (273, 5), (504, 5)],
)
def test_bandwidth_follows_newey_and_west(observations, lags):
    """The automatic lags are ⌊4(n/100)^(2/9)⌋, checked against values worked out by hand."""
    assert newey_west_lags(observations) == lags


@pytest.mark.parametrize("lags", [0, 1, 9, 40])
def test_chosen_lags_replace_the_automatic_ones(lags):
    """A bandwidth given to `cross_section` is the one that is used: HAC errors equal those of statsmodels with it."""
    returns, factors = planted_market(3, 120, 1)
    oracle = sm.OLS(returns[:, 0], design_matrix(factors)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    fits = ols(returns[:, 0], factors, lags=lags)
    assert fits.lags[0] == lags
    assert_allclose(fits.std_errors[0], oracle.bse, rtol=1e-10)


def test_more_lags_than_days_use_all_days_of_the_sample():
    """A bandwidth of n or more is cut to n − 1 instead of failing."""
    returns, factors = planted_market(3, 12, 1)
    assert_allclose(
        ols(returns[:, 0], factors, lags=500).std_errors, ols(returns[:, 0], factors, lags=11).std_errors, rtol=0
    )


def test_unknown_covariance_is_refused():
    """A covariance estimator that does not exist is an error naming it, not a silent default."""
    with pytest.raises(ValueError, match="'hc9'"):
        standard_errors(Solution.of(Design.of(np.arange(5.0)[:, None]), np.eye(1, 5)), "hc9", 0)


def test_exact_fits_have_no_t_statistic():
    """Where the error is zero or missing, t and p are NaN and no warning is raised."""
    tests = t_inference(np.array([[1.0, 2.0, 3.0]]), np.array([[0.0, np.nan, 1.5]]), np.array([10]))
    assert_array_equal(np.isnan(tests.t_stats), [[True, True, False]])
    assert_array_equal(np.isnan(tests.p_values), [[True, True, False]])
    assert tests.t_stats[0, 2] == 2.0


@pytest.mark.parametrize(
    ("replace", "columns"),
    [
        (lambda f: f[:, 0], (1, 3)),
        (lambda f: -3.0 * f[:, 1], (2, 3)),
        (lambda f: f[:, 0] + f[:, 1], (1, 2, 3)),
        (lambda f: np.full(len(f), 0.001), (0, 3)),
        (lambda f: np.zeros(len(f)), (3,)),
        (lambda f: f[:, 4] + 0.01, (0, 3, 5)),
    ],
    ids=["copy", "multiple", "sum", "constant", "zero", "shifted"],
)
def test_dependent_columns_are_named(replace, columns):
    """A rank-deficient design is recognised, and exactly the columns involved are named, the intercept being 0."""
    returns, factors = planted_market(4, DAYS, 2)
    factors[:, 2] = replace(factors)
    assert np.isinf(cross_section(returns, factors).condition_number).all()
    assert dependent_columns(factors) == columns


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
@pytest.mark.parametrize("multiple", [1.0, 0.7, 2.0])
def test_a_style_that_only_repeats_the_market_is_singular_in_every_basis(basis, multiple):
    """A change of basis keeps the space the factors span, so it cannot make a dependent design a sound one."""
    returns, factors = planted_market(4, DAYS, 2)
    factors[:, 2] = multiple * factors[:, 0]
    fits = cross_section(returns, factors, basis=basis)
    assert np.isinf(fits.condition_number).all()
    assert np.isnan(fits.coefficients).all()


def test_dependence_on_a_tickers_own_days_leaves_the_others_alone():
    """A factor that is constant on the days one ticker has makes that ticker's fit singular, and no other."""
    returns, factors = planted_market(5, DAYS, 3)
    factors[100:, 4] = 0.002
    returns[:100, 1] = np.nan
    fits = cross_section(returns, factors)
    assert_array_equal(np.isinf(fits.condition_number), [False, True, False])
    assert np.isnan(fits.coefficients[1]).all()
    assert np.isnan(fits.r_squared[1])
    assert same_digits(chosen(fits, [0, 2]), cross_section(returns[:, [0, 2]], factors))


@pytest.mark.parametrize("left", [0, 1, 5, 6])
def test_too_few_observations_are_reported_not_estimated(left):
    """With no degree of freedom left a ticker has its count and NaN, its condition number too."""
    returns, factors = planted_market(6, DAYS, 3)
    returns[: DAYS - left, 1] = np.nan
    fits = cross_section(returns, factors)
    assert fits.observations[1] == left
    assert fits.degrees_of_freedom[1] == fits.lags[1] == 0
    for field in fields(Fits)[3:]:
        assert np.isnan(getattr(fits, field.name)[1]).all(), field.name
    assert same_digits(chosen(fits, [0, 2]), cross_section(returns[:, [0, 2]], factors))


@pytest.mark.parametrize(("needed", "fitted"), [(200, True), (201, False)])
def test_minimum_of_observations_is_inclusive(needed, fitted):
    """A ticker with exactly the observations asked for is fitted; with one fewer it is not."""
    returns, factors = planted_market(7, DAYS, 1)
    returns[: DAYS - 200] = np.nan
    exposures = estimate(returns, factors, min_observations=needed)
    assert np.isfinite(exposures.fits.r_squared[0]) == fitted
    assert np.isfinite(exposures.market.r_squared[0]) == fitted


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("level", [0.0, 0.1, -0.000257936507936508])
def test_constant_returns_have_no_exposure(level, covariance):
    """Returns that never change give betas, R² and shares of exactly 0, and α is their level."""
    _, factors = planted_market(8, DAYS, 1)
    returns = np.full((DAYS, 1), level)
    fits = cross_section(returns, factors, covariance)
    assert_array_equal(fits.coefficients[0, 1:], 0.0)
    assert_allclose(fits.coefficients[0, 0], level, rtol=1e-14)
    assert_array_equal(fits.r_squared, 0.0)
    assert_array_equal(fits.variance, 0.0)
    assert_array_equal(fits.residual_volatility, 0.0)
    assert_array_equal(fits.std_errors, 0.0)
    for method in ("euler", "lmg"):
        assert_array_equal(variance_shares(fits, returns, factors, method=method), 0.0)


def batch_of_500():
    """500 tickers, most complete (more than one block of them) and the rest with gaps of several kinds."""
    returns, factors = planted_market(9, DAYS, 500)
    for ticker, pattern in zip(range(300, 500), PATTERNS * 40, strict=False):
        returns[missing(pattern), ticker] = np.nan
    returns[10, 450:470] = np.nan
    returns[:, 499] = 0.0
    return returns, factors


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("factor_count", [1, 5])
def test_a_tickers_digits_do_not_depend_on_its_company(covariance, factor_count):
    """Alone, among 7 or among 500, every number of a ticker is the same to the last bit."""
    returns, factors = batch_of_500()
    factors = factors[:, :factor_count]
    together = cross_section(returns, factors, covariance)
    for ticker in [*range(0, 300, 37), 255, 256, *range(300, 500, 9), 499]:
        alone = cross_section(returns[:, [ticker]], factors, covariance)
        assert same_digits(alone, chosen(together, [ticker])), ticker
    some = [499, 3, 256, 301, 300, 450, 12]
    assert same_digits(cross_section(returns[:, some], factors, covariance), chosen(together, some))


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_order_of_tickers_changes_no_digit(covariance):
    """Permuting the tickers permutes the results and does nothing else."""
    returns, factors = batch_of_500()
    order = np.random.default_rng(0).permutation(500)
    shuffled = cross_section(returns[:, order], factors, covariance)
    assert same_digits(shuffled, chosen(cross_section(returns, factors, covariance), order))


def test_inference_and_market_model_do_not_depend_on_company():
    """t, p, intervals, the market model and the LMG shares, too, are the same alone and among 500."""
    returns, factors = batch_of_500()
    together = estimate(returns, factors)
    shares = variance_shares(together.fits, returns, factors, method="lmg")
    for ticker in range(0, 500, 71):
        alone = estimate(returns[:, [ticker]], factors)
        assert same_digits(alone.market, chosen(together.market, [ticker]))
        for field in fields(together.inference):
            for part in ("inference", "market_inference"):
                among = getattr(getattr(together, part), field.name)[[ticker]]
                assert np.array_equal(getattr(getattr(alone, part), field.name), among, equal_nan=True)
        own = variance_shares(alone.fits, returns[:, [ticker]], factors, method="lmg")
        assert np.array_equal(own, shares[[ticker]], equal_nan=True)


@pytest.mark.parametrize("order", [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3]])
def test_the_order_of_factors_permutes_the_betas(order):
    """Betas, errors and VIF move with their factor; α, R² and the condition number stay."""
    returns, factors = market_with("scattered")
    plain = cross_section(returns, factors)
    moved = cross_section(returns, factors[:, order])
    columns = [0, *(k + 1 for k in order)]
    assert_allclose(moved.coefficients, plain.coefficients[:, columns], rtol=1e-12, atol=1e-12)
    assert_allclose(moved.std_errors, plain.std_errors[:, columns], rtol=1e-12)
    assert_allclose(moved.vif, plain.vif[:, order], rtol=1e-12)
    assert_allclose(moved.r_squared, plain.r_squared, rtol=1e-12)
    assert_allclose(moved.condition_number, plain.condition_number, rtol=1e-12)


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("basis", BASES[1:], ids=lambda basis: basis.name)
def test_the_fit_and_the_styles_are_the_same_in_every_basis(basis, covariance):
    """R², residuals, style betas and their errors do not depend on the basis."""
    returns, factors = market_with("scattered")
    raw = cross_section(returns, factors, covariance)
    other = cross_section(returns, factors, covariance, basis=basis)
    assert_allclose(other.r_squared, raw.r_squared, rtol=1e-10)
    assert_allclose(other.residual_volatility, raw.residual_volatility, rtol=1e-10)
    assert_allclose(other.coefficients[:, 2:], raw.coefficients[:, 2:], rtol=1e-10)
    assert_allclose(other.std_errors[:, 2:], raw.std_errors[:, 2:], rtol=1e-10)


def test_residual_basis_has_the_market_beta_and_alpha_of_the_market_model():
    """With the market taken out of every style, β_MKT and α are those of the one-factor regression."""
    returns, factors = market_with("short history")
    exposures = estimate(returns, factors, basis=BASES[2])
    assert_allclose(exposures.fits.coefficients[:, :2], exposures.market.coefficients, rtol=1e-10)


def test_spread_basis_moves_the_traded_styles_betas_to_the_market():
    """With styles net of the market, β_MKT is the raw one plus the traded styles' betas, and α is the raw one."""
    returns, factors = market_with("short history")
    raw = cross_section(returns, factors).coefficients
    spread = cross_section(returns, factors, basis=BASES[1]).coefficients
    assert_allclose(spread[:, 1], raw[:, 1] + raw[:, 2:5].sum(axis=1), rtol=1e-10)
    assert_allclose(spread[:, 0], raw[:, 0], rtol=1e-10, atol=1e-16)


def test_unknown_basis_is_refused():
    """A basis that does not exist is an error naming it."""
    returns, factors = planted_market(10, 60, 1)
    with pytest.raises(ValueError, match="'sideways'"):
        cross_section(returns, factors, basis=Basis("sideways"))


def test_inputs_are_left_as_they_were():
    """No estimate, in any basis, writes into the arrays it was given."""
    returns, factors = market_with("scattered")
    kept = returns.copy(), factors.copy()
    for basis in BASES:
        exposures = estimate(returns, factors, basis=basis)
        variance_shares(exposures.fits, returns, factors, basis, "lmg")
    assert_array_equal(returns, kept[0])
    assert_array_equal(factors, kept[1])


def test_a_design_is_made_once_for_equal_content():
    """Of the same factors in the same basis with the same weights, and of no others; a long one each time."""
    draw = np.random.default_rng(5)
    factors, weights = draw.standard_normal((60, 3)), np.linspace(0.5, 1.5, 60)
    kept = design_of(factors, Basis(), None)
    assert design_of(factors.copy(), Basis(), None) is kept
    others = [
        design_of(factors, Basis(), weights),
        design_of(factors, Basis("spread", 0, np.array([False, True, True])), None),
        design_of(factors, Basis("spread", 0, np.array([False, True, False])), None),
        design_of(factors, Basis("spread", 1, np.array([False, True, True])), None),
        design_of(factors[:, [1, 0, 2]], Basis(), None),
        design_of(factors[:59], Basis(), None),
    ]
    assert len({id(one) for one in [kept, *others]}) == 7
    assert_array_equal(others[0].solve, Design.of(factors, Basis(), weights).solve)
    long = draw.standard_normal((1001, 2))
    assert design_of(long, Basis(), None) is not design_of(long, Basis(), None)
