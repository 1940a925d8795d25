"""Numbers, signs, stars, intervals and warnings as they are printed in every table."""

import math
from dataclasses import replace
from functools import partial

import pytest
from rich.console import Console

from factorcli.render import terminal
from factorcli.render.json_csv import plain as plain_form
from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line, to_text, width_of
from factorcli.render.tables import to_blocks
from factorcli.render.text import (
    LEGEND,
    about,
    count,
    interval,
    model_line,
    number,
    own_warnings,
    p_value,
    percent,
    shared_warnings,
    signed,
    stars,
    warning_codes,
    warning_lines,
)
from factorcli.results.batch import Batch
from factorcli.results.intervals import Interval
from factorcli.results.warnings import ResultWarning
from tests.read.cells import headings_at, lines_at, plain
from tests.read.records_betas import AS_OF, MODEL, SHARE_INTERVALS, SHARED, SHRINKAGE, beta_result, decomposition

pytestmark = pytest.mark.read


@pytest.mark.parametrize(
    ("value", "digits", "shown", "unsigned"),
    [
        (1.256, 2, "+1.26", "1.26"),
        (-1.256, 2, "−1.26", "−1.26"),
        (0.0049, 2, "0.00", "0.00"),
        (-0.0049, 2, "0.00", "0.00"),
        (0.0051, 2, "+0.01", "0.01"),
        (12.5, 0, "+12", "12"),
        (math.nan, 2, "–", "–"),
        (-math.inf, 2, "–", "–"),
    ],
)
def test_a_number_has_its_sign_a_real_minus_and_its_digits(
    value: float, digits: int, shown: str, unsigned: str
) -> None:
    """Zero after rounding has no sign; what is not finite is a dash."""
    assert (number(value, digits), number(value, digits, signed=False)) == (shown, unsigned)


def test_a_number_has_two_digits_and_a_percentage_one() -> None:
    """The usual digits; per cent is a hundred times the fraction, unsigned unless asked."""
    assert number(3.14159) == "+3.14"
    assert [percent(0.12345), percent(-0.5), percent(0.12345, 2), percent(0.12345, signed=True)] == [
        "12.3%", "−50.0%", "12.35%", "+12.3%",
    ]  # fmt: skip
    assert (percent(math.nan), percent(math.inf, signed=True), percent(0.0, signed=True)) == ("–", "–", "0.0%")


@pytest.mark.parametrize(
    ("p", "mark"),
    [(0.0, "***"), (0.00099, "***"), (0.001, "**"), (0.0099, "**"), (0.01, "*"), (0.0499, "*"), (0.05, ""),
     (0.3, ""), (1.0, ""), (math.nan, "")],
)  # fmt: skip
def test_stars_are_strictly_below_their_limits(p: float, mark: str) -> None:
    """As the legend says: *** below 0.001, ** below 0.01, * below 0.05."""
    assert stars(p) == mark
    assert LEGEND == "*** p < 0.001, ** p < 0.01, * p < 0.05"


@pytest.mark.parametrize(
    ("p", "shown"), [(0.00099, "< 0.001"), (0.001, "0.001"), (0.0236, "0.024"), (1.0, "1.000"), (math.nan, "–")]
)
def test_a_p_value_has_three_digits(p: float, shown: str) -> None:
    """Below a thousandth it says so."""
    assert p_value(p) == shown


def test_a_signed_number_is_coloured_by_its_sign_where_it_is_significant() -> None:
    """Green above zero, red below, dim from p 0.05 on and where there is no p; stars padded to three."""
    assert signed(0.5, 0.049) == Span("+0.50", "green")
    assert signed(-0.5, 0.049) == Span("−0.50", "red")
    assert signed(0.5, 0.05) == Span("+0.50", "dim")
    assert signed(-0.5, math.nan) == Span("−0.50", "dim")
    assert signed(0.5) == Span("+0.50", "green")
    assert signed(0.1234, 0.009, 3, starred=True) == Span("+0.123** ", "green")
    assert signed(0.1234, 0.9, 3, starred=True) == Span("+0.123   ", "dim")
    assert signed(0.0) == Span("0.00", "red")


def test_an_interval_is_its_low_to_its_high_bound() -> None:
    """In this order, signed unless asked otherwise, with as many digits as asked."""
    assert interval(Interval(-0.123, 0.456)) == "−0.12 to +0.46"
    assert interval(Interval(0.1234, 0.4567), 3, signed=False) == "0.123 to 0.457"


def test_counts_and_names() -> None:
    """One ticker, two tickers, thousands by comma; a missing name or sector leaves no dot."""
    assert [count(1, "ticker"), count(2, "ticker"), count(0, "stock"), count(1234, "stock")] == [
        "1 ticker", "2 tickers", "0 stocks", "1,234 stocks",
    ]  # fmt: skip
    assert [about("A", "B"), about(None, "B"), about("A", None), about(None, None)] == ["A · B", "B", "A", ""]


