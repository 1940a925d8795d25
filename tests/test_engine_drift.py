"""Changes of betas between two windows against statsmodels and a loop over days, and the size of their test."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from factorcli.engine.basis import RAW, Basis
from factorcli.engine.distributions import t_p_values
from factorcli.engine.drift import Drift, drift
from factorcli.engine.inference import newey_west_lags
from tests.oracles import Array, design_matrix, planted_market
from tests.real_windows import MARKETS, real_designs

pytestmark = pytest.mark.engine

WINDOW = 90


def market_with_gaps(seed: int, shift: int, window: int = WINDOW) -> tuple[Array, Array]:
    """Three tickers: a complete one, one with a gap in both windows, and one with scattered gaps."""
    returns, factors = planted_market(seed, window + shift, 3)
    returns[shift + 3 : shift + 9, 1] = np.nan
    returns[np.random.default_rng(seed).random(len(returns)) < 0.08, 2] = np.nan
    return returns, factors


def oracle(y: Array, x: Array, window: int, *, hac: bool) -> tuple[Array, Array, Array, Array]:
    """Slopes before and after by statsmodels, and the covariance of their change by a loop over days and lags.

    With the lags of the later window, and without any.
    """
    present = np.isfinite(y)
    place = np.arange(len(y))[present]
    y, x = y[present], design_matrix(x[present])
    influence, slopes, lags = np.zeros(x.shape), [], 0
    for sign, used in ((-1, place < window), (1, place >= len(present) - window)):
        fit = sm.OLS(y[used], x[used]).fit()
        n, k = x[used].shape
        lags = newey_west_lags(n) if hac else 0
        score = fit.resid / (1 - fit.get_influence().hat_matrix_diag) if hac else fit.resid * np.sqrt(n / (n - k))
        for day, row, e in zip(np.flatnonzero(used), x[used], score, strict=True):
            influence[day] += sign * np.linalg.inv(x[used].T @ x[used]) @ row * e
        slopes.append(fit.params[1:])
    lagged = np.zeros((x.shape[1], x.shape[1]))
    for t in range(len(y)):
        for lag in range(min(lags, t) + 1):
            weight = 1.0 - lag / (lags + 1.0)
            product = np.outer(influence[t], influence[t - lag])
            lagged += product if lag == 0 else weight * (product + product.T)
    return slopes[0], slopes[1], lagged[1:, 1:], (influence.T @ influence)[1:, 1:]


@pytest.mark.parametrize("shift", [30, 60, 90, 120])
def test_changes_and_their_errors_are_those_of_two_fits_and_a_loop_over_days(shift: int) -> None:
    """Of each factor, of the one-factor beta and together, with gaps and with days between the windows."""
    returns, factors = market_with_gaps(shift, shift)
    found = drift(returns, factors, WINDOW)
    for ticker in range(3):
        before, after, covariance, white = oracle(returns[:, ticker], factors, WINDOW, hac=True)
        assert_allclose(found.before[ticker, :-1], before, rtol=1e-9)
        assert_allclose(found.after[ticker, :-1], after, rtol=1e-9)
        assert_allclose(found.std_errors[ticker, :-1], np.sqrt(np.diag(covariance)), rtol=1e-8)
        one_before, one_after, one_covariance, _ = oracle(returns[:, ticker], factors[:, :1], WINDOW, hac=True)
        assert_allclose(found.before[ticker, -1], one_before[0], rtol=1e-9)
        assert_allclose(found.after[ticker, -1], one_after[0], rtol=1e-9)
        assert_allclose(found.std_errors[ticker, -1], np.sqrt(one_covariance[0, 0]), rtol=1e-8)
        change = after - before
        f_stat = change @ np.linalg.solve(white, change) / 5
        assert_allclose(found.joint.f_stat[ticker], f_stat, rtol=1e-7)
        present = np.isfinite(returns[:, ticker])
        early, late = np.arange(len(present)) < WINDOW, np.arange(len(present)) >= shift
        own = int((present & (early ^ late)).sum())
        assert found.joint.numerator == 5
        assert found.joint.denominator[ticker] == found.degrees_of_freedom[ticker, 0] == own - 12
        assert found.degrees_of_freedom[ticker, -1] == own - 4
        assert_allclose(found.joint.p_value[ticker], stats.f.sf(f_stat, 5, own - 12), rtol=1e-7)
        assert_array_equal(found.observations[:, ticker], [(present & early).sum(), (present & late).sum()])


def test_hc1_has_no_lags_and_another_correction_but_the_same_joint_test() -> None:
    """√(n/(n − k)) in place of 1/(1 − h); the joint test stays HC3."""
    returns, factors = market_with_gaps(3, 60)
    found, hac = (drift(returns, factors, WINDOW, name) for name in ("hc1", "hac"))
    for ticker in range(3):
        _, _, covariance, _ = oracle(returns[:, ticker], factors, WINDOW, hac=False)
        assert_allclose(found.std_errors[ticker, :-1], np.sqrt(np.diag(covariance)), rtol=1e-8)
    assert_array_equal(found.joint.f_stat, hac.joint.f_stat)
    assert found.joint.covariance == "hc3"


def test_windows_without_a_day_in_common_have_the_sum_of_their_covariances() -> None:
    """Then HC3 of the change is the sum of statsmodels' HC3 of the two fits."""
    returns, factors = planted_market(8, 2 * WINDOW, 1)
    found = drift(returns, factors, WINDOW)
    fits = [
        sm.OLS(returns[rows, 0], design_matrix(factors[rows])).fit(cov_type="HC3")
        for rows in (slice(WINDOW), slice(WINDOW, None))
    ]
    matrix = sum(fit.cov_params() for fit in fits)[1:, 1:]
    change = (fits[1].params - fits[0].params)[1:]
    assert_allclose(found.joint.f_stat[0], change @ np.linalg.solve(matrix, change) / 5, rtol=1e-8)


