"""What an address means of a heatmap, in words too, run by Node; the lines of the picture; names of windows."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.page_scripts import run

pytestmark = pytest.mark.serve

BETAS = {"AA.NS": 0.5, "BB.NS": 1.5, "CC.NS": 1.0, "DD.NS": None}
STOCKS = [
    {"ticker": ticker, "name": f"{ticker[:2]} Ltd.", "sector": "Power" if ticker < "C" else "Realty",
     "betas": {"SZ": beta}, "t_stats": {"SZ": beta}, "q_values": {"SZ": None if beta is None else 0.05 / beta},
     "market_beta": 1.0, "down_beta": 1.0, "r_squared": 0.5, "alpha_annual": 0.1, "observations": 252}
    for ticker, beta in BETAS.items()
]  # fmt: skip
HEATMAP = {"model": {"proxies": {"SZ": "X"}}, "stocks": STOCKS,
           "sectors": [{"sector": name, "count": 2, "median_betas": {}} for name in ("Power", "Realty")]}  # fmt: skip


def seen(folder: Path, *asked: tuple[str, str]) -> dict[str, Any]:
    """What is shown of four stocks at an address with these parameters."""
    found = run(
        folder, ["heat", "heat-view"],
        "const columns = heat.shownColumns(given.heatmap);"
        "const found = heat_view.view(given.heatmap, new URLSearchParams(given.query), columns);"
        "return { ...found, stocks: found.stocks.map((stock) => stock.ticker[0]).join(''), wrong: [...found.wrong] };",
        {"heatmap": HEATMAP, "query": urlencode(asked)},
    )  # fmt: skip
    return dict(found)


def test_an_address_says_which_stocks_and_in_which_order(tmp_path: Path) -> None:
    """Every filter in words; an order is said unless it is the usual one; the unknown come last."""
    usual = seen(tmp_path)
    assert (usual["stocks"], usual["said"], usual["filters"], usual["problems"]) == ("ABCD", "4 stocks.", [], [])
    by_size = seen(tmp_path, ("sort", "sz"))
    assert (by_size["stocks"], by_size["said"]) == ("BCAD", "4 stocks. By Size SZ, largest first.")
    assert seen(tmp_path, ("sort", "SZ"), ("order", "asc"))["said"] == "4 stocks. By Size SZ, smallest first."
    hidden = seen(tmp_path, ("sort", "SZ.q"))  # a column of the screen that the page does not show
    assert (hidden["stocks"], hidden["said"]) == ("BCAD", "4 stocks. By SZ.q, smallest first.")
    assert seen(tmp_path, ("sort", "name"), ("order", "desc"))["said"] == "4 stocks. By name, from Z to A."
    some = seen(
        tmp_path,
        ("sector", "power"),
        ("sure", "SZ"),
        ("where", "sz>1"),
        ("where", "sz>1"),
        ("where", " "),
        ("q", "Ltd"),
    )
    assert (some["stocks"], some["said"], some["problems"]) == ("B", "1 of 4 stocks.", [])
    assert some["filters"] == ["sector Power", "Size significant", "SZ > 1", "“Ltd” in ticker or name"]


def test_what_an_address_has_wrong_is_said_with_its_value(tmp_path: Path) -> None:
    """A sector or a factor that there is not leaves nothing; a condition or an order that is none does not apply."""
    sector = seen(tmp_path, ("sector", "Nowhere"))
    assert (sector["stocks"], sector["problems"]) == (
        "",
        ["sector 'Nowhere' is not one of the sectors: Power, Realty."],
    )
    factor = seen(tmp_path, ("sure", "constructor"))
    assert (factor["stocks"], factor["problems"]) == ("", ["factor 'constructor' is not one of the model: SZ."])
    both = seen(tmp_path, ("sort", "<b>"), ("where", "XX > 1"), ("where", "SZ > 1"), ("order", "sideways"))
    assert (both["stocks"], both["wrong"]) == ("B", ["XX > 1"])
    assert [one.partition(" is not known")[0] for one in both["problems"]] == ["column 'XX'", "column '<b>'"]


def test_a_ticker_that_the_heatmap_lacks_can_be_asked_for(tmp_path: Path) -> None:
    """An ISIN, a stock of another list; not a text of several words, and not where a filter may hide it."""
    for text in ("INE002A01018", "^nsei", "RELIANCE.BO"):
        assert (
            seen(tmp_path, ("q", text))["said"]
            == f"0 of 4 stocks. None is called '{text}': Enter asks the server for it."
        )
    for asked in ([("q", "two words")], [("q", "BB"), ("sector", "Realty")]):
        assert "remove a condition or a filter" in seen(tmp_path, *asked)["said"]


def test_enter_opens_the_stock_that_is_meant(tmp_path: Path) -> None:
    """By its ticker, or the only one that fits; what the heatmap lacks may be known to the server; else none."""
    texts = [" bb ", "CC.NS", "dd ltd", "^NSEI", "Ltd", "two words", " "]
    found = run(
        tmp_path, ["heat-view"], "return given.texts.map((text) => heat_view.meant(text, given.stocks));",
        {"texts": texts, "stocks": STOCKS},
    )  # fmt: skip
    assert found == ["BB.NS", "CC.NS", "DD.NS", "^NSEI", "", "", ""]


def test_the_usual_window_is_a_year_of_days_and_the_only_one_of_weeks_and_months(tmp_path: Path) -> None:
    """A frequency that there is not has the windows of days."""
    body = "return given.map((one) => [words.windowsOf(one), words.usualWindow(one)]);"
    found = run(tmp_path, ["words"], body, [None, "weekly", "monthly", "constructor"])
    days = [[126, 252, 504], 252]
    assert found == [days, [[104], 104], [[60], 60], days]


def test_a_text_is_quoted_as_the_command_does(tmp_path: Path) -> None:
    """In the quotes that it does not have itself."""
    texts = ["a", "it's", 'say "x"', """it's "x\"""", "a\n b", "x" * 70]
    found = run(tmp_path, ["conditions"], "return given.map(conditions.quoted);", texts)
    assert found[:3] == [repr(text) for text in texts[:3]]
    assert found[3:] == ["""'it's "x"'""", "'a b'", f"'{'x' * 60}…'"]


