"""What people see in the picture of stress: changes with intervals, parts as bars, episodes beside the model."""

from dataclasses import replace
from datetime import date

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.stress import FALL, MODEL, OWN, stress
from factorcli.render.charts.theme import BLUE, INK, MUTED, ORANGE
from factorcli.results.warnings import ResultWarning
from tests.read.panels import below_key, rows, subtitle
from tests.read.records_stress import episode_result, second_episode, stress_result, stressed_portfolio

pytestmark = pytest.mark.read
EXTRAS = Extras(names={"MKT": "Nifty 50"})
SYNTHETIC = "Synthetic prices: the demo market is made up, and these numbers are about no real stock"


def entries(picture: object) -> list[tuple[str, str]]:
    """The key: labels and colours of its symbols."""
    view = picture.spec["vconcat"][0]  # type: ignore[attr-defined]
    found = [layer["mark"] for layer in view["layer"] if layer["mark"]["type"] == "point"]
    return [(row["label"], mark["stroke"]) for row, mark in zip(rows(view), found, strict=True)]


def test_a_shock_is_a_point_with_its_interval_and_bars_of_its_parts() -> None:
    """Unrounded, with the moves beside the factors; what is written is rounded."""
    picture = stress([stress_result()], EXTRAS)
    whole, parts = below_key(picture)
    (row,) = rows(whole)
    assert (row["change"], row["ci_low"], row["ci_high"]) == (-0.1193, -0.2214, -0.0175)
    assert row["text"] == "−11.9% (−22.1% to −1.8%)"
    assert [layer["encoding"]["x"]["field"] for layer in whole["layer"][:2]] == ["ci_low", "change"]
    assert whole["layer"][0]["encoding"]["x2"]["field"] == "ci_high"
    found = [(r["label"], r["change"], r["text"]) for r in rows(parts)]
    assert found == [
        ("Nifty 50 (MKT) −10.0%", -0.1472, "−14.7%"), ("VAL −7.3%", 0.0143, "+1.4%"), ("VOL +41.3%", 0.0136, "+1.4%"),
    ]  # fmt: skip
    bar = parts["layer"][0]
    assert (bar["mark"]["type"], bar["encoding"]["x"]["field"]) == ("bar", "change")
    assert bar["encoding"]["color"] == {"condition": {"test": "datum.change < 0", "value": ORANGE}, "value": BLUE}
    assert [view["layer"][0]["encoding"]["x"]["title"] for view in (whole, parts)] == [
        "change of value",
        "part by factor",
    ]
    domains = {tuple(view["layer"][0]["encoding"]["x"]["scale"]["domain"]) for view in (whole, parts)}
    assert domains == {(-0.2214, 0.0143)}
    assert parts["encoding"]["y"]["axis"]["labelExpr"].startswith('["Nifty 50 (MKT) −10.0%", "VAL −7.3%"')


def test_the_title_says_what_whose_and_as_of() -> None:
    """And that the prices are made up, and what is uncertain about the answer."""
    warned = stress_result(warnings=(ResultWarning("extrapolated", "too far out."), ResultWarning("idle", "rarely.")))
    picture = stress([warned], EXTRAS)
    assert picture.title == "If MKT (Nifty 50) falls 10% over 17 sessions: AAA.NS"
    assert picture.spec["title"]["subtitle"] == [
        "Alpha Works Ltd. · Capital Goods",
        "Betas of 255 sessions to 2026-11-20 · model india-5f, basis raw · the other factors at their mean given that",
        SYNTHETIC,
        "Too far out",
    ]
    still = stress([stress_result(others="zero", data=replace(warned.data, source="yahoo"))], EXTRAS)
    assert "the other factors unmoved" in subtitle(still)
    assert SYNTHETIC not in subtitle(still)


def test_the_key_says_what_each_colour_is() -> None:
    """Blue only where a part is gained; without parts the point alone."""
    point, lost, gained = ("expected change, with its 95% interval", INK), ("part that is lost", ORANGE), (
        "part that is gained", BLUE,
    )  # fmt: skip
    assert entries(stress([stress_result()], EXTRAS)) == [point, lost, gained]
    losses = stress_result(by_factor={"MKT": -0.1472, "VAL": -0.0143, "VOL": 0.0})
    assert entries(stress([losses], EXTRAS)) == [point, lost]
    assert entries(stress([stress_result(f"T{i}.NS") for i in range(4)], EXTRAS)) == [point]


