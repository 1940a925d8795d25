"""`factor` in this process, with what a process of its own would start with: the same bytes, without the start."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from factorcli.cli.app import main

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def run_in_process(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run `factor` with these words, `argv[0]` first, in this folder and exactly this environment."""
    out, err = io.BytesIO(), io.BytesIO()
    encoding, _, errors = env.get("PYTHONIOENCODING", "").partition(":")
    streams = {
        # As the interpreter opens them on a pipe.
        "stdout": io.TextIOWrapper(out, encoding or "utf-8", errors or "strict"),
        "stderr": io.TextIOWrapper(err, encoding or "utf-8", "backslashreplace", line_buffering=True),
        "argv": list(argv),
    }
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, env, clear=True))
        stack.enter_context(_working_in(folder))
        stack.enter_context(_own_signals())
        stack.enter_context(_own_output_descriptor())
        stack.enter_context(_connections_closed())
        stack.enter_context(warnings.catch_warnings())
        # Click names the program by it: under `python -m pytest` that would be "python -m pytest.factor".
        stack.enter_context(mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}))
        stack.enter_context(mock.patch.multiple(sys, stdin=stack.enter_context(open(os.devnull)), **streams))
        status = _status()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return subprocess.CompletedProcess(list(argv), status, out.getvalue(), err.getvalue())


def _status() -> int:
    """What the process would end with; `main` always ends by an exit."""
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    raise AssertionError("main came back without an exit")


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _own_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _own_output_descriptor() -> Iterator[None]:
    """Descriptor 1 as it was: a run that cannot write points it at nothing."""
    saved = os.dup(1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


@contextmanager
def _connections_closed() -> Iterator[None]:
    """Close the databases that the run opened, as the end of its process does."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remembered(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **options))
        return opened[-1]

    with mock.patch.object(sqlite3, "connect", remembered):
        try:
            yield
        finally:
            for connection in opened:
                with suppress(sqlite3.ProgrammingError):  # one of another thread, which has ended
                    connection.close()
