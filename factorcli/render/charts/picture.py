"""What every picture consists of: a specification with title, subtitle and alternative text, and its key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from factorcli.render.charts.layout import text_width, wrapped
from factorcli.render.charts.theme import INK, PADDING, TEXT_SIZE, TITLE_SIZE, WIDTH, config

Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_PLACE: Spec = {"type": "quantitative", "axis": None}
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


def mark(kind: str, encoding: Spec, **properties: Any) -> Spec:
    """One layer: a mark of a kind such as `rule`, its properties and what its channels show."""
    return {"mark": {"type": kind, **properties}, "encoding": encoding}


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
