"""Commands against the same commands of an earlier version, pair by pair.

FACTOR_BENCH_BEFORE names the `factor` of that version, installed in an environment of its own with the same
libraries; without it nothing is measured.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.core import FACTOR
from tests.bench.timing import Ratio

PAIRS = 31


def ratios() -> Iterator[Ratio]:
    """Processor time of whole processes, now against before: help, cached answers, a heatmap."""
    before = os.environ.get("FACTOR_BENCH_BEFORE")
    if not before:
        return
    with tempfile.TemporaryDirectory() as folder:
        for what, bar, pairs, words in (
            ("--help", 1.02, PAIRS, ["--help"]),
            ("beta from the cache, JSON", 1.02, PAIRS, ["beta", "TCS", "--source", "demo", "--json"]),
            ("beta from the cache, a table", 1.02, PAIRS, ["beta", "TCS", "--source", "demo"]),
            ("beta, computed", 1.05, 11, ["beta", "TCS", "--source", "demo", "--no-cache", "--json"]),
            ("heatmap show", 1.05, 15, ["heatmap", "show", "--source", "demo"]),
            ("heatmap status", 1.05, 15, ["heatmap", "status", "--source", "demo"]),
            ("heatmap compute --all --force", 1.05, 7, ["heatmap", "compute", "--all", "--force", "--source", "demo"]),
        ):
            environments = [_environment(Path(folder, name)) for name in ("now", "before")]
            commands = [[FACTOR, *words], [before, *words]]
            yield _paired(f"factor {what}", "the version before", commands, environments, bar, pairs)
        now = _environment(Path(folder, "now"))
        commands = [[FACTOR, "beta", "TCS", "--source", "demo"], [sys.executable, "-c", "import typer, rich.table"]]
        yield _paired("factor beta from the cache", "import typer, rich.table", commands, [now, now], 1.75, PAIRS)


def _environment(folder: Path) -> dict[str, str]:
    """A home with a computed heatmap and answer, and a clock that stands still."""
    folder.mkdir(exist_ok=True)
    own = {"HOME": str(folder), "FACTOR_CACHE_DIR": str(folder / "cache"), "FACTOR_NOW": "2026-11-20T18:00+05:30"}
    return {**os.environ, **own}


def _paired(
    what: str,
    against: str,
    commands: Sequence[list[str]],
    environments: Sequence[dict[str, str]],
    bar: float,
    pairs: int,
) -> Ratio:
    """The median of the ratios of pairs that are run in turn, after two warm-ups that fill the caches."""
    for command, environment in zip(commands, environments, strict=True):
        if command[0] != sys.executable:
            _processor([command[0], "heatmap", "compute", "--all", "--source", "demo"], environment)
        _processor(command, environment)
        _processor(command, environment)
    found = []
    for number in range(pairs):
        order = (0, 1) if number % 2 else (1, 0)
        times = {i: _processor(commands[i], environments[i]) for i in order}
        found.append((times[0], times[1]))
    ratio = statistics.median(a / b for a, b in found)
    now, before = (statistics.median(pair[i] for pair in found) for i in (0, 1))
    return Ratio(what, against, now, before, ratio, f"at most {bar:g}x the processor time", ratio <= bar)


def _processor(command: list[str], environment: dict[str, str]) -> float:
    """User and system seconds of one process."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise RuntimeError(f"{command} ended with {run.returncode}")
    return used.ru_utime + used.ru_stime
