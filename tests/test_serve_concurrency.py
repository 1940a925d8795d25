"""Many requests at once, sources that are slow or away, and the end of a server."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.errors import Overloaded, UpstreamError
from factorcli.ports import MarketData, PricePanel
from factorcli.prices.demo import DemoSource
from factorcli.prices.gate import GatedMarket
from factorcli.results.warnings import ResultWarning
from factorcli.serve import create_app
from factorcli.serve.jobs import Workers
from factorcli.serve.response_cache import MAX_BYTES, ResponseCache
from tests.conftest import NOW
from tests.markets import market, weekdays, write_wide
from tests.serving import Site, hosting, serving

pytestmark = pytest.mark.serve

SETTINGS = Settings(source="demo", rate_limit="1000000/minute", now=datetime.fromisoformat(NOW), request_timeout=3.0)


@dataclass
class Yahoo:
    """The demo market as a source that has to be asked: it counts, and can be slow, away, or short of a ticker."""

    demo: DemoSource
    asked: list[str] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    away: bool = False
    failing: frozenset[str] = frozenset()
    name: str = "demo"
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()

    def listed(self) -> None:
        """Only asking tells."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """Prices, when `open` lets them."""
        self.asked += tickers
        assert self.open.wait(30)
        if self.away:
            raise UpstreamError("Yahoo does not answer; try again later.")
        panel = self.demo.prices([ticker for ticker in tickers if ticker not in self.failing])
        errors = {ticker: UpstreamError(f"Yahoo does not answer for {ticker}.") for ticker in self.failing}
        return replace(panel, failures={ticker: errors[ticker] for ticker in tickers if ticker in errors})


@dataclass
class World:
    """A server over a fake Yahoo, and how often a market was asked for a fit."""

    site: Site
    yahoo: Yahoo
    fits: list[Sequence[str]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A server whose source is open."""
    context = build_context(replace(SETTINGS, cache_dir=tmp_path / "cache"), lasting=True)
    yahoo, fits = Yahoo(DemoSource(context.universe, context.clock)), []
    yahoo.open.set()

    class Counting(GatedMarket):
        def window(self, tickers: Sequence[str], *rest: Any, **more: Any) -> Any:
            fits.append(tickers)
            return super().window(tickers, *rest, **more)

    def open_market() -> MarketData:
        return Counting(yahoo, context.model, context.clock)

    with hosting(create_app(replace(context, open_market=open_market), SETTINGS)) as site:
        yield World(site, yahoo, fits)
        yahoo.open.set()


def test_twenty_requests_for_one_cold_ticker_make_one_fetch_and_one_fit(world: World) -> None:
    """All of them get the same answer; a decomposition then needs neither."""
    replies = world.site.gather(*["/stock/TCS.NS/betas"] * 20)
    assert {reply.status for reply in replies} == {200}
    answers = [{**reply.json, "cache": None} for reply in replies]  # who asks late is told that it is from the cache
    assert answers == answers[:1] * 20
    assert (world.yahoo.asked.count("TCS.NS"), world.fits) == (1, [["TCS.NS"]])
    assert world.site.get("/stock/TCS.NS/decompose").json["cache"]["hit"] == "disk"
    mixed = world.site.gather(*["/stock/INFY/betas", "/stock/infy.ns/decompose", "/stock/INFY.NS/betas?cov=hac"] * 7)
    assert {reply.status for reply in mixed} == {200}
    assert (world.yahoo.asked.count("INFY.NS"), len(world.fits)) == (1, 2)


def test_a_slow_source_delays_nothing_that_is_known(world: World) -> None:
    """Health, statuses, search and cached stocks answer at once; the cold request is a 503, and its work goes on."""
    world.site.get("/stock/TCS.NS/betas")
    world.yahoo.open.clear()
    cold: list[Any] = []
    waiting = threading.Thread(target=lambda: cold.append(world.site.get("/stock/INFY.NS/betas")))
    waiting.start()
    time.sleep(0.2)
    free = (
        "/health", "/heatmap/status", "/heatmap/status/all", "/stocks/search?q=tata", "/stock/TCS.NS/betas",
        "/stock/TCS.NS/decompose",
    )  # fmt: skip
    start = time.monotonic()
    assert {world.site.get(path).status for path in free} == {200}
    assert time.monotonic() - start < 0.7
    waiting.join()
    assert (cold[0].status, cold[0].code) == (503, "timeout")
    assert int(cold[0].headers["retry-after"]) > 0
    world.yahoo.open.set()
    assert world.site.get("/stock/INFY.NS/betas").status == 200
    assert (world.yahoo.asked.count("INFY.NS"), len(world.fits)) == (1, 2)


def test_an_outage_is_a_503_and_heals_by_itself(world: World) -> None:
    """What is cached is answered throughout; a miss is a 503 while Yahoo is away, whole or for one ticker."""
    world.site.get("/stock/TCS.NS/betas")
    world.yahoo.away = True
    for path in ("/stock/INFY.NS/betas", "/stock/INFY.NS/decompose"):
        away = world.site.get(path)
        assert (away.status, away.code) == (503, "upstream")
        assert int(away.headers["retry-after"]) > 0
    assert world.site.get("/health").status == world.site.get("/stock/TCS.NS/betas").status == 200
    world.yahoo.away, world.yahoo.failing = False, frozenset({"INFY.NS"})
    assert world.site.get("/stock/INFY.NS/betas").code == "upstream"
    assert world.site.get("/stock/ITC.NS/betas").status == 200
    world.yahoo.failing = frozenset()
    assert world.site.get("/stock/INFY.NS/betas").status == 200


