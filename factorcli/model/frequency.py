"""Frequencies of returns: daily, weekly and monthly."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from factorcli.errors import InvalidOption


class Frequency(NamedTuple):
    """How far apart the prices of a return are.

    windows: default lengths of a heatmap's windows, in periods, `window` that of one fit; periods_a_year: None for
    the model's own number of sessions; sessions: in a period, about; period: its name, in texts.
    """

    name: str
    windows: tuple[int, ...]
    window: int
    periods_a_year: int | None
    sessions: int
    period: str

    def a_year(self, trading_days: int) -> int:
        """Periods a year, in a market of this many sessions a year."""
        return self.periods_a_year or trading_days

    def __reduce__(self) -> tuple[Callable[[str], "Frequency"], tuple[str]]:
        """Pickled by name, so that in another process it is that process's own."""
        return frequency_of, (self.name,)


DAILY = Frequency("daily", (126, 252, 504), 252, None, 1, "session")
WEEKLY = Frequency("weekly", (104,), 104, 52, 5, "week")
MONTHLY = Frequency("monthly", (60,), 60, 12, 21, "month")
FREQUENCIES: Mapping[str, Frequency] = {one.name: one for one in (DAILY, WEEKLY, MONTHLY)}  # the finest first
OF_PRICES = ""  # the frequency of the prices themselves


def frequency_of(name: str) -> Frequency:
    """A frequency by its name. Raises InvalidOption."""
    if name not in FREQUENCIES:
        raise InvalidOption(f"frequency {name!r} is not known: it can be {', '.join(FREQUENCIES)}.")
    return FREQUENCIES[name]


def first_day(day: date, frequency: Frequency) -> date:
    """The first day of the period that a day is in: itself, the Monday of its week, or the first of its month."""
    if frequency is MONTHLY:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if frequency is WEEKLY else day


def finished_on(end: date, frequency: Frequency) -> date:
    """The day at whose close the period is finished that ends with a session: its last weekday, or the session."""
    if frequency is DAILY:
        return end
    first = first_day(end, frequency)
    after = (first + timedelta(days=32)).replace(day=1) if frequency is MONTHLY else first + timedelta(days=7)
    last = after - timedelta(days=1)
    return max(end, last - timedelta(days=max(last.weekday() - 4, 0)))


def refuse_finer(asked: str, prices: str, source: str) -> None:
    """Raise InvalidOption for a frequency that is finer than that of the source's prices."""
    names = list(FREQUENCIES)
    if names.index(asked) < names.index(prices):
        possible = " or ".join(names[names.index(prices) :])
        raise InvalidOption(
            f"frequency {asked} is asked for, but the prices of {source} are a {FREQUENCIES[prices].period} apart: "
            f"ask for {possible}."
        )
