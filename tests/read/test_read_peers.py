"""Tables of peers."""

from dataclasses import replace

import pytest

from tests.read.printed_tables import on_terminal, piped, plain, sentences, table
from tests.read.records_decisions import PEERS, peer, peers_of

pytestmark = pytest.mark.read

TITLES = ["", "name", "sector", "distance", "p equal", "residual corr.", "R²", "MKT", "VAL", "VOL"]
ROWS = """
OWN.NS |Own Industries Ltd.|Oil Gas & Consumable Fuels|    |       |     |0.49|+0.97|+0.12|−0.046
ANTE.NS|Ante Limited       |                          |0.41|0.812  |−0.31|0.52|+1.01|−0.23|+0.011
BETO.NS|Beto Limited       |Power                     |1.51|0.050  |−0.18|0.57|+1.18|−0.04|−0.001
CARO.NS|                   |Power                     |2.61|0.050  |−0.05|0.62|+1.35|+0.15|−0.013|noisy
DUNE.NS|Dune Limited       |Power                     |3.71|< 0.001|+0.08|0.67|+1.52|+0.34|−0.026
ECHO.NS|Echo Limited       |Power                     |4.81|0.330  |+0.21|0.72|+1.69|+0.53|−0.038
FARO.NS|Faro Limited       |Power                     |5.91|0.270  |+0.34|0.77|+1.86|+0.72|−0.050|noisy
GILT.NS|Gilt Limited       |Power                     |7.01|< 0.001|+0.47|0.82|+2.03|+0.91|−0.062
"""
PAGE = piped(peers_of())
PRINTED = table(PAGE, "distance", rows=8)


def _expected() -> list[tuple[str, str, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in ROWS.strip().splitlines()]
    return [(row[0], title, text) for row in rows for title, text in zip(TITLES[1:], row[1:10], strict=True)]


@pytest.mark.parametrize(("row", "column", "text"), _expected())
def test_each_cell(row: str, column: str, text: str) -> None:
    """The ticker itself first, then its peers, nearest first."""
    assert PRINTED.rows[row][column] == text


def test_rows_and_marks() -> None:
    """A rule below the ticker itself; noisy at the end of the rows that are."""
    assert list(PRINTED.rows) == ["OWN.NS", *(one.ticker for one in PEERS)]
    lines = PAGE.splitlines()
    own = next(i for i, line in enumerate(lines) if line.startswith("OWN.NS ") and "0.49" in line)
    assert set(lines[own - 1]) == set(lines[own + 1]) == {"─"}
    assert [line.split()[0] for line in lines if line.endswith("  noisy")] == ["CARO.NS", "FARO.NS"]


def test_small_betas_have_three_decimals() -> None:
    """Where all of a column are below 0.1 in size."""
    small = peers_of(betas={"MKT": 0.0999, "VAL": 0.1, "VOL": 0.2}, some=(replace(PEERS[0], betas={
        "MKT": -0.0123, "VAL": 0.0123, "VOL": 0.0234}),))  # fmt: skip
    row = table(piped(small), "distance", rows=2).rows["OWN.NS"]
    assert [row[code] for code in ("MKT", "VAL", "VOL")] == ["+0.100", "+0.10", "+0.20"]


def test_the_answer_comes_first() -> None:
    """Which are nearest, which of them cannot be told apart, and which are noisy."""
    assert PAGE.splitlines()[:7] == [
        "OWN.NS  Own Industries Ltd. · Oil Gas & Consumable Fuels",
        "251 sessions to 2026-11-20 · compared with 463 stocks",
        "",
        "Stocks most like OWN.NS: ANTE.NS, BETO.NS, CARO.NS, DUNE.NS, ECHO.NS and 2 more.",
        "Of these, ANTE.NS, CARO.NS, ECHO.NS and FARO.NS cannot be told apart from OWN.NS by its betas (p at least "
        "0.05).",
        "The betas of CARO.NS and FARO.NS are known less well than stocks differ (noisy): indistinguishable is not "
        "alike.",
        "",
    ]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (peers_of(some=PEERS[:1]), "Stocks most like OWN.NS: ANTE.NS. Of these, none can be told apart from OWN"),
        (peers_of(some=(PEERS[1], PEERS[3])), "of each of these differ from those of OWN.NS by more than chance."),
        (peers_of(some=PEERS[:3]), "Of these, ANTE.NS and CARO.NS cannot be told apart"),
        (peers_of(some=tuple(peer(k, 0.4) for k in range(6)) + PEERS[6:]), "DUNE.NS, ECHO.NS and 1 more cannot"),
        (peers_of(noisy=True), "But the betas of OWN.NS are known less well than stocks differ (noisy): many stocks "
         "cannot be told apart from it, and indistinguishable is not alike."),
        (peers_of(some=()), "There is no stock to compare OWN.NS with."),
        (peers_of(name=None, sector=None), "OWN.NS 251 sessions"),
        (peers_of(window=104, frequency="weekly", compared=1), "104 weeks to 2026-11-20 · compared with 1 stock "),
    ],
)  # fmt: skip
def test_each_sentence(result, said: str) -> None:
    """One of each kind."""
    assert said in sentences(piped(result))
    if result.noisy:
        assert "The betas of CARO.NS" not in piped(result)
    if not result.peers:
        assert "─" not in piped(result)


