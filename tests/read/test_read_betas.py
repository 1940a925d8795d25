"""What people read of betas: a page for one ticker, one table for many."""

from dataclasses import replace
from functools import partial

import pytest
from rich.console import Console

from factorcli.render import terminal
from factorcli.results.beta import BetaResult, FactorBeta, JointTest
from factorcli.results.intervals import Interval
from factorcli.results.warnings import ResultWarning
from tests.read.cells import blocks, grids, headings_at, lines_at, styles, tables, text
from tests.read.records_betas import (
    ASYMMETRY,
    DIAGNOSTICS,
    FACTORS,
    MODEL,
    PORTFOLIO,
    SHARED,
    SHRINKAGE,
    beta_result,
    rolling,
)

pytestmark = pytest.mark.read

ONE_FACTOR = "market β (one factor)"
UP, DOWN = "up β (one factor)", "down β (one factor)"
ASYMMETRY_LINE = (
    "Asymmetry, down β minus up β: +0.46, 95% interval +0.02 to +0.94, p 0.041: significant at 5%, the beta is higher "
    "when the market falls"
)
MODEL_LINE = (
    "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags; prices from demo to "
    "2026-11-20. Basis raw: factors enter as they are; a beta is the return per 1% of that factor with the others held "
    "constant. *** p < 0.001, ** p < 0.01, * p < 0.05."
)
TWO_BETAS = (
    "Two market betas: +1.05 in a one-factor model (a market return of 1% came with +1.05% on average), and +0.62 "
    "beside the other factors (MKT): the style funds hold the same market, so the two differ."
)


def page(**changes: object) -> list[str]:
    """The lines of one ticker's page."""
    return text([beta_result(**changes)]).splitlines()  # type: ignore[arg-type]


def with_beta(code: str, **changes: float) -> BetaResult:
    """The record with another beta."""
    return beta_result(betas={**FACTORS, code: replace(FACTORS[code], **changes)})


def test_every_estimate_stands_in_its_row_and_column() -> None:
    """Beta, stars, low to high, t, p, VIF and proxy of the one-factor beta and of each factor."""
    (table,) = tables(text([beta_result()]))
    assert table.headings == ("factor", "beta", "95% interval", "t", "p", "VIF", "proxy")
    assert list(table.rows) == [ONE_FACTOR, UP, DOWN, "MKT", "VAL", "MOM", "SZ", "VOL"]
    assert table.column("beta") == {
        ONE_FACTOR: "+1.05", UP: "+0.81", DOWN: "+1.29", "MKT": "+0.62", "VAL": "−0.33",
        "MOM": "+0.26", "SZ": "+0.18", "VOL": "−0.021",
    }  # fmt: skip
    assert {name: row.get("", "") for name, row in table.rows.items()} == {
        ONE_FACTOR: "***", UP: "***", DOWN: "*", "MKT": "***", "VAL": "**", "MOM": "*", "SZ": "", "VOL": "",
    }  # fmt: skip
    assert table.column("95% interval") == {
        ONE_FACTOR: "+0.89 to +1.21", UP: "+0.52 to +1.13", DOWN: "+0.98 to +1.61", "MKT": "+0.28 to +0.97",
        "VAL": "−0.57 to −0.09", "MOM": "+0.04 to +0.48",
        "SZ": "−0.21 to +0.56", "VOL": "−0.047 to +0.005",
    }  # fmt: skip
    assert table.column("t") == {
        ONE_FACTOR: "+12.81", UP: "+5.47", DOWN: "+8.22", "MKT": "+3.64", "VAL": "−2.73",
        "MOM": "+2.31", "SZ": "+0.93", "VOL": "−1.58",
    }  # fmt: skip
    assert table.column("p") == {
        ONE_FACTOR: "< 0.001", UP: "< 0.001", DOWN: "0.012", "MKT": "< 0.001", "VAL": "0.007",
        "MOM": "0.022", "SZ": "0.353", "VOL": "0.115",
    }  # fmt: skip
    assert table.column("VIF") == {
        ONE_FACTOR: "", UP: "", DOWN: "", "MKT": "13.4", "VAL": "4.2", "MOM": "5.7", "SZ": "3.9", "VOL": "1.6",
    }  # fmt: skip
    assert table.column("proxy") == {
        ONE_FACTOR: "^NSEI", UP: "^NSEI", DOWN: "^NSEI", "MKT": "^NSEI", "VAL": "VALUE.NS", "MOM": "MOMENT.NS",
        "SZ": "MID.NS", "VOL": "^VIX",
    }  # fmt: skip


