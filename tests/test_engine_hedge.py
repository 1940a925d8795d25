"""Hedge ratios against statsmodels and brute force, whole contracts, and what is left."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from factorcli.engine.hedge import (
    CollinearError,
    hedge_ratios,
    hedged,
    out_of_sample,
    volatility,
    whole_contracts,
)
from factorcli.engine.inference import newey_west_lags

pytestmark = pytest.mark.engine

DAYS = 240
UNSOLD = np.array([False, True, True])


def drawn(seed: int, instruments: int = 3, days: int = DAYS) -> tuple[np.ndarray, np.ndarray]:
    """A position (n,) and instruments (n, M) that move with one market."""
    draw = np.random.default_rng(seed)
    market = 0.01 * draw.standard_normal(days)
    several = market[:, None] * draw.uniform(0.5, 1.5, instruments) + 0.006 * draw.standard_normal((days, instruments))
    return 1.2 * market + 0.008 * draw.standard_normal(days) + 0.0004, several


@pytest.mark.parametrize("covariance", ["hac", "hc1", "nonrobust"])
def test_ratios_are_those_of_a_regression(covariance: str) -> None:
    """−p on the instruments by statsmodels: ratios, errors, t, p and intervals."""
    position, instruments = drawn(1)
    lags = {"maxlags": newey_west_lags(DAYS), "use_correction": True}
    kind = {"hac": ("HAC", lags), "hc1": ("HC1", {}), "nonrobust": ("nonrobust", {})}[covariance]
    oracle = sm.OLS(-position, sm.add_constant(instruments)).fit(cov_type=kind[0], cov_kwds=kind[1], use_t=True)
    found = hedge_ratios(position, instruments, covariance=covariance)
    np.testing.assert_allclose(found.ratios, oracle.params[1:], rtol=1e-9)
    np.testing.assert_allclose(found.std_errors, oracle.bse[1:], rtol=1e-9)
    np.testing.assert_allclose(found.tests.t_stats, oracle.tvalues[1:], rtol=1e-9)
    np.testing.assert_allclose(found.tests.p_values, oracle.pvalues[1:], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(np.stack([found.tests.ci_low, found.tests.ci_high], 1), oracle.conf_int()[1:], rtol=1e-7)


def test_ratios_are_minus_the_covariances_over_the_instruments() -> None:
    """h = −(Σ_HH)⁻¹ Σ_Hp, from numpy's covariances."""
    position, instruments = drawn(2)
    moments = np.cov(np.column_stack([position, instruments]), rowvar=False)
    expected = -np.linalg.solve(moments[1:, 1:], moments[1:, 0])
    np.testing.assert_allclose(hedge_ratios(position, instruments).ratios, expected, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 4), unsold=st.lists(st.booleans(), min_size=4, max_size=4))
def test_what_cannot_be_sold_is_held_at_nought_or_more(seed: int, count: int, unsold: list[bool]) -> None:
    """As another solver of bounded least squares has it; the errors are those of what is held."""
    position, instruments = drawn(seed, count)
    mask = np.array(unsold[:count])
    found = hedge_ratios(position, instruments, mask)
    centred, target = instruments - instruments.mean(axis=0), position.mean() - position
    lowest = np.where(mask, 0.0, -np.inf)
    oracle = lsq_linear(centred, target, (lowest, np.inf), method="bvls", tol=1e-14).x
    np.testing.assert_allclose(found.ratios, oracle, atol=1e-9)
    held = found.ratios != 0
    assert (found.ratios[mask] >= 0).all()
    assert np.array_equal(np.isfinite(found.std_errors), held)
    if held.any() and not held.all():
        alone = hedge_ratios(position, instruments[:, held])
        np.testing.assert_allclose(found.std_errors[held], alone.std_errors, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), lot=st.floats(0.05, 2.0))
def test_contracts_leave_the_least_variance_of_all_roundings(seed: int, lot: float) -> None:
    """Every floor and ceiling is tried one by one, on the returns themselves."""
    position, instruments = drawn(seed)
    contract = np.array([lot, 0.7 * lot, 0.31])
    exact = hedge_ratios(position, instruments).ratios / contract
    found = whole_contracts(position, instruments, exact, contract)
    ways = itertools.product(*[sorted({np.floor(x), np.ceil(x)}) for x in exact])
    left = {way: volatility(hedged(position, instruments, np.array(way) * contract)) for way in ways}
    assert left[tuple(found)] == pytest.approx(min(left.values()), rel=1e-12)


def test_rounding_each_contract_by_itself_can_be_worse() -> None:
    """Two instruments that all but replace each other: what one lacks the other makes good."""
    draw = np.random.default_rng(5)
    market = 0.01 * draw.standard_normal(DAYS)
    instruments = market[:, None] + 0.001 * draw.standard_normal((DAYS, 2))
    position = 1.4 * market + 0.002 * draw.standard_normal(DAYS)
    contract, exact = np.ones(2), np.array([-0.7, -0.7])
    assert tuple(whole_contracts(position, instruments, exact, contract)) in {(-1, 0), (0, -1)}


def test_whole_numbers_stay() -> None:
    """What needs no rounding is not rounded, and 15 instruments are no trouble."""
    position, instruments = drawn(6, 15)
    exact = np.arange(15.0) - 7
    assert np.array_equal(whole_contracts(position, instruments, exact, np.full(15, 0.1)), np.arange(15) - 7)
    assert len(whole_contracts(position, instruments, exact + 0.4, np.full(15, 0.1))) == 15


def test_the_last_quarter_is_hedged_with_the_ratios_of_the_first_three() -> None:
    """61 of 247 days, by hand."""
    position, instruments = drawn(7, days=247)
    days, before, after = out_of_sample(position, instruments)
    ratios = -sm.OLS(position[:186], sm.add_constant(instruments[:186])).fit().params[1:]
    assert days == 61
    assert before == pytest.approx(np.std(position[186:], ddof=1), rel=1e-12)
    assert after == pytest.approx(np.std(position[186:] + instruments[186:] @ ratios, ddof=1), rel=1e-9)
    unsold = out_of_sample(position, instruments, np.array([True, True, True]))
    assert unsold[2] == pytest.approx(before)


def test_an_instrument_that_is_the_position_leaves_nothing() -> None:
    """Ratio −1, volatility 0, errors of 0 and no tests."""
    position, _ = drawn(8)
    found = hedge_ratios(position, position[:, None])
    assert found.ratios[0] == pytest.approx(-1.0)
    assert volatility(hedged(position, position[:, None], found.ratios)) == pytest.approx(0, abs=1e-15)
    assert found.std_errors[0] == 0
    assert np.isnan(found.tests.t_stats[0])


@pytest.mark.parametrize("near", [0.0, 1e-7])
def test_collinear_instruments_are_named(near: float) -> None:
    """Two that are the same, or all but; and one that never moves."""
    position, instruments = drawn(9)
    noise = near * np.random.default_rng(1).standard_normal(DAYS)
    with pytest.raises(CollinearError) as caught:
        hedge_ratios(position, np.column_stack([instruments, instruments[:, 1] + noise]))
    assert caught.value.columns == (1, 3)
    instruments[:, 2] = 0.0001
    with pytest.raises(CollinearError) as caught:
        hedge_ratios(position, instruments)
    assert caught.value.columns == (2,)
