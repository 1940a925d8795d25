"""What people read of a portfolio's holdings: weights, contributions to beta, and shares of the variance."""

from dataclasses import replace

import pytest

from factorcli.render.text import told_apart
from factorcli.results.exposure import HistoricalRisk
from factorcli.results.portfolio import PortfolioInfo
from factorcli.results.warnings import ResultWarning
from tests.read.cells import Table, blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_betas import PORTFOLIO, beta_result, decomposition, with_quantities

pytestmark = pytest.mark.read


def table_of(portfolio: PortfolioInfo) -> Table:
    """The table of holdings."""
    return tables(text([beta_result("PORTFOLIO", portfolio=portfolio)]))[1]


def test_weight_beta_contributions_and_risk_stand_in_their_columns() -> None:
    """market β is the stock's own, β (1F) weight times it; VOL has three digits; totals are the sums."""
    table = table_of(PORTFOLIO)
    assert table.headings == ("holding", "name", "weight", "market β", "β (1F)", "MKT", "VOL", "risk", "return")
    assert table.row("AAA.NS") == {
        "name": "Alpha Works Ltd.", "weight": "72.1%", "market β": "+1.12", "β (1F)": "+0.81", "MKT": "+0.53",
        "VOL": "−0.014", "risk": "86.4%", "return": "+23.8%",
    }  # fmt: skip
    assert table.row("BBB.NS") == {
        "weight": "27.9%", "market β": "+0.87", "β (1F)": "+0.24", "MKT": "+0.19", "VOL": "+0.035", "risk": "13.1%",
        "return": "−15.7%",
    }  # fmt: skip
    assert table.row("total") == {
        "weight": "100.0%", "β (1F)": "+1.05", "MKT": "+0.72", "VOL": "+0.021", "risk": "99.5%",
    }  # fmt: skip
    assert list(table.rows) == ["AAA.NS", "BBB.NS", "total"]


def test_cash_shares_and_prices_have_their_own_cells() -> None:
    """Cash has a weight and adds zeros; a short position has a real minus; thousands by comma."""
    table = table_of(with_quantities())
    assert table.headings == (
        "holding", "name", "shares", "price", "weight", "market β", "β (1F)", "MKT", "VOL", "risk", "return",
    )  # fmt: skip
    assert table.column("shares") == {"AAA.NS": "1,250.5", "BBB.NS": "−40", "cash": "", "total": ""}
    assert table.column("price") == {"AAA.NS": "3,456.78", "BBB.NS": "98.10", "cash": "", "total": ""}
    assert table.row("cash") == {"weight": "−3.7%", "β (1F)": "0.00", "MKT": "0.00", "VOL": "0.000", "risk": "0.0%"}
    assert table.row("total") == {
        "weight": "100.0%", "β (1F)": "+1.05", "MKT": "+0.72", "VOL": "+0.021", "risk": "99.5%",
    }  # fmt: skip


def test_a_holding_without_a_return_has_a_dash() -> None:
    """Of a price that the window begins or ends without."""
    first, second = PORTFOLIO.holdings
    table = table_of(replace(PORTFOLIO, holdings=(replace(first, window_return=float("nan")), second)))
    assert table.column("return") == {"AAA.NS": "–", "BBB.NS": "−15.7%", "total": ""}


def test_a_rule_stands_above_the_total() -> None:
    """With cash and without."""
    for portfolio, expected in ((PORTFOLIO, [1, 4]), (with_quantities(), [1, 5])):
        grid = grids(blocks([beta_result(portfolio=portfolio)]))[1]
        lines = lines_at(grid, None)
        assert [number for number, line in enumerate(lines) if set(line) == {"─"}] == expected
        assert len(lines) == expected[1] + 2
        assert styles(grid, "holding") == ["bold"] * (len(lines) - 3)


MEANING = (
    "Market β is a stock's own in a one-factor model; β (1F) and the factors are contributions, weight × beta; risk is "
    "the share of the variance, return that of the stock's price over the window."
)
RISK_MEANING = (
    "Risk is the share of the variance; volatility is the part of the annual volatility, marginal what 1 point of "
    "weight more would add to it, sold what it would change by if the holding were cash; worst is the part of the mean "
    "loss on the worst 5% of days (a minus is a gain)."
)
LARGEST = "The largest part of its risk is AAA.NS: 86.4% of it, with 72.1% of the value."


