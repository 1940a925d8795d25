"""The HTTP API: the service's answers as JSON, for the package's own server and for any ASGI server.

Hosting platforms run `uvicorn --factory factorcli.serve:app_from_env`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from factorcli.config.settings import Settings
    from factorcli.service.context import Context


def create_app(context: "Context", settings: "Settings") -> "FastAPI":
    """The application for this context. Raises InvalidSetting."""
    from factorcli.serve.app import create_app as create

    return create(context, settings)


def app_from_env() -> "FastAPI":
    """The application that the environment describes. Raises FactorError."""
    from factorcli.compose import build_context
    from factorcli.config.environment import load_settings
    from factorcli.serve.logs import configure

    settings = load_settings()
    log = configure(settings.log_level)
    return create_app(build_context(settings, lasting=True, warn=log.warning), settings)
