"""Members as they were: dated lists of the universe, and the heatmaps of past days that are of them."""

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorcli import Factor
from factorcli.compose import build_member_lists, build_universe
from factorcli.config.settings import Settings
from factorcli.errors import InvalidOption
from factorcli.markets.market import INDIA
from factorcli.markets.members import MemberLists
from factorcli.markets.universe import SHIPPED_MEMBERS, Universe, shipped
from factorcli.prices.files import FileSource
from factorcli.prices.folder import PriceFolder
from tests.conftest import NOW, NSE, Run, needs_nse

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
PAST = ("--as-of", "2024-03-28")  # between the lists of 2023-08-31 and of 2024-04-23
HEAD = "Company Name,Industry,Symbol,Series,ISIN Code\n"
TCS = "Tata Consultancy Services Ltd.,Information Technology,TCS,EQ,INE467B01029\n"
ZOMATO = "Zomato Ltd.,Consumer Services,ZOMATO,EQ,INE758T01015\n"
GONE = "Gone Ltd.,Power,GONE,EQ,INE000A01011\n"
COMPANY = slice(9)  # of an ISIN: the issuer and the kind of security, which a split does not change


@pytest.fixture(scope="module")
def lists() -> MemberLists:
    """The lists that ship, without any of a user's own."""
    return MemberLists(Universe.load(), INDIA, Path("nowhere"), SHIPPED_MEMBERS[INDIA.id])


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@needs_nse
def test_the_members_on_the_day_of_a_list_are_that_list(lists: MemberLists) -> None:
    """Company by company, against the published lists read by themselves."""
    published: dict[date, set[str]] = {}
    for row in _read(Path(NSE, "universe", "members.csv")):
        published.setdefault(date.fromisoformat(row["seen_on"]), set()).add(row["isin"][COMPANY])
    assert lists.days == tuple(sorted(published))
    for day, companies in published.items():
        members = lists.on(day)
        assert members is not None
        assert (members.certainty, members.list_day, len(members.stocks)) == ("exact", day, len(companies))
        assert {stock.isin[COMPANY] for stock in members.stocks} == companies
        assert members.certain == {stock.ticker for stock in members.stocks}


@needs_nse
def test_a_renamed_stock_is_one_stock_under_its_present_ticker(lists: MemberLists) -> None:
    """Every rename of the lists: before and after it, the new ticker is a member and the old one is not."""
    renames = [r for r in _read(Path(NSE, "universe", "symbol_changes.csv")) if r["kind"] == "same_isin_renamed"]
    assert len(renames) == 20
    for row in renames:
        for day in lists.days:
            tickers = {stock.ticker for stock in lists.listed(day)}
            assert f"{row['old_symbol']}.NS" not in tickers
    first = {stock.ticker: stock for stock in lists.listed(lists.days[0])}
    assert first["ETERNAL.NS"].isin == "INE758T01015"  # listed as ZOMATO
    assert first["360ONE.NS"].isin == "INE466L01038"  # listed as IIFLWAM, under the ISIN before its split


def test_the_shipped_files_agree_with_each_other(lists: MemberLists) -> None:
    """Counts, companies that are there once, the bounds of each period, and the present universe as the last list."""
    days = [row["seen_on"] for row in _read(shipped("member_lists.csv"))]
    for row in _read(shipped("member_lists.csv")):
        stocks = lists.listed(date.fromisoformat(row["seen_on"]))
        assert len(stocks) == int(row["stocks"])
        assert max(Counter(stock.isin[COMPANY] for stock in stocks).values()) == 1
    for row in _read(shipped("members.csv")):
        first, last = days.index(row["from"]), days.index(row["to"])
        assert row["joined_after"] == (days[first - 1] if first else "")
        assert row["left_before"] == (days[last + 1] if last + 1 < len(days) else "")
    assert lists.listed(lists.days[-1]) == lists.universe.stocks
    assert lists.universe_day == lists.days[-1]
    assert lists.tickers == {stock.ticker for day in lists.days for stock in lists.listed(day)}


@settings(deadline=None)
@given(day=st.dates(date(2022, 1, 1), date(2027, 1, 1)))
def test_members_are_of_the_last_list_and_certain_where_the_next_one_agrees(lists: MemberLists, day: date) -> None:
    """On any day: the last list on or before it; certain is what holds in both lists around it."""
    members = lists.on(day)
    assert members is not None
    before, after = [d for d in lists.days if d <= day], [d for d in lists.days if d > day]
    assert members.list_day == (before[-1] if before else lists.days[0])
    assert members.stocks == lists.listed(members.list_day)
    assert members.certainty == (
        "exact" if day in lists.days else "before" if not before else "between" if after else "after"
    )
    if members.certainty == "between":
        both = set(lists.listed(before[-1])) & set(lists.listed(after[0]))
        assert members.certain == {stock.ticker for stock in both}
    elif members.certainty != "exact":
        assert not members.certain


