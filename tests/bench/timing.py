"""Timing two things in turn, in one run, so that their ratio survives a noisy machine."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Ratio:
    """A measured ratio of `what` to `against` (medians, in `unit`), and the bar it is held to."""

    what: str
    against: str
    measured: float
    against_measured: float
    ratio: float
    bar: str
    met: bool
    unit: str = "s"

    def record(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median wall times of two works run A B A B …, after one warm-up of each."""
    first(), second()
    pairs = [(seconds(first), seconds(second)) for _ in range(runs)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def at_most(what: str, against: str, a: float, b: float, bar: float) -> Ratio:
    """`what` may take at most `bar` times as long."""
    return Ratio(what, against, a, b, a / b, f"at most {bar:g}x the time", a / b <= bar)


def faster(what: str, against: str, a: float, b: float, bar: float) -> Ratio:
    """`what` must be at least `bar` times as fast."""
    return Ratio(what, against, a, b, b / a, f"at least {bar:g}x as fast", b / a >= bar)


def process(command: Sequence[str], **env: str) -> Callable[[], object]:
    """A whole process, its output thrown away; it must succeed."""

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **env})

    return run


def python(code: str) -> Callable[[], object]:
    """A whole Python process that runs `code`."""
    return process([sys.executable, "-c", code])
