"""Whether the client of a request is still there."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

T = TypeVar("T")


async def while_connected(request: Request, answer: Coroutine[Any, Any, T]) -> T:
    """The answer, which is given up as soon as the client leaves. Raises ClientDisconnect then.

    The body of the request has been read, or is not needed.
    """
    asked, gone = asyncio.ensure_future(answer), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((asked, gone), return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return await asked
        raise ClientDisconnect
    finally:
        asked.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    """Wait until the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
