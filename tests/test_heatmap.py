"""The heatmap: computed, resumed, followed, shown; equal to beta to the last digit."""

import csv
import io
import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from statistics import fmean, median

import numpy as np
import pytest

from tests.conftest import NSE, Run, command, needs_nse
from tests.kept_heatmaps import kept_blocks, kept_rows
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli

CODES = ["MKT", "VAL", "MOM", "SZ", "VOL"]
DEMO = ("--source", "demo")
STATUS = {
    "window", "state", "total", "computed", "failed", "pending", "percent", "as_of", "started_at", "updated_at",
    "eta_seconds", "failures",
}  # fmt: skip


def test_the_documents_have_exactly_the_keys_of_the_contract(factor: Run) -> None:
    """Statuses of compute and status, and the heatmap, nested keys included."""
    computed = factor("heatmap", "compute", "--sector", "Power", *DEMO, "--json")
    assert computed.status == 0
    for document in (computed.document, factor("heatmap", "status", *DEMO, "--json").document):
        assert document["schema"] == "factor.heatmap-status/1"
        assert [s["window"] for s in document["results"]] == [126, 252, 504]
        for status in document["results"]:
            assert set(status) == STATUS
            assert (status["state"], status["total"], status["computed"], status["pending"]) == (
                "partial",
                500,
                17,
                483,
            )
            assert status["percent"] == pytest.approx(3.4)
    (shown,) = factor("heatmap", "show", *DEMO, "--json").results
    assert set(shown) == {
        "window", "as_of", "computed_at", "stale", "total", "model", "source", "stocks", "sectors", "missing",
        "members_of",
    }  # fmt: skip
    assert set(shown["stocks"][0]) == {
        "ticker", "name", "sector", "betas", "t_stats", "q_values", "market_beta", "down_beta",
        "alpha_annual", "r_squared",
        "observations",
    }  # fmt: skip
    assert set(shown["sectors"][0]) == {"sector", "count", "betas", "median_betas", "r_squared"}
    assert shown["missing"][0] == {"ticker": "360ONE.NS", "code": "pending"}
    assert len(shown["stocks"]) + len(shown["missing"]) == shown["total"] == 500


def test_the_heatmap_equals_beta_to_the_last_digit(factor: Run) -> None:
    """Every stock of a sector, computed in one process, asked for one by one or together in others."""
    factor("heatmap", "compute", "--all", *DEMO)
    (shown,) = factor("heatmap", "show", *DEMO, "--json").results
    assert (len(shown["stocks"]), shown["missing"]) == (500, [])
    chosen = [stock for stock in shown["stocks"] if stock["sector"] == "Realty"]
    together = factor("beta", *(stock["ticker"] for stock in chosen), *DEMO, "--json").results
    alone = factor("beta", chosen[3]["ticker"], *DEMO, "--json", "--no-cache").results
    for stock, result in [*zip(chosen, together, strict=True), (chosen[3], alone[0])]:
        assert stock["betas"] == {code: result["betas"][code]["beta"] for code in CODES}
        assert stock["t_stats"] == {code: result["betas"][code]["t_stat"] for code in CODES}
        assert stock["market_beta"] == result["market_model"]["beta"]
        for key, value in (("alpha_annual", result["alpha"]["annual"]), ("r_squared", result["r_squared"])):
            assert stock[key] == value
        assert (stock["observations"], stock["name"]) == (result["observations"], result["name"])


def test_sector_aggregates_are_those_of_their_stocks(factor: Run) -> None:
    """Mean and median betas and mean R², recomputed."""
    factor("heatmap", "compute", "--all", "--window", "126", *DEMO)
    (shown,) = factor("heatmap", "show", "--window", "126", *DEMO, "--json").results
    assert sum(sector["count"] for sector in shown["sectors"]) == 500
    for sector in shown["sectors"]:
        members = [stock for stock in shown["stocks"] if stock["sector"] == sector["sector"]]
        assert len(members) == sector["count"]
        for code in CODES:
            assert sector["betas"][code] == pytest.approx(fmean(m["betas"][code] for m in members), rel=1e-12)
            assert sector["median_betas"][code] == median(m["betas"][code] for m in members)
        assert sector["r_squared"] == pytest.approx(fmean(m["r_squared"] for m in members), rel=1e-12)


