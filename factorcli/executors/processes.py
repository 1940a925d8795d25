"""Runs blocks of work in worker processes on this machine."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from factorcli.executors.serial import SerialExecutor

if TYPE_CHECKING:
    from concurrent.futures import Future

    from factorcli.ports import Executor

T = TypeVar("T")
R = TypeVar("R")
WORTHWHILE_FITS = 20_000  # fewer take less time than a process takes to start
FITS_A_WORKER = 250  # with fewer, one worker less is started


@dataclass(frozen=True)
class ProcessExecutor:
    """Implements `ports.Executor`: each worker process fits a block at a time, in one thread.

    environment: makes the workers' variables; least_fits: fewer run in this process.
    """

    workers: int
    environment: Callable[[], Mapping[str, str]]
    least_fits: int = 0
    elsewhere = True

    def suited(self, fits: int) -> "Executor":
        """One with no more workers than there is work for, or a serial one for fewer fits than are worth a process."""
        if fits < self.least_fits:
            return SerialExecutor()
        return replace(self, workers=min(self.workers, max(1, fits // FITS_A_WORKER)))

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Generator[R, None, None]:
        """The result of each block, in order; up to two blocks a worker are taken ahead of their results."""
        from factorcli.executors.pool import WorkerPool

        with closing(WorkerPool(self.workers, work, self.environment())) as pool:
            pending: deque[Future[R]] = deque()
            for block in blocks:
                pending.append(pool.submit(block))
                while pending and (pending[0].done() or len(pending) >= 2 * self.workers):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
