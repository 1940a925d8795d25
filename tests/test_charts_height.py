"""The height that a picture will have, by hand; `tests/test_serve_pictures.py` compares it with what is drawn."""

from typing import Any

import pytest

from factorcli.render.charts.height import height

PLAIN = {"height": 100}
LABELLED = {"height": 100, "layer": [{"encoding": {"x": {"field": "beta", "axis": {"title": None}}}}]}
TITLED = {"height": 100, "encoding": {"x": {"field": "beta"}}}
BARE = {"height": 100, "encoding": {"x": {"field": "beta", "axis": None}}}
HEADED = {"height": 100, "layer": [{"encoding": {"x": {"value": 3}, "y": {"value": -9}}}]}
CAPTION = {"title": {"text": "MKT"}, "height": 100}
EMPTY = 2 * 16 + 18 + 17 + 17  # padding, a line of a title, one of a subtitle, and the room below them


def spec(*views: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A specification with a title of one line and a subtitle of one."""
    return {"$schema": "", "title": {"text": ["a"], "subtitle": ["b"]}, "vconcat": list(views), "spacing": 12, **more}


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        ([PLAIN], 100),
        ([BARE], 100),
        ([LABELLED], 118),
        ([TITLED], 133),
        ([HEADED], 115),
        ([CAPTION], 120),
        ([PLAIN, PLAIN, PLAIN], 300 + 2 * 12),
        ([{"hconcat": [PLAIN, TITLED]}], 133),
        ([{"vconcat": [PLAIN, TITLED], "spacing": 6}], 100 + 6 + 133),
        ([{"vconcat": [PLAIN, PLAIN], "title": {"text": "TCS.NS"}}], 20 + 200 + 12),
    ],
)
def test_a_height_is_the_sum_of_its_parts(views: list[dict[str, Any]], expected: int) -> None:
    """Plots, axes with and without a title, headings of columns, spaces between views."""
    assert height(spec(*views)) == EMPTY + expected


def test_every_line_of_the_heading_counts() -> None:
    """Of the title and of the subtitle; and a part of a px is a whole one."""
    long = {"text": ["a", "b"], "subtitle": ["c", "d", "e"]}
    assert height(spec(PLAIN, title=long)) == EMPTY + 100 + 18 + 2 * 17
    assert height(spec({"height": 99.2})) == EMPTY + 100
