"""Tables of the model, of its statistics and of the health of its proxies."""

from dataclasses import replace

import pytest

from tests.read.printed_tables import WIDTHS, Table, on_terminal, piped, plain, sentences, table
from tests.read.records_heatmaps import BARE_MODEL, FULL_MODEL

pytestmark = pytest.mark.read

FACTOR_TITLES = ["factor", "name", "proxies in order of preference", "transform"]
STATISTICS_TITLES = ["factor", "proxy", "mean", "volatility", "VIF", "MKT", "SZ", "VIX"]
HEALTH_TITLES = [
    "factor", "proxy", "last price", "missing", "stale", "zero volume", "suspect",
    "against", "correlation", "beta", "tracking error",
]  # fmt: skip


def _factors(text: str, rows: int) -> Table:
    return table(text, "factor", "name", rows=rows)


def _statistics(text: str) -> Table:
    return table(text, "volatility", "VIF", rows=3)


def _health(text: str) -> Table:
    return table(text, "stale", "zero volume", rows=6)


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("MKT", ["Market", "^NSEI, NIFTYBEES.NS", "return in excess of the risk-free rate"]),
        ("SZ", ["Size", "MID150BEES.NS", "return"]),
        ("VIX", ["Implied volatility", "^INDIAVIX", "relative change, not tradable"]),
        ("RATE", ["Ten-year rate", "IN10Y", "difference, not tradable"]),
    ],
)
def test_each_factor_of_the_model(row: str, cells: list[str]) -> None:
    """Code, name, proxies and what becomes of their prices."""
    found = _factors(piped(BARE_MODEL), 4)
    assert found.titles == FACTOR_TITLES
    for title, text in zip(FACTOR_TITLES[1:], cells, strict=True):
        assert (row, title, found.rows[row][title]) == (row, title, text)


def test_each_limit_of_the_model_stands_in_its_own_line() -> None:
    """Rate and sessions a year; the limit of a return, of a large move and of the distance from the market."""
    assert piped(BARE_MODEL).splitlines()[8:] == [
        "",
        "Risk-free rate: 6.55% a year of 247 sessions",
        "Excluded for the ticker: daily returns beyond ±40%",
        "Kept, with a warning: daily returns of at least ±15%",
        "Excluded for every ticker: sessions with a traded style more than 5 points from the market, 2024-06-04, "
        "2025-04-07",
        "",
    ]
    lines = piped(FULL_MODEL).splitlines()
    assert lines[0] == "Model us-3f"
    assert lines[8:13] == [
        "Market: america",
        "Risk-free rate: rates.csv a year of 252 sessions",
        "Excluded for the ticker: nothing",
        "Kept, with a warning: daily returns of at least ±25%",
        "Excluded for every ticker: nothing",
    ]
    assert "Market:" not in piped(BARE_MODEL)
    assert "Kept, with a warning: nothing\n" in piped(replace(BARE_MODEL, large_move=0.0))
    assert "Excluded for every ticker: 2024-06-04, 2025-04-07\n" in piped(replace(BARE_MODEL, max_gap_to_market=0.0))


def test_dividends_stand_below_the_rate() -> None:
    """Those that are added to factors, and that the prices have them; nothing where neither is so."""
    first, second, *others = BARE_MODEL.factors
    added = (replace(first, dividend_yield=0.0134), replace(second, dividend_yield=0.0087), *others)
    lines = piped(replace(BARE_MODEL, factors=added, total_return=True)).splitlines()
    assert lines[10:12] == [
        "Dividends added to the factors: MKT 1.34%, SZ 0.87% a year",
        "Prices in files contain dividends (total return)",
    ]
    assert "ividend" not in piped(BARE_MODEL)


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("MKT", ["^NSEI", "+11.3%", "13.9%", "3.1", "+1.00", "+0.81", "−0.62"]),
        ("SZ", ["MID150BEES.NS", "−3.4%", "17.1%", "2.7", "+0.82", "+1.01", "−0.43"]),
        ("VIX", ["^INDIAVIX", "+25.9%", "84.7%", "1.6", "−0.63", "−0.44", "+1.02"]),
    ],
)
def test_each_factors_statistics(row: str, cells: list[str]) -> None:
    """Mean, volatility, VIF and the correlations of the row's factor with each column's."""
    found = _statistics(piped(FULL_MODEL))
    assert found.titles == STATISTICS_TITLES
    for title, text in zip(STATISTICS_TITLES[1:], cells, strict=True):
        assert (row, title, found.rows[row][title]) == (row, title, text)


