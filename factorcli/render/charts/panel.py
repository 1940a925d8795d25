"""One panel of a series over time: its line, interval, where it is not significant, its gaps and its last value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from factorcli.render.charts.picture import Spec, mark
from factorcli.render.charts.theme import (
    BAND,
    BLUE,
    INK,
    LABEL_SIZE,
    MUTED,
    PALE_BLUE,
    RULE,
    TEXT_SIZE,
    WARNING,
)
from factorcli.render.charts.timeline import drawn_dates, gap_layer, gaps, time_axis
from factorcli.render.text import number, percent

AXIS = 40  # px left of a plot, for its numbers
MARGIN = 0.06  # of a scale, above and below its values
# How the numbers of an axis are written: a beta, a part of 1, a fraction, a return from the start, a change of a level.
UNITS = {
    "beta": {}, "share": {"format": ".1f"}, "percent": {"format": ".0%"}, "return": {"format": ".0%"}, "level": {},
}  # fmt: skip
TOO_FEW = "too few returns"


@dataclass(frozen=True)
class Series:
    """A value for each date, and the bounds of its interval where it has one.

    unit: one of UNITS. note: what follows the last value.
    """

    code: str
    name: str
    values: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    unit: str = "beta"
    note: str = ""

    @property
    def title(self) -> str:
        """What the panel shows, with its unit."""
        return f"{self.name}, beta" if self.unit == "beta" else self.name

    @property
    def text(self) -> str:
        """The last value."""
        value = self.values[-1]
        if not isfinite(value):
            return TOO_FEW
        if self.unit in ("percent", "return"):
            return percent(value, signed=self.unit == "return")
        return number(value, self._digits, signed=self.unit != "share")

    @property
    def interval(self) -> str:
        """The last interval, empty without one."""
        if not self.low or not isfinite(self.low[-1]):
            return ""
        return f"{number(self.low[-1], self._digits)} to {number(self.high[-1], self._digits)}"

    @property
    def last(self) -> str:
        """The last value and its interval."""
        return (f"{self.text} ({self.interval})" if self.interval else self.text) + self.note

    @property
    def significant(self) -> bool:
        """Whether the last interval is on one side of zero, or there is none to be."""
        return not self.low or self.low[-1] * self.high[-1] > 0

    @property
    def _digits(self) -> int:
        return 3 if self.low and abs(self.values[-1]) < 0.1 and self.high[-1] - self.low[-1] < 0.2 else 2


@dataclass(frozen=True)
class Frame:
    """What panels share: first and last date, the plot in px, how many dates are drawn.

    beside: whether the last value is written right of the line, not above the plot.
    """

    first: date
    last: date
    plot: float
    height: float
    dates: int
    beside: bool = False


def domain(series: Sequence[Series]) -> list[float]:
    """The common scale of these series, with zero."""
    if series[0].unit == "share":
        return [0.0, 1.0]
    known = [v for one in series for part in (one.values, one.low, one.high) for v in part if isfinite(v)]
    low, high = min([0.0, *known]), max([0.0, *known])
    room = MARGIN * (high - low or 1.0)
    return [low - room if low else 0.0, high + room]


def panel(
    series: Series, dates: Sequence[date], marked: Sequence[date], frame: Frame, scale: Sequence[float], *,
    numbers: bool = True, caption: str = "", indent: float = 0.0,
) -> Spec:  # fmt: skip
    """The panel of one series.

    marked: days to be pointed at; numbers: whether the y axis is labelled; caption: above the plot, before the last
    value, where that is not beside it; indent: how far left of the plot it begins, in px.
    """
    x = time_axis(frame.first, frame.last, frame.plot)
    room = AXIS if numbers else 0
    y_axis = {"title": None, "tickCount": 3, "domain": False, "ticks": False, "labels": numbers, "minExtent": room,
              "maxExtent": room, **UNITS[series.unit]}  # fmt: skip
    y = {"type": "quantitative", "axis": y_axis, "scale": {"domain": list(scale), "nice": False}}
    before = [(frame.first, dates[0])] if frame.first < dates[0] else []
    after = [(dates[-1], frame.last)] if dates[-1] < frame.last else []
    stretches = [*before, *gaps(dates, series.values), *after]
    layers = [
        *([gap_layer(stretches, x, frame.height)] if stretches else []),
        *(_interval(x, y) if series.low else []),
        mark("rule", {"x": None, "y": {**y, "datum": 0}}, color=RULE),
        _line("value", x, y, MUTED if series.low else BLUE),
        *([_line("significant_value", x, y, BLUE)] if series.low else []),
        *_days(marked, x),
        *_last(series, dates[-1], x, y, frame, caption, indent),
    ]
    return {
        "width": frame.plot, "height": frame.height, "data": {"values": _rows(series, dates, frame)},
        "transform": _significant() if series.low else [], "layer": layers,
    }  # fmt: skip


def _rows(series: Series, dates: Sequence[date], frame: Frame) -> list[dict[str, Any]]:
    """A row a drawn date, with the numbers of the result."""
    parts = {"value": series.values, **({"low": series.low, "high": series.high} if series.low else {})}
    drawn = drawn_dates(list(parts.values()), frame.dates)
    return [
        {"date": dates[i].isoformat(), **{k: part[i] if isfinite(part[i]) else None for k, part in parts.items()}}
        for i in drawn
    ]


def _significant() -> list[Spec]:
    """The numbers of windows whose interval is on one side of zero, under other names; null in the others."""
    return [
        {"calculate": f"datum.low * datum.high > 0 ? datum.{name} : null", "as": f"significant_{name}"}
        for name in ("value", "low", "high")
    ]


def _interval(x: Spec, y: Spec) -> list[Spec]:
    """The bands of all windows in grey, of those that are significant in colour above them."""
    return [
        mark("area", {"x": x, "y": {**y, "field": f"{prefix}low"}, "y2": {"field": f"{prefix}high"}}, color=colour)
        for prefix, colour in (("", BAND), ("significant_", PALE_BLUE))
    ]


def _line(field: str, x: Spec, y: Spec, colour: str) -> Spec:
    return mark("line", {"x": x, "y": {**y, "field": field}}, color=colour, strokeWidth=1.6, strokeCap="round",
                strokeJoin="round")  # fmt: skip


def _days(marked: Sequence[date], x: Spec) -> list[Spec]:
    if not marked:
        return []
    rows = [{"date": day.isoformat()} for day in marked]
    pointer = mark("point", {"x": x, "y": {"value": 3}}, shape="triangle-down", size=30, filled=True, opacity=1,
                   color=WARNING)  # fmt: skip
    return [{"data": {"values": rows}, **pointer}]


def _last(series: Series, day: date, x: Spec, y: Spec, frame: Frame, caption: str, indent: float) -> list[Spec]:
    """The last value as a point, and its number and interval beside the point or above the plot."""
    value = series.values[-1] if isfinite(series.values[-1]) else None
    colour = BLUE if series.significant and value is not None else MUTED
    row = {"date": day.isoformat(), "value": value, "text": series.text, "interval": series.interval}
    end = mark("point", {"x": x, "y": {**y, "field": "value"}}, color=colour, filled=True, size=36, opacity=1)
    if frame.beside:
        place = {"x": {"value": frame.plot + 8},
                 "y": {"value": frame.height / 2} if value is None else {**y, "field": "value"}}  # fmt: skip
        above, below = (-7, 7) if series.interval else (0, 0)
        texts = [_text("text", place, colour, dy=above, fontWeight=600), _text("interval", place, INK, dy=below)]
    else:
        row |= {"caption": caption, "last": series.last}
        place = {"x": {"value": -indent}}
        texts = [
            _text("caption", {**place, "y": {"value": -27}}, INK, fontSize=TEXT_SIZE),
            _text("last", {**place, "y": {"value": -13}}, colour),
        ]
    return [{"data": {"values": [row]}, "layer": [end, *texts]}]


def _text(field: str, place: Spec, colour: str, **properties: Any) -> Spec:
    style = {"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE, "color": colour}
    return mark("text", {**place, "text": {"field": field}}, **(style | properties))
