"""Files of holdings as brokers and portfolio programs write them: each kind, with invented numbers."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorcli import Factor, FactorError
from factorcli.errors import InvalidPortfolio
from factorcli.markets.market import INDIA
from factorcli.markets.tickers import resolve
from factorcli.markets.universe import Universe
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.identity import identified
from factorcli.tables import workbook
from tests.conftest import NOW, Answer, Run
from tests.markets import market, write_wide
from tests.workbooks import Rows, write_xlsx

pytestmark = pytest.mark.cli

UNIVERSE = Universe.load()
RELIANCE, TCS, INFY = ("INE002A01018", "INE467B01029", "INE009A01021")
HELD = {"RELIANCE.NS": 10.0, "TCS.NS": 5.0}

KITE = """"Instrument","Qty.","Avg. cost","LTP","Cur. val","P&L","Net chg.","Day chg."
"RELIANCE",10,1301.5,1402.1,14021,1006,7.73,0.4
"TCS-BE",5,3100,3050.25,15251.25,-248.75,-1.6,-0.2
"","","","",29272.25,757.25,"",""
"""
CONSOLE = """Client ID,AB1234
Equity Holdings Statement as on 2025-09-01
Summary
Invested Value,28515
Present Value,29272.25

,Symbol,ISIN,Sector,Quantity Available,Quantity Discrepant,Quantity Long Term,Quantity Pledged (Margin),Average Price
,RELIANCE,INE002A01018,ENERGY,10.0000,0.0000,8.0000,0.0000,1301.5000
,TCS,INE467B01029,IT,5.0000,0.0000,5.0000,0.0000,3100.0000
"""
UPSTOX = """Scrip Name,Symbol,ISIN,Net Qty,Avg. Price,LTP,Current Value
Reliance Industries,RELIANCE,INE002A01018,10,1301.5,1402.1,14021
Tata Consultancy,TCS,INE467B01029,5,3100,3050.25,15251.25
"""
ANGEL = """Trading Symbol,Exchange,Quantity,Average Price
RELIANCE-EQ,NSE,10,1301.5
TCS-EQ,BSE,5,3100
"""
# ICICI Direct's symbols are its own: RELIND is Reliance, and TCS could be anything.
ICICI = """Stock Symbol,Company Name,ISIN Code,Qty,Average Cost Price,Current Market Price,Value At Market Price
RELIND,RELIANCE INDUSTRIES LTD,INE002A01018,10,1301.5,1402.1,14021
TCS,TATA CONSULTANCY SERV LT,INE467B01029,5,3100,3050.25,15251.25
"""
HDFC = """Stock Name,ISIN,Quantity,Average Buy Price
RELIANCE INDUSTRIES LTD,INE002A01018,10,1301.5
TATA CONSULTANCY SERV LT,INE467B01029,5,3100
Total,,15,
"""
IBKR = """Statement,Header,Field Name,Field Value
Statement,Data,Title,Activity Statement
Account Information,Header,Field Name,Field Value
Mark-to-Market Performance Summary,Header,Asset Category,Symbol,Prior Quantity,Current Quantity,Prior Price
Mark-to-Market Performance Summary,Data,Stocks,INFY,99,99,1
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Close Price,Value,Code
Open Positions,Data,Summary,Stocks,INR,RELIANCE,10,1,1301.5,1402.1,14021,
Open Positions,Data,Lot,Stocks,INR,RELIANCE,10,1,1301.5,1402.1,14021,
Open Positions,Data,Summary,Stocks,INR,TCS,5,1,3100,3050.25,15251.25,
Open Positions,Total,,Stocks,INR,,,,,,29272.25,
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price
Trades,Data,Order,Stocks,INR,INFY,"2025-09-01, 10:00:00",7,1500
"""
YAHOO = """Symbol,Current Price,Date,Time,Change,Trade Date,Purchase Price,Quantity,Commission,Comment
RELIANCE.NS,1402.1,2025/09/01,15:30 IST,5.1,20250102,1301.5,4,,
RELIANCE.NS,1402.1,2025/09/01,15:30 IST,5.1,20250203,1299,6,,
TCS.NS,3050.25,2025/09/01,15:30 IST,-6,20250102,3100,5,,
INFY.NS,1500,2025/09/01,15:30 IST,-6,,,,,
"""
GOOGLE = "Symbol,Name,Shares\nNSE:RELIANCE,Reliance Industries Ltd,10\nBOM:TCS,TCS Ltd,5\n"
PERFORMANCE = """Shares;Name;Symbol;ISIN;Quote;Market Value;Currency
10;Reliance Industries;RELIANCE.NS;INE002A01018;1.402,10;14.021,00;INR
5,0;Tata Consultancy;;INE467B01029;3.050,25;15.251,25;INR
"""
NAMED = "Name,Quantity\nReliance Industries Limited,10\nTATA CONSULTANCY SERVICES,5\n"
SMALLCASE = (
    "Constituents,Sector,Shares,Price\nReliance Industries Ltd,Oil,10,1400\nTata Consultancy Services Ltd,IT,5,3000\n"
)
GERMAN = """Bestand;Name;Währung;Kurs;Marktwert
10;Reliance Industries Ltd.;INR;1.402,10;14.021,00
5,0;Tata Consultancy Services Ltd.;INR;3.050,25;15.251,25
;Summe;INR;;29.272,25
"""
FILES = {
    "named": NAMED, "smallcase": SMALLCASE, "german": GERMAN,
    "kite": KITE, "console": CONSOLE, "upstox": UPSTOX, "angel": ANGEL, "icici": ICICI, "hdfc": HDFC, "ibkr": IBKR,
    "yahoo": YAHOO, "google": GOOGLE, "performance": PERFORMANCE,
}  # fmt: skip


def held(path: Path) -> dict[str, float]:
    """What a file holds: amounts by the universe's ticker, added up."""
    amounts: dict[str, float] = {}
    for row in identified(Holdings.load(path), UNIVERSE, INDIA).rows:
        ticker = resolve(row.ticker, None, INDIA, UNIVERSE).ticker
        amounts[ticker] = amounts.get(ticker, 0.0) + row.amount
    return {ticker: amount for ticker, amount in amounts.items() if amount}


