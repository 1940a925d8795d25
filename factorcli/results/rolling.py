"""The path of a rolling window."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class RollingPath:
    """Estimates of the windows that end on each date; NaN where one has too few returns.

    α is daily; low and high are the bounds of 95 % intervals; residual_volatility is annualised.
    """

    dates: tuple[date, ...]
    alpha: tuple[float, ...]
    betas: dict[str, tuple[float, ...]]
    r_squared: tuple[float, ...]
    residual_volatility: tuple[float, ...]
    alpha_low: tuple[float, ...]
    alpha_high: tuple[float, ...]
    betas_low: dict[str, tuple[float, ...]]
    betas_high: dict[str, tuple[float, ...]]
