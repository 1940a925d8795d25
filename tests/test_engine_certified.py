"""The engine against results that others have published: NIST, Stata, SAS, R."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from factorcli.engine.inference import t_inference
from tests import certified
from tests.certified import columns, powers
from tests.single import euler_shares, lmg_shares, ols

pytestmark = pytest.mark.engine


def longley():
    """Employment, and the six columns that explain it."""
    data = columns("longley")
    return data["y"], np.column_stack([data[f"x{k}"] for k in range(1, 7)])


def macro():
    """Growth of US investment, and growth of output with the lagged real interest rate."""
    data = columns("hac_macro")
    return data["g_realinv"], np.column_stack([data["g_realgdp"], data["L_realint"]])


def swiss():
    """Fertility of 47 Swiss provinces, and the five columns that explain it."""
    data = columns("swiss", labels=True)
    return data["Fertility"], np.column_stack([data[name] for name in certified.SWISS_FACTORS])


def test_longley_has_nine_certified_digits():
    """NIST's Longley: coefficients, errors, residual deviation and R² to 1e-9, in spite of the collinearity."""
    fits = ols(*longley(), "nonrobust")
    assert fits.degrees_of_freedom[0] == 9
    assert_allclose(fits.coefficients[0], certified.LONGLEY_COEFFICIENTS, rtol=1e-9)
    assert_allclose(fits.std_errors[0], certified.LONGLEY_STD_ERRORS, rtol=1e-9)
    assert_allclose(fits.residual_volatility[0], certified.LONGLEY_RESIDUAL_SD, rtol=1e-9)
    assert_allclose(fits.r_squared[0], certified.LONGLEY_R_SQUARED, rtol=1e-12)


def test_longley_hc1_errors_are_those_of_sas():
    """White's errors with n/(n−k) on Longley agree with SAS to the last of its five decimals."""
    fits = ols(*longley(), "hc1")
    assert_allclose(fits.std_errors[0, 1:], certified.LONGLEY_HC1[1:], atol=0.6e-5, rtol=0)
    assert_allclose(fits.std_errors[0, 0], certified.LONGLEY_HC1[0], atol=0.6, rtol=0)


def test_filip_has_six_certified_digits():
    """NIST's Filip, a polynomial of degree 10: every number to 1e-6, and not refused as singular."""
    data = columns("filip")
    fits = ols(data["y"], powers(data["x1"], 10), "nonrobust")
    assert_allclose(fits.coefficients[0], certified.FILIP_COEFFICIENTS, rtol=1e-6)
    assert_allclose(fits.std_errors[0], certified.FILIP_STD_ERRORS, rtol=1e-6)
    assert_allclose(fits.residual_volatility[0], certified.FILIP_RESIDUAL_SD, rtol=1e-6)
    assert_allclose(fits.r_squared[0], certified.FILIP_R_SQUARED, rtol=1e-9)


def test_wampler1_is_fitted_exactly():
    """NIST's Wampler1, a polynomial without noise: coefficients to 1e-8, errors and residuals of zero."""
    data = columns("wampler1")
    fits = ols(data["y"], powers(data["x"], 5), "nonrobust")
    assert_allclose(fits.coefficients[0], certified.WAMPLER_COEFFICIENTS, rtol=1e-8)
    assert_allclose(fits.std_errors[0], 0.0, atol=1e-8)
    assert_allclose(fits.residual_volatility[0], 0.0, atol=1e-8)
    assert_allclose(fits.r_squared[0], 1.0, rtol=1e-14)


def test_wampler4_is_found_under_large_noise():
    """NIST's Wampler4, noise of 1e5 times the signal: coefficients and errors to 1e-8."""
    data = columns("wampler4")
    fits = ols(data["y"], powers(data["x"], 5), "nonrobust")
    assert_allclose(fits.coefficients[0], certified.WAMPLER_COEFFICIENTS, rtol=1e-8)
    assert_allclose(fits.std_errors[0], certified.WAMPLER4_STD_ERRORS, rtol=1e-8)
    assert_allclose(fits.residual_volatility[0], certified.WAMPLER4_RESIDUAL_SD, rtol=1e-8)
    assert_allclose(fits.r_squared[0], certified.WAMPLER4_R_SQUARED, rtol=1e-8)


@pytest.mark.parametrize("lags", [certified.NEWEY_LAGS, None], ids=["lag(4)", "automatic"])
def test_newey_west_inference_is_that_of_stata(lags):
    """Stata's `newey …, lag(4)`: coefficients, errors and t to 1e-9, p and intervals to 1e-8; 4 is also automatic."""
    fits = ols(*macro(), "hac", lags=lags)
    tests = t_inference(fits.coefficients, fits.std_errors, fits.degrees_of_freedom)
    assert fits.observations[0] == 202
    assert fits.lags[0] == certified.NEWEY_LAGS
    assert_allclose(fits.coefficients[0], certified.NEWEY_COEFFICIENTS, rtol=1e-9)
    assert_allclose(fits.std_errors[0], certified.NEWEY_STD_ERRORS, rtol=1e-9)
    assert_allclose(tests.t_stats[0], certified.NEWEY_T_STATS, rtol=1e-9)
    assert_allclose(tests.p_values[0], certified.NEWEY_P_VALUES, rtol=1e-8)
    assert_allclose(tests.ci_low[0], certified.NEWEY_CI_LOW, rtol=1e-8)
    assert_allclose(tests.ci_high[0], certified.NEWEY_CI_HIGH, rtol=1e-8)


def test_hc1_errors_are_those_of_stata():
    """Stata's `vce(robust)` on the same data agrees to 1e-9."""
    assert_allclose(ols(*macro(), "hc1").std_errors[0], certified.MACRO_HC1, rtol=1e-9)


def test_lmg_shares_are_those_of_relaimpo():
    """The LMG shares of R's `swiss` agree with the package relaimpo."""
    y, x = swiss()
    shares = lmg_shares(y, x)
    assert_allclose(shares, certified.SWISS_LMG, rtol=0, atol=1e-11)
    assert_allclose(shares.sum(), certified.SWISS_R_SQUARED, atol=1e-12)


def test_euler_shares_are_pratts_measure():
    """The Euler shares of R's `swiss` are Pratt's β·r, a negative one included."""
    y, x = swiss()
    assert_allclose(euler_shares(y, x), certified.SWISS_PRATT, atol=1e-7)
    assert_allclose(ols(y, x).r_squared[0], certified.SWISS_R_SQUARED, atol=1e-12)