def test_the_heading_names_the_file_and_sentences_say_what_matters() -> None:
    """One table a portfolio, none for other results: file, value, the largest risk, what cancels, then the columns."""
    other = replace(with_quantities(), file="other.csv", diversification_ratio=1.31)
    results = [beta_result("A", portfolio=PORTFOLIO, volatility=0.25), beta_result("B"),
               beta_result("C", portfolio=other, volatility=0.3)]  # fmt: skip
    lines = text(results).splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("Holdings of ")]
    assert lines[starts[0] : starts[0] + 4] == [
        "Holdings of mine.csv",
        LARGEST,
        "The swings of its holdings add up to 32.0% a year; as they partly cancel, its own volatility is 25.0% "
        "(diversification ratio 1.28).",
        "",
    ]
    assert lines[starts[0] + 4].startswith("holding")
    assert lines[starts[1] : starts[1] + 3] == [
        "Holdings of other.csv, worth ₹12,34,567",
        LARGEST,
        "The swings of its holdings add up to 39.3% a year; as they partly cancel, its own volatility is 30.0% "
        "(diversification ratio 1.31).",
    ]
    assert lines.count(MEANING) == 2
    assert lines[starts[1] - 2 : starts[1]] == [MEANING, ""]
    (heading,) = (part for part in blocks(results[:1]) if isinstance(part, tuple) and "Holdings" in str(part))
    assert [span.style for span in heading] == ["bold", ""]
    (note,) = (part for part in blocks(results[:1]) if isinstance(part, tuple) and MEANING in str(part))
    assert [span.style for span in note] == ["dim"]


def test_one_holding_and_one_that_never_moves_have_fewer_sentences() -> None:
    """A single stock is the whole risk, and of nothing there are no parts."""
    one = replace(PORTFOLIO, holdings=PORTFOLIO.holdings[:1])
    still = [replace(h, risk_contribution=float("nan")) for h in PORTFOLIO.holdings]
    for portfolio in (one, replace(PORTFOLIO, holdings=tuple(still))):
        printed = text([beta_result(portfolio=portfolio)])
        assert "largest part" not in printed and "swings" not in printed


def test_a_decomposition_has_the_parts_of_risk() -> None:
    """Each number in its row and column; sold is minus the incremental risk, totals are the sums."""
    table = tables(text([decomposition("PORTFOLIO", portfolio=with_quantities())]))[2]
    assert table.headings == (
        "holding", "name", "shares", "price", "weight", "risk", "volatility", "marginal", "sold", "worst", "return",
    )  # fmt: skip
    assert table.row("AAA.NS") == {
        "name": "Alpha Works Ltd.", "shares": "1,250.5", "price": "3,456.78", "weight": "72.1%", "risk": "86.4%",
        "volatility": "20.4%", "marginal": "+0.29%", "sold": "−17.6%", "worst": "3.45%", "return": "+23.8%",
    }  # fmt: skip
    assert table.row("BBB.NS") == {
        "shares": "−40", "price": "98.10", "weight": "27.9%", "risk": "13.1%", "volatility": "3.2%",
        "marginal": "+0.11%", "sold": "+2.3%", "worst": "−0.61%", "return": "−15.7%",
    }  # fmt: skip
    assert table.row("cash") == {"weight": "−3.7%", "risk": "0.0%", "volatility": "0.0%", "worst": "0.00%"}
    assert table.row("total") == {"weight": "100.0%", "risk": "99.5%", "volatility": "23.6%", "worst": "2.84%"}
    filled = replace(PORTFOLIO, holdings=(replace(PORTFOLIO.holdings[0], filled=43), PORTFOLIO.holdings[1]))
    table = tables(text([decomposition("PORTFOLIO", portfolio=filled)]))[2]
    assert table.column("filled") == {"AAA.NS": "43", "BBB.NS": "", "total": ""}
    assert list(table.rows) == ["AAA.NS", "BBB.NS", "total"]


def test_a_decomposition_begins_with_what_was_lost() -> None:
    """In per cent, and in money where it has a value; then the sentences about the holdings."""
    risk = HistoricalRisk(0.0287, 0.0361, 251, 13)
    with_value, without = (
        text([decomposition("PORTFOLIO", portfolio=portfolio, historical=risk, volatility=0.25)]).splitlines()
        for portfolio in (with_quantities(), PORTFOLIO)
    )
    assert with_value[1] == "On the worst 13 of 251 days the loss was 3.6% (₹44,568) on average."
    assert without[1] == "On the worst 13 of 251 days the loss was 3.6% on average."
    assert without[2] == LARGEST
    assert without[3].startswith("The swings of its holdings add up to 32.0% a year")
    assert without[4] == ""
    assert RISK_MEANING in without
    weekly = text([decomposition("PORTFOLIO", portfolio=PORTFOLIO, historical=risk, frequency="weekly")])
    assert "On the worst 13 of 251 weeks" in weekly and "on the worst 5% of weeks (a minus is a gain)" in weekly