def test_what_nobody_foresaw_is_told_to_the_log_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is a 500 in the one shape, without its text; the server goes on."""

    def broken(*_: object) -> None:
        raise RuntimeError("secret path /home/someone")

    monkeypatch.setattr(Yahoo, "prices", broken)
    reply = world.site.get("/stock/TCS.NS/betas")
    assert (reply.status, reply.code) == (500, "internal")
    assert b"secret" not in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert world.site.get("/health").status == 200


def test_a_server_that_lasts_sees_new_prices(tmp_path: Path) -> None:
    """The same application, after a file has changed, answers with the later prices."""
    prices = market(count=300)
    days, earlier = weekdays(300), {name: closes[:-1] for name, closes in prices.items()}
    source = write_wide(tmp_path / "p.csv", earlier, days[:-1])
    settings = replace(SETTINGS, source=str(source), cache_dir=tmp_path / "cache")
    context = build_context(settings, lasting=True)
    with hosting(create_app(context, settings)) as site:
        assert site.get("/stock/S0.NS/betas?window=126").json["as_of"] == "2026-11-19"
        assert site.get("/stock/S0.NS/betas?window=126").json["cache"]["hit"] == "disk"
        write_wide(source, prices, days)
        deadline = time.monotonic() + 10
        while site.get("/stock/S0.NS/betas?window=126").json["as_of"] != "2026-11-20":
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_too_much_waiting_work_is_refused() -> None:
    """A full queue says so at once, and what it had taken is done."""

    async def fill() -> tuple[int, int]:
        workers, gate, taken, refused = Workers("test", 1, 3), threading.Event(), [], 0
        for _ in range(10):
            try:
                taken.append(workers.submit(gate.wait).result)
            except Overloaded:
                refused += 1
        gate.set()
        await asyncio.gather(*taken)
        workers.close()
        return len(taken), refused

    taken, refused = asyncio.run(fill())
    assert taken in (3, 4)  # the thread may have begun with one
    assert taken + refused == 10


def test_the_responses_is_bounded_and_believes_nothing_for_ever() -> None:
    """The least recently used document goes; one whose state has changed is not given out."""

    class Large:
        size = MAX_BYTES // 4

    responses, state = ResponseCache(), [0]
    for key in range(5):
        responses.put(key, Large(), lambda: state[0], 0, 60)  # type: ignore[arg-type]
    assert responses.get(0) is None
    assert responses.get(1) is not None
    state[0] = 1
    time.sleep(0.01)
    assert responses.get(1) is None
    responses.put(1, Large(), lambda: 0, 0, 0.0)  # type: ignore[arg-type]
    time.sleep(0.01)
    assert responses.get(1) is None


@pytest.mark.installed
@pytest.mark.slow
def test_the_installed_server_waits_for_a_slow_source_without_blocking(tmp_path: Path) -> None:
    """Prices that come through a pipe: health at once, 503 in time, then the answer, and a stop that waits for it."""
    pipe, prices = tmp_path / "slow.csv", tmp_path / "prices.csv"
    write_wide(prices, market())
    os.mkfifo(pipe)
    with serving(tmp_path / "slow", "--source", str(pipe), REQUEST_TIMEOUT="2") as site:
        start = time.monotonic()
        assert site.get("/health").status == 200
        assert time.monotonic() - start < 1
        assert site.get("/stock/S0.NS/betas?window=126").code == "timeout"
        assert site.process is not None
        replies: list[Any] = []
        waiting = threading.Thread(target=lambda: replies.append(site.get("/stock/S0.NS/betas?window=126")))
        waiting.start()
        time.sleep(0.3)
        site.process.terminate()
        for _ in range(2):  # the file has changed by being written to, and is read again
            pipe.write_bytes(prices.read_bytes())
            time.sleep(0.3)
        waiting.join()
        assert replies[0].status == 200
        assert site.process.wait(30) == 0


@pytest.mark.installed
@pytest.mark.slow
def test_a_stop_under_load_loses_no_request(tmp_path: Path) -> None:
    """Sixteen connections that ask on end: every request that was sent is answered whole, then there is nobody."""
    with serving(tmp_path / "stop") as site:
        site.get("/stock/TCS.NS/betas")
        outcomes: list[str] = []
        clients = [threading.Thread(target=_ask_until_refused, args=(site.port, outcomes)) for _ in range(16)]
        for client in clients:
            client.start()
        time.sleep(0.7)
        assert site.process is not None
        site.process.terminate()
        for client in clients:
            client.join()
        assert site.process.wait(30) == 0
    assert outcomes.count("answered") > 500
    assert set(outcomes) == {"answered"}


def _ask_until_refused(port: int, outcomes: list[str]) -> None:
    """Keep a connection alive as long as the server says, open another one, until none can be had."""
    request = b"GET /stock/TCS.NS/betas HTTP/1.1\r\nHost: here\r\n\r\n"
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            return
        with connection, connection.makefile("rb") as stream:
            closing = False
            while not closing:
                connection.sendall(request)
                status = stream.readline()
                headers = dict(line.rstrip().split(b": ", 1) for line in iter(stream.readline, b"\r\n") if line)
                body = stream.read(int(headers.get(b"content-length", 0)))
                whole = b" 200 " in status and body.endswith(b"}")
                outcomes.append("answered" if whole else f"lost: {status!r}")
                closing = not whole or headers.get(b"connection") == b"close"
