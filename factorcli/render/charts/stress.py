"""Stress: changes with intervals and their parts by factor and holding; of episodes, what happened and the model."""

from collections.abc import Sequence
from itertools import groupby
from json import dumps
from math import isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import SYNTHETIC, sentence
from factorcli.render.charts.layout import shortened, widest
from factorcli.render.charts.picture import KeyEntry, Picture, Spec, key, mark, picture, read_out, zero_line
from factorcli.render.charts.theme import BLUE, INK, LABEL_SIZE, MUTED, ORANGE, PADDING, TEXT_SIZE
from factorcli.render.decisions.stress import scenario
from factorcli.render.decisions.subject import whose
from factorcli.render.text import MAX_PAGES, about, count, listed, percent, period, shared_warnings
from factorcli.results.beta import PORTFOLIO
from factorcli.results.episode import EpisodeResult
from factorcli.results.stress import StressResult

NAME = "stress"
TRACK = 26  # px a row
MAX_LABEL = 0.35  # of the picture's width, for the names of rows
MAX_PARTS = 3  # results whose parts by factor are shown
WARNED = (
    *("stale_proxy", "stale_prices", "proxy_fallback", "extrapolated", "fewer_factors", "not_listed", "cut_episode"),
    "large_return",
)
OWN, MODEL, FALL = "what it did (own)", "what its betas say (model)", "largest fall on the way"

Row = dict[str, Any]


def stress(results: Sequence[StressResult] | Sequence[EpisodeResult], extras: Extras) -> Picture:
    """The picture of answers to a shock, or to episodes."""
    shocks = [one for one in results if isinstance(one, StressResult)]
    return (
        _shocks(shocks, extras) if shocks else _episodes([r for r in results if isinstance(r, EpisodeResult)], extras)
    )


def _shocks(results: Sequence[StressResult], extras: Extras) -> Picture:
    space = extras.width - 2 * PADDING
    rows = [_answer(result) for result in results]
    shown = results if len(results) <= MAX_PARTS else ()
    blocks = [("change of value", rows, True)]
    for result in shown:
        of = f" of {whose(result.ticker, result.name)}" if len(results) > 1 else ""
        blocks.append((f"part{of} by factor", _parts(result, extras), False))
        if result.holdings is not None:
            blocks.append((f"part{of} by holding (weight × change)", _held(result), False))
    every = [row for _, part, _ in blocks for row in part]
    if widest([row["label"] for row in every], TEXT_SIZE) > MAX_LABEL * space:  # the codes alone
        for row in every:
            row["label"] = row.get("short", row["label"])
    labels = min(widest([row["label"] for row in every], TEXT_SIZE), MAX_LABEL * space)
    values = widest([row["text"] for row in every], LABEL_SIZE)
    plot = max(space - labels - values - 24, 60)
    for row in every:
        row["label"] = shortened(row["label"], labels + 1, TEXT_SIZE)
    entries = [KeyEntry("expected change, with its 95% interval", INK), KeyEntry("part that is lost", ORANGE, "square")]
    if any(row["change"] > 0 for _, part, whole in blocks if not whole for row in part):
        entries.append(KeyEntry("part that is gained", BLUE, "square"))
    views = [key(entries if shown else entries[:1], space, labels + 8)]
    domain = _domain(every, ("change", "ci_low", "ci_high"))
    views += [_tracks(part, title, plot, labels, domain, whole=whole) for title, part, whole in blocks]
    first = results[0]
    others = {"conditional": "the other factors at their mean given that", "zero": "the other factors unmoved"}
    told = [f"{row['label']}: {row['text']}." for row in every]
    named = _named([whose(one.ticker, one.name) for one in results])
    return picture(
        NAME,
        f"If {scenario(first)}: {named}",
        _subtitle(results, first.model, others[first.others], extras),
        views,
        read_out(told, 3),
        width=extras.width,
    )


def _named(names: Sequence[str]) -> str:
    """A few names, or how many there are."""
    return listed(names) if len(names) <= MAX_PAGES else f"{len(names):,} stocks and portfolios"


def _answer(result: StressResult) -> Row:
    low, high = result.ci_low, result.ci_high
    text = f"{percent(result.change, signed=True)} ({percent(low, signed=True)} to {percent(high, signed=True)})"
    return {
        "label": whose(result.ticker, result.name),
        "change": result.change,
        "ci_low": low,
        "ci_high": high,
        "text": text,
    }


def _parts(result: StressResult, extras: Extras) -> list[Row]:
    """A row a factor, with its move."""
    return [
        {
            "label": f"{extras.label(code)} {_move(code, result)}", "short": f"{code} {_move(code, result)}",
            "change": part, "text": percent(part, signed=True),
        }
        for code, part in result.by_factor.items()
    ]  # fmt: skip


def _move(code: str, result: StressResult) -> str:
    move = result.factor_moves[code]
    return f"{move:+.3g}".replace("-", "−") if code in result.in_points else percent(move, signed=True)


def _held(result: StressResult) -> list[Row]:
    """A row a holding, the largest losses first."""
    parts = [(one.ticker, one.weight * one.change) for one in result.holdings or ()]
    rows = sorted(parts, key=lambda part: part[1])
    return [{"label": ticker, "change": part, "text": percent(part, signed=True)} for ticker, part in rows]


def _tracks(
    rows: Sequence[Row], title: str, plot: float, labels: float, domain: Sequence[float], *, whole: bool
) -> Spec:
    """A panel of rows on one scale: whole changes as points with intervals, parts as bars."""
    x = _x(domain, plot, title)
    if whole:
        layers = [
            mark("rule", {"x": {**x, "field": "ci_low"}, "x2": {"field": "ci_high"}}, strokeWidth=2, color=INK),
            mark("point", {"x": {**x, "field": "change"}}, size=80, filled=True, opacity=1, color=INK),
        ]
    else:
        colour = {"condition": {"test": "datum.change < 0", "value": ORANGE}, "value": BLUE}
        layers = [mark("bar", {"x": {**x, "field": "change"}, "color": colour}, height=13)]
    return _panel(rows, layers, plot, labels)


