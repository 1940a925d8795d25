"""A team's cache: what one machine computes, the others have; and what must stay where it is."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest

from factorcli.model.specification import Specification
from factorcli.ports import no_progress
from factorcli.service.exposures import ExposureService
from factorcli.service.heatmap import HeatmapService
from tests.conftest import Run
from tests.kept_heatmaps import kept_rows
from tests.machines import Machine
from tests.supabase_stack import Stack
from tests.yahoo import LoopbackYahoo, faults

pytestmark = pytest.mark.shared

Machines = Callable[..., Machine]
ASK = ("beta", "TCS", "--json")
ABSENT = ("ABB.NS", "TRENT.NS", "ZYDUSLIFE.NS")
LATER = {"FACTOR_NOW": "2026-11-20T20:00:00+05:30"}
MONDAY = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30", "CACHE_TTL_HOURS": "100"}


def _written(stack: Stack, table: str) -> int:
    return sum(request.startswith(f"POST /{table}") for request in stack.proxy.requests)


@pytest.mark.installed
def test_a_beta_of_one_machine_is_the_others_answer(machine: Machines, supabase: Stack, yahoo: LoopbackYahoo) -> None:
    """Equal to the last digit, with its own time, also for decompose; then kept on the disk of the other."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    (first,) = a.installed(*ASK).results
    assert yahoo.charts("TCS.NS")
    yahoo.forget()
    answer = b.installed(*ASK, **LATER)
    (second,) = answer.results
    (third,) = b(*ASK, **LATER).results
    assert answer.err == ""
    assert [r["cache"].pop("hit") for r in (first, second, third)] == [None, "supabase", "disk"]
    assert first == second == third
    assert first["cache"]["computed_at"] == "2026-11-20T12:30:00Z"
    for method in ("euler", "lmg"):
        ask = ("decompose", "TCS", "--json", "--method", method)
        (mine,), (theirs,) = a(*ask).results, b(*ask, **LATER).results
        assert mine == theirs
    assert yahoo.requests == []


@pytest.mark.slow
def test_a_heatmap_of_one_machine_is_complete_on_another(
    machine: Machines, supabase: Stack, yahoo: LoopbackYahoo
) -> None:
    """500 stocks over three windows, failures too, to the digit, without a request to Yahoo, in few requests."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    for ticker in ABSENT:
        yahoo.fault(ticker, faults.Delisted())
    assert a("heatmap", "compute", "--all").status == 3
    assert len(supabase.proxy.requests) <= 9
    assert _written(supabase, "heatmap_cache") == 3
    assert _written(supabase, "heatmap_history") == 1
    supabase.proxy.requests.clear()
    yahoo.forget()
    theirs = b("heatmap", "status", "--json")
    assert (theirs.status, theirs.err) == (0, "")
    for status in theirs.results:
        assert (status["state"], status["computed"], status["failed"]) == ("complete", 497, 3)
        assert status["started_at"] == "2026-11-20T12:30:00Z"
    assert theirs.out == a("heatmap", "status", "--json").out
    assert len(supabase.proxy.requests) == 3
    for window in ("126", "252", "504"):
        show = ("heatmap", "show", "--window", window, "--json")
        assert b(*show).out == a(*show).out
    again = b("heatmap", "compute", "WIPRO", "TCS", "--json")
    assert (again.status, again.err) == (0, "")
    assert yahoo.requests == []
    assert len(supabase.proxy.requests) == 3


def test_a_heatmap_is_as_new_as_the_newest_machines(machine: Machines, supabase: Stack) -> None:
    """Kept until computed again: an older one on disk gives way to the team's newer one."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)

    def compute(**env: str) -> None:
        heatmaps = HeatmapService(a.context([], **env))
        heatmaps.compute(("TCS.NS", "INFY.NS"), (252,), Specification(), force=False, progress=no_progress)

    def shown(**env: str) -> tuple[str, bool, int]:
        heatmap = HeatmapService(b.context([], **env)).show(Specification())
        return str(heatmap.as_of), heatmap.stale, len(heatmap.stocks)

    compute()
    assert shown() == ("2026-11-20", False, 2)
    assert shown(**MONDAY) == ("2026-11-20", True, 2)
    compute(**MONDAY)
    assert shown(FACTOR_NOW="2026-11-24T18:00:00+05:30") == ("2026-11-23", True, 2)
    assert shown(**MONDAY) == ("2026-11-23", False, 2)


