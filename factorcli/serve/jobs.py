"""Work away from the event loop: threads with a bound on what waits, and answers that several requests share."""

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
        self._most = threads + waiting
        self._taken = 0

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """What the work will return. Raises Overloaded where too much is waiting."""
        if self._taken >= self._most:
            raise Overloaded
        future = asyncio.wrap_future(self._executor.submit(work))
        self._taken += 1
        future.add_done_callback(self._settled)
        return future

    def close(self) -> None:
        """Let the threads end when they have done what they are at; what is waiting is dropped."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _settled(self, future: "asyncio.Future[Any]") -> None:
        self._taken -= 1
        if not future.cancelled():
            future.exception()  # nobody may be left to hear it


class SingleFlight:
    """Work under way by what it answers: whoever asks the same joins it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[Hashable, asyncio.Future[Any]] = {}

    async def join(self, key: Hashable, workers: Workers, work: Callable[[], T]) -> T:
        """The answer of the work, begun unless it is under way. Raises TooSlow, and lets the work go on."""
        flight: asyncio.Future[T] | None = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = workers.submit(work)
            flight.add_done_callback(lambda _: self._under_way.pop(key, None))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(flight)
        except TimeoutError:
            raise TooSlow(self._seconds) from None
