"""What people see of returns against parts of the risk: points, their size and colour, and which have a label."""

import json
from dataclasses import replace
from itertools import combinations
from math import dist, pi, sqrt
from typing import Any

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.holdings import holdings
from factorcli.render.charts.holdings_scatter import KINDS, scatter, without_return
from factorcli.render.charts.label_places import Box, Point, label_places
from factorcli.render.charts.layout import text_width
from factorcli.render.charts.theme import BLUE, LABEL_SIZE, ORANGE
from factorcli.results.portfolio import HoldingShare
from tests.read.records_betas import PORTFOLIO, beta_result

pytestmark = pytest.mark.read

NAN = float("nan")
SPACE = 728.0


def view(held: tuple[HoldingShare, ...] = PORTFOLIO.holdings, space: float = SPACE) -> dict[str, Any]:
    """The view with the points."""
    found: dict[str, Any] = scatter(held, space)[1]
    return found


def rows(held: tuple[HoldingShare, ...] = PORTFOLIO.holdings, space: float = SPACE) -> dict[str, dict[str, Any]]:
    """Its rows by ticker."""
    return {row["name"]: row for row in view(held, space)["data"]["values"]}


def many(count: int) -> tuple[HoldingShare, ...]:
    """Holdings in a cloud, every third short."""
    return tuple(
        HoldingShare(f"STOCK{i}.NS", None, None, (-1 if i % 3 == 0 else 1) * (0.001 + 0.0007 * i), 1.0, {}, {},
                     0.001 * i * (i % 7 - 2), 0.06 * (i * 13 % 17) - 0.4)
        for i in range(1, count + 1)
    )  # fmt: skip


def place(scale: dict[str, Any], value: float) -> float:
    """Where a linear scale puts a value, in px."""
    (low, high), (start, end) = scale["domain"], scale["range"]
    return float(start + (value - low) / (high - low) * (end - start))


def test_each_holding_is_at_its_risk_and_its_return() -> None:
    """Unrounded; the horizontal axis is the part of the variance, the vertical one the return, both in per cent."""
    held = [{**row} for row in rows().values()]
    assert [(r["name"], r["title"], r["weight"], r["risk_contribution"], r["return"]) for r in held] == [
        ("AAA.NS", "Alpha Works Ltd.", 0.721, 0.864, 0.238), ("BBB.NS", "", 0.279, 0.131, -0.157),
    ]  # fmt: skip
    points = view()["layer"][0]["encoding"]
    assert (points["x"]["field"], points["x"]["title"]) == ("risk_contribution", "part of the variance")
    assert points["y"]["field"] == "return"
    assert view()["layer"][-1]["encoding"]["text"]["value"] == "return over the window"
    assert [points[axis]["axis"]["format"] for axis in "xy"] == ["~%", "~%"]
    assert [field["field"] for field in points["tooltip"]] == ["name", "title", "weight", "risk_contribution", "return"]


def test_a_point_is_as_large_as_its_weight_and_has_the_colour_of_its_sign() -> None:
    """The area is in proportion to the weight without its sign; a short is orange; the key names those there are."""
    first, second = PORTFOLIO.holdings
    held = (replace(first, weight=-0.2), replace(second, weight=0.8))
    found = rows(held)
    assert found["BBB.NS"]["area"] == pytest.approx(4 * found["AAA.NS"]["area"])
    assert (KINDS[found["AAA.NS"]["kind"]], KINDS[found["BBB.NS"]["kind"]]) == (ORANGE, BLUE)
    assert list(found) == ["BBB.NS", "AAA.NS"], "the larger one is drawn first"
    for shown, labels in ((held, ["held, area: weight", "short, area: weight"]), (held[1:], ["held, area: weight"])):
        assert [entry["label"] for entry in scatter(shown, SPACE)[0]["data"]["values"]] == labels


def test_the_zero_lines_and_all_points_are_within_the_axes() -> None:
    """Also where all numbers have one sign, or are zero."""
    first, second = PORTFOLIO.holdings
    flat = replace(first, risk_contribution=0.0, window_return=0.0)
    below = (replace(first, window_return=-0.3), replace(second, window_return=-0.1))
    for held in (below, (flat,), many(40)):
        points = view(held)["layer"][0]["encoding"]
        for axis, name in (("x", "risk_contribution"), ("y", "return")):
            low, high = points[axis]["scale"]["domain"]
            assert low < 0 < high
            assert all(low < row[name] < high for row in rows(held).values())


