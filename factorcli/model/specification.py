"""The specification of an estimate: window, basis, covariance, estimator and additional results."""

import math
import re
from dataclasses import dataclass
from datetime import date

from factorcli.errors import InvalidDate, InvalidOption
from factorcli.model.frequency import DAILY, OF_PRICES, Frequency, frequency_of

BASES = ("raw", "spread", "residual")
COVARIANCES = ("hac", "hc1", "nonrobust")
METHODS = ("euler", "lmg")
ESTIMATORS = ("ols", "ewma", "dimson", "vasicek")
MAX_LMG_FACTORS = 12  # as in engine.variance, which is slower to import; 2^K subsets are fitted
HALF_LIFE = 63.0  # sessions, a quarter of a year


@dataclass(frozen=True)
class Specification:
    """How every ticker is estimated. Raises InvalidOption for an invalid value or combination.

    window: in periods of the frequency; 0 for its default. frequency: daily, weekly, monthly, or OF_PRICES until the
    prices have been looked at.
    """

    window: int = 0
    basis: str = "raw"
    covariance: str = "hac"
    as_of: date | None = None
    rolling: bool = False
    method: str = "euler"
    estimator: str = "ols"
    half_life: float | None = None  # of ewma, in sessions; None is HALF_LIFE
    intervals: bool = False
    diagnostics: bool = False
    decisions: bool = False  # what a report answers besides: stress, episodes, drift, a portfolio's hedge
    frequency: str = DAILY.name

    def __post_init__(self) -> None:
        if self.frequency != OF_PRICES:  # raises for an unknown one
            default = frequency_of(self.frequency).window
            object.__setattr__(self, "window", self.window or default)
        for name, value, known in (
            ("basis", self.basis, BASES),
            ("cov", self.covariance, COVARIANCES),
            ("method", self.method, METHODS),
            ("estimator", self.estimator, ESTIMATORS),
        ):
            if value not in known:
                raise InvalidOption(f"{name} {value!r} is not known: it can be {', '.join(known)}.")
        if self.half_life is not None:
            if self.estimator != "ewma":
                raise InvalidOption(f"half_life {self.half_life:g} is given; only the estimator ewma has one.")
            if not (math.isfinite(self.half_life) and self.half_life >= 1):
                raise InvalidOption(f"half_life is {self.half_life:g}: write a number of sessions, 1 or more.")
        if self.rolling and self.estimator != "ols":
            raise InvalidOption(
                f"A rolling path needs ordinary least squares: leave out the estimator {self.estimator}, or the path."
            )
        if self.decisions and not self.rolling:
            raise InvalidOption(
                "Decisions need ordinary least squares over every session: ask for a rolling path, too."
            )
        if self.diagnostics and self.estimator == "vasicek":
            raise InvalidOption(
                "Diagnostics are those of the fit, which vasicek does not change: leave out the estimator vasicek."
            )

    @property
    def returns(self) -> Frequency:
        """The frequency of the returns."""
        return frequency_of(self.frequency)

    @property
    def fit_estimator(self) -> str:
        """The estimator of the fit: ols for vasicek, which shrinks the betas afterwards."""
        return "ols" if self.estimator == "vasicek" else self.estimator

    @property
    def half_life_text(self) -> str:
        """The half-life in the shortest exact form: 42 or 42.5."""
        return repr(float(self.half_life or HALF_LIFE)).removesuffix(".0")


def parse_date(text: str) -> date:
    """2025-09-17 as a date. Raises InvalidDate."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip(), re.ASCII):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise InvalidDate(f"{text[:80]!r} is not a date: write it as 2025-09-17.")
