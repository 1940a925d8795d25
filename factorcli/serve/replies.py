"""A route's answer: the document of its key, cached or made."""

from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from factorcli.serve.backend import Backend
from factorcli.serve.documents import Document, Reply
from factorcli.serve.presence import while_connected


async def reply(
    backend: Backend, request: Request, key: Hashable, ask: Callable[[Hashable], Coroutine[Any, Any, Document]]
) -> Response:
    """The document of this key, cached or made; its URL is mapped to the key for later requests."""
    document = backend.responses.get(key)
    if document is None:
        document = await while_connected(request, ask(key))
    backend.responses.name(request.scope, key)
    return Reply(document)
