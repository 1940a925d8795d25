"""The memory of a server: after what a visitor of the page does, and over very many requests."""

import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tests.bench.load import for_requests
from tests.bench.timing import Ratio

WEB = Path(__file__).parents[2] / "factorcli/serve/web"
HELD, BOOKS = 20, 50
BAR_MEGABYTES = 256.0
ROUNDS = 10
POSTED_SHARE = 0.01  # of all requests
ATTEMPTS = 20


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def books(port: int) -> list[bytes]:
    """Bodies with random portfolios of stocks of the heatmap, in equal parts; seeded."""
    stocks, draw = (
        [stock["ticker"] for stock in json.loads(_get(port, "/heatmap?window=252"))["stocks"]],
        random.Random(19),
    )
    held = ([{"ticker": ticker, "weight": 1 / HELD} for ticker in draw.sample(stocks, HELD)] for _ in range(BOOKS))
    return [json.dumps({"holdings": one}).encode() for one in held]


def after_a_visit(port: int, pid: int) -> Iterator[Ratio]:
    """Memory after the start, the page, three stocks, a portfolio and four reports, one after the other."""
    start = megabytes(pid)
    yield _stage("the start", start, start)
    _page(port)
    yield _stage("the page with its files, a heatmap, its dates and the model", megabytes(pid), start)
    for ticker in ("TCS.NS", "INFY.NS", "RELIANCE.NS"):
        _get(port, f"/stock/{ticker}/overview")
    yield _stage("three stocks", megabytes(pid), start)
    book = books(port)[0]
    _portfolio(port, book)
    yield _stage("a portfolio of 20: its file, betas, shares, stress, hedge, what-if, drift", megabytes(pid), start)
    for ticker in ("TCS.NS", "INFY.NS", "RELIANCE.NS"):
        _get(port, f"/stock/{ticker}/report")
    _get(port, "/portfolio/report", book)
    yield _stage("four reports", megabytes(pid), start)
    drawing = sum(map(megabytes, children(pid)))
    yield Ratio(
        "memory of the process that draws, which ends", "the server's start", drawing, start, drawing / start,
        "at most 350 MB", drawing <= 350, "MB",
    )  # fmt: skip


def over_many(port: int, pid: int, requests: int, paths: Sequence[str], path: str, bodies: Sequence[bytes]) -> Ratio:
    """Memory after so many requests, of paths in equal parts with posts of bodies among them, against before them."""
    _mixed(port, requests // ROUNDS, paths, path, bodies)
    before, errors = megabytes(pid), 0
    for _ in range(ROUNDS):
        errors += _mixed(port, requests // ROUNDS, paths, path, bodies)
    after = megabytes(pid)
    met = errors == 0 and after <= 1.05 * before
    what = f"memory after {requests:,} requests, {POSTED_SHARE:.0%} of them portfolios"
    return Ratio(
        what,
        f"after the first {requests // ROUNDS:,}",
        after,
        before,
        after / before,
        "at most 1.05x, no error",
        met,
        "MB",
    )


def _mixed(port: int, requests: int, paths: Sequence[str], path: str, bodies: Sequence[bytes]) -> int:
    """Errors of a round."""
    found = sum(for_requests(port, one, requests // len(paths)).errors for one in paths)
    return found + for_requests(port, path, max(int(POSTED_SHARE * requests), 8), 4, bodies).errors


def _stage(what: str, found: float, start: float) -> Ratio:
    bar = f"at most {BAR_MEGABYTES:g} MB"
    return Ratio(f"memory after {what}", "the start", found, start, found / start, bar, found <= BAR_MEGABYTES, "MB")


def _page(port: int) -> None:
    """Everything that a browser asks for with the page; what a version of it lacks is left out."""
    _get(port, "/")
    for file in (*WEB.glob("*.*"), *WEB.glob("views/*.*")):
        if file.name != "index.html":
            _get(port, f"/web/{file.relative_to(WEB)}")
    for path in ("/web/fonts/Inter-Regular.woff2", "/web/fonts/Inter-SemiBold.woff2", "/web/vega.js", "/web/theme.css"):
        with suppress(urllib.error.HTTPError):
            _get(port, path)
    for path in ("/heatmap?window=252", "/heatmap/dates", "/model"):
        _get(port, path)


def _portfolio(port: int, book: bytes) -> None:
    held = json.loads(book)["holdings"]
    file = "\n".join(["ticker,weight", *(f"{one['ticker']},{one['weight']}" for one in held)])
    _get(port, "/portfolio/read", file.encode())
    questions = {
        "betas": {}, "decompose": {}, "stress": {"shocks": {"MKT": -0.1}}, "hedge": {"with": ["^NSEI"]},
        "whatif": {"trades": {held[0]["ticker"]: -0.02}}, "drift": {},
    }  # fmt: skip
    for name, more in questions.items():
        _get(port, f"/portfolio/{name}", json.dumps({"holdings": held, **more}).encode())


def _get(port: int, path: str, body: bytes | None = None) -> bytes:
    """An answer, asked for again while a busy machine takes longer than a request may."""
    for _ in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", body, timeout=120) as reply:
                found: bytes = reply.read()
                return found
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            time.sleep(float(error.headers["Retry-After"]))
    raise TimeoutError(path)