def test_another_question_is_a_miss(machine: Machines, supabase: Stack) -> None:
    """Window, basis, errors and rate are part of the question; a day, a path and a typed name stay on a machine."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.service_key)
    ExposureService(a.context([])).beta(("TCS",), Specification())
    for query, typed, options, requests in [
        (Specification(window=126), "TCS", {}, ["GET", "POST"]),
        (Specification(basis="spread"), "TCS", {}, ["GET", "POST"]),
        (Specification(covariance="hc1"), "TCS", {}, ["GET", "POST"]),
        (Specification(estimator="ewma", half_life=42.0), "TCS", {}, ["GET", "POST"]),
        (Specification(estimator="ewma", half_life=42.00001), "TCS", {}, ["GET", "POST"]),
        (Specification(), "TCS", {"RISK_FREE_RATE": "0.05"}, ["GET", "POST"]),
        (Specification(as_of=date(2026, 11, 20)), "INFY", {}, []),
        (Specification(rolling=True), "TCS", {}, []),
        (Specification(), "ZOMATO.NS", {}, []),
        (Specification(), "TCS", {"cached": False}, []),
        (Specification(), "TCS", {"refresh": True}, ["POST"]),
    ]:
        supabase.proxy.requests.clear()
        said: list[str] = []
        (result,) = ExposureService(b.context(said, **LATER, **options)).beta((typed,), query).results
        assert (said, result.cache.hit) == ([], None), (query, options)
        assert [request.split()[0] for request in supabase.proxy.requests] == requests, (query, options)
    (theirs,) = (
        ExposureService(machine("c", supabase.anon_key).context([], **LATER)).beta(("TCS",), Specification()).results
    )
    assert (theirs.cache.hit, theirs.cache.computed_at) == ("supabase", "2026-11-20T14:30:00Z")


def test_time_ends_an_answers_life(machine: Machines, supabase: Stack) -> None:
    """The hours of whoever wrote, the hours of whoever reads, and the close of a newer session."""

    def hit(moment: str, hours: str) -> str | None:
        context = machine(moment, supabase.anon_key).context([], FACTOR_NOW=f"{moment}+05:30", CACHE_TTL_HOURS=hours)
        return ExposureService(context).beta(("TCS",), Specification()).results[0].cache.hit

    ExposureService(machine("a", supabase.service_key).context([], CACHE_TTL_HOURS="30")).beta(
        ("TCS",), Specification()
    )
    assert hit("2026-11-20T18:59:00", "1") == "supabase"
    assert hit("2026-11-20T19:01:00", "1") is None
    assert hit("2026-11-21T23:59:00", "100") == "supabase"
    assert hit("2026-11-22T00:01:00", "100") is None
    assert hit("2026-11-19T18:00:00", "100") is None
    ExposureService(machine("b", supabase.service_key).context([], refresh=True, CACHE_TTL_HOURS="100")).beta(
        ("TCS",), Specification()
    )
    assert hit("2026-11-23T15:59:00", "100") == "supabase"
    assert hit("2026-11-23T16:00:00", "100") is None


def test_the_same_rates_from_another_file_are_the_same_rates(machine: Machines, supabase: Stack) -> None:
    """What is in the file is part of an answer, not where it lies."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    for one, name in ((a, "rates.csv"), (b, "other.csv")):
        (one.home / name).write_text("date,rate\n2010-01-01,0.07\n")
        one.environment["RISK_FREE_RATE"] = name
    assert [one(*ASK).results[0]["cache"]["hit"] for one in (a, b)] == [None, "supabase"]


