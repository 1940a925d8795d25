"""Shares: where the variance comes from, a bar a factor, hedges to the left of zero."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import heading, whose
from factorcli.render.charts.layout import short_label, shortened, text_width, widest, wrapped
from factorcli.render.charts.picture import (
    KeyEntry,
    Picture,
    Spec,
    bare_axis,
    column_heading,
    key,
    mark,
    picture,
    text_column,
    within,
    zero_line,
)
from factorcli.render.charts.theme import (
    BAND,
    BLUE,
    CATEGORICAL,
    INK,
    LABEL_SIZE,
    MUTED,
    NEUTRAL,
    ORANGE,
    PADDING,
    PALE_BLUE,
    PALE_ORANGE,
    PAPER,
    TEXT_SIZE,
)
from factorcli.render.decompositions import METHODS
from factorcli.render.text import percent
from factorcli.results.decompose import Decomposition
from factorcli.results.intervals import Interval

NAME = "shares"
IDIOSYNCRATIC = "idiosyncratic"
MAX_PANELS = 4  # stocks with a panel each; of more each has a row
BAR_ROW, STOCK_ROW = 24, 15  # px
MIN_POINTS = 400  # px of a panel from which on it has a column of volatility
LOOKS = {
    "adds to the risk": BLUE,
    "adds, interval contains zero": PALE_BLUE,
    "hedges": ORANGE,
    "hedges, interval contains zero": PALE_ORANGE,
    IDIOSYNCRATIC: NEUTRAL,
}

_Row = dict[str, Any]


def shares(results: Sequence[Decomposition], extras: Extras) -> Picture:
    """The signed shares of the variance of each result: a panel each, of many stocks a row each."""
    several = len(results) > MAX_PANELS
    rows = [row for result in results for row in _rows(result, extras)]
    intervals = any(result.intervals for result in results) and not several
    lines = [*(heading(results, errors=False) if extras.alone else ()), METHODS[results[0].method]]
    if len(results) == 1:
        lines.insert(-1, _whole(results[0]))
    if intervals:
        lines.append("Lines across the bars are 95% intervals, by a block bootstrap")
    if several:
        lines.append("Sorted by R², the part of the variance that the factors explain; volatility is a year's")
    views = _stacked(results, rows, extras) if several else _panels(results, rows, extras)
    whole = [f"{result.ticker}: {_whole(result)}." for result in results]
    numbers = [f"{row['ticker']} {row['factor']}: {row['said']}." for row in rows]
    title = f"Where the risk of {whose(results)} comes from"
    return picture(NAME, title, lines, views, [*whole, *numbers], width=extras.width)


def _whole(result: Decomposition) -> str:
    bounds = (
        "" if result.intervals is None else f" (95% interval {_percents(result.intervals.r_squared, signed=False)})"
    )
    return (
        f"The factors explain {percent(result.systematic)} of the variance (R²){bounds}; "
        f"volatility {percent(result.volatility)} a year"
    )


def _percents(bounds: Interval, *, signed: bool = True) -> str:
    return f"{percent(bounds.low, signed=signed)} to {percent(bounds.high, signed=signed)}"


def _rows(result: Decomposition, extras: Extras) -> Iterator[_Row]:
    """A row a factor and one for the rest, with numbers as the result has them."""
    for place, (code, share) in enumerate([*result.contributions.items(), (IDIOSYNCRATIC, result.idiosyncratic)]):
        bounds, points = _bounds(result, code), result.volatility_points[code]
        row = {
            "ticker": result.ticker, "factor": extras.label(code), "code": code, "place": place,
            "share": share, "volatility_points": points, "look": _look(code, share, bounds),
            "text": percent(share, signed=True), "points_text": percent(points, signed=True),
            "ci_low": None, "ci_high": None, "edge": share,
        }  # fmt: skip
        said = f"{row['text']} of the variance, {row['points_text']} of volatility"
        if bounds is not None and isfinite(bounds.low):
            edge = min(share, bounds.low) if share < 0 else max(share, bounds.high)
            row |= {"ci_low": bounds.low, "ci_high": bounds.high, "edge": edge}
            said += f" (95% interval of the share {_percents(bounds)})"
        yield {**row, "said": said}


def _bounds(result: Decomposition, code: str) -> Interval | None:
    if result.intervals is None:
        return None
    return result.intervals.idiosyncratic if code == IDIOSYNCRATIC else result.intervals.contributions[code]


def _look(code: str, share: float, bounds: Interval | None) -> str:
    if code == IDIOSYNCRATIC:
        return IDIOSYNCRATIC
    verb = "hedges" if share < 0 else "adds"
    if bounds is not None and bounds.low <= 0 <= bounds.high:
        return f"{verb}, interval contains zero"
    return verb if share < 0 else "adds to the risk"


def _panels(results: Sequence[Decomposition], rows: Sequence[_Row], extras: Extras) -> list[Spec]:
    """A panel a stock, one below the other, on one scale."""
    space = extras.width - 2 * PADDING
    reached = [row[name] for row in rows for name in ("share", "edge", "ci_low", "ci_high") if row[name] is not None]
    domain = (min(0.0, *reached), max(0.0, *reached))
    found = {row["look"] for row in rows}
    entries = [KeyEntry(look, colour, "square") for look, colour in LOOKS.items() if look in found]
    written = widest([row["text"] for row in rows], LABEL_SIZE) + 8
    labels = min(widest([row["factor"] for row in rows], TEXT_SIZE), 0.3 * space)
    points = text_width("volatility", LABEL_SIZE) + 16 if space >= MIN_POINTS else 0
    left, right = labels + 10 + (written if domain[0] < 0 else 0), space - points
    scale = within(left, right - written, domain)
    panels = []
    for result in results:
        own = [row for row in rows if row["ticker"] == result.ticker]
        panel = _panel(own, space, labels, scale, last=result is results[-1])
        if len(results) > 1:
            name = shortened(f"{result.ticker}  {result.name or ''}".strip(), space, TEXT_SIZE)
            panel["title"] = {"text": name, "subtitle": wrapped(_whole(result), space), "fontSize": TEXT_SIZE,
                              "anchor": "start", "frame": "group", "offset": 8, "subtitlePadding": 3}  # fmt: skip
        panels.append(panel)
    return [key(entries, space), *panels]


def _panel(rows: Sequence[_Row], space: float, labels: float, scale: Spec, *, last: bool) -> Spec:
    rows = [{**row, "label": short_label(row["factor"], labels)} for row in rows]
    x = {"type": "quantitative", "scale": scale, "title": "share of the variance" if last else None,
         "axis": bare_axis(scale)}  # fmt: skip
    tooltip = [{"field": "factor"}, *({"field": name, "type": "quantitative", "title": name.replace("_", " ")}
               for name in ("share", "ci_low", "ci_high", "volatility_points"))]  # fmt: skip
    colour = {"field": "look", "type": "nominal", "legend": None,
              "scale": {"domain": list(LOOKS), "range": list(LOOKS.values())}}  # fmt: skip
    edge = {"x": {**x, "field": "edge"}, "text": {"field": "text"}}
    at_edge = {"baseline": "middle", "fontSize": LABEL_SIZE}
    return {
        "width": space,
        "height": BAR_ROW * len(rows),
        "data": {"values": rows},
        "encoding": {"y": {"field": "place", "type": "ordinal", "axis": None}},
        "layer": [
            mark("bar", {"x": {**x, "field": "share"}, "color": colour, "tooltip": tooltip}, height=14),
            mark("rule", {"x": {**x, "field": "ci_low"}, "x2": {"field": "ci_high"}}, strokeWidth=1.5, color=INK),
            zero_line(),
            {"transform": [{"filter": "datum.share >= 0"}], **mark("text", edge, align="left", dx=6, **at_edge)},
            {"transform": [{"filter": "datum.share < 0"}], **mark("text", edge, align="right", dx=-6, **at_edge)},
            text_column("label", 0, fontSize=TEXT_SIZE),
            *_points(space),
        ],
    }


def _points(space: float) -> list[Spec]:
    """The points of volatility at the right, where there is room."""
    if space < MIN_POINTS:
        return []
    return [text_column("points_text", space, align="right", color=MUTED), column_heading("volatility", space)]


def _stacked(results: Sequence[Decomposition], rows: Sequence[_Row], extras: Extras) -> list[Spec]:
    """A row a stock, its shares stacked: what adds to the right of zero, hedges to the left."""
    space = extras.width - 2 * PADDING
    names = list(dict.fromkeys(row["factor"] for row in rows))
    colours = [BAND if name == IDIOSYNCRATIC else CATEGORICAL[i % len(CATEGORICAL)] for i, name in enumerate(names)]
    ordered = sorted(results, key=lambda result: -result.systematic)
    at = {result.ticker: row for row, result in enumerate(ordered)}
    labels = min(widest(at, LABEL_SIZE), 0.3 * space)
    volatility = text_width("volatility", LABEL_SIZE)
    explained = space - volatility - 14
    hedged = [sum(row["share"] for row in rows if row["ticker"] == r.ticker and row["share"] < 0) for r in results]
    scale = within(labels + 10, explained - 56, (min(hedged), 1.0 - min(hedged)))
    texts = {"values": [_whole_row(result, row, labels) for row, result in enumerate(ordered)]}
    view = {
        "width": space,
        "height": STOCK_ROW * len(results),
        "data": {"values": [{**row, "row": at[row["ticker"]]} for row in rows]},
        "encoding": {"y": {"field": "row", "type": "ordinal", "axis": None}},
        "layer": [
            _stack(scale, names, colours),
            zero_line(),
            {"data": texts, **text_column("label", 0)},
            {"data": texts, **text_column("explained", explained, align="right")},
            {"data": texts, **text_column("risk", space, align="right", color=MUTED)},
            column_heading("R²", explained),
            column_heading("volatility", space),
        ],
    }
    entries = [KeyEntry(name, colour, "square") for name, colour in zip(names, colours, strict=True)]
    return [key(entries, space), view]


def _whole_row(result: Decomposition, row: int, labels: float) -> _Row:
    """What is written beside the bars of a stock."""
    return {
        "row": row, "ticker": result.ticker, "label": shortened(result.ticker, labels, LABEL_SIZE),
        "systematic": result.systematic, "explained": percent(result.systematic), "volatility": result.volatility,
        "risk": percent(result.volatility),
    }  # fmt: skip


def _stack(scale: Spec, names: Sequence[str], colours: Sequence[str]) -> Spec:
    x = {"field": "share", "type": "quantitative", "stack": "zero", "scale": scale,
         "axis": bare_axis(scale, orient="top"), "title": "share of the variance"}  # fmt: skip
    colour = {"field": "factor", "type": "nominal", "legend": None,
              "scale": {"domain": list(names), "range": list(colours)}}  # fmt: skip
    tooltip = [{"field": name} for name in ("ticker", "factor", "share", "volatility_points")]
    encoding = {"x": x, "color": colour, "order": {"field": "place"}, "tooltip": tooltip}
    return mark("bar", encoding, height=STOCK_ROW - 4, stroke=PAPER, strokeWidth=0.5)
