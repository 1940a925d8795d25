"""What people read of trades: the answer, how sure it is, the trades, and each measure before and after."""

from dataclasses import replace

import pytest

from factorcli.results.beta import Estimate
from factorcli.results.intervals import Interval
from factorcli.results.warnings import ResultWarning
from factorcli.results.whatif import TradedWeight
from tests.read.cells import blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_whatif import by_weight, what_if

pytestmark = pytest.mark.read


def lines(**changes) -> list[str]:
    """The lines of a page."""
    return text([what_if(**changes)]).splitlines()


def test_the_page_begins_with_the_answer_and_how_sure_it_is() -> None:
    """In rupees with Indian grouping, and in percentage points with their intervals."""
    found = lines()
    assert found[:2] == ["mine.csv  worth ₹12,36,942", "255 sessions to 2026-11-20 · 251 returns · turnover 5.2%"]
    assert found[2] == found[5] == ""
    assert found[3] == (
        "This trade lowers the volatility from 18.2% to 17.1% a year; on a bad day (1 in 20) the loss falls from at "
        "least ₹23,391 to at least ₹21,919."
    )
    assert found[4] == (
        "How sure: the volatility changes by −1.09 points, 95% interval −1.37 to −0.84, which is more than chance; the "
        "market β changes by −0.087, 95% interval −0.116 to −0.064; the tracking error against ^INDEX by −0.45 points, "
        "95% interval −0.63 to +0.26."
    )


def test_weights_alone_give_per_cent() -> None:
    """Without money and without a benchmark."""
    found = text([by_weight()]).splitlines()
    assert found[0] == "mine.csv"
    assert found[3].endswith("the loss falls from at least 1.89% to at least 1.77%.")
    assert found[4].endswith("the market β changes by −0.087, 95% interval −0.116 to −0.064.")


def test_the_words_follow_the_numbers() -> None:
    """Several trades, a rise, no visible change, another value afterwards, weeks, chance."""
    two = (*what_if().trades, TradedWeight("BBB.NS", 0.1, 0.2))
    before, after = what_if().original, what_if().rebalanced
    assert lines(trades=two)[3].startswith("These trades lower the volatility from 18.2% to 17.1% a year; on a bad day")
    turned = lines(original=after, rebalanced=before)[3]
    assert turned == (
        "This trade raises the volatility from 17.1% to 18.2% a year; on a bad day (1 in 20) the loss rises from at "
        "least ₹21,919 to at least ₹23,391."
    )
    assert lines(original=after, rebalanced=before, trades=two)[3].startswith("These trades raise the volatility")
    assert lines(rebalanced=before)[3] == (
        "This trade leaves the volatility at 18.2% a year; on a bad day (1 in 20) the loss stays at ₹23,391 or more."
    )
    assert lines(rebalanced=before, trades=two)[3].startswith("These trades leave the volatility at 18.2% a year")
    other = lines(value_after=2000000.0)
    assert other[0] == "mine.csv  worth ₹12,36,942, afterwards ₹20,00,000"
    assert "the loss rises from at least ₹23,391 to at least ₹35,440." in other[3]
    assert "; on a bad week (1 in 20) the loss" in lines(frequency="weekly")[3]
    assert "255 weeks to 2026-11-20" in lines(frequency="weekly")[1]
    assert "−1.37 to +0.12, which may be chance;" in lines(volatility_interval=Interval(-0.0137, 0.0012))[4]


def test_nothing_traded_is_said_and_has_no_table_of_trades() -> None:
    """One sentence, then the measures."""
    nothing = Estimate(0.0, *[float("nan")] * 5)
    change = replace(what_if().change, betas={"MKT": nothing, "VOL": nothing}, market_beta=nothing)
    found = lines(trades=(), rebalanced=what_if().original, change=change)
    assert found[3] == "Nothing is traded, so nothing changes: the volatility stays at 18.2% a year."
    (table,) = tables(text([what_if(trades=(), change=change)]))
    assert table.row("MKT") == {"before": "+0.71", "after": "+0.62", "change": "0.00", "95% interval": "–", "p": "–"}
    assert not [line for line in found if line.startswith("How sure")]


