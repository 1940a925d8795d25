"""Errors over HTTP: one shape, `{"detail", "code"}`, for everything that is not an answer."""

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from factorcli.errors import FactorError, UpstreamError, UsageError
from factorcli.results.beta import Failure

RETRY_AFTER = 5  # seconds, of a 503
LONGEST_DETAIL = 500
METHODS = "GET, HEAD, OPTIONS"
CODES = {404: "not_found", 405: "method_not_allowed"}


class TooSlow(UpstreamError):
    """An answer that took longer than a request may."""

    code = "timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"This takes longer than {seconds:g} s; it goes on, so ask again.")


class Overloaded(UpstreamError):
    """More work is waiting than can be done in time."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__("Too many answers are being computed; ask again.")


class Failed(Exception):
    """A ticker's failure, on its way to the client."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


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

    def told(detail: str) -> str:
        return detail.replace(source, source.rstrip("/").rpartition("/")[2]) if "/" in source else detail

    async def factor_error(_: Request, error: Exception) -> Response:
        detail = told(str(error))
        if isinstance(error, UsageError):  # which names options, and these are parameters
            detail = re.sub(r"--([a-z]+(?:-[a-z]+)*)", lambda match: match[1].replace("-", "_"), detail)
        return problem(getattr(error, "http_status", 500), detail, getattr(error, "code", "error"))

    async def failed(_: Request, error: Exception) -> Response:
        failure: Failure = error.failure  # type: ignore[attr-defined]
        return problem(status_of(failure.code), told(failure.message), failure.code)

    app.add_exception_handler(FactorError, factor_error)
    app.add_exception_handler(Failed, failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


def status_of(code: str) -> int:
    """The HTTP status of an error's code."""
    return _statuses(FactorError).get(code, 500)


def _statuses(kind: type[FactorError]) -> dict[str, int]:
    known = {kind.code: kind.http_status}
    for child in kind.__subclasses__():
        known |= _statuses(child)
    return known


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
