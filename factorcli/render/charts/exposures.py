"""Exposures: a track a factor with the estimate, its interval and what other stocks are like."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import heading, whose
from factorcli.render.charts.layout import shortened, widest
from factorcli.render.charts.picture import KeyEntry, Picture, Spec, key, mark, picture
from factorcli.render.charts.theme import BAND, BLUE, INK, LABEL_SIZE, MEDIAN, MUTED, PADDING, PAPER, RULE, TEXT_SIZE
from factorcli.render.text import number
from factorcli.results.beta import BetaResult, Estimate
from factorcli.results.comparison import Comparison

NAME = "exposures"
MARKET, DOWN = "market β, one factor", "down β, one factor"
TRACK = 34  # px a factor
MIN_PLOT, MAX_COLUMNS = 190, 3  # px of a plot; plots beside each other
OWN_SCALE = 6.0  # a track whose extent is this many times smaller than the largest one has a scale of its own
SIGNIFICANCE_LEVEL = 0.05
NUMBERS = ("beta", "ci_low", "ci_high", "sector_low", "sector_high", "universe_median")

_Row = dict[str, Any]


def exposures(results: Sequence[BetaResult], extras: Extras) -> Picture:
    """The betas of each result, in a panel each."""
    rows = [row for result in results for row in _rows(result, extras)]
    tracks = list(dict.fromkeys(row["factor"] for row in rows))
    groups = _scales(rows, tracks)
    space = extras.width - 2 * PADDING
    labels, values = widest(tracks, TEXT_SIZE), widest([row["text"] for row in rows], LABEL_SIZE)
    columns = min(len(results), MAX_COLUMNS, max(1, int((space - labels) // (MIN_PLOT + values))))
    plot = (space - labels - 16) / columns - values - 24
    panels = [
        _panel(result, [row for row in rows if row["ticker"] == result.ticker], groups, plot, values, labels, place)
        for place, result in ((i % columns, result) for i, result in enumerate(results))
    ]
    lines = [{"hconcat": panels[start : start + columns], "spacing": 8} for start in range(0, len(panels), columns)]
    return picture(
        NAME,
        f"Factor exposures of {whose(results)}",
        [*heading(results), *_backdrop(results, extras)],
        [key(_key(rows), space, labels + 8), *lines],
        [f"{row['ticker']} {row['factor']}: {row['text']}." for row in rows],
        width=extras.width,
    )


def _rows(result: BetaResult, extras: Extras) -> Iterator[_Row]:
    """A row a track, with numbers as the result has them."""
    market = result.market_model
    found: dict[str, tuple[str, float, float, float, float]] = {
        "market": (MARKET, market.beta, market.ci_low, market.ci_high, market.p_value)
    }
    if isfinite(market.down.estimate):
        found["down"] = (DOWN, *_of(market.down))
    for code, beta in result.betas.items():
        found[code] = (extras.label(code), beta.beta, beta.ci_low, beta.ci_high, beta.p_value)
    for code, (label, value, low, high, p_value) in found.items():
        yield {
            "ticker": result.ticker, "factor": label, "code": code, "beta": value, "ci_low": _finite(low),
            "ci_high": _finite(high), "significant": not p_value >= SIGNIFICANCE_LEVEL,
            **_others(extras.comparisons.get(result.ticker), code), "text": _text(value, low, high),
        }  # fmt: skip


def _of(estimate: Estimate) -> tuple[float, float, float, float]:
    return estimate.estimate, estimate.ci_low, estimate.ci_high, estimate.p_value


def _others(comparison: Comparison | None, code: str) -> Mapping[str, float | None]:
    if comparison is None:
        return {}
    sector = {"sector_low": comparison.low.get(code), "sector_high": comparison.high.get(code)}
    return {"universe_median": comparison.median.get(code), **sector}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _text(value: float, low: float, high: float) -> str:
    digits = 3 if abs(value) < 0.1 and (not isfinite(low) or high - low < 0.2) else 2
    if not isfinite(low):
        return number(value, digits)
    return f"{number(value, digits)} ({number(low, digits)} to {number(high, digits)})"


def _scales(rows: Sequence[_Row], tracks: Sequence[str]) -> list[list[str]]:
    """The tracks in groups of one scale each: most share one, much smaller ones have their own."""
    extent = {track: max(map(_extent, (row for row in rows if row["factor"] == track))) for track in tracks}
    largest = max(extent.values())
    shared = [track for track in tracks if extent[track] * OWN_SCALE >= largest]
    return [shared, *([track] for track in tracks if track not in shared)]


def _extent(row: _Row) -> float:
    return max(abs(float(row[name])) for name in NUMBERS if row.get(name) is not None)


def _panel(
    result: BetaResult, rows: Sequence[_Row], groups: Sequence[Sequence[str]], plot: float, values: float,
    labels: float, place: int,
) -> Spec:  # fmt: skip
    """The tracks of one result; the first of a line has their labels."""
    views = [_tracks([row for row in rows if row["factor"] in group], group, plot, labels if place == 0 else 0,
                     alone=number > 0) for number, group in enumerate(groups)]  # fmt: skip
    title = shortened(f"{result.ticker}  {result.name or ''}".strip(), plot + values, TEXT_SIZE)
    return {"title": {"text": title, "fontSize": TEXT_SIZE, "anchor": "start", "frame": "group", "offset": 6},
            "vconcat": views, "spacing": 6}  # fmt: skip


def _tracks(rows: Sequence[_Row], tracks: Sequence[str], plot: float, labels: float, *, alone: bool) -> Spec:
    y_axis = {"title": None, "labelFontSize": TEXT_SIZE, "labelColor": INK, "ticks": False, "domain": False,
              "labelPadding": 8, "minExtent": labels + 8, "maxExtent": labels + 8} if labels else None  # fmt: skip
    y = {"field": "factor", "type": "nominal", "sort": list(tracks), "axis": y_axis}
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True}, "title": "beta, own scale" if alone else "beta",
         "axis": {"grid": True, "tickCount": 5}}  # fmt: skip
    tooltip = [{"field": name, "type": "quantitative", "title": name.replace("_", " ")} for name in NUMBERS
               if any(row.get(name) is not None for row in rows)]  # fmt: skip
    colour = _by_significance(BLUE, MUTED)
    marks = [mark("rule", {"x": {"datum": 0}, "y": None}, color=RULE)]
    if any(row.get("sector_low") is not None for row in rows):
        band = {"x": {**x, "field": "sector_low"}, "x2": {"field": "sector_high"}}
        marks.insert(0, mark("bar", band, height=16, color=BAND))
    if any(row.get("universe_median") is not None for row in rows):
        marks.append(mark("tick", {"x": {**x, "field": "universe_median"}}, size=16, thickness=2, color=MEDIAN))
    interval = {"x": {**x, "field": "ci_low"}, "x2": {"field": "ci_high"}, "color": colour}
    marks.append(mark("rule", interval, strokeWidth=2))
    fill = _by_significance(BLUE, PAPER)
    estimate = {"x": {**x, "field": "beta"}, "stroke": colour, "fill": fill, "tooltip": tooltip}
    marks.append(mark("point", estimate, size=80, opacity=1, strokeWidth=2))
    text = {"x": {"value": plot + 10}, "text": {"field": "text"}, "color": _by_significance(INK, MUTED)}
    marks.append(mark("text", text, align="left", baseline="middle", fontSize=LABEL_SIZE))
    return {
        "width": plot,
        "height": TRACK * len(tracks),
        "data": {"values": list(rows)},
        "encoding": {"y": y},
        "layer": marks,
    }


def _by_significance(significant: str, other: str) -> Spec:
    return {"condition": {"test": "datum.significant", "value": significant}, "value": other}


def _key(rows: Sequence[_Row]) -> list[KeyEntry]:
    entries = [KeyEntry("estimate and 95% interval", BLUE)]
    if any(not row["significant"] for row in rows):
        entries.append(KeyEntry("not significant at 5%", MUTED, hollow=True))
    if any(row.get("sector_low") is not None for row in rows):
        entries.append(KeyEntry("its sector, 10th to 90th percentile", BAND, "square"))
    if any(row.get("universe_median") is not None for row in rows):
        entries.append(KeyEntry("median of the universe", MEDIAN, "M0,-1L0,1"))
    return entries


def _backdrop(results: Sequence[BetaResult], extras: Extras) -> list[str]:
    """Which stocks the ranges and medians are of."""
    found = [extras.comparisons[r.ticker] for r in results if r.ticker in extras.comparisons]
    if not found:
        return []
    sectors = dict.fromkeys(f"{c.sector} ({c.sector_stocks} stocks)" for c in found if c.sector is not None)
    of = f"sector {', '.join(sectors)}; " if sectors else ""
    return [f"Compared with: {of}universe of {found[0].stocks} stocks, heatmap of {found[0].as_of}"]
