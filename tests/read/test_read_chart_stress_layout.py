"""The picture of stress, mark by mark: sizes, places and scales, and what is drawn where there is no room."""

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.layout import text_width
from factorcli.render.charts.picture import Picture, zero_line
from factorcli.render.charts.stress import FALL, MODEL, OWN, stress
from factorcli.render.charts.theme import BLUE, INK, MUTED, ORANGE
from tests.read.panels import below_key, rows
from tests.read.records_stress import episode_result, second_episode, stress_result
from tests.read.test_read_chart_stress import EXTRAS, entries

pytestmark = pytest.mark.read


def test_the_words_of_the_key_of_episodes() -> None:
    """Which bar, tick and point is what."""
    labels = [label for label, _ in entries(stress([episode_result(), second_episode()], EXTRAS))]
    assert labels == [
        "what it did (own): a loss",
        "what it did (own): a gain",
        "what its betas say (model)",
        "largest fall on the way",
    ]


def test_every_mark_is_as_it_was_looked_at() -> None:
    """Whole changes as points on their intervals, parts as bars; episodes as bars with a tick and a hollow point."""
    whole, parts = below_key(stress([stress_result()], EXTRAS))
    x = {
        "type": "quantitative",
        "scale": {"domain": [-0.2214, 0.0143], "nice": True},
        "title": "change of value",
        "axis": {"format": ".0%", "grid": True, "tickCount": 6, "labelFlush": False, "labelOverlap": True},
    }
    assert whole["layer"][:3] == [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "color": INK},
            "encoding": {"x": {**x, "field": "ci_low"}, "x2": {"field": "ci_high"}},
        },
        {
            "mark": {"type": "point", "size": 80, "filled": True, "opacity": 1, "color": INK},
            "encoding": {"x": {**x, "field": "change"}},
        },
        zero_line(),
    ]
    by_sign = {"condition": {"test": "datum.change < 0", "value": ORANGE}, "value": BLUE}
    part = {**x, "title": "part by factor", "field": "change"}
    assert parts["layer"][0] == {"mark": {"type": "bar", "height": 13}, "encoding": {"x": part, "color": by_sign}}
    assert parts["layer"][1] == zero_line()
    assert parts["encoding"]["y"]["type"] == "nominal"
    assert parts["encoding"]["y"]["sort"] is None

    picture = stress([episode_result(), second_episode()], EXTRAS)
    (panel,) = below_key(picture)
    x |= {"title": "return of AAA.NS", "scale": {"domain": [-0.4023, 0.1713], "nice": True}}
    by_sign = {"condition": {"test": "datum.own < 0", "value": ORANGE}, "value": BLUE}
    assert panel["layer"][:4] == [
        {"mark": {"type": "bar", "height": 13}, "encoding": {"x": {**x, "field": "own"}, "color": by_sign}},
        {
            "mark": {"type": "tick", "size": 18, "thickness": 2, "color": MUTED},
            "encoding": {"x": {**x, "field": "max_drawdown"}},
        },
        {
            "mark": {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1, "color": INK},
            "encoding": {"x": {**x, "field": "model"}},
        },
        zero_line(),
    ]
    shapes = [layer["mark"] for layer in picture.spec["vconcat"][0]["layer"][:-1]]
    assert [(one["shape"], one["filled"]) for one in shapes] == [
        ("square", True), ("square", True), ("circle", False), ("M0,-1L0,1", True),
    ]  # fmt: skip
    shapes = [layer["mark"] for layer in stress([stress_result()], EXTRAS).spec["vconcat"][0]["layer"][:-1]]
    assert [(one["shape"], one["filled"]) for one in shapes] == [("circle", True), ("square", True), ("square", True)]


