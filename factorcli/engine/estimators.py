"""The samples of the estimators: least squares, exponential weights and Dimson's betas."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.engine.basis import Basis


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator, and the half-life in days of `ewma`'s weights."""

    name: Literal["ols", "ewma", "dimson"] = "ols"
    half_life: float = 63.0


OLS = Estimator()


@dataclass(frozen=True, slots=True)
class Sample:
    """The input of a fit: returns (T, N), columns (T, K'), their basis, and weights (T,) if any.

    The first `factors` columns are the model's; `basis.timing` counts those after them.
    """

    returns: Array
    columns: Array
    basis: Basis
    factors: int
    weights: Array | None = None

    def of_model(self, values: Array) -> Array:
        """Additive contributions by column (…, K') as contributions by factor (…, K).

        Those of the `timing` columns are added to the market's.
        """
        whole = values[..., : self.factors].copy()
        whole[..., self.basis.market] += values[..., self.factors :].sum(axis=-1)
        return whole

    def market(self) -> "Sample":
        """The sample of the one-factor model, with the market's columns only."""
        columns = self.columns[:, ~self.basis.styles(self.columns.shape[1])]
        return Sample(self.returns, columns, Basis(timing=self.basis.timing), 1, self.weights)


def sample(
    returns: Array, factors: Array, basis: Basis, estimator: Estimator = OLS, before: Array | None = None
) -> Sample:
    """The sample of an estimator: returns (T, N), factors (T, K), and those of the day before the first, if known.

    before (K,) is the lagged market return of the first day for `dimson`; without it that day is not used.
    Raises ValueError for an unknown estimator or a half-life that is not positive.
    """
    count = factors.shape[1]
    if estimator.name == "ewma":
        return Sample(returns, factors, basis, count, exponential_weights(len(factors), estimator.half_life))
    if estimator.name == "dimson":
        earlier = np.nan if before is None else float(before[basis.market])
        columns, used = _with_timing(factors, basis, earlier)
        return Sample(np.where(used[:, None], returns, np.nan), columns, replace(basis, timing=2), count)
    if estimator.name != "ols":
        raise ValueError(f"unknown estimator {estimator.name!r}")
    return Sample(returns, factors, basis, count)


def exponential_weights(days: int, half_life: float) -> Array:
    """Weights (T,) that halve every `half_life` days back from the last one, with a mean of 1.

    Age is counted in sessions, whether or not a ticker has returns. J.P. Morgan/Reuters (1996),
    RiskMetrics Technical Document, section 5.2, with λ = 2^(−1/half-life).
    """
    if not half_life > 0:
        raise ValueError(f"a half-life of {half_life} days; it must be positive")
    weights = 0.5 ** (np.arange(days - 1, -1, -1) / half_life)
    normalised: Array = weights * (days / weights.sum())
    return normalised


def _with_timing(factors: Array, basis: Basis, before: float) -> tuple[Array, Mask]:
    """Factors (T, K), and the market lagged and led by a day, both less the market: (T, K + 2), and days used (T,).

    β₋₁ M₋₁ + β₀ M₀ + β₊₁ M₊₁ = (β₋₁ + β₀ + β₊₁) M₀ + β₋₁ (M₋₁ − M₀) + β₊₁ (M₊₁ − M₀), so the market's
    coefficient is the sum of the three, and its error, by any covariance, is that of the sum.
    Dimson (1979), "Risk measurement when shares are subject to infrequent trading", J. Financial
    Economics 7, pp. 197–226: the aggregated coefficients of one lag and one lead. The last day lacks the day after
    it, and the first the day `before` where that market return is NaN: there both columns are zero, and not used.
    """
    market = factors[:, basis.market]
    around = np.column_stack([np.append(before, market[:-1]), np.append(market[1:], np.nan)]) - market[:, None]
    used: Mask = np.isfinite(around[:, 0]) & np.isfinite(around[:, 1])
    around[~used] = 0.0
    return np.column_stack([factors, around]), used
