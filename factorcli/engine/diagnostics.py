"""Diagnostics of one ticker's fit: tests of its residuals, and its influential days."""

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
    design, residuals = residuals_of(sample, ticker)
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


def arch_test(residuals: Array, lags: int = ARCH_LAGS) -> tuple[float, float]:
    """Engle's test that residuals (n,) have no volatility clustering: the χ² statistic and its p-value.

    n·R² of the regression of e² on an intercept and its last `lags` values, against χ²(lags); NaN for constant
    residuals. Engle (1982), "Autoregressive conditional heteroscedasticity", Econometrica 50, p. 1000.
    """
    from scipy.special import chdtrc  # noqa: PLC0415  (370 ms, and only reports need it)

    squares = residuals * residuals
    n = len(squares) - lags
    lagged = np.column_stack([np.ones(n), *(squares[lags - lag : len(squares) - lag] for lag in range(1, lags + 1))])
    y = squares[lags:]
    total = ((y - y.mean()) ** 2).sum()
    if not total > 0:
        return np.nan, np.nan
    scale = np.sqrt((lagged * lagged).sum(axis=0))
    coefficients = np.linalg.lstsq(lagged / scale, y, rcond=None)[0]
    statistic = n * (1.0 - ((y - lagged / scale @ coefficients) ** 2).sum() / total)
    return float(statistic), float(chdtrc(lags, statistic))


def residuals_of(sample: Sample, ticker: int) -> tuple[Design, Array]:
    """The design (n rows) of one column of a sample, and the residuals (n,) of its rows times the roots of weights.

    Raises SingularDesignError where the factors are linearly dependent.
    """
    returns = sample.returns[:, ticker]
    rows = np.flatnonzero(np.isfinite(returns))
    design = Design.of(sample.columns[rows], weights=None if sample.weights is None else sample.weights[rows])
    if design.dependent:
        raise SingularDesignError(design.dependent)
    return design, Solution.of(design, returns[rows][None, :]).residuals[0]


def _tests(residuals: Array, factors: Array) -> _Tests:
    """The statistics and p-values of residuals (n,) on factors (n, K), in the order of `Diagnostics`."""
    from statsmodels.stats.diagnostic import het_breuschpagan  # noqa: PLC0415  (slow to import, rarely needed)
    from statsmodels.stats.stattools import durbin_watson, jarque_bera  # noqa: PLC0415

    exogenous = np.column_stack([np.ones(len(factors)), factors])
    breusch_pagan, breusch_pagan_p, *_ = het_breuschpagan(residuals, exogenous)
    normality, normality_p, skewness, kurtosis = jarque_bera(residuals)
    arch, arch_p = arch_test(residuals)
    return (
        float(durbin_watson(residuals)),
        float(breusch_pagan),
        float(breusch_pagan_p),
        float(normality),
        float(normality_p),
        float(skewness),
        float(kurtosis),
        arch,
        arch_p,
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
