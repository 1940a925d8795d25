"""Servers for tests: the installed `factor serve`, and an application in this process, both on real sockets."""

import asyncio
import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.serve import create_app
from factorcli.serve.connections import Connection
from tests.conftest import NOW, InProcess, clean_environment, command

UNLIMITED = "1000000/minute"
DEMO = Settings(
    source="demo", rate_limit=UNLIMITED, rate_limit_portfolio=UNLIMITED, now=datetime.fromisoformat(NOW),
    request_timeout=120.0,  # a busy machine draws a report for longer than the usual 20 s
)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; NaN is not JSON."""

        def refuse(text: str) -> float:
            raise AssertionError(f"{text} is not JSON")

        return json.loads(self.body, parse_constant=refuse)

    @property
    def code(self) -> str:
        """The code of an error, whose keys are exactly two."""
        assert set(self.json) == {"detail", "code"}, self.body
        assert self.headers["content-type"] == "application/json"
        return str(self.json["code"])


@dataclass(frozen=True)
class Site:
    """A server that listens."""

    port: int
    home: Path | None = None
    process: subprocess.Popen[str] | None = None

    def get(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """One request on a connection of its own; underscores in names of headers are dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body=body, headers=named)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def gather(self, *paths: str) -> list[Reply]:
        """All at once."""
        replies: dict[int, Reply] = {}
        threads = [
            threading.Thread(target=lambda i=i, path=path: replies.update({i: self.get(path)}))
            for i, path in enumerate(paths)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [replies[i] for i in range(len(paths))]

    def factor(self, *arguments: str) -> dict[str, Any]:
        """The JSON document of a command in the server's home."""
        assert self.home is not None
        return InProcess(self.home, clean_environment(self.home))(*arguments, "--json", FACTOR_SOURCE="demo").document

    def log(self) -> str:
        """What the server has said so far."""
        assert self.home is not None
        return (self.home / "serve.log").read_text()


@contextlib.contextmanager
def serving(home: Path, *arguments: str, **env: str) -> Iterator[Site]:
    """The installed `factor serve` on the demo market and a free port, stopped in the end."""
    home.mkdir(exist_ok=True)
    variables = {**clean_environment(home), "FACTOR_SOURCE": "demo", "RATE_LIMIT": UNLIMITED}
    variables |= {"RATE_LIMIT_PORTFOLIO": UNLIMITED, **env}
    with (
        (home / "serve.log").open("w") as log,
        subprocess.Popen(
            [command(), "serve", "--host", "127.0.0.1", "--port", "0", *arguments],
            cwd=home, env=variables, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            deadline = time.monotonic() + 30
            while (found := re.search(r"http://127\.0\.0\.1:(\d+) ", (home / "serve.log").read_text())) is None:
                assert process.poll() is None, (home / "serve.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield Site(int(found[1]), home, process)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=60)[0] == ""


@contextlib.contextmanager
def hosting(app: Any, at: int = 0) -> Iterator[Site]:
    """An application of this process under uvicorn, in a thread; at: the port, 0 for a free one."""
    config = uvicorn.Config(app, http=Connection, log_config=None, access_log=False, proxy_headers=False, lifespan="on")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", at)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield Site(port)
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def site_of(settings: Settings, cache: Path, at: int = 0) -> Iterator[Site]:
    """A server in this process with these settings, whose cache is in a folder."""
    chosen = replace(settings, cache_dir=cache)
    with hosting(create_app(build_context(chosen, lasting=True), chosen), at) as site:
        yield site


def few_computed(home: Path, *stocks: str) -> Path:
    """The cache of a home, with the heatmap of some stocks of the demo market over 252 days."""
    run, cache = InProcess(home, clean_environment(home)), home / "cache"
    words = ("heatmap", "compute", *stocks, "--window", "252", "--source", "demo")
    assert run(*words, FACTOR_CACHE_DIR=str(cache)).status == 0
    return cache
