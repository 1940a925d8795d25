"""Work outside the event loop: threads with a bounded queue, and computations shared by concurrent requests.

Work that is still queued when nobody waits for it any longer is dropped; work that has begun goes on to its end.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from factorcli.errors import Overloaded, TooSlow
from factorcli.serve.error_responses import RETRY_AFTER_SECONDS

T = TypeVar("T")
RETURN_SECONDS = 2.0 * RETRY_AFTER_SECONDS  # in which a client that was told to ask again is expected


@dataclass(frozen=True)
class Job(Generic[T]):
    """Submitted work: its result, and a way to drop it."""

    result: "asyncio.Future[T]"
    work: "Future[T]"

    def drop(self) -> bool:
        """Whether the work was still queued; it is then never started."""
        return self.work.cancel()


class Workers:
    """A pool of threads with a bounded queue; used from one event loop."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._max_tasks = threads + waiting
        self._tasks = 0

    def submit(self, work: Callable[[], T]) -> Job[T]:
        """The work as a job. Raises Overloaded where the queue is full."""
        if self._tasks >= self._max_tasks:
            raise Overloaded
        submitted = self._executor.submit(work)
        future = asyncio.wrap_future(submitted)
        self._tasks += 1
        future.add_done_callback(self._finished)
        return Job(future, submitted)

    def close(self) -> None:
        """Stop the threads after their present tasks; queued tasks are cancelled."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _finished(self, future: "asyncio.Future[Any]") -> None:
        self._tasks -= 1
        if not future.cancelled():
            future.exception()  # retrieved, as no request may be left to do so


class _Flight:
    """A job and how many requests wait for it.

    expected: the last one was told to ask again; drop: ends it where nobody does.
    """

    def __init__(self, job: Job[Any]) -> None:
        self.job = job
        self.waiting = 0
        self.expected = False
        self.drop: asyncio.TimerHandle | None = None


class SingleFlight:
    """Queued and running computations by key: a request for the same key waits for the one that is there.

    The result of one whose requests were told to ask again is kept until they do, for a while; a failure is not.
    """

    def __init__(self, seconds: float, return_seconds: float = RETURN_SECONDS) -> None:
        self._seconds = seconds
        self._return_seconds = return_seconds
        self._under_way: dict[Hashable, _Flight] = {}

    async def join(
        self, key: Hashable, workers: Workers, work: Callable[[], T], *, again: bool = True, until: float | None = None
    ) -> T:
        """The result of the work, which is queued unless it is there. Raises TooSlow; work that runs then continues.

        Queued work is dropped once its requests are gone: at once where their clients left, and after the seconds in
        which they are expected again where they were told to ask again. again: whether they would find it. until: when
        it takes too long, as a time of the event loop.
        """
        flight = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = _Flight(workers.submit(work))
            flight.job.result.add_done_callback(partial(self._finished, key, flight))
        if flight.drop is not None:
            flight.drop.cancel()
            flight.drop = None
        if flight.job.result.done():
            self._forget(key, flight)
        flight.expected = False
        flight.waiting += 1
        patience = 0.0
        try:
            async with asyncio.timeout_at(self.deadline() if until is None else until):
                result: T = await asyncio.shield(flight.job.result)
                return result
        except TimeoutError:
            if flight.job.result.done():  # just now, and nobody would find it later
                return flight.job.result.result()  # type: ignore[no-any-return]
            patience = self._return_seconds if again else 0.0
            raise TooSlow(self._seconds) from None
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.job.result.done():
                self._leave(key, flight, patience)

    def has(self, key: Hashable) -> bool:
        """Whether a request for this key would wait for work that is there, or find its result."""
        return key in self._under_way

    def deadline(self) -> float:
        """When a request that comes now has waited too long, as a time of the event loop."""
        return asyncio.get_running_loop().time() + self._seconds

    def _leave(self, key: Hashable, flight: _Flight, patience: float) -> None:
        flight.expected = patience > 0
        if patience:
            flight.drop = asyncio.get_running_loop().call_later(patience, self._drop, key, flight)
        else:
            self._drop(key, flight)

    def _drop(self, key: Hashable, flight: _Flight) -> None:
        if flight.job.drop():
            self._forget(key, flight)  # now, as a request for it may come before its future is told

    def _finished(self, key: Hashable, flight: _Flight, future: "asyncio.Future[Any]") -> None:
        if flight.drop is not None:
            flight.drop.cancel()
        if flight.expected and not future.cancelled() and future.exception() is None:
            flight.drop = asyncio.get_running_loop().call_later(self._return_seconds, self._forget, key, flight)
        else:
            self._forget(key, flight)

    def _forget(self, key: Hashable, flight: _Flight) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]
