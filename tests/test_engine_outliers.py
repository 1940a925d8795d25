"""Fits without one day: against statsmodels, against every day in turn, and in each kind of sample."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from factorcli.engine.basis import RAW
from factorcli.engine.estimators import Estimator, Sample, sample
from factorcli.engine.outliers import (
    NORMAL_MAD,
    OUTLIER_DEVIATIONS,
    candidates,
    left_out,
    nearest_ratio,
    r_squared_with,
    robust_deviation,
)

pytestmark = pytest.mark.engine

NAN = np.nan
ESTIMATORS = [Estimator(), Estimator("ewma", 40.0), Estimator("dimson")]
NAMES = ["ols", "ewma", "dimson"]


def planted(estimator: Estimator = ESTIMATORS[0], seed: int = 7) -> Sample:
    """Eight tickers on three factors over 150 days, some of them missing; heavy tails, and far days in four."""
    draw = np.random.default_rng(seed)
    factors = 0.01 * draw.standard_normal((150, 3))
    returns = factors @ draw.normal(0.5, 0.3, (3, 8)) + 0.008 * draw.standard_t(4, (150, 8))
    factors[60] *= 12  # a day of high leverage
    returns[60] += 0.1
    for ticker, day, size in ((1, 30, 0.12), (2, 149, -0.15), (4, 0, 0.2), (4, 90, -0.3), (5, 60, 0.4)):
        returns[day, ticker] += size
    returns[10:14, 3] = returns[100, 6] = NAN
    return sample(returns, factors, RAW, estimator)


def by_hand(one: Sample, ticker: int, day: int) -> tuple[float, float, float]:
    """Expected return, robust deviation and R² of the fit without a day, by statsmodels."""
    kept = np.isfinite(one.returns[:, ticker])
    kept[day] = False
    x = sm.add_constant(one.columns, has_constant="add")
    weights = np.ones(len(x)) if one.weights is None else one.weights
    fit = sm.WLS(one.returns[kept, ticker], x[kept], weights[kept]).fit()
    residuals = one.returns[kept, ticker] - x[kept] @ fit.params
    deviation = 1.4826 * np.median(np.abs(residuals - np.median(residuals)))
    return float(x[day] @ fit.params), float(deviation), float(fit.rsquared)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=NAMES)
def test_a_fit_without_a_day_is_that_of_the_shorter_sample(estimator: Estimator) -> None:
    """What it expects of the day, its robust deviation and R² equal statsmodels'; the residual follows from them."""
    one = planted(estimator)
    asked = [(1, 30), (1, 31), (3, 60), (5, 60), (6, 20)]
    found = left_out(one, asked)
    for k, (ticker, day) in enumerate(asked):
        expected, deviation, r_squared = by_hand(one, ticker, day)
        assert_allclose([found.expected[k], found.deviation[k], found.r_squared[k]], [expected, deviation, r_squared],
                        rtol=1e-9)  # fmt: skip
        assert_allclose(found.residual[k], (one.returns[day, ticker] - expected) / deviation, rtol=1e-9)
    assert [len(part) for part in left_out(one, [])] == [0, 0, 0, 0]
    assert np.isnan(left_out(one, asked, 150)).all()


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=NAMES)
def test_no_outlier_escapes_the_shortcut(estimator: Estimator) -> None:
    """Every day in turn, fitted without: those beyond 10 deviations are the candidates, but for a thousandth."""
    one = planted(estimator)
    every = [(int(i), int(day)) for i, day in np.argwhere(np.isfinite(one.returns).T)]
    residual = dict(zip(every, np.abs(left_out(one, every).residual), strict=True))
    outliers = {key for key, size in residual.items() if size > OUTLIER_DEVIATIONS}
    found = candidates(one)
    assert outliers <= set(found)
    assert len(found) == len(set(found)) and found == sorted(found)
    assert all(residual[key] > 0.99 * OUTLIER_DEVIATIONS for key in found)
    assert {(1, 30), (4, 90)} <= outliers
    if estimator.name != "dimson":  # which cannot use the first and the last day
        assert {(2, 149), (4, 0)} <= outliers
    assert candidates(one, 151) == []


def test_an_exact_fit_has_no_outliers() -> None:
    """Residuals that are rounding errors have no deviations, and no day is a candidate."""
    one = planted()
    exact = Sample(one.columns @ np.ones((3, 1)), one.columns, RAW, 3)
    assert candidates(exact) == []
    assert np.isnan(left_out(exact, [(0, 5)]).residual).all()
    assert left_out(exact, [(0, 5)]).r_squared == pytest.approx(1.0)


def test_dependent_factors_have_no_fit_without_a_day() -> None:
    """NaN, and no candidates, instead of an error."""
    one = planted()
    twice = Sample(one.returns, np.column_stack([one.columns, one.columns[:, 0]]), RAW, 4)
    assert np.isnan(left_out(twice, [(1, 30)])).all()
    assert candidates(twice) == []
    assert np.isnan(r_squared_with(twice, 1, [(30, 0.1)]))


def test_a_robust_deviation_is_that_of_a_normal_distribution() -> None:
    """1.4826 times the median distance from the median, row by row; of a normal sample it is its deviation."""
    assert robust_deviation(np.array([[1.0, 2, 4, 8, 100], [5, 5, 5, 5, 9]])).tolist() == [NORMAL_MAD * 3, 0]
    wide = 3 * np.random.default_rng(1).standard_normal((1, 100_000)) + 7
    assert robust_deviation(wide)[0] == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("estimator", ESTIMATORS[:2], ids=NAMES[:2])
def test_r_squared_with_days_is_that_of_a_sample_that_has_them(estimator: Estimator) -> None:
    """Equal to statsmodels on the longer sample; missing days stay missing, other tickers do not matter."""
    one = planted(estimator)
    returns = one.returns[:, 3].copy()
    returns[[11, 12]] = 0.5, -0.4
    kept = np.isfinite(returns)
    weights = np.ones(150) if one.weights is None else one.weights
    fit = sm.WLS(returns[kept], sm.add_constant(one.columns)[kept], weights[kept]).fit()
    assert r_squared_with(one, 3, [(11, 0.5), (12, -0.4)]) == pytest.approx(fit.rsquared, rel=1e-10)
    assert np.isnan(r_squared_with(one, 3, [(11, 0.5)], 150))


@pytest.mark.parametrize(
    ("gross", "expected", "deviation", "found"),
    [
        (0.8, 1.0, 0.01, 0),
        (0.8 * 1.03, 1.03, 0.01, 0),  # what the market explains is no part of the ratio
        (5 / 6, 1.0, 0.01, 1),
        (10 / 11, 1.0, 0.01, 2),
        (0.8 - 0.0149, 1.0, 0.01, 0),
        (0.8 - 0.0151, 1.0, 0.01, None),
        (0.816, 1.0, 0.02, 0),  # within reach of both
        (0.818, 1.0, 0.02, 1),
        (1.0, 1.0, 0.01, None),
        (0.8, 1.0, NAN, None),
    ],
)
def test_the_nearest_ratio_within_reach_is_named(
    gross: float, expected: float, deviation: float, found: int | None
) -> None:
    """Within 1.5 deviations of the gross return relative to the expected one; none beyond."""
    assert nearest_ratio(gross, expected, deviation, (4 / 5, 5 / 6, 10 / 11)) == found
