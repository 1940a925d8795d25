"""Shared fixtures: `factor` in this process and installed, a frozen clock, and no network but loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from factorcli.cache import schema
from tests.in_process import run_in_process
from tests.page_fixtures import browser, demo, site
from tests.supabase_stack import Stack, running_stack
from tests.yahoo import LoopbackYahoo
from tests.yahoo.fixture import yahoo

# A shell starts what runs in the background with Ctrl-C ignored, and so would be every command of a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    from tests.machines import Machine

__all__ = ["browser", "demo", "site", "yahoo"]

DATA = Path(__file__).parent / "data"
NSE = os.environ.get("FACTOR_TEST_NSE") or str(Path(__file__).parents[2] / "shared" / "data")
NOW = "2026-11-20T18:00:00+05:30"

needs_nse = pytest.mark.skipif(
    not Path(NSE, "nse").is_dir(),
    reason="the real NSE prices may not be shipped; name their folder in FACTOR_TEST_NSE to run this",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for `installed` proves the installed program."""
    for item in items:
        if "installed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.installed)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than there are cores: many tests wait, for a server, a rate limit or a time-out."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any connection of this process to an address that is not loopback is an error."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


class Answer:
    """What a run of `factor` printed and how it ended."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def document(self) -> dict[str, Any]:
        """stdout as JSON; NaN is not JSON."""

        def refuse(text: str) -> float:
            raise AssertionError(f"{text} is not JSON")

        return dict(json.loads(self.out, parse_constant=refuse))

    @property
    def results(self) -> list[dict[str, Any]]:
        return list(self.document["results"])

    @property
    def codes(self) -> list[str]:
        return [error["code"] for error in self.document["errors"]]


class Run(Protocol):
    """Runs `factor` in a fresh home."""

    def __call__(self, *arguments: str, **env: str) -> Answer:
        """What it printed, as text."""

    def raw(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        """What it printed, as bytes."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh home and working folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """An environment without settings of the machine: own home, own cache, a fixed time."""
    return clean_environment(home)


def clean_environment(home: Path) -> dict[str, str]:
    """The variables of a run in this home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # The last: so that the lines that a process runs are counted where coverage is measured.
        if name in ("PATH", "LANG", "LC_ALL", "TMPDIR") or name.startswith("COVERAGE_")
    }
    return {
        **kept,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "FACTOR_NOW": NOW,
        "COLUMNS": "100",
        # Proxies that go nowhere: a request that leaves loopback must fail, not pass unseen.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }


@pytest.fixture
def factor(home: Path, environment: dict[str, str]) -> Run:
    """Run `factor` in this process, in a fresh home: factor("beta", "TCS", FACTOR_NOW="…")."""
    return InProcess(home, environment)


@pytest.fixture
def installed(home: Path, environment: dict[str, str]) -> Run:
    """Run the installed `factor` in the same home: for what only a process of its own can show."""
    return Installed(home, environment)


@dataclass(frozen=True)
class InProcess:
    """`factor` in this process, with a home and an environment of its own; implements `Run`."""

    home: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str, **env: str) -> Answer:
        """What it printed, as text."""
        return _as_text(self.raw(*arguments, **env))

    def raw(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        """What it printed, as bytes."""
        return run_in_process([command(), *arguments], self.home, {**self.environment, **env})


@dataclass(frozen=True)
class Installed:
    """The installed `factor` in a home; implements `Run`."""

    home: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str, **env: str) -> Answer:
        """What it printed, as text."""
        return _as_text(self.raw(*arguments, **env))

    def raw(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        """What it printed, as bytes."""
        return subprocess.run(
            [command(), *arguments],
            cwd=self.home,
            env={**self.environment, **env},
            capture_output=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )


def _as_text(done: subprocess.CompletedProcess[bytes]) -> Answer:
    texts = (done.stdout.decode().replace("\r\n", "\n"), done.stderr.decode().replace("\r\n", "\n"))
    return Answer(subprocess.CompletedProcess(done.args, done.returncode, *texts))


def command() -> str:
    """The installed script, beside the interpreter that runs the tests."""
    return str(Path(sys.executable).parent / "factor")


@pytest.fixture(scope="session")
def _stack() -> Iterator[Stack]:
    for stack in running_stack():
        stack.schema(schema())
        yield stack


@pytest.fixture
def supabase(_stack: Stack) -> Stack:
    """A Supabase project with empty tables."""
    _stack.reset()
    return _stack


@pytest.fixture
def machine(
    tmp_path: Path, environment: dict[str, str], supabase: Stack, yahoo: LoopbackYahoo
) -> Callable[..., "Machine"]:
    """A machine of the team: machine("a", supabase.service_key) has its own home and local cache."""
    from tests.machines import Machine  # which needs this module

    def make(name: str, key: str | None = None) -> Machine:
        folder = tmp_path / name
        folder.mkdir()
        own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache")}
        shared = supabase.environment(key) if key else {}
        fast = {**yahoo.environment, "YAHOO_RATE": "1000", "YAHOO_BURST": "1000"}
        return Machine(folder, {**environment, **fast, **own, **shared}, supabase)

    return make