@pytest.mark.parametrize("name", FILES)
def test_a_brokers_file_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    """Ten shares of Reliance and five of TCS, whatever stands before, between and after them."""
    path = tmp_path / "holdings.csv"
    path.write_text(FILES[name])
    holdings = Holdings.load(path)
    assert held(path) == HELD
    assert not holdings.by_weight
    assert not [w for w in holdings.warnings if w.code != "not_counted"]


GROWW: Rows = [
    ["Name", "A. Investor"],
    ["Unique Client Code", "1234567890"],
    [],
    ["Holdings statement for stocks as on 01-09-2025"],
    ["Summary"],
    ["Invested Value", 28515.0],
    ["Closing Value", 29272.25],
    [],
    ["Stock Name", "ISIN", "Quantity", "Average buy price", "Buy value", "Closing price", "Closing value"],
    ["RELIANCE INDUSTRIES LTD", RELIANCE, 10.0, 1301.5, 13015.0, 1402.1, 14021.0],
    ["TATA CONSULTANCY SERV LT", TCS, 5.0, 3100.0, 15500.0, 3050.25, 15251.25],
]


def test_a_workbook_is_read_from_its_first_sheet_of_holdings(tmp_path: Path) -> None:
    """Groww's statement, behind a sheet of notes, and Console's, which begins in the second column."""
    path = write_xlsx(tmp_path / "groww.xlsx", {"Notes": [["read me"]], "Holdings": GROWW, "Old": [["Symbol", "Qty"]]})
    assert held(path) == HELD
    rows = [[None, *line] for line in csv.reader(io.StringIO(CONSOLE.replace("\n,", "\n")))]
    assert held(write_xlsx(tmp_path / "console.xlsx", {"Equity": rows})) == HELD


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("Ticker,Name,Weight (%),Quantity\nRELIANCE,R,60,10\nTCS,T,40,5\n", (0.6, 0.4)),
        ("Company Name,Industry,Weightage(%)\nReliance Industries Ltd.,Oil,60\nTATA CONSULTANCY SERVICES LTD,IT,40\n",
         (0.6, 0.4)),
        ("Company,Weight\nReliance Industries,0.6\ntcs,0.4\n", (0.6, 0.4)),
        ("ticker,weight_pct\nRELIANCE,60\nTCS,30\nCASH,10\n", (0.6, 0.3)),
        ("ticker,weight_pct\nRELIANCE,0.6\nTCS,0.4\n", (0.6, 0.4)),
        ("Symbol,% of Portfolio,LTP\nRELIANCE,60,1\nTCS,40,1\n", (0.6, 0.4)),
        ("ticker,market_value\nRELIANCE,₹ 14000\nTCS,6000\n", (0.7, 0.3)),
        ("Stock,Current Value,Invested Value\nRELIANCE,\"1,40,000\",1\nTCS,\"60,000\",1\nGrand Total,\"2,00,000\",2\n",
         (0.7, 0.3)),
    ],
)  # fmt: skip
def test_weight_counts_before_quantity_and_a_value_is_a_weight(tmp_path: Path, text: str, weights: Any) -> None:
    """A factsheet, an index's list with names, values with a total."""
    path = tmp_path / "h.csv"
    path.write_text(text, encoding="utf-8")
    assert held(path) == pytest.approx(dict(zip(HELD, weights, strict=True)), rel=1e-12)
    assert Holdings.load(path).by_weight


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "ticker,weight,quantity,value\nTCS,1,5,7\n",
            "the weight of each line counts; quantity and value are not used",
        ),
        ("ticker,quantity,market value\nTCS,5,7\n", "the quantity of each line counts; market value is not used"),
        ("Symbol,Quantity Available,Quantity Pledged (Margin)\nTCS,5,7\n", "Quantity Pledged (Margin) is not counted"),
        ("Instrument,Qty.,T1 Qty\nTCS,0,10\n", "T1 Qty (bought and not yet delivered) and Qty. are added up; line 2"),
        ("ticker,qty,Target Weight\nTCS,5,60%\n", "the quantity of each line counts; Target Weight is not used"),
        ("ticker,qty\nTCS,1.500\nINFY,12.5\n", "line 2: 1.500 is read as 1.5 shares, with a decimal point"),
        ("ticker;qty\nTCS;1,500\nINFY;12,5\n", "line 2: 1,500 is read as 1.5 shares, with a decimal comma"),
        ("ticker,weight\nTCS,2.5\nINFY,-1.5\n", "read as fractions: 4 times its value without their signs"),
    ],
)
def test_what_does_not_count_or_is_implausible_is_said(tmp_path: Path, text: str, said: str) -> None:
    """Never in silence."""
    path = tmp_path / "h.csv"
    path.write_text(text)
    assert said in " ".join(warning.text for warning in Holdings.load(path).warnings)


