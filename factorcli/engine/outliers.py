"""Days that a fit does not explain: residuals of fits that leave the day out, in robust deviations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from factorcli.engine import Array
from factorcli.engine.design import Solution, samples
from factorcli.engine.estimators import Sample

OUTLIER_DEVIATIONS = 10.0
CANDIDATE_DEVIATIONS = 4.0  # of the full fit, below which a day is not looked at
LOWER_LIMIT = 0.999 * OUTLIER_DEVIATIONS  # of residuals without a day that are not those of a new fit
NORMAL_MAD = 1.4826  # standard deviation of a normal distribution whose median absolute deviation is 1
MIN_DEVIATION = 1e-9  # below it residuals are rounding errors
MAX_RATIO_GAP = 1.5  # robust deviations between a gross return and a ratio that is named

Day = tuple[int, int]  # ticker and row


class LeftOut(NamedTuple):
    """Fits without one day each, all (D,): what they expect of that day, and what is left of it.

    expected, deviation: of excess returns; deviation is 1.4826 · MAD of the residuals of the other days;
    residual: the day's return less the expected one, in deviations, NaN where all residuals are rounding errors.
    """

    expected: Array
    deviation: Array
    residual: Array
    r_squared: Array


def left_out(one: Sample, days: Sequence[Day], min_observations: int = 0) -> LeftOut:
    """Fit each ticker anew without each day; NaN where too few returns remain, or their factors are dependent.

    Expected is α + Σ β f of the fit without the day. Belsley, Kuh & Welsch (1980), "Regression Diagnostics",
    section 2.1; Hampel (1974), "The influence curve and its role in robust estimation", JASA 69, pp. 383–393, for
    the MAD.
    """
    expected, deviation, r_squared = (np.full(len(days), np.nan) for _ in range(3))
    if not days:
        return LeftOut(expected, deviation, deviation.copy(), r_squared)
    tickers, rows = (np.array(part, dtype=np.intp) for part in zip(*days, strict=True))
    without = one.returns[:, tickers].copy()
    own = without[rows, np.arange(len(days))].copy()
    without[rows, np.arange(len(days))] = np.nan
    for design, group, y in samples(without, one.columns, min_observations, weights=one.weights):
        if design.dependent:
            continue
        solution = Solution.of(design, y)
        coefficients = solution.coefficients
        expected[group] = coefficients[:, 0] + (one.columns[rows[group]] * coefficients[:, 1:]).sum(axis=1)
        deviation[group] = robust_deviation(solution.residuals / design.root)
        total = solution.total
        r_squared[group] = 1.0 - np.divide(solution.unexplained, total, out=np.ones_like(total), where=total > 0)
    scale = np.where(deviation > MIN_DEVIATION, deviation, np.nan)
    return LeftOut(expected, deviation, (own - expected) / scale, r_squared)


def robust_deviation(residuals: Array) -> Array:
    """1.4826 · median |e − median e| of each row, (N, n) → (N,)."""
    return NORMAL_MAD * _medians(np.abs(residuals - _medians(residuals)[:, None]))


def _medians(rows: Array) -> Array:
    """Median of each row, (N, n) → (N,); numpy's own loads its masked arrays first, for 15 ms."""
    ordered, count = np.sort(rows, axis=1), rows.shape[1]
    medians: Array = (ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2.0
    return medians


def candidates(one: Sample, min_observations: int = 0) -> list[Day]:
    """Days that may be outliers: those beyond 10 deviations of the fit without them, up to rounding.

    Without day t, of leverage h_t, the residuals are e + H_t e_t / (1 − h_t), H = X(X'X)⁻¹X': no fit is repeated, and
    only days whose own such residual is beyond 4 deviations of the full fit are looked at. Belsley, Kuh & Welsch
    (1980), "Regression Diagnostics", section 2.1.
    """
    found: list[Day] = []
    for design, group, y in samples(one.returns, one.columns, min_observations, weights=one.weights):
        if design.dependent:
            continue
        residuals = Solution.of(design, y).residuals
        span = np.column_stack([design.root / np.sqrt(len(design.root)), design.q])  # orthonormal, of the design
        slack = np.maximum(1.0 - (span * span).sum(axis=1), np.finfo(np.float64).eps)
        limit = np.maximum(CANDIDATE_DEVIATIONS * robust_deviation(residuals / design.root), MIN_DEVIATION)
        at, rows = np.nonzero(np.abs(residuals / (slack * design.root)) > limit[:, None])
        days = np.flatnonzero(np.isfinite(one.returns[:, group[0]]))
        for i, row in zip(at.tolist(), rows.tolist(), strict=True):
            without = residuals[i] + span @ span[row] * (residuals[i, row] / slack[row])
            others = np.delete(without / design.root, row)
            if abs(without[row]) / design.root[row] > LOWER_LIMIT * robust_deviation(others[None])[0]:
                found.append((int(group[i]), int(days[row])))
    return sorted(found)


def nearest_ratio(gross: float, expected: float, deviation: float, ratios: Sequence[float]) -> int | None:
    """Index of the ratio nearest to gross return / expected gross return, None if none is within 1.5 deviations."""
    gaps = [abs(gross / expected - ratio) for ratio in ratios]
    nearest = min(range(len(ratios)), key=gaps.__getitem__)
    return nearest if gaps[nearest] <= MAX_RATIO_GAP * deviation else None


def r_squared_with(one: Sample, ticker: int, days: Sequence[tuple[int, float]], min_observations: int = 0) -> float:
    """R² of a ticker's fit with other excess returns on some rows, (row, return) each; NaN without a fit."""
    returns = one.returns[:, [ticker]].copy()
    for row, value in days:
        returns[row] = value
    for design, _, y in samples(returns, one.columns, min_observations, weights=one.weights):
        if not design.dependent:
            solution = Solution.of(design, y)
            total = float(solution.total[0])
            return 1.0 - float(solution.unexplained[0]) / total if total else 0.0
    return float("nan")
