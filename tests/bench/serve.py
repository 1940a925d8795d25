"""The server under load, against FastAPI routes in a server of the same settings, in turns, in one run."""

import contextlib
import gzip
import json
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
from tests.bench.load import Load, for_requests, for_seconds, side_by_side
from tests.bench.timing import Ratio

ROUNDS, SECONDS = 4, 5.0  # 20 s each
HEATMAP, BETA = "/heatmap?window=252", "/stock/TCS.NS/betas"
PAGE, HEALTH, PORTFOLIO = "/", "/health", "/portfolio/betas"
MANY = 200_000
HOLDINGS = 20
POSTED = 4  # connections that post portfolios
MIN_PORTFOLIOS, MAX_HEALTH_SECONDS = 50.0, 0.05


def ratios() -> Iterator[Ratio]:
    """Every ratio of the server, measured now."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        env = _environment(folder)
        subprocess.run([FACTOR, "heatmap", "compute", "--all"], env=env, check=True, capture_output=True)
        ours, process = stack.enter_context(_factor(folder, env))
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
        body = _portfolio(ours)
        yield from _while_portfolios_compute(ours, body)
        before = _megabytes(process.pid)
        paths = (HEATMAP, BETA, PAGE, HEALTH)
        found = sum(for_requests(ours, path, MANY // len(paths)).errors for path in paths)
        found += for_seconds(ours, PORTFOLIO, SECONDS, POSTED, body).errors
        after = _megabytes(process.pid)
        met = found == 0 and after <= 1.05 * before
        yield Ratio(
            f"memory after {MANY:,} requests", "before", after, before, after / before, "at most 1.05x", met, "MB"
        )


def _portfolio(port: int) -> bytes:
    """A body with the first stocks of the heatmap, in equal parts."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{HEATMAP}", timeout=60) as reply:
        stocks = json.load(reply)["stocks"][:HOLDINGS]
    held = [{"ticker": stock["ticker"], "weight": 1 / len(stocks)} for stock in stocks]
    return json.dumps({"holdings": held}).encode()


def _while_portfolios_compute(port: int, body: bytes) -> Iterator[Ratio]:
    """Portfolios a second, beside the page, a cached route and /health, and how long /health waits."""
    for_seconds(port, PORTFOLIO, 1.0, POSTED, body)
    posted = for_seconds(port, PORTFOLIO, SECONDS, POSTED, body)
    yield _least("POST /portfolio/betas, 20 holdings", posted, MIN_PORTFOLIOS)
    asked = [(PORTFOLIO, POSTED, body), (HEALTH, 1, None), (PAGE, 1, None), (BETA, 1, None)]
    _, health, *_ = found = side_by_side(port, SECONDS, asked)
    wait = health.quantile(0.99)
    yield Ratio(
        "GET /health, 99th percentile", "while portfolios compute, beside the page and a cached route", 1000 * wait,
        1000 * MAX_HEALTH_SECONDS, wait / MAX_HEALTH_SECONDS, "under 50 ms, no error",
        wait < MAX_HEALTH_SECONDS and not any(load.errors for load in found), "ms",
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
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
    return {
        **kept, "HOME": str(folder), "FACTOR_CACHE_DIR": str(folder / "cache"), "FACTOR_SOURCE": "demo", "PORT": "0",
        "RATE_LIMIT": "1000000000/minute",
        "RATE_LIMIT_PORTFOLIO": "1000000000/minute",
    }  # fmt: skip


def _megabytes(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")
