"""Questions about several stocks and portfolios of which one is wrong: the others have their answers."""

from pathlib import Path

import pytest

from factorcli.errors import InvalidOption
from factorcli.portfolio.amount import amount
from factorcli.portfolio.request import Request
from factorcli.render.layout import Column, Grid, Span, line, to_text
from tests.conftest import Answer, Run
from tests.markets import market, write_wide

pytestmark = pytest.mark.cli

ITSELF = "cannot hedge itself: name another instrument, such as an index."
SAME = "S0.NS and one.csv have the same returns, so there is nothing to compare."


@pytest.fixture
def folder(home: Path) -> Path:
    """Prices of S0.NS to S3.NS in p.csv, and portfolios of them."""
    write_wide(home / "p.csv", market())
    (home / "one.csv").write_text("ticker,weight\nS0,1\n")
    (home / "two.csv").write_text("ticker,weight\nS0,0.5\nS1,0.5\n")
    (home / "shares.csv").write_text("ticker,quantity\nS0,10\nS1,5\n")
    return home


def said(found: Answer) -> list[str]:
    """The messages without the program's name."""
    return [text.removeprefix("factorcli: ").removeprefix("factor: ") for text in found.err.splitlines()]


@pytest.mark.usefixtures("folder")
def test_a_pair_with_nothing_to_compare_is_a_failure_of_its_own(factor: Run) -> None:
    """Of the only pair the question is wrong."""
    some = factor("compare", "S0", "S1", "--portfolio", "one.csv", "--source", "p.csv", "--json")
    assert (some.status, [one["against"] for one in some.results]) == (3, ["S1.NS"])
    assert [(one["ticker"], one["code"], one["message"]) for one in some.document["errors"]] == [
        ("PORTFOLIO", "invalid_option", SAME)
    ]
    alone = factor("compare", "S0", "--portfolio", "one.csv", "--source", "p.csv")
    assert (alone.status, said(alone)) == (2, [SAME])


def test_returns_that_differ_by_rounding_are_the_same(factor: Run, folder: Path) -> None:
    """Prices in thirds of the same."""
    prices = market()
    write_wide(folder / "q" / "p.csv", prices | {"S9.NS": prices["S0.NS"] / 3})
    found = factor("compare", "S0", "S9", "--source", "q")
    assert (found.status, said(found)) == (2, [SAME.replace("one.csv", "S9.NS")])


@pytest.mark.usefixtures("folder")
def test_what_cannot_hedge_itself_is_a_failure_of_its_own(factor: Run) -> None:
    """A ticker, and a portfolio of nothing else; of the only one the question is wrong."""
    some = factor("hedge", "S0", "S1", "--with", "S1", "--source", "p.csv", "--json")
    assert (some.status, [one["ticker"] for one in some.results]) == (3, ["S0.NS"])
    assert [one["message"] for one in some.document["errors"]] == [f"S1.NS {ITSELF}"]
    for asked, sentence in (
        (("S1", "--with", "S1"), f"S1.NS {ITSELF}"),
        (("--portfolio", "one.csv", "--with", "S0"), f"one.csv holds nothing but S0.NS, which {ITSELF}"),
    ):
        alone = factor("hedge", *asked, "--source", "p.csv")
        assert (alone.status, said(alone)) == (2, [sentence])
    both = factor("hedge", "--portfolio", "one.csv", "--portfolio", "two.csv", "--with", "S0", "--source", "p.csv")
    assert (both.status, said(both)) == (3, [f"one.csv holds nothing but S0.NS, which {ITSELF}"])


def test_lots_without_a_value_fail_their_portfolio_alone(factor: Run, folder: Path) -> None:
    """That of quantities has one."""
    (folder / "lots.csv").write_text("ticker,lot\n^NSEI,1\n")
    asked = ("--with", "^NSEI", "--lots", "lots.csv", "--source", "p.csv", "--json")
    some = factor("hedge", "--portfolio", "two.csv", "--portfolio", "shares.csv", *asked)
    assert (some.status, [one["name"] for one in some.results]) == (3, ["shares.csv"])