def test_the_foot_says_what_the_numbers_mean() -> None:
    """Distances and p, the model, and warnings."""
    text = sentences(PAGE)
    assert "distance: how far the betas are apart, in standard deviations of what lies between any two stocks" in text
    assert "a large p says that the data cannot tell, not that they are" in text
    assert (
        "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 4 lags; prices from demo"
        in text
    )
    assert "Basis residual" in text
    assert "! OWN.NS large_move" not in text
    assert "! large_move: two of them." in text


@pytest.mark.parametrize(
    ("width", "gone"),
    [
        (60, {"name", "sector", "residual corr.", "R²"}), (76, {"name", "sector", "residual corr."}),
        (80, {"name", "sector"}), (110, {"name"}), (160, set()),
    ],
)  # fmt: skip
def test_narrow_terminals_leave_out_names_first(width: int, gone: set[str]) -> None:
    """The distance, its p-value and the betas stay."""
    printed = table(on_terminal(peers_of(), width=width), "distance", rows=8)
    assert set(TITLES) - set(printed.titles) == gone


MANY = [
    peers_of(f"S{k}.NS", PEERS[k:], noisy=k == 2, name=f"Stock {k}", compared=460 + k) for k in range(4)
]  # fmt: skip
OVERVIEW = table(piped(*MANY), "not told apart", rows=4)


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("S0.NS", ["Stock 0", "ANTE.NS 0.41", "BETO.NS 1.51", "CARO.NS 2.61", "4 of 7"]),
        ("S1.NS", ["Stock 1", "BETO.NS 1.51", "CARO.NS 2.61", "DUNE.NS 3.71", "3 of 6"]),
        ("S2.NS", ["Stock 2", "CARO.NS 2.61", "DUNE.NS 3.71", "ECHO.NS 4.81", "3 of 5"]),
        ("S3.NS", ["Stock 3", "DUNE.NS 3.71", "ECHO.NS 4.81", "FARO.NS 5.91", "2 of 4"]),
    ],
)
def test_many_tickers_share_a_table(row: str, cells: list[str]) -> None:
    """The three nearest of each, and how many cannot be told apart."""
    assert [OVERVIEW.rows[row][title] for title in ("name", "1", "2", "3", "not told apart")] == cells


def test_the_heading_of_many() -> None:
    """How many, over which window, how many of them are noisy."""
    lines = piped(*MANY).splitlines()
    assert lines[0] == "Peers of 4 stocks  251 sessions to 2026-11-20 · compared with 463 stocks"
    assert lines[1] == (
        "1 of them have betas that are known less well than stocks differ (noisy): indistinguishable is not alike."
    )
    assert next(line for line in lines if line.startswith("S2.NS")).endswith("  noisy")
    few = piped(*(replace(one, peers=one.peers[:1], noisy=False) for one in MANY))
    assert "known less well" not in few
    assert table(few, "not told apart", rows=4).rows["S1.NS"]["2"] == "–"
    assert piped(*MANY[:3]).count("Stocks most like") == 3


@pytest.mark.parametrize(
    ("width", "gone"),
    [
        (30, {"not told apart", "2", "3", "name"}), (50, {"2", "3", "name"}), (60, {"3", "name"}), (70, {"name"}),
        (80, set()),
    ],
)  # fmt: skip
def test_a_narrow_table_of_many(width: int, gone: set[str]) -> None:
    """The nearest stays."""
    printed = table(on_terminal(*MANY, width=width), "1", rows=4)
    assert {"name", "1", "2", "3", "not told apart"} - set(printed.titles) == gone