def test_shares_bought_yesterday_are_held(tmp_path: Path) -> None:
    """Kite's Qty. leaves out what is not yet delivered; a line of totals stays one."""
    path = tmp_path / "h.csv"
    path.write_text("Instrument,Qty.,T1 Qty,Avg. cost\nRELIANCE,0,10,1\nTCS,4,1,1\n,4,11,\n")
    assert held(path) == HELD


@pytest.mark.parametrize(("other", "cells"), [("40", ["line 3", "40", "60%", "line 2"]), ("0.4", [])])
def test_weights_in_mixed_units_are_refused(tmp_path: Path, other: str, cells: list[str]) -> None:
    """60% and 40 are no weights of one unit; 60% and 0.4 sum to one."""
    path = tmp_path / "h.csv"
    path.write_text(f"ticker,weight\nRELIANCE,60%\nTCS,{other}\n")
    if not cells:
        assert held(path) == pytest.approx({"RELIANCE.NS": 0.6, "TCS.NS": 0.4}, rel=1e-12)
        return
    with pytest.raises(InvalidPortfolio, match="mixed") as refused:
        Holdings.load(path)
    assert all(cell in str(refused.value) for cell in cells)


def test_a_name_that_is_no_stock_is_refused_with_its_line(factor: Run, home: Path, source: str) -> None:
    """With what it may mean; left out on request."""
    text = "Shares,Name,Currency,Market Value\n1,Reliance Industries,INR,75\n1,Tata Consultancy Serv Lt,INR,25\n"
    refused = ask(factor, home, source, text)
    assert (refused.status, refused.codes) == (4, ["unknown_ticker"])
    assert "line 3: 'Tata Consultancy Serv Lt' (did you mean Tata Consultancy Services Ltd. (TCS.NS)" in refused.err
    (result,) = ask(factor, home, source, text, "--drop-missing").results
    assert [h["ticker"] for h in result["portfolio"]["holdings"]] == ["RELIANCE.NS"]
    assert "25.0% of the value that the file says" in " ".join(result["warnings"])


def test_an_isin_counts_before_a_symbol_that_is_another_stock(tmp_path: Path) -> None:
    """A broker's own code may be a symbol of NSE; the line says so."""
    path = tmp_path / "h.csv"
    path.write_text(f"Symbol,ISIN,Qty\nINFY,{RELIANCE},10\nNOSUCH,INE999Z01011,5\n")
    found = identified(Holdings.load(path), UNIVERSE, INDIA)
    assert [row.ticker for row in found.rows] == ["RELIANCE.NS", "NOSUCH"]
    (warning,) = found.warnings
    assert str(warning) == f"isin_counts: line 2: {RELIANCE} is RELIANCE.NS and not INFY.NS; the ISIN counts."


