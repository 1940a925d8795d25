"""What people read of a drift: the answer, the changes, the joint test; of many, who has drifted."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest

from factorcli.results.drift import DriftResult
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_drift import CHANGES, JOINT, MARKET, drift_result, unsure

pytestmark = pytest.mark.read

NAN = float("nan")
CALM = {code: unsure(change) for code, change in CHANGES.items()}
NO_DRIFT = replace(JOINT, p_value=0.273, q_value=0.661)


def lines(*results: DriftResult) -> list[str]:
    return text(results).splitlines()


def test_a_page_says_first_what_changed_then_how_sure_it_is() -> None:
    """The two surest changes in a sentence each, their intervals, and the joint test."""
    heading, first, second, third, windows, *_ = lines(drift_result())
    assert heading == "AAA.NS  Alpha Works Ltd. · Capital Goods"
    assert first == (
        "AAA.NS is now less exposed to SZ than a year ago: +0.62 → +0.21, a change of −0.41 (95% interval −0.71 to "
        "−0.12)."
    )
    assert second == (
        "AAA.NS is now exposed to VAL positively, and was negatively a year ago: −0.31 → +0.14, a change of +0.45 (95% "
        "interval +0.03 to +0.87)."
    )
    assert third == "Together the changes are significant at 5% (joint p 0.014)."
    assert windows == "255 sessions to 2026-11-20 (after), against those to 2025-11-24 (before)"


def test_the_table_has_every_number_and_the_surest_change_first() -> None:
    """The one-factor beta above a rule; small betas have three decimals."""
    (table,) = tables(text([drift_result()]))
    assert table.headings == ("factor", "before", "after", "change", "95% interval", "t", "p")
    assert list(table.rows) == ["market β (one factor)", "SZ", "VAL", "MKT", "VOL"]
    assert table.row("market β (one factor)") == {
        "before": "+1.18", "after": "+1.27", "change": "+0.09", "95% interval": "−0.13 to +0.32", "t": "+0.81",
        "p": "0.418",
    }  # fmt: skip
    assert table.row("SZ") == {
        "before": "+0.62", "after": "+0.21", "change": "−0.41", "": "**", "95% interval": "−0.71 to −0.12",
        "t": "−2.77", "p": "0.006",
    }  # fmt: skip
    assert table.row("VAL") == {
        "before": "−0.31", "after": "+0.14", "change": "+0.45", "": "*", "95% interval": "+0.03 to +0.87",
        "t": "+2.12", "p": "0.034",
    }  # fmt: skip
    assert table.row("VOL") == {
        "before": "−0.021", "after": "−0.034", "change": "−0.013", "95% interval": "−0.051 to +0.025", "t": "−0.68",
        "p": "0.498",
    }  # fmt: skip
    (grid,) = grids(blocks([drift_result()]))
    assert styles(grid, "change") == ["dim", "red", "green", "dim", "dim"]
    assert headings_at(grid, 80) == ["factor", "before", "after", "change", "95% interval", "p"]
    assert headings_at(grid, 50) == ["factor", "before", "after", "change"]


def test_a_page_reads_in_this_order() -> None:
    """Answer, windows, table, joint test, model, warnings; names to the left, numbers to the right."""
    page = lines(drift_result())
    assert page[5:15] == [
        "",
        "factor                 before   after  change          95% interval      t      p",
        "─" * 81,
        "market β (one factor)   +1.18   +1.27   +0.09        −0.13 to +0.32  +0.81  0.418",
        "─" * 81,
        "SZ                      +0.62   +0.21   −0.41  **    −0.71 to −0.12  −2.77  0.006",
        "VAL                     −0.31   +0.14   +0.45  *     +0.03 to +0.87  +2.12  0.034",
        "MKT                     +0.71   +0.93   +0.22        −0.24 to +0.67  +0.95  0.343",
        "VOL                    −0.021  −0.034  −0.013      −0.051 to +0.025  −0.68  0.498",
        "",
    ]
    assert page[15].startswith("Joint test of all changes")
    assert page[16] == ""
    assert "prices from demo to 2026-11-20" in page[17]
    assert page[18:] == ["! synthetic_prices: these prices are made up."]
    parts = blocks([drift_result()])
    assert [span.style for span in parts[0]] == ["bold", "", ""]  # type: ignore[union-attr]
    assert styles(grids(parts)[0], "factor") == ["bold"] * 5
    (many_grid,) = grids(blocks(many(4, 0)))
    assert styles(many_grid, "ticker") == ["bold"] * 4
    assert lines_at(many_grid, None)[2].startswith("T0.NS   Name 0  SZ +0.62 → +0.21    0.001  0.061  +0.09 ")
    small = replace(CHANGES["VOL"], p_value=0.0001)
    (table,) = tables(text([drift_result("Z.NS", changes={**CHANGES, "VOL": small}), *many(3, 0)]))
    assert table.row("Z.NS")["surest change"] == "VOL −0.021 → −0.034"


def test_below_it_stand_the_joint_test_and_what_the_windows_share() -> None:
    """Nothing is shared where the shift is as long as the window, and q is only where there are several results."""
    page = text([drift_result()])
    assert "Joint test of all changes, MKT too: F(4, 494) = 3.14, p 0.014, HC3 errors\n" in page
    assert "share" not in page
    assert "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags" in page
    assert "synthetic_prices: these prices are made up." in page
    assert "Benjamini" not in page
    assert "The two windows share 192 sessions, which the errors allow for." in text([drift_result(shift=63)])
    two = text([drift_result(), drift_result("BBB.NS")])
    assert "F(4, 494) = 3.14, p 0.014, HC3 errors, q 0.037\n" in two
    assert "q is the p-value after the correction for that many results (Benjamini & Hochberg)." in two
    assert tables(two)[0].column("q") == {
        "market β (one factor)": "0.553", "SZ": "0.016", "VAL": "0.084", "MKT": "0.612", "VOL": "0.721",
    }  # fmt: skip


def test_without_a_sure_change_the_answer_says_so() -> None:
    """Neither together nor one by one; and together, but no single one."""
    calm = drift_result(changes=CALM, joint_test=NO_DRIFT)
    assert lines(calm)[1] == (
        "No change is significant at 5%: the exposures of AAA.NS are not surely other than a year ago (joint p 0.273)."
    )
    together = drift_result(changes=CALM)
    assert lines(together)[1] == (
        "The exposures of AAA.NS are not what they were a year ago, though no single change is sure (joint p 0.014)."
    )


def test_a_single_sure_change_is_not_believed_where_the_joint_test_is_not() -> None:
    """It is named with how many betas there are."""
    one = drift_result(changes={**CALM, "SZ": CHANGES["SZ"]}, joint_test=NO_DRIFT)
    assert lines(one)[1:3] == [
        "Together the changes of AAA.NS since 2025-11-24 are not significant at 5% (joint p 0.273).",
        "The change of SZ by itself is, which happens by chance among 5 betas.",
    ]
    assert lines(drift_result(joint_test=NO_DRIFT))[2] == (
        "Each of SZ and VAL by itself is, which happens by chance among 5 betas."
    )


def test_the_market_comes_first_and_further_changes_are_listed() -> None:
    """Two sentences at most; the one-factor beta is called the market."""
    market = replace(MARKET, p_value=0.0213)
    told = lines(drift_result(market=market))[1:5]
    assert told[0] == (
        "AAA.NS is now more exposed to the market than a year ago: +1.18 → +1.27, a change of +0.09 (95% interval "
        "−0.13 to +0.32)."
    )
    assert told[1].startswith("AAA.NS is now less exposed to SZ")
    assert told[2] == "Of the other changes that of VAL is significant, too."
    sure = {**CHANGES, "MKT": replace(CHANGES["MKT"], p_value=0.041)}
    assert "Of the other changes those of VAL and MKT are significant, too." in lines(
        drift_result(market=market, changes=sure)
    )
    down = replace(CHANGES["VAL"], before=0.31, after=-0.14)
    turned = lines(drift_result(changes={**CALM, "VAL": down}))[1]
    assert turned.startswith("AAA.NS is now exposed to VAL negatively, and was positively a year ago: +0.31 → −0.14")


@pytest.mark.parametrize(
    ("days", "said"),
    [(30, "a month ago"), (10, "a month ago"), (91, "3 months ago"), (349, "11 months ago"), (350, "a year ago"),
     (380, "a year ago"), (381, "13 months ago"), (731, "24 months ago")],
)  # fmt: skip
def test_the_time_between_the_windows_is_told_in_months(days: int, said: str) -> None:
    """Of their last days."""
    earlier = date(2026, 11, 20) - timedelta(days)
    assert f"than {said}: +0.62" in lines(drift_result(from_as_of=earlier))[1]


def test_without_a_joint_test_nothing_is_claimed() -> None:
    """The single changes stay."""
    unknown = replace(JOINT, f_stat=NAN, p_value=NAN, q_value=NAN)
    page = text([drift_result(joint_test=unknown)])
    assert "There is no joint test of the changes of AAA.NS.\n" in page
    assert "AAA.NS is now less exposed to SZ" in page
    assert "Joint test" not in page
    bare = replace(CHANGES["SZ"], std_error=NAN, t_stat=NAN, p_value=NAN, ci_low=NAN, ci_high=NAN)
    (table,) = tables(text([drift_result(changes={**CALM, "SZ": bare}, joint_test=unknown)]))
    assert list(table.rows)[-1] == "SZ"
    assert table.row("SZ") == {"before": "+0.62", "after": "+0.21", "change": "−0.41", "95% interval": "–", "t": "–",
                               "p": "–"}  # fmt: skip


def test_a_portfolio_is_called_by_its_file() -> None:
    """In sentences; the heading has both."""
    heading, first, *_ = lines(drift_result("PORTFOLIO", name="mine.csv", sector=None))
    assert heading == "PORTFOLIO  mine.csv"
    assert first.startswith("mine.csv is now less exposed to SZ than a year ago")


def many(count: int, drifted: int) -> list[DriftResult]:
    """Results of which the first have drifted."""
    return [
        drift_result(
            f"T{i}.NS",
            name=f"Name {i}",
            joint_test=replace(JOINT, p_value=0.001 * (i + 1), q_value=0.0041 if i < drifted else 0.0611),
            warnings=() if i else (ResultWarning("outlier", "a day."),),
        )
        for i in range(count)
    ]


def test_many_are_one_table_that_says_who_has_drifted() -> None:
    """How many by q, how many by p, and how many would seem to by chance."""
    page = text(many(60, 2))
    first, second, *_ = page.splitlines()
    assert first == "2 of 60 have drifted since the window to 2025-11-24 (joint q below 5%): T0.NS and T1.NS."
    assert second == "49 have a joint p below 5%; chance alone would give about 3 of 60."
    (table,) = tables(page)
    assert table.headings == (
        "ticker", "name", "surest change", "joint p", "q", "Δβ (1F)", "ΔMKT", "ΔVAL", "ΔSZ", "ΔVOL", "notes",
    )  # fmt: skip
    assert len(table.rows) == 60
    assert table.row("T0.NS") == {
        "name": "Name 0", "surest change": "SZ +0.62 → +0.21", "joint p": "0.001", "q": "0.004", "Δβ (1F)": "+0.09",
        "ΔMKT": "+0.22", "ΔVAL": "+0.45*", "ΔSZ": "−0.41**", "ΔVOL": "−0.013", "notes": "outlier",
    }  # fmt: skip
    assert table.row("T2.NS")["q"] == "0.061"
    assert "4 have a joint p below 5%; chance alone would give about 0.2 of 4." in text(many(4, 0))
    assert "1 of 60 has drifted since" in text(many(60, 1))
    assert "None of 60 has drifted since the window to 2025-11-24 (joint q below 5%)." in text(many(60, 0))
    assert "12 of 60 have drifted since the window to 2025-11-24 (joint q below 5%).\n" in text(many(60, 12))


def test_a_terminal_shows_the_surest_of_many() -> None:
    """Those that have drifted, twenty at least; columns go where there is little room."""
    shown = text(many(60, 2), terminal=True)
    assert len(tables(shown)[0].rows) == 20
    assert "40 more, less sure; the JSON output has all." in shown
    assert len(tables(text(many(60, 31), terminal=True))[0].rows) == 31
    assert "less sure" not in text(many(20, 2), terminal=True)
    (grid,) = grids(blocks(many(60, 2)))
    assert headings_at(grid, 50) == ["ticker", "surest change", "joint p", "q", "Δβ (1F)"]
    assert headings_at(grid, 92)[-1] == "ΔVOL"
    nothing = {code: replace(change, p_value=math.nan) for code, change in CHANGES.items()}
    (table,) = tables(text([*many(3, 0), drift_result("Z.NS", changes=nothing)]))
    assert table.row("Z.NS")["surest change"] == "–"
