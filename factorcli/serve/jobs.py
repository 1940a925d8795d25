"""Work outside the event loop: threads with a bounded queue, and computations shared by concurrent requests."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from factorcli.errors import Overloaded, TooSlow

T = TypeVar("T")


class Workers:
    """A pool of threads with a bounded queue; used from one event loop."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._max_tasks = threads + waiting
        self._tasks = 0

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """A future of the result. Raises Overloaded where the queue is full."""
        if self._tasks >= self._max_tasks:
            raise Overloaded
        future = asyncio.wrap_future(self._executor.submit(work))
        self._tasks += 1
        future.add_done_callback(self._finished)
        return future

    def close(self) -> None:
        """Stop the threads after their present tasks; queued tasks are cancelled."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _finished(self, future: "asyncio.Future[Any]") -> None:
        self._tasks -= 1
        if not future.cancelled():
            future.exception()  # retrieved, as no request may be left to do so


class SingleFlight:
    """Running computations by key: a request for the same key waits for the running one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[Hashable, asyncio.Future[Any]] = {}

    async def join(self, key: Hashable, workers: Workers, work: Callable[[], T]) -> T:
        """The result of the work, which is started unless it is running. Raises TooSlow; the work then continues."""
        flight: asyncio.Future[T] | None = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = workers.submit(work)
            flight.add_done_callback(lambda _: self._under_way.pop(key, None))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(flight)
        except TimeoutError:
            raise TooSlow(self._seconds) from None
