"""Which stock is meant: one stock however it is written, in folders, on Yahoo, in every command and by HTTP."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factorcli import Factor
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.markets.market import INDIA, US, foreign_quotation
from factorcli.markets.tickers import resolve
from factorcli.markets.universe import Universe
from factorcli.serve.app import create_app
from tests.conftest import NOW, Answer, Run
from tests.markets import market, write_each, write_wide
from tests.serving import hosting
from tests.yahoo import LoopbackYahoo

pytestmark = pytest.mark.cli

UNIVERSE = Universe.load()
NEW_YORK_OPENING = time(14, 30)
RELIANCE = [
    "RELIANCE", "reliance.ns", " RELIANCE.NS ", "NSE:RELIANCE", "nse: reliance", "RELIANCE-EQ", "RELIANCE-BE",
    "RELIANCE.NSE", "NSE:RELIANCE-EQ", "RELIANCE-EQ.NS", "RELIANCE EQ", "INE002A01018", "BSE:RELIANCE",
]  # fmt: skip


def spellings(ticker: str) -> list[str]:
    """How brokers, charts and lists write a ticker of NSE."""
    symbol, isin = ticker.removesuffix(".NS"), UNIVERSE.by_ticker[ticker].isin
    texts = (
        symbol,
        ticker,
        f"NSE:{symbol}",
        f"{symbol}-EQ",
        f"{symbol}-BE",
        f"{symbol}.NSE",
        f" {ticker.lower()} ",
        isin,
    )
    return [text for text in texts if text]


@given(st.sampled_from([stock.ticker for stock in UNIVERSE.stocks]), st.data())
def test_every_spelling_of_a_stock_is_that_stock(ticker: str, data: st.DataObject) -> None:
    """Without a list, and whatever one spelling of it the only column of a folder is; the column is then that one."""
    typed = data.draw(st.sampled_from(spellings(ticker)))
    column = data.draw(st.sampled_from([text.strip().upper() for text in spellings(ticker)]))
    listed = frozenset({"^NSEI", "NV20BEES.NS", column})
    found = resolve(typed, None, INDIA, UNIVERSE)
    assert (found.ticker, found.column, found.alternatives) == (ticker, ticker, ())
    found = resolve(typed, listed, INDIA, UNIVERSE)
    assert (found.ticker, found.column, found.renamed, found.reads_old_name) == (ticker, column, None, False)


@pytest.mark.parametrize("typed", RELIANCE)
def test_reliance_is_one_stock(typed: str) -> None:
    """The spellings that people have, one by one."""
    assert resolve(typed, None, INDIA, UNIVERSE).ticker == "RELIANCE.NS"


@pytest.mark.parametrize(
    ("typed", "columns", "ticker", "column"),
    [
        ("GOLDBEES", {"GOLDBEES.NS"}, "GOLDBEES.NS", "GOLDBEES.NS"),  # outside the universe: by the column's name
        ("GOLDBEES.NS", {"GOLDBEES"}, "GOLDBEES", "GOLDBEES"),
        ("GOLDBEES", {"GOLDBEES.BO"}, "GOLDBEES.BO", "GOLDBEES.BO"),
        ("GOLDBEES", {"GOLDBEES.BO", "GOLDBEES.NS"}, "GOLDBEES.NS", "GOLDBEES.NS"),
        ("BSE:GOLDBEES", {"GOLDBEES.BO", "GOLDBEES.NS"}, "GOLDBEES.BO", "GOLDBEES.BO"),
        ("GOLDBEES.BO", {"GOLDBEES.NS"}, "GOLDBEES.BO", "GOLDBEES.BO"),  # with a suffix, as typed: not there
        ("TCS", {"TCS", "TCS.NS"}, "TCS", "TCS"),  # both are there: each as typed
        ("TCS.NS", {"TCS", "TCS.NS"}, "TCS.NS", "TCS.NS"),
        ("NSE:TCS", {"TCS", "TCS.NS"}, "TCS.NS", "TCS.NS"),
        ("TCS", {"TCS", "TCS.BO"}, "TCS.NS", "TCS"),  # another exchange is another column
        ("TCS-EQ", {"TCS-EQ", "TCS"}, "TCS-EQ", "TCS-EQ"),
        ("ETERNAL", {"ZOMATO"}, "ETERNAL.NS", "ZOMATO"),
        ("ZOMATO", {"ZOMATO"}, "ZOMATO.NS", "ZOMATO"),
        ("BAJAJ-AUTO", {"BAJAJ-AUTO"}, "BAJAJ-AUTO.NS", "BAJAJ-AUTO"),
        ("NIFTY", {"^NSEI"}, "NIFTY", "NIFTY"),
    ],
)  # fmt: skip
def test_which_column_of_a_folder_is_meant(typed: str, columns: set[str], ticker: str, column: str) -> None:
    """The column as typed, else the only one that is the same stock, called by the universe's ticker if it has one."""
    found = resolve(typed, frozenset(columns), INDIA, UNIVERSE)
    assert (found.ticker, found.column) == (ticker, column)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("GOLDBEES", ["GOLDBEES.NS", "GOLDBEES.BO", "GOLDBEES"]),
        ("GOLDBEES-EQ", ["GOLDBEES.NS", "GOLDBEES.BO"]),
        ("BSE:500325", ["500325.BO", "500325.NS"]),
        ("GOLDBEES.NS", ["GOLDBEES.NS"]),
        ("AAPL.MX", ["AAPL.MX"]),
        ("NYSE:TCI", ["NYSE:TCI"]),
        ("^NSEI", ["^NSEI"]),
        ("USDINR=X", ["USDINR=X"]),
        ("INE999A01011", ["INE999A01011"]),
    ],
)
def test_what_a_source_without_a_list_is_asked_in_turn(typed: str, asked: list[str]) -> None:
    """The market's suffixes first, and the bare symbol last, where it was typed so."""
    found = resolve(typed, None, INDIA, UNIVERSE)
    assert [found.ticker, *found.alternatives] == asked
    assert [variant.ticker for variant in found.variants] == asked


