"""Shocks on arrays: against statsmodels, numpy by hand, other formulas, and simulated outcomes."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from factorcli.engine.basis import Basis
from factorcli.engine.episode import compounded, growth, held, model_growth
from factorcli.engine.estimators import sample
from factorcli.engine.inference import Covariance, newey_west_lags
from factorcli.engine.stress import Response, largest_moves, response, stressed

pytestmark = pytest.mark.engine
BASES = ("raw", "spread", "residual")
CORRELATION = np.array(
    [
        [1.0, 0.9, 0.9, 0.9, -0.7],
        [0.9, 1.0, 0.8, 0.85, -0.6],
        [0.9, 0.8, 1.0, 0.85, -0.6],
        [0.9, 0.85, 0.85, 1.0, -0.6],
        [-0.7, -0.6, -0.6, -0.6, 1.0],
    ]
)
DEVIATIONS = np.array([0.009, 0.009, 0.011, 0.011, 0.05])
BETAS = np.array([0.9, 0.2, -0.3, 0.4, 0.01])
RESIDUAL = 0.012


def drawn(seed: int = 1, days: int = 120, tails: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Returns (T,) and factors (T, 5): normal, or t with so many degrees of freedom, of the same variances."""
    draw = np.random.default_rng(seed)
    factors = draw.standard_normal((days, 5)) @ np.linalg.cholesky(CORRELATION).T * DEVIATIONS
    residuals = RESIDUAL * draw.standard_normal(days)
    if tails:
        factors *= np.sqrt((tails - 2) / draw.chisquare(tails, days))[:, None]
        residuals *= np.sqrt((tails - 2) / draw.chisquare(tails, days))
    return factors @ BETAS + residuals, factors


def found(covariance: Covariance = "hac", basis: str = "raw", seed: int = 1) -> tuple[Response, np.ndarray, np.ndarray]:
    """A response with the returns and the factors behind it, four returns of which are missing."""
    returns, factors = drawn(seed)
    returns[[3, 40, 41, 90]] = np.nan
    return response(sample(returns[:, None], factors, Basis(basis)), 0, covariance), returns, factors


@pytest.mark.parametrize("covariance", ["hac", "hc1", "nonrobust"])
@pytest.mark.parametrize("basis", BASES)
def test_the_response_is_statsmodels_own(covariance: Covariance, basis: str) -> None:
    """Betas, their whole covariance matrix, s² and degrees of freedom; the factors' covariance is numpy's."""
    answer, returns, factors = found(covariance, basis)
    used = np.isfinite(returns)
    columns = Basis(basis).of(factors[used])
    options = {
        "hac": {"cov_type": "HAC", "cov_kwds": {"maxlags": newey_west_lags(116), "use_correction": True}},
        "hc1": {"cov_type": "HC1"},
        "nonrobust": {},
    }[covariance]
    fit = sm.OLS(returns[used], sm.add_constant(columns)).fit(**options)
    np.testing.assert_allclose(answer.betas, fit.params[1:], rtol=1e-9)
    np.testing.assert_allclose(answer.beta_covariance, fit.cov_params()[1:, 1:], rtol=1e-8, atol=1e-15)
    np.testing.assert_allclose(answer.factor_covariance, np.cov(columns.T), rtol=1e-9)
    assert answer.residual_variance == pytest.approx(fit.mse_resid, rel=1e-9)
    assert answer.degrees_of_freedom == fit.df_resid == 110
    np.testing.assert_allclose(answer.columns, columns, atol=1e-15)


@pytest.mark.parametrize("conditional", [True, False])
def test_the_answer_is_the_formula_by_hand(conditional: bool) -> None:
    """Of two factors moved: the others' mean, the change, three parts of the variance, and the t interval."""
    answer, _, _ = found()
    got = stressed(answer, np.array([3, 0]), np.array([-0.05, -0.1]), 10, conditional=conditional)
    s, u, sigma, moves = [3, 0], [1, 2, 4], answer.factor_covariance, np.zeros(5)
    moves[s] = -0.05, -0.1
    inverse = np.linalg.inv(sigma[np.ix_(s, s)])
    others = 0.0
    if conditional:
        moves[u] = sigma[np.ix_(u, s)] @ inverse @ moves[s]
        left = sigma[np.ix_(u, u)] - sigma[np.ix_(u, s)] @ inverse @ sigma[np.ix_(s, u)]
        others = 10 * answer.betas[u] @ left @ answer.betas[u]
    np.testing.assert_allclose(got.moves, moves, rtol=1e-10)
    np.testing.assert_allclose(got.by_factor, answer.betas * moves, rtol=1e-10)
    assert got.change == pytest.approx(answer.betas @ moves, rel=1e-12)
    assert got.variance_of_factors == pytest.approx(others, rel=1e-9)
    assert got.variance_of_betas == pytest.approx(moves @ answer.beta_covariance @ moves, rel=1e-12)
    assert got.variance_of_residuals == pytest.approx(10 * answer.residual_variance, rel=1e-12)
    variance = got.variance_of_factors + got.variance_of_betas + got.variance_of_residuals
    half = stats.t.ppf(0.975, 110) * variance**0.5
    assert (got.ci_low, got.ci_high) == pytest.approx((got.change - half, got.change + half), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.floats(-0.5, 0.5).filter(bool), basis=st.sampled_from(BASES))
