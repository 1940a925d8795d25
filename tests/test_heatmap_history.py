"""The history of heatmaps: the days of a schedule, each that of its own run; kept, listed, shown and exported."""

import csv
import io
import json
import signal
import subprocess
import time
from calendar import monthrange
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyarrow import parquet

from factorcli import Factor, HeatmapNotComputed
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.frequency import DAILY, MONTHLY, WEEKLY, finished_on
from factorcli.model.specification import Specification
from factorcli.render.history import table, write_parquet
from factorcli.service.heatmap_days import kept_days
from tests.conftest import NOW, NSE, Run, command, needs_nse
from tests.read.test_read_history import KEPT

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
NO_TIMES = ("computed_at", "updated_at", "started_at")
MONTHS = ("--every", "month", "--from", "2026-08-01")
COMPUTE = ("heatmap", "compute", "--all", "--window", "126")


def _without_times(heatmap: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in heatmap.items() if key not in NO_TIMES}


def _dates(factor: Run, *options: str, **env: str) -> list[str]:
    return list(json.loads(factor("heatmap", "dates", "--json", *options, **env).out)["results"])


@pytest.mark.parametrize("every", ["week", "month"])
@pytest.mark.slow
def test_each_day_of_a_chain_is_the_heatmap_of_its_own_run(factor: Run, every: str) -> None:
    """Demo, all windows: the history in one cache, a run as of each day in another, number by number."""
    start = {"week": "2026-10-26", "month": "2026-08-01"}[every]
    chain = factor("heatmap", "compute", "--all", "--every", every, "--from", start, *DEMO)
    assert chain.status == 0
    days = _dates(factor, *DEMO)
    assert len(days) == {"week": 4, "month": 3}[every]
    alone = {"FACTOR_CACHE_DIR": "alone"}
    for day in days:
        assert factor("heatmap", "compute", "--all", "--as-of", day, *DEMO, **alone).status == 0
        for window in ("126", "252", "504"):
            ask = ("heatmap", "show", "--window", window, "--as-of", day, "--json", *DEMO)
            (kept,), (own,) = factor(*ask).results, factor(*ask, **alone).results
            assert _without_times(kept) == _without_times(own)
            assert kept["as_of"] == day


@needs_nse
def test_a_chain_of_real_days_is_the_heatmaps_of_their_own_runs() -> None:
    """NSE, three month-ends and windows, with dated members: all stocks, and all that are missing."""
    source = str(Path(NSE, "nse"))
    chain = Factor(source=source, now=NOW, cache=False)
    found = chain.compute_heatmap(every="month", start="2025-04-01", end="2025-06-30")
    assert [str(status.as_of) for status in found][::3] == ["2025-04-30", "2025-05-30", "2025-06-30"]
    for day in chain.heatmap_dates():
        alone = Factor(source=source, now=NOW, cache=False)
        alone.compute_heatmap(as_of=day)
        for window in (126, 252, 504):
            kept, own = (one.heatmap(window=window, as_of=day).to_dict() for one in (chain, alone))
            assert _without_times(kept) == _without_times(own)


def test_month_ends_are_the_last_sessions_of_finished_months() -> None:
    """Against the calendar: the last weekday of each month with prices; the present month is not finished."""
    factory = Factor(source="demo", now=NOW, cache=False)
    factory.compute_heatmap(["TCS"], windows=[126], every="month", start="2025-12-01")
    for day in factory.heatmap_dates():
        last = date(day.year, day.month, monthrange(day.year, day.month)[1])
        assert 0 <= (last - day).days <= 5
        prices = factory.beta("TCS", window=126, as_of=last)
        assert prices.as_of == day
    assert [day.month for day in factory.heatmap_dates()] == [12, *range(1, 11)]