def test_a_statement_without_open_positions_says_so(tmp_path: Path) -> None:
    """And one whose table has no stock names what it has."""
    path = tmp_path / "h.csv"
    path.write_text(IBKR[: IBKR.index("Open Positions")])
    with pytest.raises(InvalidPortfolio, match="without a section Open Positions"):
        Holdings.load(path)


STOCKS = [stock.ticker.removesuffix(".NS") for stock in UNIVERSE.stocks]
SPELLINGS: list[Callable[[str], str]] = [
    str.lower,
    lambda symbol: f"NSE:{symbol}",
    lambda symbol: f"{symbol}-EQ",
    lambda symbol: f"{symbol}.NS",
    lambda symbol: f" {symbol} ",
    lambda symbol: UNIVERSE.by_ticker[f"{symbol}.NS"].isin or symbol,
]
NUMBERS: dict[str, list[Callable[[int], str]]] = {
    ".": [str, lambda n: f"{n:,}.00", lambda n: f"₹ {n:,}.0", lambda n: f"{n}.25"],
    ",": [str, lambda n: f"{n:,}".replace(",", ".") + ",00", lambda n: f"{n},25"],
}


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_a_random_table_is_read_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any separator, encoding, decimal mark, heading, preamble, order of columns, total and blank line."""
    draw = data.draw
    symbols = draw(st.lists(st.sampled_from(STOCKS), min_size=2, max_size=6, unique=True))
    amounts = draw(st.lists(st.integers(1, 900_000), min_size=len(symbols), max_size=len(symbols)))
    mark = draw(st.sampled_from([".", ","]))
    style = draw(st.sampled_from(NUMBERS[mark][1:]))  # one that says what the mark is
    ticker = draw(st.sampled_from(["ticker", "Symbol", "Instrument", "Trading Symbol", "NSE Code", "Stock Symbol"]))
    amount = draw(st.sampled_from(["Qty.", "quantity", "Net Qty", "Quantity Available", "No. of Shares", "Units"]))
    spell = draw(st.sampled_from(SPELLINGS))
    rows = [[ticker, "Sector", amount, "LTP"]]
    rows += [[spell(symbol), "Ünïted", style(n), style(3)] for symbol, n in zip(symbols, amounts, strict=True)]
    rows += draw(st.sampled_from([[], [["Total", "", style(sum(amounts)), ""]], [["", "", "", style(7)]]]))
    order = draw(st.permutations(range(4)))
    lines = draw(st.sampled_from([[], [["Statement of holdings"], ["Client", "AB 12"], []]]))
    lines = [*lines, *([row[i] for i in order] for row in rows)]
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=draw(st.sampled_from([",", ";", "\t", "|"]))).writerows(lines)
    path = tmp_path_factory.mktemp("table") / "h.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    extra = 0.25 if style(1).endswith("25") else 0.0
    assert held(path) == {f"{s}.NS": n + extra for s, n in zip(symbols, amounts, strict=True)}


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A folder of RELIANCE.NS, TCS.NS and a stock that is too young."""
    prices = market()
    prices |= {"RELIANCE.NS": prices["S0.NS"], "TCS.NS": prices["S1.NS"], "YOUNG.NS": prices["S2.NS"].copy()}
    prices["YOUNG.NS"][:280] = np.nan
    return str(write_wide(tmp_path / "p" / "p.csv", prices).parent)


def ask(factor: Run, home: Path, source: str, text: str, *words: str) -> Answer:
    """`factor beta --portfolio` on this text."""
    (home / "h.csv").write_text(text)
    return factor("beta", "--portfolio", "h.csv", "--source", source, "-w", "60", "--json", *words)


def test_a_row_that_cannot_be_priced_is_left_out_on_request_with_its_share(
    factor: Run, home: Path, source: str
) -> None:
    """By weight its weight goes to the others and the cash in proportion; without the option nothing is answered."""
    text = "ticker,weight\nRELIANCE,0.4\nNOPE,0.2\nTCS,0.2\nCASH,0.2\n"
    refused = ask(factor, home, source, text)
    assert (refused.status, refused.codes) == (4, ["unknown_ticker"])
    assert "Line 3" in refused.err
    (result,) = ask(factor, home, source, text, "--drop-missing").results
    weights = {h["ticker"]: h["weight"] for h in result["portfolio"]["holdings"]}
    assert weights == pytest.approx({"RELIANCE.NS": 0.5, "TCS.NS": 0.25}, abs=1e-15)
    assert result["portfolio"]["cash"] == pytest.approx(0.25, abs=1e-15)
    (said,) = [w for w in result["warnings"] if w.startswith("left_out")]
    assert all(part in said for part in ("line 3", "NOPE", "20.0% of the value"))


