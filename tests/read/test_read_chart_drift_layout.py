"""The picture of drift, mark by mark: sizes, places and scales, and what is drawn where there is no room."""

from dataclasses import replace

import pytest

from factorcli.render.charts.exposure_rows import AXIS
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.layout import text_width
from factorcli.render.charts.picture import zero_line
from factorcli.render.charts.theme import BAND, BLUE, INK, MUTED, PALE_BLUE, PAPER
from tests.read.panels import rows, texts
from tests.read.records_drift import CHANGES, MARKET, drift_result, unsure
from tests.read.test_read_chart_drift import by, drawn, key_view, track_rows, tracks

pytestmark = pytest.mark.read

LONGEST = "Nifty Midcap 150 (SZ)"
NAN = float("nan")
WIDE = 760 - 2 * 16  # px of a picture without its padding


def plot_width(space: float, text: str) -> float:
    """What labels of size 12 and numbers of size 11 leave."""
    return space - text_width(LONGEST, 12) - 20 - text_width(text, 11)


def test_every_mark_of_a_track_is_as_it_was_looked_at() -> None:
    """An interval behind a line from before to after, before hollow, after filled, the numbers beside."""
    large, small = tracks(drawn(drift_result()))
    width = pytest.approx(plot_width(WIDE, "−0.021 → −0.034, change −0.051 to +0.025"))
    labels = pytest.approx(text_width(LONGEST, 12) + 8)
    line = by(BLUE, MUTED)
    x = {
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "title": "beta, own scale",
        "axis": {"grid": True, "tickCount": 5, **AXIS},
    }
    assert small["layer"] == [
        {
            "mark": {"type": "bar", "height": 14, "aria": False},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": by(PALE_BLUE, BAND)},
        },
        zero_line(),
        {
            "mark": {"type": "rule", "strokeWidth": 2, "aria": False},
            "encoding": {"x": {**x, "field": "before"}, "x2": {"field": "after"}, "color": line},
        },
        {
            "mark": {"type": "point", "fill": PAPER, "size": 70, "opacity": 1, "strokeWidth": 2, "aria": False},
            "encoding": {"x": {**x, "field": "before"}, "stroke": line},
        },
        {
            "mark": {"type": "point", "size": 90, "opacity": 1, "strokeWidth": 2},
            "encoding": {"x": {**x, "field": "after"}, "stroke": line, "fill": line},
        },
        {
            "mark": {"type": "text", "align": "left", "baseline": "middle", "fontSize": 11},
            "encoding": {
                "x": {"value": pytest.approx(width.expected + 10)},
                "text": {"field": "text"},
                "color": by(INK, MUTED),
            },
        },
    ]
    assert small["encoding"]["y"] == {
        "field": "label",
        "type": "nominal",
        "sort": ["VOL"],
        "axis": {
            "title": None, "labelFontSize": 12, "labelColor": INK, "ticks": False, "domain": False, "labelPadding": 8,
            "minExtent": labels, "maxExtent": labels,
        },
    }  # fmt: skip
    assert (large["width"], large["height"], small["width"], small["height"]) == (width, 120, width, 30)


def test_a_row_is_one_change_and_says_whose() -> None:
    """All of a row, so that no number of it can be another one."""
    (row,) = rows(tracks(drawn(drift_result()))[1])
    assert row == {
        "ticker": "AAA.NS", "code": "VOL", "label": "VOL", "before": -0.021, "after": -0.034,
        "low": pytest.approx(-0.072), "high": pytest.approx(0.004), "p_value": 0.498, "significant": False,
        "text": "−0.021 → −0.034, change −0.051 to +0.025",
    }  # fmt: skip


def test_the_decimals_are_those_of_both_betas() -> None:
    """Three only where before and after are small, however small the change is."""
    small = CHANGES["VOL"]
    for changed, text in (
        (replace(small, before=-0.521), "−0.52 → −0.03"),
        (replace(small, after=0.434), "−0.02 → +0.43"),
        (replace(small, estimate=0.77), "−0.021 → −0.034"),
    ):
        found = track_rows(drawn(drift_result(changes={"VOL": changed})))
        assert [row["text"].split(",")[0] for row in found if row["code"] == "VOL"] == [text]


