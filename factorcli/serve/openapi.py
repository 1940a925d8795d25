"""The OpenAPI document: FastAPI's parameters, with added bodies, examples and errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from factorcli import __version__
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.drift import DriftResult
from factorcli.results.episode import EpisodeResult
from factorcli.results.heatmap import Heatmap, HeatmapStatus
from factorcli.results.hedge import HedgeResult
from factorcli.results.model import ModelResult
from factorcli.results.overview import Overview, ReadHoldings
from factorcli.results.peers import PeersResult
from factorcli.results.screen import ScreenedStock
from factorcli.results.stress import StressResult
from factorcli.serve import examples
from factorcli.serve.backend import Match
from factorcli.serve.bodies import DrawnQuestion, Question
from factorcli.serve.error_responses import RETRY_AFTER_SECONDS
from factorcli.serve.middleware import MAX_PRIVATE_BYTES
from factorcli.serve.pictures import with_pictures
from factorcli.serve.questions import PORTFOLIO_QUESTIONS
from factorcli.serve.rate_limit import is_limited, limit_text, parse_limit
from factorcli.serve.schema import Schema, Schemas

DESCRIPTION = """\
Factor exposures of Indian stocks to market, value, momentum, size and volatility, by regression.

A body is the object that the commands print as JSON in `results`, with full precision; a number that is not
available is null. Every error is `{{"detail": "sentence", "code": "what_it_is"}}`.

Each client has {limit} for heatmaps, stocks and the model together, and {of_portfolios} for portfolios (`POST`);
`X-RateLimit-Limit`, `-Remaining` and `-Reset` give what is left of the one that was counted, and `Retry-After` of a 429
the seconds to wait. `/health`, the statuses and the page's files are not limited.

To build a page: `/heatmap/status/all` says which heatmaps are computed and how far a run is, `/heatmap` has a row for
each stock and sector, `/heatmap/dates` the days that `as_of` can be, `/model` the codes and names of the factors in the
order of `betas`, `/stock/{{ticker}}/overview` all about a stock, and `/portfolio/read` makes holdings of a file. A
return, a weight and a volatility are fractions: 0.05 is 5 %. A 404 with `heatmap_not_computed` says that the owner of
the server has to compute it; a 503 goes away: ask again after `Retry-After`.

