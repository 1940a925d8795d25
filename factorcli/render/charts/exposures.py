"""Exposures: estimates with their intervals and what other stocks are like; of one result, of some, of many."""

from collections.abc import Sequence

from factorcli.render.charts.exposure_comparison import MIN_PLOT, columns, panels
from factorcli.render.charts.exposure_rows import (
    AXIS,
    NUMBERS,
    Row,
    estimates,
    marks,
    quantity,
    symbols,
    value_texts,
)
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import heading, whose
from factorcli.render.charts.layout import widest
from factorcli.render.charts.picture import Picture, Spec, key, picture, read_out
from factorcli.render.charts.theme import INK, LABEL_SIZE, PADDING, TEXT_SIZE
from factorcli.render.text import of_all
from factorcli.results.beta import BetaResult

NAME = "exposures"
TRACK = 34  # px a factor
MAX_PANELS = 8  # results that have a row in a panel a factor; more have a row each across all factors
OWN_SCALE = 6.0  # a track whose extent is this many times smaller than the largest one has a scale of its own
NUMBERS_READ = 3  # of a row, in the alternative text


def exposures(results: Sequence[BetaResult], extras: Extras) -> Picture:
    """The betas of one result as tracks, of some in a panel a factor, of many in a column a factor."""
    many = len(results) > MAX_PANELS
    rows = estimates(results, extras, sectors=not many)
    views = plots(rows, len(results), extras.width - 2 * PADDING)
    return picture(
        NAME,
        f"Factor exposures of {whose(results)}",
        [*(heading(results) if extras.alone else ()), *_backdrop(results, extras, sectors=not many)],
        views,
        read_out([f"{row['ticker']} {row['factor']}: {row['text']}." for row in rows], NUMBERS_READ),
        width=extras.width,
    )


def plots(rows: Sequence[Row], results: int, space: float) -> list[Spec]:
    """The key and the plots of so many results."""
    tracks = _single(rows, space) if results == 1 else []
    return tracks or (columns(rows, space) if results > MAX_PANELS else panels(rows, space))


def _single(rows: Sequence[Row], space: float) -> list[Spec]:
    """The key and a track a factor; nothing where labels and numbers leave too little room."""
    tracks = [row["factor"] for row in rows]
    labels, values = widest(tracks, TEXT_SIZE), widest([row["text"] for row in rows], LABEL_SIZE)
    plot = space - labels - values - 20
    if plot < MIN_PLOT:
        return []
    views = [_tracks([row for row in rows if row["factor"] in group], group, plot, labels, alone=number > 0)
             for number, group in enumerate(_scales(rows, tracks))]  # fmt: skip
    return [key(symbols(rows), space, labels + 8), {"vconcat": views, "spacing": 6}]


def _scales(rows: Sequence[Row], tracks: Sequence[str]) -> list[list[str]]:
    """The tracks in groups of one scale each: most share one, much smaller ones have their own."""
    extent = {track: max(map(_extent, (row for row in rows if row["factor"] == track))) for track in tracks}
    largest = max(extent.values())
    shared = [track for track in tracks if extent[track] * OWN_SCALE >= largest]
    return [shared, *([track] for track in tracks if track not in shared)]


def _extent(row: Row) -> float:
    return max(abs(float(row[name])) for name in NUMBERS if row.get(name) is not None)


def _tracks(rows: Sequence[Row], tracks: Sequence[str], plot: float, labels: float, *, alone: bool) -> Spec:
    y_axis = {"title": None, "labelFontSize": TEXT_SIZE, "labelColor": INK, "ticks": False, "domain": False,
              "labelPadding": 8, "minExtent": labels + 8, "maxExtent": labels + 8}  # fmt: skip
    y = {"field": "factor", "type": "nominal", "sort": list(tracks), "axis": y_axis}
    title = f"{quantity(rows)}, own scale" if alone else quantity(rows)
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True}, "title": title,
         "axis": {"grid": True, "tickCount": max(3, min(5, plot // 70)), **AXIS}}  # fmt: skip
    return {
        "width": plot,
        "height": TRACK * len(tracks),
        "data": {"values": list(rows)},
        "encoding": {"y": y},
        "layer": [*marks(rows, x, height=16, size=80, stroke=2), value_texts(plot)],
    }


def _backdrop(results: Sequence[BetaResult], extras: Extras, *, sectors: bool) -> list[str]:
    """Which stocks the ranges and medians are of."""
    found = [extras.comparisons[r.ticker] for r in results if r.ticker in extras.comparisons]
    if not found:
        return []
    named = dict.fromkeys(f"{c.sector} ({c.sector_stocks} stocks)" for c in found if sectors and c.sector)
    of = f"sector {', '.join(named)}; " if named else ""
    universe = of_all(found[0].stocks, found[0].total, "stock")
    return [f"Compared with: {of}universe, {universe}, heatmap of {found[0].as_of}"]
