"""Differences of betas against statsmodels, and their symmetry."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.basis import Basis
from factorcli.engine.comparison import Compared, compared
from factorcli.engine.inference import Covariance
from tests.oracles import Array, design_matrix, planted_market, statsmodels_ols

pytestmark = pytest.mark.engine


def pair(seed: int) -> tuple[Array, Array, Array]:
    """Two tickers with gaps of their own, and the factors."""
    returns, factors = planted_market(seed, 252, 2)
    returns[:30, 0] = np.nan
    returns[100:110, 1] = np.nan
    return returns[:, 0], returns[:, 1], factors


@pytest.mark.parametrize("covariance", ["hac", "hc1", "nonrobust"])
def test_differences_are_those_of_statsmodels_on_common_days(covariance: Covariance) -> None:
    """Betas and errors of the difference, of the model and of the market alone; joint F with HC3; correlations."""
    first, second, factors = pair(1)
    found = compared(first, second, factors, covariance)
    for fits, columns in ((found.exposures.fits, factors), (found.exposures.market, factors[:, :1])):
        oracle = statsmodels_ols(first - second, columns, covariance)
        assert_allclose(fits.coefficients[0], oracle.params, rtol=1e-9, atol=1e-15)
        assert_allclose(fits.std_errors[0], oracle.bse, rtol=1e-8)
    both = np.isfinite(first - second)
    assert found.exposures.fits.observations[0] == both.sum() == 212
    x = design_matrix(factors[both])
    hc3 = sm.OLS((first - second)[both], x).fit(cov_type="HC3", use_t=True).f_test(np.eye(6)[1:])
    assert_allclose(found.joint.f_stat[0], hc3.statistic, rtol=1e-8)
    assert_allclose(found.joint.p_value[0], hc3.pvalue, rtol=1e-7)
    assert (found.joint.numerator, found.joint.denominator[0]) == (5, 206)
    residuals = [sm.OLS(y[both], x).fit().resid for y in (first, second)]
    assert_allclose(found.correlation, np.corrcoef(first[both], second[both])[0, 1], rtol=1e-12)
    assert_allclose(found.residual_correlation, np.corrcoef(*residuals)[0, 1], rtol=1e-10)


@pytest.mark.parametrize("name", ["raw", "spread", "residual"])
def test_the_opposite_comparison_is_the_negative(name: str) -> None:
    """To the last bit; tests and correlations are the same, and intervals change ends."""
    first, second, factors = pair(2)
    there, back = (compared(*two, factors, basis=Basis(name)) for two in ((first, second), (second, first)))
    for left, right in ((there.exposures.fits, back.exposures.fits), (there.exposures.market, back.exposures.market)):
        assert_array_equal(left.coefficients, -right.coefficients)
        assert_array_equal(left.std_errors, right.std_errors)
    assert_array_equal(there.exposures.inference.ci_low, -back.exposures.inference.ci_high)
    assert_allclose(there.joint.f_stat, back.joint.f_stat, rtol=1e-12)
    assert_allclose(there.correlation, back.correlation, rtol=1e-14)


def test_differences_are_differences_of_betas_in_every_basis() -> None:
    """Where the days are the same; and the joint test does not depend on the basis."""
    returns, factors = planted_market(3, 252, 2)
    found: dict[str, Compared] = {
        name: compared(returns[:, 0], returns[:, 1], factors, basis=Basis(name))
        for name in ("raw", "spread", "residual")
    }
    for name, one in found.items():
        fits = [statsmodels_ols(returns[:, k], Basis(name).of(factors)).params for k in (0, 1)]
        assert_allclose(one.exposures.fits.coefficients[0, 1:], (fits[0] - fits[1])[1:], rtol=1e-9)
        assert_allclose(one.joint.f_stat, found["raw"].joint.f_stat, rtol=1e-8)


def test_what_does_not_vary_has_no_correlation() -> None:
    """A factor itself has no residuals; no day in common, no number."""
    returns, factors = planted_market(4, 252, 1)
    found = compared(returns[:, 0], factors[:, 1], factors)
    assert np.isfinite(found.correlation)
    assert np.isnan(found.residual_correlation)
    assert np.isnan(compared(returns[:, 0], np.full(252, 0.001), factors).correlation)
    alone = compared(returns[:, 0], np.full(252, np.nan), factors)
    assert np.isnan([alone.correlation, alone.residual_correlation, alone.joint.p_value[0]]).all()