def test_windows_in_the_opposite_order_have_the_opposite_change() -> None:
    """With days in common, too: the same errors, joint test and degrees of freedom."""
    returns, factors = planted_market(4, WINDOW + 40, 4)
    there, back = drift(returns, factors, WINDOW), drift(returns[::-1], factors[::-1], WINDOW)
    assert_allclose(there.before, back.after, rtol=1e-10)
    assert_allclose(there.after, back.before, rtol=1e-10)
    assert_allclose(there.std_errors, back.std_errors, rtol=1e-9)
    assert_allclose(there.joint.f_stat, back.joint.f_stat, rtol=1e-8)


def test_bases_are_the_same_changes_told_otherwise() -> None:
    """The styles' changes and the joint test do not depend on the basis; the market's is that of its own sum."""
    returns, factors = market_with_gaps(5, 60)
    traded = np.array([False, True, True, True, False])
    raw, spread, residual = (
        drift(returns, factors, WINDOW, basis=Basis(name, 0, traded)) for name in ("raw", "spread", "residual")
    )
    for other in (spread, residual):
        assert_allclose(other.before[:, 1:], raw.before[:, 1:], rtol=1e-8)
        assert_allclose(other.std_errors[:, 1:], raw.std_errors[:, 1:], rtol=1e-8)
        assert_allclose(other.joint.f_stat, raw.joint.f_stat, rtol=1e-7)
    assert_allclose(spread.after[:, 0], raw.after[:, 0] + raw.after[:, 1:4].sum(axis=1), rtol=1e-8)
    for name in ("before", "after", "std_errors", "degrees_of_freedom"):
        assert_array_equal(getattr(residual, name)[:, 0], getattr(raw, name)[:, -1])
    third = drift(returns, factors[:, [1, 2, 0, 3, 4]], WINDOW, basis=Basis("residual", 2))
    assert_allclose(third.before[:, 2], residual.before[:, 0], rtol=1e-8)


def test_a_ticker_does_not_depend_on_the_others() -> None:
    """To the last bit, alone and among many."""
    returns, factors = planted_market(6, WINDOW + 50, 300)
    many = drift(returns, factors, WINDOW)
    for ticker in (0, 7, 299):
        one = drift(returns[:, [ticker]], factors, WINDOW)
        for name in ("before", "after", "std_errors"):
            assert_array_equal(getattr(many, name)[ticker], getattr(one, name)[0])
        assert many.joint.f_stat[ticker] == one.joint.f_stat[0]


