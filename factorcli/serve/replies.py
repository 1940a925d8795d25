"""A route's answer: the document of its key, cached or made."""

from collections.abc import Awaitable, Callable, Hashable

from fastapi import Request
from starlette.responses import Response

from factorcli.serve.backend import Backend
from factorcli.serve.documents import Document, Reply


async def reply(
    backend: Backend, request: Request, key: Hashable, ask: Callable[[Hashable], Awaitable[Document]]
) -> Response:
    """The document of this key, cached or made; its URL is mapped to the key for later requests."""
    document = backend.responses.get(key) or await ask(key)
    backend.responses.name(request.scope, key)
    return Reply(document)
