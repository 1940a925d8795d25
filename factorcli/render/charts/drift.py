"""Drift: each beta before and after with the interval of the change, the surest change first."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from factorcli.render.charts.change_lines import change_lines
from factorcli.render.charts.exposure_rows import AXIS, MARKET, by_significance
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.layout import widest
from factorcli.render.charts.picture import KeyEntry, Picture, Spec, key, mark, picture, read_out, zero_line
from factorcli.render.charts.theme import BAND, BLUE, INK, LABEL_SIZE, MUTED, PADDING, PALE_BLUE, PAPER, TEXT_SIZE
from factorcli.render.decisions.changes import bounds, digits_of, is_significant
from factorcli.render.decisions.subject import called
from factorcli.render.text import MAX_PAGES, SIGNIFICANCE_LEVEL, count, listed, number, p_value, period
from factorcli.results.drift import Change, DriftResult

NAME = "drift"
TRACK, BAND_HEIGHT = 30, 14  # px
MAX_ROWS = 30  # the surest changes of many results
OWN_SCALE = 6.0  # a factor whose betas extend this many times less than the largest has a scale of its own
MIN_PLOT = 110  # px
NUMBERS_READ = 4  # of a row, in the alternative text

Row = dict[str, Any]


def drift(results: Sequence[DriftResult], extras: Extras) -> Picture:
    """A track a beta; of many results the MAX_ROWS surest of all changes."""
    first, every = results[0], _rows(results, extras)
    rows = every[:MAX_ROWS] if len(results) > 1 else every
    unit = period(first.frequency)
    verdicts = [
        _verdict(results),
        f"Before: {count(first.window, unit)} to {first.from_as_of} · after: to {first.to_as_of}",
    ]
    if len(rows) < len(every):
        chance = round(SIGNIFICANCE_LEVEL * len(every))
        verdicts.append(
            f"The {len(rows)} surest of {len(every):,} changes, of which chance makes about {chance} significant"
        )
    return picture(
        NAME,
        _title(results),
        [*verdicts, *(change_lines(results) if extras.alone else ())],
        _views(rows, extras.width - 2 * PADDING),
        read_out([f"{row['label']}: {row['text']}." for row in rows], NUMBERS_READ),
        width=extras.width,
    )


def _title(results: Sequence[DriftResult]) -> str:
    names = [called(result) for result in results]
    kind = "stock" if all(result.sector for result in results) else "result"
    return f"What changed in the exposures of {listed(names) if len(names) <= MAX_PAGES else count(len(names), kind)}"


def _verdict(results: Sequence[DriftResult]) -> str:
    """What the joint tests say."""
    if len(results) > 1:
        drifted = sum(is_significant(result.joint_test.q_value) for result in results)
        return f"{drifted} of {len(results)} have drifted: joint q below 5%"
    test = results[0].joint_test
    if not isfinite(test.p_value):
        return "Without a joint test of all changes"
    said = "significant" if is_significant(test.p_value) else "not significant"
    return f"Together the changes are {said} at 5% (p {p_value(test.p_value)})"


def _rows(results: Sequence[DriftResult], extras: Extras) -> list[Row]:
    """The changes of all results, the surest first, those without a test last."""
    rows = [row for result in results for row in _of(result, extras, alone=len(results) == 1)]
    return sorted(rows, key=lambda row: (row["p_value"] is None, row["p_value"] or 0.0))


def _of(result: DriftResult, extras: Extras, *, alone: bool) -> Iterator[Row]:
    for code, change in {"market": result.market, **result.changes}.items():
        label = MARKET if code == "market" else extras.label(code)
        named = label if alone else f"{called(result)}, {'market β' if code == 'market' else code}"
        yield {"ticker": result.ticker, "code": code, "label": named, **_numbers(change)}


def _numbers(change: Change) -> Row:
    """The betas, and where the later one would be at the ends of the change's interval."""
    digits, known = digits_of(change, change.before, change.after), isfinite(change.ci_low)
    text = f"{number(change.before, digits)} → {number(change.after, digits)}"
    return {
        "before": change.before, "after": change.after,
        "low": change.before + change.ci_low if known else None,
        "high": change.before + change.ci_high if known else None,
        "p_value": change.p_value if isfinite(change.p_value) else None,
        "significant": is_significant(change.p_value),
        "text": text + (f", change {bounds(change, digits)}" if known else ""),
    }  # fmt: skip


