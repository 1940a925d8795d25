"""Connections: a request that is not HTTP has an error of the API's form, and one that does not come is not waited for.

uvicorn answers the first with plain text, and neither ends a connection whose request has not come or whose answer is
not read, nor bounds a request's head. Its parser drops the body of a request that offers another protocol, as programs
in Java do with HTTP/2.
"""

import asyncio
import re
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from factorcli.serve.error_responses import body
from factorcli.serve.middleware import POLICY, SECURITY

HEAD_SECONDS = 30.0  # in which a request's line and headers have to come
READ_SECONDS, READ_BYTES = 60.0, 64 * 1024  # in which a client has to read so much of an answer, or its rest
MAX_HEAD_BYTES = 64 * 1024
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
MALFORMED = (
    HTTPStatus.BAD_REQUEST,
    "This is not a request of HTTP/1.1, whose addresses are of 64 kB at most and ASCII (the rest as in %20).",
    "bad_request",
)
HEAD_TOO_LARGE = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    f"The address and the headers are larger than {MAX_HEAD_BYTES:,} bytes.",
    "head_too_large",
)


class Connection(HttpToolsProtocol):
    """A connection of a client, which uvicorn parses."""

    _in_head = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Go on, as the client reads."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parse what came; refuse a head that is too large, and wait for one that is not complete."""
        if b"pgrade" in data and (self._in_head or self.cycle is None or self.cycle.response_complete):
            data = _without_upgrade(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(*HEAD_TOO_LARGE)
                return
        if self._deadline is None and (self._in_head or self._is_idle()):
            self._await_head()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Answer a request, whose body may follow."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what is not HTTP."""
        self._refuse(*MALFORMED)

    def _refuse(self, status: HTTPStatus, detail: str, code: str) -> None:
        """Write an error and close the connection."""
        content = body(detail, code)
        headers = (
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *SECURITY,
            POLICY,
        )
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(b": ".join(pair) for pair in headers)]
        self.transport.write(b"\r\n".join((*lines, b"", content)))
        self.transport.close()

    def _is_idle(self) -> bool:
        """Whether no request is being answered and uvicorn does not wait for the next, as after an empty line."""
        return (self.cycle is None or self.cycle.response_complete) and self.timeout_keep_alive_task is None

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _await_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(READ_SECONDS, self._end_unless_read, left)

    def _end_unless_read(self, left: int) -> None:
        """Go on waiting for a client that reads, however long its answer takes it; left: bytes at the last look."""
        if left - self.transport.get_write_buffer_size() >= READ_BYTES:
            self._await_reading()
        else:
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _without_upgrade(data: bytes) -> bytes:
    """The beginning of a request without an offer of another protocol, which a server may pass over."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return UPGRADE.sub(b"\r\nx-upgrade:", head) + end + rest