@needs_nse
def test_the_real_universe_is_computed_whole(factor: Run) -> None:
    """500 members, three windows: computed + failed = 500, and each failure has a code and a sentence."""
    source = ("--source", f"{NSE}/nse")
    assert factor("heatmap", "compute", "--all", *source).status == 3
    for status in factor("heatmap", "status", *source, "--json").results:
        assert (status["total"], status["pending"], status["state"]) == (500, 0, "complete")
        assert status["computed"] + status["failed"] == 500 == status["computed"] + len(status["failures"])
        assert {f["code"] for f in status["failures"]} <= {"unknown_ticker", "insufficient_history", "stale_series"}
        assert all(f["ticker"] in f["message"] for f in status["failures"])
    (shown,) = factor("heatmap", "show", *source, "--json").results
    tickers = [stock["ticker"] for stock in shown["stocks"]]
    results = factor("beta", *tickers, *source, "--json").results
    for stock, result in zip(shown["stocks"], results, strict=True):
        assert stock["betas"] == {code: result["betas"][code]["beta"] for code in CODES}
    assert "unknown_ticker" in factor("heatmap", "status", "--failed", *source).out


def test_a_second_run_computes_only_what_is_wanted(factor: Run, home: Path) -> None:
    """What is there stays as it was; --force computes it again; new tickers are added."""
    factor("heatmap", "compute", "TCS", "INFY", *DEMO)
    first = kept_rows(home)
    assert len(first) == 6
    later = {"FACTOR_NOW": "2026-11-20T19:00:00+05:30"}
    factor("heatmap", "compute", "TCS", "INFY", "WIPRO", *DEMO, **later)
    second = kept_rows(home)
    assert len(second) == 9
    assert all(second[key] == value for key, value in first.items())
    factor("heatmap", "compute", "TCS", "--force", *DEMO, **later)
    assert sum(kept_rows(home)[key] != value for key, value in first.items()) == 3


def test_a_newer_session_makes_the_heatmap_stale_until_computed_again(factor: Run) -> None:
    """It is still shown, with its date; the next run replaces it."""
    factor("heatmap", "compute", "TCS", "-w", "252", *DEMO)
    monday = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}
    show = ("heatmap", "show", *DEMO, "--json")
    (old,) = factor(*show, **monday).results
    assert (old["as_of"], old["stale"]) == ("2026-11-20", True)
    assert "STALE" in factor("heatmap", "show", *DEMO, **monday).out
    factor("heatmap", "compute", "TCS", "-w", "252", *DEMO, **monday)
    (new,) = factor(*show, **monday).results
    assert (new["as_of"], new["stale"]) == ("2026-11-23", False)


def test_a_heatmap_is_of_one_day(factor: Run) -> None:
    """After a newer session one stock computed anew does not make the others look new; nor does status say so."""
    factor("heatmap", "compute", "--sector", "Power", "-w", "252", *DEMO)
    monday = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}
    factor("heatmap", "compute", "NTPC", "-w", "252", *DEMO, **monday)
    (shown,) = factor("heatmap", "show", *DEMO, "--json", **monday).results
    assert (shown["as_of"], shown["stale"], len(shown["stocks"])) == ("2026-11-20", True, 16)
    assert {"ticker": "NTPC.NS", "code": "pending"} in shown["missing"]
    (status,) = factor("heatmap", "status", "-w", "252", *DEMO, "--json", **monday).results
    assert (status["as_of"], status["computed"], status["pending"]) == ("2026-11-20", 16, 484)


def test_a_clock_set_back_sees_no_future(factor: Run, tmp_path: Path, home: Path) -> None:
    """Rows of a day that the clock has not reached are not there, for the demo and for files."""
    (home / "u.csv").write_text("ticker,name,sector,isin\nS0.NS,n,x,I\n")
    source = str(write_wide(tmp_path / "p.csv", market()))
    for ask, env in (
        (("--source", source), {"FACTOR_UNIVERSE": "u.csv"}),
        (DEMO, {}),
    ):
        stock = "S0.NS" if env else "TCS.NS"
        back = {**env, "FACTOR_NOW": "2026-11-17T18:00:00+05:30"}
        factor("heatmap", "compute", stock, "-w", "252", *ask, **env)
        assert factor("heatmap", "show", *ask, **back).status == 4
        assert factor("heatmap", "compute", stock, "-w", "252", *ask, **back).status == 0
        (shown,) = factor("heatmap", "show", *ask, "--json", **back).results
        (beta,) = factor("beta", stock, *ask, "--json", **back).results
        assert shown["as_of"] == beta["as_of"] == "2026-11-17"
        assert shown["stocks"][0]["r_squared"] == beta["r_squared"]


def test_a_saturday_session_counts_on_its_weekend(factor: Run, tmp_path: Path, home: Path) -> None:
    """NSE trades on some Saturdays: on the Sunday after, that day is as of, for heatmap and --as-of alike."""
    (home / "u.csv").write_text("ticker,name,sector,isin\nS0.NS,n,x,I\n")
    days = np.append(weekdays(299), np.datetime64("2026-11-21"))
    source = str(write_wide(tmp_path / "p.csv", market(), days))
    sunday = {"FACTOR_NOW": "2026-11-22T18:00:00+05:30", "FACTOR_UNIVERSE": "u.csv"}
    assert factor("heatmap", "compute", "--all", "-w", "252", "--source", source, **sunday).status == 0
    (shown,) = factor("heatmap", "show", "--json", "--source", source, **sunday).results
    assert (shown["as_of"], shown["stale"]) == ("2026-11-21", False)
    for day in ("2026-11-20", "2026-11-21"):
        (result,) = factor("beta", "S0.NS", "--json", "--source", source, "--as-of", day, **sunday).results
        assert result["as_of"] == day


