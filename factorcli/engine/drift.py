"""Changes of betas between two windows of the same length, which may share days."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from factorcli.engine import Array, Ints, Mask
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.design import BLOCK_TICKERS, Design, Solution, patterns
from factorcli.engine.inference import Covariance, newey_west_lags
from factorcli.engine.wald import JointTest, wald_test


@dataclass(frozen=True, slots=True)
class Drift:
    """Betas of N tickers in an earlier and in a later window; the last column is the beta of the one-factor model.

    before, after, std_errors    (N, K + 1)  std_errors are those of after − before
    degrees_of_freedom           (N, K + 1)  of t tests of the changes
    observations                 (2, N)      returns in the earlier and in the later window
    dependent                    (N,)        whether the factors of a window are linearly dependent
    joint                                    of the hypothesis that none of the K betas of the raw factors changed
    """

    before: Array
    after: Array
    std_errors: Array
    degrees_of_freedom: Array
    observations: Ints
    dependent: Mask
    joint: JointTest


class _Windows(NamedTuple):
    """The days of each window as masks (n,), the earlier one first, and the design of each."""

    days: tuple[Mask, Mask]
    designs: tuple[Design, Design]

    @classmethod
    def of(cls, columns: Array, days: tuple[Mask, Mask], basis: Basis = RAW) -> "_Windows":
        first, second = (Design.of(columns[used], basis) for used in days)
        return cls(days, (first, second))

    @property
    def degrees_of_freedom(self) -> int:
        """Days of one window only, less the coefficients of both fits."""
        own = int(np.count_nonzero(self.days[0] ^ self.days[1]))
        return own - 2 * (int(self.designs[0].deviations.shape[1]) + 1)

    @property
    def dependent(self) -> bool:
        """Whether the columns of a window are linearly dependent."""
        return any(design.dependent for design in self.designs)


class _Changes(NamedTuple):
    """Slopes (N, m) before and after, and the influence ψ of each day on their change, (N, m, n)."""

    before: Array
    after: Array
    influence: Array


def drift(
    returns: Array,
    factors: Array,
    window: int,
    covariance: Covariance = "hac",
    *,
    basis: Basis = RAW,
    min_observations: int = 0,
) -> Drift:
    """Fit the first and the last `window` rows of returns (T, N) on factors (T, K), and test the changes.

    The influence of a day on the change of the coefficients, for the later window 2 and the earlier one 1, is

        ψ_t = 1{t in 2} (X₂'X₂)⁻¹ x_t e_2t / (1 − h_2t)  −  1{t in 1} (X₁'X₁)⁻¹ x_t e_1t / (1 − h_1t),

    so that a day of both windows counts with what it adds to the difference. The covariance of the change is the
    Newey–West sum of ψψ' with the lags of the later window (`hac`), or without lags (`hc1`, with √(n/(n − k)) in place
    of 1/(1 − h)). The joint test sums ψψ' without lags, which is HC3: with lags it rejects a true null too often.
    Degrees of freedom are the days of one window only, less the coefficients of both fits: a day of both says next to
    nothing about a change.

    In the residual basis the market's beta is that of the one-factor model, and so is its error. The joint test is of
    the raw factors, and so the same in every basis. NaN where a window has fewer returns than `min_observations`, or
    dependent factors. Newey & West (1987), eq. 5; MacKinnon & White (1985), J. Econometrics 29, eq. 12.
    """
    tickers, count = returns.shape[1], factors.shape[1]
    found = _Found.of(tickers, count)
    place, present = np.arange(len(returns)), np.isfinite(returns)
    early, late = place < window, place >= len(returns) - window
    observations = np.array([present[early].sum(axis=0), present[late].sum(axis=0)])
    enough = max(min_observations, count + 2)
    residual = basis.name == "residual"
    across = np.ascontiguousarray(returns.T)
    for rows, group in patterns(np.ascontiguousarray(present.T)):
        if observations[:, group[0]].min() < enough:
            continue
        days = early[rows], late[rows]
        whole = _Windows.of(factors[rows], days, RAW if residual else basis)
        market = _Windows.of(factors[rows][:, [basis.market]], days)
        if whole.dependent or market.dependent:
            found.dependent[group] = True
            continue
        for start in range(0, len(group), BLOCK_TICKERS):
            block = group[start : start + BLOCK_TICKERS]
            found.put(block, across[np.ix_(block, rows)], whole, market, covariance)
    joint = wald_test(found.changes, found.matrices, np.nan_to_num(found.degrees[:, 0]))
    if residual:
        for values in (found.before, found.after, found.errors, found.degrees):
            values[:, basis.market] = values[:, -1]
    return Drift(found.before, found.after, found.errors, found.degrees, observations, found.dependent, joint)


@dataclass(frozen=True, slots=True)
class _Found:
    """Arrays of N tickers that are filled in: as in `Drift`, and the changes of the joint test with their matrices."""

    before: Array
    after: Array
    errors: Array
    degrees: Array
    dependent: Mask
    changes: Array
    matrices: Array

    @classmethod
    def of(cls, tickers: int, count: int) -> "_Found":
        def nan(*shape: int) -> Array:
            return np.full((tickers, *shape), np.nan)

        before, after, errors, degrees = (nan(count + 1) for _ in range(4))
        none = np.zeros(tickers, dtype=np.bool_)
        return cls(before, after, errors, degrees, none, nan(count), nan(count, count))

    def put(self, rows: Ints, y: Array, whole: _Windows, market: _Windows, covariance: Covariance) -> None:
        """Write the changes of tickers with returns (N, n), by the model and by the market alone."""
        hac = covariance == "hac"
        parts = [(windows, _changes(windows, y, hc3=hac)) for windows in (whole, market)]
        lags = newey_west_lags(int(np.count_nonzero(whole.days[1]))) if hac else 0
        self.before[rows] = np.column_stack([changes.before for _, changes in parts])
        self.after[rows] = np.column_stack([changes.after for _, changes in parts])
        self.errors[rows] = np.column_stack([_errors(changes.influence, lags) for _, changes in parts])
        degrees = [np.full(changes.before.shape[1], windows.degrees_of_freedom) for windows, changes in parts]
        self.degrees[rows] = np.concatenate(degrees)
        tested = parts[0][1] if hac else _changes(whole, y)
        self.changes[rows] = tested.after - tested.before
        self.matrices[rows] = tested.influence @ np.swapaxes(tested.influence, 1, 2)


def _changes(windows: _Windows, y: Array, *, hc3: bool = True) -> _Changes:
    """The slopes of returns (N, n) in both windows, and each day's influence on their change.

    hc3: residuals over 1 − h; else times √(n/(n − k)).
    """
    slopes: list[Array] = []
    psi = np.zeros((len(y), windows.designs[0].deviations.shape[1], y.shape[1]))  # summed along contiguous days
    for sign, days, design in zip((-1.0, 1.0), windows.days, windows.designs, strict=True):
        solution = Solution.of(design, np.ascontiguousarray(y[:, days]))
        n, df = solution.residuals.shape[1], solution.degrees_of_freedom
        scores = solution.scores if hc3 else solution.residuals * np.sqrt(n / df)
        psi[:, :, days] += sign * design.influence[:, 1:].T * scores[:, None, :]
        slopes.append(solution.coefficients[:, 1:])
    return _Changes(slopes[0], slopes[1], psi)


def _errors(psi: Array, lags: int) -> Array:
    """Square roots of the Newey–West sums of ψ² with Bartlett weights: ψ (N, m, n) → (N, m)."""
    total = (psi * psi).sum(axis=2)
    for lag in range(1, min(lags, psi.shape[2] - 1) + 1):
        total += 2.0 * (1.0 - lag / (lags + 1.0)) * (psi[:, :, lag:] * psi[:, :, :-lag]).sum(axis=2)
    errors: Array = np.sqrt(np.maximum(total, 0.0))
    return errors
