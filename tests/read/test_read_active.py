"""What people read of a ticker or portfolio against its benchmark."""

from dataclasses import replace

import pytest

from factorcli.render.decisions.active import interval
from factorcli.render.decisions.changes import digits_of
from factorcli.results.beta import Estimate
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_betas import beta_result, decomposition
from tests.read.records_whatif import ACTIVE, OWN

pytestmark = pytest.mark.read

HEADINGS = ("active factor", "active β", "95% interval", "t", "p", "active variance")


@pytest.mark.parametrize(
    "record", [beta_result(active=ACTIVE), decomposition(active=ACTIVE)], ids=["beta", "decompose"]
)
def test_every_active_beta_stands_with_its_errors_and_its_share(record) -> None:
    """In both commands the same table, at the end of the page."""
    table = tables(text([record]))[-1]
    assert table.headings == HEADINGS
    assert table.rows == {
        "market β (one factor)": {
            "active β": "+0.14", "": "*", "95% interval": "+0.02 to +0.26", "t": "+2.29", "p": "0.023",
        },
        "MKT": {
            "active β": "−0.37", "": "*", "95% interval": "−0.68 to −0.07", "t": "−2.46", "p": "0.015",
            "active variance": "+21.6%",
        },
        "VAL": {
            "active β": "+0.23", "95% interval": "−0.03 to +0.49", "t": "+1.71", "p": "0.088",
            "active variance": "−4.3%",
        },
        "VOL": {
            "active β": "−0.031", "": "***", "95% interval": "−0.053 to −0.009", "t": "−2.77", "p": "< 0.001",
            "active variance": "+5.8%",
        },
        "idiosyncratic": {"active variance": "+76.9%"},
        "total": {"active variance": "+100.0%"},
    }  # fmt: skip


def test_the_tracking_error_is_said_in_words() -> None:
    """With its interval, and what it means; then the largest part, and the betas that differ."""
    lines = text([beta_result(active=ACTIVE)]).splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("Against "))
    assert lines[place - 1] == lines[place + 2] == ""
    assert lines[place] == (
        "Against ^INDEX: tracking error 12.3% a year, 95% interval 11.3% to 13.6%: in two years of three the return is "
        "within 12.3 points of the benchmark's, for normal returns with the same mean"
    )
    assert lines[place + 1] == (
        "77% of the active variance is what no factor explains; betas differ from the benchmark's at 5% in MKT, VOL"
    )


def test_a_factor_may_be_the_largest_part_and_no_beta_may_differ() -> None:
    """Then the factor is named."""
    betas = {"MKT": Estimate(0.01, 0.2, 0.05, 0.05, -0.4, 0.4)}
    found = replace(ACTIVE, betas=betas, contributions={"MKT": 0.61, "idiosyncratic": 0.39})
    said = "61% of the active variance is MKT; no beta differs at 5%"
    assert said in text([decomposition(active=found)]).splitlines()


def test_its_own_benchmark_has_no_table() -> None:
    """One sentence says that the two are the same."""
    printed = text([beta_result(active=OWN)])
    assert "Against ^INDEX: tracking error 0.0%, as the two are the same\n" in printed
    assert len(tables(printed)) == 1


