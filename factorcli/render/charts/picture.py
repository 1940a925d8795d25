"""What every picture consists of: a specification with title, subtitle and alternative text, and its key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from factorcli.render.charts.layout import text_width, wrapped
from factorcli.render.charts.theme import INK, LABEL_SIZE, MUTED, PADDING, RULE, TEXT_SIZE, TITLE_SIZE, WIDTH, config

Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_PLACE: Spec = {"type": "quantitative", "axis": None}
MAX_NUMBERS = 60  # about as many an alternative text tells
KEY_SYMBOL, KEY_GAP, KEY_ROW = 12, 20, 18  # px: width of a symbol, space after an entry, height of a row


@dataclass(frozen=True)
class Picture:
    """A picture: a Vega-Lite specification whose data are the numbers of results, unrounded.

    name: as the catalogue has it; title: what it shows; description: the alternative text, with the numbers shown.
    """

    name: str
    title: str
    description: str
    spec: Spec


@dataclass(frozen=True)
class KeyEntry:
    """An entry of a key: a symbol as Vega's `point` draws it, and what it stands for.

    shape: a Vega symbol such as `circle`, `square`, `stroke` (a line) or a path; hollow: only its outline.
    """

    label: str
    colour: str
    shape: str = "circle"
    hollow: bool = False


def picture(
    name: str, title: str, subtitle: Iterable[str], views: Sequence[Spec], numbers: Iterable[str], *,
    width: int = WIDTH, spacing: int = 12,
) -> Picture:  # fmt: skip
    """A picture of views one below the other.

    subtitle: lines below the title, wrapped where they are too long; numbers: the sentences of the alternative text
    that tell the numbers shown; width: of the whole picture in px.
    """
    space = width - 2 * PADDING
    lines = [line for text in subtitle for line in wrapped(text, space)]
    spec: Spec = {
        "$schema": SCHEMA,
        "description": " ".join([f"{title}.", *(f"{line}." for line in subtitle), *numbers]),
        "title": {"text": wrapped(title, space, TITLE_SIZE) or [title], "subtitle": lines},
        "vconcat": list(views),
        "spacing": spacing,
        "bounds": "full",
        "config": config(),
    }
    return Picture(name, title, spec["description"], spec)


def read_out(sentences: Sequence[str], numbers: int) -> list[str]:
    """As many of the sentences as an alternative text may have, of `numbers` numbers each, and how many it lacks."""
    kept = max(1, MAX_NUMBERS // numbers)
    left = (len(sentences) - kept) * numbers
    return [*sentences[:kept], f"{left:,} more numbers are not read out."] if left > 0 else list(sentences)


def mark(kind: str, encoding: Spec, **properties: Any) -> Spec:
    """One layer: a mark of a kind such as `rule`, its properties and what its channels show."""
    return {"mark": {"type": kind, **properties}, "encoding": encoding}


def text_column(field: str, x: float, **properties: Any) -> Spec:
    """A layer that writes a field of each row at one place, `x` px from the left of the view."""
    encoding = {"x": {"value": x}, "text": {"field": field}}
    return mark("text", encoding, **{"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE, **properties})


def column_heading(text: str, x: float, align: str = "right") -> Spec:
    """A layer that writes what a column is, above the view."""
    encoding = {"x": {"value": x}, "y": {"value": -9}, "text": {"value": text}}
    return {"data": {"values": [{}]},
            **mark("text", encoding, align=align, baseline="middle", fontSize=LABEL_SIZE, color=MUTED)}  # fmt: skip


def zero_line() -> Spec:
    """A layer with one line at zero: of the rows of a view each would draw its own."""
    return {"data": {"values": [{}]}, **mark("rule", {"x": {"datum": 0}, "y": None}, color=RULE)}


def within(left: float, right: float, domain: Sequence[float], *, nice: bool = True) -> Spec:
    """A horizontal scale from `left` to `right` px of a view, so that texts beside it belong to the view's width."""
    return {"domain": list(domain), "range": [left, max(right, left + 1)], "nice": nice}


def bare_axis(scale: Spec, numbers: str = ".0%", **properties: Any) -> Spec:
    """An axis of gridlines and numbers alone, as many as have room on a scale of `within`."""
    left, right = scale["range"]
    count = min(6, max(2, int((right - left) / 55)))
    return {"format": numbers, "tickCount": count, "domain": False, "ticks": False, "labelFlush": False,
            "labelOverlap": True, **properties}  # fmt: skip


def key(entries: Sequence[KeyEntry], width: float, indent: float = 0.0) -> Spec:
    """A view that explains the symbols, in as many rows as its entries need.

    width: of the picture without its padding; indent: how far left of the plots below it begins, where their labels
    are, both in px.
    """
    rows: list[dict[str, Any]] = []
    x, y = 0.0, 0
    for entry in entries:
        size = KEY_SYMBOL + 6 + text_width(entry.label)
        if x and x + size > width:
            x, y = 0.0, y + 1
        rows.append({"x": x + KEY_SYMBOL / 2 - indent, "y": y, "label": entry.label, "key": len(rows)})
        x += size + KEY_GAP
    place = {
        "x": {
            "field": "x",
            "type": "quantitative",
            "axis": None,
            "scale": {"domain": [0, 1], "range": [0, 1], "nice": False},
        },
        "y": {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [y + 0.5, -0.5], "nice": False}},
    }
    symbols = [
        {
            "transform": [{"filter": f"datum.key == {number}"}],
            "mark": {
                "type": "point", "shape": entry.shape, "size": 90, "opacity": 1, "filled": not entry.hollow,
                **({} if entry.hollow else {"color": entry.colour}), "stroke": entry.colour, "strokeWidth": 2,
            },
            "encoding": place,
        }
        for number, entry in enumerate(entries)
    ]  # fmt: skip
    text = {
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": KEY_SYMBOL / 2 + 6, "color": INK,
                 "fontSize": TEXT_SIZE, "aria": False},
        "encoding": {**place, "text": {"field": "label"}},
    }  # fmt: skip
    return {
        "width": 1,
        "height": KEY_ROW * (y + 1),
        "data": {"values": rows},
        "layer": [*symbols, text],
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
    }
