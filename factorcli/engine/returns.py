"""From prices to the aligned excess returns of the model."""

import numpy as np

from factorcli.engine import Array, Mask


def simple_returns(prices: Array) -> Array:
    """Simple return from each row to the next: prices (T, N) → (T−1, N).

    NaN wherever either price is missing: a return never bridges a gap.
    """
    return prices[1:] / prices[:-1] - 1.0


def differences(levels: Array) -> Array:
    """First difference of levels (T, N) → (T−1, N), in the units of the level."""
    return levels[1:] - levels[:-1]


def to_basis(factors: Array, basis: str, market: int, traded_styles: Mask) -> Array:
    """Factor columns in another basis; the space they span does not change.

    factors (T, K) without missing values; `market` is the market's column; traded_styles (K,)
    marks the columns that `spread` takes the market from. `raw` returns them as they are,
    `spread` subtracts the market column from the traded styles, `residual` replaces every other
    column by what is left of it after a projection, with intercept, on the market.
    """
    if basis == "raw":
        return factors
    out = factors.copy()
    mkt = factors[:, [market]]
    if basis == "spread":
        out[:, traded_styles] -= mkt
        return out
    if basis != "residual":
        raise ValueError(f"unknown basis {basis!r}")
    others = np.arange(factors.shape[1]) != market
    centred = mkt - mkt.mean()
    slopes = (centred * factors[:, others]).sum(axis=0) / (centred * centred).sum()
    out[:, others] -= factors[:, others].mean(axis=0) + centred * slopes
    return out
