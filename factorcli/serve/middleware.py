"""The outermost middleware: client address, security headers, size limit, unexpected errors and the access log."""

import logging
import time
import traceback
from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from factorcli.serve.client_address import Clients
from factorcli.serve.cors import Origins
from factorcli.serve.error_responses import SERVER_FAILED, problem
from factorcli.serve.logs import LOGGER, access

MAX_BODY_BYTES = 4096  # uvicorn discards a body that is not read
BODY_REFUSED = (
    413, f"Requests have no body; that of this one is larger than {MAX_BODY_BYTES:,} bytes.", "body_too_large",
)  # fmt: skip
PRIVATE_PATHS = "/portfolio/"  # whose routes read a body, which is not logged
MAX_PRIVATE_BYTES = 256 * 1024
TOO_LARGE = (413, f"The body is larger than {MAX_PRIVATE_BYTES:,} bytes.", "body_too_large")
MAX_LENGTH_DIGITS = 12
MAX_LOGGED_PATH_LENGTH = 200
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
POLICY_NAME = b"content-security-policy"
POLICY = (POLICY_NAME, b"default-src 'none'; frame-ancestors 'none'")
# Swagger UI uses inline styles and data images.
DOCS_POLICY = (
    POLICY_NAME,
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
)
# The page: its own files, pictures that its scripts make, and this API; no inline script or style, no eval.
PAGE_POLICY = (
    POLICY_NAME,
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    b"font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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
        self._origins = origins
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
        policy = _policy(scope["path"])
        extra = [*SECURITY, policy]
        # uvicorn drops the body of a response to HEAD.
        inner = {**scope, "client": (client, 0), "method": "GET" if method == "HEAD" else method, HEADERS_KEY: extra}
        inner.setdefault("raw_path", scope["path"].encode())  # optional in ASGI
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], *extra]
                if any(name == POLICY_NAME for name, _ in message["headers"]):
                    headers.remove(policy)  # a page that has its own
                if self._vary:
                    headers = _with_vary_origin(headers)
                if self._draining.on:
                    headers.append(CONNECTION_CLOSE)
                message = {**message, "headers": headers}
            await send(message)

        try:
            if _too_large(scope):
                refusal = TOO_LARGE if is_private(scope) else BODY_REFUSED
                await self._readable(problem(*refusal))(inner, receive, send_with_headers)
            else:
                await self._app(inner, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001  (logged, and answered with a 500)
            _log_failure(method, inner, error)
            if not status:
                await self._readable(problem(*SERVER_FAILED))(inner, receive, send_with_headers)
        finally:
            spent = (time.perf_counter() - start) * 1000
            self._log_line(f"{method} {_logged_path(inner)} {status} {spent:.1f} ms {client}")

    def _readable(self, response: Response) -> ASGIApp:
        """A response of this middleware, which pages of allowed origins may read, too."""
        return Origins(response, self._origins) if self._origins else response


def _policy(path: str) -> tuple[bytes, bytes]:
    """The Content-Security-Policy of a path's responses."""
    if path == "/" or path.startswith("/web/"):
        return PAGE_POLICY
    return DOCS_POLICY if path.startswith("/docs") else POLICY


def is_private(scope: Scope) -> bool:
    """Whether a request asks about a portfolio, whose holdings are in its body."""
    return bool(scope["method"] == "POST" and scope["path"].startswith(PRIVATE_PATHS))


def _too_large(scope: Scope) -> bool:
    """Whether a request's body is too large, or of unknown length where none is read."""
    private = is_private(scope)
    limit = MAX_PRIVATE_BYTES if private else MAX_BODY_BYTES
    for name, value in scope["headers"]:
        if name == b"content-length":
            return not value.isdigit() or len(value) > MAX_LENGTH_DIGITS or int(value) > limit
        if name == b"transfer-encoding":
            return not private
    return False


def _log_failure(method: str, scope: Scope, error: Exception) -> None:
    """Log an unexpected error with its trace; of a private route, without messages, which may repeat its body."""
    log, path = logging.getLogger(LOGGER), _logged_path(scope)
    if scope["path"].startswith(PRIVATE_PATHS):
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s %s failed\n%s%s", method, path, trace, type(error).__name__)
    else:
        log.error("%s %s failed", method, path, exc_info=error)


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
