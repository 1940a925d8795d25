"""Errors over HTTP: one shape, `{"detail", "code"}`, for everything that is not an answer."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from factorcli.errors import FactorError

RETRY_AFTER = 5  # seconds, of a 503
LONGEST_DETAIL = 500
METHODS = "GET, HEAD, OPTIONS"
CODES = {404: "not_found", 405: "method_not_allowed"}


def body(detail: str, code: str) -> bytes:
    """An error's JSON."""
    if len(detail) > LONGEST_DETAIL:
        detail = f"{detail[:LONGEST_DETAIL]} …"
    return json.dumps({"detail": detail, "code": code}, ensure_ascii=False).encode(errors="replace")


def problem(status: int, detail: str, code: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as a response; a 503 says when to come back."""
    more = {"cache-control": "no-store", **(headers or {})}
    if status == 503:
        more["retry-after"] = str(RETRY_AFTER)
    return Response(body(detail, code), status, more, "application/json")


def install(app: FastAPI, source: str) -> None:
    """Answer every error of this application in the one shape; of the path of the prices only its end is told."""

    async def factor_error(_: Request, error: Exception) -> Response:
        name = PurePath(source).name
        detail = str(error) if name in ("", source) else str(error).replace(source, name)
        return problem(getattr(error, "http_status", 500), detail, getattr(error, "code", "error"))

    app.add_exception_handler(FactorError, factor_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


async def _invalid(_: Request, error: Exception) -> Response:
    """The first parameter that FastAPI could not read, in a sentence."""
    first: dict[str, Any] = error.errors()[0]  # type: ignore[attr-defined]
    name, reason = str(first["loc"][-1]), str(first["msg"])
    return problem(422, f"{name}: {reason[:1].lower()}{reason[1:]}.", "invalid_option")


async def _refused(request: Request, error: Exception) -> Response:
    """Unknown routes and methods; OPTIONS is told what there is."""
    status: int = error.status_code  # type: ignore[attr-defined]
    if status == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": METHODS})
    if status == 404:
        return problem(404, "There is no such route; /docs lists those there are.", "not_found")
    headers = {"allow": METHODS} if status == 405 else None
    return problem(status, f"{request.method} cannot be used here; use GET.", CODES.get(status, "http"), headers)
