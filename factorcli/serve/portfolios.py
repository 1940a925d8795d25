"""The routes of portfolios: a body in, an answer out, and nothing of either kept."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from factorcli.errors import InvalidOption
from factorcli.portfolio.request import Request as Asked
from factorcli.results.batch import Batch
from factorcli.serve.backend import Backend
from factorcli.serve.bodies import (
    BODY_SECONDS,
    BodyTooLarge,
    BodyTooSlow,
    DrawnQuestion,
    Question,
    body_of,
    holdings_of,
    parsed,
)
from factorcli.serve.bodies import NAME as FILE
from factorcli.serve.documents import Reply
from factorcli.serve.error_responses import problem
from factorcli.serve.middleware import TOO_LARGE
from factorcli.serve.pictures import illustrated
from factorcli.serve.presence import while_connected
from factorcli.serve.questions import PORTFOLIO_QUESTIONS, PortfolioQuestion
from factorcli.service.context import Context
from factorcli.service.holdings import HoldingsService

PRIVACY = "The body is neither kept nor logged, and the answer is not cached. An answer that takes too long is a 503."

READING = (
    "The body is the file as it is, CSV, TSV or a workbook, or pasted lines. Its bytes tell which, so that "
    "neither a name nor a `Content-Type` is needed. Stocks are called as the universe calls them, each is there once, "
    "and the answer can be posted to the other routes as `holdings`, with `name` left out. `warnings` says what was "
    "left out, added up or read in a way that should be looked at. No prices are fetched: whether the source knows a "
    "stock is told by the question about it."
)
FORM = "multipart/"  # the content types of forms with files
FORM_REFUSED = (415, "Send the bytes of the file alone as the body, not as a form.", "form_refused")
TOO_SLOW = (408, f"The body has not come within {BODY_SECONDS:.0f} s.", "body_too_slow")


def add_portfolios(app: FastAPI, backend: Backend) -> None:
    """Add a route for every question about a portfolio, and the one that reads files."""
    app.add_exception_handler(BodyTooLarge, _too_large)
    app.add_exception_handler(BodyTooSlow, _too_slow)
    _add_reading(app, backend)
    for question in PORTFOLIO_QUESTIONS:
        app.post(
            question.path,
            tags=["portfolios"],
            summary=question.summary,
            description=f"{question.description}\n\n{PRIVACY}",
            operation_id=f"portfolio_{question.name}",
            response_model=None,
        )(_route(backend, question))


def _route(backend: Backend, question: PortfolioQuestion) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = await body_of(request)
        ask = asking(backend.context, question, parsed(question.body, body))
        return Reply(await while_connected(request, backend.private(ask, many=question.many)))

    return answer


def _add_reading(app: FastAPI, backend: Backend) -> None:
    @app.post(
        "/portfolio/read",
        tags=["portfolios"],
        summary="The holdings of a broker's file",
        description=f"{READING}\n\n{PRIVACY}",
        operation_id="portfolio_read",
        response_model=None,
    )
    async def read(request: Request) -> Response:
        if request.headers.get("content-type", "").lower().startswith(FORM):
            return problem(*FORM_REFUSED)
        data = await body_of(request)
        found = backend.private_file(lambda context: HoldingsService(context).read(data, FILE))
        return Reply(await while_connected(request, found))


async def _too_large(_: Request, __: Exception) -> Response:
    """The answer to a body beyond the limit."""
    return problem(*TOO_LARGE)


async def _too_slow(_: Request, __: Exception) -> Response:
    """The answer to a body that does not come; the connection is closed, as the rest of it may still come."""
    return problem(*TOO_SLOW, {"connection": "close"})


def asking(context: Context, question: PortfolioQuestion, body: Question) -> Callable[[Context], Batch[Any]]:
    """The use case with the portfolio of a body. Raises UsageError."""
    if body.benchmark is not None and not question.compares:
        raise InvalidOption(f"benchmark means nothing for {question.name}: leave it out.")
    spec = body.specification()
    request = Asked((), (holdings_of(body.holdings, context.universe),))
    width = body.pictures if isinstance(body, DrawnQuestion) else None
    return illustrated(lambda context: question.ask(context, request, spec, body), spec, width, many=question.many)
