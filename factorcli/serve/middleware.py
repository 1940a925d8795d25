"""The outermost layer: who asks, what every answer carries, what no request may bring, and one line a request."""

import logging
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from factorcli.serve.client_address import Clients
from factorcli.serve.error_responses import problem
from factorcli.serve.logs import LOGGER, access

MOST_BODY = 4096  # bytes that a request may bring; uvicorn throws away what nobody reads
LONGEST_PATH = 200
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
# Swagger UI draws with inline styles and data images.
DOCS_POLICY = (
    b"content-security-policy",
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
)
CLOSE = (b"connection", b"close")
EXTRA = "factorcli.headers"  # in a scope: what is added to the headers of its answer


class Draining:
    """Whether the server is about to stop: connections are then closed with their next answer."""

    on = False


class Gate:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, clients: Clients, draining: Draining, origins: Sequence[str]) -> None:
        self._app = app
        self._clients = clients
        self._draining = draining
        self._vary = bool(origins) and "*" not in origins
        self._say = access()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever happens, and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        client = self._clients.address(scope)
        method = scope["method"]
        extra = [*SECURITY, DOCS_POLICY if scope["path"].startswith("/docs") else POLICY]
        # uvicorn keeps the body of an answer to HEAD to itself.
        inner = {**scope, "client": (client, 0), "method": "GET" if method == "HEAD" else method, EXTRA: extra}
        inner.setdefault("raw_path", scope["path"].encode())  # which ASGI does not promise
        status = 0

        async def reply(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], *extra]
                if self._vary:
                    headers = _varied(headers)
                if self._draining.on:
                    headers.append(CLOSE)
                message = {**message, "headers": headers}
            await send(message)

        try:
            if _too_large(scope):
                detail = f"A request here has no body; this one has more than {MOST_BODY} bytes."
                await problem(413, detail, "body_too_large")(inner, receive, reply)
            else:
                await self._app(inner, receive, reply)
        except Exception:
            logging.getLogger(LOGGER).exception("%s %s failed", method, _shown(inner))
            if not status:
                detail = "The server failed on this request; its log says how."
                await problem(500, detail, "internal")(inner, receive, reply)
        finally:
            spent = (time.perf_counter() - start) * 1000
            self._say(f"{method} {_shown(inner)} {status} {spent:.1f} ms {client}")


def _too_large(scope: Scope) -> bool:
    """Whether a request brings more than a GET may, or does not say how much."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return not value.isdigit() or int(value) > MOST_BODY
        if name == b"transfer-encoding":
            return True
    return False


def _shown(scope: Scope) -> str:
    """The path as it was sent, without the query, in characters that cannot break a line."""
    path = scope["raw_path"].decode("ascii", "backslashreplace")
    return path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"


def _varied(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with Origin among what the answer depends on."""
    seen = [value for name, value in headers if name == b"vary"]
    if any(b"Origin" in value for value in seen):
        return headers
    rest = [header for header in headers if header[0] != b"vary"]
    return [*rest, (b"vary", b", ".join([*seen, b"Origin"]))]