def test_a_list_of_the_universe_as_it_was(factor: Run) -> None:
    """HDFC was a member until its merger; what is not certain is marked, and the notice says which list it is."""
    on_the_day = factor("universe", "list", "--as-of", "2023-06-16", "--json")
    assert "members on 2023-06-16 are those of the list of that day." in on_the_day.err
    by_ticker = {stock["ticker"]: stock for stock in on_the_day.results}
    assert by_ticker["HDFC.NS"] == {
        "ticker": "HDFC.NS",
        "name": "Housing Development Finance Corporation Ltd.",
        "sector": "Financial Services",
        "isin": "INE001A01036",
        "certain": True,
    }
    later = factor("universe", "list", "--as-of", "2023-07-31", "--json")
    assert "of the list of 2023-06-16; the next known list, of 2023-08-31, lacks 1 of them" in later.err
    assert [stock["ticker"] for stock in later.results if not stock["certain"]] == ["HDFC.NS"]
    banks = factor("universe", "list", "--as-of", "2023-07-31", "--sector", "financial")
    assert any(line.split()[0] == "HDFC.NS" and line.split()[-1] == "no" for line in banks.out.splitlines() if line)
    early = factor("universe", "list", "--as-of", "2020-01-01", "--json")
    assert "of the list of 2023-01-18, the first known one" in early.err
    assert "of the list of 2026-08-04, the last known one" in factor("universe", "list", "--as-of", "2026-11-01").err
    future = factor("universe", "list", "--as-of", "2030-01-01")
    assert (future.status, "in the future" in future.err) == (2, True)


def test_the_heatmap_of_a_past_day_is_of_its_members(factor: Run) -> None:
    """By default and with `dated`; the present members are another heatmap, and the two do not mix."""
    members = {stock["ticker"] for stock in factor("universe", "list", *PAST, "--json").results}
    computed = factor("heatmap", "compute", "--all", "--window", "252", *PAST, *DEMO, "--json")
    assert (computed.status, computed.results[0]["total"], computed.results[0]["pending"]) == (0, 502, 0)
    assert "dated_members: members on 2024-03-28 are those of the list of 2023-08-31" in computed.err
    for option in ((), ("--members", "dated")):
        shown = factor("heatmap", "show", *PAST, *DEMO, "--json", *option)
        (heatmap,) = shown.results
        assert {stock["ticker"] for stock in heatmap["stocks"]} == members
        assert (heatmap["members_of"], heatmap["as_of"]) == ("2023-08-31", "2024-03-28")
        assert "dated_members" in shown.err
    present = ("--members", "current")
    absent = factor("heatmap", "show", *PAST, *DEMO, *present)
    assert (absent.status, "--members current" in absent.err) == (4, True)
    assert factor("heatmap", "status", *PAST, *DEMO, *present, "--json").results[0]["computed"] == 0
    some = factor("heatmap", "compute", "TCS", "--window", "252", *PAST, *DEMO, *present)
    assert "present_members: members are the present ones, of the list of 2026-08-04" in some.err
    (heatmap,) = factor("heatmap", "show", *PAST, *DEMO, *present, "--json").results
    assert (heatmap["members_of"], heatmap["total"], len(heatmap["stocks"])) == ("2026-08-04", 500, 1)
    (again,) = factor("heatmap", "show", *PAST, *DEMO, "--json").results
    assert len(again["stocks"]) == 502


def test_a_heatmap_of_now_is_of_the_present_members_without_a_notice(factor: Run) -> None:
    """No day was asked for: nothing is said, and the list of the universe is named; `dated` is the same members."""
    assert factor("heatmap", "compute", "TCS", "--window", "252", *DEMO).err == ""
    for option in ((), ("--members", "current"), ("--members", "dated")):
        (heatmap,) = factor("heatmap", "show", *DEMO, *option, "--json").results
        assert (heatmap["members_of"], heatmap["total"], len(heatmap["stocks"])) == ("2026-08-04", 500, 1)