def test_elsewhere_marks_of_new_york_go_and_no_suffix_comes() -> None:
    """NYSE:TCI is TCI in a model of the US."""
    found = [resolve(text, None, US, Universe.load(market=US)) for text in ("NYSE:TCI", "tci", "BRK-B")]
    assert [(one.ticker, one.alternatives) for one in found] == [("TCI", ()), ("TCI", ()), ("BRK-B", ())]


@pytest.mark.parametrize(
    ("currency", "zone", "is_foreign"),
    [
        ("INR", "Asia/Kolkata", False),
        ("INR", "Asia/Calcutta", False),
        ("INR", None, False),
        (None, None, False),
        (None, "Asia/Calcutta", False),
        ("INR", "No/Where", False),
        ("USD", "America/New_York", True),
        ("USD", None, True),
        ("INR", "Europe/London", True),
        (None, "America/New_York", True),
    ],
)
def test_a_quotation_is_foreign_by_its_currency_or_its_clock(currency: Any, zone: Any, is_foreign: bool) -> None:
    """What an answer does not say is not held against it; the words name both currencies."""
    said = foreign_quotation(currency, zone, INDIA)
    assert bool(said) is is_foreign
    assert not is_foreign or ("INR" in said and (currency or "INR") in said)


@pytest.fixture
def symbols(tmp_path: Path) -> str:
    """A folder of SYMBOL.csv, as Kite and NSE name them: two stocks of the universe, a fund, and the proxies."""
    prices = market()
    names = {"S0.NS": "RELIANCE", "S1.NS": "TCS", "S2.NS": "GOLDBEES"}
    prices = {names.get(ticker, ticker): closes for ticker, closes in prices.items() if ticker != "S3.NS"}
    return str(write_each(tmp_path / "symbols", prices))


def test_a_folder_of_bare_symbols_answers_every_command(factor: Run, home: Path, symbols: str) -> None:
    """beta, decompose, heatmap and portfolio: the universe's ticker with its name, the fund by its column's name."""
    source = ("--source", symbols, "-w", "60", "--json")
    for command in ("beta", "decompose"):
        answer = factor(command, "RELIANCE.NS", "NSE:RELIANCE", "GOLDBEES.NS", "INE467B01029", *source)
        found = [(r["ticker"], r["name"], r["sector"]) for r in answer.results]
        assert found == [
            ("RELIANCE.NS", "Reliance Industries Ltd.", "Oil Gas & Consumable Fuels"),
            ("GOLDBEES", None, None),
            ("TCS.NS", "Tata Consultancy Services Ltd.", "Information Technology"),
        ]
        assert not any(w.startswith(("renamed", "as_typed")) for r in answer.results for w in r["warnings"])
    assert factor("heatmap", "compute", "--all", *source).results[0]["computed"] == 2
    shown = factor("heatmap", "show", *source).results[0]
    assert {stock["ticker"] for stock in shown["stocks"]} == {"RELIANCE.NS", "TCS.NS"}
    (home / "h.csv").write_text("Instrument,Qty.\nRELIANCE,1\nGOLDBEES-EQ,2\nINE467B01029,3\n")
    (held,) = factor("beta", "--portfolio", "h.csv", *source).results
    names = [(h["ticker"], h["sector"]) for h in held["portfolio"]["holdings"]]
    assert names == [
        ("RELIANCE.NS", "Oil Gas & Consumable Fuels"),
        ("GOLDBEES", None),
        ("TCS.NS", "Information Technology"),
    ]


