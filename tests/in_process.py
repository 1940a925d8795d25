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
        stack.enter_context(_own_warnings())
        if "REQUESTS_CA_BUNDLE" in env or "yfinance" in sys.modules:
            stack.enter_context(_own_yfinance())
        stack.enter_context(_own_main_module())
        stack.enter_context(mock.patch.multiple(sys, stdin=stack.enter_context(Path(os.devnull).open()), **streams))
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
def _own_main_module() -> Iterator[None]:
    """Click names the program by it: under `python -m pytest` that would be "python -m pytest.factor"."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before


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
def _own_warnings() -> Iterator[None]:
    """Ours stay errors, as in every test; those of the client of Yahoo, which a process drops, are dropped."""
    with warnings.catch_warnings():
        for package in ("yfinance", "pandas", "curl_cffi"):
            warnings.filterwarnings("ignore", module=rf"{package}\b")
        yield


@contextmanager
def _own_yfinance() -> Iterator[None]:
    """What yfinance and its HTTP client take from the environment, and keep, when they are imported."""
    from curl_cffi import curl
    from yfinance import cache, data

    from factorcli.prices import yahoo

    yahoo._silence.cache_clear()
    data.SingletonMeta._instances.clear()
    cache._TzCacheManager._tz_cache = None
    with mock.patch.object(curl, "DEFAULT_CACERT", curl._default_cacert()):
        try:
            yield
        finally:
            cache._TzDBManager.close_db()


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
                with suppress(sqlite3.ProgrammingError):  # a thread's own, which went with it
                    connection.close()
