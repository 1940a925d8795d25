"""Tail probabilities of t, F and χ², and quantiles of t, with numpy only: importing scipy takes longer than a fit."""

from functools import lru_cache
from math import erfc, lgamma, log, pi

import numpy as np

from factorcli.engine import Array, Ints

_MAX_TERMS = 500
_MAX_NEWTON_STEPS = 60  # 6 are enough from 3 degrees of freedom on
_LAST_STEP = 1e-9  # relative; the error after it is its square
NORMAL_QUANTILE = 1.959963984540054  # Φ⁻¹(0.975)
_TINY = 1e-300
_EPSILON = float(np.finfo(np.float64).eps)
_FEW_FRACTIONS = 16  # that are faster one by one
_FEW = 2  # degrees of freedom whose quantiles are kept: those of a model and of the market alone


def t_p_values(t_stats: Array, degrees_of_freedom: Array | Ints) -> Array:
    """Two-sided p-values of t statistics (…, k) with degrees of freedom (…); NaN for NaN, and for 0 degrees.

    P(|t| > s) = I_x(ν/2, 1/2), x = ν/(ν + s²). Abramowitz & Stegun (1964), 26.7.1 and 26.5.27.
    """
    df = np.broadcast_to(np.asarray(degrees_of_freedom, dtype=np.float64)[..., None], t_stats.shape)
    return _beta(df / 2.0, 0.5, df, t_stats * t_stats)


def t_quantiles(degrees_of_freedom: Array | Ints) -> Array:
    """The 97.5 % quantile of t, half the width of a 95 % interval in standard errors: any shape → the same.

    By Newton's method on P(|t| > s) = 5 %, which is convex in s, from below: the normal quantile. NaN for 0 degrees.
    """
    distinct, place = np.unique(np.asarray(degrees_of_freedom, dtype=np.float64), return_inverse=True)
    few = len(distinct) <= _FEW
    found = np.array([_quantile(one) for one in distinct.tolist()]) if few else _quantiles(distinct)
    return found[place].reshape(np.shape(degrees_of_freedom))


@lru_cache(256)
def _quantile(degrees_of_freedom: float) -> float:
    """That of one number: one subject after the other often has the same."""
    return float(_quantiles(np.array([degrees_of_freedom]))[0])


def _quantiles(distinct: Array) -> Array:
    """The quantiles (N,) of these numbers."""
    df = np.where((distinct > 0) & np.isfinite(distinct), distinct, np.nan)
    constants = np.array([_log_density(one) for one in df.tolist()])
    found, active = np.full(df.shape, NORMAL_QUANTILE), np.ones(df.shape, dtype=np.bool_)
    for _ in range(_MAX_NEWTON_STEPS):
        excess = t_p_values(found[:, None], df)[:, 0] - 0.05
        step = excess / (2.0 * np.exp(constants - (df + 1.0) / 2.0 * np.log1p(found * found / df)))
        found = np.where(active, found + step, found)  # one that has converged does not depend on the others
        active &= np.abs(step) > _LAST_STEP * found
        if not active.any():
            break
    return found


def _log_density(df: float) -> float:
    """The logarithm of the density of t at 0."""
    return lgamma((df + 1.0) / 2.0) - lgamma(df / 2.0) - 0.5 * log(df * pi) if df > 0 else float("nan")


def f_p_values(f_stats: Array, numerator: int, denominator: Array) -> Array:
    """P(F > f) of F statistics (N,) with q and n − k degrees of freedom, (N,); NaN for NaN, and for 0 degrees.

    I_x(ν₂/2, ν₁/2), x = ν₂/(ν₂ + ν₁f). Abramowitz & Stegun (1964), 26.6.2.
    """
    df = np.asarray(denominator, dtype=np.float64)
    return _beta(df / 2.0, numerator / 2.0, df, numerator * f_stats)