def test_names_are_flush_left_and_numbers_flush_right() -> None:
    """Line by line, as printed: of one ticker, and of many."""
    lines = [line[:66] + "|" + line[92:] for line in PAGE.splitlines()]  # without residual corr.
    assert [lines[7], lines[9], lines[11], lines[13]] == [
        "         name                 sector                      distance|   R²    MKT    VAL     VOL",
        "OWN.NS   Own Industries Ltd.  Oil Gas & Consumable Fuels          | 0.49  +0.97  +0.12  −0.046",
        "ANTE.NS  Ante Limited                                         0.41| 0.52  +1.01  −0.23  +0.011",
        "CARO.NS                       Power                           2.61| 0.62  +1.35  +0.15  −0.013  noisy",
    ]
    assert [line for line in piped(*MANY).splitlines()[3:9] if "──" not in line] == [
        "       name     1             2             3             not told apart",
        "S0.NS  Stock 0  ANTE.NS 0.41  BETO.NS 1.51  CARO.NS 2.61          4 of 7",
        "S1.NS  Stock 1  BETO.NS 1.51  CARO.NS 2.61  DUNE.NS 3.71          3 of 6",
        "S2.NS  Stock 2  CARO.NS 2.61  DUNE.NS 3.71  ECHO.NS 4.81          3 of 5  noisy",
        "S3.NS  Stock 3  DUNE.NS 3.71  ECHO.NS 4.81  FARO.NS 5.91          2 of 4",
    ]


def test_the_ticker_itself_stands_out() -> None:
    """Bold among its peers, and in the table of many; noisy is dim."""
    coloured = on_terminal(peers_of(), width=160, colour=True)
    assert coloured.count("\x1b[1mOWN.NS") == 2  # in the heading and in the table
    assert "\x1b[1mANTE.NS" not in coloured
    assert coloured.count("\x1b[2mnoisy") == 2
    many = on_terminal(*MANY, width=160, colour=True)
    assert many.count("\x1b[1mS1.NS") == 1
    assert many.count("\x1b[2mnoisy") == 1
    narrow = plain(on_terminal(*MANY, width=30))
    assert "not told apart" not in narrow
    assert "BETO.NS 1.51" in narrow


def test_five_stocks_are_named_and_more_are_counted() -> None:
    """In both sentences."""
    five = tuple(peer(k, 0.4) for k in range(5))
    lines = piped(peers_of(some=five)).splitlines()
    assert lines[3:5] == [
        "Stocks most like OWN.NS: ANTE.NS, BETO.NS, CARO.NS, DUNE.NS, ECHO.NS.",
        "Of these, none can be told apart from OWN.NS by its betas (p at least 0.05).",
    ]
    apart = peers_of(some=(*five, PEERS[6]))
    assert piped(apart).splitlines()[4] == (
        "Of these, ANTE.NS, BETO.NS, CARO.NS, DUNE.NS and ECHO.NS cannot be told apart from OWN.NS by its betas (p at "
        "least 0.05)."
    )


def test_the_foot_stands_by_itself_and_is_dim() -> None:
    """Below a blank line, after pages and after the table of many; with the day that the prices end on."""
    for results in ([peers_of()], MANY):
        lines = piped(*results).splitlines()
        place = next(number for number, line in enumerate(lines) if line.startswith("distance: how"))
        assert lines[place - 1] == ""
        assert lines[place - 2] != ""
        assert lines[place + 1].startswith("Model india-5f")
        assert "prices from demo to 2026-11-20. Basis residual" in lines[place + 1]
        assert lines[place + 2 :] == ["! large_move: two of them."]
    coloured = on_terminal(peers_of(), width=160, colour=True)
    assert "\x1b[2mdistance: how far" in coloured
    assert "\x1b[2mModel india-5f" in coloured


def test_two_pages_are_a_blank_line_apart() -> None:
    """The foot once, after the last."""
    lines = piped(peers_of(some=PEERS[:1]), peers_of("TWO.NS", PEERS[1:2])).splitlines()
    (second,) = [number for number, line in enumerate(lines) if line.startswith("TWO.NS  Own")]
    assert lines[second - 1] == ""
    assert lines[second - 2].startswith("ANTE.NS")
    assert sum(line.startswith("distance: how") for line in lines) == 1
