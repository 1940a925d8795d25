"""Returns from prices, and differences of levels."""

from factorcli.engine import Array


def simple_returns(prices: Array) -> Array:
    """Simple return from each row to the next: prices (T, N) → (T−1, N).

    NaN where either price is missing, so that no return spans a gap.
    """
    return prices[1:] / prices[:-1] - 1.0


def differences(levels: Array) -> Array:
    """First difference of levels (T, N) → (T−1, N), in the units of the level."""
    return levels[1:] - levels[:-1]
