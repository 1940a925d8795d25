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
    """A day and its Cook's distance, the effect of leaving it out on all fitted values."""

    date: date
    cooks_distance: float


@dataclass(frozen=True)
class Diagnostics:
    """Tests of the assumptions of a fit's standard errors: see engine.diagnostics.

    durbin_watson is 2 without autocorrelation; zero_return_share is the share of zero-return days.
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