HEALTH = {
    "MKT": ["^NSEI", "2026-11-20", "11", "12", "–", "13", "–", "–", "–", "–"],
    "(of MKT)": ["", "", "", "", "", "", "NIFTYBEES.NS", "+0.99", "+0.99", "1.2%"],
    "SZ": ["MID150BEES.NS", "2026-11-18", "21", "22", "23", "24", "market", "+0.66", "+0.74", "14.6%"],
    "(of SZ)": ["", "", "", "", "", "", "SPARE.NS", "no prices", "", ""],
    "(of SZ) 2": ["", "", "", "", "", "", "SMALL.NS", "+0.83", "+0.92", "7.9%"],
    "VIX": ["^INDIAVIX", "2026-11-17", "31", "32", "33", "–", "market", "−0.71", "−3.22", "–"],
}


@pytest.mark.parametrize("row", list(HEALTH))
def test_each_proxys_health(row: str) -> None:
    """Counts of days below their headings, then what the proxy is compared with and how closely it follows."""
    found = _health(piped(FULL_MODEL))
    assert found.titles == HEALTH_TITLES
    cells = found.rows[row]
    for title, text in zip(HEALTH_TITLES[1:], HEALTH[row], strict=True):
        assert (row, title, cells[title]) == (row, title, text)


def test_what_is_said_around_the_statistics() -> None:
    """The window, the days of the health, faults of a proxy, suspect sessions and warnings, each in its line."""
    lines = piped(FULL_MODEL).splitlines()
    after = lines[lines.index("") + 1 :]
    for line in (
        "253 sessions, 2025-11-17 to 2026-11-20, source yahoo; 249 returns; condition number 7.5",
        "Mean and volatility are annualised; the columns headed by factors are correlations.",
        "Health of the proxies over 251 trading days",
        "Counts are trading days: missing (no close), stale (close repeated while the market moved), zero volume and "
        "suspect (excluded by the price gate); – where there are no volumes or no limits.",
    ):
        assert after.count(line) == 1, line
    assert lines[-4:] == [
        "! SZ thin: repeats its close on 9% of days.",
        "Suspect: SZ on 2026-01-02, 2026-03-04; VIX on 2026-05-06.",
        "! collinear: MKT and SZ move together.",
        "! missing_days: 9 are gone.",
    ]
    assert "all is well" not in piped(FULL_MODEL)
    statistics = FULL_MODEL.statistics
    assert statistics is not None
    quiet = replace(
        statistics, warnings=(), factors={code: replace(row, suspect=()) for code, row in statistics.factors.items()}
    )
    assert piped(replace(FULL_MODEL, statistics=quiet)).splitlines()[-1] == lines[-4]