def test_a_universe_with_old_names_is_computed_whole(factor: Run, home: Path) -> None:
    """Old, new and lower-case names of a hand-made universe each have their row."""
    (home / "u.csv").write_text("ticker,name,sector,isin\nTATAMOTORS.NS,a,Auto,X1\nTMPV.NS,b,Auto,X2\ntcs.ns,c,IT,X3\n")
    answer = factor("heatmap", "compute", "--all", *DEMO, "--json", FACTOR_UNIVERSE="u.csv")
    assert answer.status == 0, answer.err
    assert all((s["computed"], s["pending"]) == (3, 0) for s in answer.results)


@needs_nse
def test_the_exit_status_is_that_of_what_was_asked(factor: Run) -> None:
    """Failures of stocks that were not asked for do not count; none computed is 4; show says why."""
    source = ("--source", f"{NSE}/nse", "-w", "252")
    assert factor("heatmap", "compute", "RELIANCE", "CANHLIFE", *source).status == 3
    assert factor("heatmap", "compute", "RELIANCE", *source).status == 0
    assert factor("heatmap", "compute", "CANHLIFE", *source).status == 4
    assert factor("heatmap", "compute", "RELIANCE", "-w", "9999", *source[:2]).status == 4
    nothing = factor("heatmap", "show", "-w", "9999", *source[:2])
    assert (nothing.status, "9999" in nothing.err) == (4, True)


def test_show_advises_the_command_that_helps(factor: Run) -> None:
    """The advice carries the options of the question; following it, the heatmap is there."""
    ask = ("--basis", "spread", "--cov", "hc1", "--as-of", "2026-11-18")
    refused = factor("heatmap", "show", *DEMO, *ask)
    advised = refused.err.partition("`factor ")[2].partition("`")[0].split()
    assert {"--basis", "spread", "--cov", "hc1", "--as-of", "2026-11-18"} <= set(advised)
    assert factor(*advised).status == 0
    assert factor("heatmap", "show", *DEMO, *ask).status == 0


def test_failures_are_kept_and_tried_again(factor: Run, home: Path, tmp_path: Path) -> None:
    """A stock without prices fails with code and sentence; when its prices come, it is computed."""
    (home / "u.csv").write_text("ticker,name,sector,isin\n" + "".join(f"S{i}.NS,n{i},x,I{i}\n" for i in range(3)))
    prices = market()
    gone = prices.pop("S1.NS")
    source = write_wide(tmp_path / "p" / "a.csv", prices).parent
    ask = ("heatmap", "compute", "--all", "-w", "252", "--json", "--source", str(source))
    answer = factor(*ask, FACTOR_UNIVERSE="u.csv")
    (status,) = answer.results
    assert (answer.status, status["computed"], status["failed"]) == (3, 2, 1)
    assert [(f["ticker"], f["code"]) for f in status["failures"]] == [("S1.NS", "unknown_ticker")]
    assert answer.codes == ["unknown_ticker"]
    write_wide(source / "b.csv", {"S1.NS": gone})
    answer = factor(*ask, FACTOR_UNIVERSE="u.csv")
    assert (answer.status, answer.results[0]["computed"]) == (0, 3)


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("show",), 4, "heatmap_not_computed"),
        (("status",), 0, None),
        (("compute",), 2, "invalid_option"),
        (("compute", "--all", "--sector", "Power"), 2, "invalid_option"),
        (("compute", "--sector", "Nothing"), 2, "invalid_option"),
        (("compute", "AAPL"), 4, "unknown_ticker"),
        (("compute", "--all", "--window", "7"), 2, "invalid_window"),
        (("show", "--sort", "beauty"), 2, "invalid_option"),
    ],
)
def test_odd_questions_get_their_sentence(factor: Run, words: tuple[str, ...], status: int, code: str | None) -> None:
    """An empty cache, no stocks named, unknown names: one line, the status of the contract."""
    answer = factor("heatmap", *words, *DEMO, "--json")
    assert answer.status == status, answer.err
    assert answer.codes == ([code] if code else [])
    assert answer.err.count("\n") == (1 if code else 0)


