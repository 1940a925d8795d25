"""The application: routes around a service, and layers around the routes."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from factorcli import __version__
from factorcli.errors import InvalidSetting
from factorcli.serve import problems
from factorcli.serve.backend import Backend
from factorcli.serve.budget import Budget, parse_limit
from factorcli.serve.clients import Clients
from factorcli.serve.gate import Draining, Gate
from factorcli.serve.logs import LOGGER
from factorcli.serve.openapi import document
from factorcli.serve.routes import add_routes
from factorcli.serve.shelf import Front
from factorcli.service import FactorService
from factorcli.settings import Settings

EXPOSED = ["ETag", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
PREFLIGHT_SECONDS = 600


def create_app(service: FactorService, settings: Settings) -> FastAPI:
    """The application that answers from this service. Raises InvalidSetting.

    `app.state.draining.on = True` makes every answer the last of its connection.
    """
    parse_limit(settings.rate_limit)
    clients, origins = Clients(settings.trusted_proxies), _origins(settings.cors_origins)
    backend = Backend(service, settings.request_timeout)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        logging.getLogger(LOGGER).info("Serving %s; its routes are described at /docs", service.source)
        backend.open()
        yield
        backend.close()

    app = FastAPI(
        title="factorcli", version=__version__, lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.draining = Draining()
    problems.install(app, service.source)
    add_routes(app, backend)
    _describe(app, settings.rate_limit)
    app.add_middleware(Front, shelf=backend.shelf)
    app.add_middleware(Budget, limit=settings.rate_limit)
    if origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["GET", "HEAD"], allow_headers=["If-None-Match"],
            expose_headers=EXPOSED, max_age=PREFLIGHT_SECONDS,
        )  # fmt: skip
    app.add_middleware(Gate, clients=clients, draining=app.state.draining, origins=origins)
    return app


def _describe(app: FastAPI, limit: str) -> None:
    """Let `app.openapi()` return our document, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app, limit)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _origins(origins: tuple[str, ...]) -> list[str]:
    """Origins as browsers send them. Raises InvalidSetting."""
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s?#*]+", origin):
            raise InvalidSetting(
                f"CORS_ORIGINS has {origin!r}, but must be origins such as https://app.example.com, without a path."
            )
    return list(origins)