def test_the_sentences_of_a_page_give_each_number_its_name() -> None:
    """R² before the adjusted one, total before residual volatility, net alpha after alpha; the legend at the end."""
    lines = page()
    assert lines[:4] == [
        "AAA.NS  Alpha Works Ltd. · Capital Goods",
        "255 sessions, 2025-11-14 to 2026-11-20 · 253 returns · R² 0.47 (adjusted 0.45)",
        "Volatility 23.1% a year; residual volatility 16.8% a year",
        "",
    ]
    assert lines[15:] == [
        "",
        ASYMMETRY_LINE,
        "Alpha +10.3% a year (t +1.79); +8.8% with the styles in excess of the risk-free rate too",
        "Joint test of all betas but MKT: F(4, 246) = 2.87, p 0.024, HC3 errors: the style betas are jointly "
        "significant at 5%",
        "",
        MODEL_LINE,
        TWO_BETAS,
        "! synthetic_prices: these prices are made up.",
    ]


def test_a_rule_divides_the_one_factor_betas_from_the_model() -> None:
    """Below the heading and below the third row only."""
    rules = [number for number, line in enumerate(page()) if line and set(line) == {"─"}]
    assert rules == [5, 9]


@pytest.mark.parametrize(
    ("beta", "p", "verdict"),
    [
        (0.31, 0.0499, "significant at 5%, the beta is higher when the market falls"),
        (-0.31, 0.0499, "significant at 5%, the beta is lower when the market falls"),
        (-0.31, 0.05, "the two are not significantly different at 5%"),
    ],
)
def test_the_verdict_of_the_asymmetry_follows_its_sign_and_p_value(beta: float, p: float, verdict: str) -> None:
    """In its own numbers; without errors the difference alone, without a difference nothing."""

    def said(**changes: float) -> list[str]:
        market = replace(beta_result().market_model, asymmetry=replace(ASYMMETRY, **changes))
        return [line for line in page(market_model=market) if line.startswith("Asymmetry")]

    sign = "+" if beta > 0 else "−"
    assert said(estimate=beta, p_value=p) == [
        f"Asymmetry, down β minus up β: {sign}0.31, 95% interval +0.02 to +0.94, p {p:.3f}: {verdict}"
    ]
    nan = float("nan")
    assert said(estimate=beta, p_value=nan) == [f"Asymmetry, down β minus up β: {sign}0.31"]
    assert said(estimate=nan, p_value=nan) == []


@pytest.mark.parametrize(
    ("p", "mark", "style"),
    [(0.0009, "***", "green"), (0.001, "**", "green"), (0.01, "*", "green"), (0.049, "*", "green"), (0.05, "", "dim")],
)
def test_the_stars_of_a_beta_are_those_of_its_own_p_value(p: float, mark: str, style: str) -> None:
    """Limits belong to the weaker side; what has no star is dim."""
    result = with_beta("SZ", p_value=p)
    assert tables(text([result]))[0].row("SZ").get("", "") == mark
    assert styles(grids(blocks([result]))[0], "beta") == ["green"] * 4 + ["red", "green", style, "dim"]


@pytest.mark.parametrize(
    ("beta", "error", "shown"),
    [(0.0994, 0.049, "+0.099"), (0.1, 0.049, "+0.10"), (0.0994, 0.05, "+0.10"), (-0.0994, 0.049, "−0.099"),
     (-0.5, 0.01, "−0.50")],
)  # fmt: skip
def test_a_small_precise_beta_has_a_third_digit(beta: float, error: float, shown: str) -> None:
    """Below 0.1 with a standard error below 0.05; its interval too."""
    table = tables(text([with_beta("SZ", beta=beta, std_error=error)]))[0]
    assert table.row("SZ")["beta"] == shown
    assert table.row("SZ")["95% interval"] == ("−0.210 to +0.560" if len(shown) == 6 else "−0.21 to +0.56")


@pytest.mark.parametrize(
    ("p", "verdict"),
    [(0.0499, "jointly significant"), (0.05, "not jointly significant"), (0.7, "not jointly significant")],
)
def test_the_verdict_of_the_joint_test_follows_its_p_value(p: float, verdict: str) -> None:
    """Significant below 5 %; nothing is said of a test that could not be made."""
    lines = page(style_test=JointTest(1.94, p, 3, 51.7, "hc3"))
    (line,) = (line for line in lines if line.startswith("Joint test"))
    assert line.startswith(f"Joint test of all betas but MKT: F(3, 51.7) = 1.94, p {p:.3f}, HC3 errors: ")
    assert line.endswith(f"the style betas are {verdict} at 5%")
    nan = float("nan")
    assert "Joint test" not in "\n".join(page(style_test=JointTest(nan, nan, 0, 199.0, "hc3")))


