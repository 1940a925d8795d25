"""Heatmaps fitted by worker processes and by a Dask cluster: the same digits, and nothing that was kept is lost."""

import contextlib
import logging
import os
import pickle
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_executor
from factorcli.config.environment import single_threaded
from factorcli.config.settings import Settings
from factorcli.errors import ClusterFailed, InvalidSetting, UnknownTicker
from factorcli.executors.dask import DaskExecutor, silence
from factorcli.executors.processes import ProcessExecutor
from factorcli.executors.serial import SerialExecutor
from factorcli.model.frequency import FREQUENCIES
from tests.conftest import NSE, Run, command, needs_nse
from tests.kept_heatmaps import kept_rows
from tests.markets import market, write_wide

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
TWO = ("--workers", "2")


@dataclass(frozen=True)
class Killed:
    """Work that ends its process at some blocks: always, or only once, which a file remembers."""

    parent: int
    blocks: tuple[int, ...]
    once: Path | None = None

    def __call__(self, block: int) -> int:
        if block in self.blocks and os.getpid() != self.parent and not (self.once and self.once.exists()):
            if self.once:
                self.once.touch()
            os._exit(9)
        return block * block


@dataclass(frozen=True)
class Noted:
    """Work that takes some seconds, and notes its process in a folder."""

    folder: Path
    seconds: float

    def __call__(self, block: int) -> int:
        (self.folder / str(os.getpid())).touch()
        time.sleep(self.seconds)
        return block


def threads_of_blas(_: int) -> str | None:
    """How many threads linear algebra has here; speaks on both streams."""
    print("on stdout")
    print("on stderr", file=sys.stderr)
    return os.environ.get("OPENBLAS_NUM_THREADS")


@pytest.mark.parametrize(("given", "threads"), [(None, "1"), ("3", "3")])
def test_a_command_uses_one_thread_of_linear_algebra_unless_the_user_says_how_many(given: str | None, threads: str):
    """Before numpy is imported, which asks once."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    code = "import sys, os, factorcli.__main__; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [threads, "False"]


def unknown(_: int) -> int:
    """Work that fails as a ticker does."""
    raise UnknownTicker("No such ticker.")


def processes(workers: int = 2) -> ProcessExecutor:
    """An executor with so many workers."""
    return ProcessExecutor(workers, single_threaded)


def kept(home: Path) -> dict[str, bytes]:
    """The heatmaps of the local cache, byte by byte, but for the times of the runs."""
    with closing(sqlite3.connect(home / "cache" / "factorcli" / "cache.db")) as database:
        return dict(database.execute("SELECT key, value FROM Cache WHERE key LIKE 'heat/%/#block-%'").fetchall())


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only its exit status."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Any, seconds: float = 30) -> None:
    """Wait for a condition; fails after this many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path, home: Path) -> str:
    """600 stocks in a file, and the universe of these and of five that have no prices."""
    (home / "u.csv").write_text("ticker,name,sector,isin\n" + "".join(f"S{i}.NS,n{i},x,I{i}\n" for i in range(605)))
    return str(write_wide(tmp_path / "prices.csv", market(stocks=600)))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Dask cluster of two processes on loopback."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        yield cluster


def dask(cluster: Any) -> str:
    """The cluster's address, as it is written for an executor."""
    return str(cluster.scheduler_address).replace("tcp://", "dask://")


@pytest.mark.parametrize(
    "more", [(), ("--frequency", "weekly", "-w", "52"), ("--estimator", "dimson", "--basis", "residual")]
)
@pytest.mark.slow
def test_two_processes_keep_what_one_keeps_to_the_last_byte(
    factor: Run, folder: str, home: Path, more: tuple[str, ...]
) -> None:
    """Of prices from a file, whose windows are cut in the parent; failures and their messages too."""
    compute = ("heatmap", "compute", "--all", "--force", "--source", folder, *more)
    assert factor(*compute, FACTOR_UNIVERSE="u.csv").status == 3
    alone = kept(home)
    done = factor(*compute, *TWO, FACTOR_UNIVERSE="u.csv")
    assert done.status == 3
    together = kept(home)
    assert list(together.values()) == list(alone.values())


def test_the_demo_is_drawn_in_the_workers_to_the_last_byte(factor: Run, home: Path) -> None:
    """And a setting asks for them as an option does."""
    assert factor("heatmap", "compute", "--all", *DEMO).status == 0
    alone = kept(home)
    assert factor("heatmap", "compute", "--all", "--force", *DEMO, FACTOR_WORKERS="3").status == 0
    assert list(kept(home).values()) == list(alone.values())


@needs_nse
def test_the_order_of_the_tickers_changes_no_digit(factor: Run, home: Path) -> None:
    """Real prices, in two processes and shuffled."""
    source = ("--source", f"{NSE}/nse")
    factor("heatmap", "compute", "--all", *source)
    alone = kept_rows(home)
    tickers = sorted({ticker for _, ticker in alone})
    random.Random(3).shuffle(tickers)
    factor("heatmap", "compute", *tickers, "--force", *TWO, *source)
    assert {key: repr(row) for key, row in kept_rows(home).items()} == {key: repr(row) for key, row in alone.items()}


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """Its block is done again by another; one that kills every worker is done in this process."""
    squares = [i * i for i in range(12)]
    assert list(processes().run(Killed(os.getpid(), (5,), tmp_path / "once"), range(12))) == squares
    assert (tmp_path / "once").exists()
    assert list(processes().run(Killed(os.getpid(), (2, 3, 7)), range(12))) == squares


