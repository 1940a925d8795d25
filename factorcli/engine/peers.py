"""How far betas of stocks are apart, beside their errors and beside how far true betas are apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factorcli.engine import Array, Ints
from factorcli.engine.design import Solution, samples
from factorcli.engine.distributions import chi2_p_values
from factorcli.engine.estimators import Sample
from factorcli.engine.inference import newey_west_lags

DEGENERATE = 1e-12  # a variance below this fraction of what it is the difference of is rounding
NOTHING = 1e-12  # a difference of betas that is rounding


@dataclass(frozen=True)
class Scored:
    """Betas of N tickers over T days, and the influence of each day's residual on them.

    betas (N, K); scores (T, N, K): ψ_t = (X'X)⁻¹x_t e_t/(1 − h_t), 0 on days that a ticker lacks; smoothed (T, N, K):
    Σ_l w_l (ψ_{t−l} + ψ_{t+l}) by the Bartlett kernel, so that Σ_t ψ_it smoothed_jt' is the Newey–West sum C_ij;
    covariances (N, K, K): V_i = C_ii; residuals (T, N), 0 on days that a ticker lacks; present (T, N): 1.0 on days of
    the fit, else 0.0. Betas, scores and covariances are NaN without a fit.
    """

    betas: Array
    scores: Array
    smoothed: Array
    covariances: Array
    residuals: Array
    present: Array

    @classmethod
    def of(cls, one: Sample, min_observations: int = 0) -> "Scored":
        """The scores of least squares in the basis of the sample, the lags being those of a fit of all its days.

        The kernel is the same for all tickers, as the covariance of a difference would not be non-negative otherwise.
        MacKinnon & White (1985), J. Econometrics 29, eq. 12, for the scores; Newey & West (1987), Econometrica 55.
        """
        days, tickers = one.returns.shape
        count = one.columns.shape[1]
        betas, scores = np.full((tickers, count), np.nan), np.full((days, tickers, count), np.nan)
        residuals, present = np.zeros((days, tickers)), np.zeros((days, tickers))
        for design, group, y in samples(one.returns, one.columns, min_observations, one.basis):
            if design.dependent:
                continue
            solution = Solution.of(design, y)
            rows = np.flatnonzero(np.isfinite(one.returns[:, group[0]]))
            betas[group] = solution.coefficients[:, 1:]
            residuals[np.ix_(rows, group)], present[np.ix_(rows, group)] = solution.residuals.T, 1.0
            scores[:, group] = 0.0
            scores[np.ix_(rows, group)] = design.influence[:, None, 1:] * solution.scores.T[:, :, None]
        smoothed = _smoothed(scores, newey_west_lags(days))
        return cls(betas, scores, smoothed, np.einsum("tik,til->ikl", scores, smoothed), residuals, present)

    def take(self, tickers: Ints) -> "Scored":
        """Those of some tickers, by position."""
        return Scored(
            self.betas[tickers],
            np.ascontiguousarray(self.scores[:, tickers]),
            np.ascontiguousarray(self.smoothed[:, tickers]),
            self.covariances[tickers],
            np.ascontiguousarray(self.residuals[:, tickers]),
            np.ascontiguousarray(self.present[:, tickers]),
        )

    @cached_property
    def moments(self) -> Array:
        """Residuals, days of the fit and squared residuals, side by side, (T, 3 · N)."""
        return np.hstack([self.residuals, self.present, self.residuals * self.residuals])

    @property
    def noise(self) -> Array:
        """The total variance of the errors of each ticker's betas, tr V_i, (N,)."""
        trace: Array = np.trace(self.covariances, axis1=1, axis2=2)
        return trace


@dataclass(frozen=True)
class Gaps:
    """From each of M tickers to each of N others, all (M, N): distances, p-values and correlations.

    distance: √(b'(V + T)⁻¹b) of the difference b of the betas, V being the covariance of its errors and T that of true
    betas; p_equal: of the test that the true betas are equal, b'V⁻¹b against χ² with K degrees of freedom;
    residual_correlation: of the residuals on common days.
    """

    distance: Array
    p_equal: Array
    residual_correlation: Array


def joined(parts: Sequence[Scored]) -> Scored:
    """The tickers of all parts, in their order; the parts are of the same periods."""
    if len(parts) == 1:
        return parts[0]
    return Scored(
        np.concatenate([part.betas for part in parts]),
        np.concatenate([part.scores for part in parts], axis=1),
        np.concatenate([part.smoothed for part in parts], axis=1),
        np.concatenate([part.covariances for part in parts]),
        np.concatenate([part.residuals for part in parts], axis=1),
        np.concatenate([part.present for part in parts], axis=1),
    )


def true_covariance(scored: Scored) -> Array:
    """The covariance of the true betas of a cross-section, (K, K).

    Cov(b) (ddof 1) − mean V, that of the estimates less the mean of their errors', its eigenvalues clipped at 0.
    Tickers without a fit do not count; it is zero of fewer than two.
    """
    known = np.isfinite(scored.covariances).all(axis=(1, 2))
    count = scored.betas.shape[1]
    if known.sum() < 2:
        return np.zeros((count, count))
    sample = np.cov(scored.betas[known], rowvar=False).reshape(count, count)
    sizes, directions = np.linalg.eigh(sample - scored.covariances[known].mean(axis=0))
    clipped: Array = (directions * np.maximum(sizes, 0.0)) @ directions.T
    return clipped


def gaps(some: Scored, others: Scored, spread: Array) -> Gaps:
    """From each of some tickers to each of the others; spread (K, K): T, as of `true_covariance`.

    V = V_i + V_j − C_ij − C_ji: stocks whose residuals move together differ by less than their errors say.
    Mahalanobis (1936), Proc. Nat. Inst. Sci. India 2, for the distance; Wald (1943), Trans. Amer. Math. Soc. 54, for
    the test.
    """
    days, rows, count = some.scores.shape
    columns = others.scores.shape[1]
    shared = some.scores.reshape(days, -1).T @ others.smoothed.reshape(days, -1)
    shared = shared.reshape(rows, count, columns, count).transpose(0, 2, 1, 3)
    variances = some.covariances[:, None] + others.covariances
    scale = np.diagonal(variances, axis1=2, axis2=3).reshape(-1, count)
    apart = (variances - shared - shared.transpose(0, 1, 3, 2)).reshape(-1, count, count)
    differences = (some.betas[:, None] - others.betas).reshape(-1, count)
    return Gaps(
        distance=np.sqrt(_quadratic(differences, apart + spread, scale)).reshape(rows, columns),
        p_equal=chi2_p_values(_quadratic(differences, apart, scale), count).reshape(rows, columns),
        residual_correlation=_correlations(some, others),
    )


def _smoothed(scores: Array, lags: int) -> Array:
    """Σ_l w_l (ψ_{t−l} + ψ_{t+l}) with the weights of the Bartlett kernel, day 0 once."""
    total: Array = scores.copy()
    for lag in range(1, lags + 1):
        weight = 1.0 - lag / (lags + 1.0)
        total[lag:] += weight * scores[:-lag]
        total[:-lag] += weight * scores[lag:]
    return total


def _quadratic(differences: Array, matrices: Array, variances: Array) -> Array:
    """b'M⁻¹b of each of N: differences (N, K), matrices (N, K, K) → (N,), at least 0.

    variances (N, K): of the two betas apart, against which the variance of a difference is rounding. A difference that
    is known without an error is infinite, and none is 0.
    """
    own = np.diagonal(matrices, axis1=1, axis2=2)
    none = (np.abs(differences) <= NOTHING).all(axis=1)
    exact = (own <= DEGENERATE * variances).any(axis=1)
    found = np.where(none, 0.0, np.where(exact, np.inf, np.nan))
    left = ~none & ~exact & np.isfinite(matrices).all(axis=(1, 2)) & np.isfinite(differences).all(axis=1)
    # Unit variances, so that the units of factors do not cost digits.
    scale = np.sqrt(own[left])
    b, unit = differences[left] / scale, matrices[left] / (scale[:, :, None] * scale[:, None, :])
    try:
        solved = np.linalg.solve(unit, b[:, :, None])[:, :, 0]
        found[left] = np.maximum((b * solved).sum(axis=1), 0.0)
    except np.linalg.LinAlgError:
        found[left] = _of_singular(b, unit)
    return found


def _of_singular(differences: Array, matrices: Array) -> Array:
    """As `_quadratic`, where a matrix may be singular: a difference along a direction without variance is infinite."""
    sizes, directions = np.linalg.eigh(matrices)
    along = (directions * differences[:, :, None]).sum(axis=1)
    flat = sizes <= np.sqrt(DEGENERATE)
    certain = np.where(np.abs(along) <= np.sqrt(DEGENERATE), 0.0, np.inf)
    total: Array = np.where(flat, certain, along * along / np.where(flat, 1.0, sizes)).sum(axis=1)
    return total


def _correlations(some: Scored, others: Scored) -> Array:
    """Pearson's correlation of residuals of M tickers with those of N, on common days, (M, N); NaN for constants.

    All sums over common days are parts of one product of matrices.
    """
    sums = some.moments.T @ others.moments
    parts = sums.reshape(3, some.residuals.shape[1], 3, others.residuals.shape[1]).transpose(0, 2, 1, 3)
    (ef, e_only, _), (f_only, n, f_squares), (_, e_squares, _) = parts
    with np.errstate(invalid="ignore", divide="ignore"):
        e_moves, f_moves = e_squares - e_only**2 / n, f_squares - f_only**2 / n
        found: Array = (ef - e_only * f_only / n) / np.sqrt(e_moves * f_moves)
        known = (e_moves > DEGENERATE * e_squares) & (f_moves > DEGENERATE * f_squares)
    return np.clip(np.where(known, found, np.nan), -1.0, 1.0)