def test_many_tickers_have_a_row_each() -> None:
    """Tracking error, interval, active betas with stars, and the share that no factor explains; below the overview."""
    parts = {**ACTIVE.contributions, "idiosyncratic": 0.542}
    half = replace(ACTIVE, tracking_error=0.0881, tracking_error_low=0.0779, contributions=parts)
    records = [ACTIVE, replace(half, tracking_error_high=0.0992), ACTIVE, OWN]
    names = ["A.NS", "B.NS", "C.NS", "D.NS"]
    for make in (beta_result, decomposition):
        printed = text([make(name, active=record) for name, record in zip(names, records, strict=True)])
        table = tables(printed)[1]
        assert table.headings == (
            "ticker", "tracking error", "95% interval", "active β (1F)", "MKT", "VAL", "VOL", "idiosyncratic",
        )  # fmt: skip
        assert table.row("B.NS") == {
            "tracking error": "8.8%", "95% interval": "7.8% to 9.9%", "active β (1F)": "+0.14*", "MKT": "−0.37*",
            "VAL": "+0.23", "VOL": "−0.031***", "idiosyncratic": "54%",
        }  # fmt: skip
        assert table.row("D.NS") == {
            "tracking error": "0.0%", "95% interval": "0.0% to 0.0%", "active β (1F)": "0.00", "MKT": "0.00",
            "VAL": "0.00", "VOL": "0.00", "idiosyncratic": "–",
        }  # fmt: skip
        heading = "Against ^INDEX: active betas, and the share of the active variance that no factor explains"
        assert heading in printed.splitlines()
        assert len(tables(text([make(name) for name in names]))) == 1


def test_narrow_tables_drop_columns() -> None:
    """p, t and the interval in turn; of many the idiosyncratic share, the interval, then the last factors."""
    grid = grids(blocks([beta_result(active=ACTIVE)]))[1]
    everything = headings_at(grid, None)
    for width, missing in ((88, []), (80, ["p"]), (72, ["p", "t"]), (56, ["p", "t", "95% interval"])):
        assert headings_at(grid, width) == [heading for heading in everything if heading not in missing]
        assert max(map(len, lines_at(grid, width))) <= width
    many = grids(blocks([beta_result(name, active=ACTIVE) for name in "ABCD"]))[1]
    everything = headings_at(many, None)
    for width, missing in ((100, []), (88, ["idiosyncratic"]), (72, ["idiosyncratic", "95% interval"]),
                           (58, ["idiosyncratic", "95% interval", "VOL"])):  # fmt: skip
        assert headings_at(many, width) == [heading for heading in everything if heading not in missing]


def test_words_begin_and_numbers_end_below_their_headings() -> None:
    """Factors and stars are left-aligned, all else right-aligned; the one-factor beta first, the total last."""
    grid = grids(blocks([beta_result(active=ACTIVE)]))[1]
    rows = lines_at(grid, None)
    assert [rows[0], rows[2], rows[6], rows[9]] == [
        "active factor          active β           95% interval      t        p  active variance",
        "market β (one factor)     +0.14  *      +0.02 to +0.26  +2.29    0.023",
        "VOL                      −0.031  ***  −0.053 to −0.009  −2.77  < 0.001            +5.8%",
        "total                                                                           +100.0%",
    ]
    assert styles(grid, "active factor") == ["bold"] * 6


def test_colours_and_rules() -> None:
    """Green and red where significant, dim where not; a hedge is red; rules around the factors."""
    grid = grids(blocks([beta_result(active=ACTIVE)]))[1]
    assert styles(grid, "active β") == ["green", "red", "dim", "red", "", ""]
    assert styles(grid, "active variance") == ["", "", "red", "", "", ""]
    assert [number for number, line in enumerate(lines_at(grid, None)) if set(line) == {"─"}] == [1, 3, 8]
    assert len(lines_at(grid, None)) == 10


def test_a_benchmark_without_dividends_says_nothing_of_alpha() -> None:
    """Alpha's note is for the market's index."""
    note = "; the market index is without dividends"
    for said, expected in (("it lacks them", True), ("the benchmark X is a price index", False)):
        printed = text([beta_result(warnings=(ResultWarning("price_index", said),))])
        assert (note in printed) == expected


def test_small_and_precise_betas_have_three_decimals() -> None:
    """Below 0.1 in size with an error below 0.05; a bound that is not known is a dash."""
    small = ACTIVE.betas["VOL"]
    assert (
        digits_of(small)
        == digits_of(replace(small, estimate=0.0999))
        == digits_of(replace(small, std_error=0.049))
        == 3
    )
    assert [digits_of(replace(small, estimate=beta)) for beta in (0.1, -0.1, -0.4)] == [2, 2, 2]
    assert [digits_of(replace(small, std_error=error)) for error in (0.05, 0.2)] == [2, 2]
    assert interval(small) == "−0.053 to −0.009"
    assert interval(replace(small, estimate=0.2)) == "−0.05 to −0.01"
    assert interval(OWN.market_beta) == "–"


