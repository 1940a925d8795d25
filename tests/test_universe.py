"""The universe: what ships, what NSE's lists become, and which ticker is meant."""

from pathlib import Path

import pytest

from factorcli.errors import MalformedUniverse
from factorcli.markets.universe import Universe
from factorcli.model.built_in import INDIA_5F
from factorcli.service.search import find
from tests.conftest import Run
from tests.markets import market, write_wide

pytestmark = pytest.mark.cli

HEAD = "Company Name,Industry,Symbol,Series,ISIN Code\n"


def test_the_shipped_universe_is_the_nifty_500(factor: Run) -> None:
    """500 stocks with name, sector and a valid ISIN, found from an installed package."""
    results = factor("universe", "list", "--json").results
    assert len(results) == 500
    assert set(results[0]) == {"ticker", "name", "sector", "isin"}
    assert all(r["ticker"].endswith(".NS") and len(r["isin"]) == 12 and r["name"] and r["sector"] for r in results)


def test_search_finds_by_ticker_name_and_isin(factor: Run) -> None:
    """The exact ticker comes first; a typo gets a suggestion and status 0 with no rows."""
    assert factor("universe", "search", "tcs", "--json").results[0]["ticker"] == "TCS.NS"
    assert "HDFCBANK.NS" in [r["ticker"] for r in factor("universe", "search", "hdfc", "--json").results]
    assert factor("universe", "search", "INE002A01018", "--json").results[0]["ticker"] == "RELIANCE.NS"
    nothing = factor("universe", "search", "RELIANEC", "--json")
    assert (nothing.status, nothing.results) == (0, [])
    assert "Did you mean RELIANCE.NS" in nothing.err


@pytest.mark.parametrize("text", ["NSE:RELIANCE", "RELIANCE-EQ", "reliance-be", "RELIANCE.BO", " nse:reli "])
def test_search_finds_a_stock_however_it_is_written(text: str) -> None:
    """With the marks of exchange and series, the stock itself first."""
    universe = Universe.load()
    assert find(text, universe, INDIA_5F, None)[0].ticker == "RELIANCE.NS"


def _listed(sectors: list[str], heading: str = "ticker,name,sector,isin") -> str:
    return heading + "\n" + "".join(f"S{i},Stock {i},{sector},\n" for i, sector in enumerate(sectors))


@pytest.mark.parametrize(
    ("sectors", "said"),
    [
        (["Energy", "Reliance Industries Ltd."], "row 3, column sector: 'Reliance Industries Ltd.' is a company"),
        ([f"Firm {i}" for i in range(10)], "10 stocks have 10 different sectors, such as 'Firm 0'"),
        (list(Universe.load().sectors[:10]), ""),  # ten stocks of ten real sectors
        (["Energy", "Metals", "Banks"], ""),
    ],
)
def test_sectors_must_be_sectors(tmp_path: Path, sectors: list[str], said: str) -> None:
    """Names and sectors that are swapped are refused, in whatever form of list."""
    path = tmp_path / "list.csv"
    for heading in ("ticker,name,sector,isin", "Symbol,Company Name,Industry,ISIN Code"):
        path.write_text(_listed(sectors, heading))
        if said:
            with pytest.raises(MalformedUniverse, match=said.replace("sector:", r"\w+:")):
                Universe.load(path)
        else:
            assert len(Universe.load(path).stocks) == len(sectors)


def test_import_reads_the_list_as_nse_publishes_it(factor: Run, home: Path) -> None:
    """Series BE stays, DUMMY rows go and are named, an unnamed first column is tolerated."""
    listing = home / "list.csv"
    rows = [
        "0,Reliance Power Ltd.,Power,RPOWER,BE,INE614G01033",
        "1,Dummy Valor Estate Ltd.,Consumer Services,DUMMYDBRLT,BE,DUM879I01012",
        "2,Tata Consultancy Services Ltd.,Information Technology,TCS,EQ,INE467B01029",
    ]
    listing.write_text("," + HEAD + "\n".join(rows) + "\n", encoding="utf-8-sig")
    answer = factor("universe", "import", str(listing))
    assert answer.status == 0
    assert "DUMMYDBRLT" in answer.out
    written = factor("universe", "list", "--json").results
    assert [r["ticker"] for r in written] == ["RPOWER.NS", "TCS.NS"]
    assert (home / "data" / "factorcli" / "universe.csv").exists()


def test_import_writes_where_factor_universe_says(factor: Run, home: Path) -> None:
    """FACTOR_UNIVERSE names the file to write, and to read from then on."""
    (home / "list.csv").write_text(HEAD + "Tata Consultancy,IT,TCS,EQ,INE467B01029\n")
    own = str(home / "own" / "mine.csv")
    assert factor("universe", "import", "list.csv", FACTOR_UNIVERSE=own).status == 0
    assert len(factor("universe", "list", "--json", FACTOR_UNIVERSE=own).results) == 1
    assert len(factor("universe", "list", "--json").results) == 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "A,X,AA,EQ,INE000000001\nB,X,AA,EQ,-\n", "AA.NS twice"),
        (HEAD + "A,X,AA,EQ,INE000000001\nB,X,BB,EQ,INE000000001\n", "INE000000001 twice"),
        (HEAD + "A,X,,EQ,-\n", "row 2, column Symbol"),
        (HEAD + "A,X,../../etc,EQ,-\n", "row 2, column Symbol: '../../ETC' is not a symbol"),
        (HEAD + "A,X,AA,EQ,NOTANISIN\n", "row 2, column ISIN Code: 'NOTANISIN' is not an ISIN"),
        (HEAD, "no stocks"),
        ("ticker,name\nTCS.NS,x\n", "Symbol"),
        ("", "Symbol"),
    ],
)
def test_a_bad_list_is_refused_and_nothing_is_written(factor: Run, home: Path, text: str, said: str) -> None:
    """One sentence, status 4, the old universe still there."""
    (home / "list.csv").write_text(text)
    answer = factor("universe", "import", "list.csv")
    assert answer.status == 4
    assert said in answer.err
    assert len(factor("universe", "list", "--json").results) == 500
    assert factor("universe", "import", "absent.csv").status == 2


