"""Vasicek's shrinkage of a ticker's betas."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shrinkage:
    """Vasicek's shrinkage: mean and standard deviation of each beta over `stocks` of the universe.

    own_weight × least_squares + (1 − own_weight) × mean is the beta; `market` is the one-factor beta's.
    """

    stocks: int
    mean: dict[str, float]
    std_dev: dict[str, float]
    least_squares: dict[str, float]
    own_weight: dict[str, float]