def test_week_ends_are_the_last_sessions_of_finished_weeks() -> None:
    """On a Wednesday the last finished week ends on the Friday before; on the Friday after its close, on that day."""
    for now, last in (("2026-11-18T18:00:00+05:30", "2026-11-13"), (NOW, "2026-11-20")):
        factory = Factor(source="demo", now=now, cache=False)
        found = factory.compute_heatmap(["TCS"], windows=[126], every="week", start="2026-11-01")
        assert str(found[-1].as_of) == last
        assert all(day.weekday() <= 4 for day in factory.heatmap_dates())


def test_ordinary_runs_make_a_history(factor: Run) -> None:
    """A run a week: each day stays as it was when the next one is computed, and `show` without a day is the newest."""
    shown = {}
    for day in ("2026-11-06", "2026-11-13", "2026-11-20"):
        now = {"FACTOR_NOW": f"{day}T18:00:00+05:30"}
        assert factor("heatmap", "compute", "TCS", "INFY", "--window", "126", *DEMO, **now).status == 0
        (shown[day],) = factor("heatmap", "show", "--window", "126", "--json", *DEMO, **now).results
        assert shown[day]["as_of"] == day
    assert _dates(factor, *DEMO) == list(shown)
    for day, heatmap in shown.items():
        (kept,) = factor("heatmap", "show", "--window", "126", "--as-of", day, "--json", *DEMO).results
        assert (kept["stocks"], kept["computed_at"]) == (heatmap["stocks"], heatmap["computed_at"])
        assert not kept["stale"]


def test_a_day_that_is_not_kept_is_said(factor: Run) -> None:
    """Status 4 with the code and the command; no day at all is an empty list, and nothing to export."""
    assert _dates(factor, *DEMO) == []
    assert "No heatmap is kept of any day" in factor("heatmap", "dates", *DEMO).err
    nothing = factor("heatmap", "export", "-o", "h.csv", *DEMO)
    assert (nothing.status, "is kept of any day" in nothing.err) == (4, True)
    factor(*COMPUTE, *MONTHS, *DEMO)
    absent = factor("heatmap", "show", "--window", "126", "--as-of", "2026-08-28", "--json", *DEMO)
    assert (absent.status, absent.document["errors"][0]["code"]) == (4, "heatmap_not_computed")
    assert "--as-of 2026-08-28" in absent.err
    with pytest.raises(HeatmapNotComputed):
        Factor(source="demo", now=NOW, cache=False).heatmap_history()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--every", "month", "--from", "2026-09-01", "--to", "2026-08-01"), "from 2026-09-01 is after to 2026-08-01."),
        (("--from", "2026-09-01"), "is given without every"),
        (("--to", "2026-09-01"), "is given without every"),
        (("--every", "month"), "every month is given without the first day (from)."),
        (("--every", "year", "--from", "2026-09-01"), "every 'year' is not known: it can be week or month."),
        (("--every", "month", "--from", "1995-01-01"), "from 1995-01-01 is before the prices of demo"),
        (("--every", "week", "--from", "1900-01-01"), "are more than 2,000 weeks."),
        (("--every", "week", "--from", "2027-01-01"), "is in the future"),
        (("--every", "month", "--from", "2026-11-01"), "no finished month from 2026-11-01 to 2026-11-20"),
        (("--every", "month", "--from", "2026-09-01", "--as-of", "2026-10-01"), "together with as_of 2026-10-01"),
        (("--every", "month", "--from", "09/2026"), "is not a date"),
    ],
)
def test_days_that_there_are_not_are_refused(factor: Run, options: tuple[str, ...], said: str) -> None:
    """Status 2 and one sentence; nothing is computed."""
    refused = factor(*COMPUTE, *options, *DEMO)
    assert refused.status == 2
    assert said in refused.err
    assert _dates(factor, *DEMO) == []