def test_the_key_begins_where_the_labels_do_and_the_scales_are_close() -> None:
    """Below it the tracks, 6 px apart; one group of them where all betas are about as large."""
    picture = drawn(drift_result())
    assert rows(key_view(picture))[0]["x"] == pytest.approx(6 - text_width(LONGEST, 12) - 8)
    symbols = [layer["mark"]["stroke"] for layer in key_view(picture)["layer"][:-1]]
    assert symbols == [BLUE, BLUE, PALE_BLUE, BAND]
    below = picture.spec["vconcat"][1]
    assert (len(below["vconcat"]), below["spacing"]) == (2, 6)
    alike = drawn(drift_result(changes={code: CHANGES[code] for code in ("MKT", "VAL", "SZ")}))
    assert len(alike.spec["vconcat"][1]["vconcat"]) == 1


def test_a_scale_is_shared_up_to_six_times() -> None:
    """Of 1.59, the far end of the market's interval with its before; a sixth of it is not far smaller, less is."""
    wide = replace(MARKET, before=1.2, after=1.2, ci_low=-0.1, ci_high=0.0)
    flat = replace(CHANGES["MKT"], before=0.1, ci_low=0.0, ci_high=0.0)
    for after, groups in ((0.2, 1), (0.1999, 2)):
        result = drift_result(market=wide, changes={"MKT": replace(flat, after=after)})
        assert len(tracks(drawn(result))) == groups


def test_numbers_beside_the_tracks_leave_a_plot_of_110_px() -> None:
    """In a narrower picture they are left out, and the plot has their room; it is never narrower than 110 px."""
    text = "−0.021 → −0.034, change −0.051 to +0.025"
    fits = int(110 - plot_width(0, text)) + 1 + 2 * 16
    for width, beside in ((fits, True), (fits - 1, False)):
        large, _ = tracks(drawn(drift_result(), extras=Extras(width=width, names={"SZ": "Nifty Midcap 150"})))
        assert bool(texts(large)) == beside
        space = width - 2 * 16
        assert large["width"] == pytest.approx(plot_width(space, text if beside else ""))
        assert large["layer"][0]["encoding"]["x"]["axis"]["tickCount"] == (3 if beside else 4)
    narrow = drawn(drift_result(), extras=Extras(width=320, names={"SZ": "An Index of a Very Long Name"}))
    assert {view["width"] for view in tracks(narrow)} == {110}


def test_what_is_sure_comes_before_what_is_not_and_what_has_no_test_last() -> None:
    """A p-value of exactly 0 is the surest there is."""
    changes = {**CHANGES, "VAL": replace(CHANGES["VAL"], p_value=0.0), "MKT": replace(CHANGES["MKT"], p_value=NAN)}
    order = [row["code"] for row in track_rows(drawn(drift_result(changes=changes)))]
    assert order == ["VAL", "SZ", "market", "MKT", "VOL"]


def test_titles_name_up_to_three_and_count_more() -> None:
    """Stocks only where all of them are."""
    four = [drift_result(f"T{i}.NS") for i in range(4)]
    assert drawn(*four[:3]).title == "What changed in the exposures of T0.NS, T1.NS and T2.NS"
    assert drawn(*four).title == "What changed in the exposures of 4 stocks"
    book = drift_result("PORTFOLIO", name="book.csv", sector=None)
    assert drawn(book, *four).title == "What changed in the exposures of 5 results"
    assert drawn(book).title == "What changed in the exposures of book.csv"


def test_the_alternative_text_reads_sixty_numbers() -> None:
    """Four of a change: of thirty changes that are drawn fifteen are told, and the rest is counted."""
    calm = {code: unsure(change) for code, change in CHANGES.items()}
    told = drawn(*[drift_result(f"T{i}.NS", changes=calm) for i in range(7)]).description
    assert told.count(" → ") == 15
    assert "60 more numbers are not read out." in told
    assert "The 30 surest of 35 changes, of which chance makes about 2 significant" in told
    alone = {f"F{i}": CHANGES["VAL"] for i in range(40)}
    assert len(track_rows(drawn(drift_result(changes=alone)))) == 41
