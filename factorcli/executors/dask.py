"""Runs blocks of work on a Dask cluster; `distributed` is imported only when it runs."""

import logging
import platform
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from factorcli.errors import ClusterFailed, InvalidSetting

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
R = TypeVar("R")
ADDRESS = re.compile(r"dask://([^/:\s]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})/?")
BLOCKS_A_TASK = 4  # of 250 tickers each, as smaller tasks would keep the scheduler busy
TASKS_A_THREAD = 2  # sent ahead of their results
SECONDS_TO_CONNECT = 10.0
SECONDS_TO_ANSWER = 30.0  # of a scheduler or worker that is there
SECONDS_WITHOUT_WORKERS = 30.0
POLL_SECONDS = 1.0
SETTINGS = {
    "distributed.comm.retry.count": 0,
    "distributed.comm.timeouts.connect": f"{SECONDS_TO_CONNECT:g}s",
    "distributed.admin.large-graph-warning-threshold": "1 GiB",  # prices are sent with the tasks
}
PACKAGES = ("factorcli", "numpy")
KEPT = "What was computed is kept, so that a later run continues from there."


@dataclass(frozen=True)
class DaskExecutor:
    """Implements `ports.Executor`: a task runs four blocks; the tasks of a lost worker are done again by another."""

    address: str  # tcp://HOST:PORT of the scheduler
    elsewhere = True

    @classmethod
    def of(cls, address: str) -> "DaskExecutor":
        """The executor of dask://HOST:PORT. Raises InvalidSetting."""
        found = ADDRESS.fullmatch(address)
        if found is None or not 0 < int(found[2]) < 65536:
            raise InvalidSetting(f"The executor is {address!r}, but must be dask://HOST:PORT of a Dask scheduler.")
        return cls(f"tcp://{found[1]}:{found[2]}")

    def suited(self, fits: int) -> "DaskExecutor":  # noqa: ARG002
        """Itself, as it was asked for."""
        return self

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Generator[R, None, None]:
        """The result of each block, in order. Raises ClusterFailed and InvalidSetting."""
        with self._client() as client:
            self._check_versions(client)
            ahead = TASKS_A_THREAD * sum(self._threads(client).values())
            pending: deque[tuple[Future, list[T]]] = deque()
            for some in _batches(blocks):
                # Not pure, so that no key is made from all of the prices.
                pending.append((client.submit(run_all, work, some, pure=False), some))
                while pending and (pending[0][0].done() or len(pending) >= ahead):
                    yield from self._results(client, *pending.popleft(), work)
            while pending:
                yield from self._results(client, *pending.popleft(), work)

    @contextmanager
    def _client(self) -> "Iterator[Client]":
        """A client of a cluster that has workers. Raises ClusterFailed and InvalidSetting."""
        try:
            import dask
            from distributed import Client
        except ModuleNotFoundError:
            raise InvalidSetting(
                "A Dask cluster needs the package distributed: `pip install 'factorcli[dask]'` installs it."
            ) from None
        silence()
        with dask.config.set(SETTINGS):
            connect = partial(Client, self.address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
            try:
                client = within(SECONDS_TO_CONNECT + POLL_SECONDS, connect)
            except TimeoutError:
                raise ClusterFailed(
                    f"What listens at {self.address} does not answer as a Dask scheduler: check address and port, or "
                    "start the scheduler again."
                ) from None
            except OSError:
                raise ClusterFailed(
                    f"No Dask scheduler answers at {self.address}: start one, or check the address."
                ) from None
            try:
                if not self._threads(client):
                    raise ClusterFailed(f"The Dask scheduler {self.address} has no workers: start some.")
                yield client
            finally:
                with suppress(TimeoutError):  # the scheduler does not answer
                    client.close(timeout=POLL_SECONDS)

    def _check_versions(self, client: "Client") -> None:
        """Raise InvalidSetting for a worker with other versions than this machine's, ClusterFailed for a silent one."""
        own = versions()
        ask = partial(client.run, versions, on_error="return")
        answers = self._answer(ask)
        if answers is None:
            answers = {}
            for worker in self._threads(client):
                one = self._answer(partial(ask, workers=[worker]), POLL_SECONDS)
                if one is None:
                    raise ClusterFailed(f"The Dask worker {worker} does not answer: start it again, or end it.")
                answers |= one
        for worker, found in answers.items():
            other = found if isinstance(found, dict) else dict.fromkeys(own, "none")
            differ = [name for name in own if other.get(name) != own[name]]
            if differ:
                theirs, ours = (" and ".join(f"{name} {of[name]}" for name in differ) for of in (other, own))
                raise InvalidSetting(
                    f"The Dask worker {worker} has {theirs}, this machine {ours}: install the same versions on both."
                )

    def _results(self, client: "Client", future: "Future", blocks: list[T], work: Callable[[T], R]) -> list[R]:
        """The results of a task. Raises ClusterFailed, and what the work raises."""
        from distributed import CancelledError, KilledWorker

        waited = 0.0
        while True:
            try:
                results: list[R] = future.result(timeout=POLL_SECONDS)
                return results
            except KilledWorker:  # several workers were lost with it
                return run_all(work, blocks)
            except TimeoutError:
                if future.status == "error":
                    raise
                waited = 0.0 if self._threads(client) else waited + POLL_SECONDS
                if waited >= SECONDS_WITHOUT_WORKERS:
                    raise ClusterFailed(f"The Dask scheduler {self.address} has lost its workers. {KEPT}") from None
            except (CancelledError, OSError):
                raise self._lost() from None

    def _threads(self, client: "Client") -> dict[str, int]:
        """How many threads each worker has now. Raises ClusterFailed."""
        threads = self._answer(client.nthreads)
        if threads is None:
            raise ClusterFailed(
                f"The Dask scheduler {self.address} has not answered for {SECONDS_TO_ANSWER:g} seconds. {KEPT}"
            )
        return threads

    def _answer(self, ask: Callable[[], dict[str, R]], seconds: float | None = None) -> dict[str, R] | None:
        """The cluster's answer by worker; None where there is none in this time. Raises ClusterFailed."""
        try:
            return within(SECONDS_TO_ANSWER if seconds is None else seconds, ask)
        except TimeoutError:
            return None
        except (OSError, RuntimeError):
            raise self._lost() from None

    def _lost(self) -> ClusterFailed:
        return ClusterFailed(f"The connection to the Dask scheduler {self.address} was lost. {KEPT}")


def within(seconds: float, ask: Callable[[], R]) -> R:
    """What a call returns, for Dask's calls without a limit: a daemon thread makes it, which is left after a timeout.

    Raises TimeoutError, and what the call raises.
    """
    answer: futures.Future[R] = futures.Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001  (raised where the answer is awaited)
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    return answer.result(seconds)


def silence() -> None:
    """Keep Dask from logging, as failures are raised here; its set-up gives some of its loggers levels of their own."""
    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def run_all(work: Callable[[T], R], blocks: Sequence[T]) -> list[R]:
    """The results of blocks; a task."""
    return [work(block) for block in blocks]


def versions() -> dict[str, str]:
    """The versions here of what a worker must have too."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), **{name: version(name) for name in PACKAGES}}


def _batches(blocks: Iterable[T]) -> Iterator[list[T]]:
    """The blocks of each task."""
    rest = iter(blocks)
    while some := list(islice(rest, BLOCKS_A_TASK)):
        yield some
