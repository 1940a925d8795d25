"""What the cache keeps of a heatmap: blocks and their index, an earlier version's rows, and a team's."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from factorcli.analysis.eligibility import ineligible, ineligible_tickers
from factorcli.cache.disk import DiskCache
from factorcli.cache.tiered import TieredCache
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.specification import Specification
from factorcli.ports import SharedRow, no_progress
from factorcli.results.codec import decode, encode
from factorcli.results.column_codec import decode_columns, encode_columns
from factorcli.results.heat_columns import HeatColumns
from factorcli.results.heatmap import HeatIndex, HeatRow
from factorcli.service.context import Context
from factorcli.service.heatmap import HeatmapService
from tests.conftest import NSE, Run, command, needs_nse
from tests.kept_heatmaps import kept_blocks, kept_rows

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
POWER = ("heatmap", "compute", "--sector", "Power", "-w", "252", *DEMO)
SHOW = ("heatmap", "show", "-w", "252", *DEMO, "--json")
STATUS = ("heatmap", "status", "-w", "252", *DEMO, "--json")
LATER = {"FACTOR_NOW": "2026-11-20T19:00:00+05:30"}
SPEC = Specification(window=252)


def _cache(home: Path) -> DiskCache:
    return DiskCache(home / "cache" / "factorcli", print)


def _only_block(home: Path) -> tuple[str, HeatIndex, HeatColumns]:
    """The prefix of the only window, its index, and its only block."""
    (key,) = kept_blocks(home)
    window = key.partition("/#")[0]
    kept = _cache(home).get([key, f"{window}/#index"])
    index, columns = decode(HeatIndex, kept[f"{window}/#index"]), decode_columns(kept[key])
    assert index is not None
    assert columns is not None
    return window, index, columns


def _split(home: Path, sizes: Sequence[int]) -> list[str]:
    """Keep the only block as several, as an interrupted run leaves them; returns their keys."""
    window, index, columns = _only_block(home)
    entries, start = {}, 0
    for number, size in enumerate(sizes):
        rows = range(start, start + size)
        bare = replace(columns, reals={k: v for k, v in columns.reals.items() if not k.startswith("q_values")})
        entries[f"{window}/#block-{number + 7}"] = encode_columns(bare.take(list(rows)))
        start += size
    index = replace(index, blocks=tuple(range(7, 7 + len(sizes))))
    gone = [f"{window}/#block-{number}" for number in (0, 1)]
    _cache(home).put(entries | {f"{window}/#index": encode(index)}, instead_of=gone)
    return list(entries)


def test_a_run_ends_with_one_block_a_window(factor: Run, home: Path) -> None:
    """Also where it adds to what was there; it says what depends on the whole universe."""
    factor("heatmap", "compute", "TCS", "INFY", "-w", "252", *DEMO)
    factor(*POWER)
    _, _, columns = _only_block(home)
    assert len(columns.tickers) == 19
    assert [one.sector for one in columns.sectors or ()] == ["Information Technology", "Power"]
    assert "q_values.SZ" in columns.reals


def test_blocks_of_an_interrupted_run_are_one_heatmap(factor: Run, home: Path) -> None:
    """Shown and counted as if they were merged, which the next run does without computing anything."""
    factor(*POWER)
    shown, status = factor(*SHOW).results, factor(*STATUS).results
    blocks = _split(home, [5, 5, 7])
    assert (factor(*SHOW).results, factor(*STATUS).results) == (shown, status)
    assert kept_blocks(home) == blocks
    assert factor(*POWER, **LATER).status == 0
    assert kept_blocks(home) == [blocks[0].replace("block-7", "block-10")]
    assert (factor(*SHOW).results, factor(*STATUS).results) == (shown, status)


@pytest.mark.parametrize("damage", ["lost", "flipped", "cut", "foreign"])
def test_a_damaged_block_costs_its_own_rows(factor: Run, home: Path, damage: str) -> None:
    """They are pending, and computed by the next run; the others stay as they are."""
    factor(*POWER)
    before = kept_rows(home)
    key = _split(home, [5, 5, 7])[1]
    payload = _cache(home).get([key])[key]
    spoilt = {"flipped": payload[:-1] + bytes([payload[-1] ^ 1]), "cut": payload[:-8], "foreign": encode(HeatIndex())}
    _cache(home).put({key: spoilt[damage]} if damage in spoilt else {}, instead_of=[key])
    (status,) = factor(*STATUS).results
    assert (status["computed"], status["pending"]) == (12, 488)
    assert factor(*POWER, "--json", **LATER).results[0]["computed"] == 17
    after = kept_rows(home)
    changed = [row for row in before if before[row] != after[row]]
    assert len(changed) == 5
    assert all(replace(after[row], computed_at=before[row].computed_at) == before[row] for row in changed)


def test_rows_of_an_earlier_version_are_read_and_kept_as_columns(factor: Run, home: Path) -> None:
    """Shown and counted as before; a run adds to them, and what it finds current it does not compute again."""
    factor(*POWER)
    shown, status = factor(*SHOW).results, factor(*STATUS).results
    window, index, columns = _only_block(home)
    rows = {f"{window}/{ticker}": encode(columns.row(i, "Power")) for i, ticker in enumerate(columns.tickers)}
    gone = [f"{window}/#index", *kept_blocks(home)]
    _cache(home).put({**rows, f"{window}/#run": encode(index.run)}, instead_of=gone)
    assert (factor(*SHOW).results, factor(*STATUS).results) == (shown, status)
    before = {(window, ticker): columns.row(i, None) for i, ticker in enumerate(columns.tickers)}
    assert factor("heatmap", "compute", "TCS", "NTPC", "-w", "252", *DEMO, **LATER).status == 0
    after = kept_rows(home)
    assert {row: after[row] for row in before} == before
    assert len(after) == 18
    assert not _cache(home).get([*rows, f"{window}/#run"])


class Team:
    """A shared cache in memory: rows by key, and how often they were asked for."""

    name = "team"

    def __init__(self) -> None:
        self.rows: dict[SharedRow, bytes] = {}
        self.reads = 0

    def read(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """Those that exist."""
        self.reads += 1
        return {row: self.rows[row] for row in rows if row in self.rows}

    def write(self, entries: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        """Stored."""
        self.rows.update(entries)


def _machine(folder: Path, team: Team, now: str = "2026-11-20T18:00:00+05:30") -> Context:
    """A machine of the team, with the demo's prices in place of Yahoo's."""
    settings = Settings.from_env({"FACTOR_SOURCE": "demo", "FACTOR_CACHE_DIR": str(folder), "FACTOR_NOW": now})
    context = build_context(settings)
    answers = TieredCache(context.cache, team, print)  # type: ignore[arg-type]
    return replace(context, answers=answers, policy=replace(context.policy, shared=True))


def _compute(context: Context, *tickers: str) -> None:
    HeatmapService(context).compute(tickers, (252,), SPEC, force=False, progress=no_progress)


def test_a_team_shares_a_row_a_ticker_as_earlier_versions_do(tmp_path: Path) -> None:
    """What is written is the record of a row; what is read is kept as columns, and not asked for again."""
    team = Team()
    _compute(_machine(tmp_path / "a", team), "TCS.NS", "INFY.NS")
    written = {(kind, ticker, 252) for kind in ("heat", "history") for ticker in ("TCS.NS", "INFY.NS")}
    assert {row[:3] for row in team.rows} == written
    for key, payload in team.rows.items():
        row = decode(HeatRow, payload)
        assert row is not None
        assert (row.ticker, row.sector) == (key.ticker, "Information Technology")
    team.reads = 0
    shown = HeatmapService(_machine(tmp_path / "a", team)).show(SPEC)
    assert HeatmapService(_machine(tmp_path / "b", team)).show(SPEC) == shown
    assert team.reads == 2
    team.rows.clear()
    assert HeatmapService(_machine(tmp_path / "b", team)).show(SPEC) == shown


def test_of_own_and_shared_rows_the_newer_one_counts(tmp_path: Path) -> None:
    """Whoever computed it; a run merges both into the block of the machine."""
    team, monday = Team(), "2026-11-23T18:00:00+05:30"
    _compute(_machine(tmp_path / "b", team), "TCS.NS", "WIPRO.NS")
    _compute(_machine(tmp_path / "a", team, monday), "TCS.NS", "INFY.NS")
    (status,) = HeatmapService(_machine(tmp_path / "b", team, monday)).status((252,), SPEC).results
    assert (str(status.as_of), status.computed) == ("2026-11-23", 2)
    team.rows.clear()
    _compute(_machine(tmp_path / "b", team, monday), "TCS.NS")
    heatmap = HeatmapService(_machine(tmp_path / "b", team, monday)).show(SPEC)
    assert [stock.ticker for stock in heatmap.stocks] == ["INFY.NS", "TCS.NS"]
    assert not team.rows


@needs_nse
@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("window", [60, 252])
def test_every_ticker_that_is_not_eligible_is_found(window: int, frequency: str) -> None:
    """Those that the checks one by one find, on real prices with gaps, ends and absent tickers."""
    context = build_context(Settings.from_env({"FACTOR_SOURCE": f"{NSE}/nse"}), cached=False)
    tickers = [context.resolve(stock.ticker, context.listed()) for stock in context.universe.stocks]
    spec = Specification(window=window, frequency=frequency)
    for _, fitted in context.windows(tickers, spec):
        found = ineligible_tickers(fitted)
        expected = {i: error for i in range(len(fitted.tickers)) if (error := ineligible(fitted, i)) is not None}
        assert {i: (e.code, str(e)) for i, e in found.items()} == {i: (e.code, str(e)) for i, e in expected.items()}


@pytest.mark.installed
@pytest.mark.parametrize("kilobytes", [150, 400, 700])
@pytest.mark.slow
def test_a_disk_that_fills_up_loses_nothing_that_was_kept(
    factor: Run, environment: dict[str, str], home: Path, kilobytes: int
) -> None:
    """One sentence ends the run, and says what is kept; that is whole, and the next run adds the rest."""
    factor("heatmap", "compute", "TCS", "INFY", *DEMO)
    before = kept_rows(home)
    limit = f"unset ${{!COVERAGE_@}}; export PYTHONDONTWRITEBYTECODE=1; ulimit -f {kilobytes}; trap '' XFSZ; exec"
    done = subprocess.run(
        ["bash", "-c", f"{limit} {command()} heatmap compute --all --source demo"],
        cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (5, "", 1), done.stderr
    kept = kept_rows(home)
    assert "cannot be written" in done.stderr
    some = f"Of the 1,494 results that were pending, {len(kept) - 6:,} are kept."
    assert ("The heatmap itself is kept" if len(kept) == 1500 else some) in done.stderr
    assert {row: kept[row] for row in before} == before
    assert factor("heatmap", "compute", "--all", *DEMO, **LATER).status == 0
    after = kept_rows(home)
    assert len(after) == 1500
    assert {row: after[row] for row in kept} == kept
    assert len(kept_blocks(home)) == 3