def test_names_are_those_of_ones_own_universe(machine: Machines, supabase: Stack) -> None:
    """Another universe has the same numbers under other names."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    a(*ASK)
    (b.home / "u.csv").write_text("ticker,name,sector,isin\nTCS.NS,My name,My sector,X1\n")
    (theirs,) = b(*ASK, FACTOR_UNIVERSE="u.csv").results
    assert (theirs["cache"]["hit"], theirs["name"], theirs["sector"]) == ("supabase", "My name", "My sector")


def test_only_yahoos_results_are_shared(machine: Machines, supabase: Stack) -> None:
    """Neither the demo's nor a folder's reach a team's cache, nor is it asked for them."""
    a = machine("a", supabase.service_key)
    for words in (ASK, ("heatmap", "compute", "TCS"), ("heatmap", "status"), ("decompose", "INFY")):
        assert a(*words, "--source", "demo").status == 0
    assert supabase.proxy.requests == []


def test_a_local_answer_opens_no_connection_and_loads_no_client(machine: Machines, supabase: Stack) -> None:
    """Read from sys.modules, and from what the server saw."""
    a = machine("a", supabase.service_key)
    a(*ASK)
    supabase.proxy.requests.clear()
    code = (
        f"import socket, sys\nsys.argv = {['factor', *ASK]!r}\n"
        "def refuse(*_): raise AssertionError('a connection')\nsocket.socket.connect = refuse\n"
        "from factorcli.cli.app import main\ntry:\n    main()\n"
        "finally:\n    print('\\n', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=a.home, env=a.environment
    )
    assert json.loads(done.stdout)["results"][0]["cache"]["hit"] == "disk"
    assert not {"supabase", "postgrest", "httpx", "pandas", "yfinance", "numpy"} & set(done.stderr.split())
    assert supabase.proxy.requests == []


def test_a_key_that_may_only_read_reads_on_and_says_so_once(machine: Machines, supabase: Stack) -> None:
    """A heatmap computed with the anon key is whole on this machine; what others share is read as before."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    a("heatmap", "compute", "TCS", "-w", "252")
    done = b("heatmap", "compute", "TCS", "INFY", "WIPRO", "--json", "-w", "252", "-w", "126")
    assert done.status == 0
    assert done.err.count("\n") == 1
    assert "may read the shared cache, but not write" in done.err
    assert [status["computed"] for status in done.results] == [3, 3]
    assert supabase.sql("select count(*) from public.heatmap_cache;").split()[-1] == "1"
    a("beta", "HDFCBANK")
    assert b("beta", "HDFCBANK", "--json").results[0]["cache"]["hit"] == "supabase"


def test_what_yahoo_refused_to_one_machine_is_no_news_for_the_others(
    machine: Machines, supabase: Stack, yahoo: LoopbackYahoo
) -> None:
    """A failure that will pass stays on the machine, and does not replace what the team has."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.service_key)
    some = ("heatmap", "compute", "TCS", "INFY", "ABB", "-w", "252", "--json")
    yahoo.fault("ABB.NS", faults.Delisted())
    (good,) = a(*some).results
    yahoo.fault("TCS.NS", faults.Status(503))
    (bad,) = b(*some, "--refresh", **LATER).results
    assert [good["failed"], bad["failed"]] == [1, 2]
    (status,) = machine("c", supabase.anon_key)("heatmap", "status", "-w", "252", "--json").results
    assert (status["computed"], [failure["ticker"] for failure in status["failures"]]) == (2, ["ABB.NS"])


