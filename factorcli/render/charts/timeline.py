"""Series over time: the axis, the dates that are drawn, and the stretches without values."""

from collections.abc import Sequence
from datetime import date
from math import ceil, isfinite

from factorcli.render.charts.picture import Spec, mark
from factorcli.render.charts.theme import BAND

DAY, MONTH, YEAR = "%-d %b %Y", "%b %Y", "%Y"
LABEL_WIDTHS = {DAY: 100, MONTH: 84, YEAR: 44}  # px that the label of a date takes, with a space
MONTHS, DAYS_OF_MONTH = (1, 2, 3, 6, 12), 30.44  # between ticks; of a year's months on average
DAYS_OF_MONTHS, DAYS_OF_YEARS = 120, 2000  # lengths from which months and years are the labels
HATCH = [2, 3]  # px of a line and of the space after it
HATCHED = "M-1,-1L-1,1M0,-1L0,1M1,-1L1,1"  # as a symbol of a key


def time_axis(first: date, last: date, plot: float, *, labels: bool = True) -> Spec:
    """The x channel of the field `date` from the first to the last day, on a plot of this width in px.

    labels: whether the days are written below. Days are those of UTC, as in results, wherever the page is read.
    """
    days = (last - first).days
    style = _style(days, plot)
    axis: Spec = {
        "title": None, "grid": False, "labels": labels, "ticks": labels, "format": style,
        "tickCount": _ticks(days, style, plot / LABEL_WIDTHS[style]), "labelOverlap": "greedy",
        "labelSeparation": 6, "labelFlush": LABEL_WIDTHS[style] / 3,
    }  # fmt: skip
    return {"field": "date", "type": "temporal", "axis": axis,
            "scale": {"type": "utc", "domain": [_moment(first), _moment(last)], "nice": False}}  # fmt: skip


def step_between(dates: int, limit: int) -> int:
    """Every which date is drawn, so that there are not more than `limit`."""
    return max(1, -(-dates // limit))


def drawn_dates(series: Sequence[Sequence[float]], limit: int) -> list[int]:
    """Positions of about `limit` evenly spaced dates; the first and the last are among them.

    Where any of the series begins or ends, both dates there are drawn too, so that no gap is lost or widened.
    """
    count = len(series[0])
    drawn = {*range(count - 1, -1, -step_between(count, limit)), 0}
    for values in series:
        for i in range(1, count):
            if isfinite(values[i - 1]) != isfinite(values[i]):
                drawn |= {i - 1, i}
    return sorted(drawn)


def gaps(dates: Sequence[date], values: Sequence[float]) -> list[tuple[date, date]]:
    """The stretches without values, each from the last date before to the first one after."""
    found = []
    start = None
    for i, value in enumerate(values):
        if not isfinite(value):
            start = i if start is None else start
        elif start is not None:
            found.append((dates[max(start - 1, 0)], dates[i]))
            start = None
    if start is not None:
        found.append((dates[max(start - 1, 0)], dates[-1]))
    return found


def gap_layer(stretches: Sequence[tuple[date, date]], x: Spec, height: float) -> Spec:
    """The stretches without values as hatched columns, which no band looks like."""
    rows = [{"date": first.isoformat(), "to": last.isoformat()} for first, last in stretches]
    # Without a unit of time Vega-Lite takes the second end for no time, and warns of two domains of one scale.
    end = {"field": "to", "timeUnit": "utcyearmonthdate", "title": "to"}
    place = {"x": x, "x2": end, "y": {"value": height / 2}}
    return {"data": {"values": rows, "format": {"parse": {"to": "date"}}},
            **mark("rule", place, color=BAND, strokeWidth=height, strokeDash=HATCH, clip=True)}  # fmt: skip


def _ticks(days: int, style: str, count: float) -> Spec:
    """Ticks for at most `count` labels, at first days of months or years; d3 would leave out most or repeat some."""
    if style == DAY:
        return {"interval": "day", "step": max(1, ceil(days / count))}
    months = days / DAYS_OF_MONTH
    if style == MONTH and (fitting := [step for step in MONTHS if months <= step * count]):
        return {"interval": "month", "step": fitting[0]}
    return {"interval": "year", "step": ceil(months / 12 / count)}


def _style(days: int, plot: float) -> str:
    """How dates are written on an axis over so many days."""
    if days < DAYS_OF_MONTHS:
        return DAY
    narrow = plot < 2 * LABEL_WIDTHS[MONTH]
    return YEAR if days >= DAYS_OF_YEARS or (narrow and days > 3 * 365) else MONTH


def _moment(day: date) -> Spec:
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}
