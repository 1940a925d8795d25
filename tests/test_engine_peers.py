"""Distances between betas: against definitions written out, statsmodels, and a simulation of equal betas."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import chi2
from statsmodels.stats.sandwich_covariance import S_hac_simple

from factorcli.engine import Array
from factorcli.engine.basis import Basis
from factorcli.engine.design import Design
from factorcli.engine.distributions import chi2_p_values
from factorcli.engine.estimators import sample
from factorcli.engine.inference import newey_west_lags
from factorcli.engine.peers import Gaps, Scored, gaps, joined, true_covariance
from tests.oracles import planted_market

pytestmark = pytest.mark.engine

RESIDUAL = Basis("residual")


def _scored(returns: Array, factors: Array) -> Scored:
    return Scored.of(sample(returns, factors, RESIDUAL))


def _among(returns: Array, factors: Array) -> tuple[Scored, Array, Gaps]:
    """The scores of all tickers, the covariance of true betas, and the gaps between all of them."""
    scored = _scored(returns, factors)
    spread = true_covariance(scored)
    return scored, spread, gaps(scored, scored, spread)


def _with_gaps(seed: int, days: int = 90, tickers: int = 7) -> tuple[Array, Array]:
    """A market in which some tickers lack some days, each others."""
    returns, factors = planted_market(seed, days, tickers, 3)
    returns[5, 0] = returns[60:64, 1] = returns[:20, 2] = np.nan
    return returns, factors


def _by_hand(returns: Array, factors: Array, i: int) -> tuple[Array, Array, Array]:
    """Betas (K,), scores (T, K) and residuals (T,) of a ticker by the normal equations, day by day."""
    rows = np.flatnonzero(np.isfinite(returns[:, i]))
    x = np.column_stack([np.ones(len(rows)), RESIDUAL.of(factors[rows])])
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ x.T @ returns[rows, i]
    residuals = np.full(len(returns), np.nan)
    residuals[rows] = returns[rows, i] - x @ coefficients
    scores = np.zeros((len(returns), factors.shape[1]))
    for day, row in zip(rows, x, strict=True):
        scores[day] = (inverse @ row)[1:] * residuals[day] / (1.0 - row @ inverse @ row)
    return coefficients[1:], scores, residuals


def test_every_number_is_that_of_the_definition() -> None:
    """Betas, V + V − C − C' as statsmodels sums the scores of a difference, T, both forms and the correlation."""
    returns, factors = _with_gaps(1)
    scored, spread, found = _among(returns, factors)
    own = [_by_hand(returns, factors, i) for i in range(7)]
    lags = newey_west_lags(len(returns))
    days = len(returns)
    covariances = [S_hac_simple(scores, lags) for _, scores, _ in own]
    betas = np.array([betas for betas, _, _ in own])
    np.testing.assert_allclose(scored.betas, betas, rtol=1e-9)
    np.testing.assert_allclose(scored.covariances, covariances, rtol=1e-9)
    expected = np.cov(betas, rowvar=False, ddof=1) - np.mean(covariances, axis=0)
    sizes, directions = np.linalg.eigh(expected)
    np.testing.assert_allclose(spread, directions @ np.diag(np.maximum(sizes, 0)) @ directions.T, atol=1e-12)
    for i in range(7):
        for j in range(7):
            if i == j:
                continue
            difference = betas[i] - betas[j]
            variance = S_hac_simple(own[i][1] - own[j][1], lags)
            squared = difference @ np.linalg.inv(variance + spread) @ difference
            assert found.distance[i, j] == pytest.approx(np.sqrt(squared), rel=1e-9)
            alone = difference @ np.linalg.inv(variance) @ difference
            assert found.p_equal[i, j] == pytest.approx(chi2.sf(alone, 3), rel=1e-8, abs=1e-14)
            common = np.isfinite(own[i][2]) & np.isfinite(own[j][2])
            correlation = np.corrcoef(own[i][2][common], own[j][2][common])[0, 1]
            assert found.residual_correlation[i, j] == pytest.approx(correlation, rel=1e-9)
    assert days == 90


