"""The numbers and texts of the pictures of drift and of compared exposures."""

from dataclasses import replace

import pytest

from factorcli.render.charts.catalogue import PICTURES, draw, names
from factorcli.render.charts.drift import MAX_ROWS
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.picture import Picture
from factorcli.results.compare import CompareResult
from factorcli.results.drift import DriftResult
from factorcli.results.provenance import CacheInfo
from factorcli.results.warnings import ResultWarning
from tests.read.panels import Spec, rows, shown_fields, subtitle, texts, titles, views
from tests.read.records_betas import DATA
from tests.read.records_drift import CHANGES, DIFFERENCES, JOINT, MARKET, compare_result, drift_result

pytestmark = pytest.mark.read

NAN = float("nan")
EXTRAS = Extras(names={"SZ": "Nifty Midcap 150"})
STALE = CacheInfo(None, "2026-11-18T12:34:56Z", stale=True)
PRICES = replace(DATA, source="prices")


def drawn(*results: DriftResult, extras: Extras = EXTRAS) -> Picture:
    return draw(results, "drift", extras)


def tracks(picture: Picture) -> list[Spec]:
    """The plots of tracks, in their order."""
    return [view for view in views(picture.spec) if any("before" in row for row in rows(view))]


def track_rows(picture: Picture) -> list[Spec]:
    return [row for view in tracks(picture) for row in rows(view)]


def test_each_has_its_picture() -> None:
    """By the catalogue."""
    assert (PICTURES["DriftResult"], PICTURES["CompareResult"]) == (("drift",), ("exposures",))
    assert (names([drift_result()]), names([compare_result()])) == (["drift"], ["exposures"])


def test_a_track_has_the_numbers_of_its_change_and_the_surest_is_first() -> None:
    """Before, after, and where after would be at the ends of the change's interval; the smallest on its own scale."""
    picture = drawn(drift_result())
    large, small = tracks(picture)
    assert [row["code"] for row in rows(large)] == ["SZ", "VAL", "MKT", "market"]
    assert [row["code"] for row in rows(small)] == ["VOL"]
    for row in track_rows(picture):
        change = MARKET if row["code"] == "market" else CHANGES[row["code"]]
        assert (row["before"], row["after"]) == (change.before, change.after)
        assert (row["low"], row["high"]) == (change.before + change.ci_low, change.before + change.ci_high)
        assert row["significant"] == (change.p_value < 0.05)
    assert [row["label"] for row in rows(large)] == ["Nifty Midcap 150 (SZ)", "VAL", "MKT", "market β, one factor"]
    assert large["encoding"]["y"]["sort"] == [row["label"] for row in rows(large)]
    assert texts(large)[:2] == ["+0.62 → +0.21, change −0.71 to −0.12", "−0.31 → +0.14, change +0.03 to +0.87"]
    assert texts(small) == ["−0.021 → −0.034, change −0.051 to +0.025"]
    fields = shown_fields(large)
    assert ("bar", {"x": "low", "x2": "high"}) in fields
    assert ("rule", {"x": "before", "x2": "after"}) in fields
    assert [shown["x"] for kind, shown in fields if kind == "point"] == ["before", "after"]


def test_colours_say_what_is_significant() -> None:
    """Blue on pale blue; grey on grey; before is hollow."""
    (large, _) = tracks(drawn(drift_result()))
    band, _, line, before, after, text = large["layer"]
    assert band["encoding"]["color"] == by("#9cc4e0", "#dde3ea")
    assert line["encoding"]["color"] == before["encoding"]["stroke"] == by("#0065a3", "#57606a")
    assert after["encoding"]["stroke"] == after["encoding"]["fill"] == by("#0065a3", "#57606a")
    assert before["mark"]["fill"] == "#ffffff"
    assert text["encoding"]["color"] == by("#1b1f24", "#57606a")
    titles_of_axes = [view["layer"][0]["encoding"]["x"]["title"] for view in tracks(drawn(drift_result()))]
    assert titles_of_axes == ["beta", "beta, own scale"]
    assert [symbol["mark"]["shape"] for symbol in key_view(drawn(drift_result()))["layer"][:-1]] == [
        "circle", "circle", "square", "square",
    ]  # fmt: skip
    assert [symbol["mark"]["filled"] for symbol in key_view(drawn(drift_result()))["layer"][:2]] == [False, True]