def test_where_both_columns_are_there_each_is_itself(factor: Run, tmp_path: Path) -> None:
    """TCS and TCS.NS with different prices have different answers, and neither takes the other's from the cache."""
    prices = market()
    both = {"TCS": prices["S0.NS"], "TCS.NS": prices["S1.NS"], "A": prices["S0.NS"], "B": prices["S1.NS"]}
    source = str(write_wide(tmp_path / "p.csv", {**prices, **both}))
    for _ in range(2):
        results = factor("beta", "TCS", "TCS.NS", "A", "B", "--json", "--source", source).results
        assert [r["ticker"] for r in results] == ["TCS", "TCS.NS", "A", "B"]
        bare, suffixed, a, b = (r["betas"]["MKT"]["beta"] for r in results)
        assert (bare, suffixed) == (a, b) and a != b


def test_the_library_and_http_mean_the_same_stock(symbols: str) -> None:
    """Factor.beta, a portfolio, and GET /stock/…/betas under six spellings of one stock."""
    factor = Factor(source=symbols, now=NOW, cache=False)
    betas = [factor.beta(text, window=60) for text in RELIANCE[:6]]
    assert {(result.ticker, result.sector, result.r_squared) for result in betas} == {
        ("RELIANCE.NS", "Oil Gas & Consumable Fuels", betas[0].r_squared)
    }
    book = factor.portfolio({"NSE:RELIANCE": 0.5, "INE002A01018": 0.5}).beta(window=60)
    assert [holding.ticker for holding in book.portfolio.holdings] == ["RELIANCE.NS"]
    settings = Settings.from_env({"FACTOR_SOURCE": symbols, "FACTOR_NOW": NOW, "RATE_LIMIT": "1000/second"})
    with hosting(create_app(build_context(settings, cached=False, lasting=True), settings)) as site:
        for text in ("RELIANCE", "NSE:RELIANCE", "RELIANCE-EQ", "INE002A01018"):
            reply = site.get(f"/stock/{text}/betas?window=60").json
            assert (reply["ticker"], reply["r_squared"]) == ("RELIANCE.NS", betas[0].r_squared)
        assert site.get("/stocks/search?q=goldbees").json == [{"ticker": "GOLDBEES", "name": "", "sector": ""}]
        assert site.get("/stocks/search?q=nv20bees").json[0]["name"] == "Nifty 50 Value 20 (VAL)"


def test_search_finds_the_proxies_and_what_a_folder_holds(factor: Run, symbols: str) -> None:
    """A fund of the folder, a proxy of the model by its ticker and by its index, and no stock twice."""

    def found(text: str, *words: str) -> list[str]:
        return [row["ticker"] for row in factor("universe", "search", text, "--json", *words).results]

    assert found("goldb") == []
    assert found("goldb", "--source", symbols) == ["GOLDBEES"]
    assert found("midcap 150") == ["HDFCMID150.NS", "MID150BEES.NS", "MIDCAPIETF.NS"]
    assert found("reliance", "--source", symbols).count("RELIANCE.NS") == 1
    assert "RELIANCE" not in found("reliance", "--source", symbols)


def test_a_proxy_of_a_model_is_found_under_its_other_spelling(factor: Run, tmp_path: Path, symbols: str) -> None:
    """proxies = ["NV20BEES"] is NV20BEES.NS where the folder has that."""
    model = tmp_path / "bare.toml"
    model.write_text(
        '[[factors]]\ncode = "MKT"\nproxies = ["^NSEI"]\n[[factors]]\ncode = "VAL"\nproxies = ["NV20BEES"]\n'
    )
    answer = factor("beta", "TCS", "--json", "-w", "60", "--source", symbols, "--model", str(model))
    assert answer.results[0]["model"]["proxies"] == {"MKT": "^NSEI", "VAL": "NV20BEES.NS"}


