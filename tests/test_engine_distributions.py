"""Tail probabilities against scipy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

from factorcli.engine.distributions import f_p_values, t_p_values, t_quantiles

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("df", [1, 2, 3, 24, 120, 246, 498, 1000])
def test_p_values_of_t_are_those_of_scipy(df):
    """From t = 0 out to 40, on both sides, to 1e-11 of the probability, however small."""
    t_stats = np.concatenate([[0.0, 1e-3], np.linspace(0.01, 40.0, 500)])
    t_stats = np.concatenate([t_stats, -t_stats])[:, None]
    expected = 2.0 * special.stdtr(float(df), -np.abs(t_stats))
    assert_allclose(t_p_values(t_stats, np.full(len(t_stats), df)), expected, rtol=1e-11)


@pytest.mark.parametrize("numerator", [1, 2, 4, 11])
@pytest.mark.parametrize("denominator", [5, 24, 246, 498])
def test_p_values_of_f_are_those_of_scipy(numerator, denominator):
    """From F = 0 out to 200, to 1e-11 of the probability."""
    f_stats = np.concatenate([[0.0, 1e-6], np.geomspace(1e-3, 200.0, 500)])
    expected = special.fdtrc(float(numerator), float(denominator), f_stats)
    assert_allclose(f_p_values(f_stats, numerator, np.full(502, denominator)), expected, rtol=1e-11)


def test_what_is_not_known_has_no_p_value():
    """NaN statistics and no degrees of freedom give NaN, without warnings; an infinite t is NaN as well."""
    found = t_p_values(np.array([[np.nan, 1.0], [2.0, np.inf], [1.0, 1.0]]), np.array([10, 10, 0]))
    assert_array_equal(np.isnan(found), [[True, False], [False, True], [True, True]])
    assert np.isnan(f_p_values(np.array([np.nan, 1.0]), 2, np.array([10, 0]))).all()
    assert np.isnan(f_p_values(np.array([1.0]), 0, np.array([10]))).all()


def test_a_p_value_does_not_depend_on_its_company():
    """Alone and among others every p-value has the same bits."""
    rng = np.random.default_rng(1)
    t_stats, df = 3.0 * rng.normal(size=(300, 5)), rng.integers(20, 500, 300)
    together = t_p_values(t_stats, df)
    for row in range(0, 300, 17):
        assert np.array_equal(t_p_values(t_stats[[row]], df[[row]])[0], together[row])


def test_quantiles_of_t_are_those_of_scipy() -> None:
    """From 1 degree of freedom to ten thousand, whole or not; NaN without any."""
    df = np.array([[1.0, 2.0, 3.5], [24.0, 51.7, 246.0], [498.0, 1500.5, 1e4]])
    assert_allclose(t_quantiles(df), special.stdtrit(df, 0.975), rtol=1e-11)
    assert_allclose(t_quantiles(df[:2]), special.stdtrit(df[:2], 0.975), rtol=1e-14)
    assert np.isnan(t_quantiles(np.array([0.0, -3.0, np.nan, np.inf]))).all()
