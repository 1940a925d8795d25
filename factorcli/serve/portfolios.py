"""The routes of portfolios: a body in, an answer out, and nothing of either kept."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from factorcli.errors import InvalidOption
from factorcli.portfolio import request as asked
from factorcli.results.batch import Batch
from factorcli.serve.backend import Backend
from factorcli.serve.bodies import Question, holdings_of, parsed, read
from factorcli.serve.documents import Reply
from factorcli.serve.error_responses import problem
from factorcli.serve.middleware import MAX_PRIVATE_BYTES
from factorcli.serve.questions import PORTFOLIO_QUESTIONS, PortfolioQuestion
from factorcli.service.context import Context

PRIVACY = "The body is neither kept nor logged, and the answer is not cached. An answer that takes too long is a 503."


def add_portfolios(app: FastAPI, backend: Backend) -> None:
    """Add a route for every question about a portfolio."""
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
        try:
            body = await read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _too_large()
        ask = asking(backend.context, question, parsed(question.body, body))
        return Reply(await backend.private(ask, many=question.many))

    return answer


def _too_large() -> Response:
    """The answer to a body beyond the limit."""
    return problem(413, f"The body is larger than {MAX_PRIVATE_BYTES:,} bytes.", "body_too_large")


def asking(context: Context, question: PortfolioQuestion, body: Question) -> Callable[[Context], Batch[Any]]:
    """The use case with the portfolio of a body. Raises UsageError."""
    if body.benchmark is not None and not question.compares:
        raise InvalidOption(f"benchmark means nothing for {question.name}: leave it out.")
    spec = body.specification()
    request = asked.Request((), (holdings_of(body.holdings, context.universe),))
    return lambda context: question.ask(context, request, spec, body)