@pytest.mark.parametrize("space", [288.0, 728.0, 1168.0])
@pytest.mark.parametrize("count", [2, 40, 90])
def test_labels_are_beside_their_points_and_over_nothing_else(count: int, space: float) -> None:
    """Of the ten largest contributions; within the view, over no point and no other label."""
    held = many(count)
    shown = view(held, space)
    x, y = (shown["layer"][0]["encoding"][axis]["scale"] for axis in "xy")
    circles = {
        name: (place(x, r["risk_contribution"]), place(y, r["return"]), sqrt(r["area"] / pi))
        for name, r in rows(held, space).items()
    }
    boxes = {}
    for name, row in rows(held, space).items():
        if row["label_x"] is not None:
            width = text_width(name, LABEL_SIZE)
            left = row["label_x"] - {"left": 0.0, "center": 0.5, "right": 1.0}[row["align"]] * width
            boxes[name] = Box(left, row["label_y"] - 5, left + width, row["label_y"] + 5)
            at_x, at_y, radius = circles[name]
            nearest = (min(max(at_x, left), left + width), min(max(at_y, row["label_y"] - 5), row["label_y"] + 5))
            assert radius < dist(nearest, (at_x, at_y)) <= radius + 8
            assert left >= 0
            assert left + width <= space
    largest = sorted(held, key=lambda holding: -abs(holding.risk_contribution))[:10]
    assert boxes.keys() <= {holding.ticker for holding in largest}
    assert boxes
    assert count > 2 or len(boxes) == 2
    assert not any(one.overlaps(other) for one, other in combinations(boxes.values(), 2))
    for name, (at_x, at_y, radius) in circles.items():
        square = Box(at_x - radius, at_y - radius, at_x + radius, at_y + radius)
        assert not any(box.overlaps(square) for label, box in boxes.items() if label != name)


def test_a_label_takes_the_first_place_that_is_free() -> None:
    """Right of its point, else left, above or below; none where all are taken or outside."""
    area = Box(0, 0, 200, 100)
    point = Point(100, 50, 5)
    assert [p and (p.x, p.align) for p in label_places([point], ["AB"], area)] == [(108, "left")]
    beside = Point(115, 50, 4)
    assert [p and (p.x, p.align) for p in label_places([point, beside], ["AB"], area)] == [(92, "right")]
    both = [point, beside, Point(85, 50, 4)]
    (above,) = label_places(both, ["AB"], area)
    assert above is not None
    assert (above.x, above.align) == (100, "center")
    assert above.y < 45
    assert label_places([point], ["A" * 60], area) == [None]
    first, second = label_places([point, Point(100, 50, 5)], ["AB", "CD"], area)
    assert first is not None
    assert second is None or not first.box.overlaps(second.box)


def test_holdings_without_a_return_are_named_and_not_drawn() -> None:
    """Below the title; without any return there are no points, and many are counted."""
    first, second = PORTFOLIO.holdings
    held = (replace(first, window_return=NAN), second)
    assert list(rows(held)) == ["BBB.NS"]
    why = "No return over the window, as an end of it has no price or a return was corrected: "
    assert without_return(held) == [f"{why}AAA.NS"]
    assert without_return(PORTFOLIO.holdings) == []
    none = tuple(replace(second, ticker=f"T{i}.NS", window_return=NAN) for i in range(12))
    assert scatter(none, SPACE) == []
    assert without_return(none) == [f"{why}{', '.join(f'T{i}.NS' for i in range(10))} and 2 more"]
    assert scatter((replace(first, risk_contribution=NAN),), SPACE) == []
    result = beta_result("PORTFOLIO", portfolio=replace(PORTFOLIO, holdings=held))
    picture = holdings([result], Extras())
    assert f"{why}AAA.NS" in " ".join(picture.spec["title"]["subtitle"])
    assert "AAA.NS: weight 72.1%, part of the risk 86.4%, market beta +1.12." in picture.description
    json.dumps(picture.spec, allow_nan=False)


def test_the_picture_of_a_portfolio_has_the_points_below_the_bars() -> None:
    """All holdings are points, also those that share a row of the bars."""
    result = beta_result("PORTFOLIO", portfolio=replace(PORTFOLIO, holdings=many(90)))
    _, bars, _, points = holdings([result], Extras()).spec["vconcat"]
    assert len(bars["hconcat"][0]["data"]["values"]) == 40
    assert len(points["data"]["values"]) == 90
    assert points["width"] == SPACE
