"""Run the application with uvicorn until a signal."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from factorcli.config.settings import Settings
from factorcli.errors import InvalidOption
from factorcli.serve.connections import Connection

BACKLOG = 2048
PACKAGE = Path(__file__).parents[1]
DRAIN_SECONDS = 0.2  # for requests in flight at the signal
KEEP_ALIVE_SECONDS = 75  # longer than that of common proxies, so that the proxy closes first
GRACE_SECONDS = 10  # beyond a request's time-out


class Server(uvicorn.Server):
    """Reports when it is ready, and shuts down without losing a request already sent."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._draining = app.state.draining
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, drain open connections, shut down."""
        self._draining.on = True
        await asyncio.sleep(DRAIN_SECONDS)
        await self._stop_accepting(sockets or [])
        await asyncio.sleep(DRAIN_SECONDS)
        await super().shutdown(sockets)

    async def _stop_accepting(self, sockets: list[socket.socket]) -> None:
        """Close the listening sockets, and serve the connections in their backlogs.

        Closing a socket resets the connections in its backlog. So a duplicate keeps it open while these are
        accepted and passed to the protocol.
        """
        duplicates = [listening.dup() for listening in sockets]
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)
        waiting: list[socket.socket] = []
        for listening in duplicates:
            with listening, contextlib.suppress(BlockingIOError):
                listening.setblocking(False)
                while True:
                    waiting.append(listening.accept()[0])
        for connection in waiting:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        """A protocol for a connection, created as uvicorn does for those that it accepts."""
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def run(app: FastAPI, settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises InvalidOption where the address is not available."""
    listening = _listen(settings.host, settings.port)
    url = _url(settings.host, listening.getsockname()[1])
    config = uvicorn.Config(
        app, http=Connection, log_config=None, access_log=False, proxy_headers=False, server_header=False, ws="none",
        lifespan="on", backlog=BACKLOG, timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.request_timeout) + GRACE_SECONDS,
    )  # fmt: skip
    # uvicorn raises the signal again after its shutdown; SIGTERM is then ignored.
    signal.signal(signal.SIGTERM, lambda *_: None)
    ready = f"Serving {settings.source} on {url} (routes: {url}/docs); Ctrl-C stops."
    Server(config, app, lambda: say(ready)).run(sockets=[listening])


def reload(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve with the settings of the environment, and restart when the code changes."""
    say(f"Serving {settings.source} on {_url(settings.host, settings.port)}, restarting when the code changes.")
    uvicorn.run(
        "factorcli.serve:app_from_env", factory=True, reload=True, reload_dirs=[str(PACKAGE)],
        host=settings.host, port=settings.port,
        log_config=None, access_log=False, proxy_headers=False, server_header=False, ws="none",
    )  # fmt: skip


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidOption(
            f"{host}:{port} cannot be listened on ({reason}); choose another address or port."
        ) from None


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