The examples are from the demo market, whose prices are synthetic.
"""
ERROR: Schema = {
    "type": "object",
    "description": "A message for people, and a code for programs.",
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
OMITTED_KEYS = ("anyOf", "title", "description")  # dropped from a parameter's schema, as the parameter itself has them
STOCK_NOT_FOUND = (
    "The source has no such ticker.",
    "demo has no ticker RELIANC. Did you mean RELIANCE.NS?",
    "unknown_ticker",
)
NOT_COMPUTED = (
    "This heatmap has not been computed.",
    "No heatmap of window 100 has been computed from demo with this model and basis: compute it first.",
    "heatmap_not_computed",
)
INVALID = (
    "An invalid parameter, or data that do not suffice for an answer.",
    "'5' is not a window: write a whole number of trading days, weeks or months, 30 or more, such as 126, 252 or 504 "
    "days.",
    "invalid_window",
)
TOO_MANY = (
    "The client's rate limit is exceeded.",
    "More than 10 requests a minute from 203.0.113.7; ask again in 42 s.",
    "rate_limited",
)
UPSTREAM_ERROR = (
    "The source does not answer, or not in time.",
    "This takes longer than 20 s; the computation continues, so ask again.",
    "timeout",
)
TOO_LARGE = ("The body is too large.", f"The body is larger than {MAX_PRIVATE_BYTES:,} bytes.", "body_too_large")
FORM_REFUSED = (
    "A form in place of a file.",
    "Send the bytes of the file alone as the body, not as a form.",
    "form_refused",
)
NO_HOLDINGS = (
    "A file that is not read as holdings.",
    "portfolio has neither a column weight nor a column quantity; its columns are Symbol, ISIN.",
    "invalid_portfolio",
)
READ, REPORT, STOCK_REPORT = "/portfolio/read", "/portfolio/report", "/stock/{ticker}/report"
FILE_TYPES = ("application/octet-stream", "text/csv")  # any other is taken, too, but a form
SERVER_ERROR = ("The server failed.", "The server failed on this request; its log has the details.", "internal")


def document(app: FastAPI, limit: str, of_portfolios: str) -> dict[str, Any]:
    """The document of an application with these rate limits."""
    allowed, about = (" and ".join(map(limit_text, parse_limit(text))) for text in (limit, of_portfolios))
    description = DESCRIPTION.format(limit=allowed, of_portfolios=about)
    document = get_openapi(title="factorcli", version=__version__, description=description, routes=app.routes)
    schemas, shown = Schemas(), examples.example_results()
    for path, (schema, example) in _bodies(schemas, shown).items():
        operation = document["paths"][path]["get"]
        operation["parameters"] = [_parameter(declared) for declared in operation.get("parameters", ())]
        operation["responses"] = {"200": _answer(schema, example, path), **_errors(path)}
    for question in PORTFOLIO_QUESTIONS:
        body, example = shown[question.path]
        operation = document["paths"][question.path]["post"]
        operation["requestBody"] = _request_body(schemas, question.body, body)
        answer = schemas.of(question.answer)
        schema = {"type": "array", "items": answer} if question.many else answer
        if issubclass(question.body, DrawnQuestion):
            schema = with_pictures(schemas, question.answer, many=question.many)
        errors = dict(sorted({**_errors(question.path), "413": _error(TOO_LARGE)}.items()))
        operation["responses"] = {"200": _answer(schema, example, question.path), **errors}
    page = {"200": _page("PORTFOLIO.html"), **dict(sorted({**_errors(REPORT), "413": _error(TOO_LARGE)}.items()))}
    document["paths"][REPORT]["post"] |= {
        "requestBody": _request_body(schemas, Question, shown["/portfolio/betas"][0]),
        "responses": page,
    }
    document["paths"][READ]["post"] |= _reading(schemas, *shown["read"])
    document["paths"][STOCK_REPORT]["get"]["parameters"] = [
        _parameter(declared) for declared in document["paths"][STOCK_REPORT]["get"]["parameters"]
    ]
    document["paths"][STOCK_REPORT]["get"]["responses"] = {"200": _page("RELIANCE.NS.html"), **_errors(STOCK_REPORT)}
    document["components"] = {"schemas": {"Error": ERROR, **schemas.components}}
    return document


def _reading(schemas: Schemas, file: str, example: Any) -> Schema:
    """The body and the answers of the route that reads files."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}, "example": file} for kind in FILE_TYPES}
    errors = {**_errors(READ), "413": _error(TOO_LARGE), "415": _error(FORM_REFUSED)}
    return {
        "requestBody": {"required": True, "description": "The bytes of the file.", "content": content},
        "responses": {
            "200": _answer(schemas.of(ReadHoldings), example, READ),
            **dict(sorted({**errors, "422": _error(NO_HOLDINGS)}.items())),
        },
    }


def _page(name: str) -> Schema:
    """The answer of a report."""
    disposition = {"description": "The name of the file.", "schema": {"type": "string"}}
    return {
        "description": "The page, which needs no other file.",
        "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}},
        "headers": {
            "Content-Disposition": {**disposition, "example": f'attachment; filename="{name}"'},
            **_rate_limit_headers(),
        },
    }