def test_four_portfolios_share_a_table_by_their_files() -> None:
    """Without their holdings; the value where one has it, and the name where a ticker is among them."""
    for make in (beta_result, decomposition):
        many = [
            make("PORTFOLIO", name=f"{letter}.csv", portfolio=replace(info, file=f"{letter}.csv"))
            for letter, info in zip("abcd", (with_quantities(), PORTFOLIO, PORTFOLIO, PORTFOLIO), strict=True)
        ]
        printed = text(many)
        table = tables(printed)[0]
        assert table.headings[:2] == ("portfolio", "value")
        assert table.column("value") == {"a.csv": "₹12,34,567", "b.csv": "", "c.csv": "", "d.csv": ""}
        assert "Holdings: shown for up to 3 portfolios; the JSON output has them for all." in printed
        mixed = tables(text([*many, make("TCS.NS")]))[0]
        assert mixed.headings[:3] == ("ticker", "name", "value")
        assert mixed.row("TCS.NS")["name"] == "Alpha Works Ltd."
        weighed = tables(text([*many[1:], make("TCS.NS")]))[0]
        assert "value" not in weighed.headings


def test_warnings_of_several_portfolios_name_their_files() -> None:
    """And beyond ten they are counted as portfolios."""
    own = ResultWarning("weights_sum", "the weights sum to 0.9.")
    many = [
        beta_result("PORTFOLIO", name=f"{i}.csv", portfolio=replace(PORTFOLIO, file=f"{i}.csv"),
                    warnings=(own,) if i < 2 else ())
        for i in range(12)
    ]  # fmt: skip
    assert "! 1.csv weights_sum: the weights sum to 0.9." in text(many[:3])
    assert "! weights_sum: 2 portfolios; the JSON output has every message." in text(many)
    (alone,) = told_apart([many[0]])
    assert alone.ticker == "PORTFOLIO"


@pytest.mark.parametrize(
    ("width", "missing"),
    [
        (160, []),
        (100, ["name"]),
        (80, ["name", "shares"]),
        (70, ["name", "shares", "price"]),
        (60, ["name", "shares", "price", "return"]),
        (50, ["name", "shares", "price", "return", "marginal"]),
        (45, ["name", "shares", "price", "return", "marginal", "sold"]),
    ],
)
def test_a_narrow_table_of_risk_drops_columns(width: int, missing: list[str]) -> None:
    """Names, quantities, returns and marginal risk in turn; weight and the parts of the risk stay."""
    grid = grids(blocks([decomposition("PORTFOLIO", portfolio=with_quantities())]))[2]
    assert headings_at(grid, width) == [heading for heading in headings_at(grid, None) if heading not in missing]
    assert max(map(len, lines_at(grid, width))) <= width


@pytest.mark.parametrize(
    ("width", "missing"),
    [
        (160, []),
        (100, []),
        (95, ["return"]),
        (80, ["name", "return"]),
        (60, ["name", "return", "shares", "price"]),
        (50, ["name", "return", "shares", "price", "market β"]),
        (40, ["name", "return", "shares", "price", "market β", "β (1F)"]),
    ],
)
def test_a_narrow_table_drops_columns(width: int, missing: list[str]) -> None:
    """Return, name, shares, price and one-factor betas in turn; the rest stays, no line is longer than the width."""
    grid = grids(blocks([beta_result(portfolio=with_quantities())]))[1]
    everything = headings_at(grid, None)
    assert headings_at(grid, width) == [heading for heading in everything if heading not in missing]
    assert max(map(len, lines_at(grid, width))) <= width


def test_words_begin_and_numbers_end_below_their_headings() -> None:
    """Tickers and names are left-aligned, all else right-aligned."""
    lines = lines_at(grids(blocks([beta_result(portfolio=with_quantities())]))[1], None)
    assert [lines[0], lines[2], lines[4]] == [
        "holding  name               shares     price  weight  market β  β (1F)    MKT     VOL   risk  return",
        "AAA.NS   Alpha Works Ltd.  1,250.5  3,456.78   72.1%     +1.12   +0.81  +0.53  −0.014  86.4%  +23.8%",
        "cash                                           −3.7%              0.00   0.00   0.000   0.0%",
    ]
