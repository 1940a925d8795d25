"""Attribution of returns and of tail risk: parts that add up to their total, in every basis."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.attribution import attribution
from factorcli.engine.basis import Basis
from factorcli.engine.estimators import Estimator
from factorcli.engine.exposures import estimate
from factorcli.engine.tail_risk import tail_risk
from tests.oracles import planted_market

pytestmark = pytest.mark.engine

reproducible = settings(deadline=None, derandomize=True, database=None, max_examples=40)
seeds = st.integers(0, 2**32 - 1)
TRADED_STYLES = np.array([False, True, True, True, False])
BASES = [Basis("raw"), Basis("spread", 0, TRADED_STYLES), Basis("residual", 0, TRADED_STYLES)]
ESTIMATORS = [Estimator(), Estimator("ewma", 30.0), Estimator("dimson")]


def random_exposures(seed, basis, estimator=ESTIMATORS[0]):
    """Three tickers over 120 days with a tenth of their returns missing, and one without any."""
    returns, factors = planted_market(seed, 120, 4)
    returns[np.random.default_rng(seed).random(returns.shape) < 0.1] = np.nan
    returns[:, 3] = np.nan
    return returns, factors, estimate(returns, factors, basis=basis, estimator=estimator)


def attribution_of(exposures):
    """Arithmetic and linked parts."""
    return attribution(exposures.sample, exposures.whole)


def carino_by_hand(returns, parts):
    """Linked parts of one ticker: daily returns (n,), their daily parts (n, m) → (m,)."""
    compounded = np.prod(1.0 + returns) - 1.0
    k = np.log(1.0 + compounded) / compounded
    return (np.log(1.0 + returns) / returns / k) @ parts


@reproducible
@given(seeds, st.sampled_from(BASES), st.sampled_from(ESTIMATORS))
def test_parts_of_the_return_sum_to_it(seed, basis, estimator):
    """α, factors and residual make the sum of excess returns, and linked the compounded one, within 1e-12."""
    _, _, exposures = random_exposures(seed, basis, estimator)
    used = exposures.sample.returns
    totals = np.nansum(used, axis=0), np.prod(1.0 + np.nan_to_num(used), axis=0) - 1.0
    for parts, total in zip(attribution_of(exposures), totals, strict=True):
        assert_allclose(parts.total[:3], total[:3], rtol=0, atol=1e-12)
        summed = parts.alpha + parts.factors.sum(axis=1) + parts.residual
        assert_allclose(summed[:3], total[:3], rtol=0, atol=1e-12)
        assert np.isnan(parts.total[3])
        assert np.isnan(parts.factors[3]).all()


@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_parts_are_those_of_the_definition(basis):
    """Each part is coefficient times factor summed over the ticker's own days, linked by Carino's formula by hand."""
    returns, factors, exposures = random_exposures(1, basis)
    arithmetic, linked = attribution_of(exposures)
    for ticker in range(3):
        rows = np.isfinite(returns[:, ticker])
        y, columns = returns[rows, ticker], basis.of(factors[rows])
        coefficients = exposures.fits.coefficients[ticker]
        parts = np.column_stack([np.full(len(y), coefficients[0]), columns * coefficients[1:]])
        parts = np.column_stack([parts, y - parts.sum(axis=1)])
        assert_allclose(arithmetic.alpha[ticker], parts.sum(axis=0)[0], atol=1e-12)
        assert_allclose(arithmetic.factors[ticker], parts.sum(axis=0)[1:-1], atol=1e-12)
        assert_allclose(arithmetic.residual[ticker], 0.0, atol=1e-12)
        by_hand = carino_by_hand(y, parts)
        assert_allclose(linked.alpha[ticker], by_hand[0], atol=1e-12)
        assert_allclose(linked.factors[ticker], by_hand[1:-1], atol=1e-12)
        assert_allclose(linked.residual[ticker], by_hand[-1], atol=1e-12)


def test_styles_add_nothing_arithmetically_in_the_residual_basis():
    """Styles without their market part have no mean, so α and the market's part are those of the one-factor model."""
    returns, _, exposures = random_exposures(2, BASES[2])
    arithmetic, _ = attribution_of(exposures)
    assert_allclose(arithmetic.factors[:3, 1:], 0.0, atol=1e-14)
    days = np.isfinite(returns).sum(axis=0)
    assert_allclose(arithmetic.alpha[:3], (days * exposures.market.coefficients[:, 0])[:3], atol=1e-12)


def test_days_without_a_return_and_windows_that_end_where_they_began():
    """Zero returns have linking coefficients of 1; so has a window whose compounded return is zero."""
    _, factors = planted_market(3, 60, 1)
    returns = np.zeros((60, 2))
    returns[[10, 11], 0] = 1.0, -0.5
    arithmetic, linked = attribution_of(estimate(returns, factors))
    assert_allclose(arithmetic.total, [0.5, 0.0])
    assert_allclose(linked.total, [0.0, 0.0], atol=1e-15)
    assert_allclose(linked.alpha + linked.factors.sum(axis=1) + linked.residual, [0.0, 0.0], atol=1e-15)


def test_a_total_loss_cannot_be_linked():
    """A return of −100 % has no logarithm: the linked parts are NaN, the arithmetic ones are there, no warning."""
    returns, factors = planted_market(4, 60, 2)
    returns[7, 0] = -1.0
    arithmetic, linked = attribution_of(estimate(returns, factors))
    assert np.isfinite(arithmetic.factors).all()
    assert_array_equal(np.isnan(linked.total), [True, False])
    assert_array_equal(np.isnan(linked.factors).any(axis=1), [True, False])


def test_parts_do_not_depend_on_company():
    """A ticker's attribution is the same alone and among others, to the last bit."""
    returns, factors, exposures = random_exposures(5, BASES[0])
    for ticker in range(3):
        alone = attribution_of(estimate(returns[:, [ticker]], factors))
        for one, many in zip(alone, attribution_of(exposures), strict=True):
            assert np.array_equal(one.factors[0], many.factors[ticker])
            assert one.alpha[0] == many.alpha[ticker]


def test_tail_risk_is_that_of_a_normal_distribution():
    """VaR is the 5 % quantile and ES the mean beyond it, as integrated numerically."""
    var, es = tail_risk(np.array([0.0004]))
    normal = NormalDist(0.0, 0.02)
    assert_allclose(var, -normal.inv_cdf(0.05), rtol=1e-12)
    levels = (np.arange(200_000) + 0.5) / 200_000 * 0.05
    assert_allclose(es, -np.mean([normal.inv_cdf(p) for p in levels]), rtol=1e-5)
    assert_allclose(es / var, 2.0627128 / 1.6448536, rtol=1e-7)
