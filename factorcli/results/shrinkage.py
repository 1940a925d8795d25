"""Vasicek's shrinkage of a ticker's betas."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shrinkage:
    """Vasicek's shrinkage: mean and standard deviation of the true betas over `stocks` of the universe.

    std_dev is that of the least-squares betas less their estimation noise, 0 where it explains all of their variance.

    own_weight × least_squares + (1 − own_weight) × mean is the beta; `market` is the one-factor beta's.
    """

    stocks: int
    mean: dict[str, float]
    std_dev: dict[str, float]
    least_squares: dict[str, float]
    own_weight: dict[str, float]
