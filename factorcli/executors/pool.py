"""Worker processes, each of which fits a block at a time for a thread of this process.

They are plain processes and not those of `multiprocessing`, which would run the caller's own script once more in each.
"""

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import IO, Any, Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")
ATTEMPTS = 2  # to run a block in a worker; one that is killed twice is run here
# With the module search path of this process.
START = "import sys; sys.path[:] = sys.argv[1:]; from factorcli.executors.worker import main; main()"


class WorkerPool(Generic[T, R]):
    """So many worker processes, started at once, as they load what they need before their first block.

    Closing it ends them.
    """

    def __init__(self, workers: int, work: Callable[[T], R], environment: Mapping[str, str]) -> None:
        self._work = work
        self._environment = environment
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker")
        self._idle: deque[WorkerProcess] = deque()
        self._all: list[WorkerProcess] = []
        self._lock = Lock()  # none is started while they are ended
        self._closed = False
        for _ in range(workers):
            self._threads.submit(self._prepare)

    def submit(self, block: T) -> "Future[R]":
        """The future result of a block; it raises what the work raises."""
        return self._threads.submit(self._run, block)

    def close(self) -> None:
        """End the workers; what they have not finished is lost."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.close()

    def _prepare(self) -> None:
        """Start a worker; one that cannot be started is tried again with a block."""
        with suppress(OSError, CancelledError):
            self._idle.append(self._started())

    def _run(self, block: T) -> R:
        """The result of a block: from a worker, from another one if that is killed, or at last from here."""
        for _ in range(ATTEMPTS):
            try:
                worker = self._idle.pop() if self._idle else self._started()
                succeeded, answer = worker.ask(block)
            except (OSError, EOFError, pickle.UnpicklingError):  # it has been killed, or cannot be started
                continue
            self._idle.append(worker)
            if succeeded:
                result: R = answer
                return result
            raise answer
        if self._closed:
            raise CancelledError
        return self._work(block)

    def _started(self) -> "WorkerProcess":
        with self._lock:
            if self._closed:
                raise CancelledError
            worker = WorkerProcess(self._environment)
            self._all.append(worker)
        worker.send(self._work)
        return worker


class WorkerProcess:
    """One process. Methods raise OSError, EOFError or UnpicklingError once it has been killed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (this interpreter)
            [sys.executable, "-c", START, *sys.path],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._requests, self._answers = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

    def send(self, value: object) -> None:
        pickle.dump(value, self._requests, pickle.HIGHEST_PROTOCOL)
        self._requests.flush()

    def ask(self, block: object) -> tuple[bool, Any]:
        """Whether the work succeeded, and its result or error."""
        self.send(block)
        answer: tuple[bool, Any] = pickle.load(self._answers)  # noqa: S301  (our own process wrote it)
        return answer

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Wait for its end, and close the pipes."""
        self._process.wait()
        self._answers.close()
        with suppress(OSError):  # of what it has not read
            self._requests.close()
