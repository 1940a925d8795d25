"""The sections of decisions of a page, part by part: order, weight, rules of tables, and when there is none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.decisions import hedge as hedge_words
from factorcli.render.report.decisions import sections
from factorcli.render.report.parts import Items, Part, Section, Table, Text
from factorcli.results.report import STOCK, Report
from factorcli.results.warnings import ResultWarning
from tests.read.pages import NAMES
from tests.read.records_betas import beta_result, decomposition
from tests.read.records_decisions import peers_of
from tests.read.records_drift import drift_result
from tests.read.records_hedge import worth
from tests.read.records_stress import stress_result
from tests.read.test_read_report_decisions import portfolio, stock

pytestmark = pytest.mark.read

EXTRAS = Extras(names=NAMES)
LOSS, DRIFT, PEERS, HEDGE = (
    ("a-loss", "What it could lose"),
    ("a-drift", "Has it changed"),
    ("a-peers", "Stocks like it"),
    ("a-hedge", "How to hedge it"),
)


def found(report: Report) -> list[Section]:
    """The sections, with a text in the place of each picture."""

    def drawn(results: Sequence[object], name: str) -> list[Part]:
        return [Text(f"{len(results)} picture {name}")]

    return list(sections(report, EXTRAS, "a", drawn))


def heads(report: Report) -> list[tuple[str, str]]:
    return [(one.anchor, one.heading) for one in found(report)]


def outline(section: Section) -> list[str]:
    """A line a part: the first words of a text, in brackets where it is quiet; the first words of a caption."""
    told = []
    for part in section.parts:
        if isinstance(part, Text):
            words = " ".join(part.text.split()[:3])
            told.append(f"({words})" if part.quiet else words)
        elif isinstance(part, Table):
            told.append(f"table {part.caption.split()[1]}")
        elif isinstance(part, Items):
            told.append("items " + " ".join(code for code, _ in part.rows))
    return told


def tables(section: Section) -> list[Table]:
    return [part for part in section.parts if isinstance(part, Table)]


def test_the_parts_of_a_stock_are_in_their_order() -> None:
    """The answer first, the picture, the tables, then quietly what they mean; warnings last."""
    loss, drift, peers = found(stock())
    assert heads(stock()) == [LOSS, DRIFT, PEERS]
    assert outline(loss) == [
        "If MKT (Nifty", "The whole interval", "1 picture stress", "table each", "Standard error 5.2%;",
        "(The other factors)", "In crash-2020 (2020-02-20", "table of", "(Own: today's weights)",
    ]  # fmt: skip
    assert outline(drift) == ["AAA.NS is now", "1 picture drift", "table changed:", "(Joint test of)"]
    assert outline(peers) == ["Stocks most like", "table nearest", "(Distance: how far)", "items large_move"]


def test_the_parts_of_a_portfolio_are_in_their_order() -> None:
    """Its holdings in that case, and its hedge where a stock has peers."""
    loss, drift, hedge = found(portfolio())
    assert heads(portfolio()) == [LOSS, DRIFT, HEDGE]
    assert outline(loss)[3:7] == ["table each", "Standard error 5.2%;", "table in", "(The other factors)"]
    assert outline(drift)[0] == "book.csv is now"
    assert outline(hedge) == [
        "Sell ₹14,74,444 of", "Tried out: hedged", "table hedge", "table the", "(^NSEI stands for)",
    ]  # fmt: skip
    assert heads(portfolio(hedge=None)) == [LOSS, DRIFT]


def test_tables_keep_their_rules_and_their_columns_sides() -> None:
    """A rule above a total or below the subject; dates as numbers are, so that they are not broken."""
    loss, drift, peers = found(stock())
    factors, past = tables(loss)
    assert [table.caption for one in (loss, drift, peers) for table in tables(one)] == [
        "What each factor would do, and what that would change",
        "Episodes of the past: what it did (own), and what its betas of today say (model)",
        "What changed: betas of 255 sessions to 2026-11-20 (after), against those to 2025-11-24 (before)",
        "The nearest of 463 stocks, 251 sessions to 2026-11-20, betas in the basis residual",
    ]
    assert [table.grid.rules for table in (*tables(loss), *tables(drift), *tables(peers))] == [
        {2}, set(), {0}, {0},
    ]  # fmt: skip
    assert [column.title for column in factors.grid.columns if column.left] == ["factor", "which is"]
    assert [column.title for column in past.grid.columns if column.left] == ["episode"]
    assert [column.title for column in past.grid.columns] == [
        "episode", "from", "to", "own", "model", "largest fall", "worst day", "on",
    ]  # fmt: skip
    (nearest,) = tables(peers)
    assert [column.title for column in nearest.grid.columns if column.left] == ["stock", "name", "sector", "note"]
    assert {table.folded for table in (factors, past, nearest)} == {False}
    holdings = tables(found(portfolio())[0])[1]
    assert holdings.caption == (
        "Holdings in that case: the change of each, and weight × change, its part of the portfolio's"
    )
    captions = [table.caption for table in tables(found(portfolio())[2])]
    assert captions == [
        "The hedge of least variance: money in it for one unit of money in the portfolio",
        "What the hedge changes: betas without it and with it",
    ]


def test_sentences_are_joined_by_a_blank_and_end_with_a_full_stop() -> None:
    """Those of a paragraph, whole."""
    said = [part.text for one in (*found(stock()), *found(portfolio())) for part in one.parts if isinstance(part, Text)]
    for text in (
        "AAA.NS is now less exposed to SZ than a year ago: +0.62 → +0.21, a change of −0.41 (95% interval −0.71 to "
        "−0.12). AAA.NS is now exposed to VAL positively, and was negatively a year ago: −0.31 → +0.14, a change of "
        "+0.45 (95% interval +0.03 to +0.87). Together the changes are significant at 5% (joint p 0.014).",
        "Tried out: hedged with the ratios of the first 189 sessions, the volatility over the last 62 falls from "
        "17.7% to 14.6%. How sure: at 95%, sell ₹13,25,196 to ₹16,23,692 of ^NSEI; from selling ₹48,308 to buying "
        "₹3,62,372 of MID.NS.",
    ):
        assert text in said
    *_, foot = said
    assert foot == (
        "^NSEI stands for the Nifty 50. 251 returns in common in 255 sessions to 2026-11-20. A ratio is money in the "
        f"instrument for one unit of money in book.csv, negative sold; {foot.partition('negative sold; ')[2]}"
    )
    assert foot.endswith("with the errors of its regression. " + hedge_words.LIMITS)
    both = next(
        part.text
        for part in found(stock(drift=drift_result(shift=126)))[1].parts
        if isinstance(part, Text) and part.quiet
    )
    assert both == (
        "Joint test of all changes, MKT too: F(4, 494) = 3.14, p 0.014, HC3 errors. The two windows share 129 "
        "sessions, which the errors allow for."
    )


def test_without_a_joint_test_or_a_shared_day_there_is_no_note() -> None:
    """Of what the changes are tested with."""
    bare = replace(drift_result().joint_test, f_stat=float("nan"), p_value=float("nan"))
    assert outline(found(stock(drift=drift_result(joint_test=bare)))[1])[-1] == "table changed:"


def test_a_report_without_decisions_says_why_in_one_section() -> None:
    """By another estimator nothing is asked; with a reason each part has its own sentence."""
    (only,) = found(Report(STOCK, beta=beta_result(), decomposition=decomposition()))
    assert (only.anchor, only.heading) == LOSS
    assert outline(only) == ["Not answered: what"]
    (only,) = found(stock(stress=None))
    assert outline(only) == ["Not answered: what"]
    loss, drift, peers = found(stock(stress=None, unavailable={"stress": "no price."}))
    assert outline(loss)[:2] == ["What it could", "In crash-2020 (2020-02-20"]
    assert len(outline(drift)) == len(outline(peers)) == 4


def test_what_is_not_there_without_a_reason_is_left_out() -> None:
    """Only of peers it is said that there is no heatmap to seek them in."""
    loss, drift, peers = found(stock(episodes=None, drift=None, peers=None, unavailable={}))
    assert outline(loss)[-1] == "(The other factors)"
    assert outline(drift) == []
    assert [part.text for part in peers.parts if isinstance(part, Text)] == [
        "No stocks like it are shown: there is no heatmap of this window and model to seek them in."
    ]


def test_stocks_without_one_like_them_have_no_table() -> None:
    """And no explanation of one."""
    (*_, peers) = found(stock(peers=peers_of("AAA.NS", ())))
    assert outline(peers)[0] == "There is no"
    assert not tables(peers)
    assert not any(part.quiet for part in peers.parts if isinstance(part, Text))


def test_what_is_known_already_is_not_said_again_of_any_part() -> None:
    """Of the warnings of the exposures; what is new stands last, once, with its code."""
    known = beta_result().warnings
    new = ResultWarning("rough", "it is rough.")
    other = {
        "stress": stress_result(warnings=(*known, new)),
        "drift": drift_result(warnings=(new, *known, new)),
        "peers": peers_of(warnings=(*known, new)),
    }
    for name, place in (("stress", 0), ("drift", 1), ("peers", 2)):
        parts = found(stock(**{name: other[name]}))[place].parts
        assert [part.rows for part in parts if isinstance(part, Items)][-1:] == [[("rough", "It is rough.")]]
    hedge = worth(ticker="PORTFOLIO", warnings=(*known, new))
    assert found(portfolio(hedge=hedge))[2].parts[-1] == Items([("rough", "It is rough.")])
    unread = found(replace(stock(stress=stress_result(warnings=known)), beta=None))[0].parts
    assert next(part.rows for part in unread if isinstance(part, Items)) == [
        (one.code, f"{one.text[:1].upper()}{one.text[1:]}") for one in known
    ]