def test_which_betas_differ_is_what_their_tests_say() -> None:
    """Of a rise as of a fall; 5% itself does not differ."""
    rise = Estimate(0.37, 0.151, 2.46, 0.0147, 0.07, 0.68)
    fall = Estimate(-0.23, 0.132, -1.71, 0.0885, -0.49, 0.03)
    found = replace(ACTIVE, betas={"MKT": rise, "VAL": fall, "VOL": replace(rise, p_value=0.05)})
    said = "77% of the active variance is what no factor explains; betas differ from the benchmark's at 5% in MKT"
    assert said in text([beta_result(active=found)]).splitlines()


def test_of_many_the_tickers_stand_out_and_only_those_with_a_benchmark_are_there() -> None:
    """Bold and flush left; blank lines around the table."""
    names = ("A.NS", "LONG-NAME.NS", "C.NS", "D.NS")
    results = [beta_result(name, active=None if name == "C.NS" else ACTIVE) for name in names]
    parts = blocks(results)
    grid = grids(parts)[1]
    assert styles(grid, "ticker") == ["bold"] * 3
    lines = lines_at(grid, None)
    assert [line.split()[0] for line in lines[2:]] == ["A.NS", "LONG-NAME.NS", "D.NS"]
    assert lines[0].startswith("ticker  ")
    assert lines[2].startswith("A.NS  ")
    printed = text(results).splitlines()
    heading = next(number for number, line in enumerate(printed) if line.startswith("Against ^INDEX"))
    assert [printed[heading + place] == "" for place in (-1, 1, 2, 6, 7)] == [True, True, False, False, True]
    assert all(printed[heading + place] for place in (2, 3, 4, 5, 6))
    (line,) = [part for part in parts if isinstance(part, tuple) and part and part[0].text == "Against ^INDEX"]
    assert [span.style for span in line][:2] == ["bold", ""]


def test_the_tracking_error_stands_out() -> None:
    """Its benchmark is bold; a share of zero is not red."""
    found = replace(ACTIVE, contributions={**ACTIVE.contributions, "VAL": 0.0})
    parts = blocks([beta_result(active=found)])
    (line,) = [part for part in parts if isinstance(part, tuple) and part and part[0].text == "Against ^INDEX"]
    assert line[0].style == "bold"
    assert styles(grids(parts)[1], "active variance") == ["", "", "", "", "", ""]


def test_active_betas_of_many_have_stars_and_colours() -> None:
    """Aligned by three places for stars; green and red where significant."""
    fall = replace(ACTIVE, market_beta=replace(ACTIVE.market_beta, estimate=-0.14, p_value=0.2))
    grid = grids(blocks([beta_result(name, active=fall if name == "A" else ACTIVE) for name in "ABCD"]))[1]
    assert lines_at(grid, None)[0:4:2] == [
        "ticker  tracking error    95% interval  active β (1F)       MKT       VAL        VOL  idiosyncratic",
        "A                12.3%  11.3% to 13.6%       −0.14     −0.37*    +0.23     −0.031***            77%",
    ]
    assert styles(grid, "active β (1F)") == ["dim", "green", "green", "green"]
    assert styles(grid, "MKT") == ["red"] * 4
    assert styles(grid, "VAL") == ["dim"] * 4


def test_an_interval_that_begins_at_zero_is_said() -> None:
    """Only a tracking error of zero has none."""
    found = replace(ACTIVE, tracking_error_low=0.0)
    assert "tracking error 12.3% a year, 95% interval 0.0% to 13.6%:" in text([beta_result(active=found)])
