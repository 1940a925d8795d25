"""Pictures of many exposures, mark by mark: sizes, places and scales of panels and of columns."""

from dataclasses import replace
from typing import Any

import pytest

from factorcli.render.charts.catalogue import draw
from factorcli.render.charts.exposure_comparison import columns, panels
from factorcli.render.charts.exposure_rows import AXIS, marks, value_texts
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.layout import text_width
from factorcli.render.charts.picture import Picture
from factorcli.render.charts.theme import INK
from factorcli.results.compare import CompareResult
from tests.read.panels import rows as rows_of
from tests.read.records_betas import FACTORS
from tests.read.records_drift import compare_result
from tests.read.test_read_chart_drift import differences
from tests.read.test_read_chart_exposures import CODES, drawn, results, views

pytestmark = pytest.mark.read

SPACE = 760 - 2 * 16  # px of a picture without its padding
BROADEST = "−0.021 (−0.047 to +0.005)"
NOBODY_SEES = {"type": "rule", "opacity": 0, "aria": False}


def y_of(tickers: list[str], size: float, labels: float | None) -> dict[str, Any]:
    """The axis of tickers; None is one without labels."""
    room = pytest.approx((labels or 0) + 8)
    axis = {
        "title": None, "labelFontSize": size, "labelColor": INK, "ticks": False, "domain": False, "labelPadding": 8,
        "labelLimit": room, "minExtent": room, "maxExtent": room,
    }  # fmt: skip
    return {"field": "ticker", "type": "nominal", "sort": tickers, "axis": None if labels is None else axis}


def test_a_panel_is_as_it_was_looked_at() -> None:
    """Two beside each other fill the picture: labels, a plot, its numbers, a gap, a plot and its numbers."""
    shown = results(4)
    picture = drawn(shown, names={"SZ": "Nifty Midcap 150"})
    found = list(views(picture.spec))
    labels, numbers = text_width("T0.NS", 12), text_width(BROADEST, 11) + 4
    plot = (SPACE - labels - 8 + 12) / 2 - 12 - 10 - numbers
    assert labels + 8 + 2 * (plot + 10 + numbers) + 12 == pytest.approx(SPACE)
    x = {
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "title": "beta",
        "axis": {"grid": True, "tickCount": 3, **AXIS},
    }
    for place, panel in enumerate(found):
        data = panel["data"]["values"]
        assert panel["width"] == pytest.approx(plot)
        *shapes, edge = panel["layer"]
        assert shapes == [*marks(data, x, height=14, size=60, stroke=2), value_texts(panel["width"])]
        assert edge == {
            "data": {"values": [{}]},
            "mark": NOBODY_SEES,
            "encoding": {
                "x": {"value": pytest.approx(plot + 10 + numbers)}, "y": {"value": 0}, "y2": {"value": 1},
            },
        }  # fmt: skip
        assert panel["height"] == 96
        assert panel["encoding"] == {"y": y_of([r.ticker for r in shown], 12, None if place % 2 else labels)}
    assert found[5]["title"] == {
        "text": "Nifty Midcap 150 (SZ)", "fontSize": 12, "anchor": "start", "frame": "group", "offset": 6,
    }  # fmt: skip
    key, *lines = picture.spec["vconcat"]
    assert [len(line["hconcat"]) for line in lines] == [2, 2, 2, 1]
    for line in lines:
        assert {name: value for name, value in line.items() if name != "hconcat"} == {
            "spacing": pytest.approx(12 + 10 + numbers),
            "bounds": "flush",
        }
    assert rows_of(key)[0]["x"] == pytest.approx(6 - labels - 8)


