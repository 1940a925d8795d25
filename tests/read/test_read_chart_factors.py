"""The numbers in the picture of a model's factors are those of its record."""

from dataclasses import replace
from datetime import date
from math import nan
from typing import Any

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.factors import factors
from factorcli.render.charts.heading import SYNTHETIC
from factorcli.render.charts.picture import Picture
from factorcli.render.charts.theme import DIVERGING, INK, PAPER
from factorcli.results.model import FactorInfo, FactorPath, FactorStatistics, ModelResult
from factorcli.results.warnings import ResultWarning
from tests.read.panels import panels, rows, scale, shaded, shown_fields, texts, titles, views
from tests.read.records_heatmaps import BARE_MODEL, FACTORS, FULL_MODEL, STATISTICS

pytestmark = pytest.mark.read

DATES = tuple(date(2026, 1, day) for day in (5, 6, 7, 8))
PATH = FactorPath(
    DATES,
    {
        "MKT": (0.0123, -0.0214, nan, 0.0316),
        "SZ": (-0.0411, 0.0522, nan, -0.0633),
        "VIX": (0.211, -0.322, nan, 0.433),
    },
)


def drawn(model: ModelResult = FULL_MODEL, width: int = 760, **changes: Any) -> Picture:
    return factors([replace(model, statistics=replace(STATISTICS, **({"path": PATH} | changes)))], Extras(width=width))


def cells(picture: Picture) -> list[dict[str, Any]]:
    return [row for view in views(picture.spec) if view.get("mark", {}).get("type") == "rect"
            for row in rows(view) if "correlation" in row]  # fmt: skip


def test_panels_hold_the_cumulative_returns() -> None:
    """A panel a factor with the record's numbers for each date, null on the session left out, which is shaded."""
    found = panels(drawn().spec)
    assert [rows(panel) for panel in found] == [
        [
            {"date": day.isoformat(), "value": value if value == value else None}  # noqa: PLR0124  (NaN)
            for day, value in zip(DATES, values, strict=True)
        ]
        for values in PATH.cumulative.values()
    ]
    assert [shaded(panel) for panel in found] == [[("2026-01-06", "2026-01-08")]] * 3
    assert [texts(panel) for panel in found] == [
        ["Market (MKT)", "+3.2% · ^NSEI"], ["Size (SZ)", "−6.3% · MID150BEES.NS"],
        ["Implied volatility (VIX)", "+43.3% · ^INDIAVIX"],
    ]  # fmt: skip
    assert "session left out" in texts(drawn().spec)
    whole = FactorPath(DATES[:2], {code: values[:2] for code, values in PATH.cumulative.items()})
    assert "session left out" not in texts(drawn(path=whole).spec)


def test_traded_factors_share_a_scale_and_a_level_has_its_own() -> None:
    """A volatility index moves ten times as far as the market."""
    spec = drawn().spec
    market, size, vix = map(scale, panels(spec))
    assert market == size
    assert market[0] < -0.0633 and 0.0522 < market[1] < 0.07
    assert vix[1] > 0.433
    assert titles(spec)[0] == (
        "Cumulative return from the start of the window, traded factors on one scale; VIX: not tradable"
    )


def test_a_path_that_ends_with_a_session_left_out_tells_the_last_return() -> None:
    """The label is the last known number, and the time after it is shaded."""
    path = replace(PATH, cumulative={code: (*values[:3], nan) for code, values in PATH.cumulative.items()})
    panel = panels(drawn(path=path).spec)[0]
    assert texts(panel) == ["Market (MKT)", "−2.1% · ^NSEI"]
    assert shaded(panel) == [("2026-01-06", "2026-01-08")]
    assert "Market (MKT) by ^NSEI: cumulative −2.1%, mean" in drawn(path=path).description


def test_a_difference_is_a_change_of_a_level() -> None:
    """A yield's change is a number, not a percentage."""
    rate = replace(FACTORS[3], code="VIX", traded=False)
    picture = drawn(replace(FULL_MODEL, factors=(*FACTORS[:2], rate)))
    assert texts(panels(picture.spec)[2]) == ["Ten-year rate (VIX)", "+0.43 · ^INDIAVIX"]
    assert titles(picture.spec)[0].endswith("; VIX: change of a level")
    assert "cumulative +0.43, mean" in picture.description


