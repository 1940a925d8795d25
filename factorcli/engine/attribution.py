"""Attribution of a window's excess return to α, factors and residual."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.design import patterns
from factorcli.engine.estimators import Sample
from factorcli.engine.regression import Fits
from factorcli.engine.rowwise import row_products


@dataclass(frozen=True, slots=True)
class Attribution:
    """Parts of the return of N tickers over a window, as fractions: alpha + factors + residual = total.

    alpha, residual, total (N,), factors (N, K).
    """

    alpha: Array
    factors: Array
    residual: Array
    total: Array


def attribution(sample: Sample, fits: Fits) -> tuple[Attribution, Attribution]:
    """The window's excess return by source: its arithmetic sum, and linked to the compounded one.

    On the n days a ticker has, y_t = α + Σ β_k f_kt + e_t. Summed, the parts are n·α, β_k Σ f_kt and
    Σ e_t, which is 0 for least squares without weights. Compounded, Y = Π(1 + y_t) − 1, and each day's
    parts are weighted by k_t/k, with k_t = ln(1 + y_t)/y_t and k = ln(1 + Y)/Y (both 1 at 0): Carino (1999),
    "Combining attribution effects over time", J. Performance Measurement 3(4), pp. 5–14, for a benchmark
    with zero return. Its residual is not 0, as days have different weights.

    In the `residual` basis the styles have mean zero over the window, hence no arithmetic part. NaN without
    a fit; the linked parts also where a return is −100 % or less.
    """
    returns = np.ascontiguousarray(sample.returns.T)
    present = np.isfinite(returns)
    returns = np.where(present, returns, 0.0)
    linking, compounded = _carino(returns)
    linking *= present
    sums = np.zeros((2, len(returns), sample.columns.shape[1]))
    fitted = np.isfinite(fits.r_squared)
    for rows, group in patterns(present):
        chosen = group[fitted[group]]
        if len(chosen):
            factors = sample.basis.of(sample.columns[rows], None if sample.weights is None else sample.weights[rows])
            sums[0, chosen] = factors.sum(axis=0)
            sums[1, chosen] = row_products(linking[np.ix_(chosen, rows)], factors)
    return (
        _parts(sample, fits, present.sum(axis=1), sums[0], returns.sum(axis=1)),
        _parts(sample, fits, linking.sum(axis=1), sums[1], compounded),
    )


def _carino(returns: Array) -> tuple[Array, Array]:
    """Linking coefficients k_t/k of each day, and compounded returns: (N, T) → (N, T) and (N,)."""
    logs = np.log1p(np.where(returns > -1.0, returns, np.nan))
    daily = np.divide(logs, returns, out=np.ones_like(logs), where=returns != 0)
    growth = logs.sum(axis=1)
    compounded = np.expm1(growth)
    whole = np.divide(growth, compounded, out=np.ones_like(growth), where=compounded != 0)
    return daily / whole[:, None], compounded


def _parts(sample: Sample, fits: Fits, days: Array | Ints, sums: Array, total: Array) -> Attribution:
    """Parts from coefficients: days (N,), sums of factors (N, K'), total (N,)."""
    alpha = fits.coefficients[:, 0] * days
    factors = sample.of_model(fits.coefficients[:, 1:] * sums)
    total = np.where(np.isfinite(alpha), total, np.nan)
    return Attribution(alpha, factors, total - alpha - factors.sum(axis=1), total)
