"""The peers of all stocks of a heatmap, and a screen of it: whole processes against those that they build on."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.core import FACTOR
from tests.bench.heatmap import COMPUTE, TYPER, _tolerant, source_of, universe_of
from tests.bench.timing import Ratio, at_most, in_turn, process


def ratios() -> Iterator[Ratio]:
    """Both ratios, measured now, on the real prices where FACTOR_TEST_NSE names them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {"FACTOR_CACHE_DIR": str(folder / "cache"), "HOME": name, "FACTOR_SOURCE": source_of(folder)}
        if not os.environ.get("FACTOR_TEST_NSE"):
            env["FACTOR_UNIVERSE"] = str(universe_of(folder / "random.csv", [f"S{i}.NS" for i in range(500)]))
        compute = _tolerant(COMPUTE, env)
        compute()
        yield at_most(
            "factor peers --all, ten peers of each of 500 stocks, whole process",
            "factor heatmap compute --all --force, 500 tickers × 3 windows",
            *in_turn(process([FACTOR, "peers", "--all", "--json"], **env), compute, 5),
            5,
        )
        screen = process([FACTOR, "screen", "--where", "SZ > 0.5", "--where", "SZ.q < 5%", "--sort", "SZ"], **env)
        yield at_most(
            "factor screen of 500 kept stocks, whole process",
            "import typer, rich.table",
            *in_turn(screen, TYPER, 15),
            2,
        )
