"""A worker process for work that comes now and then and needs much memory: started by work, ended when none comes."""

import pickle
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from threading import Lock, Timer
from typing import Any, Generic, TypeVar

from factorcli.errors import WorkerKilled
from factorcli.executors.pool import ATTEMPTS, WorkerProcess

T = TypeVar("T")
R = TypeVar("R")
IDLE_SECONDS = 30.0
MOST_BLOCKS = 20  # after which a process makes way for a new one, as memory that was freed is not given back


class OccasionalWorker(Generic[T, R]):
    """One worker process at most, which works on a block at a time and keeps nothing between blocks.

    environment: makes its variables. `close` ends it; it also ends by itself as soon as this process is gone.
    """

    def __init__(
        self,
        work: Callable[[T], R],
        environment: Callable[[], Mapping[str, str]],
        idle_seconds: float = IDLE_SECONDS,
        most_blocks: int = MOST_BLOCKS,
    ) -> None:
        self._work = work
        self._environment = environment
        self._idle_seconds = idle_seconds
        self._most_blocks = most_blocks
        self._working = Lock()  # held while a block is worked on
        self._changing = Lock()  # held while the process is started or ended
        self._worker: WorkerProcess | None = None
        self._blocks = 0
        self._timer: Timer | None = None
        self._closed = False

    def run(self, block: T) -> R:
        """The result of a block; what the work raises is raised.

        Raises WorkerKilled where each attempt ends its process, and CancelledError once closed.
        """
        with self._working:
            if self._timer is not None:
                self._timer.cancel()
            try:
                succeeded, answer = self._asked(block)
            except BaseException:
                self._end()
                raise
            self._blocks += 1
            if self._blocks >= self._most_blocks:
                self._end()
            else:
                self._end_later()
        if succeeded:
            result: R = answer
            return result
        raise answer

    def close(self) -> None:
        """End the process; what it has not finished is lost."""
        with self._changing:
            self._closed = True
            if self._worker is not None:
                self._worker.kill()
        with self._working:  # until who waits for it has been told
            if self._timer is not None:
                self._timer.cancel()
            self._end()

    def _asked(self, block: T) -> tuple[bool, Any]:
        for _ in range(ATTEMPTS):
            try:
                succeeded, answer = self._started().ask(block)
            except (OSError, EOFError, pickle.UnpicklingError):  # it has been killed, or cannot be started
                self._end()
                continue
            if succeeded or not isinstance(answer, MemoryError):
                return succeeded, answer
            self._end()  # as it would have too little again, for what it has freed is not given back
        if self._closed:
            raise CancelledError
        raise WorkerKilled(ATTEMPTS)

    def _started(self) -> WorkerProcess:
        with self._changing:
            if self._closed:
                raise CancelledError
            if self._worker is None:
                self._worker, self._blocks = WorkerProcess(self._environment()), 0
                self._worker.send(self._work)
            return self._worker

    def _end_later(self) -> None:
        self._timer = Timer(self._idle_seconds, self._end_if_idle)
        self._timer.daemon = True
        self._timer.start()

    def _end_if_idle(self) -> None:
        if self._working.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._working.release()

    def _end(self) -> None:
        with self._changing:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            worker.close()
