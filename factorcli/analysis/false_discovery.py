"""Many tests at once: which of them survive. Standard library only: a heatmap is shown without numpy."""

from collections.abc import Sequence
from math import isnan, nan


def q_values(p_values: Sequence[float]) -> list[float]:
    """Benjamini–Hochberg adjusted p-values, in the order of the p-values.

    What is at or below 0.05 survives a false discovery rate of 5 %: of all that survive, one in twenty is
    expected to be chance. NaN stays NaN and is not counted among the tests. Benjamini & Hochberg (1995),
    J. Royal Statistical Society B 57, p. 293; the adjusted form as in R's `p.adjust`.
    """
    order = sorted((i for i, p in enumerate(p_values) if not isnan(p)), key=lambda i: p_values[i], reverse=True)
    adjusted, least = [nan] * len(p_values), 1.0
    for rank, i in zip(range(len(order), 0, -1), order, strict=True):
        least = min(least, p_values[i] * len(order) / rank)
        adjusted[i] = least
    return adjusted
