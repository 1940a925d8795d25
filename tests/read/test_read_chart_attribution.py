"""What people see in the picture of an attribution: a waterfall to the total, and of many stocks a row of cells."""

import json
from dataclasses import replace

import pytest

from factorcli.render.charts.attribution import LOOKS, attribution
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.theme import BLUE, INK, ORANGE
from factorcli.results.decompose import Decomposition
from factorcli.results.exposure import Attribution
from factorcli.results.warnings import ResultWarning
from tests.read.panels import below_key, rows, subtitle
from tests.read.records_betas import decomposition

pytestmark = pytest.mark.read
EXTRAS = Extras(names={"MKT": "market"})
NAN = float("nan")
WHY = ResultWarning("attribution", "the return cannot be linked: the close on 2026-11-20 is missing. The parts hold.")


def unlinked(ticker: str = "AAA.NS") -> Decomposition:
    """A result whose return cannot be linked."""
    record = decomposition(ticker)
    nothing = Attribution(NAN, dict.fromkeys(record.contributions, NAN), NAN, NAN, NAN, NAN)
    return replace(record, attribution={**record.attribution, "linked": nothing}, warnings=(WHY,))


def test_each_bar_is_a_part_of_the_linked_return() -> None:
    """Unrounded, alpha first and the total last; the number beside it is rounded."""
    (panel,) = below_key(attribution([decomposition()], EXTRAS))
    assert [(row["part"], row["value"], row["text"]) for row in rows(panel)] == [
        ("alpha", 0.1112, "+11.12%"), ("market (MKT)", 0.0798, "+7.98%"), ("VAL", -0.0234, "−2.34%"),
        ("MOM", 0.0378, "+3.78%"), ("residual", -0.0053, "−0.53%"), ("days left out", -0.0147, "−1.47%"),
        ("jumps left out", 0.0436, "+4.36%"), ("total", 0.229, "+22.90%"),
    ]  # fmt: skip
    written = [layer["encoding"]["text"]["field"] for layer in panel["layer"] if "text" in layer["encoding"]]
    assert written == ["text", "label"]


def test_each_bar_begins_where_the_one_before_ends() -> None:
    """The total begins at zero and ends at itself; connectors stand at the sums between the bars."""
    (panel,) = below_key(attribution([decomposition()], EXTRAS))
    *parts, total = rows(panel)
    sums = [0.1112, 0.191, 0.1676, 0.2054, 0.2001, 0.1854, 0.229]
    assert [part["end"] for part in parts] == pytest.approx(sums)
    assert [part["start"] for part in parts] == [0.0, *(part["end"] for part in parts[:-1])]
    assert (total["start"], total["end"]) == (0.0, 0.229)
    links = panel["layer"][0]["data"]["values"]
    assert [(link["row"], link["next"]) for link in links] == [(i, i + 1) for i in range(7)]
    assert [link["sum"] for link in links] == [part["end"] for part in parts]
    bar = panel["layer"][1]["encoding"]
    assert (bar["x"]["field"], bar["x2"]["field"]) == ("start", "end")
    assert [LOOKS[row["look"]] for row in rows(panel)] == [BLUE, BLUE, ORANGE, BLUE, ORANGE, ORANGE, BLUE, INK]


def test_what_is_not_linked_is_arithmetic_and_says_why() -> None:
    """The numbers are the arithmetic ones, the reason that of the warning."""
    linked = attribution([decomposition()], EXTRAS)
    assert "Excess return over the window, linked (compounded)" in subtitle(linked)
    assert "arithmetic" not in subtitle(linked)
    picture = attribution([unlinked()], EXTRAS)
    (panel,) = below_key(picture)
    assert [row["value"] for row in rows(panel)] == [0.1021, 0.0733, -0.0215, 0.0347, 0.0062, -0.0139, 0.0415, 0.2224]
    assert "Excess return over the window, arithmetic (sum)" in subtitle(picture)
    assert "The return cannot be linked: the close on 2026-11-20 is missing" in subtitle(picture)


def test_days_and_jumps_of_zero_are_left_out() -> None:
    """Of all stocks where all are zero, with the sentence that explains them; a zero factor stays."""
    record = decomposition()
    linked = replace(record.attribution["linked"], excluded=0.0, jumps=0.0, alpha=0.0)
    none = replace(record, ticker="BBB.NS", attribution={"linked": linked})
    picture = attribution([none], EXTRAS)
    (panel,) = below_key(picture)
    assert [row["part"] for row in rows(panel)] == ["alpha", "market (MKT)", "VAL", "MOM", "residual", "total"]
    assert "left out" not in subtitle(picture)
    first, second = below_key(attribution([record, none], EXTRAS))
    assert [row["part"] for row in rows(first)][-3:] == ["days left out", "jumps left out", "total"]
    assert [row["part"] for row in rows(second)][-2:] == ["residual", "total"]
    assert second["layer"][0]["data"]["values"][-1] == {"sum": rows(second)[-2]["end"], "row": 4, "next": 7}