def test_alpha_has_its_stars_and_no_second_number_where_both_are_one() -> None:
    """Stars by its own p; net alpha only where it differs, with its own sign."""
    alpha = beta_result().alpha
    same = page(alpha=replace(alpha, annual=-0.0712, annual_net=-0.0712, t_stat=-3.01, p_value=0.003))
    assert "Alpha −7.1% a year** (t −3.01)" in same
    negative = page(alpha=replace(alpha, annual_net=-0.0333))
    assert "Alpha +10.3% a year (t +1.79); −3.3% with the styles in excess of the risk-free rate too" in negative
    assert "dividends" not in negative


def test_alpha_beside_a_price_index_says_so() -> None:
    """At the end of its line, with the styles' financing and without."""
    index = ResultWarning("price_index", "it lacks them.")
    assert (
        "Alpha +10.3% a year (t +1.79); +8.8% with the styles in excess of the risk-free rate too; the market index is "
        "without dividends"
    ) in page(warnings=(index,))


def test_the_interval_of_r_squared_stands_beside_it() -> None:
    """Low before high, unsigned."""
    assert page(r_squared_interval=Interval(0.36, 0.56))[1].endswith(
        "R² 0.47 (adjusted 0.45, 95% interval 0.36 to 0.56)"
    )


def test_weighted_returns_say_how_many_they_count_as() -> None:
    """Beside their number."""
    assert "253 returns (57.7 effective) · R² 0.47" in page(observations_effective=57.66)[1]


def test_an_estimate_without_errors_has_dashes() -> None:
    """In place of the interval, t and p."""
    nan = float("nan")
    result = with_beta("SZ", std_error=nan, t_stat=nan, p_value=nan, ci_low=nan, ci_high=nan)
    row = tables(text([result]))[0].row("SZ")
    assert [row[heading] for heading in ("beta", "95% interval", "t", "p")] == ["+0.18", "–", "–", "–"]


def test_dimson_s_terms_are_named_by_their_day() -> None:
    """Whatever their order in the record."""
    lines = page(dimson={"after": 0.14, "before": -0.07, "day": 0.55})
    assert (
        "MKT is Dimson's sum of three market betas: −0.07 on the previous day's return, +0.55 on the same day's and "
        "+0.14 on the next day's; a large first or last one is a sign of thin trading"
    ) in lines


def test_shrunk_betas_show_their_least_squares_beta_and_its_weight() -> None:
    """The one-factor beta's under `market`; as many digits as the beta beside."""
    (table,) = tables(text([beta_result(shrinkage=SHRINKAGE)]))
    assert table.headings == ("factor", "beta", "OLS β", "OLS weight", "95% interval", "t", "p", "VIF", "proxy")
    assert table.column("OLS β") == {
        ONE_FACTOR: "+1.07", UP: "", DOWN: "", "MKT": "+0.51", "VAL": "−0.43",
        "MOM": "+0.31", "SZ": "+0.22", "VOL": "−0.032",
    }  # fmt: skip
    assert table.column("OLS weight") == {
        ONE_FACTOR: "93%", UP: "", DOWN: "", "MKT": "76%", "VAL": "86%", "MOM": "88%", "SZ": "71%", "VOL": "83%",
    }  # fmt: skip
    (grid,) = grids(blocks([beta_result(shrinkage=SHRINKAGE)]))
    assert [*styles(grid, "OLS β"), *styles(grid, "OLS weight")] == ["dim"] * 16