def test_show_sorts_cuts_and_prints_csv(factor: Run) -> None:
    """--sort puts the largest first, --top keeps so many, --csv has a row a stock."""
    factor("heatmap", "compute", "--sector", "Information", "-w", "252", *DEMO)
    show = ("heatmap", "show", *DEMO, "--sort", "SZ", "--top", "5")
    stocks = factor(*show, "--json").results[0]["stocks"]
    sizes = [stock["betas"]["SZ"] for stock in stocks]
    assert (len(sizes), sizes) == (5, sorted(sizes, reverse=True))
    rows = list(csv.DictReader(io.StringIO(factor(*show, "--csv").out)))
    assert [float(row["betas.SZ"]) for row in rows] == sizes
    table = factor("heatmap", "show", *DEMO, "--sector", "information technology").out
    assert "Information Technology" in table
    assert "median" in table
    assert "TCS.NS" in table


@pytest.mark.installed
@pytest.mark.slow
def test_a_killed_run_is_resumed(environment: dict[str, str], factor: Run, home: Path, tmp_path: Path) -> None:
    """kill −9 at twenty random moments: rows that were stored stay as they are, and no lock is left."""
    (home / "u.csv").write_text("ticker,name,sector,isin\n" + "".join(f"S{i}.NS,n{i},x,I{i}\n" for i in range(350)))
    source = str(write_wide(tmp_path / "p.csv", market(stocks=350)))
    env = {**environment, "FACTOR_UNIVERSE": "u.csv"}
    env.pop("FACTOR_NOW")  # so that rows carry the second they were computed in
    arguments = ["heatmap", "compute", "--all", "-w", "126", "-w", "252", "--source", source]
    draw, stored = random.Random(11), {}
    for _ in range(20):
        run = subprocess.Popen([command(), *arguments], cwd=home, env=env, stdout=-3, stderr=-3)
        time.sleep(draw.uniform(0.1, 1.1))
        run.send_signal(signal.SIGKILL)
        run.wait()
        if (home / "cache" / "factorcli" / "cache.db").exists():
            try:
                rows = kept_rows(home)
            except sqlite3.OperationalError:  # killed before there was a table
                continue
            assert all(rows[key] == value for key, value in stored.items())
            stored = rows
    done = subprocess.run([command(), *arguments], cwd=home, env=env, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    rows = kept_rows(home)
    assert len(rows) == 700
    assert all(rows[key] == value for key, value in stored.items())
    assert not list((home / "cache" / "factorcli").glob("*.lock*"))
    ask = ("heatmap", "show", "--json", "--source", source)
    (resumed,) = factor(*ask, FACTOR_UNIVERSE="u.csv").results
    factor("heatmap", "compute", "--all", "-w", "252", "--force", "--source", source, FACTOR_UNIVERSE="u.csv")
    (whole,) = factor(*ask, FACTOR_UNIVERSE="u.csv").results
    assert resumed["stocks"] == whole["stocks"]
    assert resumed["sectors"] == whole["sectors"]


@pytest.mark.installed
@pytest.mark.slow
def test_eight_processes_at_once_lose_nothing(environment: dict[str, str], factor: Run, home: Path) -> None:
    """One computes, or several one after the other; the others name who holds the lock and leave."""
    arguments = [command(), "heatmap", "compute", "--all", *DEMO]
    runs = [subprocess.Popen(arguments, cwd=home, env=environment, stdout=-1, stderr=-1, text=True) for _ in range(8)]
    ended = [(*run.communicate(timeout=120), run.returncode) for run in runs]
    assert {status for _, _, status in ended} <= {0, 4}
    assert any(status == 0 for _, _, status in ended)
    for _, err, status in ended:
        assert ("Another run computes this heatmap (process" in err) is (status == 4)
        assert err.count("\n") == (status == 4)
    for status in factor("heatmap", "status", *DEMO, "--json").results:
        assert (status["state"], status["computed"]) == ("complete", 500)
    assert len(kept_rows(home)) == 1500
    assert len(kept_blocks(home)) == 3
    assert not list((home / "cache" / "factorcli").glob("*.lock*"))


@pytest.mark.installed
def test_status_says_that_a_run_is_under_way(factor: Run, environment: dict[str, str], home: Path) -> None:
    """While the lock is held the state is `running`; a stopped process holds it still."""
    run = subprocess.Popen(
        [command(), "heatmap", "compute", "--all", *DEMO], cwd=home, env=environment, stdout=-3, stderr=-3
    )
    folder = home / "cache" / "factorcli"
    deadline = time.monotonic() + 30
    while not list(folder.glob("*.note")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGSTOP)
    try:
        states = {status["state"] for status in factor("heatmap", "status", *DEMO, "--json").results}
        busy = factor("heatmap", "compute", "TCS", *DEMO, "--json")
    finally:
        os.kill(run.pid, signal.SIGCONT)
    assert states == {"running"}
    assert (busy.status, busy.codes) == (4, ["busy"])
    assert f"process {run.pid}" in busy.err
    assert run.wait(60) == 0