def test_the_table_has_the_numbers_of_each_factor() -> None:
    """Mean, volatility and VIF, rounded as text and unrounded as data."""
    spec = drawn().spec
    table = next(view for view in views(spec) if view is not spec and "mean" in texts(view))
    data = [row for view in views(table) for row in rows(view) if "VIF" in row]
    assert [(row["factor"], row["mean"], row["volatility"], row["VIF"]) for row in data[:3]] == [
        (code, row.mean, row.volatility, row.vif) for code, row in STATISTICS.factors.items()
    ]
    written = texts(table)
    assert written[:15] == [
        "Market (MKT)", "Size (SZ)", "Implied volatility (VIX)", "mean", "+11.3%", "−3.4%", "+25.9%",
        "volatility", "13.9%", "17.1%", "84.7%", "VIF", "3.1", "2.7", "1.6",
    ]  # fmt: skip


def test_correlations_are_coloured_cells_with_their_numbers() -> None:
    """Each correlation in its row and column, the diagonal blank; strong colours have light text."""
    picture = drawn()
    found = [(row["row"], row["column"], row["correlation"], row["text"]) for row in cells(picture)]
    assert found == [
        ("MKT", "SZ", 0.81, "+0.81"), ("MKT", "VIX", -0.62, "−0.62"), ("SZ", "MKT", 0.82, "+0.82"),
        ("SZ", "VIX", -0.43, "−0.43"), ("VIX", "MKT", -0.63, "−0.63"), ("VIX", "SZ", -0.44, "−0.44"),
    ]  # fmt: skip
    place = {row["column"]: row["x"] for row in cells(picture)}
    assert place["MKT"] < place["SZ"] < place["VIX"]
    heights = {row["row"]: row["y"] for row in cells(picture)}
    assert heights["MKT"] < heights["SZ"] < heights["VIX"]
    assert texts(picture.spec)[-9:] == ["+0.81", "−0.62", "+0.82", "−0.43", "−0.63", "−0.44", "MKT", "SZ", "VIX"]


def test_one_factor_has_no_correlations() -> None:
    """A model of the market alone has its path and numbers, and no matrix."""
    alone = {"MKT": replace(STATISTICS.factors["MKT"], correlations={"MKT": 1.0})}
    picture = drawn(factors=alone, health={"MKT": STATISTICS.health["MKT"]})
    assert cells(picture) == []
    assert titles(picture.spec) == [
        "Cumulative return from the start of the window", "Annual mean and volatility, variance inflation (VIF)",
    ]  # fmt: skip
    assert picture.description.endswith("mean +11.3% and volatility 13.9% a year, VIF 3.1.")


def test_a_narrow_picture_has_the_correlations_below() -> None:
    """Where the cells do not fit beside the table, they are below it, all of them."""
    picture = drawn(width=320)
    assert titles(picture.spec)[1:] == ["Annual mean and volatility, variance inflation (VIF)", "Correlations"]
    assert [row["correlation"] for row in cells(picture)] == [0.81, -0.62, 0.82, -0.43, -0.63, -0.44]
    assert "+0.82" in texts(picture.spec)


def test_twelve_factors_in_a_narrow_picture_are_numbered() -> None:
    """Cells too small for numbers keep their colours; rows and columns are numbered instead of cut codes."""
    codes = [f"F{i}" for i in range(12)]
    many = {
        code: FactorStatistics("P.NS", 0.1, 0.2, {other: (i - k) / 13 for k, other in enumerate(codes)}, 2.0, 0, ())
        for i, code in enumerate(codes)
    }
    infos = tuple(FactorInfo(code, f"Name of {code}", ("P.NS",), "return", False, True) for code in codes)
    picture = drawn(replace(FULL_MODEL, factors=infos), 320, factors=many, health={}, path=None)
    assert len(cells(picture)) == 132
    assert texts(picture.spec)[-24:] == [*(f"{i + 1} F{i}" for i in range(12)), *map(str, range(1, 13))]
    assert "F3 −0.08" in picture.description
    wide = drawn(replace(FULL_MODEL, factors=infos), factors=many, health={}, path=None)
    assert texts(wide.spec)[-13:] == ["+0.08", *codes]


