"""How high a picture will be, so that a page can keep its place before it is drawn."""

from math import ceil

from factorcli.render.charts.picture import Spec
from factorcli.render.charts.theme import PADDING

TITLE_LINE, SUBTITLE_LINE = 18, 17  # px of a line
HEADING = 19  # px between title, subtitle and the first view
VIEW_TITLE = 18  # px above a view that has a title
AXIS, AXIS_TITLE = 18, 15  # px below a view


def height(spec: Spec) -> int:
    """The height of a specification of `picture` in px, within some px of what Vega makes of it."""
    title = spec["title"]
    lines = TITLE_LINE * len(title["text"]) + SUBTITLE_LINE * len(title["subtitle"])
    return ceil(2 * PADDING + lines + HEADING + _of(spec))


def _of(view: Spec) -> float:
    """The height of a view with what stands above and below its plot."""
    above = VIEW_TITLE if "title" in view and "$schema" not in view else 0.0
    if "vconcat" in view:
        parts = [_of(part) for part in view["vconcat"]]
        return above + sum(parts) + float(view.get("spacing", 12)) * (len(parts) - 1)
    if "hconcat" in view:
        return above + max(map(_of, view["hconcat"]))
    return above + float(view["height"])
