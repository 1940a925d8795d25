"""What people read of a comparison: the answer, the differences, the joint test; of many, a row each."""

from dataclasses import replace

import pytest

from factorcli.results.beta import Estimate, JointTest
from factorcli.results.compare import CompareResult
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_betas import SHARED
from tests.read.records_drift import DIFFERENCES, compare_result

pytestmark = pytest.mark.read

NAN = float("nan")
EQUAL = Estimate(0.07, 0.101, 0.69, 0.491, -0.13, 0.27)


def lines(*results: CompareResult) -> list[str]:
    return text(results).splitlines()


def test_a_page_says_first_who_moves_more_with_the_market() -> None:
    """In per cent of a market move of 1 %; then the factors whose betas surely differ, and all together."""
    heading, first, second, third, joint, common, *_ = lines(compare_result())
    assert heading == "AAA.NS  Alpha Works Ltd. · Capital Goods  against  BBB.NS"
    assert first == (
        "When the market moved by 1%, AAA.NS moved by 0.23% less than BBB.NS on average (95% interval of the "
        "difference −0.43% to −0.03%)."
    )
    assert second == "Its beta to VAL is 0.36 lower (95% interval of the difference −0.62 to −0.11)."
    assert third == "Its beta to SZ is 0.47 higher (95% interval of the difference +0.04 to +0.91)."
    assert joint == "Together the differences are significant at 5% (p 0.012)."
    assert common == "255 sessions to 2026-11-20 · 251 sessions in common"
    more = compare_result(market_difference=Estimate(0.31, 0.1, 3.1, 0.002, 0.11, 0.51))
    assert lines(more)[1].startswith("When the market moved by 1%, AAA.NS moved by 0.31% more than BBB.NS on average")


def test_what_is_not_sure_is_said_so() -> None:
    """Of the market, and of all together; without a test nothing is said."""
    calm = {code: replace(one, p_value=0.61) for code, one in DIFFERENCES.items()}
    found = compare_result(
        market_difference=EQUAL, differences=calm, joint_test=JointTest(0.81, 0.523, 4, 246.0, "hc3")
    )
    _, first, second, third, *_ = lines(found)
    assert first == (
        "Which of AAA.NS and BBB.NS moves more with the market is not sure: their betas differ by +0.07 (95% interval "
        "−0.13 to +0.27), which is not significant at 5%."
    )
    assert second == "Together the differences are not significant at 5% (p 0.523)."
    assert third.startswith("255 sessions")
    page = text([compare_result(joint_test=JointTest(NAN, NAN, 4, 0.0, "hc3"))])
    assert "ogether" not in page
    assert "Joint test" not in page


def test_the_table_has_every_number() -> None:
    """Below the names of both; the one-factor beta above a rule."""
    (table,) = tables(text([compare_result()]))
    assert table.headings == ("factor", "AAA.NS − BBB.NS", "95% interval", "t", "p")
    assert table.rows == {
        "market β (one factor)": {
            "AAA.NS − BBB.NS": "−0.23", "": "*", "95% interval": "−0.43 to −0.03", "t": "−2.28", "p": "0.024",
        },
        "MKT": {"AAA.NS − BBB.NS": "+0.17", "95% interval": "−0.18 to +0.53", "t": "+0.94", "p": "0.348"},
        "VAL": {"AAA.NS − BBB.NS": "−0.36", "": "**", "95% interval": "−0.62 to −0.11", "t": "−2.69", "p": "0.008"},
        "SZ": {"AAA.NS − BBB.NS": "+0.47", "": "*", "95% interval": "+0.04 to +0.91", "t": "+2.11", "p": "0.036"},
        "VOL": {"AAA.NS − BBB.NS": "+0.016", "95% interval": "−0.026 to +0.058", "t": "+0.75", "p": "0.454"},
    }  # fmt: skip
    (grid,) = grids(blocks([compare_result()]))
    assert styles(grid, "AAA.NS − BBB.NS") == ["red", "dim", "red", "green", "dim"]
    assert headings_at(grid, 70) == ["factor", "AAA.NS − BBB.NS", "95% interval", "p"]
    assert headings_at(grid, 45) == ["factor", "AAA.NS − BBB.NS"]