def test_shrunk_betas_are_not_dimmed_as_not_significant() -> None:
    """They have no test: coloured by their sign, without stars; up and down betas keep theirs."""
    nan = float("nan")
    untested = {"t_stat": nan, "p_value": nan}
    shrunk = beta_result(
        shrinkage=SHRINKAGE,
        betas={code: replace(beta, **untested) for code, beta in FACTORS.items()},
        market_model=replace(beta_result().market_model, **untested),
    )
    grid = grids(blocks([shrunk]))[0]
    assert styles(grid, "beta") == ["green"] * 4 + ["red", "green", "green", "red"]
    assert [row.get("") for row in tables(text([shrunk]))[0].rows.values()] == [None, "***", "*", *[None] * 5]
    many = grids(blocks([shrunk] * 4))[0]
    assert styles(many, "VOL") == ["red"] * 4
    assert "−0.021   " in lines_at(many, None)[2]


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (160, ["factor", "beta", "95% interval", "t", "p", "VIF", "proxy"]),
        (100, ["factor", "beta", "95% interval", "t", "p", "VIF", "proxy"]),
        (80, ["factor", "beta", "95% interval", "t", "p", "VIF"]),
        (60, ["factor", "beta", "95% interval", "t"]),
        (40, ["factor", "beta"]),
    ],
)
def test_a_narrow_page_drops_the_proxy_then_vif_p_t_and_the_interval(width: int, headings: list[str]) -> None:
    """Never the betas or their stars; no line is longer than the width."""
    (grid,) = grids(blocks([beta_result()]))
    assert headings_at(grid, width) == headings
    lines = lines_at(grid, width)
    assert max(map(len, lines)) <= width
    assert tables("\n".join(lines))[0].row("VAL")["beta"] == "−0.33"
    assert tables("\n".join(lines))[0].row("VAL")[""] == "**"


def test_the_columns_go_one_by_one() -> None:
    """From the whole table down to what always stays."""
    (grid,) = grids(blocks([beta_result()]))
    kept = list(dict.fromkeys(tuple(headings_at(grid, width)) for width in range(120, 20, -1)))
    everything = ("factor", "beta", "95% interval", "t", "p", "VIF", "proxy")
    assert kept == [everything[:length] for length in range(7, 1, -1)]


