"""Queued work whose requests have gone is dropped before it starts; what runs goes on, and what is awaited is done."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.errors import TooSlow, UpstreamError
from factorcli.ports import PricePanel
from factorcli.prices.demo import DemoSource
from factorcli.prices.gate import GatedMarket
from factorcli.results.warnings import ResultWarning
from factorcli.serve import create_app
from factorcli.serve.jobs import SingleFlight, Workers
from tests.conftest import NOW
from tests.serving import hosting

pytestmark = pytest.mark.serve

LONG = 30.0


class Bench:
    """A single busy thread, and the work that was done after it."""

    def __init__(self, seconds: float, return_seconds: float) -> None:
        self.workers, self.flights = Workers("test", 1, 10), SingleFlight(seconds, return_seconds)
        self.gate, self.done = threading.Event(), list[str]()
        self.workers.submit(lambda: self.gate.wait(LONG))

    def ask(self, name: str, *, again: bool = True, patient: bool = False) -> "asyncio.Task[None]":
        """A request for work of this name; patient: it waits long."""
        work = lambda: self.done.append(name)  # noqa: E731
        until = asyncio.get_running_loop().time() + LONG if patient else None
        return asyncio.ensure_future(self.flights.join(name, self.workers, work, again=again, until=until))

    async def too_slow(self, name: str, work: Callable[[], str]) -> None:
        """A request that does not wait for its work, which is done now."""
        late = threading.Event()

        def slow() -> str:
            late.wait(LONG)
            return work()

        with pytest.raises(TooSlow):
            await self.flights.join(name, self.workers, slow)
        late.set()
        await self.workers.submit(lambda: None).result

    async def finish(self) -> list[str]:
        """What was done once the thread is free and has done what was queued."""
        self.gate.set()
        await asyncio.wait_for(self.workers.submit(lambda: None).result, LONG)
        self.workers.close()
        return self.done


def test_work_whose_client_left_is_dropped_and_what_another_waits_for_is_not() -> None:
    """At once; the second of two requests for the same work keeps it."""

    async def scene() -> list[str]:
        bench = Bench(LONG, LONG)
        lost, shared, kept = bench.ask("lost"), bench.ask("shared"), bench.ask("shared")
        await asyncio.sleep(0)
        lost.cancel()
        shared.cancel()
        await asyncio.gather(lost, shared, return_exceptions=True)
        done = await bench.finish()
        await kept
        return done

    assert asyncio.run(scene()) == ["shared"]


def test_work_that_is_dropped_can_be_asked_for_again() -> None:
    """The new request has new work, and not that which was cancelled."""

    async def scene() -> list[str]:
        bench = Bench(LONG, LONG)
        first = bench.ask("it")
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        second = bench.ask("it")
        await asyncio.sleep(0)  # until it is queued, before what ends the thread
        done = await bench.finish()
        await second
        return done

    assert asyncio.run(scene()) == ["it"]


@pytest.mark.parametrize(
    ("return_seconds", "again", "done"), [(LONG, True, ["it"]), (0.02, True, []), (LONG, False, [])]
)
def test_work_that_was_too_slow_waits_for_its_clients_return(
    return_seconds: float, again: bool, done: list[str]
) -> None:
    """For so long, unless nobody could find it; then it is dropped."""

    async def scene() -> list[str]:
        bench = Bench(0.02, return_seconds)
        with pytest.raises(TooSlow):
            await bench.ask("it", again=again)
        await asyncio.sleep(0.1)
        return await bench.finish()

    assert asyncio.run(scene()) == done


def test_a_client_that_returns_in_time_finds_its_work() -> None:
    """It keeps its place in the queue, before what came after it, and outlives the seconds of the first wait."""

    async def scene() -> list[str]:
        bench = Bench(0.05, LONG)
        with pytest.raises(TooSlow):
            await bench.ask("it")
        other = bench.ask("other", again=False, patient=True)
        again = bench.ask("it", patient=True)
        await asyncio.sleep(0.1)  # longer than the first waited
        done = await bench.finish()
        await asyncio.gather(other, again)
        return done

    assert asyncio.run(scene()) == ["it", "other"]


def test_work_that_runs_goes_on_without_its_client() -> None:
    """Its result is kept, as that of prices that were fetched."""

    async def scene() -> bool:
        workers, flights = Workers("test", 1, 10), SingleFlight(LONG)
        begun, gate, ended = threading.Event(), threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            gate.wait(LONG)
            ended.set()

        asked = asyncio.ensure_future(flights.join("it", workers, work))
        await asyncio.to_thread(begun.wait, LONG)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        gate.set()
        await workers.submit(lambda: None).result
        workers.close()
        return ended.is_set()

    assert asyncio.run(scene())


@pytest.mark.parametrize(("return_seconds", "found"), [(LONG, ["first", "anew"]), (0.02, ["anew", "anew"])])
def test_the_result_of_work_that_was_too_slow_waits_for_its_clients_return(
    return_seconds: float, found: list[str]
) -> None:
    """For so long, and once: what is asked for after that is computed anew."""

    async def scene() -> list[str]:
        bench = Bench(0.02, return_seconds)
        bench.gate.set()
        await bench.too_slow("it", lambda: "first")
        await asyncio.sleep(0.1)
        until = asyncio.get_running_loop().time() + LONG
        answers = [await bench.flights.join("it", bench.workers, lambda: "anew", until=until) for _ in range(2)]
        bench.workers.close()
        return answers

    assert asyncio.run(scene()) == found


def test_a_failure_of_work_that_was_too_slow_is_not_kept() -> None:
    """What failed may succeed when it is asked for again."""

    async def scene() -> str:
        bench = Bench(0.02, LONG)
        bench.gate.set()

        def fail() -> str:
            raise UpstreamError("away")

        await bench.too_slow("it", fail)
        await asyncio.sleep(0)
        until = asyncio.get_running_loop().time() + LONG
        found = await bench.flights.join("it", bench.workers, lambda: "there", until=until)
        bench.workers.close()
        return found

    assert asyncio.run(scene()) == "there"


@dataclass
class Closed:
    """The demo market, which waits until it is opened, and says what it was asked for."""

    demo: DemoSource
    open: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    name: str = "demo"
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()

    def listed(self) -> None:
        """Only asking tells."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The demo's, later."""
        self.asked += tickers
        assert self.open.wait(LONG)
        return self.demo.prices(tickers)


