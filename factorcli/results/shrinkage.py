"""What Vasicek's estimator did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shrinkage:
    """What Vasicek's estimator did: `stocks` of the universe give each beta's mean and standard deviation.

    own_weight × least_squares + (1 − own_weight) × mean is the beta; `market` is the one-factor beta's.
    """

    stocks: int
    mean: dict[str, float]
    std_dev: dict[str, float]
    least_squares: dict[str, float]
    own_weight: dict[str, float]