@pytest.mark.parametrize(
    ("changes", "estimator", "errors", "basis"),
    [
        (
            {},
            "ordinary least squares",
            "Newey–West errors, 6 lags",
            "Basis raw: factors enter as they are; a beta is the return per 1% of that factor with the others held "
            "constant.",
        ),
        (
            {"covariance": "hc1", "lags": None, "basis": "spread", "estimator": "ewma", "half_life": 42.0},
            "exponentially weighted least squares (half-life 42 sessions)",
            "White's HC1 errors",
            "Basis spread: styles enter as their return minus the market's; MKT is the beta to a rise of the market "
            "and all styles together.",
        ),
        (
            {"covariance": "nonrobust", "lags": None, "basis": "residual", "estimator": "dimson"},
            "Dimson's sum of lagged, same-day and leading market betas",
            "classical errors",
            "Basis residual: every other factor enters as its residual on the market; MKT and alpha are those of the "
            "one-factor model.",
        ),
        (
            {"estimator": "vasicek"},
            "Vasicek's betas, shrunk towards the universe's mean",
            "Newey–West errors, 6 lags",
            "Basis raw: factors enter as they are; a beta is the return per 1% of that factor with the others held "
            "constant.",
        ),
    ],
)
def test_the_model_is_named_with_its_estimator_errors_and_basis(
    changes: dict[str, object], estimator: str, errors: str, basis: str
) -> None:
    """One sentence, with the risk-free rate, the source and the date."""
    model = replace(MODEL, **changes)  # type: ignore[arg-type]
    assert model_line(model, "demo", AS_OF) == (
        f"Model india-5f, {estimator}, risk-free rate 6.55%, {errors}; prices from demo to 2026-11-20. {basis}"
    )


FEW = ResultWarning("few_returns", "only 61 returns.")
THIN = ResultWarning("thin", "traded on 55 days.")
THIN_TOO = ResultWarning("thin", "no volume on 44 days.")


def test_shared_warnings_come_once_and_own_ones_with_their_ticker() -> None:
    """The shared first, in their order; then by ticker, in the order of the tickers."""
    results = [
        beta_result("AAA.NS", warnings=(FEW, SHARED)),
        beta_result("BBB.NS", warnings=(SHARED,)),
        beta_result("CCC.NS", warnings=(THIN, SHARED, THIN_TOO)),
    ]
    assert shared_warnings(results) == [SHARED]
    assert own_warnings(results) == [(FEW,), (), (THIN, THIN_TOO)]
    assert [plain(row) for row in warning_lines(results)] == [
        "! synthetic_prices: these prices are made up.",
        "! AAA.NS few_returns: only 61 returns.",
        "! CCC.NS thin: traded on 55 days.",
        "! CCC.NS thin: no volume on 44 days.",
    ]
    assert [(span.text, span.style) for span in next(iter(warning_lines(results)))] == [
        ("! ", "yellow"), ("", ""), ("synthetic_prices", "bold"), (": these prices are made up.", ""),
    ]  # fmt: skip
    assert (warning_codes((THIN, FEW, THIN_TOO)), warning_codes(())) == ("thin few_returns", "")


def test_the_warnings_of_one_ticker_are_all_shared() -> None:
    """Without the ticker in front, in their order."""
    results = [beta_result(warnings=(THIN, FEW))]
    assert own_warnings(results) == [()]
    assert [plain(row) for row in warning_lines(results)] == [
        "! thin: traded on 55 days.",
        "! few_returns: only 61 returns.",
    ]


def test_own_warnings_are_counted_above_ten_tickers() -> None:
    """Ten are written out; of eleven, how many tickers have each, the most frequent first, twice in one is once."""
    many = [beta_result(f"T{i}.NS", warnings=(THIN, THIN_TOO) if i < 7 else ()) for i in range(10)]
    assert len(list(warning_lines(many))) == 14
    eleven = [*many, beta_result("T10.NS", warnings=(FEW,))]
    assert [[(span.text, span.style) for span in row] for row in warning_lines(eleven)] == [
        [("! ", "yellow"), ("thin", "bold"), (": 7 tickers; the JSON output has every message.", "")],
        [("! ", "yellow"), ("few_returns", "bold"), (": 1 ticker; the JSON output has every message.", "")],
    ]


GRID = Grid(
    [
        Column("ticker", ["AAA", "BBB"], left=True, style="bold"),
        Column("one", [Span("+1.11", "green"), "2.2"]),
        Column("two", ["3.33", "4.4"], need=1),
        Column("three words", ["x", "yy"], need=2, left=True, style="dim"),
    ],
    frozenset([0]),
)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["ticker    one   two  three words", "─" * 32, "AAA     +1.11  3.33  x", "─" * 32,
                "BBB       2.2   4.4  yy"]),
        (32, ["ticker    one   two  three words", "─" * 32, "AAA     +1.11  3.33  x", "─" * 32,
              "BBB       2.2   4.4  yy"]),
        (31, ["ticker    one   two", "─" * 19, "AAA     +1.11  3.33", "─" * 19, "BBB       2.2   4.4"]),
        (19, ["ticker    one   two", "─" * 19, "AAA     +1.11  3.33", "─" * 19, "BBB       2.2   4.4"]),
        (18, ["ticker    one", "─" * 13, "AAA     +1.11", "─" * 13, "BBB       2.2"]),
        (5, ["ticker    one", "─" * 13, "AAA     +1.11", "─" * 13, "BBB       2.2"]),
    ],
)  # fmt: skip
def test_a_narrow_grid_drops_whole_columns_the_least_needed_first(width: int | None, lines: list[str]) -> None:
    """A grid that just fits stays whole; what is always needed is never cut; numbers are right-aligned."""
    assert lines_at(GRID, width) == lines
    assert headings_at(GRID, width) == [word for word in ("ticker", "one", "two", "three words") if word in lines[0]]


