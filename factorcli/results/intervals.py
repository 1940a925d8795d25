"""Intervals of R² and of variance shares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class ShareIntervals:
    """95 % block-bootstrap intervals of a decomposition's R² and shares."""

    r_squared: Interval
    contributions: dict[str, Interval]
    idiosyncratic: Interval