def test_a_page_reads_in_this_order() -> None:
    """Answer, window, table, tests, model, warnings; names to the left, numbers to the right."""
    page = lines(compare_result())
    assert page[6:16] == [
        "",
        "factor                 AAA.NS − BBB.NS          95% interval      t      p",
        "─" * 74,
        "market β (one factor)            −0.23  *     −0.43 to −0.03  −2.28  0.024",
        "─" * 74,
        "MKT                              +0.17        −0.18 to +0.53  +0.94  0.348",
        "VAL                              −0.36  **    −0.62 to −0.11  −2.69  0.008",
        "SZ                               +0.47  *     +0.04 to +0.91  +2.11  0.036",
        "VOL                             +0.016      −0.026 to +0.058  +0.75  0.454",
        "",
    ]
    assert page[16].startswith("Joint test of all differences")
    assert page[17].startswith("Correlation of the returns")
    assert page[18] == ""
    assert "prices from demo to 2026-11-20" in page[19]
    assert page[20:] == ["! synthetic_prices: these prices are made up."]
    parts = blocks([compare_result()])
    assert [span.style for span in parts[0]] == ["bold", "", "", "", "bold"]  # type: ignore[union-attr]
    assert styles(grids(parts)[0], "factor") == ["bold"] * 5
    (many,) = grids(blocks([compare_result(f"B{i}.NS") for i in range(4)]))
    assert styles(many, "less those of") == ["bold"] * 4
    assert lines_at(many, None)[2].startswith("B0.NS          −0.23*    +0.17 ")


def test_below_it_stand_the_joint_test_and_the_correlations() -> None:
    """Of the returns, and of what the factors leave unexplained; then the model and the warnings."""
    page = text([compare_result()])
    assert "Joint test of all differences, MKT too: F(4, 246) = 3.31, p 0.012, HC3 errors\n" in page
    assert "Correlation of the returns +0.68; of what the factors leave unexplained −0.37\n" in page
    assert "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags" in page
    assert "synthetic_prices: these prices are made up." in page
    assert "unexplained –\n" in text([compare_result(residual_correlation=NAN)])


def test_a_portfolio_is_called_by_its_file() -> None:
    """In sentences and in the heading of the column."""
    page = text([compare_result(ticker="PORTFOLIO", name="mine.csv", sector=None, against="yours.csv")])
    assert page.startswith("PORTFOLIO  mine.csv  against  yours.csv\nWhen the market moved by 1%, mine.csv moved")
    assert tables(page)[0].headings[1] == "mine.csv − yours.csv"


def test_many_pairs_are_one_table() -> None:
    """A row each; what has the least need goes first where there is little room."""
    other = ResultWarning("outlier", "a day.")
    pairs = [compare_result(f"B{i}.NS", observations=240 + i, warnings=(SHARED, other) if i == 1 else (SHARED,))
             for i in range(4)]  # fmt: skip
    page = text(pairs)
    assert page.startswith("Betas of AAA.NS less those of each other; a positive number is more exposure.\n")
    (table,) = tables(page)
    assert table.headings == (
        "less those of", "β (1F)", "MKT", "VAL", "SZ", "VOL", "joint p", "correlation", "of residuals", "n", "notes",
    )  # fmt: skip
    assert table.row("B1.NS") == {
        "β (1F)": "−0.23*", "MKT": "+0.17", "VAL": "−0.36**", "SZ": "+0.47*", "VOL": "+0.016", "joint p": "0.012",
        "correlation": "+0.68", "of residuals": "−0.37", "n": "241", "notes": "outlier",
    }  # fmt: skip
    assert table.column("n") == {"B0.NS": "240", "B1.NS": "241", "B2.NS": "242", "B3.NS": "243"}
    (grid,) = grids(blocks(pairs))
    assert headings_at(grid, 75) == ["less those of", "β (1F)", "MKT", "VAL", "SZ", "VOL", "joint p"]
    assert headings_at(grid, 60)[-1] == "VOL"