def test_every_rename_leads_to_the_universe() -> None:
    """No rename ends in a ticker that is not a member."""
    universe = Universe.load()
    assert len(universe.renames) == 20
    assert all(universe.current(old) in universe.by_ticker for old in universe.renames)


def test_which_ticker_is_meant(factor: Run, tmp_path: Path) -> None:
    """A bare symbol is the folder's column, then the universe's .NS; a suffix or ^ is as typed."""
    prices = market()
    prices["TCS.NS"], prices["AAPL"] = prices["S0.NS"], prices["S1.NS"]
    source = str(write_wide(tmp_path / "p.csv", prices))
    asked = ("tcs", "AAPL", "^nsei", "S2.NS", "TCS.NS")
    answer = factor("beta", *asked, "--json", "--source", source)
    assert [r["ticker"] for r in answer.results] == ["TCS.NS", "AAPL", "^NSEI", "S2.NS"]
    tcs, aapl = answer.results[:2]
    assert (tcs["name"], tcs["sector"]) == ("Tata Consultancy Services Ltd.", "Information Technology")
    assert (aapl["name"], aapl["sector"]) == (None, None)


def test_renamed_tickers_answer_under_their_new_name(factor: Run, tmp_path: Path) -> None:
    """Old name typed: new name answered. New name absent from a folder: read under the old one."""
    (demo,) = factor("beta", "ZOMATO.NS", "--source", "demo", "--json").results
    assert demo["ticker"] == "ETERNAL.NS"
    assert any(w.startswith("renamed: ZOMATO.NS") for w in demo["warnings"])
    prices = market()
    prices["ZOMATO.NS"] = prices["S0.NS"]
    (read,) = factor("beta", "ETERNAL", "--json", "--source", str(write_wide(tmp_path / "p.csv", prices))).results
    assert read["ticker"] == "ETERNAL.NS"
    assert any("ZOMATO.NS" in w for w in read["warnings"])
    prices["ZOMATO.NS"][-20:] = float("nan")
    stale = factor("beta", "ZOMATO.NS", "--json", "--source", str(write_wide(tmp_path / "q.csv", prices)))
    assert stale.codes == ["stale_series"]
    assert "ETERNAL.NS" in stale.err


def test_unknown_tickers_get_suggestions(factor: Run) -> None:
    """The universe suggests; only the source decides."""
    answer = factor("beta", "RELIANC", "TCS", "--source", "demo", "--json")
    assert (answer.status, answer.codes) == (3, ["unknown_ticker"])
    assert "RELIANCE.NS" in answer.err
    assert factor("beta", "NOSUCHTHING", "--source", "demo").status == 4


LISTS = {
    "all stocks": (
        "SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, ISIN NUMBER, FACE VALUE\n"
        "TCS,Tata Consultancy Services Limited,EQ,25-AUG-2004,1,1,INE467B01029,1\n"
        "TINY,Tiny Mills Limited,BE,01-JAN-2020,10,1,INE00TINY017,10\n"
        "OLDTINY,Old Tiny Limited,BZ,01-JAN-2010,10,1,INE00TINY025,10\n",
        [("TCS.NS", "Information Technology"), ("TINY.NS", "Unclassified")],
    ),
    "its own form": (
        "ticker,name,sector,isin\nTCS.NS,Tata,Software,INE467B01029\nTINY.BO,Tiny,Mills,\n",
        [("TCS.NS", "Software"), ("TINY.BO", "Mills")],
    ),
    "a spreadsheet's": (
        "Nifty Something 50\n\nCompany Name;Industry;Symbol;Series;ISIN Code\nTata;Software;TCS;EQ;INE467B01029\n",
        [("TCS.NS", "Software")],
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_as_nse_and_spreadsheets_write_them_are_imported(factor: Run, home: Path, name: str) -> None:
    """By import and as FACTOR_UNIVERSE itself; a list without sectors takes those that are known."""
    text, expected = LISTS[name]
    (home / "list.csv").write_text(text)
    assert factor("universe", "import", "list.csv", FACTOR_UNIVERSE="u.csv").status == 0
    for file in ("u.csv", "list.csv"):
        rows = factor("universe", "list", "--json", FACTOR_UNIVERSE=file).results
        assert [(row["ticker"], row["sector"]) for row in rows] == expected


@pytest.mark.parametrize("cell", ["12.5", "INE467B01029", "1,234"])
def test_a_column_of_numbers_or_isins_is_no_sector(factor: Run, home: Path, cell: str) -> None:
    """A column called Industry that holds something else is refused with its cell."""
    (home / "list.csv").write_text(HEAD + f'Tata,"{cell}",TCS,EQ,INE467B01029\n')
    answer = factor("universe", "import", "list.csv")
    assert answer.status == 4
    assert all(part in answer.err for part in ("list.csv, row 2, column Industry", cell, "is not a sector"))