def test_an_export_is_the_heatmaps_row_by_row(factor: Run, home: Path) -> None:
    """CSV and Parquet against `show` of each day and window, number by number; the error is β / t."""
    factor("heatmap", "compute", "TCS", "INFY", "HDFCBANK", "--window", "126", "--window", "252", *MONTHS, *DEMO)
    wrote = factor("heatmap", "export", "-o", "h.csv", *DEMO)
    assert "Wrote 18 rows of 3 days, 2026-08-31 to 2026-10-30, to h.csv." in wrote.out
    told = factor("heatmap", "export", "-o", "h.parquet", "--json", *DEMO).results
    assert told == [{"path": "h.parquet", "rows": 18, "days": 3, "first": "2026-08-31", "last": "2026-10-30"}]
    with (home / "h.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    frame = pd.read_parquet(home / "h.parquet")
    codes = ("MKT", "VAL", "MOM", "SZ", "VOL")
    numbers = ["market_beta", "alpha_annual", "r_squared"]
    for code in codes:
        numbers += [code, f"{code}.se", f"{code}.t", f"{code}.q"]
    known = ["as_of", "window", "ticker", "name", "sector", *numbers[:3], "observations", *numbers[3:]]
    assert list(rows[0]) == list(frame.columns) == known
    for row, (_, read) in zip(rows, frame.iterrows(), strict=True):
        ask = ("--window", row["window"], "--as-of", row["as_of"], "--json", *DEMO)
        (heatmap,) = factor("heatmap", "show", *ask).results
        (stock,) = (stock for stock in heatmap["stocks"] if stock["ticker"] == row["ticker"])
        assert (stock["name"], stock["sector"]) == (row["name"], row["sector"]) == (read["name"], read["sector"])
        assert (str(read["as_of"]), str(read["window"])) == (row["as_of"], row["window"])
        assert int(row["observations"]) == read["observations"] == stock["observations"]
        for name in numbers:
            assert float(row[name]) == read[name]
        for code in codes:
            shown = stock["betas"][code], stock["t_stats"][code], stock["q_values"][code]
            assert (read[code], read[f"{code}.t"], read[f"{code}.q"]) == shown
            assert read[f"{code}.se"] == pytest.approx(shown[0] / shown[1], rel=1e-14)


def test_an_export_needs_a_name_with_an_ending(factor: Run, home: Path) -> None:
    """Any other is status 2 before anything is read; a file that is there stays until the new one is whole."""
    factor("heatmap", "compute", "TCS", "--window", "126", *DEMO)
    for name in ("h.json", "h", "none/h.csv", ""):
        assert factor("heatmap", "export", "-o", name, *DEMO).status == 2
    assert "must end in .parquet or .csv" in factor("heatmap", "export", "-o", "h.txt", *DEMO).err
    (home / "h.csv").write_text("old")
    assert factor("heatmap", "export", "-o", "h.csv", *DEMO).status == 0
    assert (home / "h.csv").read_text().startswith("as_of,window,ticker")
    assert not list(home.glob(".h.csv*"))


def test_a_history_is_of_the_members_of_each_day(factor: Run) -> None:
    """Dated by default, said once; the present members are another history, and neither is in the other's export."""
    past = ("--every", "month", "--from", "2023-06-01", "--to", "2023-09-30", "--window", "126")
    dated = factor("heatmap", "compute", "--all", *past, *DEMO)
    assert dated.err.count("dated_members") == 1
    assert "those of the last known list of each day: 2 lists, of 2023-06-16 to 2023-08-31" in dated.err
    days = _dates(factor, *DEMO)
    assert _dates(factor, *DEMO, "--members", "current") == []
    lists = {}
    for day in days:
        (heatmap,) = factor("heatmap", "show", "--as-of", day, "--window", "126", "--json", *DEMO).results
        members = {stock["ticker"] for stock in factor("universe", "list", "--as-of", day, "--json").results}
        assert {stock["ticker"] for stock in heatmap["stocks"]} == members
        lists[day] = heatmap["members_of"]
    assert list(lists.values()) == ["2023-06-16", "2023-06-16", "2023-08-31", "2023-08-31"]
    present = factor("heatmap", "compute", "--all", *past, *DEMO, "--members", "current")
    assert present.err.count("present_members") == 1
    assert _dates(factor, *DEMO, "--members", "current") == days
    factor("heatmap", "export", "-o", "dated.csv", *DEMO)
    factor("heatmap", "export", "-o", "present.csv", *DEMO, "--members", "current")
    assert factor("heatmap", "dates", *DEMO, "--members", "former").status == 2


def test_a_stock_that_joined_later_is_computed_from_then_on(factor: Run) -> None:
    """HDFC left the lists in July 2023: it has rows until then; who was never a member is refused."""
    past = ("--every", "month", "--from", "2023-06-01", "--to", "2023-10-31", "--window", "126")
    assert factor("heatmap", "compute", "HDFC.NS", *past, *DEMO).status == 0
    assert _dates(factor, *DEMO) == ["2023-06-30", "2023-07-31"]
    assert factor("heatmap", "compute", "NOSUCH", *past, *DEMO).status == 4


def test_who_is_no_member_on_a_day_takes_it_from_nobody_else(factor: Run) -> None:
    """TCS has a row on every day, HDFC until it left; a sentence says on how many days that was."""
    past = ("--every", "month", "--from", "2023-06-01", "--to", "2023-10-31", "--window", "126")
    answer = factor("heatmap", "compute", "HDFC", "TCS", *past, *DEMO, "--json")
    assert [status["computed"] for status in answer.results] == [2, 2, 1, 1, 1]
    assert "of these 5 days, HDFC.NS on 2." in answer.err
    assert "not known" not in answer.err


def test_weeks_and_months_of_a_history_are_those_that_are_finished_on_its_days() -> None:
    """A month whose last weekday is a holiday is there, once; no day is outside of what is asked for."""
    for frequency, end, finished in (
        (MONTHLY, date(2025, 3, 28), date(2025, 3, 31)),
        (MONTHLY, date(2024, 3, 28), date(2024, 3, 29)),
        (MONTHLY, date(2025, 11, 28), date(2025, 11, 28)),  # a Friday before a weekend
        (WEEKLY, date(2025, 4, 17), date(2025, 4, 18)),  # before Good Friday
        (WEEKLY, date(2024, 3, 2), date(2024, 3, 2)),  # a Saturday with a session
        (DAILY, date(2025, 4, 17), date(2025, 4, 17)),
    ):
        assert finished_on(end, frequency) == finished


@needs_nse
def test_a_history_of_monthly_returns_has_every_month_once(factor: Run) -> None:
    """March 2025 ended on a holiday; the day that is kept of it is that of a run as of the month's last day."""
    real = ("--source", str(Path(NSE, "nse")), "--frequency", "monthly", "--window", "36")
    months = ("--every", "month", "--from", "2025-02-01", "--to", "2025-04-30")
    answer = factor("heatmap", "compute", "RELIANCE", *months, *real, "--json")
    assert [status["as_of"] for status in answer.results] == ["2025-02-28", "2025-03-28", "2025-04-30"]
    (kept,) = factor("heatmap", "show", "--as-of", "2025-03-28", *real, "--json").results
    alone = {"FACTOR_CACHE_DIR": "alone"}
    factor("heatmap", "compute", "RELIANCE", "--as-of", "2025-03-31", *real, **alone)
    (own,) = factor("heatmap", "show", "--as-of", "2025-03-31", *real, "--json", **alone).results
    assert _without_times(kept) == _without_times(own)


def test_the_day_of_an_ordinary_run_is_shown_with_the_members_that_it_has(factor: Run) -> None:
    """Where the prices end before the newest list; a sentence says so, in `show` and in `export`."""
    before = {"FACTOR_NOW": "2025-06-02T18:00:00+05:30"}  # the newest list is a later one
    assert factor(*COMPUTE, *DEMO, **before).status == 0
    (day,) = _dates(factor, *DEMO, **before)
    ask = ("--as-of", day, "--window", "126", *DEMO)
    shown = factor("heatmap", "show", *ask, "--json", **before)
    assert shown.results[0]["members_of"] == "2026-08-04"
    assert "present_members" in shown.err
    (status,) = factor("heatmap", "status", *ask, "--json", **before).results
    assert status["computed"] == 500
    exported = factor("heatmap", "export", "-o", "h.csv", *DEMO, **before)
    assert f"what is kept of {day} is of the members of a later list" in exported.err
    assert factor("heatmap", "show", *ask, "--members", "dated", **before).status == 4
    assert factor("heatmap", "export", "-o", "d.csv", *DEMO, "--members", "dated", **before).status == 4


def test_a_list_that_is_imported_later_changes_no_day_that_is_kept(factor: Run, home: Path) -> None:
    """`show` and `export` have the rows of the list that was known then, until the day is computed again."""
    days = ("--every", "month", "--from", "2024-12-01", "--to", "2024-12-31", "--window", "126")
    factor("heatmap", "compute", "--all", *days, *DEMO)
    known = factor("universe", "list", "--as-of", "2024-12-31", "--json").results
    rows = [
        f"{one['name']},{one['sector']},{one['ticker'].removesuffix('.NS')},EQ,{one['isin']}" for one in known[:399]
    ]
    (home / "list.csv").write_text("\n".join(["Company Name,Industry,Symbol,Series,ISIN Code", *rows]))
    assert factor("universe", "import", "list.csv", "--as-of", "2024-12-20").status == 0
    for count, list_day in ((500, "2024-10-08"), (399, "2024-12-20")):
        shown = factor("heatmap", "show", "--as-of", "2024-12-31", "--window", "126", "--json", *DEMO)
        factor("heatmap", "export", "-o", "h.csv", *DEMO)
        exported = {row["ticker"]: row for row in csv.DictReader(io.StringIO((home / "h.csv").read_text()))}
        assert (shown.results[0]["members_of"], len(exported)) == (list_day, count)
        stocks = {one["ticker"]: one["q_values"]["SZ"] for one in shown.results[0]["stocks"]}
        assert stocks == {ticker: float(row["SZ.q"]) for ticker, row in exported.items()}
        factor("heatmap", "compute", "--all", *days, *DEMO)


def test_members_of_a_saturday_are_not_those_of_the_friday_before(factor: Run) -> None:
    """A list of 2025-12-20, a Saturday: what is computed as of then is shown as of then, and kept as no other day."""
    ask = ("--as-of", "2025-12-20", "--window", "126", *DEMO)
    assert factor("heatmap", "compute", "TCS", *ask).status == 0
    (shown,) = factor("heatmap", "show", *ask, "--json").results
    assert (shown["as_of"], shown["members_of"]) == ("2025-12-19", "2025-12-20")
    assert _dates(factor, *DEMO) == []


def test_a_damaged_day_is_said_and_left_out_of_an_export(factor: Run, home: Path) -> None:
    """The other days are written; the status is that of an answer with failures."""
    factor("heatmap", "compute", "TCS", *MONTHS, "--window", "126", *DEMO)
    context = build_context(
        Settings(source="demo", cache_dir=home / "cache" / "factorcli", now=datetime.fromisoformat(NOW))
    )
    (day, *_) = sorted(kept_days(context, Specification(window=126)), key=lambda one: one.day)
    (block,) = [key for key in context.cache.keys(day.place) if "#block" in key]
    context.cache.put({block: b"no columns"})
    answer = factor("heatmap", "export", "-o", "h.csv", *DEMO)
    assert (answer.status, "2 days" in answer.out) == (3, True)
    assert f"What is kept of {day.day} over 126 cannot be read" in answer.err


def test_a_folder_that_grows_keeps_its_history(factor: Run, home: Path) -> None:
    """The day of an earlier state of the prices is still there, as it was computed; it is not the newest heatmap."""
    frame = _prices()
    folder = home / "prices"
    folder.mkdir()
    files = ("--source", "prices")
    for rows in (-5, None):
        frame.iloc[:rows].to_csv(folder / "prices.csv")
        assert factor("heatmap", "compute", "TCS", "--window", "126", *files).status == 0
    first, last = (str(frame.index[row].date()) for row in (-6, -1))
    assert _dates(factor, *files) == [first, last]
    for day in (first, last):
        (kept,) = factor("heatmap", "show", "--window", "126", "--as-of", day, "--json", *files).results
        assert kept["as_of"] == day
        assert [stock["ticker"] for stock in kept["stocks"]] == ["TCS.NS"]


def _prices() -> pd.DataFrame:
    """Prices of one stock and the proxies, from the demo."""
    context = build_context(Settings(source="demo", now=datetime.fromisoformat(NOW)), cached=False)
    tickers = ["TCS.NS", *(factor.proxies[0] for factor in context.model.factors)]
    panel = context.open_market().source.prices(tickers)
    closes = panel.closes[-300:, [panel.tickers.index(ticker) for ticker in tickers]]
    return pd.DataFrame(closes, pd.to_datetime(panel.dates[-300:]), tickers).rename_axis("Date")


@pytest.mark.installed
@pytest.mark.slow
def test_an_interrupted_history_keeps_its_days_and_is_resumed(
    environment: dict[str, str], factor: Run, home: Path
) -> None:
    """kill −9 after some days: these are kept as they were, only the others are computed, and none is missing."""
    ask = [*COMPUTE, "--every", "week", "--from", "2026-01-01", *DEMO]
    with subprocess.Popen([command(), *ask], cwd=home, env=environment, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        while len(_dates(factor, *DEMO)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    kept = _dates(factor, *DEMO)
    assert 3 <= len(kept) < 47
    before = {day: _shown(factor, day)["computed_at"] for day in kept}
    later = {"FACTOR_NOW": "2026-11-20T19:00:00+05:30"}
    resumed = factor(*ask, "--json", **later)
    assert resumed.status == 0
    assert len(_dates(factor, *DEMO)) == len(resumed.results) == 47
    assert {day: _shown(factor, day)["computed_at"] for day in kept} == before
    assert all(status["pending"] == status["failed"] == 0 for status in resumed.results)


def _shown(factor: Run, day: str) -> dict[str, Any]:
    (heatmap,) = factor("heatmap", "show", "--window", "126", "--as-of", day, "--json", *DEMO).results
    return dict(heatmap)


def test_a_past_day_is_computed_once(factor: Run) -> None:
    """A session later it is still what it was, not outdated, and not computed again unless forced."""
    factor(*COMPUTE, *MONTHS, *DEMO)
    day, later = "2026-10-30", {"FACTOR_NOW": "2026-11-25T18:00:00+05:30"}
    before = _shown(factor, day)
    factor(*COMPUTE, *MONTHS, *DEMO, **later)
    again = factor("heatmap", "show", "--window", "126", "--as-of", day, "--json", *DEMO, **later).results[0]
    assert (again["computed_at"], again["stale"]) == (before["computed_at"], False)
    factor(*COMPUTE, *MONTHS, *DEMO, "--force", **later)
    forced = factor("heatmap", "show", "--window", "126", "--as-of", day, "--json", *DEMO, **later).results[0]
    assert forced["computed_at"] > before["computed_at"]
    assert forced["stocks"] == before["stocks"]


def test_a_parquet_file_has_the_types_of_its_columns_and_null_for_what_is_not_known() -> None:
    """Days, texts, whole numbers and real ones."""
    file = io.BytesIO()
    write_parquet(file, [table(KEPT)])
    read = parquet.read_table(io.BytesIO(file.getvalue()))
    kinds = {"as_of": "date32[day]", "window": "int32", "observations": "int32"}
    kinds |= dict.fromkeys(("ticker", "name", "sector"), "string")
    assert {field.name: str(field.type) for field in read.schema} == {
        name: kinds.get(name, "double") for name in table(KEPT)
    }
    assert read["SZ.t"].to_pylist() == [None, 0.0]
    assert read["SZ.se"].to_pylist() == [None, None]
