"""The outermost middleware: client address, security headers, size limit, unexpected errors and the access log."""

import logging
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from factorcli.serve.client_address import Clients
from factorcli.serve.error_responses import problem
from factorcli.serve.logs import LOGGER, access

MAX_BODY_BYTES = 4096  # uvicorn discards a body that is not read
MAX_LOGGED_PATH_LENGTH = 200
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
# Swagger UI uses inline styles and data images.
DOCS_POLICY = (
    b"content-security-policy",
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
)
CONNECTION_CLOSE = (b"connection", b"close")
HEADERS_KEY = "factorcli.headers"  # key in a scope: headers to add to its response


class Draining:
    """Whether the server is shutting down; each connection is then closed with its next response."""

    on = False


class RequestMiddleware:
    """The outermost ASGI middleware."""

    def __init__(self, app: ASGIApp, clients: Clients, draining: Draining, origins: Sequence[str]) -> None:
        self._app = app
        self._clients = clients
        self._draining = draining
        self._vary = bool(origins) and "*" not in origins
        self._log_line = access()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with a 500 for an unexpected error, and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        client = self._clients.address(scope)
        method = scope["method"]
        extra = [*SECURITY, DOCS_POLICY if scope["path"].startswith("/docs") else POLICY]
        # uvicorn drops the body of a response to HEAD.
        inner = {**scope, "client": (client, 0), "method": "GET" if method == "HEAD" else method, HEADERS_KEY: extra}
        inner.setdefault("raw_path", scope["path"].encode())  # optional in ASGI
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], *extra]
                if self._vary:
                    headers = _with_vary_origin(headers)
                if self._draining.on:
                    headers.append(CONNECTION_CLOSE)
                message = {**message, "headers": headers}
            await send(message)

        try:
            if _too_large(scope):
                detail = f"Requests have no body; that of this one is larger than {MAX_BODY_BYTES} bytes."
                await problem(413, detail, "body_too_large")(inner, receive, send_with_headers)
            else:
                await self._app(inner, receive, send_with_headers)
        except Exception:
            logging.getLogger(LOGGER).exception("%s %s failed", method, _logged_path(inner))
            if not status:
                detail = "The server failed on this request; its log has the details."
                await problem(500, detail, "internal")(inner, receive, send_with_headers)
        finally:
            spent = (time.perf_counter() - start) * 1000
            self._log_line(f"{method} {_logged_path(inner)} {status} {spent:.1f} ms {client}")


def _too_large(scope: Scope) -> bool:
    """Whether a request's body is too large or of unknown length."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return not value.isdigit() or int(value) > MAX_BODY_BYTES
        if name == b"transfer-encoding":
            return True
    return False


def _logged_path(scope: Scope) -> str:
    """The raw path without the query, in printable ASCII and truncated, for the log."""
    path = scope["raw_path"].decode("ascii", "backslashreplace")
    return path if len(path) <= MAX_LOGGED_PATH_LENGTH else f"{path[:MAX_LOGGED_PATH_LENGTH]}…"


def _with_vary_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with Origin in Vary."""
    present = [value for name, value in headers if name == b"vary"]
    if any(b"Origin" in value for value in present):
        return headers
    rest = [header for header in headers if header[0] != b"vary"]
    return [*rest, (b"vary", b", ".join([*present, b"Origin"]))]