def test_a_question_whose_asker_hung_up_costs_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of a stock and of a portfolio, queued behind a slow one: neither's prices are asked for; 499 in the log."""
    settings = Settings(source="demo", now=datetime.fromisoformat(NOW), cache_dir=tmp_path)
    context = build_context(settings, lasting=True)
    source = Closed(DemoSource(context.universe, context.clock))
    market: Callable[[], GatedMarket] = lambda: GatedMarket(source, context.model, context.clock)  # noqa: E731
    body = json.dumps({"holdings": [{"ticker": "SBIN", "weight": 1}]}).encode()
    post = b"POST /portfolio/betas HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with (
        caplog.at_level(logging.INFO, logger="factorcli.serve"),
        hosting(create_app(replace(context, open_market=market), settings)) as site,
    ):
        replies: list[int] = []
        slow = threading.Thread(target=lambda: replies.append(site.get("/stock/TCS/stress?shock=MKT:-0.1").status))
        slow.start()
        _wait_for(lambda: bool(source.asked))
        for request in (b"GET /stock/WIPRO/overview HTTP/1.1\r\nHost: x\r\n\r\n", post):
            with socket.create_connection(("127.0.0.1", site.port), timeout=LONG) as connection:
                connection.sendall(request)
                time.sleep(0.1)
        _wait_for(lambda: caplog.text.count(" 499 ") == 2)
        source.open.set()
        slow.join()
        assert site.get("/stock/INFY/betas").status == 200
    assert replies == [200]
    assert {"TCS.NS", "INFY.NS"} <= set(source.asked)
    assert not {"WIPRO.NS", "SBIN.NS"} & set(source.asked)
    assert "failed" not in caplog.text


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