def _request_body(schemas: Schemas, kind: type[Question], example: Any) -> Schema:
    """The body that a route reads; its parts are added to the components."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.components |= schema.pop("$defs", {})
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _bodies(schemas: Schemas, shown: dict[str, Any]) -> dict[str, tuple[Schema, Any]]:
    """The schema and an example of the answer of each route without a body."""
    status = schemas.of(HeatmapStatus)
    by_window = {"type": "object", "additionalProperties": status}
    return {
        "/health": (HEALTH, {"status": "ok", "version": __version__}),
        "/heatmap": (schemas.of(Heatmap), shown["heatmap"]),
        "/heatmap/status": (status, shown["status"]),
        "/heatmap/status/all": (by_window, {"252D": shown["status"]}),
        "/heatmap/dates": ({"type": "array", "items": {"type": "string", "format": "date"}}, shown["dates"]),
        "/model": (schemas.of(ModelResult), shown["model"]),
        "/stock/{ticker}/overview": (with_pictures(schemas, Overview), shown["overview"]),
        "/stock/{ticker}/stress": (schemas.of(StressResult), shown["stress"]),
        "/stock/{ticker}/episodes": ({"type": "array", "items": schemas.of(EpisodeResult)}, shown["episodes"]),
        "/stock/{ticker}/hedge": (schemas.of(HedgeResult), shown["hedge"]),
        "/stock/{ticker}/peers": (schemas.of(PeersResult), shown["peers"]),
        "/stock/{ticker}/drift": (schemas.of(DriftResult), shown["drift"]),
        "/stocks/screen": ({"type": "array", "items": schemas.of(ScreenedStock)}, shown["screen"]),
        "/stock/{ticker}/betas": (schemas.of(BetaResult), shown["beta"]),
        "/stock/{ticker}/decompose": (schemas.of(Decomposition), shown["decompose"]),
        "/stocks/search": ({"type": "array", "items": schemas.of(Match)}, shown["found"]),
    }


def _parameter(declared: Schema) -> Schema:
    """A parameter as FastAPI declares it, but not nullable where it is optional."""
    variants = declared["schema"].get("anyOf", ({},))
    schema = {**declared["schema"], **variants[0]}
    return {**declared, "schema": {name: schema[name] for name in schema if name not in OMITTED_KEYS}}


def _answer(schema: Schema, example: Any, path: str) -> Schema:
    content = {"application/json": {"schema": schema, "example": example}}
    return {
        "description": "The answer.",
        "content": content,
        **({"headers": _rate_limit_headers()} if is_limited(path) else {}),
    }


def _errors(path: str) -> dict[str, Schema]:
    """The errors of a route, by status."""
    if path == "/health":
        return {"500": _error(SERVER_ERROR)}
    errors = {"422": _error(INVALID), "500": _error(SERVER_ERROR)}
    if path in ("/heatmap", "/stocks/screen"):
        errors["404"] = _error(NOT_COMPUTED)
    if path.startswith(("/stock/", "/portfolio/")):
        errors["404"] = _error(STOCK_NOT_FOUND)
    if is_limited(path):
        errors["429"] = _error(
            TOO_MANY, {**_rate_limit_headers(), "Retry-After": _header("Seconds until the limit is reset.")}
        )
    errors["503"] = _error(UPSTREAM_ERROR, {"Retry-After": _header(f"Seconds to wait, {RETRY_AFTER_SECONDS}.")})
    return dict(sorted(errors.items()))


def _error(example: tuple[str, str, str], headers: dict[str, Schema] | None = None) -> Schema:
    description, detail, code = example
    reference = {"$ref": "#/components/schemas/Error"}
    content = {"application/json": {"schema": reference, "example": {"detail": detail, "code": code}}}
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}


def _rate_limit_headers() -> dict[str, Schema]:
    return {
        "X-RateLimit-Limit": _header("Requests allowed in the window."),
        "X-RateLimit-Remaining": _header("Requests left in the window."),
        "X-RateLimit-Reset": _header("When the window ends, in seconds since 1970."),
    }


def _header(description: str) -> Schema:
    return {"description": description, "schema": {"type": "integer"}}
