"""The heatmap and the cache: whole processes against the imports they are held to, and memory."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from tests.bench.core import FACTOR
from tests.bench.timing import Ratio, at_most, in_turn, process, python, seconds
from tests.markets import market, write_wide

COMPUTE = [FACTOR, "heatmap", "compute", "--all", "--force"]
TYPER = python("import typer, rich.table")


def ratios() -> Iterator[Ratio]:
    """Every ratio of the heatmap and the cache, measured now."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _real(Path(folder))
        yield from _growth(Path(folder))
        yield from _rival(Path(folder))
        yield from _large(Path(folder))
        yield from _workers(Path(folder))


def source_of(folder: Path) -> str:
    """The real NSE prices where FACTOR_TEST_NSE names them, else a random market of the same size."""
    real = os.environ.get("FACTOR_TEST_NSE")
    if real:
        return str(Path(real) / "nse")
    return str(write_wide(folder / "prices.csv", market(count=984, stocks=500)))


def _real(folder: Path) -> Iterator[Ratio]:
    source = source_of(folder)
    env = {"FACTOR_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}
    if not os.environ.get("FACTOR_TEST_NSE"):
        env["FACTOR_UNIVERSE"] = str(universe_of(folder / "random.csv", [f"S{i}.NS" for i in range(500)]))
    stock = "RELIANCE.NS" if os.environ.get("FACTOR_TEST_NSE") else "S0.NS"
    compute = [FACTOR, "heatmap", "compute", "--all", "--force", "--source", source]
    yield at_most(
        "factor heatmap compute --all --force, 500 tickers × 3 windows, whole process",
        "import numpy, pandas",
        *in_turn(_tolerant(compute, env), python("import numpy, pandas"), 7),
        1.6,
    )
    peak = _peak_megabytes(compute, env)
    yield Ratio("peak memory of that run", "the limit", peak, 300.0, peak / 300.0, "at most 1x", peak <= 300.0, "MB")
    beta = process([FACTOR, "beta", stock, "--source", source], **env)
    yield at_most("factor beta from the cache, whole process", "import typer, rich.table", *in_turn(beta, TYPER, 15), 2)
    show = process([FACTOR, "heatmap", "show", "--source", source], **env)
    yield at_most(
        "factor heatmap show from the cache, whole process", "import typer, rich.table", *in_turn(show, TYPER, 15), 1.9
    )
    if os.environ.get("FACTOR_TEST_NSE"):
        yield from _history(source, env)


def _growth(folder: Path) -> Iterator[Ratio]:
    """20,000 demo tickers × 3 windows against 500; the fixed cost of a process is taken off both."""
    times, peak = {}, 0.0
    for count in (5, 505, 20_005):
        env = {
            "FACTOR_UNIVERSE": str(universe_of(folder / f"{count}.csv", [f"T{i}.NS" for i in range(count)])),
            "FACTOR_CACHE_DIR": str(folder / f"cache-{count}"),
            "HOME": str(folder),
        }
        command = [FACTOR, "heatmap", "compute", "--all", "--force", "--source", "demo"]
        run = _tolerant(command, env)
        times[count] = min(seconds(run) for _ in range(2 if count > 1000 else 5))
        if count > 1000:
            peak = _peak_megabytes(command, env)
    yield at_most(
        "20,000 demo tickers × 3 windows, a ticker",
        "500 tickers, a ticker",
        (times[20_005] - times[5]) / 20_000,
        (times[505] - times[5]) / 500,
        1.1,
    )
    yield Ratio("peak memory of that run", "the limit", peak, 1500.0, peak / 1500.0, "at most 1x", peak <= 1500.0, "MB")


def _demo(folder: Path, count: int) -> dict[str, str]:
    """The environment of a universe of so many demo tickers; one thread, as everything here."""
    return {
        "FACTOR_UNIVERSE": str(universe_of(folder / f"{count}.csv", [f"T{i}.NS" for i in range(count)])),
        "FACTOR_CACHE_DIR": str(folder / f"cache-{count}"),
        "HOME": str(folder),
        "FACTOR_SOURCE": "demo",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _rival(folder: Path) -> Iterator[Ratio]:
    """20,000 demo tickers over one window against numpy alone, whole processes."""
    env = _demo(folder, 20_000)
    rival = process([sys.executable, str(Path(__file__).with_name("rival.py")), "20000"], **env)
    for count, words, bar in ((1, "one worker", 3), (2, "two workers", 2.5)):
        command = [*COMPUTE, "--window", "252", "--workers", str(count)]
        yield at_most(
            f"20,000 demo tickers, window 252, whole process, {words}",
            "numpy alone, one thread, drawing as many histories and fitting them with Newey-West errors",
            *in_turn(process(command, **env), rival, 3),
            bar,
        )
    peak = _peak_of_all(command, env)
    yield Ratio(
        "memory of that run, all processes", "the limit", peak, 1000, peak / 1000, "at most 1x", peak < 1000, "MB"
    )


def _workers(folder: Path) -> Iterator[Ratio]:
    """50,000 tickers × 3 windows with two workers, and 20,000 on a Dask cluster of two processes, against one."""
    one, two = (process([*COMPUTE, "--workers", count], **_demo(folder, 50_000)) for count in ("1", "2"))
    yield at_most("50,000 demo tickers × 3 windows, two workers", "one worker", *in_turn(two, one, 3), 0.65)
    with _cluster() as address:
        env = _demo(folder, 20_000)
        on_dask = process([*COMPUTE, "--executor", address], **env)
        alone = process([*COMPUTE, "--workers", "1"], **env)
        on_dask()
        yield at_most(
            "20,000 demo tickers × 3 windows, a warm Dask cluster of two local workers",
            "one process",
            *in_turn(on_dask, alone, 3),
            0.8,
        )


@contextmanager
def _cluster() -> Iterator[str]:
    """The address of a Dask cluster of two processes, in a process of its own."""
    code = (
        "from distributed import LocalCluster\n"
        "with LocalCluster(n_workers=2, threads_per_worker=1, host='127.0.0.1', dashboard_address=':0') as made:\n"
        "    print(made.scheduler_address, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        yield run.stdout.readline().strip().replace("tcp://", "dask://")
        run.stdin.write("\n")


def _large(folder: Path) -> Iterator[Ratio]:
    """50,000 demo tickers × 3 windows: memory, and showing the first twenty against those of 500."""
    shows, peak = {}, 0.0
    for count in (500, 50_000):
        env = _demo(folder, count)
        peak = _peak_megabytes([FACTOR, "heatmap", "compute", "--all"], env)
        shows[count] = process([FACTOR, "heatmap", "show", "--top", "20"], **env)
    what = "peak memory of 50,000 tickers × 3 windows"
    yield Ratio(what, "the limit", peak, 700.0, peak / 700.0, "at most 1x", peak <= 700.0, "MB")
    yield at_most("heatmap show --top 20 of 50,000", "of 500", *in_turn(shows[50_000], shows[500], 7), 3)


def _history(source: str, env: dict[str, str]) -> Iterator[Ratio]:
    """24 month-ends of the real prices against one day, three windows each, whole processes."""
    env = {**env, "FACTOR_SOURCE": source}
    compute = [FACTOR, "heatmap", "compute", "--all", "--force"]
    months = ["--every", "month", "--from", "2023-09-01", "--to", "2025-08-31"]
    chain, day = _tolerant([*compute, *months], env), _tolerant([*compute, "--as-of", "2025-06-30"], env)
    yield at_most("24 month-ends × 3 windows × 500, whole process", "one day", *in_turn(chain, day, 5), 4)


def universe_of(path: Path, tickers: list[str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ticker", "name", "sector", "isin"])
        writer.writerows([ticker, ticker, f"Sector {i % 20}", f"I{i}"] for i, ticker in enumerate(tickers))
    return path


def _tolerant(command: list[str], env: dict[str, str]):
    """A run that may end with some failures (status 3): real universes have them."""

    def run() -> None:
        done = subprocess.run(command, capture_output=True, env={**os.environ, **env}, check=False)
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr.decode())

    return run


def _peak_megabytes(command: list[str], env: dict[str, str]) -> float:
    """Peak resident memory of one run, in a child of its own so that no other run counts."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], env={**os.environ, **env}, capture_output=True, check=True, text=True
    )
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return float(done.stdout) / unit


def _peak_of_all(command: list[str], env: dict[str, str]) -> float:
    """Peak of the resident memory of a run and its processes together, from /proc; 0 where there is none."""
    peak = 0
    with subprocess.Popen(command, env={**os.environ, **env}, stdout=-3, stderr=-3) as run:
        while run.poll() is None:
            below = chain.from_iterable(_words(path) for path in Path(f"/proc/{run.pid}/task").glob("*/children"))
            pages = (_words(Path("/proc", pid, "statm")) for pid in (str(run.pid), *below))
            peak = max(peak, sum(int(one[1]) for one in pages if one))
            time.sleep(0.02)
    return peak * 4096 / 2**20


def _words(path: Path) -> list[str]:
    """The words of a file of /proc; none of a process that has ended."""
    try:
        return path.read_text().split()
    except OSError:
        return []
