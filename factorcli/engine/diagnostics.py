"""Diagnostics of one ticker's fit: tests of its residuals, and its influential days."""

import warnings
from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array
from factorcli.engine.design import Design, Solution
from factorcli.engine.estimators import Sample
from factorcli.engine.regression import SingularDesignError

ARCH_LAGS = 5  # a trading week
MAX_INFLUENTIAL_DAYS = 5
# An unchanged price has a return of zero up to the rounding of adding R_f back.
ZERO_RETURN_TOLERANCE = 1e-12

_Tests = tuple[float, float, float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Tests of a fit's residuals; NaN where they are constant.

    durbin_watson is 2 without first-order autocorrelation. breusch_pagan (Koenker's studentised form),
    jarque_bera and arch (ARCH_LAGS lags) are χ² statistics, each with its p-value. influential holds
    (day, Cook's distance), the largest first, a day being a row of the sample. zero_return_share is the share
    of zero-return days.
    """

    durbin_watson: float
    breusch_pagan: float
    breusch_pagan_p: float
    jarque_bera: float
    jarque_bera_p: float
    skewness: float
    kurtosis: float
    arch: float
    arch_p: float
    influential: tuple[tuple[int, float], ...]
    zero_return_share: float


def diagnose(sample: Sample, ticker: int, risk_free: Array) -> Diagnostics:
    """Diagnostics of one column of a sample, given the daily rates (T,) that its returns are net of.

    Residuals and leverages of a weighted fit are those of the rows multiplied by the roots of their weights.
    Raises SingularDesignError where the factors are linearly dependent. Durbin & Watson (1950); Breusch &
    Pagan (1979) and Koenker (1981); Jarque & Bera (1980); Engle (1982); Cook (1977).
    """
    returns = sample.returns[:, ticker]
    rows = np.flatnonzero(np.isfinite(returns))
    design = Design.of(sample.columns[rows], weights=None if sample.weights is None else sample.weights[rows])
    if design.dependent:
        raise SingularDesignError(design.dependent)
    residuals = Solution.of(design, returns[rows][None, :]).residuals[0]
    unchanged = float((np.abs(returns + risk_free)[rows] < ZERO_RETURN_TOLERANCE).mean())
    if not residuals.any():
        return Diagnostics(*(np.nan,) * 9, influential=(), zero_return_share=unchanged)
    distances = cooks_distances(design, residuals)
    most = np.argsort(-distances, kind="stable")[:MAX_INFLUENTIAL_DAYS]
    return Diagnostics(
        *_tests(residuals, sample.columns[rows]),
        influential=tuple((int(rows[day]), float(distances[day])) for day in most),
        zero_return_share=unchanged,
    )


def _tests(residuals: Array, factors: Array) -> _Tests:
    """The statistics and p-values of residuals (n,) on factors (n, K), in the order of `Diagnostics`."""
    from statsmodels.stats.diagnostic import het_arch, het_breuschpagan  # noqa: PLC0415  (slow to import, rarely needed)
    from statsmodels.stats.stattools import durbin_watson, jarque_bera  # noqa: PLC0415

    exogenous = np.column_stack([np.ones(len(factors)), factors])
    breusch_pagan, breusch_pagan_p, *_ = het_breuschpagan(residuals, exogenous)
    normality, normality_p, skewness, kurtosis = jarque_bera(residuals)
    with warnings.catch_warnings():  # statsmodels 0.15 warns of a new return type of `het_arch`
        warnings.simplefilter("ignore", FutureWarning)
        arch, arch_p, *_ = het_arch(residuals, nlags=ARCH_LAGS)
    return (
        float(durbin_watson(residuals)),
        float(breusch_pagan),
        float(breusch_pagan_p),
        float(normality),
        float(normality_p),
        float(skewness),
        float(kurtosis),
        float(arch),
        float(arch_p),
    )


def cooks_distances(design: Design, residuals: Array) -> Array:
    """Cook's distances e²h/(ks²(1−h)²), the effect of each day on all fitted values: residuals (n,) → (n,).

    NaN for a day that is fitted exactly by a column of its own (leverage h = 1). Cook (1977),
    Technometrics 19, p. 15.
    """
    n, k = len(residuals), design.q.shape[1] + 1
    leverage = design.leverage
    left = 1.0 - leverage
    s2 = (residuals * residuals).sum() / (n - k)
    ratio = np.divide(residuals, left, out=np.full(n, np.nan), where=left > n * np.finfo(np.float64).eps)
    distances: Array = ratio * ratio * leverage / (k * s2)
    return distances