@pytest.fixture
def exchange(yahoo: LoopbackYahoo) -> LoopbackYahoo:
    """Yahoo with a fund of NSE, a stock of both, and one of New York only."""
    yahoo.listing("GOLDBEES.NS")
    yahoo.listing("TCI.NS")
    yahoo.listing("500325.BO")
    for symbol in ("TCI", "ACME"):
        yahoo.listing(symbol, "USD", "America/New_York", NEW_YORK_OPENING)
    return yahoo


def ask(factor: Run, yahoo: LoopbackYahoo, *words: str, **env: str) -> Answer:
    """Run `factor … --source yahoo --json` against the loopback Yahoo."""
    return factor(*words, "--source", "yahoo", "--json", **{**yahoo.environment, "YAHOO_RATE": "200", **env})


def test_yahoo_is_asked_with_the_markets_suffix_first(factor: Run, exchange: LoopbackYahoo) -> None:
    """One request where NSE has it; the kept history and the kept answer need none, under whatever spelling."""
    answer = ask(factor, exchange, "beta", "GOLDBEES", "TCI", "TCI-EQ", "BSE:500325", "TCS", "INE467B01029")
    assert [r["ticker"] for r in answer.results] == ["GOLDBEES.NS", "TCI.NS", "500325.BO", "TCS.NS"]
    assert not any(w.startswith(("as_typed", "foreign")) for r in answer.results for w in r["warnings"])
    stocks = ("GOLDBEES.NS", "TCI.NS", "500325.BO", "TCS.NS")
    assert [len(exchange.charts(symbol)) for symbol in (*stocks, "GOLDBEES", "TCI", "TCS", "500325.NS")] == [1] * 4 + [
        0
    ] * 4
    exchange.forget()
    again = ask(factor, exchange, "beta", "GOLDBEES", "NSE:TCI", "TCS-BE")
    assert [(r["ticker"], r["cache"]["hit"]) for r in again.results] == [
        (name, "disk") for name in ("GOLDBEES.NS", "TCI.NS", "TCS.NS")
    ]
    assert ask(factor, exchange, "beta", "GOLDBEES", "-w", "60").results[0]["ticker"] == "GOLDBEES.NS"
    assert exchange.requests == []


def test_a_symbol_that_only_new_york_has_is_taken_as_typed_with_two_warnings(factor: Run, exchange) -> None:
    """After both suffixes; the kept history says so too, without a request."""
    said = "foreign_listing: ACME is quoted in USD (America/New_York), while the market india is in INR (Asia/Kolkata)."
    for window in ("126", "126", "60"):
        (result,) = ask(factor, exchange, "beta", "acme", "-w", window).results
        assert result["ticker"] == "ACME"
        assert said in result["warnings"]
        assert [w for w in result["warnings"] if w.startswith("as_typed: ACME is taken as it is written")]
    assert [len(exchange.charts(symbol)) for symbol in ("ACME.NS", "ACME.BO", "ACME")] == [1, 1, 1]


def test_a_portfolio_never_adds_dollars_to_rupees(factor: Run, exchange: LoopbackYahoo, home: Path) -> None:
    """A stock of another currency is refused with its line; TCI is the Indian one."""
    (home / "mixed.csv").write_text("Instrument,Qty.\nRELIANCE,10\nACME,5\n")
    for _ in range(2):  # the second time from the price store
        answer = ask(factor, exchange, "decompose", "--portfolio", "mixed.csv")
        assert (answer.status, answer.codes) == (4, ["foreign_listing"])
        assert all(part in answer.err for part in ("Line 3", "ACME", "USD", "INR"))
    (home / "kite.csv").write_text("Instrument,Qty.\nRELIANCE,10\nTCI,5\n")
    (held,) = ask(factor, exchange, "decompose", "--portfolio", "kite.csv").results
    assert [h["ticker"] for h in held["portfolio"]["holdings"]] == ["RELIANCE.NS", "TCI.NS"]
    assert not exchange.charts("TCI")


def test_a_typo_is_still_unknown_after_all_spellings(factor: Run, exchange: LoopbackYahoo) -> None:
    """Three requests, a suggestion, and none for a day."""
    for _ in range(2):
        answer = ask(factor, exchange, "beta", "RELIANC")
        assert (answer.status, answer.codes) == (4, ["unknown_ticker"])
        assert "yahoo has no ticker RELIANC. Did you mean RELIANCE.NS" in answer.err
    assert len([r for r in exchange.charts() if r.symbol.startswith("RELIANC")]) == 3
