"""Documents cached in memory while their data are unchanged, by key and by URL."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from factorcli.serve.documents import Document

MAX_BYTES = 64_000_000
MAX_URLS = 4096
MAX_URL_LENGTH = 500
CHECK_SECONDS = 0.005  # between two checks of the revision; file times are no finer
Url = tuple[bytes, bytes]  # path and query string as they were sent


@dataclass(slots=True)
class _Kept:
    """A document, valid until a time and while `current_revision()` is `revision`."""

    document: Document
    current_revision: Callable[[], object]
    revision: object
    until: float
    checked: float

    def is_valid(self) -> bool:
        """Whether the document is valid, checked at most every CHECK_SECONDS."""
        now = time.monotonic()
        if now - self.checked > CHECK_SECONDS:
            if now > self.until or self.current_revision() != self.revision:
                return False
            self.checked = now
        return True


class ResponseCache:
    """The most recently used documents, up to MAX_BYTES."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._keys: OrderedDict[Url, Hashable] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Document | None:
        """The document of this key, if it is still valid."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if not kept.is_valid():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.document

    def put(
        self,
        key: Hashable,
        document: Document,
        current_revision: Callable[[], object],
        revision: object,
        seconds: float,
    ) -> None:
        """Store a document that was made at `revision` or later, for at most `seconds`."""
        self._drop(key)
        now = time.monotonic()
        self._kept[key] = _Kept(document, current_revision, revision, now + seconds, now - CHECK_SECONDS)
        self._bytes += document.size
        while self._bytes > MAX_BYTES:
            self._drop(next(iter(self._kept)))

    def name(self, scope: Scope, key: Hashable) -> None:
        """Map a URL to this key."""
        url = _url(scope)
        if sum(map(len, url)) > MAX_URL_LENGTH:
            return
        self._keys[url] = key
        self._keys.move_to_end(url)
        if len(self._keys) > MAX_URLS:
            self._keys.popitem(last=False)

    def find(self, scope: Scope) -> Document | None:
        """The document of a URL, if it is cached and valid."""
        key = self._keys.get(_url(scope))
        return None if key is None else self.get(key)

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.document.size


class CachedResponses:
    """ASGI middleware that sends cached documents without calling the application."""

    def __init__(self, app: ASGIApp, responses: ResponseCache) -> None:
        self._app = app
        self._responses = responses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the cached document of this URL, or pass the request on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            document = self._responses.find(scope)
            if document is not None:
                await document.send(scope, send)
                return
        await self._app(scope, receive, send)


def _url(scope: Scope) -> Url:
    return scope["raw_path"], scope["query_string"]
