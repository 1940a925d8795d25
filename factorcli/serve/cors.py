"""CORS: only pages of the origins in CORS_ORIGINS may read the API, without credentials."""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from factorcli.errors import InvalidSetting
from factorcli.serve.error_responses import problem

EXPOSED_HEADERS = (
    "Content-Disposition",
    "ETag",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
PREFLIGHT_SECONDS = 600


class Origins(CORSMiddleware):
    """Starlette's CORS middleware, with refusals in the API's error format."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app, allow_origins=origins, allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Content-Type", "If-None-Match"], expose_headers=EXPOSED_HEADERS, max_age=PREFLIGHT_SECONDS,
        )  # fmt: skip

    def preflight_response(self, request_headers: Headers) -> Response:
        """The response to a preflight request."""
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        detail = "Pages of this origin may not make this request; those in CORS_ORIGINS may make GET and POST requests."
        return problem(400, detail, "origin_refused", {"vary": "Origin"})


def check_origins(origins: Sequence[str]) -> None:
    """Raise InvalidSetting for a value that is not an origin."""
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s?#*]+", origin):
            raise InvalidSetting(
                f"CORS_ORIGINS has {origin!r}, but must be origins such as https://app.example.com, without a path."
            )
