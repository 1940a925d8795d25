"""Multiple testing: p-values adjusted for the false discovery rate. Standard library only: a heatmap needs no numpy."""

from collections.abc import Sequence
from math import isnan, nan


def q_values(p_values: Sequence[float]) -> list[float]:
    """Benjamini–Hochberg adjusted p-values, in the order of the p-values.

    A q-value of at most 0.05 is significant at a false discovery rate of 5 %: at most 5 % of such tests are
    expected to be false positives. NaN stays NaN and is not counted as a test. Benjamini & Hochberg (1995),
    J. Royal Statistical Society B 57, p. 293; the adjusted form as in R's `p.adjust`.
    """
    order = sorted([i for i, p in enumerate(p_values) if not isnan(p)], key=p_values.__getitem__, reverse=True)
    adjusted, smallest, count = [nan] * len(p_values), 1.0, len(order)
    for rank, i in zip(range(count, 0, -1), order, strict=True):
        value = p_values[i] * count / rank
        if value < smallest:  # noqa: PLR1730  (`min` takes longer, which counts with thousands of stocks)
            smallest = value
        adjusted[i] = smallest
    return adjusted