SHOWN = {  # titles of each of the three tables that a width has room for
    40: (FACTOR_TITLES[:3], ["factor", "volatility", "VIF", "MKT", "SZ"],
         ["factor", "stale", "zero volume", "against", "correlation"]),
    60: (FACTOR_TITLES[:3], ["factor", "mean", "volatility", "VIF", "MKT", "SZ", "VIX"],
         ["factor", "stale", "zero volume", "against", "correlation"]),
    80: (FACTOR_TITLES[:3], STATISTICS_TITLES,
         ["factor", "stale", "zero volume", "against", "correlation", "beta", "tracking error"]),
    100: (FACTOR_TITLES, STATISTICS_TITLES, ["factor", *HEALTH_TITLES[3:]]),
    160: (FACTOR_TITLES, STATISTICS_TITLES, HEALTH_TITLES),
}  # fmt: skip


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_width_drops_columns_and_never_a_digit(width: int, colour: bool) -> None:
    """Tickers and dates of proxies first; what is left is the same as without a width, sentences are complete."""
    whole, text = piped(FULL_MODEL), on_terminal(FULL_MODEL, width=width, colour=colour)
    for titles, read in zip(SHOWN[width], (lambda t: _factors(t, 3), _statistics, _health), strict=True):
        found, complete = read(text), read(whole)
        assert found.titles == titles
        assert [list(row.values()) for row in found.rows.values()] == [
            [row[title] for title in titles] for row in complete.rows.values()
        ]
    assert ("\x1b[33m! " in text) is colour
    assert "\x1b[1mSZ thin\x1b[0m: repeats" in text
    for line in whole.splitlines():
        if "  " not in line and not line.startswith("─"):
            assert " ".join(line.split()) in sentences(text), line
    assert all(len(line) <= width for line in plain(text).splitlines() if "  " not in line and "─" not in line)


def test_text_stands_left_and_numbers_right() -> None:
    """Whole lines, blanks included, in order."""
    assert piped(FULL_MODEL).splitlines()[:8] == [
        "Model us-3f",
        "",
        "factor  name                proxies in order of preference  transform",
        "─" * 98,
        "MKT     Market              ^NSEI, NIFTYBEES.NS             return in excess of the risk-free rate",
        "SZ      Size                MID150BEES.NS                   return",
        "VIX     Implied volatility  ^INDIAVIX                       relative change, not tradable",
        "",
    ]
    lines = piped(FULL_MODEL).splitlines()[13:32]
    assert [line for line in lines if "──" not in line] == [
        "",
        "253 sessions, 2025-11-17 to 2026-11-20, source yahoo; 249 returns; condition number 7.5",
        "",
        "factor  proxy            mean  volatility  VIF    MKT     SZ    VIX",
        "MKT     ^NSEI          +11.3%       13.9%  3.1  +1.00  +0.81  −0.62",
        "SZ      MID150BEES.NS   −3.4%       17.1%  2.7  +0.82  +1.01  −0.43",
        "VIX     ^INDIAVIX      +25.9%       84.7%  1.6  −0.63  −0.44  +1.02",
        "Mean and volatility are annualised; the columns headed by factors are correlations.",
        "",
        "Health of the proxies over 251 trading days",
        "",
        "factor  proxy          last price  missing  stale  zero volume  suspect  against       correlation   beta  "
        "tracking error",
        "MKT     ^NSEI          2026-11-20       11     12            –       13  –                       –      –  "
        "             –",
        "                                                                         NIFTYBEES.NS        +0.99  +0.99  "
        "          1.2%",
        "SZ      MID150BEES.NS  2026-11-18       21     22           23       24  market              +0.66  +0.74  "
        "         14.6%",
        "                                                                         SPARE.NS        no prices",
        "                                                                         SMALL.NS            +0.83  +0.92  "
        "          7.9%",
    ]


def test_headings_are_bold_and_explanations_dim() -> None:
    """Titles and codes are bold; what explains a table is dim."""
    text = on_terminal(FULL_MODEL, width=160, colour=True)
    assert "\x1b[1mModel us-3f\x1b[0m" in text
    assert "\x1b[2mMean and volatility" in text
    assert "\x1b[2mCounts are trading days" in text
    for found in (_factors(text, 3), _statistics(text), _health(text)):
        assert found.styles["SZ"]["factor"] == "bold"
        assert {style for title, style in found.styles["SZ"].items() if title != "factor"} == {""}
