"""The ASGI application: routes and middleware."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from factorcli import __version__
from factorcli.compose import build_apart
from factorcli.config.settings import Settings
from factorcli.markets.episodes import Episodes
from factorcli.render.report.apart import drawn
from factorcli.serve import error_responses
from factorcli.serve.backend import Backend
from factorcli.serve.client_address import Clients
from factorcli.serve.cors import Origins, check_origins
from factorcli.serve.logs import LOGGER
from factorcli.serve.middleware import Draining, RequestMiddleware
from factorcli.serve.openapi import document
from factorcli.serve.page import add_page
from factorcli.serve.rate_limit import PORTFOLIO_SETTING, RateLimiter, parse_limit
from factorcli.serve.response_cache import CachedResponses
from factorcli.serve.routes import add_routes
from factorcli.service.context import Context


def create_app(context: Context, settings: Settings) -> FastAPI:
    """The application for this context. Raises InvalidSetting.

    With `app.state.draining.on = True` every response closes its connection.
    """
    parse_limit(settings.rate_limit)
    parse_limit(settings.rate_limit_portfolio, PORTFOLIO_SETTING)
    check_origins(origins := settings.cors_origins)
    clients = Clients(settings.trusted_proxies)
    backend = Backend(context, settings.request_timeout, build_apart(drawn))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        logging.getLogger(LOGGER).info("Serving %s; its routes are described at /docs", context.source)
        backend.open()
        yield
        backend.close()

    app = FastAPI(
        title="factorcli", version=__version__, lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.draining = Draining()
    error_responses.install(app, context.source)
    add_routes(app, backend)
    add_page(app, backend)
    _describe(app, settings, Episodes.load(context.model.market))
    app.add_middleware(CachedResponses, responses=backend.responses)
    app.add_middleware(RateLimiter, limit=settings.rate_limit, of_portfolios=settings.rate_limit_portfolio)
    if origins:
        app.add_middleware(Origins, origins=origins)
    app.add_middleware(RequestMiddleware, clients=clients, draining=app.state.draining, origins=origins)
    return app


def _describe(app: FastAPI, settings: Settings, episodes: Episodes) -> None:
    """Make `app.openapi()` return the document of `serve.openapi`, built once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app, settings.rate_limit, settings.rate_limit_portfolio, episodes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
