"""How high a picture will be, so that a page can keep its place before it is drawn."""

from collections.abc import Iterator
from math import ceil

from factorcli.render.charts.picture import Spec
from factorcli.render.charts.theme import PADDING, TITLE_SIZE

TITLE_LINE, SUBTITLE_LINE, ROOM = TITLE_SIZE + 2, 17, 17  # px of lines, and below them
VIEW_TITLE = 20  # px above a view
COLUMN_HEADING = 15  # px above a view
LABELS, AXIS_TITLE = 18, 15  # px below a view


def height(spec: Spec) -> int:
    """The height of a specification of `picture` in px, up to 20 px more than Vega makes of it."""
    title = spec["title"]
    heading = TITLE_LINE * len(title["text"]) + SUBTITLE_LINE * len(title["subtitle"]) + ROOM
    return ceil(2 * PADDING + heading + _of(spec, top=True))


def _of(view: Spec, *, top: bool = False) -> float:
    """The height of a view with what stands above and below its plot."""
    above = VIEW_TITLE if "title" in view and not top else 0.0
    if "vconcat" in view:
        parts = [_of(part) for part in view["vconcat"]]
        return above + sum(parts) + float(view.get("spacing", 12)) * (len(parts) - 1)
    if "hconcat" in view:
        return above + max(map(_of, view["hconcat"]))
    return max(above, _headings(view)) + float(view["height"]) + _axis(view)


def _headings(view: Spec) -> float:
    """How far the headings of columns stand above a view."""
    places = [(layer.get("encoding", {}).get("y") or {}).get("value", 0) for layer in view.get("layer", ())]
    return COLUMN_HEADING if any(place < 0 for place in places) else 0.0


def _axis(view: Spec) -> float:
    """The height of the axis below a view, 0 where it has none."""
    shown = [x for x in _channels(view) if "field" in x and x.get("axis", {}) is not None]
    if not shown:
        return 0.0
    titled = any((x.get("axis") or {}).get("title", x.get("title", x["field"])) for x in shown)
    return LABELS + (AXIS_TITLE if titled else 0)


def _channels(view: Spec) -> Iterator[Spec]:
    """What the layers of a view show across."""
    for layer in [view, *view.get("layer", ())]:
        x = layer.get("encoding", {}).get("x")
        if x:
            yield x
