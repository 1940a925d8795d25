"""Many portfolios: one command on a folder of them against one on a single file, whole processes."""

import os
import random
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from factorcli import Factor
from tests.bench.core import FACTOR
from tests.bench.heatmap import source_of, universe_of
from tests.bench.timing import Ratio, at_most, process

COUNT, HELD, RUNS = 500, 20, 3
COMMANDS = (
    ("beta",),
    ("stress", "--shock", "MKT=-10%"),
    ("hedge", "--with", "^NSEI"),
    ("drift", "-w", "120", "--shift", "60"),
    ("compare", "^NSEI"),
    ("beta", "--benchmark", "^NSEI"),
)


def ratios() -> Iterator[Ratio]:
    """500 portfolios of 20 holdings against one, in seconds of the processor, as others may use the machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {"FACTOR_CACHE_DIR": str(folder / "cache"), "HOME": name, "FACTOR_SOURCE": source_of(folder)}
        if not os.environ.get("FACTOR_TEST_NSE"):
            env["FACTOR_UNIVERSE"] = str(universe_of(folder / "random.csv", [f"S{i}.NS" for i in range(500)]))
        _write(folder / "books", env)
        paths = (folder / "books", folder / "books" / "000.csv")
        for words in COMMANDS:
            many, one = (process([FACTOR, *words, "--portfolio", str(path)], **env) for path in paths)
            what = f"factor {' '.join(words)} --portfolio FOLDER, {COUNT} of {HELD} holdings, processor time"
            yield at_most(what, "one of them", *_processor(many, one), 3)


def _write(folder: Path, env: dict[str, str]) -> None:
    """Random portfolios of stocks that have a result; seeded."""
    draw, factor = (
        random.Random(18),
        Factor(source=env["FACTOR_SOURCE"], universe=env.get("FACTOR_UNIVERSE"), cache=False),
    )
    stocks = [one.ticker for one in factor.betas([stock.ticker for stock in factor.universe()])]
    folder.mkdir()
    for number in range(COUNT):
        lines = [f"{ticker},{draw.randint(1, 99)}" for ticker in draw.sample(stocks, HELD)]
        (folder / f"{number:03}.csv").write_text("\n".join(["ticker,quantity", *lines]))


def _processor(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Median seconds that the processor spends on two processes, run in turn after one warm-up of each."""
    first(), second()
    pairs = [(_used(first), _used(second)) for _ in range(RUNS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _used(run: Callable[[], object]) -> float:
    """Seconds of the processor in a process that ends within `run`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