@pytest.mark.parametrize("seed", range(8))
def test_a_distance_is_the_same_from_both_sides(seed: int) -> None:
    """To 1e-12, with days that one of two lacks; as are the other numbers. From itself it is 0."""
    _, _, found = _among(*_with_gaps(seed, 60 + 20 * seed))
    np.testing.assert_allclose(found.distance, found.distance.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.p_equal, found.p_equal.T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.residual_correlation, found.residual_correlation.T, rtol=1e-12)
    assert np.diagonal(found.distance).tolist() == [0.0] * 7
    assert np.diagonal(found.p_equal).tolist() == [1.0] * 7


def test_the_covariance_of_a_difference_is_never_negative() -> None:
    """One kernel for all pairs: the smallest eigenvalue of V + V − C − C' is 0 but for rounding."""
    returns, factors = _with_gaps(3)
    scored = _scored(returns, factors)
    days = len(returns)
    for i in range(7):
        for j in range(7):
            shared = scored.scores[:, i].T @ scored.smoothed[:, j]
            apart = scored.covariances[i] + scored.covariances[j] - shared - shared.T
            assert np.linalg.eigvalsh(apart)[0] > -1e-12
    assert scored.scores.shape == (days, 7, 3)


def test_what_two_stocks_share_makes_their_difference_certain() -> None:
    """Betas that differ by 0.15, beside residuals that are nearly the same: told apart; alone they would not be."""
    rng = np.random.default_rng(50)
    returns, factors = planted_market(5, 252, 3)
    noise = 0.02 * rng.standard_normal(252)
    for i, beta in enumerate((1.0, 1.15)):
        returns[:, i] = beta * factors[:, 0] + noise + 0.0005 * rng.standard_normal(252)
    scored = _scored(returns, factors)
    found = gaps(scored.take(np.array([0])), scored, np.zeros((5, 5)))
    difference = scored.betas[0] - scored.betas[1]
    without = difference @ np.linalg.inv(scored.covariances[0] + scored.covariances[1]) @ difference
    assert chi2.sf(without, 5) > 0.9
    assert found.p_equal[0, 1] < 1e-12
    assert found.residual_correlation[0, 1] > 0.99


def test_the_same_prices_under_two_names_are_equal_and_a_known_difference_is_not() -> None:
    """Without noise in a difference there is nothing to divide by: 0 and 1, or ∞ and 0."""
    returns, factors = planted_market(7, 120, 4, 3)
    returns[:, 1] = returns[:, 0]
    returns[:, 2] = returns[:, 0] + 0.3 * factors[:, 0]
    scored = _scored(returns, factors)
    found = gaps(scored.take(np.array([0])), scored, np.zeros((3, 3)))
    assert found.p_equal[0].tolist()[:3] == [1.0, 1.0, 0.0]
    assert found.distance[0].tolist()[:3] == [0.0, 0.0, np.inf]
    assert 0.0 < found.distance[0, 3] < np.inf
    along = gaps(scored.take(np.array([0])), scored, np.diag([0.04, 0.01, 0.01])).distance[0, 2]
    assert along == pytest.approx(0.3 / 0.2)


def test_a_covariance_of_true_betas_that_is_singular_does_no_harm() -> None:
    """Without noise of its own a difference outside of it is infinite; all others are as they would be alone."""
    returns, factors = planted_market(7, 120, 4, 3)
    returns[:, 2] = returns[:, 0] + 0.3 * factors[:, 0]
    scored, spread = _scored(returns, factors), np.full((3, 3), 0.04)
    one = scored.take(np.array([0]))
    assert gaps(one, scored, spread).distance[0, 2] > 1e6
    returns[:, 2] = returns[:, 0] + 0.3 * RESIDUAL.of(factors).sum(axis=1)
    certain = _scored(returns, factors)
    found = gaps(certain.take(np.array([0])), certain, spread).distance[0]
    assert found[2] == pytest.approx(0.3 / 0.2)
    alone = gaps(one, scored.take(np.array([1, 3])), spread)
    assert found[[1, 3]] == pytest.approx(alone.distance[0], rel=1e-9)