def test_long_lines_of_a_picture_are_broken_between_words(tmp_path: Path) -> None:
    """None is wider than the room but a word that is."""
    texts = ["one two three four", "", "extraordinarily long", "one"]
    body = "return given.map((text) => heat_picture.wrapped(text, 9, (one) => one.length));"
    found = run(tmp_path, ["heat-picture"], body, texts)
    assert found == [["one two", "three", "four"], [""], ["extraordinarily", "long"], ["one"]]


def test_windows_are_named_and_nothing_else_becomes_a_number(tmp_path: Path) -> None:
    """Whatever an address has in the place of one."""
    found = run(tmp_path, ["words"], "return given.map((one) => words.windowName(...one));",
                [[252], ["252"], ["300"], [104, "weekly"], ["abc"], ["-5"], ["1e3"], ["<b>", "weekly"]])  # fmt: skip
    assert found == ["1 year (252 days)", "1 year (252 days)", "300 days", "104 weeks", "abc", "-5", "1e3", "<b>"]


def test_stocks_without_a_sector_are_found_as_those(tmp_path: Path) -> None:
    """A list of stocks may leave the sector empty."""
    stocks = [{**STOCKS[0], "sector": sector} for sector in ("", None, "Power")]
    found = run(
        tmp_path, ["heat"],
        "return ['', 'Power', heat.NO_SECTOR].map((sector) => heat.filtered(given, { sector, text: '', sure: '', "
        "conditions: [] }).map((stock) => stock.sector));",
        stocks,
    )  # fmt: skip
    assert found == [["", None, "Power"], ["Power"], ["", None]]