def chi2_p_values(statistics: Array, degrees_of_freedom: int) -> Array:
    """P(χ² > s) of statistics (N,) with ν degrees of freedom, (N,); NaN for NaN.

    The finite sums of Abramowitz & Stegun (1964), 26.4.4 for odd ν and 26.4.5 for even ν.
    """
    half = np.where(np.isfinite(statistics), statistics, 0.0) / 2.0
    if degrees_of_freedom % 2:
        total = np.array([erfc(root) for root in np.sqrt(half).tolist()])
        term = 2.0 * np.sqrt(half / pi) * np.exp(-half)
        powers = range(1, degrees_of_freedom, 2)
    else:
        total, term = np.zeros(half.shape), np.exp(-half)
        powers = range(0, degrees_of_freedom, 2)
    for power in powers:
        total = total + term
        term = term * half / (power / 2.0 + 1.0)
    return np.where(np.isnan(statistics), np.nan, np.where(statistics == np.inf, 0.0, total))


def _beta(a: Array, b: float, left: Array, right: Array) -> Array:
    """The regularised incomplete beta function I_x(a, b) at x = left/(left + right); arrays of one shape.

    The continued fraction converges fast below the mean; above it, 1 − I_{1−x}(b, a) is used.
    """
    known = np.isfinite(left + right) & (a > 0) & (b > 0)
    b = b if b > 0 else 1.0
    a, left, right = (np.where(known, part, 1.0) for part in (a, left, right))
    x, rest = left / (left + right), right / (left + right)
    direct = x < (a + 1.0) / (a + b + 2.0)
    first, second = np.where(direct, a, b), np.where(direct, b, a)
    x, rest = np.where(direct, x, rest), np.where(direct, rest, x)
    with np.errstate(divide="ignore"):
        front = np.exp(first * np.log(x) + second * np.log(rest) - _log_beta(a, b)) / first
    part = front * _fraction(first, second, x)
    return np.where(known, np.where(direct, part, 1.0 - part), np.nan)


def _log_beta(a: Array, b: float) -> Array:
    """ln B(a, b), computed once for each distinct a."""
    distinct, place = np.unique(a, return_inverse=True)
    values = np.array([lgamma(one) + lgamma(b) - lgamma(one + b) for one in distinct])
    return values[place].reshape(a.shape)


def _fraction(a: Array, b: Array, x: Array) -> Array:
    """The continued fraction of I_x(a, b), by Lentz's method: Press et al. (2007), Numerical Recipes, 6.4.

    A value that has converged is set aside, so that it does not depend on the others.
    """
    if x.size <= _FEW_FRACTIONS:
        each = zip(a.ravel().tolist(), b.ravel().tolist(), x.ravel().tolist(), strict=True)
        return np.array([_one_fraction(*one) for one in each]).reshape(x.shape)
    found, places, shape = np.empty(x.size), np.arange(x.size), x.shape
    a, b, x = a.ravel(), b.ravel(), x.ravel()
    c, d = np.ones_like(x), _reciprocal(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        factor = np.ones_like(x)
        for term in (even, odd):
            d, c = _reciprocal(1.0 + term * d), 1.0 + term / np.where(np.abs(c) < _TINY, _TINY, c)
            factor = factor * c * d
        value = value * factor
        active = np.abs(c * d - 1.0) > np.finfo(np.float64).eps
        if not active.all():
            found[places[~active]] = value[~active]
            places = places[active]
            a, b, x, c, d, value = (part[active] for part in (a, b, x, c, d, value))
        if not len(places):
            break
    found[places] = value
    return found.reshape(shape)


def _one_fraction(a: float, b: float, x: float) -> float:
    """The same of one value, to the last bit: of a few it takes a tenth of the time."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        factor = 1.0
        for term in (even, odd):
            d, c = 1.0 / _away_from_zero(1.0 + term * d), 1.0 + term / _away_from_zero(c)
            factor = factor * c * d
        value = value * factor
        if not abs(c * d - 1.0) > _EPSILON:
            break
    return value


def _away_from_zero(value: float) -> float:
    return _TINY if abs(value) < _TINY else value


def _reciprocal(values: Array) -> Array:
    inverse: Array = 1.0 / np.where(np.abs(values) < _TINY, _TINY, values)
    return inverse
