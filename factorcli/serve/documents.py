"""Response documents: encoded and compressed once, with an ETag of their content."""

import gzip
import hashlib
import json
from functools import lru_cache
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from factorcli.render.json_csv import to_line

MIN_GZIP_BYTES = 1000  # below, compression saves no packet
FRESH_SECONDS = 60
Headers = list[tuple[bytes, bytes]]


class Document:
    """A body with its gzip form and its ETag; `fresh` is max-age in seconds.

    private: has no ETag, and is kept by nobody.
    """

    __slots__ = ("_common_headers", "_gzip", "_plain", "size")

    def __init__(
        self, body: bytes, fresh: int = FRESH_SECONDS, *, private: bool = False, media_type: str = "application/json"
    ) -> None:
        packed = gzip.compress(body, 6, mtime=0) if len(body) >= MIN_GZIP_BYTES else None
        shared = [(b"cache-control", b"no-store")] if private else _kept(body, fresh)
        shared.append((b"vary", b"Accept-Encoding"))
        self._common_headers: Headers = shared
        self._plain = (body, _with_body(shared, body, media_type))
        self._gzip = self._plain
        if packed is not None:
            self._gzip = (packed, [*_with_body(shared, packed, media_type), (b"content-encoding", b"gzip")])
        self.size = len(body) + len(packed or b"")

    @classmethod
    def of(cls, result: Any, fresh: int = FRESH_SECONDS) -> "Document":
        """A result as one JSON object."""
        return cls(to_line(result).encode(errors="replace"), fresh)

    async def send(self, scope: Scope, send: Send) -> None:
        """Send the body in a form that the client accepts, or a 304."""
        accepted = if_none_match = b""
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = value
            elif name == b"if-none-match":
                if_none_match = value
        if if_none_match and _matches(if_none_match, self._common_headers):
            await send({"type": "http.response.start", "status": 304, "headers": self._common_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        body, headers = self._gzip if accepted and _accepts_gzip(accepted) else self._plain
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Reply(Response):
    """A document as a response of a route."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the document."""
        await self._document.send(scope, send)


def _with_body(headers: Headers, body: bytes, media_type: str) -> Headers:
    return [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()), *headers]


def _kept(body: bytes, fresh: int) -> Headers:
    """The headers of a body that clients may keep."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'.encode()
    return [(b"etag", tag), (b"cache-control", b"public, max-age=%d" % fresh if fresh else b"no-cache")]


def _matches(if_none_match: bytes, headers: Headers) -> bool:
    """Whether If-None-Match has the ETag of these headers, by weak comparison."""
    name, tag = headers[0]
    if name != b"etag":
        return False
    tags = [part.strip().removeprefix(b"W/") for part in if_none_match.split(b",")]
    return b"*" in tags or tag.removeprefix(b"W/") in tags


@lru_cache(256)
def _accepts_gzip(accepted: bytes) -> bool:
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
