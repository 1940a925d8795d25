"""Work away from the event loop: threads that wait for work, and answers that several requests share."""

import asyncio
import threading
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Any, TypeVar

from factorcli.serve.error_responses import Overloaded, TooSlow

T = TypeVar("T")
Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class Lane:
    """Threads that do one piece of work after another; they never keep a process from ending."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._waiting = waiting
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """What the work will return. Raises Overloaded where too much is waiting."""
        if self._jobs.qsize() >= self._waiting:
            raise Overloaded
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to hear it
        self._jobs.put((loop, future, work))
        return future

    def close(self) -> None:
        """Let the threads end when they have done what is waiting."""
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop, future, work = job
            result, error = None, None
            try:
                result = work()
            except Exception as raised:  # noqa: BLE001  (it is raised again where the answer is awaited)
                error = raised
            try:
                loop.call_soon_threadsafe(_settle, future, result, error)
            except RuntimeError:  # the loop has ended, and nobody waits
                return


class Flights:
    """Work under way by what it answers: whoever asks the same joins it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[Hashable, asyncio.Future[Any]] = {}

    async def join(self, key: Hashable, lane: Lane, work: Callable[[], T]) -> T:
        """The answer of the work, begun unless it is under way. Raises TooSlow, and lets the work go on."""
        flight: asyncio.Future[T] | None = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = lane.submit(work)
            flight.add_done_callback(lambda _: self._under_way.pop(key, None))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(flight)
        except TimeoutError:
            raise TooSlow(self._seconds) from None


def _settle(future: "asyncio.Future[Any]", result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