def test_an_error_of_the_work_is_raised_here() -> None:
    """With its type and its message."""
    with pytest.raises(UnknownTicker, match=r"No such ticker\."):
        list(processes().run(unknown, range(3)))


def test_workers_are_silent_and_have_one_thread(capfd: pytest.CaptureFixture[str]) -> None:
    """What a library prints there does not reach the terminal."""
    assert list(processes().run(threads_of_blas, range(4))) == ["1"] * 4
    assert capfd.readouterr() == ("", "")


def test_blocks_are_taken_a_few_ahead_of_their_results() -> None:
    """So that a universe does not wait in memory."""
    taken: list[int] = []

    def blocks() -> Iterator[int]:
        for i in range(50):
            taken.append(i)
            yield i

    with closing(processes().run(Killed(os.getpid(), ()), blocks())) as results:
        assert [next(results) for _ in range(5)] == [0, 1, 4, 9, 16]
        assert len(taken) <= 10


def test_closing_ends_the_workers(tmp_path: Path) -> None:
    """Also those in the middle of a block."""
    results = processes().run(Noted(tmp_path, 0.2), iter([1, 2, 3, 4]))
    assert next(results) == 1
    results.close()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert workers
    assert not any(map(is_running, workers))


def test_the_number_of_fits_decides_whether_processes_are_started() -> None:
    """Unless their number is set."""
    automatic = build_executor(Settings())
    assert isinstance(automatic.suited(1_500), SerialExecutor)
    assert isinstance(build_executor(Settings(workers=1)), SerialExecutor)
    assert isinstance(build_executor(Settings(workers=2)).suited(1), ProcessExecutor)
    if (os.cpu_count() or 1) > 1:
        assert isinstance(ProcessExecutor(2, single_threaded, 20_000).suited(60_000), ProcessExecutor)


def test_a_frequency_stays_the_same_object_in_another_process() -> None:
    """As the code compares them by identity."""
    for frequency in FREQUENCIES.values():
        assert pickle.loads(pickle.dumps(frequency)) is frequency


@pytest.mark.slow
def test_dask_keeps_the_same_bytes(factor: Run, folder: str, home: Path, cluster: Any) -> None:
    """Of a file and of the demo, and with the setting as with the option."""
    for source, universe in ((folder, "u.csv"), ("demo", "")):
        compute = ("heatmap", "compute", "--all", "--force", "--source", source)
        factor(*compute, FACTOR_UNIVERSE=universe)
        alone = kept(home)
        done = factor(*compute, "--executor", dask(cluster), FACTOR_UNIVERSE=universe)
        assert done.status in (0, 3), done.err
        assert list(kept(home).values()) == list(alone.values())
        assert factor(*compute, FACTOR_EXECUTOR=dask(cluster), FACTOR_UNIVERSE=universe).err == done.err
        assert list(kept(home).values()) == list(alone.values())


@pytest.mark.slow
def test_a_lost_dask_worker_loses_nothing(tmp_path: Path, cluster: Any) -> None:
    """Its tasks are done again; what kills every worker is done in this process."""
    executor = DaskExecutor.of(dask(cluster))
    squares = [i * i for i in range(12)]
    assert list(executor.run(Killed(os.getpid(), (5,), tmp_path / "once"), range(12))) == squares
    assert (tmp_path / "once").exists()


@pytest.mark.slow
def test_an_error_of_the_work_is_raised_here_from_dask(cluster: Any) -> None:
    """With its type and its message."""
    with pytest.raises(UnknownTicker, match=r"No such ticker\."):
        list(DaskExecutor.of(dask(cluster)).run(unknown, range(3)))


@pytest.mark.slow
def test_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch, cluster: Any) -> None:
    """With the worker, the package and both versions."""
    monkeypatch.setattr("factorcli.executors.dask.version", lambda name: "0.0.1")
    with pytest.raises(InvalidSetting, match=r"worker tcp://127\.0\.0\.1:\d+ has factorcli .* this machine .* 0\.0\.1"):
        list(DaskExecutor.of(dask(cluster)).run(unknown, range(3)))


@pytest.mark.slow
def test_a_lost_scheduler_is_one_sentence_and_what_was_done_is_kept(tmp_path: Path) -> None:
    """The results before it were given."""
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    )
    results = DaskExecutor.of(dask(cluster)).run(Noted(tmp_path, 0.1), range(100))
    assert next(results) == 0
    cluster.close()
    with pytest.raises(ClusterFailed, match=r"The connection to the Dask scheduler tcp://.* was lost\. What was comp"):
        list(results)


