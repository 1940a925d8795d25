"""Tests of a fit's residuals."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Significance:
    """A test statistic and its p-value."""

    statistic: float
    p_value: float


@dataclass(frozen=True)
class InfluentialDay:
    """A day and its Cook's distance: how far it moves all fitted values."""

    date: date
    cooks_distance: float


@dataclass(frozen=True)
class Diagnostics:
    """Whether a fit's residuals are as its errors suppose: see engine.diagnostics.

    durbin_watson is 2 without autocorrelation; zero_return_share is that of days without a new price.
    """

    durbin_watson: float
    breusch_pagan: Significance
    jarque_bera: Significance
    skewness: float
    kurtosis: float
    arch_lm: Significance
    arch_lags: int
    influential_days: tuple[InfluentialDay, ...]
    zero_return_share: float