def test_the_scale_holds_every_number_that_is_drawn() -> None:
    """An interval, a part, what it did, what the betas say and the fall on the way, one at a time the furthest."""
    for changes, domain in (
        ({"ci_low": -0.31}, [-0.31, 0.0143]),
        ({"ci_high": 0.22}, [-0.2214, 0.22]),
        ({"change": 0.23}, [-0.2214, 0.23]),
        ({"by_factor": {"MKT": 0.19, "VAL": -0.33, "VOL": 0.0}}, [-0.33, 0.19]),
        ({"change": -0.2, "ci_low": -0.3, "ci_high": -0.1, "by_factor": {"MKT": -0.2}}, [-0.3, 0.0]),
        ({"change": 0.2, "ci_low": 0.1, "ci_high": 0.3, "by_factor": {"MKT": 0.2}}, [0.0, 0.3]),
    ):
        assert scale_of(stress([stress_result(**changes)], EXTRAS)) == domain
    for changes, domain in (
        ({"own": -0.51}, [-0.51, 0.0]), ({"model": -0.52}, [-0.52, 0.0]), ({"max_drawdown": -0.53}, [-0.53, 0.0]),
        ({"own": 0.31}, [-0.4023, 0.31]), ({"model": 0.32}, [-0.4023, 0.32]),
    ):  # fmt: skip
        assert scale_of(stress([episode_result(**changes)], EXTRAS)) == domain


def scale_of(picture: Picture) -> list[float]:
    """The domain of the first plot."""
    domain: list[float] = below_key(picture)[0]["layer"][0]["encoding"]["x"]["scale"]["domain"]
    return domain


def test_a_part_or_an_episode_of_zero_is_no_gain_and_no_loss() -> None:
    """A part of zero has no colour in the key; an episode of zero is drawn blue, and the key says so."""
    nothing = stress_result(by_factor={"MKT": 0.0, "VAL": 0.0, "VOL": 0.0})
    assert [label for label, _ in entries(stress([nothing], EXTRAS))][-1] == "part that is lost"
    still = stress([episode_result(own=0.0, max_drawdown=0.0)], EXTRAS)
    assert [label for label, _ in entries(still)] == [f"{OWN}: a gain", MODEL, FALL]


def test_a_narrow_plot_is_60_px_wide_with_three_numbers_on_its_axis() -> None:
    """Labels take at most 35% of the picture without its padding, and the numbers what they need."""
    extras = Extras(width=320)
    for picture in (
        stress([stress_result("A-VERY-VERY-LONG-TICKER.NS")], extras),
        stress([episode_result(episode="a-crash-with-a-very-long-name")], extras),
    ):
        first = below_key(picture)[0]
        axis = first["layer"][0]["encoding"]["x"]["axis"]
        assert (first["width"], axis["tickCount"]) == (60, 3)
        assert first["encoding"]["y"]["axis"]["minExtent"] == pytest.approx(0.35 * (320 - 32) + 8)
    label = "crash-2020"
    wide = stress([episode_result()], Extras(width=500))
    beside = text_width(label, 12) + text_width("−38.1% (model −35.5%)", 11) + 24
    (panel,) = below_key(wide)
    assert panel["width"] == pytest.approx(500 - 32 - beside)
    assert panel["layer"][0]["encoding"]["x"]["axis"]["tickCount"] == 3
    assert rows(wide.spec["vconcat"][0])[0]["x"] == pytest.approx(6 - text_width(label, 12) - 8)


def test_names_are_written_out_up_to_the_width_that_labels_may_have() -> None:
    """35% of the picture; beyond it their codes stand alone."""
    name = "Nifty Fifty Of The Exchange"
    full = f"{name} (MKT) −10.0%"
    fits = int(text_width(full, 12) / 0.35) + 1 + 32
    for width, label in ((fits, full), (fits - 3, "MKT −10.0%")):
        _, parts = below_key(stress([stress_result()], Extras(width=width, names={"MKT": name})))
        assert rows(parts)[0]["label"] == label


def test_sixty_numbers_are_read_out() -> None:
    """Three of a row: of 40 rows 20, and the rest is counted."""
    many = [stress_result(f"T{i}.NS") for i in range(40)]
    assert stress(many, EXTRAS).description.endswith("60 more numbers are not read out.")
    past = [episode_result(f"T{i}.NS") for i in range(40)]
    assert stress(past, EXTRAS).description.endswith("60 more numbers are not read out.")
