"""Answers as they are sent: encoded once, compressed once, told apart by their content."""

import gzip
import hashlib
import json
from functools import lru_cache
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from factorcli.render.json_csv import to_line

SMALLEST_GZIP = 1000  # bytes; below, compressing saves no packet
FRESH_SECONDS = 60
Headers = list[tuple[bytes, bytes]]


class Document:
    """A JSON body with its compressed form and its validator; `fresh` is how long a client need not ask again."""

    __slots__ = ("_empty", "_gzip", "_plain", "size")

    def __init__(self, body: bytes, fresh: int = FRESH_SECONDS) -> None:
        packed = gzip.compress(body, 6, mtime=0) if len(body) >= SMALLEST_GZIP else None
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'.encode()
        shared = [
            (b"etag", tag),
            (b"cache-control", b"public, max-age=%d" % fresh if fresh else b"no-cache"),
            (b"vary", b"Accept-Encoding"),
        ]
        self._empty: Headers = shared
        self._plain = (body, _with_body(shared, body))
        self._gzip = self._plain
        if packed is not None:
            self._gzip = (packed, [*_with_body(shared, packed), (b"content-encoding", b"gzip")])
        self.size = len(body) + len(packed or b"")

    @classmethod
    def of(cls, result: Any, fresh: int = FRESH_SECONDS) -> "Document":
        """A result as `--json` prints it."""
        return cls(to_line(result).encode(errors="replace"), fresh)

    @property
    def body(self) -> bytes:
        """The JSON."""
        return self._plain[0]

    async def send(self, scope: Scope, send: Send) -> None:
        """Send the form that the client can read, or only that it has it already."""
        accepted = wanted = b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = value
            elif name == b"if-none-match":
                wanted = value
        if wanted and _matches(wanted, self._empty[0][1]):
            await send({"type": "http.response.start", "status": 304, "headers": self._empty})
            await send({"type": "http.response.body", "body": b""})
            return
        body, headers = self._gzip if accepted and _takes_gzip(accepted) else self._plain
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Reply(Response):
    """A document as what a route may return."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the document."""
        await self._document.send(scope, send)


def _with_body(headers: Headers, body: bytes) -> Headers:
    return [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]


def _matches(wanted: bytes, tag: bytes) -> bool:
    """Whether If-None-Match names this validator, compared weakly."""
    tags = [part.strip().removeprefix(b"W/") for part in wanted.split(b",")]
    return b"*" in tags or tag.removeprefix(b"W/") in tags


@lru_cache(256)
def _takes_gzip(accepted: bytes) -> bool:
    """Whether Accept-Encoding has gzip, by name or by *, with a weight above 0."""
    weights: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, parameters = part.partition(";")
        try:
            weights[name.strip()] = float(parameters.partition("q=")[2] or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def encode(value: Any) -> bytes:
    """Plain values as JSON bytes."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="replace")