@pytest.mark.slow
@pytest.mark.installed
def test_an_interrupted_run_shares_what_it_did(machine: Machines, supabase: Stack) -> None:
    """Ctrl-C after the first block: the team has what this machine has."""
    a = machine("a", supabase.service_key)
    database = a.home / "cache" / "factorcli" / "cache.db"

    def rows() -> int:
        with suppress(sqlite3.OperationalError):  # the table is being made
            return len(kept_rows(a.home))
        return 0

    with a.start("heatmap", "compute", "--all", "-w", "252", YAHOO_RATE="25") as run:
        deadline = time.monotonic() + 60
        while not (database.exists() and rows()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "what was done is kept" in said
    assert 100 <= rows() < 500
    assert int(supabase.sql("select count(*) from public.heatmap_cache;").split()[-1]) == rows()


def test_info_tells_of_both_tiers(machine: Machines, supabase: Stack) -> None:
    """Rows, size, times, and what each key may do; in a table too."""
    a, b, c = machine("a", supabase.service_key), machine("b", supabase.anon_key), machine("c")
    a("beta", "TCS", "INFY")
    a("heatmap", "compute", "TCS", "-w", "252")
    local, remote = a("cache", "info", "--json").results
    assert (local["tier"], local["can_read"], local["can_write"]) == ("disk", True, True)
    assert remote.pop("bytes") > 0
    assert remote == {
        "tier": "supabase", "location": supabase.proxy.url.removeprefix("http://"), "rows": 4,
        "oldest": "2026-11-20T12:30:00Z", "newest": "2026-11-20T12:30:00Z", "can_read": True, "can_write": True,
    }  # fmt: skip
    assert b("cache", "info", "--json").results[1]["can_write"] is False
    assert "read only" in b("cache", "info").out
    assert [tier["tier"] for tier in c("cache", "info", "--json").results] == ["disk"]
    lost = a("cache", "info", "--json", SUPABASE_URL="http://127.0.0.1:1")
    assert (lost.status, lost.results[1]["can_read"], lost.results[1]["rows"]) == (0, False, None)
    assert "cannot be reached" in lost.err


def test_clear_removes_the_part_that_is_named(machine: Machines, supabase: Stack) -> None:
    """The team's only with --yes and a key that may; otherwise this machine's."""
    a, b = machine("a", supabase.service_key), machine("b", supabase.anon_key)
    a(*ASK)
    b(*ASK)
    rows = "select count(*) from public.factor_betas_cache;"
    refused = b("cache", "clear", "--remote", "--yes", "--json")
    assert (refused.status, refused.codes) == (5, ["read_only_key"])
    unsure = a("cache", "clear", "--remote", "--json")
    assert (unsure.status, unsure.codes) == (2, ["invalid_option"])
    assert machine("c")("cache", "clear", "--remote", "--yes").status == 2
    a("cache", "clear")
    assert supabase.sql(rows).split()[-1] == "1"
    assert a(*ASK).results[0]["cache"]["hit"] == "supabase"
    assert "Removed 1 rows of the shared cache" in a("cache", "clear", "--remote", "--yes").err
    assert supabase.sql(rows).split()[-1] == "0"
    assert a(*ASK).results[0]["cache"]["hit"] == "disk"


def test_what_can_be_no_ticker_does_not_trouble_the_team(machine: Machines, supabase: Stack) -> None:
    """A NUL, half a surrogate or a novel is not asked for, so that one question cannot open the breaker for others."""
    said: list[str] = []
    context = machine("a", supabase.anon_key).context(said)
    batch = ExposureService(context).beta(("A\0B", "\ud800", "A" * 10_000, 'A"B,(C)\\'), Specification())
    assert {failure.code for failure in batch.failures} == {"unknown_ticker"}
    assert said == []
    assert len(supabase.proxy.requests) == 1


@pytest.mark.parametrize("hours", ["0", "-1", "a day", "nan", "inf"])
def test_hours_that_are_none_are_refused_by_name(factor: Run, hours: str) -> None:
    """CACHE_TTL_HOURS is a number above 0."""
    answer = factor(*ASK, "--source", "demo", CACHE_TTL_HOURS=hours)
    assert (answer.status, answer.codes) == (2, ["invalid_setting"])
    assert "CACHE_TTL_HOURS" in answer.err
