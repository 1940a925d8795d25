"""Keywords of the library's questions about a window: their types, and the specification that they make."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from factorcli.errors import InvalidDate, InvalidOption, InvalidWindow
from factorcli.model.frequency import FREQUENCIES, OF_PRICES
from factorcli.model.specification import Specification, parse_date
from factorcli.model.windows import parse_window

FLAGS = ("rolling", "diagnostics", "intervals")


class RegressionOptions(TypedDict, total=False):
    """How returns are regressed: basis raw, cov hac, estimator ols, unless given otherwise.

    frequency: that of the prices unless given.
    """

    basis: str
    cov: str
    estimator: str
    half_life: float | None
    frequency: str | None


class EstimationOptions(RegressionOptions, total=False):
    """How a window is fitted, and its last day: up to the last session unless given otherwise."""

    as_of: str | date | None


class WindowOptions(EstimationOptions, total=False):
    """How a window is fitted, and its length: 252 days, 104 weeks or 60 months unless given otherwise."""

    window: int | str


class LeastSquaresOptions(TypedDict, total=False):
    """How a window is fitted by least squares, its length and its last day: as in WindowOptions unless given."""

    window: int | str
    basis: str
    cov: str
    frequency: str | None
    as_of: str | date | None


class PeersOptions(TypedDict, total=False):
    """Which window the peers of a stock are found in: as in WindowOptions unless given."""

    window: int | str
    frequency: str | None
    as_of: str | date | None


class BetaOptions(WindowOptions, total=False):
    """What a question for betas may say; rolling, diagnostics and intervals are False unless given."""

    rolling: bool
    diagnostics: bool
    intervals: bool


class DecomposeOptions(WindowOptions, total=False):
    """What a question for a decomposition may say: method euler, without intervals, unless given otherwise."""

    method: str
    intervals: bool


def specification(options: Mapping[str, Any], known: type) -> Specification:
    """What the keywords specify. Raises UsageError for a keyword or value that is not known."""
    names = sorted(known.__annotations__)
    given = dict(options)
    for name in given:
        if name not in names:
            raise InvalidOption(f"{name} is not a keyword of this question: it can be {', '.join(names)}.")
    for name in FLAGS:
        check_flag(name, given.get(name, False))
    half_life = given.get("half_life")
    if half_life is not None and (isinstance(half_life, bool) or not isinstance(half_life, int | float)):
        raise InvalidOption(f"half_life is {half_life!r}: it is a number of sessions, 1 or more.")
    renamed = {"covariance" if name == "cov" else name: value for name, value in given.items()}
    window, as_of = whole_window(given["window"]) if "window" in given else 0, as_day(given.get("as_of"))
    frequency = given.get("frequency")
    if frequency is not None and (not isinstance(frequency, str) or not frequency):
        raise InvalidOption(f"frequency is {frequency!r}: it can be {', '.join(FREQUENCIES)}.")
    return Specification(**{**renamed, "window": window, "as_of": as_of, "frequency": frequency or OF_PRICES})


def whole_window(value: object) -> int:
    """A window as a number of trading days, weeks or months. Raises InvalidWindow."""
    if isinstance(value, bool):
        raise InvalidWindow(f"window is {value!r}, but must be a number of trading days such as 252.")
    return parse_window(str(value))


def whole_windows(values: Iterable[int | str]) -> tuple[int, ...]:
    """Windows without repeats. Raises InvalidWindow."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidWindow(f"windows is {values!r}: give a list, such as [126, 252].")
    return tuple(dict.fromkeys(whole_window(value) for value in values))


def as_day(value: object) -> date | None:
    """A day from a date, a time or an ISO text. Raises InvalidDate."""
    if value is None or isinstance(value, str):
        return None if value is None else parse_date(value)
    if not isinstance(value, date):
        raise InvalidDate(f"as_of is {value!r}: give a date, or write it as 2025-09-17.")
    return value.date() if isinstance(value, datetime) else value


def check_flag(name: str, value: object) -> None:
    """Raise InvalidOption for what is neither True nor False."""
    if not isinstance(value, bool):
        raise InvalidOption(f"{name} is {value!r}, but must be True or False.")


def check_text(name: str, value: object) -> None:
    """Raise InvalidOption for what is neither a text nor None."""
    if value is not None and not isinstance(value, str):
        raise InvalidOption(f"{name} is {value!r}, but must be a text.")


def check_top(value: object) -> None:
    """Raise InvalidOption for what is neither None nor a whole number from 1 on."""
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise InvalidOption(f"top is {value!r}, but must be a whole number, 1 or more.")
