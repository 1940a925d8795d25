"""What people read of decompositions: shares, volatility, tail risk and the attribution of the return."""

from dataclasses import replace

import pytest

from factorcli.results.decompose import Decomposition, TailRisk
from factorcli.results.exposure import Attribution
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_betas import PORTFOLIO, SHARE_INTERVALS, SHARED, decomposition

pytestmark = pytest.mark.read

ROWS = ["MKT", "VAL", "MOM", "idiosyncratic", "total"]
MODEL_LINE = (
    "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags; prices from demo to "
    "2026-11-20. Basis raw: factors enter as they are; a beta is the return per 1% of that factor with the others held "
    "constant. "
)
RISK = (
    "VaR 95% is the one-day loss that is exceeded with a probability of 5%, for normal returns with a mean of zero; "
    "ES 95% is the mean of the losses beyond it. Both are allocated to the factors by their shares of the variance. "
    "The historical ones are those of the window's own returns: where tails are fat, the normal VaR is too large "
    "rather than too small, and the losses beyond it are larger than the normal ES."
)
OUTSIDE = (
    "The linked total is the price return over the window minus the compounded risk-free rate. Days left out are in "
    "the window but not in the fit; jumps left out are returns that the price gate took for errors in this price."
)


def test_every_share_stands_in_its_row_and_column() -> None:
    """Shares and their parts of volatility, value at risk and expected shortfall; totals unsigned."""
    table, _ = tables(text([decomposition()]))
    assert table.headings == ("source of risk", "share of variance", "volatility", "standalone", "VaR 95%", "ES 95%")
    assert list(table.rows) == ROWS
    columns = {
        "share of variance": ["+39.2%", "−11.8%", "+16.9%", "+55.7%", "100.0%"],
        "volatility": ["+9.2%", "−2.8%", "+4.0%", "+13.0%", "23.4%"],
        "standalone": ["14.7%", "4.8%", "6.5%", "", ""],
        "VaR 95%": ["+0.95%", "−0.29%", "+0.41%", "+1.36%", "2.43%"],
        "ES 95%": ["+1.19%", "−0.36%", "+0.52%", "+1.70%", "3.05%"],
    }
    for heading, cells in columns.items():
        assert table.column(heading) == dict(zip(ROWS, cells, strict=True)), heading


def test_the_bar_of_a_hedge_is_hollow_and_of_its_size() -> None:
    """The largest share has twenty columns, filled; a negative one is hollow and red."""
    table, _ = tables(text([decomposition()]))
    assert {name: row.get("", "") for name, row in table.rows.items()} == {
        "MKT": "█" * 14, "VAL": "░" * 4, "MOM": "█" * 6, "idiosyncratic": "█" * 20, "total": "",
    }  # fmt: skip
    grid = grids(blocks([decomposition()]))[0]
    assert styles(grid, "") == ["green", "red", "green", "green", ""]
    assert styles(grid, "share of variance") == ["", "red", "", "", ""]
    assert (set(styles(grid, "source of risk")), set(styles(grid, "standalone"))) == ({"bold"}, {"dim"})
    hedged = decomposition(contributions={"MKT": 0.3, "VAL": -0.9, "MOM": 0.0}, idiosyncratic=0.6)
    table, _ = tables(text([hedged]))
    assert [table.row(name).get("", "") for name in ROWS] == ["█" * 7, "░" * 20, "", "█" * 13, ""]


def test_a_record_without_variance_has_no_bars() -> None:
    """No division by its largest share, which is zero."""
    flat = decomposition(contributions={"MKT": 0.0, "VAL": 0.0, "MOM": 0.0}, idiosyncratic=0.0)
    assert "█" not in text([flat])


