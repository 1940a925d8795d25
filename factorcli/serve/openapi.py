"""The OpenAPI document: FastAPI's account of the parameters, with bodies, examples and errors put in."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from factorcli import __version__
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.heatmap import Heatmap, HeatmapStatus
from factorcli.serve import examples
from factorcli.serve.backend import Match
from factorcli.serve.error_responses import RETRY_AFTER
from factorcli.serve.rate_limit import is_limited, parse_limit, words
from factorcli.serve.schema import Schema, Schemas

DESCRIPTION = """\
What Indian stocks are really exposed to: market, value, momentum, size and volatility, by regression.

A body is the object that the commands print as JSON in `results`, with full precision; a number that cannot be
had is null. Every error is `{{"detail": "sentence", "code": "what_it_is"}}`.

Each client has {limit} for heatmaps and stocks together; `X-RateLimit-Limit`,
`-Remaining` and `-Reset` say what is left, and a 429 says when to come back in `Retry-After`. `/health` and the
statuses are free.

The examples are of the demo market, whose prices are made up.
"""
ERROR: Schema = {
    "type": "object",
    "description": "What was wrong and what to do, in a sentence, and a code for programs.",
    "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
    "required": ["detail", "code"],
    "additionalProperties": False,
}
HEALTH: Schema = {
    "type": "object",
    "properties": {"status": {"const": "ok"}, "version": {"type": "string"}},
    "required": ["status", "version"],
    "additionalProperties": False,
}
UNSAID = ("anyOf", "title", "description")  # in the schema of a parameter; the parameter says it
STOCK_NOT_FOUND = (
    "The source has no such ticker.",
    "demo has no ticker RELIANC. Did you mean RELIANCE.NS?",
    "unknown_ticker",
)
NOT_COMPUTED = (
    "Nobody has computed this heatmap.",
    "No heatmap of window 100 has been computed from demo with this model and basis: compute it first.",
    "heatmap_not_computed",
)
INVALID = (
    "A parameter that cannot be read, or a question that the data cannot answer.",
    "'5' is not a window: write a whole number of trading days, 30 or more, such as 126, 252 or 504.",
    "invalid_window",
)
TOO_MANY = (
    "The client's budget is spent.",
    "More than 10 requests a minute from 203.0.113.7; ask again in 42 s.",
    "rate_limited",
)
AWAY = (
    "The source does not answer, or not in time.",
    "This takes longer than 20 s; it goes on, so ask again.",
    "timeout",
)
BROKEN = ("The server failed.", "The server failed on this request; its log says how.", "internal")


def document(app: FastAPI, limit: str) -> dict[str, Any]:
    """The document of this application, whose clients have this rate limit."""
    allowed = " and ".join(map(words, parse_limit(limit)))
    document = get_openapi(
        title="factorcli", version=__version__, description=DESCRIPTION.format(limit=allowed), routes=app.routes
    )
    schemas = Schemas()
    for path, (schema, example) in _bodies(schemas).items():
        operation = document["paths"][path]["get"]
        operation["parameters"] = [_parameter(declared) for declared in operation.get("parameters", ())]
        operation["responses"] = {"200": _answer(schema, example, path), **_errors(path)}
    document["components"] = {"schemas": {"Error": ERROR, **schemas.components}}
    return document


def _bodies(schemas: Schemas) -> dict[str, tuple[Schema, Any]]:
    """The schema and an example of each route's body."""
    shown = examples.of_results()
    status = schemas.of(HeatmapStatus)
    by_window = {"type": "object", "additionalProperties": status}
    return {
        "/health": (HEALTH, {"status": "ok", "version": __version__}),
        "/heatmap": (schemas.of(Heatmap), shown["heatmap"]),
        "/heatmap/status": (status, shown["status"]),
        "/heatmap/status/all": (by_window, {"252D": shown["status"]}),
        "/stock/{ticker}/betas": (schemas.of(BetaResult), shown["beta"]),
        "/stock/{ticker}/decompose": (schemas.of(Decomposition), shown["decompose"]),
        "/stocks/search": ({"type": "array", "items": schemas.of(Match)}, shown["found"]),
    }


def _parameter(declared: Schema) -> Schema:
    """A parameter as FastAPI declares it, where one that may be left out looks as if it could be null."""
    variants = declared["schema"].get("anyOf", ({},))
    schema = {**declared["schema"], **variants[0]}
    return {**declared, "schema": {name: schema[name] for name in schema if name not in UNSAID}}


def _answer(schema: Schema, example: Any, path: str) -> Schema:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"description": "The answer.", "content": content, **({"headers": _budget()} if is_limited(path) else {})}


def _errors(path: str) -> dict[str, Schema]:
    """The errors that a route can answer with, by status."""
    if path == "/health":
        return {"500": _error(BROKEN)}
    errors = {"422": _error(INVALID), "500": _error(BROKEN)}
    if path == "/heatmap":
        errors["404"] = _error(NOT_COMPUTED)
    if path.startswith("/stock/"):
        errors["404"] = _error(STOCK_NOT_FOUND)
    if is_limited(path):
        errors["429"] = _error(TOO_MANY, {**_budget(), "Retry-After": _header("Seconds until the budget is whole.")})
    errors["503"] = _error(AWAY, {"Retry-After": _header(f"Seconds to wait, {RETRY_AFTER}.")})
    return dict(sorted(errors.items()))


def _error(said: tuple[str, str, str], headers: dict[str, Schema] | None = None) -> Schema:
    description, detail, code = said
    reference = {"$ref": "#/components/schemas/Error"}
    content = {"application/json": {"schema": reference, "example": {"detail": detail, "code": code}}}
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}


def _budget() -> dict[str, Schema]:
    return {
        "X-RateLimit-Limit": _header("Requests that the budget has."),
        "X-RateLimit-Remaining": _header("Requests that are left of it."),
        "X-RateLimit-Reset": _header("When it is whole again, in seconds since 1970."),
    }


def _header(description: str) -> Schema:
    return {"description": description, "schema": {"type": "integer"}}
