"""What people read of hedges: what to do, how much it helps, how sure it is, and the table below."""

from dataclasses import replace

import pytest

from factorcli.results.hedge import HedgeVolatility, OutOfSample
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, styles, tables, text
from tests.read.printed_tables import on_terminal, sentences
from tests.read.records_betas import SHARED
from tests.read.records_hedge import MIDCAP, NIFTY, UNSOLD, hedge_result, in_lots, worth

pytestmark = pytest.mark.read

LIMITS = (
    "What these numbers leave out: a future is rolled when it expires, needs margin, and its price is not that of its "
    "index; a fund has costs; and what moved together may not do so again."
)
RATIO = (
    "251 returns in common in 255 sessions to 2026-11-20. A ratio is money in the instrument for one unit of money in "
    "AAA.NS, negative sold; it is the least-squares one, with the errors of its regression."
)


def lines(*results: object) -> list[str]:
    """The printed lines."""
    return text(results).splitlines()


def test_the_answer_comes_first() -> None:
    """Who, what to do, how it did, and how sure; in money for every 100 where the value is not known."""
    assert lines(hedge_result())[:5] == [
        "AAA.NS  Alpha Works Ltd. · Capital Goods",
        "For every ₹100 in AAA.NS, sell ₹119 of ^NSEI and buy ₹13 of MID.NS: the volatility of AAA.NS falls from 21.1% "
        "to 14.3% a year.",
        "Tried out: hedged with the ratios of the first 189 sessions, the volatility over the last 62 falls from 17.7% "
        "to 14.6%.",
        "How sure: at 95%, sell ₹107 to ₹131 of ^NSEI; from selling ₹4 to buying ₹29 of MID.NS for every ₹100.",
        "",
    ]
    assert [style for _, style in blocks([hedge_result()])[1]] == ["bold"]


def test_amounts_are_those_of_the_position() -> None:
    """Where its value is known, with Indian grouping."""
    found = lines(worth())
    assert found[1] == (
        "Sell ₹14,74,444 of ^NSEI and buy ₹1,57,032 of MID.NS: the volatility of ₹12,35,499 in AAA.NS falls from 21.1% "
        "to 14.3% a year."
    )
    assert found[3] == (
        "How sure: at 95%, sell ₹13,25,196 to ₹16,23,692 of ^NSEI; from selling ₹48,308 to buying ₹3,62,372 of MID.NS."
    )
    assert lines(worth(currency="USD"))[1].startswith("Sell $1,474,444 of ^NSEI and buy $157,032 of MID.NS: ")


def test_contracts_are_counted() -> None:
    """Lots of so many, pieces where a lot is one, and what is lost by whole numbers."""
    assert lines(in_lots())[1] == (
        "Sell 2 lots of 75 ^NSEI (₹18,99,769) and buy 853 of MID.NS (₹1,62,346): the volatility of ₹12,35,499 in "
        "AAA.NS falls from 21.1% to 15.7% a year (14.3% if lots could be split)."
    )
    first, second = in_lots().instruments
    one = in_lots(instruments=(replace(first, lots=-1), replace(second, lots=0, notional=0.0)))
    assert lines(one)[1].startswith("Sell 1 lot of 75 ^NSEI (₹18,99,769): the")


def test_nothing_to_hold_is_said() -> None:
    """No contract is small enough; and what would have to be sold and cannot be."""
    first, second = in_lots().instruments
    none = in_lots(
        instruments=(replace(first, lots=0), replace(second, lots=0)),
        volatility=HedgeVolatility(0.2113, 0.1434, 0.2113),
    )
    assert lines(none)[1] == (
        "Hold none of ^NSEI and MID.NS: the volatility of ₹12,35,499 in AAA.NS stays 21.1% a year."
    )
    assert lines(none)[2:4] == [
        "Tried out: hedged with the ratios of the first 189 sessions, had lots been split, the volatility over the "
        "last 62 falls from 17.7% to 14.6%.",
        "How sure: at 95%, sell ₹13,25,196 to ₹16,23,692 of ^NSEI; from selling ₹48,308 to buying ₹3,62,372 of MID.NS, "
        "if lots could be split.",
    ]
    unsold = hedge_result(instruments=(UNSOLD,))
    assert lines(unsold)[1] == "Hold none of GOLD.NS: the volatility of AAA.NS stays 21.1% a year."
    assert lines(unsold)[3] == "Held at 0: GOLD.NS, which would have to be sold short, and cannot be."
    both = lines(hedge_result(instruments=(NIFTY, UNSOLD)))
    assert both[1].startswith("For every ₹100 in AAA.NS, sell ₹119 of ^NSEI: the")
    assert both[3:5] == [
        "How sure: at 95%, sell ₹107 to ₹131 of ^NSEI for every ₹100.",
        "Held at 0: GOLD.NS, which would have to be sold short, and cannot be.",
    ]


def test_a_hedge_that_did_not_help_is_said_so() -> None:
    """It rises, or what is printed is equal."""
    worse = lines(hedge_result(out_of_sample=OutOfSample(62, 0.1771, 0.1957)))[2]
    assert worse.endswith("the volatility over the last 62 rises from 17.7% to 19.6%.")
    same = lines(hedge_result(out_of_sample=OutOfSample(62, 0.17712, 0.17708)))[2]
    assert same.endswith("the volatility over the last 62 stays 17.7%.")


