"""What people read of a portfolio's holdings: weights, contributions to beta, and shares of the variance."""

from dataclasses import replace

import pytest

from factorcli.results.portfolio import PortfolioInfo
from tests.read.cells import Table, blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_betas import PORTFOLIO, beta_result, with_quantities

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


def test_the_heading_names_the_file_and_the_columns() -> None:
    """One table a portfolio, none for other results."""
    other = replace(PORTFOLIO, file="other.csv")
    results = [beta_result("A", portfolio=PORTFOLIO), beta_result("B"), beta_result("C", portfolio=other)]
    lines = text(results).splitlines()
    meaning = (
        ": market β is a stock's own in a one-factor model; β (1F) and the factors are contributions, weight × beta; "
        "risk is the share of the variance, return that of the stock's price over the window"
    )
    starts = [number for number, line in enumerate(lines) if line.startswith("Holdings of ")]
    assert [lines[number] for number in starts] == [f"Holdings of mine.csv{meaning}", f"Holdings of other.csv{meaning}"]
    assert [lines[number + 1] for number in starts] == ["", ""]
    assert lines[starts[0] + 2].startswith("holding")
    assert lines[starts[1] - 1] == ""
    (heading,) = (part for part in blocks(results[:1]) if isinstance(part, tuple) and "Holdings" in str(part))
    assert [span.style for span in heading] == ["bold", ""]


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
