"""A worker process for occasional work: there only while work comes, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from factorcli.errors import UnknownTicker, WorkerKilled
from factorcli.executors.occasional import OccasionalWorker

PATIENCE = 20.0  # seconds


def worked(block: object) -> object:
    """The process that works and the block; some blocks end badly."""
    if block == "fail":
        raise UnknownTicker("no such block")
    if block == "die":
        os._exit(9)
    if block == "fill" or (isinstance(block, Path) and block.exists()):
        if isinstance(block, Path):
            block.unlink()
        raise MemoryError
    if block == "wait":
        time.sleep(PATIENCE)
    return os.getpid(), block


def is_there(pid: int) -> bool:
    """Whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int) -> None:
    """Raise where a process goes on."""
    end = time.monotonic() + PATIENCE
    while is_there(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


def worker(**options: float) -> OccasionalWorker[object, tuple[int, object]]:
    """One that inherits this environment."""
    return OccasionalWorker(worked, lambda: dict(os.environ), **options)  # type: ignore[arg-type]


@pytest.fixture
def one() -> Iterator[OccasionalWorker[object, tuple[int, object]]]:
    """One that is closed at the end."""
    found = worker()
    yield found
    found.close()


def test_blocks_are_worked_on_elsewhere_by_one_process(one: OccasionalWorker[object, tuple[int, object]]) -> None:
    """Which is started by the first of them; an error of the work is raised, and leaves it as it is."""
    assert one._worker is None
    pid, block = one.run({"a": 1})
    assert (pid != os.getpid(), block) == (True, {"a": 1})
    with pytest.raises(UnknownTicker, match="no such block"):
        one.run("fail")
    assert one.run(2) == (pid, 2)


def test_one_that_was_killed_is_replaced(one: OccasionalWorker[object, tuple[int, object]]) -> None:
    """Between blocks unnoticed; a block that kills it twice is an error, and the next one is worked on."""
    pid, _ = one.run(1)
    os.kill(pid, signal.SIGKILL)
    other, _ = one.run(2)
    assert other != pid
    with pytest.raises(WorkerKilled, match="was ended 2 times"):
        one.run("die")
    assert one.run(3)[1] == 3


def test_one_without_memory_is_replaced(one: OccasionalWorker[object, tuple[int, object]], tmp_path: Path) -> None:
    """As one that was killed: another one may have enough, and what it has freed is not given back."""
    pid, _ = one.run(1)
    (tmp_path / "once").touch()
    other, _ = one.run(tmp_path / "once")
    assert other != pid
    assert not is_there(pid)
    with pytest.raises(WorkerKilled, match="too little memory; ask again"):
        one.run("fill")
    assert one._worker is None


def test_one_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that may pass, as a 503 says."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(WorkerKilled) as raised:
        worker().run(1)
    assert raised.value.http_status == 503


def test_a_block_that_cannot_be_sent_is_an_error(one: OccasionalWorker[object, tuple[int, object]]) -> None:
    """And not a wait for an answer."""
    with pytest.raises((AttributeError, TypeError)):
        one.run(lambda: None)
    assert one.run(1)[1] == 1


def test_it_ends_when_no_work_comes_and_after_many_blocks() -> None:
    """The next block starts another."""
    idle = worker(idle_seconds=0.1)
    pid, _ = idle.run(1)
    wait_until_gone(pid)
    assert idle.run(2)[0] != pid
    idle.close()
    few = worker(most_blocks=2)
    pids = [few.run(block)[0] for block in range(3)]
    assert (pids[0] == pids[1], pids[2] == pids[1]) == (True, False)
    assert not is_there(pids[0])
    few.close()


def test_closing_ends_it_while_it_works() -> None:
    """Whoever waits is told, and nothing is started any more."""
    busy = worker()
    pid, _ = busy.run(1)
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            busy.run("wait")
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.1)
    busy.close()
    asking.join(PATIENCE)
    assert isinstance(raised[0], CancelledError)
    assert not is_there(pid)
    with pytest.raises(CancelledError):
        busy.run(1)


def test_it_is_gone_with_the_process_that_started_it() -> None:
    """Also when that is killed."""
    code = (
        "import os, time\nfrom tests.test_occasional import worker\n"
        "print(worker().run(1)[0], flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until_gone(pid)