def test_some_tickers_are_those_of_all() -> None:
    """Taken by position, on both sides."""
    scored, spread, found = _among(*_with_gaps(15))
    first, second = np.array([4, 2]), np.array([1, 6, 0])
    part = gaps(scored.take(first), scored.take(second), spread)
    for name in ("distance", "p_equal", "residual_correlation"):
        expected = getattr(found, name)[np.ix_(first, second)]
        np.testing.assert_allclose(getattr(part, name), expected, rtol=1e-9, atol=1e-14)


def test_a_ticker_without_a_fit_has_no_distance_and_does_not_count() -> None:
    """NaN for it alone; the covariance of true betas is that of the others."""
    returns, factors = planted_market(9, 100, 6, 3)
    short = returns.copy()
    short[4:, 4] = np.nan
    scored, spread, found = _among(short, factors)
    assert np.isnan(found.distance[0, 4])
    assert np.isnan(found.p_equal[0, 4])
    others = [0, 1, 2, 3, 5]
    np.testing.assert_allclose(spread, true_covariance(_scored(returns[:, others], factors)), rtol=1e-12)
    assert np.isfinite(np.delete(found.distance, 4, axis=0)[:, others]).all()
    assert not true_covariance(scored.take(np.array([0]))).any()


def test_the_covariance_of_true_betas_is_found_below_the_noise() -> None:
    """Planted: standard deviations 0.3, 0.1 and 0, with errors of about 0.2; the last is clipped to nearly 0."""
    rng = np.random.default_rng(11)
    factors = 0.01 * rng.standard_normal((252, 3))
    betas = rng.normal(1.0, (0.3, 0.1, 0.0), (4000, 3))
    returns = factors @ betas.T + 0.02 * rng.standard_normal((252, 4000))
    scored = Scored.of(sample(returns, factors, Basis()))
    raw = np.cov(scored.betas, rowvar=False)
    found = true_covariance(scored)
    assert raw[2, 2] > 0.014  # all of it noise
    assert np.diagonal(found) == pytest.approx([0.09, 0.01, 0.0], abs=0.003)
    assert np.linalg.eigvalsh(found)[0] >= -1e-15
    assert scored.noise.mean() == pytest.approx(3 * 0.02**2 / (252 * 0.01**2), rel=0.1)


def test_the_scores_of_hc3_are_those_of_the_design() -> None:
    """Σ ψψ' over single days is the covariance HC3 of statsmodels."""
    returns, factors = planted_market(13, 150, 2, 3)
    scored = _scored(returns, factors)
    fit = sm.OLS(returns[:, 1], sm.add_constant(RESIDUAL.of(factors))).fit(cov_type="HC3")
    np.testing.assert_allclose(scored.scores[:, 1].T @ scored.scores[:, 1], fit.cov_params()[1:, 1:], rtol=1e-9)
    assert Design.of(factors, RESIDUAL).leverage.sum() == pytest.approx(4.0)


@pytest.mark.parametrize("degrees", range(1, 9))
def test_the_tail_of_chi_squared_is_scipys(degrees: int) -> None:
    """From 0 to far out; NaN and ∞ too."""
    values = np.array([0.0, 1e-9, 0.3, 1.0, 5.0, 20.0, 300.0, 5000.0, np.inf, np.nan])
    np.testing.assert_allclose(chi2_p_values(values, degrees), chi2.sf(values, degrees), rtol=1e-12)


def test_tickers_that_were_fitted_apart_are_those_fitted_together() -> None:
    """Every array, in the order of the parts; one part is itself."""
    returns, factors = _with_gaps(21)
    every = _scored(returns, factors)
    parts = [_scored(returns[:, some], factors) for some in ([0, 1, 2], [3], [4, 5, 6])]
    found = joined(parts)
    for name in ("betas", "scores", "smoothed", "covariances", "residuals", "present"):
        np.testing.assert_allclose(getattr(found, name), getattr(every, name), rtol=1e-9, atol=1e-15, err_msg=name)
    assert found.present.sum(axis=0).tolist() == np.isfinite(returns).sum(axis=0).tolist() == [89, 86, 70, *[90] * 4]
    assert joined(parts[:1]) is parts[0]
    np.testing.assert_allclose(found.noise, [np.trace(one) for one in every.covariances], rtol=1e-12)