def test_the_return_is_attributed_by_sums_and_linked() -> None:
    """Each in its own column, whatever their order in the record; alpha first, residual and total last."""
    rows = ["alpha", "MKT", "VAL", "MOM", "residual", "days left out", "jumps left out", "total"]
    record = decomposition()
    for attribution in (record.attribution, dict(reversed(record.attribution.items()))):
        _, table = tables(text([replace(record, attribution=attribution)]))
        assert list(table.rows) == rows
        assert list(table.column("arithmetic (sum)").values()) == [
            "+10.21%", "+7.33%", "−2.15%", "+3.47%", "+0.62%", "−1.39%", "+4.15%", "+22.24%",
        ]  # fmt: skip
        assert list(table.column("linked (compounded)").values()) == [
            "+11.12%", "+7.98%", "−2.34%", "+3.78%", "−0.53%", "−1.47%", "+4.36%", "+22.90%",
        ]  # fmt: skip
    assert table.headings == ("source of return", "linked (compounded)", "arithmetic (sum)")


def test_a_return_that_cannot_be_linked_has_dashes() -> None:
    """In every row of its column, and in no other."""
    nan = float("nan")
    unlinked = Attribution(nan, {"MKT": nan, "VAL": nan, "MOM": nan}, nan, nan, nan, nan)
    record = decomposition()
    attribution = {"arithmetic": record.attribution["arithmetic"], "linked": unlinked}
    _, table = tables(text([replace(record, attribution=attribution)]))
    assert set(table.column("linked (compounded)").values()) == {"–"}
    assert table.column("arithmetic (sum)")["days left out"] == "−1.39%"


def test_the_sentences_around_the_tables() -> None:
    """What is explained above; below what the attribution, VaR and the shares are."""
    lines = text([decomposition()]).splitlines()
    assert lines[:3] == [
        "AAA.NS  Alpha Works Ltd. · Capital Goods",
        "255 sessions to 2026-11-20 · 253 returns · the factors explain 44.3% of the variance",
        "",
    ]
    assert [set(line) == {"─"} for line in lines[3:12]] == [False, True, *[False] * 3, True, False, True, False]
    assert lines[12:16] == [
        "",
        "One-day loss: VaR 95% 2.43% normal, 2.18% historical; ES 95% 3.05% normal, 3.27% historical (254 days, 13 of "
        "them at or below the historical VaR)",
        "",
        "Attribution of the excess return",
    ]
    assert [set(line) == {"─"} for line in lines[16:27]] == [False, True, *[False] * 7, True, False]
    assert lines[27:] == [
        "",
        RISK,
        OUTSIDE,
        "",
        f"{MODEL_LINE}Shares are β·Cov(factor, stock)/Var(stock); a negative one is a hedge.",
        "! synthetic_prices: these prices are made up.",
    ]
    lmg = text([decomposition(method="lmg")]).splitlines()
    assert f"{MODEL_LINE}Shares are Shapley values of R², averaged over all orderings; none is negative." in lmg
    assert [span.style for part in blocks([decomposition()]) if isinstance(part, tuple) for span in part] == [
        "bold", "", "", "", "", "bold", "", "", "dim", "yellow", "", "bold", "",
    ]  # fmt: skip


def test_intervals_stand_beside_their_shares() -> None:
    """Low before high, with signs; that of R² in the sentence above; none of the total."""
    printed = text([decomposition(intervals=SHARE_INTERVALS)])
    assert "the factors explain 44.3% of the variance (95% interval +33.4% to +51.2%)" in printed
    table, _ = tables(printed)
    assert table.headings[:3] == ("source of risk", "share of variance", "95% interval")
    assert table.column("95% interval") == {
        "MKT": "+24.1% to +55.3%", "VAL": "−20.1% to −2.2%", "MOM": "−3.1% to +28.4%",
        "idiosyncratic": "+48.8% to +66.6%", "total": "",
    }  # fmt: skip


EVERYTHING = ["source of risk", "share of variance", "95% interval", "volatility", "standalone", "VaR 95%", "ES 95%"]