def test_the_share_of_a_dropped_quantity_is_that_of_its_price_or_of_the_file(factor: Run, home, source) -> None:
    """A young stock has a price; an unknown one may have a value in the file; else the share cannot be told."""
    young = "Symbol,Qty\nRELIANCE,1\nYOUNG,1\n"
    (result,) = ask(factor, home, source, young, "--drop-missing").results
    prices = market()
    share = prices["S2.NS"][-1] / (prices["S2.NS"][-1] + prices["S0.NS"][-1])
    (said,) = [w for w in result["warnings"] if w.startswith("left_out")]
    assert f"{share:.1%} of the value." in said and "YOUNG.NS has 1" in said
    for text, share_said in (
        ("Symbol,Qty,Cur. val\nRELIANCE,1,75\nNOPE,1,25\n", "25.0% of the value that the file says"),
        ("Symbol,Qty\nRELIANCE,1\nNOPE,1\n", "cannot be told"),
    ):
        (result,) = ask(factor, home, source, text, "--drop-missing").results
        assert [h["ticker"] for h in result["portfolio"]["holdings"]] == ["RELIANCE.NS"]
        assert share_said in " ".join(result["warnings"])


def test_nothing_is_left_when_all_are_missing(factor: Run, home: Path, source: str) -> None:
    """The portfolio is refused as without the option, and the option alone is no question."""
    assert ask(factor, home, source, "ticker,weight\nNOPE,1\n", "--drop-missing").codes == ["unknown_ticker"]
    answer = factor("beta", "TCS", "--drop-missing", "--source", source)
    assert (answer.status, answer.out) == (2, "") or "drop-missing" in answer.err


def test_rupees_are_not_added_to_dollars(factor: Run, home: Path, source: str) -> None:
    """A row in another currency is named; left out on request."""
    text = "Symbol,Currency,Qty,Value\nRELIANCE,INR,1,75\nAAPL,USD,1,25\n"
    refused = ask(factor, home, source, text)
    assert (refused.status, refused.codes) == (4, ["foreign_listing"])
    assert all(part in refused.err for part in ("line 3", "AAPL", "USD", "INR"))
    (result,) = ask(factor, home, source, text, "--drop-missing").results
    assert "line 3: AAPL is held in USD: left out, 25.0% of the value that the file says." in " ".join(
        result["warnings"]
    )


def test_the_library_leaves_out_what_is_missing_on_request(source: str) -> None:
    """drop_missing=True, for pairs as for a file."""
    factor = Factor(source=source, now=NOW, cache=False)
    pairs = {"RELIANCE": 0.5, "NOPE": 0.5}
    with pytest.raises(FactorError):
        factor.portfolio(pairs).beta(window=60)
    result = factor.portfolio(pairs, drop_missing=True).beta(window=60)
    assert [holding.weight for holding in result.portfolio.holdings] == [1.0]


def test_a_workbook_that_is_large_unpacked_is_refused(tmp_path: Path) -> None:
    """A table of holdings has thousands of cells: one of 30 MB of XML in 90 kB took a minute and 350 MB."""
    rows: Rows = [["ticker", "quantity"], *[["TCS", 1.0]] * 10]
    far = [["ticker", "quantity"], *[[None]] * 99_999, ["TCS", 1.0]]
    large = [["ticker", "quantity"], ["TCS", 1.0], ["x" * 10_000_000, 1.0]]
    for name, table, said in (("far", far, "at most 200,000 cells are read"), ("large", large, "at most 10,000,000")):
        data = write_xlsx(tmp_path / f"{name}.xlsx", {"S": table}).read_bytes()
        with pytest.raises(InvalidPortfolio, match=said):
            Holdings.parse(data)
    assert Holdings.parse(write_xlsx(tmp_path / "ok.xlsx", {"S": rows}).read_bytes()).rows


def test_nothing_of_what_was_sent_stays_in_memory(tmp_path: Path) -> None:
    """The workbook that was opened last is kept for the readers of a file on disk, not of a stranger's bytes."""
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["ticker", "quantity"], ["TCS", 1.0]]})
    workbook.forget()
    Holdings.parse(path.read_bytes())
    assert (workbook._last.book, workbook._last.sheets) == (None, {})
    Holdings.load(path)
    assert list(workbook._last.sheets) == ["S"]
    workbook.forget()
