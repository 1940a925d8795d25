"""The factors of a model over a window: cumulative returns, means, volatilities, collinearity and correlations."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import SYNTHETIC
from factorcli.render.charts.layout import short_label, shortened, widest, wrapped
from factorcli.render.charts.panel import AXIS, Frame, Series, domain, panel
from factorcli.render.charts.picture import KeyEntry, Picture, Spec, key, mark, picture
from factorcli.render.charts.theme import BAND, DIVERGING, INK, LABEL_SIZE, MUTED, PADDING, PAPER, TEXT_SIZE
from factorcli.render.charts.timeline import HATCHED
from factorcli.render.text import count, number, percent
from factorcli.results.model import FactorInfo, FactorPath, ModelResult, ModelStatistics

NAME = "factors"
PANEL, HEIGHT, GAP = 180, 84, 12  # px of a panel and of the plot in it; between panels
MAX_DATES = 600  # drawn across the width of a picture
ROW, CELL, MIN_CELL = 26, 60, 36  # px of a row of the table, and of a correlation
COLUMNS = {"mean": 58, "volatility": 70, "VIF": 50}  # px, each with the space before it
LIMITS = [-0.8, -0.6, -0.4, -0.2, 0.2, 0.4, 0.6, 0.8]  # of correlations, between the colours
LIGHT_TEXT = 0.6  # correlations from which the colour is so dark that the text is light

_Factors = Mapping[str, FactorInfo]


def factors(results: Sequence[ModelResult], extras: Extras) -> Picture:
    """The statistics of the first model that has them."""
    model, statistics = next((result, result.statistics) for result in results if result.statistics is not None)
    infos = {factor.code: factor for factor in model.factors if factor.code in statistics.factors}
    space = extras.width - 2 * PADDING
    paths = _paths(statistics.path, statistics, infos, space) if statistics.path else []
    return picture(
        NAME,
        f"Factors of the model {model.id}",
        list(_subtitle(statistics)),
        [*paths, *_tables(statistics, infos, space)],
        list(_numbers(statistics, infos)),
        width=extras.width,
        spacing=18,
    )


def _label(factor: FactorInfo) -> str:
    return Extras(names={factor.code: factor.name}).label(factor.code)


def _subtitle(statistics: ModelStatistics) -> Iterator[str]:
    """The window, and what is wrong with the proxies."""
    yield (
        f"{count(statistics.window, 'session')}, {statistics.start} to {statistics.as_of} · "
        f"{count(statistics.observations, 'return')} · source {statistics.source} · condition number "
        f"{number(statistics.condition_number, 1, signed=False)}"
    )
    if statistics.source == "demo":
        yield SYNTHETIC
    fallbacks = [f"{code} {proxy.proxy}" for code, proxy in statistics.health.items() if proxy.fallback]
    if fallbacks:
        yield f"Proxies that are a fallback: {', '.join(fallbacks)}"
    for code, proxy in statistics.health.items():
        if proxy.verdict != "healthy":
            yield f"{code} {proxy.verdict}: {proxy.message.rstrip('.')}"
    missing = [f"{code} {row.missing}" for code, row in statistics.factors.items() if row.missing]
    if missing:
        yield f"Days without a price: {', '.join(missing)}"
    suspect = [f"{code} {', '.join(map(str, row.suspect))}" for code, row in statistics.factors.items() if row.suspect]
    if suspect:
        yield f"Sessions left out as suspect: {'; '.join(suspect)}"
    yield from (str(w).rstrip(".") for w in statistics.warnings if w.code != "synthetic_prices")


def _paths(found: FactorPath, statistics: ModelStatistics, infos: _Factors, space: float) -> list[Spec]:
    """A panel a factor; what can be held shares one scale."""
    most = max(1, int(space // PANEL))
    columns = ceil(len(infos) / ceil(len(infos) / most))
    plot = min((space + GAP) / columns - GAP, 2 * PANEL if len(infos) > 1 else space) - AXIS
    frame = Frame(found.dates[0], found.dates[-1], plot, HEIGHT, MAX_DATES // columns)
    series = {code: _series(found, statistics, factor, plot + AXIS) for code, factor in infos.items()}
    held = [series[code] for code, factor in infos.items() if factor.traded]
    panels = []
    for code, factor in infos.items():
        one = series[code]
        scale = domain(held if factor.traded else [one])
        panels.append(panel(one, found.dates[: len(one.values)], (), frame, scale, caption=one.name, indent=AXIS))
    rows = [_row(panels[at : at + columns]) for at in range(0, len(panels), columns)]
    title = _title(f"Cumulative return from the start of the window{_kinds(infos)}", space)
    left_out = any(not isfinite(value) for values in found.cumulative.values() for value in values)
    explained = [key([KeyEntry("session left out", BAND, HATCHED)], space, AXIS)] if left_out else []
    return [{"title": title, "vconcat": [*explained, *rows], "spacing": 12}]


def _series(found: FactorPath, statistics: ModelStatistics, factor: FactorInfo, width: float) -> Series:
    level, values = factor.transform == "diff", found.cumulative[factor.code]
    known = max((i for i, value in enumerate(values) if isfinite(value)), default=0)
    name = short_label(_label(factor), width)
    note = f" · {statistics.factors[factor.code].proxy}"
    return Series(factor.code, name, values[: known + 1], unit="level" if level else "return", note=note)


def _kinds(infos: _Factors) -> str:
    """Which factors share a scale, and which nobody can hold or are no returns."""
    levels = [code for code, factor in infos.items() if not factor.traded and factor.transform != "diff"]
    changes = [code for code, factor in infos.items() if factor.transform == "diff"]
    return "".join(
        [
            ", traded factors on one scale" if sum(factor.traded for factor in infos.values()) > 1 else "",
            f"; {', '.join(levels)}: not tradable" if levels else "",
            f"; {', '.join(changes)}: change of a level" if changes else "",
        ]
    )


def _row(panels: Sequence[Spec]) -> Spec:
    return {"hconcat": list(panels), "bounds": "flush", "spacing": AXIS + GAP}


def _title(text: str, width: float) -> Spec:
    return {
        "text": wrapped(text, width),
        "fontSize": TEXT_SIZE,
        "anchor": "start",
        "frame": "group",
        "offset": 10,
        "dx": -AXIS,
    }


def _tables(statistics: ModelStatistics, infos: _Factors, space: float) -> list[Spec]:
    """The numbers of each factor, and its correlations to the right or, where there is no room, below."""
    labels = {code: _label(factor) for code, factor in infos.items()}
    numbers = sum(COLUMNS.values())
    if widest(labels.values()) + numbers + MIN_CELL * len(labels) + 24 > space:
        labels = {code: code for code in labels}
    names = min(widest(labels.values()) + 8, space - numbers)
    left = names + numbers + 16
    table = _numbers_layers(statistics, labels, names)
    height = ROW * (len(labels) + 1)
    title = "Annual mean and volatility, variance inflation (VIF)"
    if len(labels) == 1:
        return [_view(title, table, space, height)]
    size = min(CELL, (space - left) / len(labels))
    if size >= MIN_CELL:
        return [_view(f"{title}, correlations", [*table, *_cells(statistics, labels, left, size)], space, height)]
    codes = min(widest(labels) + 8, space / 3)
    fits = (space - codes) / len(labels) >= MIN_CELL
    numbered = {code: code if fits else f"{place} {code}" for place, code in enumerate(labels, 1)}
    names = codes if fits else min(widest(numbered.values()) + 8, space / 3)
    matrix = [_names(numbered, names),
              *_cells(statistics, labels, names, min(CELL, (space - names) / len(labels)))]  # fmt: skip
    return [_view(title, table, space, height), _view("Correlations", matrix, space, height)]


def _view(title: str, layers: Sequence[Spec], width: float, height: float) -> Spec:
    """Layers that are placed by px, from the left edge of the picture and from the top of the view."""
    return {
        "title": {**_title(title, width), "offset": 4},
        "width": width - AXIS,
        "height": height,
        "layer": list(layers),
    }


def _names(labels: Mapping[str, str], width: float) -> Spec:
    rows = [
        {"label": shortened(label, width, TEXT_SIZE), "y": _middle(i)} for i, label in enumerate(labels.values(), 1)
    ]
    return _texts(rows, "label", 0, "left", INK)


def _numbers_layers(statistics: ModelStatistics, labels: Mapping[str, str], names: float) -> list[Spec]:
    rows = []
    for i, code in enumerate(labels, 1):
        row = statistics.factors[code]
        rows.append({
            "factor": code, "y": _middle(i), **{n: v if isfinite(v) else None for n, v in
                                                (("mean", row.mean), ("volatility", row.volatility), ("VIF", row.vif))},
            "mean text": percent(row.mean, signed=True), "volatility text": percent(row.volatility),
            "VIF text": number(row.vif, 1, signed=False),
        })  # fmt: skip
    layers = [_names(labels, names)]
    x = names
    for name, width in COLUMNS.items():
        x += width
        layers.append(_texts([{"label": name, "y": _middle(0)}], "label", x, "right", MUTED))
        layers.append(_texts(rows, f"{name} text", x, "right", INK))
    return layers


def _cells(statistics: ModelStatistics, labels: Mapping[str, str], left: float, size: float) -> list[Spec]:
    """The correlations as coloured cells, the diagonal blank, with their numbers and the codes where these fit."""
    codes, left, roomy = list(labels), left - AXIS, size >= MIN_CELL
    rows = []
    for i, row in enumerate(codes, 1):
        for k, column in enumerate(codes):
            value = statistics.factors[row].correlations[column]
            if row == column or not isfinite(value):
                continue
            rows.append({"row": row, "column": column, "correlation": value, "text": number(value),
                         "x": left + size * k, "x2": left + size * (k + 1) - 2, "middle": left + size * (k + 0.5) - 1,
                         "y": ROW * i, "y2": ROW * (i + 1) - 2, "y middle": _middle(i)})  # fmt: skip
    colour = {"field": "correlation", "type": "quantitative", "legend": None,
              "scale": {"type": "threshold", "domain": LIMITS, "range": list(DIVERGING)}}  # fmt: skip
    place = {"x": _px("x"), "x2": {"field": "x2"}, "y": _px("y"), "y2": {"field": "y2"}, "color": colour}
    light = {"test": f"abs(datum.correlation) >= {LIGHT_TEXT}", "value": PAPER}
    text = {"x": _px("middle"), "y": _px("y middle"), "text": {"field": "text"},
            "color": {"condition": light, "value": INK}}  # fmt: skip
    names = [shortened(code, size, LABEL_SIZE) if roomy else str(place) for place, code in enumerate(codes, 1)]
    heads = [{"label": name, "x": left + size * (k + 0.5) - 1, "y": _middle(0)} for k, name in enumerate(names)]
    return [
        {"data": {"values": rows}, **mark("rect", place)},
        *([{"data": {"values": rows}, **_text_mark(text, "center")}] if roomy else []),
        {"data": {"values": heads}, **_text_mark({"x": _px("x"), "y": _px("y"), "text": {"field": "label"},
                                                  "color": {"value": MUTED}}, "center")},
    ]  # fmt: skip


def _texts(rows: Sequence[dict[str, Any]], field: str, x: float, align: str, colour: str) -> Spec:
    """A text a row, at x px."""
    place = {"x": {"value": x - AXIS}, "y": _px("y"), "text": {"field": field}, "color": {"value": colour}}
    return {"data": {"values": list(rows)}, **_text_mark(place, align)}


def _text_mark(place: Spec, align: str) -> Spec:
    return mark("text", place, align=align, baseline="middle", fontSize=LABEL_SIZE)


def _middle(row: int) -> float:
    return ROW * (row + 0.5) - 1


def _px(field: str) -> Spec:
    """A place in px from the left or the top."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def _numbers(statistics: ModelStatistics, infos: _Factors) -> Iterator[str]:
    """The numbers as sentences of the alternative text."""
    for code, factor in infos.items():
        row = statistics.factors[code]
        path = ""
        if statistics.path:
            values = [value for value in statistics.path.cumulative[code] if isfinite(value)]
            last = Series(code, "", values or (float("nan"),), unit="level" if factor.transform == "diff" else "return")
            path = f"cumulative {last.text}, "
        others = [f"{other} {number(value)}" for other, value in row.correlations.items() if other != code]
        correlations = f", correlations {', '.join(others)}" if others else ""
        yield (
            f"{_label(factor)} by {row.proxy}: {path}mean {percent(row.mean, signed=True)} and volatility "
            f"{percent(row.volatility)} a year, VIF {number(row.vif, 1, signed=False)}{correlations}."
        )
