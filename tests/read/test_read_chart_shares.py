"""What people see in the picture of variance shares: bars, intervals, their numbers, and of many stocks a row each."""

import json
from dataclasses import replace

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.shares import LOOKS, shares
from factorcli.render.charts.theme import BAND, BLUE, CATEGORICAL, DARK, NEUTRAL, ORANGE, PALE_BLUE
from factorcli.results.intervals import Interval
from tests.read.panels import below_key, key_of, rows, subtitle
from tests.read.records_betas import SHARE_INTERVALS, decomposition

pytestmark = pytest.mark.read
EXTRAS = Extras(names={"MKT": "market"})


def test_the_key_says_what_each_colour_is() -> None:
    """Of the looks that there are, and of no other."""
    picture = shares([decomposition(intervals=SHARE_INTERVALS)], EXTRAS)
    (panel,) = below_key(picture)
    shown = {row["look"] for row in rows(panel)}
    assert key_of(picture.spec["vconcat"][0]) == {look: colour for look, colour in LOOKS.items() if look in shown}
    assert len(shown) > 1


def test_the_bars_are_the_shares_of_the_result() -> None:
    """Unrounded, in the order of the model, the rest last; what is written beside them is rounded."""
    (panel,) = below_key(shares([decomposition()], EXTRAS))
    found = [(r["label"], r["share"], r["volatility_points"], r["text"], r["points_text"]) for r in rows(panel)]
    assert found == [
        ("market (MKT)", 0.392, 0.0918, "+39.2%", "+9.2%"),
        ("VAL", -0.118, -0.0276, "−11.8%", "−2.8%"),
        ("MOM", 0.169, 0.0396, "+16.9%", "+4.0%"),
        ("idiosyncratic", 0.557, 0.1303, "+55.7%", "+13.0%"),
    ]
    bar = panel["layer"][0]
    assert (bar["mark"]["type"], bar["encoding"]["x"]["field"]) == ("bar", "share")
    written = [layer["encoding"]["text"]["field"] for layer in panel["layer"] if "field" in
               layer["encoding"].get("text", {})]  # fmt: skip
    assert written == ["text", "text", "label", "points_text"]


def test_hedges_and_the_rest_have_colours_of_their_own() -> None:
    """Blue adds, orange hedges, grey is idiosyncratic; without intervals nothing is pale, and there is no whisker."""
    (panel,) = below_key(shares([decomposition()], EXTRAS))
    assert [LOOKS[row["look"]] for row in rows(panel)] == [BLUE, ORANGE, BLUE, NEUTRAL]
    assert [(row["ci_low"], row["ci_high"]) for row in rows(panel)] == [(None, None)] * 4


def test_a_share_whose_interval_contains_zero_is_pale() -> None:
    """MOM's does, those of the others do not; the whiskers are the intervals, beyond which the number stands."""
    picture = shares([decomposition(intervals=SHARE_INTERVALS)], EXTRAS)
    (panel,) = below_key(picture)
    assert [LOOKS[row["look"]] for row in rows(panel)] == [BLUE, ORANGE, PALE_BLUE, NEUTRAL]
    assert [(row["ci_low"], row["ci_high"], row["edge"]) for row in rows(panel)] == [
        (0.241, 0.553, 0.553), (-0.201, -0.022, -0.201), (-0.031, 0.284, 0.284), (0.488, 0.666, 0.666),
    ]  # fmt: skip
    whisker = panel["layer"][1]["encoding"]
    assert (whisker["x"]["field"], whisker["x2"]["field"]) == ("ci_low", "ci_high")
    assert "95% interval 33.4% to 51.2%" in subtitle(picture)
    assert "block bootstrap" in subtitle(picture)
    assert "AAA.NS MOM: +16.9% of the variance, +4.0% of volatility (95% interval of the share −3.1% to +28.4%)." in (
        picture.description
    )


def test_an_uncertain_hedge_is_a_pale_hedge() -> None:
    """It stays orange, so that its sign is seen."""
    bounds = {**SHARE_INTERVALS.contributions, "VAL": Interval(-0.24, 0.01)}
    (panel,) = below_key(shares([decomposition(intervals=replace(SHARE_INTERVALS, contributions=bounds))], EXTRAS))
    assert rows(panel)[1]["look"] == "hedges, interval contains zero"


def test_the_whole_is_said_below_the_title() -> None:
    """R², volatility, the method, and that the prices are synthetic."""
    picture = shares([decomposition()], EXTRAS)
    assert picture.title == "Where the risk of AAA.NS comes from"
    assert "The factors explain 44.3% of the variance (R²); volatility 23.4% a year" in subtitle(picture)
    assert "Shares are β·Cov(factor, stock)/Var(stock)" in subtitle(picture)
    assert "Synthetic prices" in subtitle(picture)
    lmg = shares([decomposition(method="lmg")], EXTRAS)
    assert "Shares are Shapley values of R²" in subtitle(lmg)