def test_a_ticker_with_fewer_returns_than_are_asked_for_has_no_fit() -> None:
    """None are asked for where that is not said."""
    returns, factors = planted_market(23, 60, 3, 3)
    returns[20:, 1] = np.nan
    one = sample(returns, factors, RESIDUAL)
    for least, fitted in ((0, [True, True, True]), (20, [True, True, True]), (21, [True, False, True])):
        found = Scored.of(one, least)
        assert np.isfinite(found.betas[:, 0]).tolist() == fitted
        assert np.isfinite(found.covariances[:, 0, 0]).tolist() == fitted
        assert np.isfinite(found.scores).all(axis=(0, 2)).tolist() == fitted
        assert (found.present.sum(axis=0) > 0).tolist() == fitted
    assert np.isfinite(Scored.of(one).betas).all()


def _of(betas: list[list[float]], covariance: list[list[float]], score: float = 0.0, smooth: float = 0.0) -> Scored:
    """Tickers of these betas, all with one covariance, on one day with one score."""
    b, v = np.array(betas), np.array(covariance)
    shape = (1, *b.shape)
    nothing = np.zeros((1, len(b)))
    return Scored(b, np.full(shape, score), np.full(shape, smooth), np.stack([v] * len(b)), nothing, nothing)


def test_a_singular_matrix_is_solved_along_what_varies() -> None:
    """Of each pair alone: b'b / 4 along the diagonal, ∞ across it; unequal variances are made equal first."""
    origin = _of([[0.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]])
    others = _of([[0.3, 0.3], [0.8, 0.8], [0.3, -0.3], [0.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]])
    found = gaps(origin, others, np.zeros((2, 2)))
    np.testing.assert_allclose(found.distance, [[0.3, 0.8, np.inf, 0.0]], rtol=1e-12)
    np.testing.assert_allclose(found.p_equal, [[chi2.sf(0.09, 2), chi2.sf(0.64, 2), 0.0, 1.0]], rtol=1e-12)
    steep = [[0.5, 1.0], [1.0, 2.0]]  # (1, 2)(1, 2)' / 2
    found = gaps(_of([[0.0, 0.0]], steep), _of([[0.3, 0.6], [0.3, 0.3]], steep), np.zeros((2, 2)))
    np.testing.assert_allclose(found.distance, [[0.3, np.inf]], rtol=1e-12)


def test_what_is_rounding_and_what_is_not() -> None:
    """A variance of 1e-12 of the two apart, and a difference of 1e-12; beyond either it counts."""
    for shared, distance in ((1 - 0.9e-12, np.inf), (1 - 1.05e-12, 0.3 / np.sqrt(2.1e-12))):
        one, other = _of([[0.0]], [[1.0]], 1.0, shared), _of([[0.3]], [[1.0]], 1.0, shared)
        assert gaps(one, other, np.zeros((1, 1))).distance[0, 0] == pytest.approx(distance, rel=1e-3)
    for beta, distance in ((1e-12, 0.0), (-1e-12, 0.0), (1.01e-12, np.inf)):
        one, other = _of([[0.0]], [[1.0]], 1.0, 1.0), _of([[beta]], [[1.0]], 1.0, 1.0)
        assert gaps(one, other, np.zeros((1, 1))).distance[0, 0] == distance
    nearly = [[0.5, 0.5 - 4e-7], [0.5 - 4e-7, 0.5]]  # whose smaller eigenvalue is 8e-7 of a variance of 1
    found = gaps(_of([[0.0, 0.0]], nearly), _of([[0.3, -0.3]], nearly), np.zeros((2, 2)))
    assert found.distance[0, 0] == pytest.approx(np.sqrt(0.18 / 8e-7), rel=1e-6)


