"""The routes of decisions about stocks, and of the factors behind them: parameters in, documents out."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio import request as asked
from factorcli.results.batch import Batch
from factorcli.serve.backend import Backend
from factorcli.serve.documents import Document
from factorcli.serve.parameters import (
    AsOf,
    Instruments,
    LeastSquares,
    MembersName,
    ModelSpecification,
    PositionValue,
    Ticker,
    WindowDays,
    parse_day,
    ticker_of,
)
from factorcli.serve.replies import reply
from factorcli.service.context import Context
from factorcli.service.factor_statistics import describe, with_statistics
from factorcli.service.hedge import HedgeService
from factorcli.service.history import HistoryService

Ask = Callable[[Context, asked.Request], Batch[Any]]


def add_decisions(app: FastAPI, backend: Backend) -> None:
    """Add every route of a decision."""
    _add_stocks(app, backend)
    _add_overall(app, backend)


def _add_stocks(app: FastAPI, backend: Backend) -> None:
    async def decide(
        request: Request, name: str, text: str, parameters: object, ask: Ask, *, many: bool = False
    ) -> Response:
        """The answer of a use case about a ticker, kept by its parameters."""
        ticker = ticker_of(text, backend.context.universe)
        about = asked.Request((ticker,))
        return await reply(
            backend,
            request,
            (name, ticker, parameters),
            lambda key: backend.decision(key, lambda context: ask(context, about), many=many),
        )

    @app.get("/stock/{ticker}/hedge", tags=["decisions"], summary="The hedge of a stock", response_model=None)
    async def hedge(
        request: Request, ticker: Ticker, spec: LeastSquares, instruments: Instruments, value: PositionValue = None
    ) -> Response:
        """What to hold of instruments so that the stock moves least: the ratios with their errors, and how they did.

        A ratio is money in an instrument for one unit of money in the stock, negative sold.
        """
        names = tuple(ticker_of(name, backend.context.universe) for name in instruments)
        return await decide(
            request,
            "hedge",
            ticker,
            (spec, names, value),
            lambda context, about: HedgeService(context).hedge(about, spec, names, None, value),
        )


def _add_overall(app: FastAPI, backend: Backend) -> None:
    @app.get("/heatmap/dates", tags=["heatmap"], summary="The days whose heatmap is kept", response_model=None)
    async def dates(
        request: Request, base: ModelSpecification, window: WindowDays, members: MembersName = None
    ) -> Response:
        """Of a window, or of any: `/heatmap?as_of=` has each of them."""
        spec, windows = base, (window,) if window else ()
        return await reply(
            backend,
            request,
            ("dates", spec, windows, members),
            lambda key: backend.kept(key, lambda context: HistoryService(context, members).dates(spec, windows)),
        )

    @app.get("/model", tags=["decisions"], summary="The factors, their statistics and health", response_model=None)
    async def model(request: Request, window: WindowDays, as_of: AsOf = None) -> Response:
        """The factors, their proxies and the limits of the price gate; with a window what they were like over it.

        `statistics.path` is what each factor returned from the window's start, and `health` what their prices are like.
        """
        if not window:
            if as_of is not None:
                raise InvalidOption("as_of is the last day of a window: give a window, such as 252, too.")
            make = lambda: Document.of(describe(backend.context.model))  # noqa: E731
            return await reply(backend, request, ("model",), lambda key: backend.once(key, make))
        spec = Specification(window=window, as_of=parse_day(as_of))
        return await reply(
            backend,
            request,
            ("model", spec),
            lambda key: backend.decision(key, lambda context: Batch((with_statistics(context, spec),))),
        )