def test_the_lines_below_the_title_tell_the_window_and_what_is_wrong_with_the_proxies() -> None:
    """Window, number of returns, condition number; fallbacks, thin proxies, missing and suspect days, warnings."""
    picture = drawn()
    assert picture.title == "Factors of the model us-3f"
    assert picture.spec["title"]["subtitle"] == [
        "253 sessions, 2025-11-17 to 2026-11-20 · 249 returns · source yahoo · condition number 7.5",
        "Proxies that are a fallback: SZ MID150BEES.NS",
        "SZ thin: repeats its close on 9% of days",
        "Days without a price: MKT 4, SZ 6, VIX 8",
        "Sessions left out as suspect: SZ 2026-01-02, 2026-03-04; VIX 2026-05-06",
        *(str(warning).rstrip(".") for warning in STATISTICS.warnings),
    ]
    made_up = (ResultWarning("synthetic_prices", "made up."),)
    lines = drawn(source="demo", warnings=made_up).spec["title"]["subtitle"]
    assert lines[1] == SYNTHETIC
    assert len(lines) == 6


def test_the_alternative_text_has_every_number() -> None:
    """Per factor: proxy, cumulative return, mean, volatility, VIF and correlations."""
    assert drawn().description.endswith(
        "Market (MKT) by ^NSEI: cumulative +3.2%, mean +11.3% and volatility 13.9% a year, VIF 3.1, correlations "
        "SZ +0.81, VIX −0.62. "
        "Size (SZ) by MID150BEES.NS: cumulative −6.3%, mean −3.4% and volatility 17.1% a year, VIF 2.7, correlations "
        "MKT +0.82, VIX −0.43. "
        "Implied volatility (VIX) by ^INDIAVIX: cumulative +43.3%, mean +25.9% and volatility 84.7% a year, VIF 1.6, "
        "correlations MKT −0.63, SZ −0.44."
    )


def test_statistics_without_a_path_are_drawn_without_panels() -> None:
    """The first model with statistics is drawn; its table needs no path."""
    picture = factors([BARE_MODEL, FULL_MODEL], Extras())
    assert panels(picture.spec) == []
    assert picture.title == "Factors of the model us-3f"
    assert "cumulative" not in picture.description
    assert len(cells(picture)) == 6


def test_numbers_stand_in_their_own_row_and_column() -> None:
    """A cell's text is in the cell, below the head of its column, right of the name and numbers of its row."""
    spec = drawn().spec
    table = next(view for view in views(spec) if view is not spec and "mean" in texts(view))
    names = {row["label"]: row["y"] for row in rows(table["layer"][0])}
    heads = {row["label"]: row for row in rows(table["layer"][-1])}
    for row in cells(drawn()):
        name = {"MKT": "Market (MKT)", "SZ": "Size (SZ)", "VIX": "Implied volatility (VIX)"}[row["row"]]
        assert row["y"] < row["y middle"] == names[name] < row["y2"]
        assert row["x"] < row["middle"] == heads[row["column"]]["x"] < row["x2"]
        assert heads[row["column"]]["y"] < row["y"]
        numbers = {r["factor"]: r["y"] for view in table["layer"] for r in rows(view) if "VIF" in r}
        assert numbers[row["row"]] == names[name]
    columns = [(texts(view), view["encoding"]["x"]["value"]) for view in table["layer"][1:7]]
    for (head, place), (column, below) in zip(columns[::2], columns[1::2], strict=True):
        assert len(head) == 1
        assert len(column) == 3
        assert place == below
    fields = shown_fields(table)[-3:]
    assert fields == [
        ("rect", {"x": "x", "x2": "x2", "y": "y", "y2": "y2", "color": "correlation"}),
        ("text", {"x": "middle", "y": "y middle", "text": "text"}),
        ("text", {"x": "x", "y": "y", "text": "label"}),
    ]


def test_colours_go_from_opposite_to_alike() -> None:
    """Four colours each way from none, and light text on the two darkest of each side."""
    table = list(views(drawn().spec))
    rect = next(v for v in table if v.get("mark", {}).get("type") == "rect" and "color" in v["encoding"])
    assert rect["encoding"]["color"]["scale"] == {
        "type": "threshold", "domain": [-0.8, -0.6, -0.4, -0.2, 0.2, 0.4, 0.6, 0.8], "range": list(DIVERGING),
    }  # fmt: skip
    tests = [v["encoding"]["color"] for v in table if "condition" in v.get("encoding", {}).get("color", {})]
    assert tests == [
        {"condition": {"test": "abs(datum.correlation) >= 0.6", "value": PAPER}, "value": INK},
    ]