def test_a_difference_is_divided_by_what_differs_and_by_what_both_share() -> None:
    """V + V − C − C' by hand, of unequal scores on two days, with a spread that the distance alone has."""
    one = Scored(
        np.array([[1.0]]), np.array([[[0.2]], [[0.1]]]), np.array([[[0.4]], [[0.3]]]), np.array([[[0.5]]]),
        np.array([[0.1], [0.3]]), np.ones((2, 1)),
    )  # fmt: skip
    other = Scored(
        np.array([[1.6]]), np.array([[[0.5]], [[0.6]]]), np.array([[[0.7]], [[0.8]]]), np.array([[[0.9]]]),
        np.array([[0.2], [0.1]]), np.ones((2, 1)),
    )  # fmt: skip
    shared = 0.2 * 0.7 + 0.1 * 0.8
    found = gaps(one, other, np.array([[0.25]]))
    variance = 0.5 + 0.9 - 2 * shared
    assert found.distance[0, 0] == pytest.approx(0.6 / np.sqrt(variance + 0.25), rel=1e-12)
    assert found.p_equal[0, 0] == pytest.approx(chi2.sf(0.36 / variance, 1), rel=1e-12)
    assert found.residual_correlation[0, 0] == pytest.approx(-1.0)


def test_a_residual_that_does_not_vary_has_no_correlation() -> None:
    """NaN, without a warning; of residuals that are the same it is 1 and not more."""
    residuals = np.array([[0.1, 0.3, 0.1], [0.1, -0.2, 0.3], [0.1, 0.4, -0.7]])
    scored = Scored(
        np.zeros((3, 1)), np.zeros((3, 3, 1)), np.zeros((3, 3, 1)), np.ones((3, 1, 1)), residuals, np.ones((3, 3))
    )
    found = gaps(scored, scored, np.zeros((1, 1))).residual_correlation
    assert np.isnan(found[0]).all()
    assert found[1, 2] == pytest.approx(np.corrcoef(residuals[:, 1], residuals[:, 2])[0, 1], rel=1e-12)
    assert found[1, 1] == pytest.approx(1.0)
    assert np.nanmax(found) <= 1.0


def test_two_tickers_have_a_covariance_of_true_betas() -> None:
    """One has none."""
    scored = _of([[0.0, 1.0], [2.0, 0.0]], [[0.1, 0.0], [0.0, 0.2]])
    raw = np.array([[2.0, -1.0], [-1.0, 0.5]]) - np.diag([0.1, 0.2])
    sizes, directions = np.linalg.eigh(raw)
    assert sizes[0] < 0 < sizes[1]
    expected = sizes[1] * np.outer(directions[:, 1], directions[:, 1])
    np.testing.assert_allclose(true_covariance(scored), expected, rtol=1e-12)
    assert true_covariance(scored.take(np.array([1]))).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def equal_pairs(days: int, kind: str, pairs: int, seed: int) -> float:
    """How often stocks with the same betas are told apart at 5 %.

    kind: of their noise, `normal`, `t` with 5 degrees of freedom, or `market`, whose variance grows with the market's
    move, as does that of the factors.
    """
    rng, told, block = np.random.default_rng(seed), 0, 50
    for _ in range(pairs // block):
        _, factors = planted_market(int(rng.integers(1 << 30)), days, 1)
        noise = 0.015 * rng.standard_normal((days, 2 * block))
        if kind == "t":
            noise = 0.015 * rng.standard_t(5, (days, 2 * block)) / np.sqrt(5 / 3)
        elif kind == "market":
            noise *= np.sqrt(0.5 + 0.5 * (factors[:, :1] / 0.01) ** 2)
        returns = factors @ np.tile(rng.normal(0.3, 0.5, (5, block)), 2) + noise
        scored = _scored(returns, factors)
        first, second = scored.take(np.arange(block)), scored.take(np.arange(block, 2 * block))
        told += int((np.diagonal(gaps(first, second, np.zeros((5, 5))).p_equal) < 0.05).sum())
    return told / (pairs // block * block)


@pytest.mark.slow
@pytest.mark.parametrize(("days", "limit"), [(126, 0.14), (252, 0.10), (504, 0.09)])
@pytest.mark.parametrize("kind", ["normal", "t", "market"])
def test_the_size_of_p_equal(days: int, limit: float, kind: str) -> None:
    """Of equal betas more than 5 % are told apart at 5 %: about 11 % at 126 days, 8 % at 252 and 7 % at 504."""
    size = equal_pairs(days, kind, 2000, 17)
    assert 0.04 < size < limit