def test_holdings_are_bars_the_largest_loss_first() -> None:
    """Weight × change."""
    picture = stress([stressed_portfolio()], EXTRAS)
    _, _, held = below_key(picture)
    assert [(r["label"], round(r["change"], 6), r["text"]) for r in rows(held)] == [
        ("BBB.NS", -0.062849, "−6.3%"), ("AAA.NS", -0.049776, "−5.0%"),
    ]  # fmt: skip
    assert held["layer"][0]["encoding"]["x"]["title"] == "part by holding (weight × change)"
    assert picture.title.endswith(": the portfolio book.csv")
    assert "Capital Goods" not in subtitle(picture)


def test_several_have_a_point_each_and_up_to_three_their_parts() -> None:
    """Titled by whose they are."""
    three = [stress_result(f"T{i}.NS", change=-0.01 * i) for i in range(3)]
    picture = stress(three, EXTRAS)
    whole, *parts = below_key(picture)
    assert [row["label"] for row in rows(whole)] == ["T0.NS", "T1.NS", "T2.NS"]
    assert [view["layer"][0]["encoding"]["x"]["title"] for view in parts] == [
        f"part of T{i}.NS by factor" for i in range(3)
    ]
    assert picture.title.endswith(": T0.NS, T1.NS and T2.NS")
    four = stress([*three, stress_result("T3.NS")], EXTRAS)
    assert len(below_key(four)) == 1
    assert four.title.endswith(": 4 stocks and portfolios")


def test_the_alternative_text_has_the_numbers() -> None:
    """Of the change and of every part."""
    told = stress([stress_result()], EXTRAS).description
    assert "AAA.NS: −11.9% (−22.1% to −1.8%). Nifty 50 (MKT) −10.0%: −14.7%. VAL −7.3%: +1.4%." in told


def test_points_are_no_per_cent() -> None:
    """Of a factor whose moves are changes of a level."""
    _, parts = below_key(stress([stress_result(in_points=("VOL",))], EXTRAS))
    assert rows(parts)[2]["label"] == "VOL +0.413"


def test_episodes_are_bars_beside_what_the_betas_say() -> None:
    """With the largest fall; a star where not everything was listed."""
    absent = second_episode(missing=("BBB.NS",), model=float("nan"))
    picture = stress([episode_result(), absent], EXTRAS)
    (panel,) = below_key(picture)
    assert [(r["label"], r["own"], r["model"], r["max_drawdown"], r["text"]) for r in rows(panel)] == [
        ("crash-2020", -0.3812, -0.3547, -0.4023, "−38.1% (model −35.5%)"),
        ("rally-2021 *", 0.1713, None, -0.0252, "+17.1% (model –)"),
    ]
    bar, fall, model = panel["layer"][:3]
    assert [layer["encoding"]["x"]["field"] for layer in (bar, fall, model)] == ["own", "max_drawdown", "model"]
    assert [layer["mark"]["type"] for layer in (bar, fall, model)] == ["bar", "tick", "point"]
    assert bar["encoding"]["color"] == {"condition": {"test": "datum.own < 0", "value": ORANGE}, "value": BLUE}
    assert (fall["mark"]["color"], model["mark"]["color"]) == (MUTED, INK)
    assert bar["encoding"]["x"]["title"] == "return of AAA.NS"
    assert bar["encoding"]["x"]["scale"]["domain"] == [-0.4023, 0.1713]
    assert entries(picture) == [(f"{OWN}: a loss", ORANGE), (f"{OWN}: a gain", BLUE), (MODEL, INK), (FALL, MUTED)]
    assert entries(stress([episode_result()], EXTRAS))[0] == (f"{OWN}: a loss", ORANGE)
    assert [label for label, _ in entries(stress([second_episode()], EXTRAS))] == [f"{OWN}: a gain", MODEL, FALL]
    assert picture.title == "Episodes of the past: AAA.NS"
    assert picture.spec["title"]["subtitle"] == [
        "Alpha Works Ltd. · Capital Goods",
        "Betas of 255 sessions to 2026-11-20 · model india-5f, basis raw · bought at today's weights and held",
        SYNTHETIC,
        "* not all of it was listed then: the model's return stands in",
    ]
    assert "AAA.NS, crash-2020: −38.1% (model −35.5%)." in picture.description


