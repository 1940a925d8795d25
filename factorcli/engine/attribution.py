"""Attribution of a window's return above the risk-free rate to α, factors, residual, and what is not in the fit."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Ints, Mask
from factorcli.engine.design import patterns
from factorcli.engine.estimators import Sample
from factorcli.engine.periods import Periods
from factorcli.engine.regression import Fits
from factorcli.engine.rowwise import row_products


@dataclass(frozen=True, slots=True)
class Attribution:
    """Parts of the return of N tickers over a window, as fractions, which sum to total.

    alpha, residual, excluded, jumps, total (N,), factors (N, K). The first three are of the fit's days; jumps are
    days left out for this ticker alone, excluded all others in the window.
    """

    alpha: Array
    factors: Array
    residual: Array
    excluded: Array
    jumps: Array
    total: Array


def attribution(sample: Sample, fits: Fits, periods: Periods, jumps: Mask) -> tuple[Attribution, Attribution]:
    """The window's return by source: its arithmetic sum, and linked to the compounded one.

    On the n days of the fit y_t = r_t − b_t = α + Σ β_k f_kt + e_t, b_t being the risk-free rate; every other period
    adds its own r_t − b_t, to jumps where the mask (T, N) says so. Summed, the parts of the fit are n·α, β_k Σ f_kt and
    Σ e_t, which is 0 for least squares without weights. Linked, the parts sum to R − B, with R = Π(1 + r_t) − 1 =
    P_end/P_start − 1 and B = Π(1 + b_t) − 1: each period's are weighted by k_t/k, with k_t = (ln(1 + r_t) −
    ln(1 + b_t))/(r_t − b_t) and k = (ln(1 + R) − ln(1 + B))/(R − B), or their limits where the two are equal: Carino
    (1999), "Combining attribution effects over time", J. Performance Measurement 3(4), pp. 5–14. Its residual is
    not 0, as days have different weights.

    In the `residual` basis the styles have mean zero over the window, hence no arithmetic part. NaN without
    a fit; the linked parts also where the periods do not cover the window, or a return is −100 % or less.
    """
    used = np.ascontiguousarray(np.isfinite(sample.returns).T)
    returns, benchmarks = periods.returns.T, periods.benchmarks.T
    differences = np.where(used, sample.returns.T, returns - benchmarks)
    present = np.isfinite(differences)
    differences = np.where(present, differences, 0.0)
    linking, compounded = _carino(np.where(present, returns, 0.0), np.where(present, benchmarks, 0.0))
    compounded[~periods.complete] = np.nan
    outside = [present & ~used & ~jumps.T, present & ~used & jumps.T]
    one_each = np.ones_like(linking)
    return (
        _parts(sample, fits, used, one_each, [_sums(differences, where) for where in outside], differences.sum(axis=1)),
        _parts(sample, fits, used, linking, [_sums(linking * differences, where) for where in outside], compounded),
    )


def _carino(returns: Array, benchmarks: Array) -> tuple[Array, Array]:
    """Linking coefficients k_t/k of each period (N, T), and R − B (N,): returns and benchmarks (N, T)."""
    growth = np.prod(1.0 + np.where(returns > -1.0, returns, np.nan), axis=1)
    growth_of_benchmark = np.prod(1.0 + benchmarks, axis=1)
    difference = growth - growth_of_benchmark
    whole = _log_ratio(difference, growth_of_benchmark)
    return _log_ratio(returns - benchmarks, 1.0 + benchmarks) / whole[:, None], difference


def _log_ratio(difference: Array, growth: Array) -> Array:
    """(ln(g + d) − ln g)/d for differences d and growth g; 1/g where d is 0, NaN where g + d is not positive."""
    relative = difference / growth
    logs = np.log1p(np.where(relative > -1.0, relative, np.nan))
    ratio: Array = np.divide(logs, relative, out=np.ones_like(logs), where=relative != 0) / growth
    return ratio


def _sums(values: Array, where: Mask) -> Array:
    """Sums (N,) of the values (N, T) of a mask."""
    sums: Array = np.where(where, values, 0.0).sum(axis=1)
    return sums


def _parts(sample: Sample, fits: Fits, used: Mask, linking: Array, outside: list[Array], total: Array) -> Attribution:
    """Parts from coefficients: used, linking (N, T), the sums of excluded and jumps, total (N,)."""
    days, sums = _factor_sums(sample, fits, used, linking)
    alpha = fits.coefficients[:, 0] * days
    factors = sample.of_model(fits.coefficients[:, 1:] * sums)
    nothing = ~(np.isfinite(alpha) & np.isfinite(total))
    alpha, factors, total, excluded, jumps = (
        np.where(nothing if part.ndim == 1 else nothing[:, None], np.nan, part)
        for part in (alpha, factors, total, *outside)
    )
    residual = total - alpha - factors.sum(axis=1) - excluded - jumps
    return Attribution(alpha, factors, residual, excluded, jumps, total)


def _factor_sums(sample: Sample, fits: Fits, used: Mask, linking: Array) -> tuple[Array | Ints, Array]:
    """Sums over the fit's days of the linking coefficients, (N,), and of these times each factor, (N, K')."""
    sums = np.zeros((len(used), sample.columns.shape[1]))
    fitted = np.isfinite(fits.r_squared)
    for rows, group in patterns(used):
        chosen = group[fitted[group]]
        if len(chosen):
            factors = sample.basis.of(sample.columns[rows], None if sample.weights is None else sample.weights[rows])
            sums[chosen] = row_products(linking[np.ix_(chosen, rows)], factors)
    return _sums(linking, used), sums