def test_every_trade_has_its_row() -> None:
    """Side, shares, money with its sign, weights; cash is neither bought nor sold, and an unchanged holding neither."""
    kept = TradedWeight("BBB.NS", 0.2, 0.15, 0.0, 0.0)
    bought = TradedWeight("CCC.NS", 0.0, 0.07, 1234567.0, 1250.0)
    table = tables(text([what_if(trades=(what_if().trades[0], kept, bought, what_if().trades[1]))]))[0]
    assert table.headings == ("trade", "shares", "amount", "from", "to", "change")
    assert table.rows == {
        "AAA.NS": {
            "": "sell", "shares": "−42", "amount": "−₹64,321", "from": "33.1%", "to": "27.9%", "change": "−5.2%",
        },
        "BBB.NS": {"shares": "0", "amount": "₹0", "from": "20.0%", "to": "15.0%", "change": "−5.0%"},
        "CCC.NS": {
            "": "buy", "shares": "+1,250", "amount": "+₹12,34,567", "from": "0.0%", "to": "7.0%", "change": "+7.0%",
        },
        "CASH": {"amount": "+₹64,321", "from": "1.2%", "to": "6.4%", "change": "+5.2%"},
    }  # fmt: skip
    weights = tables(text([by_weight()]))[0]
    assert weights.headings == ("trade", "from", "to", "change")
    assert weights.row("AAA.NS")[""] == "sell"
    assert tables(text([by_weight(trades=(TradedWeight("A", 0.1, 0.2),))]))[0].row("A")[""] == "buy"


def test_many_trades_are_counted() -> None:
    """The first twenty, which are the largest, and cash."""
    trades = tuple(TradedWeight(f"S{k}.NS", 0.0, 0.01) for k in range(22))
    found = text([by_weight(trades=(*trades, TradedWeight("CASH", 0.3, 0.08)))]).splitlines()
    place = found.index("And 2 smaller trades; the JSON output has them all.")
    assert [line.split()[0] for line in found[place - 3 : place]] == ["S18.NS", "S19.NS", "CASH"]
    assert "smaller" not in text([by_weight(trades=trades[:20])])
    assert "And 1 smaller trade;" in text([by_weight(trades=trades[:21])])


def test_every_measure_stands_before_and_after() -> None:
    """Risks in per cent and their changes in points; betas with intervals, stars and p; R² in between."""
    table = tables(text([what_if()]))[1]
    assert table.headings == ("measure", "before", "after", "change", "95% interval", "p")
    assert table.rows == {
        "volatility": {"before": "18.2%", "after": "17.1%", "change": "−1.09", "95% interval": "−1.37 to −0.84"},
        "VaR 95%": {"before": "1.89%", "after": "1.77%", "change": "−0.12"},
        "ES 95%": {"before": "2.37%", "after": "2.23%", "change": "−0.14"},
        "tracking error": {"before": "5.1%", "after": "4.7%", "change": "−0.45", "95% interval": "−0.63 to +0.26"},
        "R²": {"before": "0.64", "after": "0.61", "change": "−0.03"},
        "market β (one factor)": {
            "before": "+1.020", "after": "+0.930", "change": "−0.087", "": "***", "95% interval": "−0.116 to −0.064",
            "p": "< 0.001",
        },
        "MKT": {"before": "+0.71", "after": "+0.62", "change": "−0.09", "95% interval": "−0.21 to +0.03", "p": "0.143"},
        "VOL": {
            "before": "−0.043", "after": "−0.025", "change": "+0.018", "": "***", "95% interval": "+0.007 to +0.029",
            "p": "< 0.001",
        },
    }  # fmt: skip
    assert "tracking error" not in tables(text([by_weight()]))[1].rows


def test_several_portfolios_have_a_page_each_and_many_a_row() -> None:
    """Up to three pages; then one table, without the parts of a page."""
    names = ["a.csv", "b.csv", "c.csv", "d.csv"]
    assert len(tables(text([what_if(name) for name in names[:3]]))) == 6
    warned = (*what_if().warnings, ResultWarning("sold_short", "too much."))
    results = [what_if("a.csv", warnings=warned), *(what_if(name) for name in names[1:])]
    printed = text(results)
    (table,) = tables(printed)
    assert table.headings == (
        "portfolio", "volatility", "after", "change", "95% interval", "market β", "β after", "VaR 95%", "VaR after",
        "turnover", "n", "notes",
    )  # fmt: skip
    assert table.row("a.csv") == {
        "volatility": "18.2%", "after": "17.1%", "change": "−1.09", "95% interval": "−1.37 to −0.84",
        "market β": "+1.02", "β after": "+0.93", "VaR 95%": "1.89%", "VaR after": "1.77%", "turnover": "5.2%",
        "n": "251", "notes": "sold_short",
    }  # fmt: skip
    assert list(table.rows) == names
    assert "! a.csv sold_short: too much." in printed.splitlines()


