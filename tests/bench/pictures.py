"""Pictures and reports from cached answers, as whole processes against the imports they are held to."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from factorcli.markets.universe import Universe
from tests.bench.core import FACTOR
from tests.bench.timing import Ratio, at_most, in_turn, process, python

RUNS = 7
MANY = 100


def ratios() -> Iterator[Ratio]:
    """Every ratio of pictures and reports, measured now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {"FACTOR_CACHE_DIR": str(folder / "cache"), "HOME": name, "FACTOR_SOURCE": "demo"}
        tickers = [stock.ticker for stock in Universe.load().stocks[:MANY]]
        process([FACTOR, "heatmap", "compute", "--all", "--window", "252"], **env)()
        yield from _pictures(folder, env)
        yield from _reports(folder, tickers, env)


def _pictures(folder: Path, env: dict[str, str]) -> Iterator[Ratio]:
    draw = process([FACTOR, "beta", "RELIANCE", "-o", str(folder / "beta.png")], **env)
    yield at_most(
        "factor beta -o FILE.png from the cache, whole process",
        "import numpy, pandas",
        *in_turn(draw, python("import numpy, pandas"), RUNS),
        3,
    )


def _reports(folder: Path, tickers: list[str], env: dict[str, str]) -> Iterator[Ratio]:
    one = process([FACTOR, "report", "RELIANCE", "-o", str(folder / "one.html")], **env)
    yield at_most(
        "factor report of a stock from the cache, whole process",
        "import numpy, pandas",
        *in_turn(one, python("import numpy, pandas"), RUNS),
        4,
    )
    pages = folder / "pages"
    pages.mkdir()
    for what, target in (("one page", folder / "many.html"), (f"{MANY} pages", pages)):
        many = process([FACTOR, "report", *tickers, "-o", str(target)], **env)
        yield at_most(
            f"factor report of {MANY} stocks from the cache, {what}", "a report of one", *in_turn(many, one, 3), 12
        )
