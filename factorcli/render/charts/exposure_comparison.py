"""Exposures of several results side by side: a panel a factor, or of many results a column a factor."""

from collections.abc import Iterator, Sequence

from factorcli.render.charts.exposure_rows import AXIS, Row, marks, quantity, symbols, value_texts
from factorcli.render.charts.layout import shortened, widest, wrapped
from factorcli.render.charts.picture import Spec, key
from factorcli.render.charts.theme import INK, LABEL_SIZE, TEXT_SIZE

TRACK, ROW = 24, 15  # px of a row in a panel and in a column
MIN_PLOT, MIN_COLUMN = 110, 66  # px
GAP, LABEL_GAP = 12, 8  # px between plots; between labels and plot
MAX_LABEL = 150  # px
EDGE = 16  # px that the first number of an axis may reach out to the left of a plot without labels
CHUNK = 50  # rows of columns below one heading, so that headings and axes are never far


def panels(rows: Sequence[Row], space: float) -> list[Spec]:
    """The key and a panel a factor, with a row a result and its numbers beside it."""
    groups = _by_factor(rows)
    values = widest([row["text"] for row in rows], LABEL_SIZE) + 4
    labels = _labels(rows, TEXT_SIZE) if len({row["ticker"] for row in rows}) > 1 else 0
    left = labels + LABEL_GAP if labels else EDGE
    fit = int((space - left + GAP) // (MIN_PLOT + 10 + values + GAP))
    across = max(1, min(2, fit, len(groups)))
    plot = (space - left + GAP) / across - GAP - 10 - values
    views = [_panel(group, plot, values, labels if place % across == 0 else 0) for place, group in enumerate(groups)]
    lines = [{"hconcat": views[start : start + across], "spacing": GAP + 10 + values, "bounds": "flush"}
             for start in range(0, len(views), across)]  # fmt: skip
    return [key(symbols(rows), space, left), *lines]


def columns(rows: Sequence[Row], space: float) -> list[Spec]:
    """The key and a column a factor with a row a result, in several bands where not all columns fit."""
    groups = _by_factor(rows)
    labels = _labels(rows, LABEL_SIZE)
    room = space - labels - LABEL_GAP + GAP
    bands = -(-len(groups) // max(1, int(room // (MIN_COLUMN + GAP))))
    across = -(-len(groups) // bands)
    plot = room / across - GAP
    lines = [line for start in range(0, len(groups), across)
             for line in _lines(groups[start : start + across], plot, labels)]  # fmt: skip
    return [key(symbols(rows), space, labels + LABEL_GAP), *lines]


def _by_factor(rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["code"], []).append(row)
    return list(groups.values())


def _labels(rows: Sequence[Row], size: float) -> float:
    return min(MAX_LABEL, widest({row["ticker"] for row in rows}, size))


def _panel(rows: Sequence[Row], plot: float, values: float, labels: float) -> Spec:
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True}, "title": quantity(rows),
         "axis": {"grid": True, "tickCount": max(3, plot // 60), **AXIS}}  # fmt: skip
    title = shortened(rows[0]["factor"], plot + values, TEXT_SIZE)
    return {
        "title": {"text": title, "fontSize": TEXT_SIZE, "anchor": "start", "frame": "group", "offset": 6},
        "width": plot,
        "height": TRACK * len(rows),
        "data": {"values": list(rows)},
        "encoding": {"y": _y(rows, labels, TEXT_SIZE)},
        "layer": [*marks(rows, x, height=14, size=60, stroke=2), value_texts(plot), _edge(plot + 10 + values)],
    }


def _y(rows: Sequence[Row], labels: float, size: float) -> Spec:
    """The tickers in their order; without their labels where these are 0 px wide."""
    axis = {"title": None, "labelFontSize": size, "labelColor": INK, "ticks": False, "domain": False,
            "labelPadding": LABEL_GAP, "labelLimit": labels + LABEL_GAP, "minExtent": labels + LABEL_GAP,
            "maxExtent": labels + LABEL_GAP} if labels else None  # fmt: skip
    return {"field": "ticker", "type": "nominal", "sort": [row["ticker"] for row in rows], "axis": axis}


def _lines(groups: Sequence[Sequence[Row]], plot: float, labels: float) -> Iterator[Spec]:
    """A band of columns, their rows below headings of their own after every CHUNK of them."""
    titles = [wrapped(group[0]["factor"], plot, LABEL_SIZE) for group in groups]
    tall = max(map(len, titles))
    chunks = -(-len(groups[0]) // CHUNK)
    size = -(-len(groups[0]) // chunks)
    for start in range(0, len(groups[0]), size):
        yield {"hconcat": [
            _column(group, group[start : start + size], [*[""] * (tall - len(title)), *title], plot,
                    0 if place else labels)
            for place, (group, title) in enumerate(zip(groups, titles, strict=True))
        ], "spacing": GAP, "bounds": "flush"}  # fmt: skip


def _column(all_rows: Sequence[Row], rows: Sequence[Row], title: Sequence[str], plot: float, labels: float) -> Spec:
    """The rows of a factor on the scale of all its rows."""
    x = {"type": "quantitative", "scale": {"domain": _domain(all_rows), "nice": True}, "title": None,
         "axis": {"grid": True, "tickCount": 3, "orient": "top", "labelOverlap": True, "labelFlush": True}}  # fmt: skip
    y = _y(rows, labels, LABEL_SIZE)
    layers = marks(rows, x, height=ROW, size=26, stroke=1.5, tick=ROW / 2)
    return {
        "title": {"text": list(title), "fontSize": LABEL_SIZE, "anchor": "start", "frame": "group", "offset": 4},
        "width": plot,
        "height": ROW * len(rows),
        "data": {"values": list(rows)},
        "encoding": {"y": y},
        "layer": layers,
    }


def _domain(rows: Sequence[Row]) -> list[float]:
    """From the smallest to the largest number of the rows, and zero."""
    numbers = [row[name] for row in rows for name in ("beta", "ci_low", "ci_high") if row[name] is not None]
    return [min(0.0, *numbers), max(0.0, *numbers)]


def _edge(x: float) -> Spec:
    """A mark that nobody sees and that keeps a view as wide as its texts may be."""
    return {"data": {"values": [{}]}, "mark": {"type": "rule", "opacity": 0, "aria": False},
            "encoding": {"x": {"value": x}, "y": {"value": 0}, "y2": {"value": 1}}}  # fmt: skip
