"""Documents that are kept in memory while nothing has changed, by what they answer and by URL."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from factorcli.serve.documents import Document

MOST_BYTES = 64_000_000
MOST_URLS = 4096
LONGEST_URL = 500
LOOK_SECONDS = 0.005  # between two looks at what has changed; the times of files are no finer
Url = tuple[bytes, bytes]  # path and query string as they were sent


@dataclass(slots=True)
class _Kept:
    """A document, and how to see that it still holds: for so long, while `look` sees what was `seen`."""

    document: Document
    look: Callable[[], object]
    seen: object
    until: float
    looked: float

    def holds(self) -> bool:
        """Whether nothing has changed, as far as a look within the last milliseconds can tell."""
        now = time.monotonic()
        if now - self.looked > LOOK_SECONDS:
            if now > self.until or self.look() != self.seen:
                return False
            self.looked = now
        return True


class ResponseCache:
    """Documents, the most recently used 64 MB of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._keys: OrderedDict[Url, Hashable] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Document | None:
        """The document of this key, if it still holds."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if not kept.holds():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.document

    def put(self, key: Hashable, document: Document, look: Callable[[], object], seen: object, seconds: float) -> None:
        """Keep a document that was made after `look` saw `seen`."""
        self._drop(key)
        now = time.monotonic()
        self._kept[key] = _Kept(document, look, seen, now + seconds, now - LOOK_SECONDS)
        self._bytes += document.size
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def name(self, scope: Scope, key: Hashable) -> None:
        """Remember that a URL asks for this key."""
        url = _url(scope)
        if sum(map(len, url)) > LONGEST_URL:
            return
        self._keys[url] = key
        self._keys.move_to_end(url)
        if len(self._keys) > MOST_URLS:
            self._keys.popitem(last=False)

    def find(self, scope: Scope) -> Document | None:
        """The document that a URL asks for, if it is here and holds."""
        key = self._keys.get(_url(scope))
        return None if key is None else self.get(key)

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.document.size


class CachedResponses:
    """ASGI middleware: what is kept is sent without asking the application."""

    def __init__(self, app: ASGIApp, responses: ResponseCache) -> None:
        self._app = app
        self._responses = responses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the kept document of this URL, or pass the request on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            document = self._responses.find(scope)
            if document is not None:
                await document.send(scope, send)
                return
        await self._app(scope, receive, send)


def _url(scope: Scope) -> Url:
    return scope["raw_path"], scope["query_string"]