@pytest.mark.parametrize(
    ("width", "missing", "bars"),
    [
        (160, [], True),
        (100, ["ES 95%", "VaR 95%"], True),
        (80, ["ES 95%", "VaR 95%"], False),
        (60, ["ES 95%", "VaR 95%", "standalone", "95% interval"], False),
        (44, ["ES 95%", "VaR 95%", "95% interval", "standalone"], False),
        (40, ["ES 95%", "VaR 95%", "95% interval", "standalone"], False),
    ],
)
def test_a_narrow_page_drops_tail_risk_then_bars_and_standalone_and_the_intervals_last(
    width: int, missing: list[str], bars: bool
) -> None:
    """Shares and volatility stay; no line is longer than the width while there is a column to drop."""
    grid, returns = grids(blocks([decomposition(intervals=SHARE_INTERVALS)]))
    assert headings_at(grid, width) == [heading for heading in EVERYTHING if heading not in missing]
    lines = lines_at(grid, width)
    assert max(map(len, lines)) <= max(width, 45)
    assert ("█" in "".join(lines)) is bars
    assert headings_at(returns, width) == ["source of return", "arithmetic (sum)", "linked (compounded)"]


def test_the_columns_of_a_page_go_one_by_one() -> None:
    """The order in which they go."""
    grid = grids(blocks([decomposition(intervals=SHARE_INTERVALS)]))[0]
    dropped: list[str] = []
    for width in range(160, 20, -1):
        now = headings_at(grid, width)
        dropped += [heading for heading in EVERYTHING if heading not in now and heading not in dropped]
    assert dropped == ["ES 95%", "VaR 95%", "standalone", "95% interval"]


OWN = ResultWarning("few_returns", "only 61 returns.")


def four() -> list[Decomposition]:
    """Four tickers, the second of which has other numbers everywhere."""
    second = decomposition(
        "BBBBBB.NS",
        name=None,
        contributions={"MKT": 0.222, "VAL": 0.031, "MOM": -0.044},
        idiosyncratic=0.791,
        volatility=0.3456,
        observations=61,
        warnings=(SHARED, OWN),
        value_at_risk=TailRisk(0.0111, decomposition().value_at_risk.contributions),
    )
    return [decomposition(), second, decomposition("CCC.NS"), decomposition("DDD.NS")]


def test_more_than_three_tickers_share_a_table() -> None:
    """Three have a page each; of four every number stands in its column."""
    assert len(tables(text(four()[:3]))) == 6
    (table,) = tables(text(four()))
    assert table.headings == ("ticker", "name", "MKT", "VAL", "MOM", "residual", "volatility", "n", "notes")
    assert table.row("AAA.NS") == {
        "name": "Alpha Works Ltd.", "MKT": "+39.2%", "VAL": "−11.8%", "MOM": "+16.9%", "residual": "55.7%",
        "volatility": "23.4%", "n": "253",
    }  # fmt: skip
    assert table.row("BBBBBB.NS") == {
        "MKT": "+22.2%", "VAL": "+3.1%", "MOM": "−4.4%", "residual": "79.1%", "volatility": "34.6%", "n": "61",
        "notes": "few_returns",
    }  # fmt: skip
    assert list(table.rows) == ["AAA.NS", "BBBBBB.NS", "CCC.NS", "DDD.NS"]
    lines = text(four()).splitlines()
    assert lines[6:9] == ["", RISK, ""]
    assert lines[10:] == [
        "! synthetic_prices: these prices are made up.", "! BBBBBB.NS few_returns: only 61 returns.",
    ]  # fmt: skip


def test_the_table_of_many_drops_the_name_then_notes_and_the_returns() -> None:
    """Hedges are red; at 60 columns name and notes are gone, at 40 the count too."""
    (grid,) = grids(blocks(four()))
    assert (styles(grid, "VAL"), styles(grid, "MOM")) == (["red", "", "red", "red"], ["", "red", "", ""])
    assert styles(grid, "ticker") == ["bold"] * 4
    everything = headings_at(grid, None)
    assert headings_at(grid, 100) == everything
    assert headings_at(grid, 80) == [h for h in everything if h != "name"]
    assert headings_at(grid, 60) == [h for h in everything if h not in ("name", "notes")]
    assert headings_at(grid, 40) == [h for h in everything if h not in ("name", "notes", "n")]
    assert [max(map(len, lines_at(grid, width))) <= width for width in (100, 80, 60)] == [True] * 3