def _x(domain: Sequence[float], plot: float, title: str) -> Spec:
    axis = {"format": ".0%", "grid": True, "tickCount": max(3, min(6, int(plot // 70))), "labelFlush": False,
            "labelOverlap": True}  # fmt: skip
    return {"type": "quantitative", "scale": {"domain": list(domain), "nice": True}, "title": title, "axis": axis}


def _panel(rows: Sequence[Row], layers: list[Spec], plot: float, labels: float) -> Spec:
    y_axis = {"title": None, "labelFontSize": TEXT_SIZE, "labelColor": INK, "ticks": False, "domain": False,
              "labelPadding": 8, "minExtent": labels + 8, "maxExtent": labels + 8}  # fmt: skip
    names = dumps([row["label"] for row in rows], ensure_ascii=False)
    y_axis["labelExpr"] = f"{names}[datum.value]"
    y = {"field": "row", "type": "nominal", "sort": None, "axis": y_axis}
    number = mark("text", {"x": {"value": plot + 10}, "text": {"field": "text"}}, align="left", baseline="middle",
                  fontSize=LABEL_SIZE)  # fmt: skip
    return {
        "width": plot,
        "height": TRACK * len(rows),
        "data": {"values": [{"row": place, **row} for place, row in enumerate(rows)]},
        "encoding": {"y": y},
        "layer": [*layers, zero_line(), number],
    }


def _domain(rows: Sequence[Row], names: Sequence[str]) -> list[float]:
    """The common scale of all rows, with zero."""
    found = [float(row[name]) for row in rows for name in names if row.get(name) is not None and isfinite(row[name])]
    return [min([0.0, *found]), max([0.0, *found])]


def _episodes(results: Sequence[EpisodeResult], extras: Extras) -> Picture:
    space = extras.width - 2 * PADDING
    groups = [(name, [_told(one) for one in found]) for name, found in groupby(results, key=_subject)]
    every = [row for _, part in groups for row in part]
    labels = min(widest([row["label"] for row in every], TEXT_SIZE), MAX_LABEL * space)
    plot = max(space - labels - widest([row["text"] for row in every], LABEL_SIZE) - 24, 60)
    for row in every:
        row["label"] = shortened(row["label"], labels + 1, TEXT_SIZE)
    domain = _domain(every, ("own", "model", "max_drawdown"))
    entries = [KeyEntry(f"{OWN}: a loss", ORANGE, "square")] if any(row["own"] < 0 for row in every) else []
    if any(row["own"] >= 0 for row in every):
        entries.append(KeyEntry(f"{OWN}: a gain", BLUE, "square"))
    entries += [KeyEntry(MODEL, INK, hollow=True), KeyEntry(FALL, MUTED, "M0,-1L0,1")]
    views = [key(entries, space, labels + 8)]
    for name, part in groups:
        x = _x(domain, plot, f"return of {name}")
        colour = {"condition": {"test": "datum.own < 0", "value": ORANGE}, "value": BLUE}
        layers = [
            mark("bar", {"x": {**x, "field": "own"}, "color": colour}, height=13),
            mark("tick", {"x": {**x, "field": "max_drawdown"}}, size=18, thickness=2, color=MUTED),
            mark("point", {"x": {**x, "field": "model"}}, size=70, strokeWidth=2, opacity=1, color=INK),
        ]
        views.append(_panel(part, layers, plot, labels))
    names = list(dict.fromkeys(name for name, _ in groups))
    of = _named(names)
    first = results[0]
    told = [f"{name}, {row['label']}: {row['text']}." for name, part in groups for row in part]
    return picture(
        NAME,
        f"Episodes of the past: {of}",
        _subtitle(results, first.factor_model, "bought at today's weights and held", extras),
        views,
        read_out(told, 3),
        width=extras.width,
    )


def _subject(result: EpisodeResult) -> str:
    return whose(result.ticker, result.name)


def _told(result: EpisodeResult) -> Row:
    text = f"{percent(result.own, signed=True)} (model {percent(result.model, signed=True)})"
    return {
        "label": f"{result.episode} *" if result.missing else result.episode, "own": result.own,
        "model": result.model if isfinite(result.model) else None, "max_drawdown": result.max_drawdown, "text": text,
    }  # fmt: skip


def _subtitle(
    results: Sequence[StressResult] | Sequence[EpisodeResult], model: Any, what: str, extras: Extras
) -> list[str]:
    """Whose, which window and model, and what is wrong with the prices."""
    lines = _whose(results, model, what) if extras.alone else [sentence(what)]
    if any(getattr(one, "missing", ()) for one in results):
        lines.append("* not all of it was listed then: the model's return stands in")
    return lines


def _whose(results: Sequence[StressResult] | Sequence[EpisodeResult], model: Any, what: str) -> list[str]:
    first = results[0]
    described = about(first.name, first.sector) if len({one.ticker for one in results}) == 1 else ""
    window = f"Betas of {count(first.window, period(first.frequency))} to {first.as_of}"
    lines = [*([described] if described and first.ticker != PORTFOLIO else []),
             f"{window} · model {model.id}, basis {model.basis} · {what}"]  # fmt: skip
    if first.data.source == "demo":
        lines.append(SYNTHETIC)
    shown = [*shared_warnings(results)] if len(results) > 1 else [*first.warnings]
    return [*lines, *(sentence(w.text) for w in shown if w.code in WARNED)]