def test_a_move_of_the_market_alone_is_the_one_factor_beta_times_it(seed: int, size: float, basis: str) -> None:
    """In every basis: Cov(y, m)/Var(m) on the same days."""
    answer, returns, factors = found(basis=basis, seed=seed)
    used = np.isfinite(returns)
    beta = np.cov(returns[used], factors[used, 0])[0, 1] / factors[used, 0].var(ddof=1)
    got = stressed(answer, np.array([0]), np.array([size]), 21)
    assert got.change == pytest.approx(beta * size, abs=1e-12)
    assert got.by_factor.sum() == pytest.approx(got.change, abs=1e-12)


def test_the_horizon_widens_the_interval_and_moves_nothing() -> None:
    """Moves of all factors leave nothing to the others."""
    answer, _, _ = found()
    short, long = (stressed(answer, np.array([0]), np.array([-0.1]), h) for h in (1, 25))
    assert short.change == long.change
    assert long.variance_of_factors == pytest.approx(25 * short.variance_of_factors)
    assert long.variance_of_betas == short.variance_of_betas
    every = stressed(answer, np.arange(5), np.full(5, 0.01), 5)
    assert every.variance_of_factors == 0.0
    assert every.change == pytest.approx(answer.betas.sum() * 0.01)


def test_a_column_without_a_fit_is_an_error() -> None:
    """Too few returns, or factors that depend on each other."""
    returns, factors = drawn(days=6)
    with pytest.raises(ValueError, match="no fit"):
        response(sample(returns[:, None], factors, Basis()), 0, "hac")
    returns, factors = drawn()
    factors[:, 1] = factors[:, 0]
    with pytest.raises(ValueError, match="no fit"):
        response(sample(returns[:, None], factors, Basis()), 0, "hac")


def test_the_largest_moves_are_those_of_every_stretch() -> None:
    """Compounded, or summed for changes of a level; none where the sample is shorter."""
    _, factors = drawn(days=30)
    added = np.array([False, False, True, False, False])
    falls, rises = largest_moves(factors, 7, added)
    stretches = [factors[i : i + 7] for i in range(24)]
    whole = np.array([np.where(added, s.sum(axis=0), np.prod(1 + s, axis=0) - 1) for s in stretches])
    np.testing.assert_allclose(falls, np.minimum(whole.min(axis=0), 0), rtol=1e-10)
    np.testing.assert_allclose(rises, np.maximum(whole.max(axis=0), 0), rtol=1e-10)
    falls, rises = largest_moves(factors, 31, added)
    assert not falls.any()
    assert not rises.any()
    assert largest_moves(factors, 30, added)[0].any()


def test_a_position_is_held_and_not_rebalanced() -> None:
    """By hand: the total, the drawdown from a peak in between, the worst session."""
    closes = np.array([[100.0, 50.0], [120.0, 50.0], [90.0, 55.0], [110.0, 40.0]])
    weights = np.array([0.5, 0.3])
    path = held(weights, growth(closes))
    values = [1 + 0.5 * (a / 100 - 1) + 0.3 * (b / 50 - 1) for a, b in closes]
    assert path.total == pytest.approx(0.5 * 0.10 + 0.3 * -0.20)
    assert path.max_drawdown == pytest.approx(min(values[2] / values[1], values[3] / values[1]) - 1)
    assert path.worst == 1
    assert path.worst_return == pytest.approx(values[2] / values[1] - 1)
    rising = held(np.ones(1), growth(np.array([[1.0], [2.0], [3.0]])))
    assert (rising.max_drawdown, rising.worst) == (0.0, 1)


def test_a_short_position_that_loses_everything_has_no_return_afterwards() -> None:
    """What is worth nothing or less cannot lose a part of it."""
    path = held(np.array([-1.0]), growth(np.array([[1.0], [1.5], [2.5], [2.0]])))
    assert path.total == pytest.approx(-1.0)
    assert (path.worst, path.worst_return) == (1, pytest.approx(-2.0))


def test_the_model_compounds_the_rate_and_the_factors() -> None:
    """Of two tickers on two factors, by hand; factors are compounded, levels added."""
    betas, factors = np.array([[1.0, 0.5], [0.0, 2.0]]), np.array([[0.01, -0.02], [-0.03, 0.04]])
    grown = model_growth(betas, factors, np.array([0.001, 0.002]))
    assert grown[0].tolist() == [1.0, 1.0]
    assert grown[2, 0] == pytest.approx((1 + 0.001 + 0.01 - 0.01) * (1 + 0.002 - 0.03 + 0.02))
    assert grown[2, 1] == pytest.approx((1 + 0.001 - 0.04) * (1 + 0.002 + 0.08))
    both = compounded(factors, np.array([False, True]))
    assert both == pytest.approx([1.01 * 0.97 - 1, 0.02])


@pytest.mark.slow
@pytest.mark.parametrize(("tails", "low", "high"), [(None, 0.93, 0.97), (4, 0.92, 0.97)])
@pytest.mark.parametrize("horizon", [1, 21])
def test_intervals_contain_what_happens(tails: int | None, low: float, high: float, horizon: int) -> None:
    """A market move that happened, with what the other factors and the residual did, in 1,500 samples of a year."""
    inside = 0
    for seed in range(1500):
        returns, factors = drawn(seed, 252 + horizon, tails)
        fit = response(sample(returns[:252, None], factors[:252], Basis()), 0, "hac")
        got = stressed(fit, np.array([0]), factors[252:, 0].sum(keepdims=True), horizon)
        inside += got.ci_low <= returns[252:].sum() <= got.ci_high
    assert low <= inside / 1500 <= high
