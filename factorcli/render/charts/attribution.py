"""Attribution: a waterfall from alpha over the factors and the rest to the window's excess return."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import heading, sentence, whose
from factorcli.render.charts.layout import short_label, shortened, text_width, widest, wrapped
from factorcli.render.charts.picture import (
    KeyEntry,
    Picture,
    Spec,
    bare_axis,
    key,
    mark,
    picture,
    text_column,
    within,
    zero_line,
)
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
from factorcli.render.text import day, number, percent
from factorcli.results.decompose import Decomposition
from factorcli.results.exposure import Attribution

NAME = "attribution"
LINKED, ARITHMETIC = "linked", "arithmetic"
UNLINKED = "attribution"  # the code of the warning that says why a return cannot be linked
OPTIONAL = ("excluded", "jumps")  # parts that are not shown where they are zero
MAX_PANELS = 4  # stocks with a waterfall each; of more each has a row of a table
BAR_ROW, STOCK_ROW, LINE = 22, 16, 13  # px; a line of a heading
LOOKS = {"adds": BLUE, "takes away": ORANGE, "total": INK}
LIMITS = (-0.4, -0.15, -0.05, -0.01, 0.01, 0.05, 0.15, 0.4)  # between the colours of cells
DARK_CELL = 0.15  # from which size on a cell is so dark that its number is light
MAX_NAMED = 3
SUM = "Σ"  # marks the stocks of a table whose attribution is arithmetic where others are linked

_Row = dict[str, Any]


def attribution(results: Sequence[Decomposition], extras: Extras) -> Picture:
    """The parts of the excess return of each result: a waterfall each, of many stocks a row each."""
    table = len(results) > MAX_PANELS
    rows = [row for result in results for row in _rows(result, extras)]
    shown = {row["code"] for row in rows if row["value"] != 0.0 or row["code"] not in OPTIONAL}
    rows = [row for row in rows if row["code"] in shown]
    lines = [
        *(heading(results, errors=False) if extras.alone else ()),
        *_kinds(results),
        *_outside(results, shown),
        *(_columns(rows) if table else []),
    ]
    views = _table(results, rows, extras) if table else _waterfalls(results, rows, extras)
    title = f"Where the return of {whose(results)} came from"
    numbers = [f"{row['ticker']} {row['part']}: {row['text']}." for row in rows]
    return picture(NAME, title, lines, views, numbers, width=extras.width)


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
        marked = f", marked {SUM}" if len(results) > MAX_PANELS else ""
        yield f"{ATTRIBUTIONS[ARITHMETIC].capitalize()}{marked}: {_named([result.ticker for result in unlinked])}"
    why = {w.text: None for result in unlinked for w in result.warnings if w.code == UNLINKED}
    for text in list(why)[:MAX_NAMED]:
        yield sentence(text)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _outside(results: Sequence[Decomposition], shown: set[str]) -> list[str]:
    """What days and jumps left out are, where they are shown."""
    if not shown.intersection(OPTIONAL):
        return []
    return [OUTSIDE.format(days=f"{day(results[0].frequency)}s".capitalize()).rstrip(".")]


def _waterfalls(results: Sequence[Decomposition], rows: Sequence[_Row], extras: Extras) -> list[Spec]:
    """A panel a stock, one below the other, on one scale."""
    space = extras.width - 2 * PADDING
    parts = list(dict.fromkeys(row["part"] for row in sorted(rows, key=lambda row: row["place"])))
    labels = min(widest(parts, TEXT_SIZE), 0.35 * space) + 10
    written = widest([row["text"] for row in rows], LABEL_SIZE) + 8
    reached = [row[name] for row in rows for name in ("start", "end") if row[name] is not None]
    domain = (min(0.0, *reached), max(0.0, *reached))
    scale = within(labels, space - written - 8, domain, nice=False)
    panels = []
    for result in results:
        own = [row for row in rows if row["ticker"] == result.ticker]
        panel = _waterfall(own, parts, labels, space, scale)
        if len(results) > 1:
            kind = f", {ATTRIBUTIONS[ARITHMETIC]}" if _kind(result) == ARITHMETIC else ""
            name = f"{result.ticker}  {result.name or ''}".strip()
            name = shortened(name, space - text_width(kind), TEXT_SIZE) + kind
            panel["title"] = {"text": name, "fontSize": TEXT_SIZE, "anchor": "start", "frame": "group", "offset": 6}
        panels.append(panel)
    found = {row["look"] for row in rows}
    entries = [KeyEntry(look, colour, "square") for look, colour in LOOKS.items() if look in found]
    return [key(entries, space), *panels]


def _waterfall(rows: Sequence[_Row], parts: Sequence[str], labels: float, space: float, scale: Spec) -> Spec:
    """The bars of one stock, each from where the one before it ended."""
    x = {"type": "quantitative", "scale": scale, "title": "excess return over the window",
         "axis": bare_axis(scale, "~%")}  # fmt: skip
    own = [{**row, "row": parts.index(row["part"])} for row in rows if _drawn(row)]
    links = [{"sum": before["end"], "row": before["row"], "next": after["row"]} for before, after in pairwise(own)]
    names = [{"label": short_label(part, labels - 10), "row": row} for row, part in enumerate(parts)]
    colour = {"field": "look", "type": "nominal", "legend": None,
              "scale": {"domain": list(LOOKS), "range": list(LOOKS.values())}}  # fmt: skip
    y = {"field": "row", "type": "quantitative", "axis": None,
         "scale": {"domain": [len(parts) - 0.5, -0.5], "nice": False}}  # fmt: skip
    tooltip = [{"field": "part"}, {"field": "value", "type": "quantitative"}]
    bars = {"x": {**x, "field": "start"}, "x2": {"field": "end"}, "color": colour, "y": y, "tooltip": tooltip}
    connectors = {"x": {**x, "field": "sum"}, "y": y, "y2": {"field": "next"}}
    number, labelled = text_column("text", space, align="right"), text_column("label", 0, fontSize=TEXT_SIZE)
    for column in (number, labelled):
        column["encoding"]["y"] = y
    return {
        "width": space,
        "height": BAR_ROW * len(parts),
        "data": {"values": own},
        "layer": [
            {"data": {"values": links}, **mark("rule", connectors, color=MUTED, strokeWidth=1)},
            mark("bar", bars, height=13),
            zero_line(),
            number,
            {"data": {"values": names}, **labelled},
        ],
    }


def _drawn(row: _Row) -> bool:
    return row["value"] is not None and (row["value"] != 0.0 or row["code"] not in OPTIONAL)


def _table(results: Sequence[Decomposition], rows: Sequence[_Row], extras: Extras) -> list[Spec]:
    """A row a stock with a coloured cell a part that has its number in per cent, the largest total first."""
    space = extras.width - 2 * PADDING
    ordered = _by_total(results, rows)
    at = {ticker: row for row, ticker in enumerate(ordered)}
    sums = {result.ticker for result in results if _kind(result) == ARITHMETIC}
    marked = {name: f"{SUM} {name}" if name in sums and len(sums) < len(results) else name for name in at}
    codes = list(dict.fromkeys(row["code"] for row in sorted(rows, key=lambda row: row["place"])))
    labels = min(widest(marked.values(), LABEL_SIZE), 0.3 * space) + 8
    step = (space - labels) / len(codes)
    digits = 1 if widest([_cell(row, 1) for row in rows], LABEL_SIZE) <= step - 2 else 0
    cells = [{**row, "row": at[row["ticker"]], "column": codes.index(row["code"]), "cell": _cell(row, digits)}
             for row in rows]  # fmt: skip
    stocks = [{"row": row, "label": shortened(marked[name], labels - 8, LABEL_SIZE)} for name, row in at.items()]
    x = {"field": "column", "type": "ordinal", "axis": None, "scale": {"range": [labels, space]}}
    light = {"condition": {"test": f"abs(datum.value) >= {DARK_CELL}", "value": PAPER}, "value": INK}
    colour = {"field": "value", "type": "quantitative", "legend": None,
              "scale": {"type": "threshold", "domain": list(LIMITS), "range": list(DIVERGING)}}  # fmt: skip
    tooltip = [{"field": "ticker"}, {"field": "part"}, {"field": "value", "type": "quantitative"}]
    text = {"x": x, "text": {"field": "cell"}, "color": light}
    view = {
        "width": space,
        "height": STOCK_ROW * len(results),
        "data": {"values": cells},
        "encoding": {"y": {"field": "row", "type": "ordinal", "axis": None, "scale": {"padding": 0}}},
        "layer": [
            mark("rect", {"x": x, "color": colour, "tooltip": tooltip}, stroke=PAPER, strokeWidth=1),
            mark("text", text, baseline="middle", fontSize=LABEL_SIZE),
            {"data": {"values": stocks}, **text_column("label", 0)},
            _headings(codes, rows, x, step),
        ],
    }
    return [key(_limits(), space), view]


def _by_total(results: Sequence[Decomposition], rows: Sequence[_Row]) -> list[str]:
    """The tickers, that with the largest total first."""
    totals = {row["ticker"]: row["value"] for row in rows if row["code"] == "total"}
    known = {ticker: float("-inf") if total is None else total for ticker, total in totals.items()}
    return sorted((result.ticker for result in results), key=lambda ticker: -known[ticker])


def _cell(row: _Row, digits: int) -> str:
    """A number in per cent; nothing where no day was left out."""
    if row["value"] == 0.0 and row["code"] in OPTIONAL:
        return ""
    return "–" if row["value"] is None else number(100 * row["value"], digits)


def _headings(codes: Sequence[str], rows: Sequence[_Row], x: Spec, step: float) -> Spec:
    """The names of the columns above them, those of factors by code."""
    names = [_column_names(rows)[code] for code in codes]
    look: Spec = {"fontSize": LABEL_SIZE, "color": MUTED, "lineHeight": LINE}
    if widest([word for name in names for word in name.split()], LABEL_SIZE) <= step:
        texts = [wrapped(name, step, LABEL_SIZE) for name in names]
        place, look = -6 - LINE * (max(map(len, texts)) - 1), {**look, "baseline": "bottom"}
    else:
        texts, place = [[name] for name in names], -6
        look |= {"baseline": "middle", "align": "left", "angle": -90}
    values = [{"column": column, "heading": text} for column, text in enumerate(texts)]
    text = {"x": x, "y": {"value": place}, "text": {"field": "heading"}}
    return {"data": {"values": values}, **mark("text", text, **look)}


def _column_names(rows: Sequence[_Row]) -> dict[str, str]:
    return {row["code"]: row["code"] if row["part"].endswith(f"({row['code']})") else row["part"] for row in rows}


def _columns(rows: Sequence[_Row]) -> list[str]:
    """What the codes above the columns of a table mean, and how it is sorted."""
    names = _column_names(rows)
    named = dict.fromkeys(row["part"] for row in rows if row["part"] != names[row["code"]])
    return ["In per cent, sorted by the total, the largest first", *([", ".join(named)] if named else [])]


def _limits() -> list[KeyEntry]:
    """The colours of cells and the numbers that they stand for."""
    edges = [percent(limit, 0, signed=True) for limit in LIMITS]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    names = [f"below {edges[0]}", *between, f"above {edges[-1]}"]
    return [KeyEntry(name, colour, "square") for name, colour in zip(names, DIVERGING, strict=True)]
