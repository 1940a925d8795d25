"""What people read of shocks: the answer in a sentence, how sure it is, and its parts by factor and holding."""

import math
from dataclasses import replace

import pytest

from factorcli.render.decisions.stress import headline, scenario
from factorcli.results.stress import StressVariance
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, styles, tables, text
from tests.read.records_betas import SHARED
from tests.read.records_stress import stress_result, stressed_portfolio

pytestmark = pytest.mark.read

MODEL_LINE = (
    "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags; prices from demo to "
    "2026-11-20. Basis raw: factors enter as they are; a beta is the return per 1% of that factor with the others held "
    "constant."
)
CONDITIONAL = (
    "The other factors move as they did on average when these moved so (their mean given the shock). The change is the "
    "sum of beta × move, without alpha; its interval allows for the moves of the other factors around their mean, for "
    "the errors of the betas and for what no factor explains. It does not allow for betas that change in a crisis, for "
    "jumps, liquidity or margin calls."
)
ZERO = (
    "The other factors do not move. The change is the sum of beta × move, without alpha; its interval allows for the "
    "errors of the betas and for what no factor explains. It does not allow for betas that change in a crisis, for "
    "jumps, liquidity or margin calls."
)


def test_the_answer_comes_first_then_how_sure_then_why() -> None:
    """Line by line, of a ticker."""
    lines = text([stress_result()]).splitlines()
    assert lines[:5] == [
        "AAA.NS  Alpha Works Ltd. · Capital Goods",
        "If MKT (Nifty 50) falls 10% over 17 sessions, AAA.NS would be expected to lose 11.9% (95% interval −22.1% to "
        "−1.8%).",
        "The whole interval is a loss: in about 95 of 100 such cases the change is within it.",
        "By the beta of the days on which the market fell (down β), the change would be −13.2%.",
        "",
    ]
    assert lines[5:12] == [
        "factor  name         move              beta  change",
        "─" * 51,
        "MKT     Nifty 50   −10.0%  shock      +1.47  −14.7%",
        "VAL     Value 20    −7.3%  expected   −0.20   +1.4%",
        "VOL     India VIX  +41.3%  expected  +0.033   +1.4%",
        "─" * 51,
        "total                                        −11.9%",
    ]
    assert lines[12:] == [
        "",
        "Standard error 5.2%; of its square, 84% is what no factor explains, 5% the moves of the other factors, and "
        "11% the errors of the betas.",
        "",
        CONDITIONAL,
        "",
        MODEL_LINE,
        "! synthetic_prices: these prices are made up.",
    ]


def test_every_part_stands_in_its_row_and_column() -> None:
    """Moves, what is asked and what is expected, betas, changes and their total."""
    (table,) = tables(text([stress_result()]))
    assert list(table.rows) == ["MKT", "VAL", "VOL", "total"]
    assert table.column("name") == {"MKT": "Nifty 50", "VAL": "Value 20", "VOL": "India VIX", "total": ""}
    assert list(table.column("move").values()) == ["−10.0%", "−7.3%", "+41.3%", ""]
    assert [row.get("", "") for row in table.rows.values()] == ["shock", "expected", "expected", ""]
    assert list(table.column("beta").values()) == ["+1.47", "−0.20", "+0.033", ""]
    assert list(table.column("change").values()) == ["−14.7%", "+1.4%", "+1.4%", "−11.9%"]
    (grid,) = grids(blocks([stress_result()]))
    assert styles(grid, "change") == ["red", "green", "green", "red"]
    assert headings_at(grid, 42) == ["factor", "move", "beta", "change"]
    assert headings_at(grid, 36) == ["factor", "move", "change"]


def test_a_portfolio_is_told_in_rupees_with_its_holdings() -> None:
    """The largest loss to the portfolio first, though the other stock has the larger weight."""
    printed = text([stressed_portfolio()])
    assert printed.splitlines()[:2] == [
        "PORTFOLIO  book.csv",
        "If MKT (Nifty 50) falls 10% over 17 sessions, the portfolio book.csv would be expected to lose 11.3%, about "
        "₹1,47,284 of ₹12,34,567 (95% interval −22.1% to −1.8%).",
    ]
    assert "\nHoldings: the change of each, and weight × change, its part of the portfolio's\n\n" in printed
    _, table = tables(printed)
    assert list(table.rows) == ["BBB.NS", "AAA.NS", "total"]
    assert list(table.column("weight").values()) == ["38.7%", "61.3%", "100.0%"]
    assert list(table.column("own change").values()) == ["−16.2%", "−8.1%", ""]
    assert list(table.column("of portfolio").values()) == ["−6.3%", "−5.0%", "−11.3%"]
    assert list(table.column("amount").values()) == ["−₹77,591", "−₹61,451", "−₹1,47,284"]
    assert printed.splitlines()[14:23] == [
        "",
        "Holdings: the change of each, and weight × change, its part of the portfolio's",
        "",
        "holding  weight  own change  of portfolio      amount",
        "─" * 53,
        "BBB.NS    38.7%      −16.2%         −6.3%    −₹77,591",
        "AAA.NS    61.3%       −8.1%         −5.0%    −₹61,451",
        "─" * 53,
        "total    100.0%                    −11.3%  −₹1,47,284",
    ]
    half = tuple(replace(one, weight=one.weight / 2) for one in stressed_portfolio().holdings or ())
    _, table = tables(text([stressed_portfolio(holdings=half)]))
    assert table.row("cash") == {"weight": "50.0%", "own change": "0.0%", "of portfolio": "0.0%", "amount": "₹0"}
    assert "₹" not in text([stressed_portfolio(currency=None)])
    assert "₹" not in text([stressed_portfolio(value=None, value_change=None, currency=None)])


