"""Hedge ratios of instruments, whole contracts, and the returns that are left."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Ints, Mask
from factorcli.engine.design import dependent_columns
from factorcli.engine.inference import Covariance, Inference, t_inference
from factorcli.engine.regression import Fits, cross_section

MAX_VIF = 1e8  # above it a ratio has lost half of the sixteen digits of its instrument


class CollinearError(ValueError):
    """Instruments that are linearly dependent, or all but: their columns."""

    def __init__(self, columns: tuple[int, ...]) -> None:
        super().__init__(f"columns {columns} are linearly dependent")
        self.columns = columns


@dataclass(frozen=True, slots=True)
class HedgeRatios:
    """Money in each of M instruments for one unit in the position, negative sold.

    ratios, std_errors (M,); tests of the ratios against zero (M,). One that is held at 0 has NaN for its errors.
    """

    ratios: Array
    std_errors: Array
    tests: Inference


def hedge_ratios(
    position: Array, instruments: Array, unsold: Mask | None = None, covariance: Covariance = "hac"
) -> HedgeRatios:
    """The ratios of least variance, h = −(Σ_HH)⁻¹ Σ_Hp: position (n,) and instruments (n, M), excess returns.

    They are the coefficients of the regression of −p on the instruments, whose errors they have. Those of `unsold` (M,)
    are held at 0 or more, by non-negative least squares; errors are those of the regression on what is held.
    Ederington (1979), J. Finance 34, p. 161; Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23.

    Raises CollinearError.
    """
    columns, fits = _least(position, instruments, unsold, covariance)
    found = t_inference(fits.coefficients, fits.std_errors, fits.test_degrees)

    def of_all(values: Array, others: float = np.nan) -> Array:
        """Values (1, k) of the regression by instrument, (M,)."""
        spread = np.full(instruments.shape[1], others)
        spread[columns] = values[0, 1 : len(columns) + 1]
        return spread

    tests = Inference(*map(of_all, (found.t_stats, found.p_values, found.ci_low, found.ci_high)))
    return HedgeRatios(of_all(fits.coefficients, 0.0), of_all(fits.std_errors), tests)


def hedged(position: Array, instruments: Array, ratios: Array) -> Array:
    """Excess returns (n,) of the position with these ratios (M,) of the instruments (n, M)."""
    total: Array = position + instruments @ ratios
    return total


def volatility(returns: Array) -> float:
    """Standard deviation of returns (n,), ddof 1."""
    return float(returns.std(ddof=1))


def whole_contracts(position: Array, instruments: Array, exact: Array, contract: Array) -> Ints:
    """The contracts (M,) that leave the least variance, among the floor and the ceiling of each of `exact`.

    position (n,), instruments (n, M); exact (M,): contracts as fractions; contract (M,): the money in one for one unit
    in the position. Of equal ones the first, which has the lower numbers, is taken.
    """
    low = np.floor(exact)
    steps = (np.ceil(exact) - low).astype(np.int64)
    moving = np.flatnonzero(steps)
    ways = np.zeros((1 << len(moving), len(exact)))
    ways[:, moving] = (np.arange(len(ways))[:, None] >> np.arange(len(moving))) & 1
    numbers = low + ways
    ratios = numbers * contract
    moments = np.cov(np.column_stack([position, instruments]), rowvar=False)
    variances = 2.0 * ratios @ moments[1:, 0] + ((ratios @ moments[1:, 1:]) * ratios).sum(axis=1)
    best: Ints = numbers[int(variances.argmin())].astype(np.int64)
    return best


def out_of_sample(position: Array, instruments: Array, unsold: Mask | None = None) -> tuple[int, float, float]:
    """How a hedge with the ratios of the first three quarters of the days did in the last one.

    Returns the days of the last quarter, and the volatilities (ddof 1) over them without the hedge and with it.
    Raises CollinearError.
    """
    days = len(position) // 4
    first, last = slice(None, len(position) - days), slice(len(position) - days, None)
    columns, fits = _least(position[first], instruments[first], unsold, "nonrobust")
    ratios = np.zeros(instruments.shape[1])
    ratios[columns] = fits.coefficients[0, 1 : len(columns) + 1]
    return days, volatility(position[last]), volatility(hedged(position[last], instruments[last], ratios))


def _least(position: Array, instruments: Array, unsold: Mask | None, covariance: Covariance) -> tuple[Ints, Fits]:
    """The columns that are held, and the regression on them, or on all where none is. Raises CollinearError."""
    columns, fits = np.arange(instruments.shape[1]), _regression(position, instruments, covariance)
    if unsold is None or not (fits.coefficients[0, 1:] < 0)[unsold].any():
        return columns, fits
    columns = columns[_held(position, instruments, unsold)]
    return columns, _regression(position, instruments[:, columns], covariance) if len(columns) else fits


def _regression(position: Array, instruments: Array, covariance: Covariance) -> Fits:
    """The regression of −p on the instruments. Raises CollinearError."""
    fits = cross_section(-position[:, None], instruments, covariance)
    if not np.isfinite(fits.condition_number[0]):
        raise CollinearError(tuple(column - 1 for column in dependent_columns(instruments) if column))
    if (inflated := np.flatnonzero(fits.vif[0] > MAX_VIF)).size:
        raise CollinearError(tuple(inflated.tolist()))
    return fits


def _held(position: Array, instruments: Array, unsold: Mask) -> Mask:
    """Mask (M,) of the instruments that are held: the free ones, and those of `unsold` with a positive ratio."""
    from scipy.optimize import nnls  # noqa: PLC0415  (only where something cannot be sold)

    target, columns = position.mean() - position, instruments - instruments.mean(axis=0)
    q, _ = np.linalg.qr(columns[:, ~unsold])
    target, rest = target - q @ (q.T @ target), columns[:, unsold] - q @ (q.T @ columns[:, unsold])
    sizes = np.sqrt((rest * rest).sum(axis=0))
    held = ~unsold
    held[unsold] = nnls(rest / sizes, target)[0] > 0
    return np.asarray(held)
