"""From prices to the aligned excess returns of the model."""

from factorcli.engine import Array


def simple_returns(prices: Array) -> Array:
    """Simple return from each row to the next: prices (T, N) → (T−1, N).

    NaN wherever either price is missing: a return never bridges a gap.
    """
    return prices[1:] / prices[:-1] - 1.0


def differences(levels: Array) -> Array:
    """First difference of levels (T, N) → (T−1, N), in the units of the level."""
    return levels[1:] - levels[:-1]