def test_who_was_no_member_is_refused_by_the_day_of_the_list(factor: Run) -> None:
    """And a word that is not known."""
    answer = factor("heatmap", "compute", "HDFC", *PAST, *DEMO)
    assert (answer.status, "HDFC.NS is not in the universe as of 2023-08-31" in answer.err) == (4, True)
    assert factor("heatmap", "show", *DEMO, "--members", "past").err == (
        "factor: members 'past' is not known: it can be dated, current.\n"
    )


@needs_nse
def test_a_past_member_without_prices_is_missing_with_its_code(factor: Run) -> None:
    """HDFC merged in 2023, and a folder of today's stocks does not have it."""
    ask = ("--as-of", "2023-06-30", "--source", str(Path(NSE, "nse")), "--json")
    computed = factor("heatmap", "compute", "HDFC", "TCS", "--window", "252", *ask)
    assert (computed.status, computed.results[0]["failed"]) == (3, 1)
    assert f"`factor heatmap status --failed --source {ask[3]} --as-of 2023-06-30`" in (
        factor("heatmap", "compute", "HDFC", "TCS", "--window", "252", *ask[:-1]).out
    )
    (heatmap,) = factor("heatmap", "show", *ask).results
    assert {"ticker": "HDFC.NS", "code": "unknown_ticker"} in heatmap["missing"]
    assert (len(heatmap["stocks"]), len(heatmap["missing"]), heatmap["total"]) == (1, 500, 501)


def test_a_universe_of_ones_own_has_the_lists_that_were_imported_for_it(factor: Run, home: Path) -> None:
    """Without a list `dated` is refused and a past day has the present members; a list is kept beside the universe."""
    own = {"FACTOR_UNIVERSE": str(home / "own.csv")}
    (home / "now.csv").write_text(HEAD + TCS + "Eternal Ltd.,Consumer Services,ETERNAL,EQ,INE758T01015\n")
    (home / "then.csv").write_text(HEAD + ZOMATO + GONE)
    assert factor("universe", "import", "now.csv", **own).status == 0
    compute = ("heatmap", "compute", "--all", "--window", "252", *PAST, *DEMO)
    refused = factor(*compute, "--members", "dated", **own)
    assert (refused.status, "this universe has no dated lists" in refused.err) == (2, True)
    assert factor("universe", "list", *PAST, **own).status == 2
    assert "present_members: members are the present ones, and not those on 2024-03-28" in factor(*compute, **own).err
    (heatmap,) = factor("heatmap", "show", *PAST, *DEMO, "--json", **own).results
    assert (heatmap["members_of"], heatmap["total"]) == (None, 2)

    added = factor("universe", "import", "then.csv", "--as-of", "2024-01-31", "--json", **own)
    assert added.results == [
        {"path": str(home / "own.members" / "2024-01-31.csv"), "stocks": 2, "dropped": {}, "as_of": "2024-01-31"}
    ]
    then = factor("universe", "list", *PAST, "--json", **own).results
    assert [(stock["ticker"], stock["name"]) for stock in then] == [
        ("ETERNAL.NS", "Eternal Ltd."),
        ("GONE.NS", "Gone Ltd."),
    ]
    computed = factor(*compute, "--json", **own)
    assert "of the list of 2024-01-31, the last known one" in computed.err
    (heatmap,) = factor("heatmap", "show", *PAST, *DEMO, "--json", **own).results
    assert (heatmap["members_of"], [s["ticker"] for s in heatmap["stocks"]]) == (
        "2024-01-31",
        ["ETERNAL.NS", "GONE.NS"],
    )
    assert [s["ticker"] for s in factor("universe", "list", "--json", **own).results] == ["ETERNAL.NS", "TCS.NS"]
    assert len(factor("universe", "list", *PAST, "--json").results) == 502  # the built-in one has its own


def test_a_list_of_the_built_in_universe_is_added_to_those_that_ship(factor: Run, home: Path) -> None:
    """It counts from its day to the next list; an imported universe does not take it over; a bad list adds nothing."""
    (home / "list.csv").write_text(HEAD + TCS + ZOMATO)
    said = factor("universe", "import", "list.csv", "--as-of", "2024-03-01")
    assert "Wrote 2 stocks to" in said.out
    assert "as the members on 2024-03-01" in said.out
    assert len(factor("universe", "list", "--as-of", "2024-02-29", "--json").results) == 502
    assert [s["ticker"] for s in factor("universe", "list", *PAST, "--json").results] == ["ETERNAL.NS", "TCS.NS"]
    assert len(factor("universe", "list", "--as-of", "2024-04-23", "--json").results) == 501
    assert factor("universe", "import", "list.csv", "--as-of", "2030-01-01").status == 2
    assert factor("universe", "import", "list.csv", "--as-of", "1800-01-01").status == 2
    (home / "bad.csv").write_text(HEAD)
    assert factor("universe", "import", "bad.csv", "--as-of", "2024-03-05").status == 4
    assert factor("universe", "import", "list.csv").status == 0
    assert factor("universe", "list", *PAST).status == 2