def test_the_alternative_text_has_every_number() -> None:
    """Share and volatility of each factor, and the whole."""
    said = shares([decomposition()], EXTRAS).description
    for sentence in (
        "AAA.NS: The factors explain 44.3% of the variance (R²); volatility 23.4% a year.",
        "AAA.NS market (MKT): +39.2% of the variance, +9.2% of volatility.",
        "AAA.NS VAL: −11.8% of the variance, −2.8% of volatility.",
        "AAA.NS MOM: +16.9% of the variance, +4.0% of volatility.",
        "AAA.NS idiosyncratic: +55.7% of the variance, +13.0% of volatility.",
    ):
        assert sentence in said


def test_stocks_side_by_side_share_one_scale() -> None:
    """Each panel has its own shares and says its own whole; the scales are the same, and have the largest share."""
    other = decomposition("BBB.NS", name=None, contributions={"MKT": 0.911, "VAL": -0.31, "MOM": 0.02},
                          systematic=0.621, idiosyncratic=0.379, volatility=0.317)  # fmt: skip
    first, second = below_key(shares([decomposition(), other], EXTRAS))
    assert [row["share"] for row in rows(second)] == [0.911, -0.31, 0.02, 0.379]
    assert (first["title"]["text"], second["title"]["text"]) == ("AAA.NS  Alpha Works Ltd.", "BBB.NS")
    assert second["title"]["subtitle"] == ["The factors explain 62.1% of the variance (R²); volatility 31.7% a year"]
    scales = [panel["layer"][0]["encoding"]["x"]["scale"] for panel in (first, second)]
    assert scales[0] == scales[1]
    assert scales[0]["domain"] == [-0.31, 0.911]


def test_many_stocks_have_a_row_each_the_best_explained_first() -> None:
    """Bars are stacked around zero from the shares themselves; R² and volatility are those of the row's stock."""
    records = [decomposition(f"T{i}.NS", systematic=0.3 + 0.011 * i, volatility=0.2 + 0.013 * i) for i in range(500)]
    (view,) = below_key(shares(records, EXTRAS))
    stack, _, labels, explained, risk, *_ = view["layer"]
    assert (stack["encoding"]["x"]["field"], stack["encoding"]["x"]["stack"]) == ("share", "zero")
    assert len(rows(view)) == 2000
    assert rows(view)[1]["share"] == -0.118
    texts = labels["data"]["values"]
    assert texts[0] == {"row": 0, "ticker": "T499.NS", "label": "T499.NS", "systematic": records[499].systematic,
                        "explained": "578.9%", "volatility": records[499].volatility, "risk": "668.7%"}  # fmt: skip
    assert {row["row"] for row in rows(view) if row["ticker"] == "T499.NS"} == {0}
    assert [layer["encoding"]["text"]["field"] for layer in (labels, explained, risk)] == ["label", "explained", "risk"]
    assert view["height"] >= 14 * 500


def test_twelve_factors_have_twelve_colours() -> None:
    """All different, and the rest grey; each has its colour on a dark page."""
    codes = [f"F{i}" for i in range(12)]
    contributions = {code: 0.01 * (i + 1) for i, code in enumerate(codes)}
    points = {**dict.fromkeys(codes, 0.01), "idiosyncratic": 0.02}
    records = [decomposition(f"T{i}.NS", contributions=contributions, volatility_points=points) for i in range(5)]
    (view,) = below_key(shares(records, EXTRAS))
    colours = view["layer"][0]["encoding"]["color"]["scale"]
    assert colours["domain"] == [*codes, "idiosyncratic"]
    assert colours["range"] == [*CATEGORICAL, BAND]
    assert len(set(CATEGORICAL)) == 12
    assert set(CATEGORICAL) <= DARK.keys()


def test_a_narrow_picture_keeps_the_codes_of_factors() -> None:
    """A label that does not fit begins with its code, which is what other pictures and tables have."""
    extras = Extras(width=320, names={"MKT": "A market of a very long name indeed"})
    (panel,) = below_key(shares([decomposition()], extras))
    label = rows(panel)[0]["label"]
    assert label.startswith("MKT, A m") and label.endswith("…")


@pytest.mark.parametrize("width", [320, 760, 1200])
def test_the_width_is_that_asked_for(width: int) -> None:
    """Labels and numbers lie inside the views, so that they do not widen the picture; names stay data."""
    names = ["<script>alert('x')</script>" * 3, *(f"T{i}.NS" for i in range(5))]
    for records in ([decomposition(names[0])], [decomposition(name) for name in names]):
        picture = shares(records, replace(EXTRAS, width=width))
        assert {panel["width"] for panel in below_key(picture)} == {width - 32}
        json.dumps(picture.spec, allow_nan=False)
