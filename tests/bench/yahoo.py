"""A cold Nifty 500 through Yahoo: the bucket should be all that it waits for."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.timing import Ratio, at_most, seconds
from tests.yahoo.fixture import EVENING
from tests.yahoo.server import LoopbackYahoo

RATE, BURST, LATENCY = 20.0, 10, 0.2


def ratios() -> Iterator[Ratio]:
    """Requests a ticker, and the time against the floor that the bucket sets."""
    with LoopbackYahoo(EVENING, latency=LATENCY) as server, tempfile.TemporaryDirectory() as home:
        server.warm()
        environment = {**os.environ, **server.environment, "HOME": home, "FACTOR_NOW": EVENING.isoformat()}
        environment |= {"YAHOO_RATE": str(RATE), "YAHOO_BURST": str(BURST)}
        command = [str(Path(sys.executable).parent / "factor"), "heatmap", "compute", "--all", "--source", "yahoo"]
        took = seconds(lambda: subprocess.run(command, env=environment, cwd=home, check=True, capture_output=True))
        requests = server.requests
        floor = (len(requests) - BURST) / RATE
        between = requests[-1].at - requests[0].at
        worst = server.most_in_any_interval(RATE, BURST)
    tickers = 505
    yield Ratio(
        "requests of a cold heatmap", "tickers and proxies", len(requests), tickers, len(requests) / tickers,
        "at most 1.02", len(requests) <= 1.02 * tickers, "requests",
    )  # fmt: skip
    yield at_most("from the first to the last request", "(requests - burst) / rate", between, floor, 1.05)
    yield at_most("the whole command", "(requests - burst) / rate", took, floor, 1.2)
    yield Ratio(
        "requests beyond burst + rate x t, in the worst interval", "none", worst, 1, worst, "at most 0", worst <= 0,
        "requests",
    )  # fmt: skip