def test_a_portfolio_has_its_holdings_below() -> None:
    """Between its tables and the sentences."""
    printed = text([decomposition(portfolio=PORTFOLIO)])
    assert [table.headings[0] for table in tables(printed)] == ["source of risk", "source of return", "holding"]
    assert printed.index("linked") < printed.index("Holdings of mine.csv") < printed.index(RISK)


def test_words_begin_and_numbers_end_below_their_headings() -> None:
    """Sources and bars are left-aligned, all else right-aligned, two blanks apart."""
    shares, returns = grids(blocks([decomposition(intervals=SHARE_INTERVALS)]))
    lines = lines_at(shares, None)
    assert [lines[0], lines[3], lines[8]] == [
        "source of risk  share of variance      95% interval                        volatility  standalone  VaR 95%"
        "  ES 95%",
        "VAL                        −11.8%   −20.1% to −2.2%  ░░░░                       −2.8%        4.8%   −0.29%"
        "  −0.36%",
        "total                      100.0%                                               23.4%                2.43%"
        "   3.05%",
    ]
    assert [lines_at(returns, None)[0], lines_at(returns, None)[-1]] == [
        "source of return  arithmetic (sum)  linked (compounded)",
        "total                      +22.24%              +22.90%",
    ]
    (many,) = grids(blocks(four()))
    assert [lines_at(many, None)[0], lines_at(many, None)[3]] == [
        "ticker     name                 MKT     VAL     MOM  residual  volatility    n  notes",
        "BBBBBB.NS                    +22.2%   +3.1%   −4.4%     79.1%       34.6%   61  few_returns",
    ]
    assert lines_at(many, None)[2].startswith("AAA.NS     Alpha Works Ltd.  +39.2%")


def test_notes_begin_below_their_heading() -> None:
    """A short code stands on the left of a long one."""
    first, second, third, fourth = four()
    third = replace(third, warnings=(SHARED, ResultWarning("thin", "traded on 55 days.")))
    lines = lines_at(grids(blocks([first, second, third, fourth]))[0], None)
    start = lines[0].index("notes")
    assert [lines[number][start:] for number in (3, 4)] == ["few_returns", "thin"]


def test_a_table_of_many_says_that_it_lacks_the_intervals() -> None:
    """They are not dropped without a word."""
    said = "Intervals: shown for up to 3 tickers; the JSON output has them for all."
    assert said not in text(four())
    assert said in text([replace(four()[0], intervals=SHARE_INTERVALS), *four()[1:]]).splitlines()


@pytest.mark.parametrize(("frequency", "periods"), [(None, "sessions"), ("weekly", "weeks"), ("monthly", "months")])
def test_a_window_is_named_in_its_periods(frequency: str | None, periods: str) -> None:
    """In the line below the name."""
    shown = text([decomposition(frequency=frequency)])
    assert f"255 {periods} to 2026-11-20 · 253 returns" in shown
    of_return = {"sessions": "day", "weeks": "week", "months": "month"}[periods]
    assert f"One-{of_return} loss: VaR 95% 2.43%" in shown
    assert f"(254 {of_return}s, 13 of them" in shown
    assert f"VaR 95% is the one-{of_return} loss that is exceeded" in shown


@pytest.mark.parametrize(("frequency", "time"), [(None, "day"), ("weekly", "week"), ("monthly", "month")])
def test_what_is_left_out_is_counted_in_periods(frequency: str | None, time: str) -> None:
    """In the row of the attribution and in the sentence below."""
    shown = text([decomposition(frequency=frequency)])
    assert f"\n{time}s left out " in shown
    assert f"{time.capitalize()}s left out are in the window but not in the fit" in shown
