"""Diagnostics of a fit, against statsmodels called on its own results."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from statsmodels.stats.diagnostic import het_arch, het_breuschpagan
from statsmodels.stats.stattools import durbin_watson, jarque_bera

from factorcli.engine.basis import RAW
from factorcli.engine.diagnostics import arch_test, diagnose
from factorcli.engine.estimators import Estimator, sample
from factorcli.engine.regression import SingularDesignError
from tests.oracles import design_matrix, planted_market, statsmodels_ols

pytestmark = pytest.mark.engine

DAYS = 252
NO_RATE = np.zeros(DAYS)


def fields_of(found):
    """The statistics and p-values as a tuple."""
    return (
        found.durbin_watson, found.breusch_pagan, found.breusch_pagan_p, found.jarque_bera, found.jarque_bera_p,
        found.skewness, found.kurtosis, found.arch, found.arch_p,
    )  # fmt: skip


def gappy(seed):
    """One ticker with a tenth of its days missing, and the factors."""
    returns, factors = planted_market(seed, DAYS, 1)
    returns[np.random.default_rng(seed).random(DAYS) < 0.1] = np.nan
    return returns, factors


@pytest.mark.filterwarnings("ignore:acorr_lm:FutureWarning")
@pytest.mark.parametrize("seed", [1, 2])
def test_every_statistic_is_that_of_statsmodels(seed):
    """Durbin–Watson, Breusch–Pagan, Jarque–Bera and ARCH-LM equal statsmodels on its own residuals, with gaps too."""
    returns, factors = gappy(seed)
    oracle = statsmodels_ols(returns[:, 0], factors)
    expected = (
        durbin_watson(oracle.resid),
        *het_breuschpagan(oracle.resid, oracle.model.exog)[:2],
        *jarque_bera(oracle.resid),
        *het_arch(oracle.resid, nlags=5)[:2],
    )
    found = diagnose(sample(returns, factors, RAW), 0, NO_RATE)
    assert_allclose(fields_of(found), expected, rtol=1e-8)


def test_influential_days_are_those_of_statsmodels():
    """The five largest Cook's distances, and their rows among all days, equal statsmodels' influence."""
    returns, factors = gappy(3)
    rows = np.flatnonzero(np.isfinite(returns[:, 0]))
    distances = statsmodels_ols(returns[:, 0], factors).get_influence().cooks_distance[0]
    found = diagnose(sample(returns, factors, RAW), 0, NO_RATE).influential
    order = np.argsort(-distances)[:5]
    assert [day for day, _ in found] == rows[order].tolist()
    assert_allclose([distance for _, distance in found], distances[order], rtol=1e-9)


def test_influential_days_of_a_weighted_fit_are_those_of_the_weighted_rows():
    """With exponential weights, Cook's distances are statsmodels' on rows times the roots of their weights."""
    returns, factors = planted_market(4, DAYS, 1)
    root = np.sqrt(0.5 ** (np.arange(DAYS)[::-1] / 30.0))
    oracle = sm.OLS(root * returns[:, 0], root[:, None] * design_matrix(factors)).fit()
    distances = np.sort(oracle.get_influence().cooks_distance[0])[::-1]
    found = diagnose(sample(returns, factors, RAW, Estimator("ewma", 30.0)), 0, NO_RATE)
    assert_allclose([distance for _, distance in found.influential], distances[:5], rtol=1e-9)
    normalised = np.sqrt(DAYS / (root * root).sum())
    assert_allclose(found.durbin_watson, durbin_watson(normalised * oracle.resid), rtol=1e-9)


def test_a_wild_day_is_the_most_influential():
    """A planted jump on a day when the market moved too comes first."""
    returns, factors = planted_market(5, DAYS, 1)
    factors[77] = 0.05
    returns[77] = -0.3
    (day, distance), *_ = diagnose(sample(returns, factors, RAW), 0, NO_RATE).influential
    assert day == 77
    assert distance > 1.0


def test_planted_defects_are_found():
    """Changing variance, fat tails and autocorrelation each bring down their own test's p-value."""
    rng = np.random.default_rng(60)
    _, factors = planted_market(6, DAYS, 1)
    noise = rng.normal(0.0, 0.01, DAYS)
    wild = np.repeat([1.0, 6.0, 1.0, 6.0], DAYS // 4)

    def of(errors):
        return diagnose(sample((factors[:, 0] + errors)[:, None], factors, RAW), 0, NO_RATE)

    sound = of(noise)
    assert min(sound.breusch_pagan_p, sound.jarque_bera_p, sound.arch_p) > 0.01
    assert 1.7 < sound.durbin_watson < 2.3
    assert of(noise * (1.0 + 400.0 * np.abs(factors[:, 0] - factors[:, 0].min()))).breusch_pagan_p < 0.01
    assert of(0.01 * rng.standard_t(3, DAYS)).jarque_bera_p < 0.001
    assert of(noise * wild).arch_p < 0.001
    assert of(noise + 0.7 * np.roll(noise, 1)).durbin_watson < 1.4


def test_days_without_a_price_change_are_counted_net_of_the_rate():
    """A return of exactly zero is −R_f in excess; its share is of the days the ticker has."""
    returns, factors = planted_market(7, DAYS, 1)
    rate = np.full(DAYS, 0.065 / 252)
    returns[10:50, 0] = 0.0
    returns[200:, 0] = np.nan
    found = diagnose(sample(returns - rate[:, None], factors, RAW), 0, rate)
    assert_allclose(found.zero_return_share, 40 / 200)


def test_residuals_that_do_not_vary_have_no_diagnostics():
    """A constant return has NaN statistics and no influential days, without warnings."""
    _, factors = planted_market(8, DAYS, 1)
    found = diagnose(sample(np.zeros((DAYS, 1)), factors, RAW), 0, NO_RATE)
    assert np.isnan(fields_of(found)).all()
    assert found.influential == ()
    assert found.zero_return_share == 1.0


def test_a_dependent_design_is_refused():
    """Factors that repeat each other are an error naming their columns."""
    returns, factors = planted_market(9, DAYS, 1)
    factors[:, 2] = factors[:, 1]
    with pytest.raises(SingularDesignError, match=r"\(2, 3\)") as caught:
        diagnose(sample(returns, factors, RAW), 0, NO_RATE)
    assert caught.value.columns == (2, 3)


@pytest.mark.filterwarnings("ignore:acorr_lm:FutureWarning")
@pytest.mark.parametrize("scale", [1.0, 1e-6])
@pytest.mark.parametrize("lags", [1, 5])
def test_the_arch_test_is_that_of_statsmodels(scale, lags):
    """Statistic and p-value, whatever the residuals' size; NaN where their squares are constant."""
    residuals = scale * np.random.default_rng(9).standard_t(4, 200)
    assert_allclose(arch_test(residuals, lags), het_arch(residuals, nlags=lags)[:2], rtol=1e-7)
    assert np.isnan(arch_test(np.full(50, 0.5), lags)).all()
