"""The server under load, against FastAPI routes in a server of the same settings, in turns, in one run."""

import contextlib
import gzip
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench.core import FACTOR
from tests.bench.load import Load, for_seconds, side_by_side
from tests.bench.memory import after_a_visit, books, over_many
from tests.bench.timing import Ratio

ROUNDS, SECONDS = 4, 5.0  # 20 s each
HEATMAP, BETA = "/heatmap?window=252", "/stock/TCS.NS/betas"
PAGE, SCRIPT, HEALTH, PORTFOLIO = "/", "/web/app.js", "/health", "/portfolio/betas"
MANY = int(os.environ.get("BENCH_REQUESTS", "200000"))
POSTED, POSTED_BESIDE = 4, 20  # connections that post portfolios
MIN_PORTFOLIOS, MAX_PORTFOLIO_SECONDS, MAX_HEALTH_SECONDS = 50.0, 0.009, 0.05


def ratios() -> Iterator[Ratio]:
    """Every ratio of the server, measured now."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        env = _environment(folder)
        subprocess.run([FACTOR, "heatmap", "compute", "--all"], env=env, check=True, capture_output=True)
        ours, process = stack.enter_context(_factor(folder, env))
        yield from after_a_visit(ours, process.pid)
        for path, file in ((HEATMAP, "heatmap"), (BETA, "beta")):
            for _ in range(2):  # the second answer is from the cache
                body = urllib.request.urlopen(f"http://127.0.0.1:{ours}{path}", timeout=60).read()
            (folder / f"{file}.json").write_bytes(body)
            (folder / f"{file}.gz").write_bytes(gzip.compress(body, 6))
        theirs = stack.enter_context(_rivals(folder))
        heatmap, bare = _in_turn((ours, HEATMAP), (theirs, "/bare"))
        yield _at_least("GET /heatmap, 500 stocks", "a bare FastAPI route with the same bytes", heatmap, bare, 0.75)
        models = for_seconds(theirs, "/models", ROUNDS * SECONDS)
        yield _at_least("GET /heatmap, 500 stocks", "FastAPI building 500 response models", heatmap, [models], 10)
        beta, bare = _in_turn((ours, BETA), (theirs, "/bare-beta"))
        yield _at_least("GET /stock/{ticker}/betas, cached", "a bare FastAPI route, the same bytes", beta, bare, 0.5)
        bodies = books(ours)
        yield from _while_portfolios_compute(ours, process.pid, bodies)
        yield over_many(ours, process.pid, MANY, (HEATMAP, BETA, PAGE, SCRIPT, HEALTH), PORTFOLIO, bodies)


def _while_portfolios_compute(port: int, pid: int, bodies: list[bytes]) -> Iterator[Ratio]:
    """Portfolios a second, beside the page, a cached route and /health, and how long /health waits."""
    for_seconds(port, PORTFOLIO, 2.0, POSTED, bodies)
    before = _processor(pid)
    posted = for_seconds(port, PORTFOLIO, SECONDS, POSTED, bodies)
    used = (_processor(pid) - before) / posted.answers
    yield _least("POST /portfolio/betas, 20 holdings", posted, MIN_PORTFOLIOS)
    yield Ratio(
        "processor time of a portfolio", "the bar", 1000 * used, 1000 * MAX_PORTFOLIO_SECONDS,
        used / MAX_PORTFOLIO_SECONDS, "at most 9 ms", used <= MAX_PORTFOLIO_SECONDS, "ms",
    )  # fmt: skip
    asked = [(PORTFOLIO, POSTED_BESIDE, bodies), (HEALTH, 1, None), (PAGE, 1, None), (BETA, 1, None)]
    _, health, *_ = found = side_by_side(port, SECONDS, asked)
    beside = f"while {POSTED_BESIDE} post portfolios, beside the page and a cached route"
    for name, share in (("median", 0.5), ("99th percentile", 0.99)):
        wait = health.quantile(share)
        yield Ratio(
            f"GET /health, {name}", beside, 1000 * wait, 1000 * MAX_HEALTH_SECONDS, wait / MAX_HEALTH_SECONDS,
            "under 50 ms, no error", wait < MAX_HEALTH_SECONDS and not any(load.errors for load in found), "ms",
        )  # fmt: skip


def _least(what: str, load: Load, least: float) -> Ratio:
    met = load.rate >= least and not load.errors
    return Ratio(what, "the bar", load.rate, least, load.rate / least, f"{least:g}/s, no error", met, "answers/s")


def _at_least(what: str, against: str, ours: list[Load], theirs: list[Load], bar: float) -> Ratio:
    a, b = (statistics.median(load.rate for load in loads) for loads in (ours, theirs))
    met = a / b >= bar and not any(load.errors for load in [*ours, *theirs])
    return Ratio(what, against, a, b, a / b, f"at least {bar:g}x, no error", met, "answers/s")


def _in_turn(first: tuple[int, str], second: tuple[int, str]) -> tuple[list[Load], list[Load]]:
    for port, path in (first, second):
        for_seconds(port, path, 0.5)
    pairs = [(for_seconds(*first, SECONDS), for_seconds(*second, SECONDS)) for _ in range(ROUNDS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


@contextlib.contextmanager
def _factor(folder: Path, env: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with (folder / "log").open("wb") as log, subprocess.Popen([FACTOR, "serve"], env=env, stderr=log) as process:
        try:
            while (found := re.search(r"http://127\.0\.0\.1:(\d+)", (folder / "log").read_text())) is None:
                time.sleep(0.05)
            yield int(found[1]), process
        finally:
            process.terminate()


@contextlib.contextmanager
def _rivals(folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-m", "tests.bench.rivals", str(folder), str(port)]) as process:
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH")}
    return {
        **kept, "HOME": str(folder), "FACTOR_CACHE_DIR": str(folder / "cache"), "FACTOR_SOURCE": "demo", "PORT": "0",
        "RATE_LIMIT": "1000000000/minute",
        "RATE_LIMIT_PORTFOLIO": "1000000000/minute",
    }  # fmt: skip


def _processor(pid: int) -> float:
    """Seconds of the processor that a process has used."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