@pytest.mark.usefixtures("folder")
def test_a_value_that_is_not_used_is_said(factor: Run) -> None:
    """Where the file has quantities; that of weights is worth what is given."""
    asked = ("--portfolio", "two.csv", "--portfolio", "shares.csv", "--with", "^NSEI", "--source", "p.csv", "--json")
    weights, shares = factor("hedge", *asked, "--value", "1000").results
    assert weights["value"] == 1000 != shares["value"]
    assert not any(text.startswith("value_not_used") for text in weights["warnings"])
    assert shares["warnings"][-1] == (
        "value_not_used: the value given is not used: shares.csv has quantities, and is worth what they are at the "
        "last prices."
    )


@pytest.mark.usefixtures("folder")
def test_a_file_of_two_spellings_is_one(factor: Run) -> None:
    """Which has nothing to be compared with; tickers beside it are."""
    asked = ("--portfolio", "two.csv", "--portfolio", "./two.csv", "--source", "p.csv")
    found = factor("compare", *asked)
    sentence = "two.csv is named twice: a comparison with itself says nothing, so name another."
    assert (found.status, said(found)) == (2, [sentence])
    assert factor("compare", "S0", *asked).status == 0


def test_files_of_one_name_are_called_by_their_folders(folder: Path) -> None:
    """Also that of this folder, which is named without one."""
    (folder / "sub").mkdir()
    (folder / "sub" / "two.csv").write_text("ticker,weight\nS1,1\n")
    found = Request.of((), [folder / "two.csv", folder / "sub" / "two.csv", folder / "sub" / ".." / "two.csv"])
    assert [one.file for one in found.portfolios] == [f"{folder.name}/two.csv", "sub/two.csv"]
    assert found.repeated == ("two.csv",)


def test_control_characters_do_not_reach_a_terminal() -> None:
    """Those of a file's name, in a line, a heading and a cell; also what reverses the order of letters."""
    name = "a\x1b[31m\u202eb\u2066c"
    blocks = [line(name, Span(name, "bold")), Grid([Column(name, [name])])]
    assert to_text(blocks).splitlines() == ["a [31m b ca [31m b c", "a [31m b c", "─" * 10, "a [31m b c"]


@pytest.mark.parametrize(
    ("text", "value"), [("10,00,000", 1e6), ("1,000,000", 1e6), ("₹10 lakh", 1e6), ("1 Cr", 1e7), ("1e6", 1e6)]
)
def test_an_amount_is_read_as_people_write_it(text: str, value: float) -> None:
    """Indian and western groups, units, a currency sign."""
    assert amount(text) == value


@pytest.mark.parametrize("text", ["ten", "", "25%", "10,00", "nan"])
def test_what_is_no_amount_is_named(text: str) -> None:
    """With how to write one."""
    with pytest.raises(InvalidOption, match="which is no amount: write 1000000 or 10,00,000"):
        amount(text)


@pytest.mark.usefixtures("folder")
def test_what_nobody_can_hold_is_not_bought(factor: Run) -> None:
    """A volatility index; one that a file holds has a warning."""
    bought = factor("whatif", "--portfolio", "two.csv", "--trade", "^INDIAVIX=+5%", "--source", "p.csv")
    sentence = "^INDIAVIX cannot be bought: it is an index that nobody can hold."
    assert (bought.status, said(bought)) == (2, [sentence])


def test_a_holding_that_nobody_can_hold_has_a_warning(factor: Run, folder: Path) -> None:
    """The same in exposures and in decisions."""
    (folder / "vix.csv").write_text("ticker,weight\nS0,0.9\n^INDIAVIX,0.1\n")
    asked = ("--portfolio", "vix.csv", "--source", "p.csv", "--json")
    expected = "not_traded: ^INDIAVIX is an index that nobody can hold, and is taken as if it could be held."
    for command in (("beta",), ("stress", "--shock", "MKT=-5%")):
        (found,) = factor(*command, *asked).results
        assert found["warnings"].count(expected) == 1


@pytest.mark.parametrize(("change", "shown"), [("-1.421337%", "+1.42%"), ("-30%", "+30%"), ("-0.0012%", "+0.001%")])
@pytest.mark.usefixtures("folder")
def test_warnings_have_two_decimal_places_at_most(factor: Run, change: str, shown: str) -> None:
    """More only where these would be 0."""
    asked = ("--portfolio", "two.csv", "--trade", f"S0={change}", "--source", "p.csv", "--json")
    (found,) = factor("whatif", *asked).results
    minus = shown.replace("+", "−")
    said_of_cash = f"the trades sum to {minus} of the value; cash, the counterpart, changes by {shown}."
    assert f"cash_counterpart: {said_of_cash}" in found["warnings"]