def _views(rows: Sequence[Row], space: float) -> list[Spec]:
    """The key, the tracks that share a scale, and those whose betas are far smaller."""
    labels, texts = widest([row["label"] for row in rows], TEXT_SIZE), widest([row["text"] for row in rows], LABEL_SIZE)
    beside = space - labels - texts - 20 >= MIN_PLOT
    plot = max(MIN_PLOT, space - labels - 20 - (texts if beside else 0))
    small = _small(rows)
    groups = [[row for row in rows if row["code"] not in small], [row for row in rows if row["code"] in small]]
    views = [
        _tracks(group, plot, labels, alone=number > 0, beside=beside) for number, group in enumerate(groups) if group
    ]
    return [key(_symbols(rows), space, labels + 8), {"vconcat": views, "spacing": 6}]


def _small(rows: Sequence[Row]) -> set[str]:
    """The factors whose betas, of all results, are far smaller than the largest of any factor."""
    extents: dict[str, float] = {}
    for row in rows:
        extents[row["code"]] = max(_extent(row), extents.get(row["code"], 0.0))
    return {code for code, extent in extents.items() if extent * OWN_SCALE < max(extents.values())}


def _extent(row: Row) -> float:
    return max(abs(float(row[name])) for name in ("before", "after", "low", "high") if row[name] is not None)


def _tracks(rows: Sequence[Row], plot: float, labels: float, *, alone: bool, beside: bool) -> Spec:
    y = {"field": "label", "type": "nominal", "sort": [row["label"] for row in rows],
         "axis": {"title": None, "labelFontSize": TEXT_SIZE, "labelColor": INK, "ticks": False, "domain": False,
                  "labelPadding": 8, "minExtent": labels + 8, "maxExtent": labels + 8}}  # fmt: skip
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True}, "title": "beta, own scale" if alone else "beta",
         "axis": {"grid": True, "tickCount": max(3, min(5, plot // 70)), **AXIS}}  # fmt: skip
    line, fill = by_significance(BLUE, MUTED), by_significance(PALE_BLUE, BAND)
    before, after = {**x, "field": "before"}, {**x, "field": "after"}
    layers = [
        mark(
            "bar", {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": fill}, height=BAND_HEIGHT, aria=False
        ),
        zero_line(),
        mark("rule", {"x": before, "x2": {"field": "after"}, "color": line}, strokeWidth=2, aria=False),
        mark("point", {"x": before, "stroke": line}, fill=PAPER, size=70, opacity=1, strokeWidth=2, aria=False),
        mark("point", {"x": after, "stroke": line, "fill": line}, size=90, opacity=1, strokeWidth=2),
    ]
    if beside:
        text = {"x": {"value": plot + 10}, "text": {"field": "text"}, "color": by_significance(INK, MUTED)}
        layers.append(mark("text", text, align="left", baseline="middle", fontSize=LABEL_SIZE))
    return {"width": plot, "height": TRACK * len(rows), "data": {"values": list(rows)}, "encoding": {"y": y},
            "layer": layers}  # fmt: skip


def _symbols(rows: Sequence[Row]) -> list[KeyEntry]:
    """The key of the marks."""
    entries = [KeyEntry("before", BLUE, hollow=True), KeyEntry("after", BLUE)]
    if any(row["significant"] for row in rows):
        entries.append(KeyEntry("95% interval of the change, from before", PALE_BLUE, "square"))
    if any(not row["significant"] for row in rows):
        entries.append(KeyEntry("95% interval of a change that may be zero: not significant", BAND, "square"))
    return entries
