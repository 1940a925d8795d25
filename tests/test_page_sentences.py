"""What the page says of a stock by itself, run by Node, against the sentences of the report; and holdings as typed."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.specification import Specification
from factorcli.render.charts.extras import Extras
from factorcli.render.json_csv import to_line
from factorcli.render.report import sentences
from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.decompose import Decomposition
from factorcli.service.comparison import comparisons
from factorcli.service.exposures import ExposureService
from tests.conftest import NOW, InProcess, clean_environment
from tests.page_scripts import run

pytestmark = pytest.mark.serve

TICKERS = (
    "RELIANCE",
    "HDFCBANK",
    "TCS",
    "ITC",
    "ADANIENT",
    "NESTLEIND",
    "TATASTEEL",
    "IDEA",
    "3MINDIA",
    "360ONE",
    "^NSEI",
)
SPEC = Specification(window=252)


@dataclass(frozen=True)
class Told:
    """Results of some stocks, what they are compared with, the heatmap's JSON, and a folder for scripts."""

    betas: tuple[BetaResult, ...]
    parts: tuple[Decomposition, ...]
    others: dict[str, Comparison]
    heatmap: dict[str, Any]
    folder: Path

    def run(self, modules: list[str], body: str, given: Any) -> Any:
        """What a script makes of what is given."""
        return run(self.folder, modules, body, given)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Computed once, on the demo market."""
    home = tmp_path_factory.mktemp("told")
    factor = InProcess(
        home, {**clean_environment(home), "FACTOR_SOURCE": "demo", "FACTOR_CACHE_DIR": str(home / "kept")}
    )
    assert factor("heatmap", "compute", "--all", "--window", "252").status == 0
    (heatmap,) = factor("heatmap", "show", "--json").results
    context = build_context(Settings(source="demo", now=datetime.fromisoformat(NOW), cache_dir=home / "kept"))
    service = ExposureService(context)
    betas, parts = service.beta(TICKERS, SPEC).results, service.decompose(TICKERS, SPEC).results
    return Told(
        tuple(betas), tuple(parts), comparisons(context, SPEC, betas), heatmap, tmp_path_factory.mktemp("scripts")
    )


def test_headlines_and_leads_are_those_of_the_report(told: Told) -> None:
    """Word by word, beside the sector and the universe of the heatmap."""
    extras = Extras(names={"MKT": "Nifty 50"})
    expected = [
        [sentences.headline(beta, extras), *sentences.lead(beta, parts, told.others.get(beta.ticker))]
        for beta, parts in zip(told.betas, told.parts, strict=True)
    ]
    pairs = [[json.loads(to_line(one)) for one in pair] for pair in zip(told.betas, told.parts, strict=True)]
    found = told.run(
        ["views/sentences", "views/others"],
        "return given.pairs.map(([beta, parts]) => [sentences.headline(beta, 'the Nifty 50'), "
        "...sentences.lead(beta, parts, others.others(given.heatmap, beta.sector))]);",
        {"pairs": pairs, "heatmap": told.heatmap},
    )
    assert found == expected
    assert len({line[0] for line in found}) == len(TICKERS)


def test_the_middle_and_the_range_of_others_are_those_of_the_report(told: Told) -> None:
    """Of every stock's sector, for every factor."""
    sectors = [beta.sector for beta in told.betas]
    found = told.run(
        ["views/others"], "return given.sectors.map((sector) => others.others(given.heatmap, sector));",
        {"sectors": sectors, "heatmap": told.heatmap},
    )  # fmt: skip
    for one, beta in zip(found, told.betas, strict=True):
        expected = told.others[beta.ticker]
        assert (one["sector"], one["mates"], one["stocks"]) == (
            expected.sector, expected.sector_stocks, expected.stocks)  # fmt: skip
        assert one["median"] == pytest.approx(expected.median)
        assert {code: low for code, (low, _) in one["range"].items()} == pytest.approx(expected.low)
        assert {code: high for code, (_, high) in one["range"].items()} == pytest.approx(expected.high)
    assert found[0]["median"]["SZ"] == pytest.approx(median(one["betas"]["SZ"] for one in told.heatmap["stocks"]))


