"""The days of a history as one run of an executor: blocks of later days are taken ahead, and each day is kept alone."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.errors import Busy, RunStopped
from factorcli.model.specification import Specification
from factorcli.ports import no_progress
from factorcli.service.context import Context
from factorcli.service.heatmap import HeatmapService
from factorcli.service.heatmap_blocks import Block, FittedBlock
from factorcli.service.heatmap_store import HeatmapStore
from factorcli.service.history import HistoryService, Schedule
from tests.conftest import NOW, Run
from tests.markets import market, write_wide
from tests.test_workers import kept

pytestmark = pytest.mark.cli

DAYS = (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 30))
SPEC = Specification(window=126, frequency="daily")


@dataclass
class Ahead:
    """An executor that takes every block before it gives a result; `change`: of the result of block i."""

    change: Callable[[int, Any], Any] = lambda _, result: result
    elsewhere: bool = True
    suited_to: list[int] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)

    def suited(self, fits: int) -> "Ahead":
        """Itself; notes the fits."""
        self.suited_to.append(fits)
        return self

    def run(self, work: Callable[[Any], Any], blocks: Iterable[Any]) -> Generator[Any, None, None]:
        """The results, all blocks being taken first."""
        self.taken += blocks
        for i, block in enumerate(self.taken):
            yield self.change(i, work(block))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """The demo, with a cache."""
    settings = Settings(source="demo", now=datetime.fromisoformat(NOW), cache_dir=tmp_path / "cache")
    return build_context(settings)


def compute(context: Context, executor: Ahead, *, force: bool = False) -> Any:
    """The month-ends of DAYS, of two stocks."""
    history = HistoryService(replace(context, executor=executor))
    asked = Schedule("month", DAYS[0], DAYS[-1])
    return history.compute(("TCS", "INFY"), (126,), SPEC, asked, force=force, progress=no_progress)


def _days(context: Context) -> list[date]:
    return list(HistoryService(context).dates(SPEC).results)


def test_blocks_of_all_days_are_one_run_of_the_executor(context: Context) -> None:
    """Each day is kept as it is when it is computed alone; what is kept needs no executor."""
    ahead = Ahead()
    batch = compute(context, ahead)
    assert [status.as_of for status in batch.results] == _days(context) == list(DAYS)
    assert ahead.suited_to == [2 * len(DAYS)]
    assert [block.spec.as_of for block in ahead.taken] == list(DAYS)
    for day in DAYS:
        spec = replace(SPEC, as_of=day)
        chain = HeatmapStore(context).read(spec)
        HeatmapService(context).compute(chain.tickers, (126,), spec, force=True, progress=no_progress)
        alone = HeatmapStore(context).read(spec)
        assert (chain.tickers, chain.reals, chain.failures) == (alone.tickers, alone.reals, alone.failures)
    again = Ahead()
    assert [status.as_of for status in compute(context, again).results] == list(DAYS)
    assert (again.suited_to, again.taken) == ([], [])


def test_an_error_of_a_day_is_raised_when_the_days_before_it_are_kept(context: Context) -> None:
    """Another run holds the second day: the first is merged, though its result came later; no lock stays."""
    held = context.policy.heat_prefix(replace(SPEC, as_of=DAYS[1]))
    with context.cache.lock(held), pytest.raises(Busy):
        compute(context, Ahead())
    assert _days(context) == [DAYS[0]]
    assert all(context.cache.holder(context.policy.heat_prefix(replace(SPEC, as_of=day))) is None for day in DAYS)
    assert len(compute(context, Ahead()).results) == len(DAYS)


def test_an_interrupt_keeps_the_days_that_are_done(context: Context) -> None:
    """And releases the locks of those that were taken ahead."""

    def interrupt(i: int, result: Any) -> Any:
        if i == 2:
            raise KeyboardInterrupt
        return result

    with pytest.raises(KeyboardInterrupt):
        compute(context, Ahead(interrupt))
    assert _days(context) == list(DAYS[:2])
    assert all(context.cache.holder(context.policy.heat_prefix(replace(SPEC, as_of=day))) is None for day in DAYS)
    resumed = Ahead()
    compute(context, resumed)
    assert [block.spec.as_of for block in resumed.taken] == [DAYS[2]]


def test_no_day_follows_one_that_was_stopped(context: Context) -> None:
    """Its finished tickers are kept, and the error is that of the run."""
    stopped = RunStopped("stopped")

    def stop(i: int, result: dict[int, FittedBlock]) -> dict[int, FittedBlock]:
        return {w: replace(part, errors={"INFY.NS": stopped}) for w, part in result.items()} if i == 1 else result

    batch = compute(context, Ahead(stop))
    assert [status.computed for status in batch.results] == [2, 1]
    assert (batch.failures[0].ticker, batch.failures[0].code, batch.exit_code) == (None, stopped.code, 5)
    assert all(context.cache.holder(context.policy.heat_prefix(replace(SPEC, as_of=day))) is None for day in DAYS)


def test_a_block_in_this_process_is_taken_when_the_day_before_it_is_kept(context: Context) -> None:
    """So that one process holds the prices of one day."""
    days: list[list[date]] = []

    @dataclass
    class InTurn(Ahead):
        elsewhere: bool = False

        def run(self, work: Callable[[Block], Any], blocks: Iterable[Block]) -> Generator[Any, None, None]:
            for block in blocks:
                days.append(_days(context))
                yield work(block)

    compute(context, InTurn())
    assert days == [[], [DAYS[0]], list(DAYS[:2])]


def test_a_worker_keeps_the_days_that_this_process_keeps_to_the_last_byte(
    factor: Run, tmp_path: Path, home: Path
) -> None:
    """Of prices from a file, with stocks that have none."""
    (home / "u.csv").write_text("ticker,name,sector,isin\n" + "".join(f"S{i}.NS,n{i},x,I{i}\n" for i in range(25)))
    source = str(write_wide(tmp_path / "prices.csv", market(stocks=20)))
    days = ("--every", "month", "--from", "2026-08-01", "--window", "126")
    ask = ("heatmap", "compute", "--all", "--force", "--source", source, *days)
    assert factor(*ask, "--workers", "1", FACTOR_UNIVERSE="u.csv").status == 3
    alone = kept(home)
    assert factor(*ask, "--workers", "2", FACTOR_UNIVERSE="u.csv").status == 3
    assert len(alone) == len(DAYS)
    assert list(kept(home).values()) == list(alone.values())