def test_what_is_wrong_with_a_cluster_is_one_sentence(
    factor: Run, monkeypatch: pytest.MonkeyPatch, unused_address: str
) -> None:
    """No scheduler, no package, no address."""
    compute = ("heatmap", "compute", "TCS", *DEMO)
    monkeypatch.setattr("factorcli.executors.dask.SECONDS_TO_CONNECT", 1.0)
    pytest.importorskip("distributed")
    answer = factor(*compute, "--executor", unused_address)
    assert (answer.status, answer.err.count("\n")) == (5, 1)
    assert "No Dask scheduler answers at tcp://127.0.0.1:" in answer.err
    answer = factor(*compute, "--executor", "ray://here")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "dask://HOST:PORT" in answer.err
    monkeypatch.setitem(sys.modules, "distributed", None)
    answer = factor(*compute, "--executor", unused_address)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "pip install 'factorcli[dask]'" in answer.err


def test_what_listens_but_is_no_scheduler_is_one_sentence(
    factor: Run, monkeypatch: pytest.MonkeyPatch, unused_address: str
) -> None:
    """Such as a web server, or a scheduler that is frozen: Dask itself would wait for its greeting."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("factorcli.executors.dask.SECONDS_TO_CONNECT", 0.2)
    monkeypatch.setattr("factorcli.executors.dask.POLL_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", int(unused_address.rpartition(":")[2]))):
        answer = factor("heatmap", "compute", "TCS", *DEMO, "--executor", unused_address)
    assert (answer.status, answer.err.count("\n")) == (5, 1)
    assert "does not answer as a Dask scheduler" in answer.err


def test_dask_logs_nothing() -> None:
    """Also its loggers with a level of their own, which would print tracebacks of a lost scheduler."""
    pytest.importorskip("distributed.client")
    silence()
    for name in ("distributed", "distributed.client", "distributed.comm.tcp", "tornado.application"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a signal that stops a process")
def test_a_frozen_dask_worker_is_named(monkeypatch: pytest.MonkeyPatch, cluster: Any) -> None:
    """Where it is frozen before the run; later its tasks wait until Dask gives it up."""
    monkeypatch.setattr("factorcli.executors.dask.SECONDS_TO_ANSWER", 1.0)
    worker = cluster.workers[1]
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ClusterFailed, match=rf"The Dask worker {worker.worker_address} does not answer"):
            list(DaskExecutor.of(dask(cluster)).run(unknown, range(3)))
    finally:
        os.kill(worker.pid, signal.SIGCONT)


@pytest.fixture
def unused_address() -> str:
    """Of a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"dask://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.installed
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="child processes are found in /proc")
def test_a_run_with_workers_is_killed_and_resumed(
    environment: dict[str, str], folder: str, home: Path, factor: Run
) -> None:
    """kill −9 at twenty random moments, of the run or of its workers: no worker outlives it, no stored row changes."""
    env = {**environment, "FACTOR_UNIVERSE": "u.csv"}
    compute = ["heatmap", "compute", "--all", "-w", "126", "-w", "252", "--source", folder]
    factor(*compute, FACTOR_UNIVERSE="u.csv")
    alone = kept(home)
    factor("cache", "clear")
    draw, killed = random.Random(17), 0
    for turn in range(20):
        run = subprocess.Popen([command(), *compute, *TWO], cwd=home, env=env, stdout=-3, stderr=-3)
        time.sleep(draw.uniform(0.3, 1.5))
        workers = children(run.pid)
        for pid in workers if turn % 2 else [run.pid]:
            with contextlib.suppress(ProcessLookupError):  # it has ended
                os.kill(pid, signal.SIGKILL)
        killed += len(workers)
        assert run.wait(timeout=60) in (-9, 3)
        wait_until(lambda workers=workers: not any(map(is_running, workers)))
    assert killed
    done = subprocess.run([command(), *compute, *TWO], cwd=home, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert list(kept(home).values()) == list(alone.values())


def children(pid: int) -> list[int]:
    """The child processes of a process."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread has ended
            found += [int(child) for child in thread.read_text().split()]
    return found


@pytest.mark.installed
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="child processes are found in /proc")
def test_an_interrupt_ends_run_and_workers_with_one_sentence(environment: dict[str, str], home: Path) -> None:
    """Ctrl-C reaches the whole group: nothing of the workers is printed, and none is left."""
    rows = "".join(f"S{i}.NS,n{i},x,I{i}\n" for i in range(10_000))
    (home / "u.csv").write_text(f"ticker,name,sector,isin\n{rows}")
    env = {**environment, "FACTOR_UNIVERSE": "u.csv"}
    compute = [command(), "heatmap", "compute", "--all", "--force", *DEMO, *TWO]
    draw = random.Random(5)
    for _ in range(8):
        run = subprocess.Popen(compute, cwd=home, env=env, stdout=-1, stderr=-1, text=True, start_new_session=True)
        wait_until(lambda run=run: children(run.pid))
        time.sleep(draw.uniform(0.0, 0.8))
        workers = children(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        assert run.communicate(timeout=60) == ("", "factor: Interrupted; what was done is kept.\n")
        assert run.returncode == 130
        wait_until(lambda workers=workers: not any(map(is_running, workers)))
