"""Errors over HTTP, all of the form `{"detail", "code"}`."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from factorcli.errors import FactorError

RETRY_AFTER_SECONDS = 5  # of a 503
MAX_DETAIL_LENGTH = 500
ALLOWED_METHODS, ALLOWED_WITH_BODY = "GET, HEAD, OPTIONS", "POST, OPTIONS"
SERVER_FAILED = (500, "The server failed on this request; its log has the details.", "internal")
CODES = {404: "not_found", 405: "method_not_allowed"}


def body(detail: str, code: str) -> bytes:
    """An error's JSON."""
    if len(detail) > MAX_DETAIL_LENGTH:
        detail = f"{detail[:MAX_DETAIL_LENGTH]} …"
    return json.dumps({"detail": detail, "code": code}, ensure_ascii=False).encode(errors="replace")


def problem(status: int, detail: str, code: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as a response; a 503 has Retry-After."""
    more = {"cache-control": "no-store", **(headers or {})}
    if status == 503:
        more["retry-after"] = str(RETRY_AFTER_SECONDS)
    return Response(body(detail, code), status, more, "application/json")


def install(app: FastAPI, source: str) -> None:
    """Install the error handlers; messages show only the last part of the path of the prices."""

    async def factor_error(_: Request, error: Exception) -> Response:
        return problem(getattr(error, "http_status", 500), shown(str(error), source), getattr(error, "code", "error"))

    app.add_exception_handler(FactorError, factor_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(ClientDisconnect, _gone)


def shown(message: str, source: str) -> str:
    """A message with only the last part of the path of the prices."""
    name = PurePath(source).name
    return message if name in ("", source) else message.replace(source, name)


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody reads it; the log has its status, which nginx uses for this."""
    return Response(status_code=499)


async def _invalid(_: Request, error: Exception) -> Response:
    """The error of the first parameter that FastAPI could not parse."""
    first: dict[str, Any] = error.errors()[0]  # type: ignore[attr-defined]
    name, reason = str(first["loc"][-1]), str(first["msg"])
    return problem(422, f"{name}: {reason[:1].lower()}{reason[1:]}.", "invalid_option")


async def _refused(request: Request, error: Exception) -> Response:
    """Errors of unknown routes and methods; OPTIONS gets the allowed methods."""
    status: int = error.status_code  # type: ignore[attr-defined]
    takes_body = "POST" in (getattr(error, "headers", None) or {}).get("Allow", "")
    allowed = ALLOWED_WITH_BODY if takes_body else ALLOWED_METHODS
    if status == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": allowed})
    if status == 404:
        return problem(404, "There is no such route; /docs lists those there are.", "not_found")
    headers = {"allow": allowed} if status == 405 else None
    use = "POST" if takes_body else "GET"
    return problem(status, f"{request.method} cannot be used here; use {use}.", CODES.get(status, "http"), headers)
