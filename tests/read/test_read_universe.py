"""Tables of a universe and of an import."""

import re
from datetime import date

import pytest

from factorcli.results.universe import StockInfo
from factorcli.results.universe_import import UniverseImport
from tests.read.printed_tables import WIDTHS, on_terminal, piped, plain, sentences, table

pytestmark = pytest.mark.read

STOCKS = (
    StockInfo("AAA.NS", "Alpha Limited", "Power", "INE001A01036"),
    StockInfo("BBBBBBBB.NS", "Beta Industries Limited", "Consumer Services", "INE002B02047"),
)
TITLES = ("ticker", "name", "sector", "ISIN")
CELLS = {
    "AAA.NS": dict(zip(TITLES, ("AAA.NS", "Alpha Limited", "Power", "INE001A01036"), strict=True)),
    "BBBBBBBB.NS": dict(
        zip(TITLES, ("BBBBBBBB.NS", "Beta Industries Limited", "Consumer Services", "INE002B02047"), strict=True)
    ),
}
SHOWN = {40: 2, 60: 3, 80: 4, 100: 4, 160: 4}
IMPORT = UniverseImport("stocks.csv", 1234, {"XYZ": "series BE", "DUMMY1": "a placeholder"})


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_each_cell_of_a_universe(width: int, colour: bool) -> None:
    """The ISIN goes first where room lacks, then the sector."""
    text = on_terminal(*STOCKS, width=width, colour=colour)
    found = table(text, "ticker", "name", rows=2)
    titles = list(TITLES[: SHOWN[width]])
    assert found.titles == titles
    assert found.rows == {row: {title: cells[title] for title in titles} for row, cells in CELLS.items()}
    assert found.styles["AAA.NS"]["ticker"] == "bold"
    assert found.styles["AAA.NS"].get("ISIN", "dim") == "dim"
    assert found.styles["AAA.NS"]["name"] == ""
    assert "\x1b[2m2 stocks\x1b[0m" in text


def test_whether_a_member_is_certain_is_the_last_column() -> None:
    """Of a past day only; yes or no."""
    members = (
        StockInfo("AAA.NS", "Alpha Limited", "Power", "INE001A01036", True),
        StockInfo("BBBBBBBB.NS", "Beta Industries Limited", "Consumer Services", "INE002B02047", False),
    )
    said = {"AAA.NS": "yes", "BBBBBBBB.NS": "no"}
    found = table(piped(*members), "ticker", "name", rows=2)
    assert found.rows == {row: {**cells, "certain": said[row]} for row, cells in CELLS.items()}


def test_the_universe_is_counted_below() -> None:
    """One stock is not many."""
    assert table(piped(*STOCKS), "ticker", "name", rows=2).rows == CELLS
    assert piped(*STOCKS).splitlines()[0::2] == [
        "ticker       name                     sector             ISIN",
        "AAA.NS       Alpha Limited            Power              INE001A01036",
        "2 stocks",
    ]
    assert piped(STOCKS[0]).splitlines()[-1] == "1 stock"
    assert piped() == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_an_import_says_what_it_wrote_and_left_out(width: int) -> None:
    """The number and the file, then each symbol with its reason."""
    text = on_terminal(IMPORT, width=width)
    lines = ["Wrote 1,234 stocks to stocks.csv.", "Left out XYZ: series BE.", "Left out DUMMY1: a placeholder."]
    assert plain(text).split("\n") == [*lines, ""]
    assert piped(IMPORT).splitlines() == lines
    assert sentences(piped(UniverseImport("u.csv", 1, {}))) == "Wrote 1 stock to u.csv."
    dated = UniverseImport("2024-03-28.csv", 2, {}, date(2024, 3, 28))
    assert sentences(piped(dated)) == "Wrote 2 stocks to 2024-03-28.csv, as the members on 2024-03-28."


def test_a_name_with_control_characters_stays_on_its_line() -> None:
    """A line break or an escape sequence of a list's author is a blank."""
    names = ("Line\nbreak Ltd", "Red\x1b[31m Ltd", "Plain Ltd")
    lines = piped(*(StockInfo(f"{name[0]}.NS", name, "Power", "") for name in names)).splitlines()
    assert len(lines) == 6
    assert [re.split(r" {2,}", line)[1] for line in lines[2:5]] == ["Line break Ltd", "Red [31m Ltd", "Plain Ltd"]