def test_the_cells_of_a_grid_carry_their_own_style_or_that_of_their_column() -> None:
    """Headings are bold; a rule is not drawn below the last row."""
    heading, rule, first, *_ = GRID.lines(None)
    assert [span.style for span in heading] == ["bold", "", "bold", "", "bold", "", "bold"]
    assert [span.style for span in rule] == [""]
    assert [(span.text, span.style) for span in first] == [
        ("AAA   ", "bold"), ("  ", ""), ("+1.11", "green"), ("  ", ""), ("3.33", ""), ("  ", ""),
        ("x          ", "dim"),
    ]  # fmt: skip
    ruled = Grid([Column("a", ["1", "2"])], frozenset([1]))
    assert lines_at(ruled, None) == ["a", "─", "1", "2"]


def test_text_has_one_line_a_line_without_styles_or_trailing_blanks() -> None:
    """Lines, blanks and grids in order; an empty answer is no line at all."""
    parts: list[Block] = [line(Span("Bold", "bold"), " and ", style="dim"), BLANK, Grid([Column("long", ["1 "])])]
    assert to_text(parts) == "Bold and\n\nlong\n────\n  1\n"
    assert line("a", Span("b", "red"), style="dim") == (Span("a", "dim"), Span("b", "red"))
    assert to_text([]) == ""
    assert to_blocks(Batch(()), terminal=False) == []


@pytest.mark.parametrize(("name", "columns"), [("abc", 3), ("−β█", 3), ("株式", 4), ("e\u0301", 1), ("", 0)])
def test_the_width_of_a_text_is_that_of_the_terminal(name: str, columns: int) -> None:
    """Two for a wide character, none for a combining one; a column of such names stays aligned."""
    assert width_of(name) == columns
    grid = Grid([Column("n", [name, "abcde"], left=True), Column("x", ["1", "2"])])
    row = lines_at(grid, None)[2]
    assert row == f"{name}{' ' * (5 - columns)}  1"


def shown(monkeypatch: pytest.MonkeyPatch, width: int, colours: str | None, parts: list[Block]) -> str:
    """The blocks on a terminal of this width and of these colours."""
    monkeypatch.setattr(
        terminal,
        "Console",
        partial(Console, force_terminal=True, width=width, color_system=colours, legacy_windows=False, _environ={}),
    )
    return terminal.show(parts)


def test_a_terminal_gets_colours_and_wraps_sentences_but_not_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences break between words at the width; a grid drops columns, and no line of either is longer."""
    parts: list[Block] = [line("one two three four five six", style="dim"), GRID]
    assert shown(monkeypatch, 20, None, parts).splitlines() == [
        "one two three four", "five six", *lines_at(GRID, 20),
    ]  # fmt: skip
    coloured = shown(monkeypatch, 20, "standard", parts)
    assert "\x1b[2mone two three four" in coloured
    assert "\x1b[32m+1.11\x1b[0m" in coloured
    assert "\x1b[1mAAA   \x1b[0m" in coloured
    narrow = shown(monkeypatch, 8, None, [GRID])
    assert narrow.splitlines() == lines_at(GRID, 8)


def test_a_terminal_takes_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets are no markup, numbers are not highlighted, trailing blanks go."""
    assert shown(monkeypatch, 60, "standard", [line("[bold]x[/bold] 12 ")]) == "[bold]x[/bold] 12\n"


def test_an_old_windows_console_gets_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would show their codes as they are."""

    class Legacy(Console):
        legacy_windows = True  # type: ignore[assignment]

        def __init__(self, *, color_system: str | None = "standard", **options: object) -> None:
            super().__init__(color_system=color_system, force_terminal=True, width=40, _environ={})  # type: ignore[arg-type]
            self.legacy_windows = True

    monkeypatch.setattr(terminal, "Console", Legacy)
    assert "\x1b" not in terminal.show([line("red", style="red")])


@pytest.mark.parametrize(
    "record", [beta_result(), SHRINKAGE, decomposition(), SHARE_INTERVALS], ids=lambda record: type(record).__name__
)
def test_every_number_of_a_record_is_different(record: object) -> None:
    """So that none can stand in another's place unseen."""

    def numbers(value: object) -> list[float]:
        if isinstance(value, float):
            return [abs(value)]
        values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return [found for item in values for found in numbers(item)]

    found = numbers(plain_form(record))
    assert len(found) > 8
    assert {value: found.count(value) for value in found if found.count(value) > 1} == {}