def by(significant: str, other: str) -> Spec:
    return {"condition": {"test": "datum.significant", "value": significant}, "value": other}


def key_view(picture: Picture) -> Spec:
    return next(view for view in picture.spec["vconcat"] if any("key" in row for row in rows(view)))


def test_a_scale_is_that_of_all_numbers_of_a_track() -> None:
    """A small beta with a wide interval, or a large one before or after, shares the scale of the others."""
    small = CHANGES["VOL"]
    for wide in (replace(small, ci_high=0.4), replace(small, ci_low=-0.4), replace(small, after=0.4)):
        (only,) = tracks(drawn(drift_result(changes={**CHANGES, "VOL": wide})))
        assert len(rows(only)) == 5


def test_the_lines_above_say_what_the_tests_and_the_windows_are() -> None:
    """Whose, the joint test, both windows, model and errors; made-up and old prices, and warnings about prices."""
    picture = drawn(drift_result())
    assert picture.title == "What changed in the exposures of AAA.NS"
    assert picture.spec["title"]["subtitle"][:3] == [
        "Together the changes are significant at 5% (p 0.014)",
        "Before: 255 sessions to 2025-11-24 · after: to 2026-11-20",
        "Model india-5f, basis raw · 95% intervals, Newey–West errors, 6 lags",
    ]
    assert "Synthetic prices: the demo market is made up" in subtitle(picture)
    late = (ResultWarning("stale_proxy", "late."), ResultWarning("collinear", "much."))
    other = drawn(
        drift_result(
            joint_test=replace(JOINT, p_value=0.31), data=PRICES, cache=STALE, warnings=late, frequency="weekly"
        )
    )
    said = subtitle(other)
    assert "Together the changes are not significant at 5% (p 0.310)" in said
    assert "Before: 255 weeks" in said
    assert "Old numbers: the source did not answer, these are of 2026-11-18" in said
    assert "Late" in said
    assert "Much" not in said
    assert "Synthetic" not in said
    assert "Without a joint test of all changes" in subtitle(
        drawn(drift_result(joint_test=replace(JOINT, p_value=NAN)))
    )


def test_the_alternative_text_reads_the_numbers_and_the_key_what_is_there() -> None:
    """A sentence a track; no entry for what no track has."""
    picture = drawn(drift_result())
    assert "Nifty Midcap 150 (SZ): +0.62 → +0.21, change −0.71 to −0.12." in picture.description
    assert "market β, one factor: +1.18 → +1.27, change −0.13 to +0.32." in picture.description
    (key,) = [view for view in picture.spec["vconcat"] if any("label" in row and "key" in row for row in rows(view))]
    assert [row["label"] for row in rows(key)] == [
        "before", "after", "95% interval of the change, from before", "not significant: the interval holds before",
    ]  # fmt: skip
    calm = {code: replace(change, p_value=0.5) for code, change in CHANGES.items()}
    (key,) = [v for v in drawn(drift_result(changes=calm)).spec["vconcat"] if any("key" in row for row in rows(v))]
    assert [row["label"] for row in rows(key)] == ["before", "after", "not significant: the interval holds before"]


def test_an_unknown_interval_leaves_the_betas() -> None:
    """Last of all."""
    unknown = replace(CHANGES["SZ"], p_value=NAN, ci_low=NAN, ci_high=NAN)
    picture = drawn(drift_result(changes={**CHANGES, "SZ": unknown}))
    (row,) = [row for row in track_rows(picture) if row["code"] == "SZ"]
    assert (row["low"], row["high"], row["p_value"], row["significant"]) == (None, None, None, False)
    assert row["text"] == "+0.62 → +0.21"
    assert rows(tracks(picture)[0])[-1]["code"] == "SZ"