def test_shocks_are_read_out() -> None:
    """Several, up and down, of one session, of weeks, of points, and of a factor that has no name."""
    two = {"MKT": 0.025, "VOL": -0.3}
    assert scenario(stress_result(shocks=two, horizon=1)) == (
        "MKT (Nifty 50) rises 2.5% and VOL (India VIX) falls 30% over 1 session"
    )
    three = {"MKT": -0.1, "VAL": 0.0, "VOL": 1.5}
    weekly = stress_result(shocks=three, frequency="weekly", factor_names={}, in_points=("VOL",), horizon=4)
    assert scenario(weekly) == "MKT falls 10%, VAL rises 0% and VOL rises 1.5 points over 4 weeks"
    assert scenario(stress_result(factor_names={"MKT": "MKT"})) == "MKT falls 10% over 17 sessions"
    (table,) = tables(text([stress_result(in_points=("VOL",))]))
    assert table.row("VOL")["move"] == "+0.41"


@pytest.mark.parametrize(
    ("change", "low", "high", "says", "sure"),
    [
        (-0.04, -0.13, 0.06, "lose 4.0%", "The interval contains zero: a gain is possible, too."),
        (0.07, -0.02, 0.16, "gain 7.0%", "The interval contains zero: a loss is possible, too."),
        (0.07, 0.02, 0.12, "gain 7.0%", "The whole interval is a gain: in about 95 of 100 such cases"),
        (0.07, 0.0, 0.14, "gain 7.0%", "The interval contains zero: a loss is possible, too."),
        (math.nan, math.nan, math.nan, "change by 0.0%", "The interval contains zero: a loss is possible, too."),
        (-0.0002, -0.1, 0.1, "change by 0.0%", "The interval contains zero: a gain is possible, too."),
    ],
)
def test_losses_and_gains_are_called_so(change: float, low: float, high: float, says: str, sure: str) -> None:
    """And whether the sign is sure."""
    result = stress_result(change=change, ci_low=low, ci_high=high)
    assert f"would be expected to {says} (" in headline(result)
    assert text([result]).splitlines()[2].startswith(sure)


def test_what_is_not_there_is_not_told() -> None:
    """No down beta, no moves of other factors, no uncertainty."""
    still = stress_result(others="zero", down_beta_change=None, variance=StressVariance(0.0, 0.0004, 0.0012))
    printed = text([still])
    assert "down β" not in printed
    assert ZERO in printed
    assert (
        "Standard error 4.0%; of its square, 75% is what no factor explains and 25% the errors of the betas." in printed
    )
    assert [row.get("", "") for row in tables(printed)[0].rows.values()] == ["shock", "no move", "no move", ""]
    sure = text([stress_result(variance=StressVariance(0.0, 0.0, 0.0))])
    assert "The factors explain it wholly: the change is not uncertain." in sure


def test_many_share_one_table() -> None:
    """From four on; warnings of one alone are its notes."""
    own = (SHARED, ResultWarning("extrapolated", "too far."))
    results = [stress_result(f"T{i}.NS", change=-0.01 * i, warnings=own if i == 2 else (SHARED,)) for i in range(1, 4)]
    results.append(stress_result("T4.NS", down_beta_change=None, name=None))
    printed = text(results)
    assert printed.splitlines()[:2] == [
        "If MKT (Nifty 50) falls 10% over 17 sessions, these would be expected to change by:",
        "",
    ]
    (table,) = tables(printed)
    assert list(table.column("change").values()) == ["−1.0%", "−2.0%", "−3.0%", "−11.9%"]
    assert table.row("T2.NS") == {
        "name": "Alpha Works Ltd.", "change": "−2.0%", "95% interval": "−22.1% to −1.8%", "down β": "−13.2%",
        "MKT": "−14.7%", "VAL": "+1.4%", "VOL": "+1.4%", "notes": "extrapolated",
    }  # fmt: skip
    assert "down β" not in table.row("T4.NS")
    assert printed.splitlines()[2].startswith(
        "ticker  name              change     95% interval  down β     MKT    VAL"
    )
    assert printed.splitlines()[7].startswith("T4.NS                     −11.9%  −22.1% to −1.8%          −14.7%")
    (grid,) = grids(blocks(results))
    assert styles(grid, "ticker") == ["bold"] * 4
    assert headings_at(grid, 80) == ["ticker", "change", "95% interval", "down β", "MKT", "VAL", "VOL", "notes"]
    assert len(grids(blocks(results[:3]))) == 3


def test_many_portfolios_are_told_apart_by_their_files() -> None:
    """With amounts where they are known."""
    results = [stressed_portfolio(name=f"book{i}.csv", value_change=-1000.0 * i) for i in range(1, 4)]
    results.append(stress_result())
    (table,) = tables(text(results))
    assert list(table.rows) == ["book1.csv", "book2.csv", "book3.csv", "AAA.NS"]
    assert list(table.column("amount").values()) == ["−₹1,000", "−₹2,000", "−₹3,000", ""]
    assert list(table.column("name").values()) == ["", "", "", "Alpha Works Ltd."]


def test_the_ticker_and_the_answer_are_bold() -> None:
    """A change by the down beta has its sign."""
    first, second, *_ = blocks([stress_result()])
    assert [(span.style, span.text[:6]) for span in (first[0], second[0])] == [("bold", "AAA.NS"), ("bold", "If MKT")]
    assert "(down β), the change would be +2.0%." in text([stress_result(down_beta_change=0.02)])
