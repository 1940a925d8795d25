"""Attribution: a waterfall from alpha over the factors and the rest to the window's excess return."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import heading, whose
from factorcli.render.charts.layout import shortened, widest
from factorcli.render.charts.picture import KeyEntry, Picture, Spec, key, mark, picture, text_column, within, zero_line
from factorcli.render.charts.theme import (
    BLUE,
    DIVERGING,
    INK,
    LABEL_SIZE,
    MUTED,
    ORANGE,
    PADDING,
    PAPER,
    TEXT_SIZE,
)
from factorcli.render.decompositions import ATTRIBUTIONS, OUTSIDE, REST
from factorcli.render.text import day, percent
from factorcli.results.decompose import Decomposition
from factorcli.results.exposure import Attribution

NAME = "attribution"
LINKED, ARITHMETIC = "linked", "arithmetic"
UNLINKED = "attribution"  # the code of the warning that says why a return cannot be linked
MAX_WIDE, MAX_PANELS, COLUMNS = 4, 24, 3  # stocks with a panel each in one column; in several; those columns
BAR_ROW, STOCK_ROW, GAP = 22, 16, 16  # px
LOOKS = {"adds": BLUE, "takes away": ORANGE, "total": INK}
LIMITS = (-0.4, -0.15, -0.05, -0.01, 0.01, 0.05, 0.15, 0.4)  # between the colours of cells
DARK_CELL = 0.15  # from which size on a cell is so dark that its number is light
MAX_NAMED = 3

_Row = dict[str, Any]


def attribution(results: Sequence[Decomposition], extras: Extras) -> Picture:
    """The parts of the excess return of each result: a waterfall each, of many stocks a row each."""
    table = len(results) > MAX_PANELS
    rows = [row for result in results for row in _rows(result, extras)]
    shown = {row["code"] for row in rows if row["value"] != 0.0 or row["code"] not in _optional()}
    rows = [row for row in rows if row["code"] in shown]
    lines = [*heading(results, errors=False), *_kinds(results), *_outside(results, shown)]
    views = _table(results, rows, extras, lines) if table else _waterfalls(results, rows, extras)
    title = f"What the return of {whose(results)} came from"
    numbers = [f"{row['ticker']} {row['part']}: {row['text']}." for row in rows]
    return picture(NAME, title, lines, views, numbers, width=extras.width)


def _optional() -> tuple[str, str]:
    return "excluded", "jumps"


def _kind(result: Decomposition) -> str:
    """The attribution that is shown: linked where the return can be linked."""
    linked = result.attribution.get(LINKED)
    return LINKED if linked is not None and all(isfinite(v) for _, _, v in _parts(result, linked)) else ARITHMETIC


def _parts(result: Decomposition, found: Attribution) -> Iterator[tuple[str, str, float]]:
    """Code, name and value of each part, the total last."""
    residual, excluded, jumps = (text.format(day(result.frequency)) for text in REST)
    yield "alpha", "alpha", found.alpha
    for code, value in found.factors.items():
        yield code, code, value
    yield "residual", residual, found.residual
    yield "excluded", excluded, found.excluded
    yield "jumps", jumps, found.jumps
    yield "total", "total", found.total


def _rows(result: Decomposition, extras: Extras) -> Iterator[_Row]:
    """A row a part with its number as the result has it; start and end are the running sum before and after it."""
    kind, reached = _kind(result), 0.0
    for place, (code, name, value) in enumerate(_parts(result, result.attribution[kind])):
        total, known = code == "total", isfinite(value)
        start, end = (0.0, value) if total else (reached, reached + value)
        reached = end if known and not total else reached
        yield {
            "ticker": result.ticker, "code": code, "part": extras.label(code) if code == name else name,
            "kind": kind, "place": place, "value": value if known else None, "start": start if known else None,
            "end": end if known else None, "look": "total" if total else "takes away" if value < 0 else "adds",
            "text": percent(value, 2, signed=True),
        }  # fmt: skip


def _kinds(results: Sequence[Decomposition]) -> Iterator[str]:
    """Which attribution is shown, and why it is not the linked one."""
    unlinked = [result for result in results if _kind(result) == ARITHMETIC]
    if len(unlinked) < len(results):
        yield f"Excess return over the window, {ATTRIBUTIONS[LINKED]}"
    if not unlinked:
        return
    if len(unlinked) == len(results):
        yield f"Excess return over the window, {ATTRIBUTIONS[ARITHMETIC]}"
    else:
        yield f"{ATTRIBUTIONS[ARITHMETIC].capitalize()}: {_named([result.ticker for result in unlinked])}"
    why = {w.text.rstrip("."): None for result in unlinked for w in result.warnings if w.code == UNLINKED}
    for text in list(why)[:MAX_NAMED]:
        yield f"{text[:1].upper()}{text[1:]}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _outside(results: Sequence[Decomposition], shown: set[str]) -> list[str]:
    """What days and jumps left out are, where they are shown."""
    if not shown.intersection(_optional()):
        return []
    return [OUTSIDE.format(days=f"{day(results[0].frequency)}s".capitalize()).rstrip(".")]


def _waterfalls(results: Sequence[Decomposition], rows: Sequence[_Row], extras: Extras) -> list[Spec]:
    """A panel a stock on one scale: one below the other, or in columns of which the first names the parts."""
    space = extras.width - 2 * PADDING
    parts = list(dict.fromkeys(row["part"] for row in sorted(rows, key=lambda row: row["place"])))
    labels = min(widest(parts, TEXT_SIZE), 0.35 * space) + 10
    columns = 1 if len(results) <= MAX_WIDE or space < 600 else COLUMNS
    width = (space - labels - GAP * (columns - 1)) / columns
    reached = [row[name] for row in rows for name in ("start", "end") if row[name] is not None]
    domain = (min(0.0, *reached), max(0.0, *reached))
    panels = []
    for number, result in enumerate(results):
        left = labels if number % columns == 0 else 0.0
        own = [row for row in rows if row["ticker"] == result.ticker]
        panel = _waterfall(own, parts, left, left + width, domain)
        if len(results) > 1:
            mixed = f"  ({ARITHMETIC})" if _kind(result) == ARITHMETIC else ""
            name = f"{result.ticker}{mixed}  {result.name or ''}" if columns == 1 else f"{result.ticker}{mixed}"
            panel["title"] = {"text": shortened(name.strip(), width, TEXT_SIZE), "fontSize": TEXT_SIZE,
                              "anchor": "start", "frame": "group", "offset": 6, "dx": left if columns > 1 else 0}  # fmt: skip
        panels.append(panel)
    lines = [{"hconcat": panels[i : i + columns], "spacing": GAP} for i in range(0, len(panels), columns)]
    found = {row["look"] for row in rows}
    entries = [KeyEntry(look, colour, "square") for look, colour in LOOKS.items() if look in found]
    return [key(entries, space), *lines]


def _waterfall(rows: Sequence[_Row], parts: Sequence[str], left: float, right: float, domain: Sequence[float]) -> Spec:
    """The bars of one stock, each from where the one before it ended, between `left` and `right` px."""
    written = widest([row["text"] for row in rows], LABEL_SIZE) + 8
    scale = within(left + (written if domain[0] < 0 else 4), right - written, domain)
    x = {"type": "quantitative", "scale": scale, "title": None,
         "axis": {"format": "~%", "tickCount": max(2, int((right - left) / 90)), "domain": False, "ticks": False}}  # fmt: skip
    own = [{**row, "row": parts.index(row["part"]), "label": shortened(row["part"], left - 10, TEXT_SIZE)}
           for row in rows if row["value"] is not None and (row["value"] or row["code"] not in _optional())]  # fmt: skip
    links = [{"sum": before["end"], "row": before["row"], "next": after["row"]} for before, after in pairwise(own)]
    colour = {"field": "look", "type": "nominal", "legend": None,
              "scale": {"domain": list(LOOKS), "range": list(LOOKS.values())}}  # fmt: skip
    y = {"type": "quantitative", "axis": None, "scale": {"domain": [len(parts) - 0.5, -0.5], "nice": False}}
    bars = {"x": {**x, "field": "start"}, "x2": {"field": "end"}, "color": colour, "y": {**y, "field": "row"},
            "tooltip": [{"field": "part"}, {"field": "value", "type": "quantitative"}]}  # fmt: skip
    connectors = {"x": {**x, "field": "sum"}, "y": {**y, "field": "row"}, "y2": {"field": "next"}}
    at_end = {"x": {**x, "field": "end"}, "y": {**y, "field": "row"}, "text": {"field": "text"}}
    text = {"baseline": "middle", "fontSize": LABEL_SIZE}
    labels = [{"label": shortened(part, left - 10, TEXT_SIZE), "row": row} for row, part in enumerate(parts)]
    names = text_column("label", 0, fontSize=TEXT_SIZE)
    names["encoding"]["y"] = {**y, "field": "row"}
    return {
        "width": right,
        "height": BAR_ROW * len(parts),
        "data": {"values": own},
        "layer": [
            {"data": {"values": links}, **mark("rule", connectors, color=MUTED, strokeWidth=1)},
            mark("bar", bars, height=13),
            zero_line(),
            {"transform": [{"filter": "datum.value >= 0"}], **mark("text", at_end, align="left", dx=6, **text)},
            {"transform": [{"filter": "datum.value < 0"}], **mark("text", at_end, align="right", dx=-6, **text)},
            *([{"data": {"values": labels}, **names}] if left else []),
        ],
    }


def _table(results: Sequence[Decomposition], rows: Sequence[_Row], extras: Extras, lines: list[str]) -> list[Spec]:
    """A row a stock with a coloured cell a part that has its number, the largest total first."""
    space = extras.width - 2 * PADDING
    totals = {row["ticker"]: row["value"] for row in rows if row["code"] == "total"}
    ordered = sorted(results, key=lambda r: -(totals[r.ticker] if totals[r.ticker] is not None else float("-inf")))
    at = {result.ticker: row for row, result in enumerate(ordered)}
    codes = list(dict.fromkeys(row["code"] for row in sorted(rows, key=lambda row: row["place"])))
    names = {row["code"]: row["code"] if row["part"].endswith(f"({row['code']})") else row["part"] for row in rows}
    named = [row["part"] for row in rows if row["ticker"] == results[0].ticker and row["part"] != names[row["code"]]]
    lines += ["Sorted by the total, the largest first", *([f"Columns: {', '.join(named)}"] if named else [])]
    return [space, at, codes]
