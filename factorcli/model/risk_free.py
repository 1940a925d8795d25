"""The annual risk-free rate, constant or dated."""

import os.path
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from factorcli.errors import InvalidModel

MAX_RATE = 0.5  # a higher one is taken for an error of units


@dataclass(frozen=True)
class RiskFree:
    """An annual rate, constant or dated; a fraction (0.065 is 6.5 %).

    A dated rate applies from its date until the next one; before the first date there is none. per_day: returns of a
    day, which `annual` turns into rates; a model has annual ones.
    """

    rates: tuple[float, ...]
    dates: tuple[date, ...] = ()
    source: str | None = None
    per_day: bool = False

    def on(self, days: Sequence[date]) -> list[float]:
        """Annual rate on each day. Raises InvalidModel for a day before the first rate."""
        if not self.dates:
            return [self.rates[0]] * len(days)
        if days and min(days) < self.dates[0]:
            raise InvalidModel(
                f"The sample begins on {min(days)}, but the first risk-free rate of {self.source} is of "
                f"{self.dates[0]}: add earlier rates, or give a constant rate."
            )
        return [self.rates[bisect_right(self.dates, day) - 1] for day in days]

    @classmethod
    def parse(cls, value: object, what: str, folder: Path = Path()) -> "RiskFree":
        """A number, a text such as `6.5%`, or the path of a file of rates, with #COLUMN where several may be meant.

        `what` names the setting in errors, which are InvalidModel.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
            raise InvalidModel(f"{what} is {value!r}: write an annual rate such as 0.065, or a CSV file.")
        text = str(value).strip()
        try:
            rate = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
        except ValueError:
            return cls.load(folder / os.path.expanduser(text), what)  # noqa: PTH111
        if not abs(rate) <= MAX_RATE:
            raise InvalidModel(f"{what} is {rate:g}, above 50 % a year; write an annual fraction: 0.065 for 6.5 %.")
        return cls((rate,))

    @classmethod
    def load(cls, path: Path, what: str = "The risk-free rate") -> "RiskFree":
        """The rates of a file of dates and rates; of one with several columns that of the heading behind a #."""
        from factorcli.model.rate_file import read_rates

        file, column = path, None
        if not os.path.exists(path) and "#" in path.name:  # noqa: PTH110
            name, _, column = path.name.rpartition("#")
            file = path.with_name(name) if name else path
        if not os.path.isfile(file):  # noqa: PTH113
            why = "Is a directory" if os.path.isdir(file) else "No such file or directory"  # noqa: PTH112
            raise InvalidModel(
                f"{what}: {file} cannot be read as a file of rates ({why}); give an annual rate such as 0.065, or a "
                "CSV file with the columns date and rate."
            )
        found = read_rates(file, column, MAX_RATE)
        return cls(found.rates, found.dates, str(path), found.per_day)

    def annual(self, sessions: int) -> "RiskFree":
        """The same rates a year: returns of a day times the sessions of a year."""
        if not self.per_day:
            return self
        return replace(self, rates=tuple(rate * sessions for rate in self.rates), per_day=False)


def reason(error: Exception) -> str:
    """A short description of why a file cannot be read."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error)
