"""The heatmap and the cache: whole processes against the imports they are held to, and memory."""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.core import FACTOR
from tests.bench.timing import Ratio, at_most, in_turn, process, python, seconds
from tests.markets import market, write_wide

TYPER = python("import typer, rich.table")


def ratios() -> Iterator[Ratio]:
    """Every ratio of the heatmap and the cache, measured now."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _real(Path(folder))
        yield from _growth(Path(folder))


def _source(folder: Path) -> str:
    """The real NSE prices where FACTOR_TEST_NSE names them, else a random market of the same size."""
    real = os.environ.get("FACTOR_TEST_NSE")
    if real:
        return str(Path(real) / "nse")
    return str(write_wide(folder / "prices.csv", market(count=984, stocks=500)))


def _real(folder: Path) -> Iterator[Ratio]:
    source = _source(folder)
    env = {"FACTOR_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}
    if not os.environ.get("FACTOR_TEST_NSE"):
        env["FACTOR_UNIVERSE"] = str(_universe(folder / "random.csv", [f"S{i}.NS" for i in range(500)]))
    stock = "RELIANCE.NS" if os.environ.get("FACTOR_TEST_NSE") else "S0.NS"
    compute = [FACTOR, "heatmap", "compute", "--all", "--force", "--source", source]
    yield at_most(
        "factor heatmap compute --all --force, 500 tickers × 3 windows, whole process",
        "import numpy, pandas",
        *in_turn(_tolerant(compute, env), python("import numpy, pandas"), 7),
        3,
    )
    peak = _peak_megabytes(compute, env)
    yield Ratio("peak memory of that run", "the limit", peak, 300.0, peak / 300.0, "at most 1x", peak <= 300.0, "MB")
    beta = process([FACTOR, "beta", stock, "--source", source], **env)
    yield at_most("factor beta from the cache, whole process", "import typer, rich.table", *in_turn(beta, TYPER, 15), 2)
    show = process([FACTOR, "heatmap", "show", "--source", source], **env)
    yield at_most(
        "factor heatmap show from the cache, whole process", "import typer, rich.table", *in_turn(show, TYPER, 15), 3
    )


def _growth(folder: Path) -> Iterator[Ratio]:
    """20,000 demo tickers × 3 windows against 500; the fixed cost of a process is taken off both."""
    times, peak = {}, 0.0
    for count in (5, 505, 20_005):
        env = {
            "FACTOR_UNIVERSE": str(_universe(folder / f"{count}.csv", [f"T{i}.NS" for i in range(count)])),
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


def _universe(path: Path, tickers: list[str]) -> Path:
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