def test_each_subject_has_a_panel_of_episodes() -> None:
    """A portfolio by the name of its file."""
    book = episode_result("PORTFOLIO", name="book.csv", start=date(2020, 2, 20))
    picture = stress([episode_result(), second_episode(), book], EXTRAS)
    first, second = below_key(picture)
    assert (len(rows(first)), len(rows(second))) == (2, 1)
    assert second["layer"][0]["encoding"]["x"]["title"] == "return of the portfolio book.csv"
    assert picture.title == "Episodes of the past: AAA.NS and the portfolio book.csv"


def test_labels_and_numbers_have_room() -> None:
    """The plots begin where the longest label ends, and end where the longest number begins."""
    picture = stress([stress_result()], EXTRAS)
    whole, parts = below_key(picture)
    assert (whole["width"], parts["width"]) == (pytest.approx(429.8), pytest.approx(429.8))
    assert (whole["height"], parts["height"]) == (26, 78)
    axis = parts["encoding"]["y"]["axis"]
    assert (axis["minExtent"], axis["maxExtent"]) == (pytest.approx(140.96), pytest.approx(140.96))
    assert (axis["title"], axis["labelColor"], axis["labelFontSize"], axis["labelPadding"]) == (None, INK, 12, 8)
    assert (axis["ticks"], axis["domain"], parts["encoding"]["y"]["field"]) == (False, False, "row")
    text = parts["layer"][-1]
    assert text["encoding"] == {"x": {"value": pytest.approx(439.8)}, "text": {"field": "text"}}
    assert (text["mark"]["align"], text["mark"]["baseline"], text["mark"]["fontSize"]) == ("left", "middle", 11)
    assert [row["row"] for row in rows(parts)] == [0, 1, 2]
    x = parts["layer"][0]["encoding"]["x"]["axis"]
    assert x == {"format": ".0%", "grid": True, "tickCount": 6, "labelFlush": False, "labelOverlap": True}
    assert rows(picture.spec["vconcat"][0])[0]["x"] == pytest.approx(-134.96)
    (episodes,) = below_key(stress([episode_result()], EXTRAS))
    assert episodes["width"] == pytest.approx(511.12)
    assert [layer["mark"].get("size") for layer in episodes["layer"][:3]] == [None, 18, 70]


def test_long_names_of_factors_give_way_to_their_codes() -> None:
    """Where they would take more than about a third of a narrow picture; a long ticker is cut."""
    extras = Extras(width=400, names={"MKT": "The Extraordinarily Long Name of an Index"})
    whole, parts = below_key(stress([stress_result("A-VERY-VERY-LONG-TICKER.NS")], extras))
    assert [row["label"] for row in rows(parts)] == ["MKT −10.0%", "VAL −7.3%", "VOL +41.3%"]
    assert rows(whole)[0]["label"] == "A-VERY-VERY-LON…"
    assert whole["width"] >= 60


def test_a_portfolio_without_a_name_is_the_portfolio() -> None:
    """As the library calls one that is not named."""
    assert stress([stressed_portfolio(name="portfolio")], EXTRAS).title.endswith("17 sessions: the portfolio")


@pytest.mark.parametrize(
    "code", ["stale_proxy", "proxy_fallback", "fewer_factors", "cut_episode", "large_return", "not_listed"]
)
def test_a_warning_about_the_answer_is_in_the_picture(code: str) -> None:
    """One of several results only where all have it."""
    warned = episode_result(warnings=(ResultWarning(code, "something is off."),))
    assert "Something is off" in subtitle(stress([warned], EXTRAS))
    assert "Something is off" not in subtitle(stress([warned, second_episode()], EXTRAS))
