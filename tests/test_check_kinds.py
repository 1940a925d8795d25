"""`factor check` on what is no file of prices: holdings, lists of stocks, rates, factor returns."""

from pathlib import Path

import pytest

from tests.conftest import Run

pytestmark = pytest.mark.cli

FILES = {
    "holdings by quantity": (
        "Client ID,AB1\nSymbol,ISIN,Quantity Available,LTP\nTCS,INE467B01029,5,3050\nINFY,INE009A01021,1.500,1500.5\n",
        {"rows": 2, "tickers": ["TCS", "INFY"], "used": ["Symbol", "ISIN", "Quantity Available"], "left": ["LTP"]},
        "text, UTF-8, commas, 1 row before the heading",
    ),
    "holdings by value": (
        "Symbol;Market value\nTCS;5,5\n",
        {"rows": 1, "tickers": ["TCS"], "used": ["Symbol", "Market value"], "left": []},
        "text, UTF-8, semicolons",
    ),
    "a list of stocks": (
        "Company Name,Industry,Symbol,Series,ISIN Code\nTata,IT,TCS,EQ,INE467B01029\nOld,IT,OLD,BZ,INE467B01037\n",
        {"rows": 2, "tickers": ["TCS.NS"]},
        "text, UTF-8, commas",
    ),
    "rates": (
        "observation_date,DGS3MO\n2025-07-01,6.5\n2025-07-02,.\n2025-07-15,6\n",
        {"rows": 2, "first": "2025-07-01", "last": "2025-07-15", "notes": ["the rates run from 6.00% to 6.50% a year"]},
        "text, UTF-8, commas",
    ),
    "daily factor returns": (
        ",Mkt-RF,SMB,RF\n20240102,0.5,-99.99,0.02\n20240103,1.5,0.1,0.02\n",
        {"rows": 2, "first": "2024-01-02", "last": "2024-01-03", "used": ["Mkt-RF", "SMB", "RF"],
         "gaps": ["SMB has no return on 1 days"]},
        "text, UTF-8, commas",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_of_file_is_told(factor: Run, home: Path, kind: str) -> None:
    """Kind, form, rows, columns used and left; nothing is computed."""
    text, facts, form = FILES[kind]
    (home / "file.csv").write_text(text)
    (result,) = factor("check", "file.csv", "--json").results
    assert (result["kind"], result["form"], result["problem"]) == (kind, form, None)
    assert {name: result[name] for name in facts} == facts
    if kind == "holdings by quantity":
        assert result["suspects"] == ["line 4: 1.500 is read as 1.5 shares, with a decimal point as in the file."]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("ticker,weight\nTCS,plenty\n", "holdings", "line 2: 'plenty'"),
        ("date,rate\n2025-07-01,72\n", "rates", "50.00%"),
        ("date,rate_pct\n2025-07-01,many\n", "rates", "'many'"),
        ("Yields, % p.a.\nDate,Close\n2025-07-01,72\n", "rates", "50.00%"),
        ("Date,SMB,RF\n2025-07-01,x,1\n", "daily factor returns", "'x'"),
        ("Symbol,Company Name,Industry\nTCS,Tata,12\n", "a list of stocks", "not a sector"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(factor: Run, home: Path, text: str, kind: str, said: str) -> None:
    """The message that the command which takes it would end with, and status 4."""
    (home / "file.csv").write_text(text)
    answer = factor("check", "file.csv", "--json")
    assert answer.status == 4
    assert answer.results[0]["kind"] == kind and said in answer.results[0]["problem"]


@pytest.mark.parametrize(
    "text",
    [
        "Symbol,Series,Date,Prev Close,Close Price,Total Traded Quantity\n" + "TCS,EQ,01-Jul-2025,1,2,3\n" * 1,
        "Date,Close\n2025-07-01,100\n2025-07-02,101\n",
        "date,ticker,close,volume\n2025-07-01,TCS.NS,100,5\n",
        "Date,TCS.NS,INFY.NS\n2025-07-01,100,5\n",
    ],
)
def test_prices_are_taken_for_prices(factor: Run, home: Path, text: str) -> None:
    """Though some have symbols and quantities, and some a date and one column."""
    (home / "file.csv").write_text(text)
    assert "prices" in factor("check", "file.csv", "--json").results[0]["kind"]