def test_a_planted_change_is_found_and_the_others_are_not() -> None:
    """Of one factor's beta, by one; its interval covers it."""
    returns, factors = planted_market(7, 504, 40)
    returns[252:] += factors[252:, [3]]
    found = drift(returns, factors, 252)
    change = found.after - found.before
    assert abs(change[:, 3].mean() - 1.0) < 0.1
    assert (found.joint.p_value < 0.05).mean() > 0.95
    p_values = _p_values(found)
    assert (p_values[:, 3] < 0.05).mean() > 0.95
    assert (p_values[:, [0, 1, 2, 4]] < 0.05).mean() < 0.08


def test_without_enough_returns_or_with_dependent_factors_there_is_no_number() -> None:
    """In either window; a window with itself has no test."""
    returns, factors = planted_market(9, WINDOW + 60, 3)
    returns[:25, 1] = np.nan
    returns[-70:, 2] = np.nan
    found = drift(returns, factors, WINDOW, min_observations=72)
    assert_array_equal(np.isfinite(found.joint.p_value), [True, False, False])
    assert_array_equal(np.isfinite(found.before).all(axis=1), [True, False, False])
    assert not found.dependent.any()
    factors[:WINDOW, 2] = factors[:WINDOW, 1]
    found = drift(returns, factors, WINDOW)
    assert found.dependent.all()
    assert np.isnan(found.after).all()
    itself = drift(*planted_market(9, WINDOW, 2), WINDOW)
    assert np.isnan(itself.joint.p_value).all()
    assert_array_equal(itself.before, itself.after)


def _p_values(found: Drift) -> Array:
    """Of each change, (N, K + 1)."""
    t_stats = (found.after - found.before) / found.std_errors
    return t_p_values(t_stats[..., None], found.degrees_of_freedom)[..., 0]


@pytest.mark.slow
@pytest.mark.parametrize("basis", [RAW, Basis("residual")], ids=lambda basis: basis.name)
@pytest.mark.parametrize("window", [126, 252])
@pytest.mark.parametrize("shift", [21, 63, 126, 252])
def test_the_size_of_the_tests_of_drift(shift: int, window: int, basis: Basis) -> None:
    """Where nothing has changed, at most 6 % of joint tests and of single tests reject at 5 %, whatever is shared."""
    joint, single = [], []
    for draw in range(40):
        found = drift(*planted_market(1000 * shift + draw, window + shift, 200), window, basis=basis)
        joint.append((found.joint.p_value < 0.05).mean())
        single.append((_p_values(found) < 0.05).mean(axis=0))
    print(
        f"\nsize, {window} days, shift {shift}: joint {np.mean(joint):.1%}, single {np.mean(single, axis=0).round(3)}"
    )
    assert np.mean(joint) < 0.06
    assert np.mean(single, axis=0).max() < 0.065


@pytest.mark.slow
@pytest.mark.parametrize("shift", [63, 126, 252])
@pytest.mark.parametrize(("prices", "model"), MARKETS)
def test_the_size_of_the_joint_test_of_drift_on_real_designs(prices: str, model: str, shift: int) -> None:
    """Under a wild bootstrap on real factors at most 6 % of joint tests reject a true null at 5 % on average."""
    rng = np.random.default_rng(11)
    sizes, singles = [], []
    for design in real_designs(prices, model, 252 + shift, 20):
        stocks = rng.integers(0, design.returns.shape[1], 1000)
        columns = design_matrix(design.factors)
        fitted = columns @ np.linalg.lstsq(columns, design.returns, rcond=None)[0]
        signs = rng.choice([-1.0, 1.0], (len(fitted), 1000))
        drawn = fitted[:, stocks] + (design.returns - fitted)[:, stocks] * signs
        window = len(drawn) - shift
        found = drift(drawn, design.factors, window)
        sizes.append((found.joint.p_value < 0.05).mean())
        singles.append((_p_values(found)[:, :-1] < 0.05).mean(axis=0))
    print(f"\nsize of the joint test of drift, shift {shift}: mean {np.mean(sizes):.1%}, {min(sizes):.1%} to "
          f"{max(sizes):.1%}; single {np.mean(singles, axis=0).round(3)}")  # fmt: skip
    assert np.mean(sizes) < 0.06
    assert np.mean(singles, axis=0).max() < 0.08