def test_a_wide_panel_has_more_numbers_on_its_axis() -> None:
    """One for 60 px, and at least three."""
    for width, expected in ((760, 3), (1200, 6)):
        panel = next(views(drawn(results(4), width=width).spec))
        axis = panel["layer"][-3]["encoding"]["x"]["axis"]
        assert (panel["width"] // 60, axis["tickCount"]) == (expected, expected)
    narrow = next(views(drawn(results(4), width=480).spec))
    assert narrow["layer"][-3]["encoding"]["x"]["axis"]["tickCount"] == max(3, narrow["width"] // 60)


def test_panels_are_beside_each_other_where_both_have_110_px() -> None:
    """And 16 px for the first number of an axis where one result needs no labels."""
    row = {"ticker": "A", "factor": "VAL", "code": "VAL", "beta": 1.0, "ci_low": None, "ci_high": None,
           "significant": True, "text": "+1.00"}  # fmt: skip
    rows = [row, {**row, "code": "SZ", "factor": "SZ"}, {**row, "code": "MOM", "factor": "MOM"}]
    numbers = text_width("+1.00", 11) + 4
    needed = 16 - 12 + 2 * (110 + 10 + numbers + 12)
    for space, across in ((needed, 2), (needed - 1, 1), (3 * needed, 2)):
        _, *lines = panels(rows, space)
        assert len(lines[0]["hconcat"]) == across
        plot = (space - 16 + 12) / across - 12 - 10 - numbers
        first = lines[0]["hconcat"][0]
        assert first["width"] == pytest.approx(plot)
        assert first["layer"][-3]["encoding"]["x"]["axis"]["tickCount"] == max(3, plot // 60)
        assert {view["encoding"]["y"]["axis"] is None for line in lines for view in line["hconcat"]} == {True}
    assert [len(line["hconcat"]) for line in panels(rows[:1], needed)[1:]] == [1]
    (_, line) = panels([{**row, "factor": "A Very Long Name Of An Index That Has No Room (VAL)"}], 200)
    assert line["hconcat"][0]["title"]["text"].endswith("…")
    assert rows_of(panels(rows, needed)[0])[0]["x"] == pytest.approx(6 - 16)
    assert panels(rows, 40)[1]["hconcat"][0]["encoding"]["y"]["sort"] == ["A"]


def test_labels_are_at_most_150_px_wide() -> None:
    """A longer ticker is cut there."""
    pairs = [compare_result(f"A-VERY-VERY-VERY-LONG-TICKER-{i}.NS") for i in range(3)]
    (first, *_) = views(differences(*pairs).spec)
    assert first["encoding"]["y"]["axis"]["labelLimit"] == 158


def test_a_column_is_as_it_was_looked_at() -> None:
    """Seven of them fill the picture, the tickers left of the first one, below headings of the same height."""
    shown = results(120)
    picture = drawn(shown)
    labels = text_width("T100.NS", 11)
    plot = (SPACE - labels - 8 + 12) / 7 - 12
    assert labels + 8 + 7 * plot + 6 * 12 == pytest.approx(SPACE)
    key, *bands = picture.spec["vconcat"]
    assert rows_of(key)[0]["x"] == pytest.approx(6 - labels - 8)
    for start, band in zip((0, 40, 80), bands, strict=True):
        assert {name: value for name, value in band.items() if name != "hconcat"} == {"spacing": 12, "bounds": "flush"}
        for code, column in zip(CODES, band["hconcat"], strict=True):
            data = rows_of(column)
            tickers = [r.ticker for r in shown[start : start + 40]]
            assert [(row["ticker"], row["code"]) for row in data] == [(ticker, code) for ticker in tickers]
            x = column["layer"][-1]["encoding"]["x"]
            assert {name: value for name, value in x.items() if name not in ("scale", "field")} == {
                "type": "quantitative",
                "title": None,
                "axis": {"grid": True, "tickCount": 3, "orient": "top", "labelOverlap": True, "labelFlush": True},
            }
            assert x["scale"]["nice"] is True
            bare = {name: value for name, value in x.items() if name != "field"}
            assert column["layer"] == marks(data, bare, height=15, size=26, stroke=1.5, tick=7.5)
            assert (column["width"], column["height"]) == (pytest.approx(plot), 600)
            assert column["encoding"] == {"y": y_of(tickers, 11, labels if code == "market" else None)}
    first, second, third, *_ = bands[0]["hconcat"]
    assert first["title"] == {
        "text": ["market β, one", "factor"], "fontSize": 11, "anchor": "start", "frame": "group", "offset": 4,
    }  # fmt: skip
    assert [one["title"]["text"] for one in (second, third)] == [["down β, one", "factor"], ["", "MKT"]]


def test_a_heading_has_the_width_of_its_column() -> None:
    """In its own size of 11 px: a name that just fits is whole, a letter more is cut."""
    plot = (SPACE - text_width("T0.NS", 11) - 8 + 12) / 7 - 12
    fits = "F" * int(plot / text_width("F", 11))
    assert text_width(fits, 12) > plot
    for code, title in ((fits, fits), (f"{fits}F", f"{fits[:-1]}…")):
        betas = {code: FACTORS["MKT"], **{f"X{i}": FACTORS["MKT"] for i in range(4)}}
        picture = drawn([replace(r, betas=betas) for r in results(9)])
        assert [view["title"]["text"][-1] for view in views(picture.spec)][2] == title


def test_columns_have_at_most_fifty_rows_below_a_heading() -> None:
    """And about as many below each."""
    for number, heights in ((50, [50]), (51, [26, 25]), (101, [34, 34, 33])):
        bands = drawn(results(number)).spec["vconcat"][1:]
        assert [len(rows_of(band["hconcat"][0])) for band in bands] == heights


def test_columns_are_in_as_few_bands_as_leave_them_66_px() -> None:
    """Thirteen of 66 px with 12 px between them beside the labels; of narrower ones there are two bands."""
    row = {"ticker": "A", "beta": 1.0, "ci_low": None, "ci_high": None, "significant": True, "text": "+1.00"}
    rows = [{**row, "code": f"F{i}", "factor": f"F{i}"} for i in range(13)]
    needed = text_width("A", 11) + 8 + 13 * 66 + 12 * 12
    assert [len(line["hconcat"]) for line in columns(rows, needed)[1:]] == [13]
    assert [len(line["hconcat"]) for line in columns(rows, needed - 1)[1:]] == [7, 6]
    assert len(columns(rows, 40)[1:]) == 13


def test_the_scale_of_a_column_holds_zero_and_all_that_is_known() -> None:
    """Of betas without an interval these themselves."""
    unknown = float("nan")
    for beta, domain in ((0.7, [0.0, 0.7]), (-0.4, [-0.4, 0.0])):
        bare = replace(FACTORS["SZ"], beta=beta, ci_low=unknown, ci_high=unknown)
        shown = [replace(r, betas={"SZ": bare}) for r in results(9)]
        column = next(view for view in views(drawn(shown).spec) if rows_of(view)[0]["code"] == "SZ")
        assert column["layer"][-1]["encoding"]["x"]["scale"]["domain"] == domain
    for code, side in (("MKT", [0.0, 8.97]), ("VAL", [-0.57, 7.91])):
        column = next(view for view in views(drawn(results(9)).spec) if rows_of(view)[0]["code"] == code)
        assert column["layer"][-1]["encoding"]["x"]["scale"]["domain"] == side


def test_differences_fill_the_picture_that_was_asked_for() -> None:
    """Without its padding: of one pair as tracks, of two as panels beside each other."""
    for width in (760, 900):
        _, below = differences_of(width, compare_result()).spec["vconcat"]
        beside = text_width("Nifty Midcap 150 (SZ)", 12) + text_width("+0.016 (−0.026 to +0.058)", 11) + 20
        assert [view["width"] for view in below["vconcat"]] == [pytest.approx(width - 32 - beside)] * 2
        two = differences_of(width, *[compare_result(f"B{i}.NS") for i in range(2)]).spec["vconcat"][1]
        edges = [view["layer"][-1]["encoding"]["x"]["value"] for view in two["hconcat"]]
        assert sum(edges) + 12 + text_width("B0.NS", 12) + 8 == pytest.approx(width - 32)


def test_the_title_of_differences_is_wrapped_in_the_width_that_was_asked_for() -> None:
    """A line in a wide picture, two in a narrow one."""
    pairs = [compare_result(f"B{i}.NS") for i in range(3)]
    assert [len(differences_of(width, *pairs).spec["title"]["text"]) for width in (760, 400)] == [1, 2]


def test_differences_are_told_in_words() -> None:
    """A sentence a difference, and nothing else after the lines below the title."""
    told = differences_of(760, compare_result()).description
    assert told.endswith(
        "AAA.NS less BBB.NS, market β, one factor: −0.23 (−0.43 to −0.03). "
        "AAA.NS less BBB.NS, MKT: +0.17 (−0.18 to +0.53). AAA.NS less BBB.NS, VAL: −0.36 (−0.62 to −0.11). "
        "AAA.NS less BBB.NS, Nifty Midcap 150 (SZ): +0.47 (+0.04 to +0.91). "
        "AAA.NS less BBB.NS, VOL: +0.016 (−0.026 to +0.058)."
    )


def differences_of(width: int, *pairs: CompareResult) -> Picture:
    """The picture of differences in a width."""
    return draw(pairs, "exposures", Extras(width=width, names={"SZ": "Nifty Midcap 150"}))
