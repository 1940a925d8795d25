"""Returns that stand in for those of a stock that had no price yet."""

import numpy as np

from factorcli.engine import Array


def stand_in(returns: Array, others: Array, least: int) -> Array:
    """The mean return (T,) of others (T, M) on the days before the first return of a stock (T,); NaN elsewhere.

    Also NaN on days on which fewer than `least` of the others have a return, and where the stock has none at all.
    """
    known = np.isfinite(returns)
    early = np.arange(len(returns)) < (int(np.argmax(known)) if known.any() else 0)
    there = np.isfinite(others)
    count = there.sum(axis=1)
    mean: Array = np.where(there, others, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(early & (count >= least), mean, np.nan)