def test_what_the_numbers_do_not_contain_is_said_below() -> None:
    """Definitions, costs, the model with its legend, warnings."""
    found = lines()
    place = next(number for number, line in enumerate(found) if line.startswith("VaR 95% is"))
    assert found[place - 1] == ""
    assert found[place] == (
        "VaR 95% is the one-day loss that is exceeded on one day in twenty, for normal returns with a mean of zero; ES "
        "95% is the mean of the losses beyond it. Both portfolios are fitted on the same days, at fixed weights; what "
        "a trade costs, its tax, and whether the market takes it at this price are not in these numbers."
    )
    assert found[place + 1].startswith(
        "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors"
    )
    assert found[place + 1].endswith(" *** p < 0.001, ** p < 0.01, * p < 0.05.")
    assert found[place + 2] == "! synthetic_prices: these prices are made up."
    assert "the one-month loss that is exceeded on one month in twenty" in text([what_if(frequency="monthly")])


def test_narrow_tables_drop_columns() -> None:
    """Shares of trades; p, then the interval of measures; of many what is least needed. 80 columns hold a page."""
    trades, measures = grids(blocks([what_if()]))
    everything = headings_at(measures, None)
    for width, missing in ((80, []), (70, ["p"]), (50, ["p", "95% interval"])):
        assert headings_at(measures, width) == [heading for heading in everything if heading not in missing]
        assert max(map(len, lines_at(measures, width))) <= width
    assert headings_at(trades, 50) == ["trade", "amount", "from", "to", "change"]
    assert headings_at(trades, 80) == headings_at(trades, None)
    (many,) = grids(blocks([what_if(name) for name in "abcd"]))
    assert headings_at(many, 80) == ["portfolio", "volatility", "after", "change", "market β", "β after", "turnover"]
    everything = headings_at(many, None)
    for width, missing in ((160, []), (108, ["notes"]), (103, ["notes", "n"]), (95, ["notes", "n", "VaR 95%"]),
                           (85, ["notes", "n", "VaR 95%", "VaR after"])):  # fmt: skip
        assert headings_at(many, width) == [heading for heading in everything if heading not in missing], width


def test_words_begin_and_numbers_end_below_their_headings() -> None:
    """Names, sides and stars are left-aligned, all else right-aligned; risks, R², the one factor, the factors."""
    trades, measures = grids(blocks([what_if()]))
    assert lines_at(trades, None) == [
        "trade         shares    amount   from     to  change",
        "────────────────────────────────────────────────────",
        "AAA.NS  sell     −42  −₹64,321  33.1%  27.9%   −5.2%",
        "CASH                  +₹64,321   1.2%   6.4%   +5.2%",
    ]
    rows = lines_at(measures, None)
    assert [rows[0], rows[2], rows[8], rows[10]] == [
        "measure                before   after  change           95% interval        p",
        "volatility              18.2%   17.1%   −1.09         −1.37 to −0.84",
        "market β (one factor)  +1.020  +0.930  −0.087  ***  −0.116 to −0.064  < 0.001",
        "VOL                    −0.043  −0.025  +0.018  ***  +0.007 to +0.029  < 0.001",
    ]
    names = ["volatility", "VaR", "ES", "tracking", "R²", "market", "MKT", "VOL"]
    assert [row.split()[0] for row in rows if row[0] not in "─m" or row.startswith("market")] == names


def test_the_answer_is_bold_and_risks_stand_above_a_rule() -> None:
    """What is read first."""
    page = blocks([what_if()])
    bold = [
        "".join(span.text for span in part)
        for part in page
        if isinstance(part, tuple) and part and part[0].style == "bold"
    ]
    assert [one.split()[0] for one in bold] == ["mine.csv", "This"]
    trades, measures = grids(page)
    assert styles(trades, "trade") == ["bold"] * 2
    assert styles(measures, "measure") == ["bold"] * 8
    rules = [number for number, line in enumerate(lines_at(measures, None)) if set(line) == {"─"}]
    assert rules == [1, 7]
