"""The annual risk-free rate, constant or dated."""

import csv
import os.path
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from factorcli.errors import InvalidModel


@dataclass(frozen=True)
class RiskFree:
    """An annual rate, constant or dated; a fraction (0.065 is 6.5 %).

    A dated rate applies from its date until the next one; before the first date there is none.
    """

    rates: tuple[float, ...]
    dates: tuple[date, ...] = ()
    source: str | None = None

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
        """A number, or the path of a CSV file of dates and annual rates.

        `what` names the setting in errors, which are InvalidModel.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
            raise InvalidModel(f"{what} is {value!r}: write an annual rate such as 0.065, or a CSV file.")
        try:
            return cls((_annual_rate(float(value), what),))
        except ValueError:
            return cls.load(folder / os.path.expanduser(str(value)), what)  # noqa: PTH111

    @classmethod
    def load(cls, path: Path, what: str = "The risk-free rate") -> "RiskFree":
        """Read a CSV of two columns, date and annual rate, with a heading; any order."""
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.reader(file))[1:]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InvalidModel(
                f"{what}: {path} cannot be read as a file of rates ({reason(error)}); give an annual "
                "rate such as 0.065, or a CSV file with the columns date and rate."
            ) from None
        rates: dict[date, float] = {}
        for number, row in enumerate(rows, start=2):
            if not any(cell.strip() for cell in row):
                continue
            try:
                day = date.fromisoformat(row[0].strip()[:10])
                rate = float(row[1])
            except (ValueError, IndexError):
                raise InvalidModel(
                    f"{path}, row {number}: {','.join(row)!r} is not a date and an annual rate, such as "
                    "2024-04-01,0.0675."
                ) from None
            if day in rates and rates[day] != rate:
                raise InvalidModel(f"{path}, row {number}: {day} has two rates; keep one.")
            rates[day] = _annual_rate(rate, f"{path}, row {number}: the rate")
        if not rates:
            raise InvalidModel(f"{path} holds no rates: it needs the columns date and rate.")
        days = sorted(rates)
        return cls(tuple(rates[day] for day in days), tuple(days), str(path))


def _annual_rate(rate: float, what: str) -> float:
    if not -1 < rate < 1:
        raise InvalidModel(f"{what} is {rate:g}; write an annual fraction: 0.065 for 6.5 %.")
    return rate


def reason(error: Exception) -> str:
    """A short description of why a file cannot be read."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error)
