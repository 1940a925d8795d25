"""The routes of decisions about stocks, and of the factors behind them: parameters in, documents out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from factorcli.errors import InvalidOption
from factorcli.model.shocks import CONDITIONAL, Scenario
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request as Asked
from factorcli.results.batch import Batch
from factorcli.serve.backend import Backend
from factorcli.serve.documents import Document
from factorcli.serve.error_responses import shown
from factorcli.serve.parameters import (
    AsOf,
    Conditions,
    DatedWindow,
    Episodes,
    First,
    Horizon,
    Instruments,
    LeastSquares,
    MembersName,
    ModelSpecification,
    Others,
    Pictures,
    PositionValue,
    Rolling,
    SectorName,
    Shift,
    Shocks,
    Since,
    SortColumn,
    Ticker,
    Top,
    WindowDays,
    parse_day,
    ticker_of,
)
from factorcli.serve.pictures import illustrated_overview
from factorcli.serve.replies import reply
from factorcli.service.context import Context
from factorcli.service.drift import DriftService
from factorcli.service.factor_statistics import describe, with_statistics
from factorcli.service.hedge import HedgeService
from factorcli.service.history import HistoryService
from factorcli.service.members import with_kept_members
from factorcli.service.overview import OverviewService
from factorcli.service.peers import PeersService
from factorcli.service.screen import ScreenService
from factorcli.service.stress import StressService

Ask = Callable[[Context, Asked], Batch[Any]]


def add_decisions(app: FastAPI, backend: Backend) -> None:
    """Add every route of a decision."""
    _add_overview(app, backend)
    _add_losses(app, backend)
    _add_comparisons(app, backend)
    _add_overall(app, backend)


async def _decide(
    backend: Backend, request: Request, name: str, text: str, parameters: object, ask: Ask, *, many: bool = False
) -> Response:
    """The answer of a use case about a ticker, kept by its parameters."""
    ticker = ticker_of(text, backend.context.universe)
    about = Asked((ticker,))
    return await reply(
        backend,
        request,
        (name, ticker, parameters),
        lambda key: backend.decision(key, lambda context: ask(context, about), many=many),
    )


def _add_overview(app: FastAPI, backend: Backend) -> None:
    @app.get(
        "/stock/{ticker}/overview",
        tags=["decisions"],
        summary="A stock's exposures, risk, stress, peers and drift",
        response_model=None,
    )
    async def overview(
        request: Request, ticker: Ticker, spec: LeastSquares, rolling: Rolling = False, pictures: Pictures = None
    ) -> Response:
        """In one request what `/betas`, `/decompose`, `/stress`, `/peers` and `/drift` answer with the same parameters.

        `stress` is of the market (the first factor) at −10 % over 21 sessions, with the others at their mean given
        that. A part that cannot be had, such as the peers while no heatmap has been computed, is null, and `errors`
        has by its name the `detail` and the `code` of its route. Without `betas` the whole answer is their error.

        With `pictures`, a width, the key `pictures` has `exposures`, `path`, `shares`, `attribution`, `stress` and
        `drift`, each with `title`, `description`, `height` and `spec`; of a part that is null there is none.
        """
        wanted, source = replace(spec, rolling=rolling), backend.context.source

        def ask(context: Context, about: Asked) -> Batch[Any]:
            drawn = replace(wanted, rolling=rolling or pictures is not None)
            found = OverviewService(context).overview(about.tickers[0], drawn)
            errors = {name: replace(one, detail=shown(one.detail, source)) for name, one in found.errors.items()}
            found = replace(found, errors=errors)
            return Batch((found if pictures is None else illustrated_overview(context, wanted, found, pictures),))

        return await _decide(backend, request, "overview", ticker, (wanted, pictures), ask)


def _add_losses(app: FastAPI, backend: Backend) -> None:
    @app.get(
        "/stock/{ticker}/stress",
        tags=["decisions"],
        summary="What a stock would lose if factors moved",
        response_model=None,
    )
    async def stress(
        request: Request,
        ticker: Ticker,
        spec: LeastSquares,
        shocks: Shocks,
        others: Others = CONDITIONAL,
        horizon: Horizon = None,
    ) -> Response:
        """The change that shocks to factors would bring, with its 95 % interval and the part of each factor.

        `response` has what answers further shocks without another request.
        """
        scenario = Scenario.parse(shocks, others[:80], horizon)
        return await _decide(
            backend,
            request,
            "stress",
            ticker,
            (spec, tuple(shocks), others, horizon),
            lambda context, about: StressService(context).stress(about, spec, scenario),
        )

    @app.get(
        "/stock/{ticker}/episodes",
        tags=["decisions"],
        summary="What a stock did in episodes of the past",
        response_model=None,
    )
    async def episodes(request: Request, ticker: Ticker, spec: LeastSquares, names: Episodes) -> Response:
        """A result for each episode, in the order given: what the stock did, beside what its betas say.

        An episode without prices is an error of the whole question, which names it.
        """
        return await _decide(
            backend,
            request,
            "episodes",
            ticker,
            (spec, tuple(names)),
            lambda context, about: StressService(context).episodes(about, spec, names),
            many=True,
        )

    @app.get("/stock/{ticker}/hedge", tags=["decisions"], summary="The hedge of a stock", response_model=None)
    async def hedge(
        request: Request, ticker: Ticker, spec: LeastSquares, instruments: Instruments, value: PositionValue = None
    ) -> Response:
        """What to hold of instruments so that the stock moves least: the ratios with their errors, and how they did.

        A ratio is money in an instrument for one unit of money in the stock, negative sold.
        """
        names = tuple(ticker_of(name, backend.context.universe) for name in instruments)
        return await _decide(
            backend,
            request,
            "hedge",
            ticker,
            (spec, names, value),
            lambda context, about: HedgeService(context).hedge(about, spec, names, None, value),
        )


def _add_comparisons(app: FastAPI, backend: Backend) -> None:
    @app.get("/stock/{ticker}/peers", tags=["decisions"], summary="The stocks most like a stock", response_model=None)
    async def peers(
        request: Request, ticker: Ticker, spec: DatedWindow, top: Top = 10, sector: SectorName = None
    ) -> Response:
        """Those of the heatmap of this window whose betas are nearest, and whether they can be told apart.

        Only prices at hand are used; a heatmap that nobody has computed is a 404.
        """
        return await _decide(
            backend,
            request,
            "peers",
            ticker,
            (spec, top, sector),
            lambda context, about: PeersService(context).peers(about.tickers, spec, top, sector),
        )

    @app.get(
        "/stock/{ticker}/drift", tags=["decisions"], summary="Whether a stock's betas have changed", response_model=None
    )
    async def drift(
        request: Request, ticker: Ticker, spec: LeastSquares, shift: Shift = None, since: Since = None
    ) -> Response:
        """The betas of the window and of an earlier one, and the test of each change.

        Either `shift` or `since` says how much earlier that ends; default 252 days, 104 weeks or 60 months.
        """
        day = parse_day(since)
        return await _decide(
            backend,
            request,
            "drift",
            ticker,
            (spec, shift, day),
            lambda context, about: DriftService(context).drift(about, spec, shift, day),
        )


def _add_overall(app: FastAPI, backend: Backend) -> None:
    @app.get("/stocks/screen", tags=["decisions"], summary="The stocks that meet conditions", response_model=None)
    async def screen(
        request: Request,
        base: ModelSpecification,
        window: WindowDays,
        where: Conditions,
        sort: SortColumn = None,
        top: First = None,
        sector: SectorName = None,
        members: MembersName = None,
    ) -> Response:
        """Of the heatmap of this window, as last computed: a request never computes it. An empty list where none does.

        Columns: the factors' codes, `CODE.t`, `CODE.q`, `market`, `down`, `r_squared`, `alpha`, `observations`,
        `sector`, `ticker` and `name`; operators: `>`, `>=`, `<`, `<=`, `=` and `!=`.
        """
        spec = replace(base, window=window)
        return await reply(
            backend,
            request,
            ("screen", spec, tuple(where), sort, top, sector, members),
            lambda key: backend.kept(
                key,
                lambda context: ScreenService(with_kept_members(context, spec, members)).screen(
                    spec, where, sort, top, sector
                ),
            ),
        )

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