def test_the_best_match_is_suggested_first(told: Told) -> None:
    """By ticker, by the beginning of a name, by words of it in any order; an empty text finds nothing."""
    texts = ["tcs", "HDFC", "tata power", "bank hdfc", "nosuchstock", " ", "m&m"]
    found = told.run(
        ["views/others"],
        "return given.texts.map((text) => others.matching(given.heatmap.stocks, text).map((one) => one.ticker));",
        {"texts": texts, "heatmap": told.heatmap},
    )
    assert [one[0] for one in found[:4]] == ["TCS.NS", "HDFCAMC.NS", "TATAPOWER.NS", "HDFCBANK.NS"]
    assert found[4:6] == [[], []]
    assert found[6][0] == "M&M.NS"
    assert max(map(len, found)) <= 8


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("RELIANCE 10\nTCS, 5\nCASH 5,000", "ticker,quantity\nRELIANCE,10\nTCS,5\nCASH,5000\n"),
        ("RELIANCE 50%\r\n\r\nTCS; −20 %", "ticker,weight\nRELIANCE,50%\nTCS,-20%\n"),
        ("A .5\nB=0.5", "ticker,weight\nA,.5\nB,0.5\n"),
        ("M&M.NS\t+3\n^NSEI -2", "ticker,quantity\nM&M.NS,3\n^NSEI,-2\n"),
        ("Symbol,Qty\nX,3", "Symbol,Qty\nX,3"),
        ("Client ID,12345\n\nSymbol,Quantity\nX,3", "Client ID,12345\n\nSymbol,Quantity\nX,3"),
        ("Some,Thing\nA B,x", "Some,Thing\nA B,x"),
        ("<script>,1", "company name,quantity\n<script>,1\n"),
        ("Tata Motors, 10\nTCS 5", "company name,quantity\nTata Motors,10\nTCS,5\n"),
        ("RELIANCE ₹1,25,000\nTCS Rs. 300\nCASH ₹5", "ticker,market value\nRELIANCE,125000\nTCS,300\nCASH,5\n"),
        ("RELIANCE, 50\nTCS, (20)", "ticker,quantity\nRELIANCE,50\nTCS,-20\n"),
        ("1) RELIANCE x 50 shares\n2) TCS 20 nos.", "ticker,quantity\nRELIANCE,50\nTCS,20\n"),
    ],
)
def test_holdings_as_people_type_them(tmp_path: Path, text: str, sent: str) -> None:
    """Lines of a ticker and a number get a heading; everything else is read as a file is."""
    assert run(tmp_path, ["views/holdings-text"], "return holdings_text.asFile(given).text;", text) == sent


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("TCS 5\n\nRELIANCE, NaN", "Line 3, “RELIANCE, NaN”, is not a ticker and a number"),
        ("RELIANCE\nTCS", "Line 1, “RELIANCE”, is not a ticker and a number"),
        ("=1+1\nTCS, 5", "Line 1, “=1+1”, is not a ticker and a number"),
        ("RELIANCE - 50", "Line 1, “RELIANCE - 50”, can be held or short"),
        ("RELIANCE,50,240", "Line 1, “RELIANCE,50,240”, can be read in more than one way"),
        ("TCS,5,3000,2900\nITC,5,300,290", "Line 1, “TCS,5,3000,2900”, can be read in more than one way"),
        ("TCS ₹5\nITC 3", "Line 2, “ITC 3”, is not in ₹, and others are"),
    ],
)
def test_a_line_that_is_no_holding_is_named(tmp_path: Path, text: str, says: str) -> None:
    """By its number in the text, before anything is sent; what can be read in two ways is read in none."""
    body = "try { return holdings_text.asFile(given); } catch (error) { return error.message; }"
    found = run(tmp_path, ["views/holdings-text"], body, text)
    assert isinstance(found, str)
    assert found.startswith(says)


def test_the_server_names_the_lines_of_the_text(tmp_path: Path) -> None:
    """Not those of the file that is made of it, which has a heading and no empty lines."""
    body = "return given.map((sentence) => holdings_text.withLines(sentence, [1, 3, 7, 8]));"
    sentences_ = ["lines 2 and 3 are all X.NS; 10 and 5 are added up.", "portfolio, line 4: '9' is", "lines 2, 3 and 5"]
    assert run(tmp_path, ["views/holdings-text"], body, sentences_) == [
        "lines 1 and 3 are all X.NS; 10 and 5 are added up.", "portfolio, line 7: '9' is", "lines 1, 3 and 8",
    ]  # fmt: skip


def test_holdings_are_shown_as_lines_that_are_read_again(tmp_path: Path) -> None:
    """Weights in per cent, quantities as they are."""
    given = [[{"ticker": "A", "weight": 0.07}, {"ticker": "B", "weight": -0.1}], [{"ticker": "C", "quantity": 1e6}]]
    body = "return given.map(holdings_text.asLines).map((lines) => [lines, holdings_text.asFile(lines).text]);"
    assert run(tmp_path, ["views/holdings-text"], body, given) == [
        ["A, 7%\nB, -10%", "ticker,weight\nA,7%\nB,-10%\n"],
        ["C, 1000000", "ticker,quantity\nC,1000000\n"],
    ]


def test_trades_as_people_type_them(tmp_path: Path) -> None:
    """A bare number is per cent of the value; what is no trade is said."""
    body = """return given.map((text) => { try { return trades_text.readTrades(text); } catch (error) {
      return error.message; } });"""
    found = run(tmp_path, ["views/trades-text"], body, ["reliance −5, CASH +5%; TCS=+10sh", "A 1\na 2", "A ten", ""])
    assert found[0] == {"RELIANCE": "-5%", "CASH": "+5%", "TCS": "+10sh"}
    assert found[1] == "A is traded twice: write it once."
    assert "“A ten” is not a trade" in found[2]
    assert found[3].startswith("Write at least one trade")


def test_a_long_line_is_read_by_the_server(tmp_path: Path) -> None:
    """At once: no pattern is tried on it."""
    text = f"A{' ' * 100_000}x"
    assert run(tmp_path, ["views/holdings-text"], "return holdings_text.asFile(given).kind;", text) is None