def test_a_damaged_list_is_named(factor: Run, home: Path) -> None:
    """The file of the day that is asked for, and no other day suffers."""
    (home / "list.csv").write_text(HEAD + TCS)
    assert factor("universe", "import", "list.csv", "--as-of", "2024-03-01").status == 0
    (path,) = (home / "data").rglob("2024-03-01.csv")
    path.write_text("ticker,name\n")
    (path.parent / "notes.csv").write_text("not a day\n")
    answer = factor("universe", "list", *PAST)
    assert (answer.status, "2024-03-01.csv" in answer.err) == (4, True)
    assert factor("universe", "list", "--as-of", "2023-06-16").status == 0


def test_the_library_has_the_members_of_a_day() -> None:
    """compute_heatmap says which list in a notice, heatmap in members_of; universe lists them."""
    factor = Factor(source="demo", now=NOW, cache=False)
    batch = factor.compute_heatmap(["HDFC", "TCS"], windows=[252], as_of="2023-06-30")
    assert [notice.code for notice in batch.notices] == ["dated_members"]
    heatmap = factor.heatmap(as_of=date(2023, 6, 30))
    assert ([stock.ticker for stock in heatmap.stocks], heatmap.members_of) == (
        ["HDFC.NS", "TCS.NS"],
        date(2023, 6, 16),
    )
    assert factor.heatmap_status(windows=[252], as_of="2023-06-30")[0].computed == 2
    assert factor.heatmap_status(windows=[252], as_of="2023-06-30", members="current")[0].computed == 0
    assert "HDFC.NS" in [stock.ticker for stock in factor.universe(as_of="2023-06-30")]
    assert "HDFC.NS" in str(factor.universe("Financial Services", as_of="2023-06-30"))
    with pytest.raises(InvalidOption, match="members 'all' is not known"):
        factor.heatmap(members="all")


def test_a_prior_of_a_past_day_is_of_the_members_of_that_day(factor: Run) -> None:
    """Betas shrunk on a past day come from that day's heatmap, as they would be computed without it."""
    ask = ("beta", "TCS", "--estimator", "vasicek", "--json", *PAST, *DEMO)
    (direct,) = factor(*ask).results
    assert factor("heatmap", "compute", "--all", "--window", "252", *PAST, *DEMO).status == 0
    (kept,) = factor(*ask, "--refresh").results
    assert direct["betas"] == kept["betas"]


@needs_nse
def test_todays_members_flatter_the_past(lists: MemberLists) -> None:
    """Mean annual return of the stocks, 2023-06-16 to 2025-09-17: about 33 % of today's list, 24 % of that day's."""
    source, start = FileSource(PriceFolder(str(Path(NSE, "nse"))), INDIA), date(2023, 6, 16)

    def mean_return(day: date) -> tuple[int, float]:
        members = {stock.ticker for stock in lists.listed(day)}
        panel = source.prices(sorted(members & source.listed()))
        columns = [i for i, ticker in enumerate(panel.tickers) if ticker in members]
        closes = panel.closes[np.searchsorted(panel.dates, np.datetime64(start)) :, columns]
        whole = closes[:, np.isfinite(closes[[0, -1]]).all(axis=0)]
        years = (date(2025, 9, 17) - start) / timedelta(days=365.25)
        return whole.shape[1], float(np.mean((whole[-1] / whole[0]) ** (1 / years) - 1))

    (count, today), (past_count, past) = mean_return(lists.days[-1]), mean_return(start)
    assert (count, past_count) == (429, 410)
    assert today == pytest.approx(0.333, abs=0.01)
    assert past == pytest.approx(0.242, abs=0.01)


def test_an_imported_universe_has_lists_of_its_own(tmp_path: Path) -> None:
    """The package's lists are those of the package's universe only."""
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + TCS)
    own = Settings(universe=path)
    lists = build_member_lists(own, build_universe(own, INDIA), INDIA)
    assert (lists.days, lists.universe_day, lists.on(date(2024, 1, 1)), lists.tickers) == ((), None, None, frozenset())
