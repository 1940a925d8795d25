"""Return of each holding against its part of the risk."""

from collections.abc import Sequence
from math import isfinite, pi, sqrt
from typing import Any

from factorcli.render.charts.label_places import Box, Point, label_places
from factorcli.render.charts.picture import KeyEntry, Spec, bare_axis, column_heading, key, mark, within, zero_line
from factorcli.render.charts.theme import BLUE, INK, LABEL_SIZE, ORANGE, PAPER, RULE
from factorcli.results.portfolio import HoldingShare

KINDS = {"held, area: weight": BLUE, "short, area: weight": ORANGE}
MAX_LABELS, MAX_NAMED = 10, 10
LEFT, TOP = 44, 6  # px for the numbers of the vertical axis, and above the uppermost
LARGEST = 900  # px², the area of the point of the largest weight; in a narrow picture SMALLER for a px of width
SMALLER = 1.2
MARGIN = sqrt(LARGEST / pi) + 2  # px around the points


def scatter(holdings: Sequence[HoldingShare], space: float) -> list[Spec]:
    """The key and the view, `space` px wide; neither where no holding has both numbers."""
    held = [h for h in holdings if isfinite(h.window_return) and isfinite(h.risk_contribution)]
    if not held:
        return []
    held.sort(key=lambda holding: -abs(holding.risk_contribution))
    height = round(min(340.0, max(230.0, space / 2)))
    x = within(LEFT, space, _domain([h.risk_contribution for h in held], space - LEFT), nice=False)
    y = {"domain": _domain([h.window_return for h in held], height - TOP), "range": [height, TOP], "nice": False}
    rows = _rows(held, x, y, Box(LEFT, TOP, space, height))
    kinds = {row["kind"] for row in rows}
    entries = [KeyEntry(name, colour) for name, colour in KINDS.items() if name in kinds]
    return [key(entries, space), _view(rows, x, y, (space, height))]


def without_return(holdings: Sequence[HoldingShare]) -> list[str]:
    """A line that names the holdings that the scatter lacks, if any."""
    names = [holding.ticker for holding in holdings if not isfinite(holding.window_return)]
    if not names:
        return []
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    why = "as an end of it has no price or a return was corrected"
    return [f"No return over the window, {why}: {', '.join(names[:MAX_NAMED])}{more}"]


def _domain(values: Sequence[float], length: float) -> tuple[float, float]:
    """From the smallest value to the largest, with zero and the margins of an axis of this length in px."""
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        low, high = -0.01, 0.01
    margin = MARGIN * (high - low) / (length - 2 * MARGIN)
    return low - margin, high + margin


def _rows(held: Sequence[HoldingShare], x: Spec, y: Spec, area: Box) -> list[dict[str, Any]]:
    """A row a holding, the largest weight first so that no point hides another; a label where it has room."""
    largest = max(abs(holding.weight) for holding in held)
    areas = [min(LARGEST, SMALLER * area.right) * abs(holding.weight) / largest for holding in held]
    points = [
        Point(_px(x, h.risk_contribution), _px(y, h.window_return), sqrt(size / pi))
        for h, size in zip(held, areas, strict=True)
    ]
    places = label_places(points, [holding.ticker for holding in held[:MAX_LABELS]], area)
    held_or_short = list(KINDS)
    rows = []
    for number, (holding, size) in enumerate(zip(held, areas, strict=True)):
        place = places[number] if number < len(places) else None
        rows.append({
            "name": holding.ticker, "title": holding.name or "", "weight": holding.weight, "area": size,
            "kind": held_or_short[holding.weight < 0], "risk_contribution": holding.risk_contribution,
            "return": holding.window_return, "label_x": place and place.x, "label_y": place and place.y,
            "align": place and place.align,
        })  # fmt: skip
    return sorted(rows, key=lambda row: -row["area"])


def _px(scale: Spec, value: float) -> float:
    (low, high), (start, end) = scale["domain"], scale["range"]
    return float(start + (end - start) * (value - low) / (high - low))


def _view(rows: Sequence[dict[str, Any]], x: Spec, y: Spec, size: tuple[float, float]) -> Spec:
    """Points, zero lines and labels; the numbers of the vertical axis are within the view's width."""
    width, height = size
    labels = {"labelAlign": "right", "labelPadding": 6 - LEFT}
    across = {"type": "quantitative", "scale": x, "title": "part of the variance", "axis": bare_axis(x, "~%")}
    up = {"type": "quantitative", "scale": y, "title": None,
          "axis": {**bare_axis(x, "~%", **labels), "tickCount": 5}}  # fmt: skip
    colour = {"field": "kind", "type": "nominal", "legend": None,
              "scale": {"domain": list(KINDS), "range": list(KINDS.values())}}  # fmt: skip
    tooltip = [{"field": name} for name in ("name", "title", "weight", "risk_contribution", "return")]
    points = {
        "x": {**across, "field": "risk_contribution"}, "y": {**up, "field": "return"}, "fill": colour,
        "stroke": colour, "size": {"field": "area", "type": "quantitative", "scale": None}, "tooltip": tooltip,
    }  # fmt: skip
    place = {"type": "quantitative", "scale": None, "axis": None}
    text = {"x": {**place, "field": "label_x"}, "y": {**place, "field": "label_y"}, "text": {"field": "name"}}
    named = {"align": {"expr": "datum.align"}, "baseline": "middle", "fontSize": LABEL_SIZE}
    shown = {"transform": [{"filter": "isValid(datum.label_x)"}]}
    zero = mark("rule", {"y": {"datum": 0}, "x": {"value": LEFT}, "x2": {"value": width}}, color=RULE)
    return {
        "width": width,
        "height": height,
        "data": {"values": list(rows)},
        "layer": [
            mark("point", points, filled=True, fillOpacity=0.5, strokeOpacity=1, opacity=1, strokeWidth=1),
            zero_line(),
            {"data": {"values": [{}]}, **zero},
            {**shown, **mark("text", text, **named, color=PAPER, stroke=PAPER, strokeWidth=3, aria=False)},
            {**shown, **mark("text", text, **named, color=INK)},
            column_heading("return over the window", 0, align="left"),
        ],
    }
