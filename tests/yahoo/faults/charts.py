"""Faults in the data: each changes the whole history before it is cut to the range that was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from factorcli.markets.market import INDIA
from tests.yahoo.chart import CLOSING, MUHURAT, Chart, day_of, stamp
from tests.yahoo.faults.base import Fault


@dataclass(frozen=True)
class Change(Fault):
    """Any change of a chart, for a fault that only one test needs."""

    change: Callable[[Chart], Chart]

    def chart(self, chart: Chart) -> Chart:
        """What the function makes of it."""
        return self.change(chart)


@dataclass(frozen=True)
class NullsInTheMiddle(Fault):
    """Bars of these days with every price null, and the volume as well."""

    days: Sequence[date]

    def chart(self, chart: Chart) -> Chart:
        """The same bars, empty."""
        return chart.emptied([chart.position(day) for day in self.days], volume=True)


class NullLastRow(Fault):
    """The last bar before it is settled: prices null, a volume."""

    def chart(self, chart: Chart) -> Chart:
        """The last bar without prices."""
        return chart.emptied([len(chart.stamps) - 1], volume=False)


class AllNull(Fault):
    """Every price of the whole history null."""

    def chart(self, chart: Chart) -> Chart:
        """The bars without prices."""
        return chart.emptied(range(len(chart.stamps)), volume=False)


@dataclass(frozen=True)
class LiveLastRow(Fault):
    """The last bar is of a day that has not closed: it is stamped with the last trade, and has another price.

    On a weekday that has no bar yet the live bar comes after the last one; else it takes its place.
    """

    factor: float = 1.01

    def chart(self, chart: Chart) -> Chart:
        """The chart that ends with the live bar."""
        today = chart.now.astimezone(INDIA.zone).date()
        if today.weekday() >= 5 or chart.has(today):
            today = day_of(chart.stamps[-1])
            bar = _live(chart, self.factor)
            chart = chart.part(slice(0, len(chart.stamps) - 1))
        else:
            bar = _live(chart, self.factor)
        return chart.with_bar(len(chart.stamps), _last_trade(chart, today), bar)


@dataclass(frozen=True)
class TodayTwice(Fault):
    """The last day has its bar of 09:15 and a live bar after it."""

    factor: float = 1.01

    def chart(self, chart: Chart) -> Chart:
        """The chart with the live bar more."""
        at = _last_trade(chart, day_of(chart.stamps[-1]))
        return chart.with_bar(len(chart.stamps), at, _live(chart, self.factor))


@dataclass(frozen=True)
class UnequalLengths(Fault):
    """One column lacks its last values."""

    column: str = "close"
    missing: int = 1

    def chart(self, chart: Chart) -> Chart:
        """The chart with one column cut."""
        return replace(chart, columns={**chart.columns, self.column: chart.columns[self.column][: -self.missing]})


class NoTimestamp(Fault):
    """A 200 without bars: no timestamp, empty indicators."""

    def chart(self, chart: Chart) -> Chart:
        """The chart without a bar."""
        return chart.part(slice(0, 0))


class NoAdjclose(Fault):
    """A 200 without adjusted closes."""

    def chart(self, chart: Chart) -> Chart:
        """The chart without that column."""
        return replace(chart, columns={name: c for name, c in chart.columns.items() if name != "adjclose"})


@dataclass(frozen=True)
class Holidays(Fault):
    """Days without a bar; declared for EVERY, the exchange was closed."""

    days: Sequence[date]

    def chart(self, chart: Chart) -> Chart:
        """The chart without these days."""
        for day in self.days:
            if chart.has(day):
                chart = chart.without(chart.position(day))
        return chart


@dataclass(frozen=True)
class Filler(Fault):
    """A bar on each of these days that repeats the close before it, with volume 0.

    On a holiday the bar is added; on a trading day it takes the place of the true one, and the next
    bar carries two days' return.
    """

    days: Sequence[date]

    def chart(self, chart: Chart) -> Chart:
        """The chart with the filler bars."""
        for day in self.days:
            at = chart.position(day)
            before = {name: column[at - 1] for name, column in chart.columns.items()}
            bar = {**before, **dict.fromkeys(("open", "high", "low"), before["close"]), "volume": 0}
            if chart.has(day):
                chart = chart.without(at)
            chart = chart.with_bar(at, stamp(day), bar)
        return chart


@dataclass(frozen=True)
class WeekendSession(Fault):
    """A special session on a day off, `factor` times the close before it."""

    day: date
    factor: float = 1.01

    def chart(self, chart: Chart) -> Chart:
        """The chart with this session."""
        at = chart.position(self.day)
        return chart.with_bar(at, stamp(self.day), _live(chart.part(slice(0, at)), self.factor))


@dataclass(frozen=True)
class Muhurat(Fault):
    """The bar of this day is of the evening session."""

    day: date

    def chart(self, chart: Chart) -> Chart:
        """The same bar with the stamp of the evening."""
        at = chart.position(self.day)
        return replace(chart, stamps=[*chart.stamps[:at], stamp(self.day, MUHURAT), *chart.stamps[at + 1 :]])


@dataclass(frozen=True)
class MissedSplit(Fault):
    """Prices from this day on are divided by `ratio`, and no event says so; a demerger looks the same."""

    day: date
    ratio: float = 5.0

    def chart(self, chart: Chart) -> Chart:
        """The chart with the break."""
        return chart.scaled(slice(chart.position(self.day), None), 1 / self.ratio)


@dataclass(frozen=True)
class Spike(Fault):
    """The prices of one day times `factor`; the next day is right again."""

    day: date
    factor: float = 2.0

    def chart(self, chart: Chart) -> Chart:
        """The chart with the spike."""
        at = chart.position(self.day)
        return chart.scaled(slice(at, at + 1), self.factor)


@dataclass(frozen=True)
class StaleEnd(Fault):
    """The history stops so many bars early."""

    bars: int

    def chart(self, chart: Chart) -> Chart:
        """The chart without its last bars."""
        return chart.part(slice(0, len(chart.stamps) - self.bars))


@dataclass(frozen=True)
class ShortHistory(Fault):
    """The history holds only the last bars, as after a rename."""

    bars: int = 39

    def chart(self, chart: Chart) -> Chart:
        """The chart of its last bars."""
        return chart.part(slice(len(chart.stamps) - self.bars, None))


def _last_trade(chart: Chart, day: date) -> int:
    """Just after the close of this day, or now while the session lasts."""
    return min(stamp(day, CLOSING) + 1, max(int(chart.now.timestamp()), stamp(day) + 1))


def _live(chart: Chart, factor: float) -> dict[str, Any]:
    last = {name: column[-1] for name, column in chart.columns.items()}
    bar: dict[str, Any] = {name: price * factor for name, price in last.items() if name != "volume"}
    return {**bar, "volume": last["volume"] // 2}