def test_a_portfolio_has_the_name_of_its_file() -> None:
    """With and without a value; three instruments are listed with commas."""
    named = {"ticker": "PORTFOLIO", "name": "mine.csv", "sector": None}
    assert lines(hedge_result(**named))[:2] == [
        "PORTFOLIO  mine.csv",
        "For every ₹100 in mine.csv, sell ₹119 of ^NSEI and buy ₹13 of MID.NS: the volatility of mine.csv falls from "
        "21.1% to 14.3% a year.",
    ]
    assert "the volatility of mine.csv (₹12,35,499) falls" in lines(worth(**named))[1]
    assert "for one unit of money in mine.csv, negative sold" in text([hedge_result(**named)])
    three = hedge_result(instruments=(NIFTY, MIDCAP, replace(MIDCAP, ticker="VAL.NS")))
    assert "sell ₹119 of ^NSEI, buy ₹13 of MID.NS and buy ₹13 of VAL.NS:" in lines(three)[1]


def test_every_ratio_stands_in_its_row_and_column() -> None:
    """With its interval, t and p; amounts and contracts where there are any."""
    found, betas = tables(text([hedge_result()]))
    assert found.headings == ("instrument", "ratio", "95% interval", "t", "p")
    assert list(found.row("^NSEI").values()) == ["−1.19", "−1.31 to −1.07", "−19.50", "< 0.001"]
    assert list(found.row("MID.NS").values()) == ["+0.13", "−0.04 to +0.29", "+1.51", "0.134"]
    assert styles(grids(blocks([hedge_result()]))[0], "ratio") == ["red", "dim"]
    assert betas.rows == {
        "MKT": {"before": "+1.47", "after": "+0.28"},
        "VAL": {"before": "−0.33", "after": "−0.23"},
        "VOL": {"before": "+0.006", "after": "−0.012"},
    }
    amounts, _ = tables(text([worth()]))
    assert amounts.column("amount") == {"^NSEI": "−₹14,74,444", "MID.NS": "₹1,57,032"}
    lots, _ = tables(text([in_lots()]))
    assert lots.headings == ("instrument", "ratio", "95% interval", "t", "p", "lots", "lot", "amount")
    assert lots.column("lots") == {"^NSEI": "−2", "MID.NS": "853"}
    assert lots.column("lot") == {"^NSEI": "75", "MID.NS": "1"}
    unsold, _ = tables(text([hedge_result(instruments=(UNSOLD,))]))
    assert list(unsold.row("GOLD.NS").values()) == ["0.00", "–", "–", "–"]


def test_columns_go_where_there_is_no_room() -> None:
    """The ratio, the contracts and the amount stay."""
    grid = grids(blocks([in_lots()]))[0]
    assert headings_at(grid, 80) == ["instrument", "ratio", "95% interval", "t", "p", "lots", "lot", "amount"]
    assert headings_at(grid, 40) == ["instrument", "ratio", "lots", "amount"]


def test_what_the_numbers_are_stands_below() -> None:
    """Days, the meaning of a ratio, what is left out, the model, and the warnings."""
    printed = lines(hedge_result())
    assert printed[16:19] == [RATIO, "", LIMITS]
    assert printed[19].startswith("Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors")
    assert printed[20] == f"! {SHARED.code}: {SHARED.text}"
    weekly = text([hedge_result(frequency="weekly")])
    assert "the ratios of the first 189 weeks" in weekly
    assert "251 returns in common in 255 weeks to" in weekly


def test_many_share_a_table() -> None:
    """A row each, with the ratios and what each brings; notes are codes."""
    small = ResultWarning("too_small", "too little.")
    four = [
        hedge_result(f"T{k}.NS", volatility=HedgeVolatility(0.21 + k / 100, 0.14 + k / 100, None)) for k in range(4)
    ]
    four[1] = replace(four[1], warnings=(SHARED, small))
    (table,) = tables(text(four))
    assert table.headings == (
        "ticker", "name", "^NSEI", "MID.NS", "volatility", "hedged", "tried out", "n", "notes",
    )  # fmt: skip
    assert list(table.row("T1.NS").values()) == [
        "Alpha Works Ltd.", "−1.19", "+0.13", "22.0%", "15.0%", "17.7% → 14.6%", "251", "too_small",
    ]  # fmt: skip
    assert "Intervals and betas: shown for up to 3 tickers" in text(four)
    lots = [in_lots(ticker=f"T{k}.NS") for k in range(3)]
    (table,) = tables(text([*lots, four[3]]))
    rows = [table.row(f"T{k}.NS") for k in range(4)]
    assert [row["in lots"] for row in rows] == ["15.7%", "15.7%", "15.7%", "–"]
    assert [row["hedged"] for row in rows] == ["14.3%", "14.3%", "14.3%", "17.0%"]


def test_portfolios_are_headed_as_such() -> None:
    """By their files, without a column of names; beside tickers both stand."""
    files = [hedge_result("PORTFOLIO", name=f"{k}.csv", sector=None) for k in range(4)]
    (table,) = tables(text(files))
    assert table.headings[:2] == ("portfolio", "^NSEI")
    assert list(table.rows)[:4] == ["0.csv", "1.csv", "2.csv", "3.csv"]
    (mixed,) = tables(text([*(hedge_result(f"T{k}.NS") for k in range(3)), files[0]]))
    assert mixed.headings[:2] == ("ticker", "name")
    assert [mixed.row(one).get("name", "") for one in ("T0.NS", "0.csv")] == ["Alpha Works Ltd.", ""]


def test_three_have_a_page_each() -> None:
    """And the limits once."""
    printed = text([hedge_result(f"T{k}.NS") for k in range(3)])
    assert [f"T{k}.NS  Alpha Works" in printed for k in range(3)] == [True] * 3
    assert printed.count(LIMITS) == 1


def test_a_terminal_of_80_columns_has_it_all() -> None:
    """Wrapped, not cut."""
    shown = sentences(on_terminal(in_lots(), width=80))
    assert "Sell 2 lots of 75 ^NSEI (₹18,99,769) and buy 853 of MID.NS (₹1,62,346)" in shown
    assert LIMITS in shown