def test_of_many_results_the_surest_changes_are_drawn() -> None:
    """With whose they are, how many there are, and how many of them chance makes."""
    many = [
        drift_result(
            f"T{i}.NS",
            changes={code: replace(change, p_value=change.p_value / (i + 1)) for code, change in CHANGES.items()},
            joint_test=replace(JOINT, q_value=0.012 if i < 3 else 0.21),
        )
        for i in range(40)
    ]
    picture = drawn(*many)
    shown = track_rows(picture)
    assert len(shown) == MAX_ROWS
    assert shown[0]["label"] == "T39.NS, SZ"
    assert [row["p_value"] for row in shown] == sorted(row["p_value"] for row in shown)
    assert picture.title == "What changed in the exposures of 40 stocks"
    assert "3 of 40 have drifted: joint q below 5%" in subtitle(picture)
    assert (
        "The 30 surest of 200 changes, of which chance makes about 10 significant" in picture.spec["title"]["subtitle"]
    )
    few = drawn(drift_result(), drift_result("BBB.NS"))
    assert few.title == "What changed in the exposures of AAA.NS and BBB.NS"
    assert "surest" not in subtitle(few)
    assert {row["label"] for row in track_rows(few)} >= {"AAA.NS, SZ", "BBB.NS, market β"}
    books = [drift_result("PORTFOLIO", name=f"{i}.csv", sector=None) for i in range(4)]
    assert drawn(*books).title == "What changed in the exposures of 4 results"


def test_a_narrow_picture_has_no_numbers_beside_its_tracks() -> None:
    """They stay in the alternative text."""
    picture = drawn(drift_result(), extras=Extras(width=360))
    assert not any(texts(track) for track in tracks(picture))
    assert "+0.62 → +0.21" in picture.description


def differences(*results: CompareResult) -> Picture:
    return draw(results, "exposures", EXTRAS)


def test_compared_exposures_are_differences_with_their_intervals() -> None:
    """Of one pair as tracks, as exposures are, but named as differences."""
    picture = differences(compare_result(data=PRICES))
    assert picture.title == "How exposures differ: AAA.NS less BBB.NS"
    assert picture.spec["title"]["subtitle"] == [
        "255 sessions to 2026-11-20 · 251 sessions in common",
        "Model india-5f, basis raw · 95% intervals, Newey–West errors, 6 lags",
    ]
    found = {row["code"]: row for view in views(picture.spec) for row in rows(view) if "beta" in row}
    assert list(found) == ["market", "MKT", "VAL", "SZ", "VOL"]
    for code, one in DIFFERENCES.items():
        row = found[code]
        assert (row["beta"], row["ci_low"], row["ci_high"]) == (one.estimate, one.ci_low, one.ci_high)
        assert row["significant"] == (one.p_value < 0.05)
    assert (found["market"]["beta"], found["market"]["ci_low"]) == (-0.23, -0.43)
    assert found["SZ"]["factor"] == "Nifty Midcap 150 (SZ)"
    assert found["VOL"]["text"] == "+0.016 (−0.026 to +0.058)"
    assert "AAA.NS less BBB.NS, Nifty Midcap 150 (SZ): +0.47 (+0.04 to +0.91)." in picture.description
    assert '"title": "difference of betas"' in str(picture.spec).replace("'", '"')
    assert '"title": "difference of betas, own scale"' in str(picture.spec).replace("'", '"')
    (key,) = [view for view in views(picture.spec) if any("key" in row for row in rows(view))]
    assert list(rows(key)[0].values())[2] == "difference of betas, with its 95% interval"
    bare = replace(DIFFERENCES["SZ"], ci_low=NAN, ci_high=NAN, p_value=NAN)
    unknown = differences(compare_result(differences={**DIFFERENCES, "SZ": bare}))
    (row,) = [row for view in views(unknown.spec) for row in rows(view) if row.get("code") == "SZ"]
    assert (row["ci_low"], row["ci_high"], row["text"]) == (None, None, "+0.47")


def test_several_pairs_have_a_panel_a_factor() -> None:
    """A row a pair, called by the other; the title names a few."""
    pairs = [compare_result(f"B{i}.NS") for i in range(3)]
    picture = differences(*pairs)
    assert titles(picture.spec) == ["market β, one factor", "MKT", "VAL", "Nifty Midcap 150 (SZ)", "VOL"]
    assert picture.title == "How exposures differ: AAA.NS less B0.NS, B1.NS and B2.NS"
    panel = next(view for view in views(picture.spec) if any(row.get("code") == "SZ" for row in rows(view)))
    assert panel["encoding"]["y"]["sort"] == ["B0.NS", "B1.NS", "B2.NS"]
    assert "in common" not in subtitle(picture)
    five = differences(*pairs, compare_result("B3.NS"), compare_result("B4.NS"))
    assert five.title == "How exposures differ: AAA.NS less B0.NS, B1.NS and 3 more"