def test_optional_parts_stand_below_the_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Diagnostics, then the rolling path; on a terminal in colours and within its width."""
    whole = beta_result(diagnostics=DIAGNOSTICS, rolling=rolling())
    lines = text([whole]).splitlines()
    joint = next(number for number, line in enumerate(lines) if line.startswith("Joint test"))
    assert lines[joint + 1 : joint + 3] == ["", "Diagnostics"]
    path = lines.index("Rolling path: 3 windows")
    assert path > joint
    assert lines[path - 1] == ""
    assert lines[-4:] == ["", MODEL_LINE, TWO_BETAS, "! synthetic_prices: these prices are made up."]
    monkeypatch.setattr(
        terminal, "Console", partial(Console, force_terminal=True, width=72, color_system="standard", _environ={})
    )
    coloured = terminal.show(blocks([whole], terminal=True))
    for part in ("\x1b[1mAAA.NS\x1b[0m", "\x1b[32m +1.05\x1b[0m", "\x1b[31m −0.33\x1b[0m", "\x1b[2m−0.021\x1b[0m"):
        assert part in coloured


def test_the_heading_and_the_model_are_styled() -> None:
    """The ticker bold, the model dim."""
    parts = [part for part in blocks([beta_result()]) if isinstance(part, tuple)]
    assert [(span.text, span.style) for span in parts[0]] == [
        ("AAA.NS", "bold"), ("  ", ""), ("Alpha Works Ltd. · Capital Goods", ""),
    ]  # fmt: skip
    assert [span.style for part in parts for span in part if span.text.startswith("Model ")] == ["dim"]
    (grid,) = grids(blocks([beta_result()]))
    assert (set(styles(grid, "factor")), set(styles(grid, "proxy"))) == ({"bold"}, {"dim"})


def test_a_portfolio_has_its_holdings_below() -> None:
    """Before the model."""
    printed = text([beta_result(portfolio=PORTFOLIO)])
    assert [table.headings[0] for table in tables(printed)] == ["factor", "holding"]
    assert printed.index("Holdings of mine.csv") < printed.index("Model india-5f")


def test_two_market_betas_are_explained_only_where_there_are_two() -> None:
    """Not for a model of one factor, nor in the basis whose MKT is the one-factor beta."""
    assert TWO_BETAS in page()
    assert not any("Two market betas" in line for line in page(betas={"MKT": FACTORS["MKT"]}))
    assert not any("Two market betas" in line for line in page(model=replace(MODEL, basis="residual")))
    assert any("Two market betas" in line for line in page(betas={c: FACTORS[c] for c in ("MKT", "VAL")}))


OWN = ResultWarning("few_returns", "only 61 returns.")


def four() -> list[BetaResult]:
    """Four tickers, the second of which has other numbers everywhere."""
    numbers = {"MKT": 0.71, "VAL": 0.44, "MOM": -0.15, "SZ": 0.99, "VOL": 0.0634}
    p_values = {"MKT": 0.0002, "VAL": 0.03, "MOM": 0.6, "SZ": 0.0077, "VOL": 0.0003}
    betas: dict[str, FactorBeta] = {
        code: replace(FACTORS[code], beta=beta, p_value=p_values[code]) for code, beta in numbers.items()
    }
    first = beta_result("AAA.NS")
    second = beta_result(
        "BBBBBB.NS",
        name=None,
        betas=betas,
        market_model=replace(
            first.market_model,
            beta=-0.38,
            p_value=0.013,
            down=replace(first.market_model.down, estimate=-0.57, p_value=0.0088),
        ),
        r_squared=0.29,
        alpha=replace(first.alpha, annual=-0.1234, annual_net=-0.2, p_value=0.0061),
        observations=61,
        warnings=(SHARED, OWN),
    )
    return [first, second, beta_result("CCC.NS"), beta_result("DDD.NS")]


def test_more_than_three_tickers_share_a_table() -> None:
    """Three have a page each."""
    assert [table.headings[0] for table in tables(text(four()[:3]))] == ["factor"] * 3
    assert [table.headings[0] for table in tables(text(four()))] == ["ticker"]


def test_the_table_of_many_has_every_number_in_its_column() -> None:
    """The one-factor beta first, each beta with its stars, plain R², alpha (not net), returns, own warnings."""
    (table,) = tables(text(four()))
    assert table.headings == (
        "ticker", "name", "β (1F)", "down β", "MKT", "VAL", "MOM", "SZ", "VOL", "R²", "α a year", "n", "notes",
    )  # fmt: skip
    assert table.row("AAA.NS") == {
        "name": "Alpha Works Ltd.", "β (1F)": "+1.05***", "down β": "+1.29*", "MKT": "+0.62***", "VAL": "−0.33**",
        "MOM": "+0.26*", "SZ": "+0.18", "VOL": "−0.021", "R²": "0.47", "α a year": "+10.3%", "n": "253",
    }  # fmt: skip
    assert table.row("BBBBBB.NS") == {
        "β (1F)": "−0.38*", "down β": "−0.57**", "MKT": "+0.71***", "VAL": "+0.44*", "MOM": "−0.15", "SZ": "+0.99**",
        "VOL": "+0.063***", "R²": "0.29", "α a year": "−12.3%**", "n": "61", "notes": "few_returns",
    }  # fmt: skip
    assert list(table.rows) == ["AAA.NS", "BBBBBB.NS", "CCC.NS", "DDD.NS"]


def test_below_the_table_of_many_stand_the_model_what_the_betas_are_and_the_warnings() -> None:
    """The shared warning once, the other with its ticker."""
    assert text(four()).splitlines()[6:] == [
        "",
        MODEL_LINE,
        "β (1F) is the market beta of a one-factor model. MKT is the market beta beside the other factors: the style "
        "funds hold the same market, so the two differ.",
        "! synthetic_prices: these prices are made up.",
        "! BBBBBB.NS few_returns: only 61 returns.",
    ]


def test_signs_and_significance_of_the_table_of_many_are_coloured() -> None:
    """Green, red or dim, by ticker."""
    (grid,) = grids(blocks(four()))
    assert styles(grid, "β (1F)") == ["green", "red", "green", "green"]
    assert styles(grid, "down β") == ["green", "red", "green", "green"]
    assert styles(grid, "VAL") == ["red", "green", "red", "red"]
    assert styles(grid, "MOM") == ["green", "dim", "green", "green"]
    assert styles(grid, "ticker") == ["bold"] * 4


def test_the_table_of_many_drops_the_name_then_notes_the_down_beta_alpha_and_the_returns() -> None:
    """Betas and R² stay, and where even they do not fit no number is cut."""
    (grid,) = grids(blocks(four()))
    everything = headings_at(grid, None)
    dropped = []
    for width in range(160, 20, -1):
        now = headings_at(grid, width)
        dropped += [heading for heading in everything if heading not in now and heading not in dropped]
        if now != ["ticker", "β (1F)", "MKT", "VAL", "MOM", "SZ", "VOL", "R²"]:
            assert max(map(len, lines_at(grid, width))) <= width
    assert dropped == ["name", "notes", "down β", "α a year", "n"]
    assert headings_at(grid, 100) == [h for h in everything if h not in ("name", "notes", "down β")]
    assert headings_at(grid, 105) == [h for h in everything if h not in ("name", "notes")]
    assert headings_at(grid, 80) == [h for h in everything if h not in dropped]
    assert lines_at(grid, 60) == lines_at(grid, 40) == lines_at(grid, 80)


def test_words_begin_and_numbers_end_below_their_headings() -> None:
    """Factors, stars, proxies, tickers, names and notes are left-aligned; stars do not shift a number."""
    (page_grid,) = grids(blocks([beta_result()]))
    lines = lines_at(page_grid, None)
    assert [lines[0], lines[2], lines[7]] == [
        "factor                   beta           95% interval       t        p   VIF  proxy",
        "market β (one factor)   +1.05  ***    +0.89 to +1.21  +12.81  < 0.001        ^NSEI",
        "VAL                     −0.33  **     −0.57 to −0.09   −2.73    0.007   4.2  VALUE.NS",
    ]
    (many,) = grids(blocks(four()))
    assert lines_at(many, None)[2:4] == [
        "AAA.NS     Alpha Works Ltd.  +1.05***  +1.29*    +0.62***  −0.33**   "
        "+0.26*    +0.18     −0.021     0.47  +10.3%"
        "     253",
        "BBBBBB.NS                    −0.38*    −0.57**   +0.71***  +0.44*    "
        "−0.15     +0.99**   +0.063***  0.29  −12.3%**    61"
        "  few_returns",
    ]


def test_two_tickers_share_the_sentence_on_market_betas() -> None:
    """It names no number, as there are two of each."""
    lines = text([beta_result("AAA.NS"), beta_result("BBB.NS")]).splitlines()
    assert any(line.startswith("β (1F) is the market beta of a one-factor model.") for line in lines)
    assert not any(line.startswith("Two market betas") for line in lines)


def test_notes_begin_below_their_heading() -> None:
    """A short code stands on the left of a long one."""
    first, second, third, fourth = four()
    third = replace(third, warnings=(SHARED, ResultWarning("thin", "traded on 55 days.")))
    lines = lines_at(grids(blocks([first, second, third, fourth]))[0], None)
    start = lines[0].index("notes")
    assert [lines[number][start:] for number in (3, 4)] == ["few_returns", "thin"]


def test_a_table_of_many_says_which_parts_it_lacks() -> None:
    """What was asked for is not dropped without a word; nothing is said where nothing lacks."""
    assert not any("shown for up to" in line for line in text(four()).splitlines())
    first, *others = four()
    asked = [replace(first, diagnostics=DIAGNOSTICS), *others]
    said = "Diagnostics: shown for up to 3 tickers; the JSON output has them for all."
    assert text(asked).splitlines()[6] == said
    both = [
        replace(first, diagnostics=DIAGNOSTICS, rolling=rolling(), r_squared_interval=Interval(0.11, 0.22)),
        *others,
    ]
    said = (
        "Rolling paths, diagnostics and intervals of R²: shown for up to 3 tickers; the JSON output has them for all."
    )
    assert text(both).splitlines()[6] == said


@pytest.mark.parametrize(("frequency", "periods"), [(None, "sessions"), ("weekly", "weeks"), ("monthly", "months")])
def test_a_window_is_named_in_its_periods(frequency: str | None, periods: str) -> None:
    """255 of them, and the number of returns is that of the record."""
    assert page(frequency=frequency)[1].startswith(f"255 {periods}, 2025-11-14 to 2026-11-20 · 253 returns")


@pytest.mark.parametrize(("frequency", "time"), [(None, "day"), ("weekly", "week"), ("monthly", "month")])
def test_a_page_speaks_of_the_periods_of_its_returns(frequency: str | None, time: str) -> None:
    """Dimson's terms, the half-life and the diagnostics."""
    shown = "\n".join(
        page(
            frequency=frequency,
            dimson={"before": 0.11, "day": 0.72, "after": -0.13},
            model=replace(MODEL, estimator="ewma", half_life=41.0),
            diagnostics=DIAGNOSTICS,
        )
    )
    assert f"+0.11 on the previous {time}'s return, +0.72 on the same {time}'s and −0.13 on the next {time}'s" in shown
    assert f"(half-life 41 {'session' if frequency is None else time}s)" in shown
    assert f"zero-return {time}s" in shown
    assert f"Most influential {time}s (Cook's distance): 2026-02-03" in shown
