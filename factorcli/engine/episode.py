"""What a bought and held position did from one close to another, and what a model's betas say of it."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask


@dataclass(frozen=True, slots=True)
class Path:
    """A position from the first close on: its whole return, largest fall from an earlier close, worst session."""

    total: float
    max_drawdown: float
    worst: int
    worst_return: float


def model_growth(betas: Array, factors: Array, risk_free: Array) -> Array:
    """Growth of 1 by a model without α, from each session on: Π(1 + R_f + b'f), (T + 1, N), the first row 1.

    betas (N, K), factors (T, K) net of R_f where the model says so, risk_free (T,).
    """
    steps = 1.0 + risk_free[:, None] + factors @ betas.T
    return np.vstack([np.ones(len(betas)), np.cumprod(steps, axis=0)])


def growth(closes: Array) -> Array:
    """Growth of 1 by closes (T + 1, N) from the first row on; NaN where that is missing."""
    grown: Array = closes / closes[:1]
    return grown


def held(weights: Array, grown: Array) -> Path:
    """The path of a position bought at weights (N,) and held: growth of 1 (T + 1, N); its total is Σ w_i (growth − 1).

    What the weights leave is cash, which here earns nothing.
    """
    value = 1.0 + (grown - 1.0) @ weights
    peak = np.maximum.accumulate(value)
    before = value[:-1]
    steps = np.divide(value[1:], before, out=np.full(len(before), np.nan), where=before > 0) - 1.0
    worst = int(np.nanargmin(steps))
    total = float((grown[-1] - 1.0) @ weights)
    return Path(total, float((value / peak - 1.0).min()), worst, float(steps[worst]))


def compounded(returns: Array, added: Mask) -> Array:
    """Returns (T, K) from the first to the last: compounded, of the columns `added` (K,) summed; (K,)."""
    return np.asarray(np.where(added, returns.sum(axis=0), np.prod(1.0 + returns, axis=0) - 1.0))