def test_weeks_left_out_are_called_weeks() -> None:
    """A weekly result has no days left out."""
    (panel,) = below_key(attribution([decomposition(frequency="weekly")], EXTRAS))
    assert rows(panel)[5]["part"] == "weeks left out"


def test_the_alternative_text_has_every_part() -> None:
    """With its stock."""
    picture = attribution([decomposition()], EXTRAS)
    assert picture.title == "Where the return of AAA.NS came from"
    for sentence in ("alpha: +11.12%.", "market (MKT): +7.98%.", "VAL: −2.34%.", "MOM: +3.78%.", "residual: −0.53%.",
                     "days left out: −1.47%.", "jumps left out: +4.36%.", "total: +22.90%."):  # fmt: skip
        assert f"AAA.NS {sentence}" in picture.description


def test_stocks_below_each_other_share_one_scale() -> None:
    """That which is not linked says so in its own title, and below the picture's title."""
    picture = attribution([decomposition(), unlinked("BBB.NS")], EXTRAS)
    first, second = below_key(picture)
    assert first["title"]["text"] == "AAA.NS  Alpha Works Ltd."
    assert second["title"]["text"] == "BBB.NS  Alpha Works Ltd., arithmetic (sum)"
    assert "Arithmetic (sum): BBB.NS" in subtitle(picture)
    scales = [panel["layer"][1]["encoding"]["x"]["scale"] for panel in (first, second)]
    assert scales[0] == scales[1]


def many(count: int) -> list[Decomposition]:
    """Stocks with totals of 1 %, 2 %, …, the last not linked."""
    record = decomposition()
    linked = replace(record.attribution["linked"], jumps=0.0)
    found = [replace(record, ticker=f"T{i}.NS", attribution={"linked": replace(linked, total=0.01 * (i + 1))})
             for i in range(count - 1)]  # fmt: skip
    return [*found, unlinked("SUM.NS")]


def test_many_stocks_have_a_row_of_numbers_each() -> None:
    """The largest total first; a cell has its own number, and nothing where no day was left out."""
    picture = attribution(many(31), EXTRAS)
    (view,) = below_key(picture)
    cells = {(row["ticker"], row["code"]): row for row in rows(view)}
    assert [cells["T29.NS", code]["cell"] for code in ("alpha", "MKT", "VAL", "MOM", "residual", "excluded", "jumps",
            "total")] == ["+11.1", "+8.0", "−2.3", "+3.8", "−0.5", "−1.5", "", "+30.0"]  # fmt: skip
    assert cells["SUM.NS", "jumps"]["cell"] == "+4.2"
    assert cells["T29.NS", "VAL"]["value"] == -0.0234
    assert (cells["T29.NS", "total"]["row"], cells["T0.NS", "total"]["row"]) == (0, 30)
    labels, headings = (view["layer"][number]["data"]["values"] for number in (2, 3))
    assert [label["label"] for label in labels][7:10] == ["T22.NS", "Σ SUM.NS", "T21.NS"]
    assert [" ".join(heading["heading"]) for heading in headings] == [
        "alpha", "MKT", "VAL", "MOM", "residual", "days left out", "jumps left out", "total",
    ]  # fmt: skip
    assert [cells["T0.NS", code]["column"] for code in ("alpha", "excluded", "total")] == [0, 5, 7]
    for sentence in ("Arithmetic (sum), marked Σ: SUM.NS", "In per cent, sorted by the total", "market (MKT)"):
        assert sentence in subtitle(picture)


def test_the_key_of_the_cells_is_that_of_their_colours() -> None:
    """A colour between each two neighbouring limits."""
    picture = attribution(many(5), EXTRAS)
    (view,) = below_key(picture)
    scale = view["layer"][0]["encoding"]["color"]["scale"]
    entries = [entry["label"] for entry in picture.spec["vconcat"][0]["data"]["values"]]
    marks = [layer["mark"]["color"] for layer in picture.spec["vconcat"][0]["layer"][:-1]]
    assert scale == {"type": "threshold", "domain": [-0.4, -0.15, -0.05, -0.01, 0.01, 0.05, 0.15, 0.4], "range": marks}
    assert entries == ["below −40%", "−40% to −15%", "−15% to −5%", "−5% to −1%", "−1% to +1%", "+1% to +5%",
                       "+5% to +15%", "+15% to +40%", "above +40%"]  # fmt: skip


@pytest.mark.parametrize("width", [320, 760, 1200])
def test_the_width_is_that_asked_for(width: int) -> None:
    """Whatever the names; no number that is not finite gets into the data."""
    for records in ([decomposition("<script>alert('x')</script>" * 3)], many(4), many(9)):
        picture = attribution(records, replace(EXTRAS, width=width))
        assert {panel["width"] for panel in below_key(picture)} == {width - 32}
        json.dumps(picture.spec, allow_nan=False)
