"""The OpenAPI document: FastAPI's parameters, with added bodies, examples and errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from factorcli import __version__
from factorcli.markets.episodes import Episodes
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
from factorcli.serve.documented_errors import READ, codes_by_status, error_schema, errors_of, rate_limit_headers
from factorcli.serve.pictures import with_pictures
from factorcli.serve.questions import PORTFOLIO_QUESTIONS
from factorcli.serve.rate_limit import is_limited, limit_text, parse_limit
from factorcli.serve.schema import Schema, Schemas

DESCRIPTION = """\
Factor exposures of Indian stocks to market, value, momentum, size and volatility, by regression.

A body is the object that the commands print as JSON in `results`, with full precision; a number that is not
available is null. A return, a weight and a volatility are fractions: 0.05 is 5 %. Days are `2026-11-20`, times are UTC
and end in `Z`. A key that is not required is left out where it would be null. A warning is `code: sentence`.

Each client has {limit} for heatmaps, stocks and the model together, and {of_portfolios} for portfolios (`POST`);
`X-RateLimit-Limit`, `-Remaining` and `-Reset` give what is left of the one that was counted, and `Retry-After` of a 429
the seconds to wait. A 304 and an error count, too; `/health`, the statuses and the page's files do not.

To build a page: `/heatmap/status/all` says which heatmaps are computed and how far a run is, `/heatmap` has a row for
each stock and sector, `/heatmap/dates` the days that `as_of` can be, `/model` the codes and names of the factors in
the order of `betas` and the episodes that have a name, `/stocks/search` what a person may mean,
`/stock/{{ticker}}/overview` all about a stock, and `/portfolio/read` makes holdings of a file. Windows, bases and
estimators have a heatmap each: ask for the dates and the statuses with the same parameters as for the heatmap.

Episodes have a name, `{episodes}`, or are two days, as `2024-06-03:2024-06-04`.

Parameters: one that a route does not have is ignored; of one that is given twice and is not a list, the last counts.
Answers to `GET` have an `ETag`; sent back in `If-None-Match`, it makes an unchanged answer a 304 without a body, as
browsers do by themselves. Answers to `POST` are kept by nobody.

Every error, also of an address that is no route, is `{{"detail": "sentence", "code": "what_it_is"}}`:

| status | codes | what to do |
|---|---|---|
{errors}

The examples are from the demo market, whose prices are synthetic.
"""
REMEDIES = {
    400: "correct the request; `origin_refused`: the server's owner adds the page to `CORS_ORIGINS`",
    404: "ask for what there is; `heatmap_not_computed`: the owner of the server has to compute it",
    405: "use a method of the header `Allow`",
    408: "send the whole body",
    413: "send less",
    415: "send the file alone",
    422: "show `detail`, which says what to change",
    429: "wait for `Retry-After`, in seconds",
    431: "send a shorter address, or fewer cookies",
    500: "tell the server's owner",
    503: "ask again after `Retry-After`, in seconds; a computation that has begun goes on meanwhile",
}
HEALTH: Schema = {
    "type": "object",
    "properties": {"status": {"const": "ok"}, "version": {"type": "string"}},
    "required": ["status", "version"],
    "additionalProperties": False,
}
OMITTED_KEYS = ("anyOf", "title", "description")  # dropped from a parameter's schema, as the parameter itself has them
REPORT, STOCK_REPORT = "/portfolio/report", "/stock/{ticker}/report"
FILE_TYPES = ("application/octet-stream", "text/csv")  # any other is taken, too, but a form


def document(app: FastAPI, limit: str, of_portfolios: str, episodes: Episodes) -> dict[str, Any]:
    """The document of an application with these rate limits, whose market has these episodes."""
    allowed, about = (" and ".join(map(limit_text, parse_limit(text))) for text in (limit, of_portfolios))
    names = "`, `".join(one.name for one in episodes.known) or "NAME"
    description = DESCRIPTION.format(limit=allowed, of_portfolios=about, errors=_table_of_errors(), episodes=names)
    document = get_openapi(title="factorcli", version=__version__, description=description, routes=app.routes)
    schemas, shown = Schemas(), examples.example_results()
    for path, (schema, example) in _bodies(schemas, shown).items():
        operation = document["paths"][path]["get"]
        operation["parameters"] = [_parameter(declared) for declared in operation.get("parameters", ())]
        operation["responses"] = {"200": _answer(schema, example, path), **errors_of(path)}
    for question in PORTFOLIO_QUESTIONS:
        body, example = shown[question.path]
        operation = document["paths"][question.path]["post"]
        operation["requestBody"] = _request_body(schemas, question.body, body)
        answer = schemas.of(question.answer)
        schema = {"type": "array", "items": answer} if question.many else answer
        if issubclass(question.body, DrawnQuestion):
            schema = with_pictures(schemas, question.answer, many=question.many)
        operation["responses"] = {"200": _answer(schema, example, question.path), **errors_of(question.path)}
    document["paths"][REPORT]["post"] |= {
        "requestBody": _request_body(schemas, Question, shown["/portfolio/betas"][0]),
        "responses": {"200": _page("PORTFOLIO.html"), **errors_of(REPORT)},
    }
    document["paths"][READ]["post"] |= _reading(schemas, *shown["read"])
    document["paths"][STOCK_REPORT]["get"]["parameters"] = [
        _parameter(declared) for declared in document["paths"][STOCK_REPORT]["get"]["parameters"]
    ]
    document["paths"][STOCK_REPORT]["get"]["responses"] = {"200": _page("RELIANCE.NS.html"), **errors_of(STOCK_REPORT)}
    document["components"] = {"schemas": {"Error": error_schema(), **schemas.components}}
    return document


def _table_of_errors() -> str:
    """The rows of a table: a status, its codes, and what to do."""
    found = codes_by_status().items()
    return "\n".join(
        f"| {status} | {', '.join(f'`{c}`' for c in codes)} | {REMEDIES[status]} |" for status, codes in found
    )


def _reading(schemas: Schemas, file: str, example: Any) -> Schema:
    """The body and the answers of the route that reads files."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}, "example": file} for kind in FILE_TYPES}
    return {
        "requestBody": {"required": True, "description": "The bytes of the file.", "content": content},
        "responses": {"200": _answer(schemas.of(ReadHoldings), example, READ), **errors_of(READ)},
    }


def _page(name: str) -> Schema:
    """The answer of a report."""
    disposition = {"description": "The name of the file.", "schema": {"type": "string"}}
    return {
        "description": "The page, which needs no other file.",
        "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}},
        "headers": {
            "Content-Disposition": {**disposition, "example": f'attachment; filename="{name}"'},
            **rate_limit_headers(),
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
        **({"headers": rate_limit_headers()} if is_limited(path) else {}),
    }
