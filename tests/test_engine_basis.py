"""Another basis tells the same fit in other words: what stays, what moves, and by how much."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from factorcli.engine.basis import Basis
from factorcli.engine.exposures import estimate
from factorcli.engine.rolling_errors import rolling_errors
from tests.oracles import design_matrix, planted_market

pytestmark = pytest.mark.engine

reproducible = settings(deadline=None, derandomize=True, database=None, max_examples=40)
seeds = st.integers(0, 2**32 - 1)
MARKETS = st.integers(0, 4)
COVARIANCES = st.sampled_from(["hac", "hc1", "nonrobust"])


def bases(market):
    """The three bases with the market in some column and the last of the other columns not traded."""
    styles = np.flatnonzero(np.arange(5) != market)
    traded = np.isin(np.arange(5), styles[:-1])
    return [Basis(name, market, traded) for name in ("raw", "spread", "residual")]


@reproducible
@given(seeds, MARKETS, COVARIANCES)
def test_what_a_basis_cannot_change(seed, market, covariance):
    """R², every residual, style betas, their errors and t are equal in the three bases to 1e-10."""
    returns, factors = planted_market(seed, 126, 2)
    returns[np.random.default_rng(seed).random(126) < 0.1, 1] = np.nan
    styles = [0, 1, 2, 3, 4]
    styles.remove(market)
    reference = None
    for basis in bases(market):
        exposures = estimate(returns, factors, covariance, basis)
        fits, residuals = exposures.fits, []
        for ticker in range(2):
            rows = np.isfinite(returns[:, ticker])
            fitted = design_matrix(basis.of(factors[rows])) @ fits.coefficients[ticker]
            residuals.append(returns[rows, ticker] - fitted)
        found = (
            fits.r_squared,
            np.concatenate(residuals) / fits.residual_volatility.mean(),
            fits.coefficients[:, 1:][:, styles],
            fits.std_errors[:, 1:][:, styles],
            exposures.inference.t_stats[:, 1:][:, styles],
        )
        reference = reference or found
        for values, expected in zip(found, reference, strict=True):
            assert_allclose(values, expected, rtol=1e-10, atol=1e-10)


@reproducible
@given(seeds, MARKETS)
def test_residual_basis_has_the_one_factor_estimates_and_the_models_own_errors(seed, market):
    """β_MKT and α are the one-factor ones; their classical errors are smaller by the ratio of residual volatilities."""
    returns, factors = planted_market(seed, 126, 2)
    exposures = estimate(returns, factors, "nonrobust", bases(market)[2])
    own = [0, 1 + market]
    assert_allclose(exposures.fits.coefficients[:, own], exposures.market.coefficients, rtol=1e-10, atol=1e-12)
    ratio = exposures.fits.residual_volatility / exposures.market.residual_volatility
    assert_allclose(exposures.fits.std_errors[:, own], exposures.market.std_errors * ratio[:, None], rtol=1e-10)


@pytest.mark.parametrize("market", [0, 3])
def test_paths_say_the_same_in_every_basis(market):
    """Along a rolling path R², residual volatility, style betas and their errors agree at every date to 1e-8."""
    returns, factors = planted_market(1, 160, 3)
    returns[:40, 1] = np.nan
    styles = [0, 1, 2, 3, 4]
    styles.remove(market)
    raw, *others = (rolling_errors(returns, factors, 60, min_observations=40, basis=one) for one in bases(market))
    for other in others:
        assert_allclose(other.path.r_squared, raw.path.r_squared, rtol=1e-9)
        assert_allclose(other.residual_volatility, raw.residual_volatility, rtol=1e-9)
        assert_allclose(other.path.betas[:, :, styles], raw.path.betas[:, :, styles], rtol=1e-8, atol=1e-10)
        assert_allclose(other.std_errors[:, :, 1:][:, :, styles], raw.std_errors[:, :, 1:][:, :, styles], rtol=1e-8)
