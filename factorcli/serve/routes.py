"""The routes: parameters in, documents out."""

from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from factorcli import __version__
from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request as Asked
from factorcli.results.batch import Batch
from factorcli.serve import docs_page
from factorcli.serve.backend import Backend, Kind
from factorcli.serve.decisions import add_decisions
from factorcli.serve.documents import Document, Reply, encode
from factorcli.serve.parameters import (
    BenchmarkName,
    Diagnostics,
    Intervals,
    Limit,
    MembersName,
    Method,
    ModelSpecification,
    Rolling,
    Text,
    Ticker,
    WindowDays,
    ticker_of,
)
from factorcli.serve.portfolios import add_portfolios
from factorcli.serve.replies import reply
from factorcli.serve.reports import add_reports
from factorcli.service.active import ActiveService
from factorcli.service.context import Context

HEALTH = encode({"status": "ok", "version": __version__})
UNCACHED = {"cache-control": "no-store"}


def add_routes(app: FastAPI, backend: Backend) -> None:
    """Add every route, and those of the documentation."""
    _add_overall(app, backend)
    _add_stocks(app, backend)
    add_decisions(app, backend)
    add_portfolios(app, backend)
    add_reports(app, backend)
    _add_documentation(app, backend)


def _add_overall(app: FastAPI, backend: Backend) -> None:
    @app.get("/health", tags=["server"], summary="Whether the server is running", response_model=None)
    async def health() -> Response:
        """Answers at once, also while the server is computing; not rate-limited."""
        return Response(HEALTH, headers=UNCACHED, media_type="application/json")

    @app.get("/heatmap", tags=["heatmap"], summary="The exposures of the whole universe", response_model=None)
    async def heatmap(
        request: Request, window: WindowDays, base: ModelSpecification, members: MembersName = None
    ) -> Response:
        """Every stock and every sector over one window, as last computed: a request never computes it.

        `missing` lists stocks that failed or are not computed yet; `stale` is true once a session has closed since. The
        response has an `ETag`; with it in `If-None-Match` an unchanged heatmap is a 304 without a body.
        """
        spec = replace(base, window=window)
        return await reply(
            backend, request, ("heatmap", spec, members), lambda key: backend.heatmap(key, spec, members)
        )

    @app.get("/heatmap/status", tags=["heatmap"], summary="The status of a heatmap", response_model=None)
    async def status(
        request: Request, window: WindowDays, base: ModelSpecification, members: MembersName = None
    ) -> Response:
        """Counts, progress and failures of one window; not rate-limited."""
        spec = replace(base, window=window)
        return await reply(backend, request, ("status", spec, members), lambda key: backend.status(key, spec, members))

    @app.get("/heatmap/status/all", tags=["heatmap"], summary="The statuses of the heatmaps", response_model=None)
    async def statuses(request: Request, spec: ModelSpecification, members: MembersName = None) -> Response:
        """The statuses of the usual windows, by window; not rate-limited.

        `126D`, `252D` and `504D` of days, `104W` of weeks, `60M` of months.
        """
        return await reply(
            backend, request, ("statuses", spec, members), lambda key: backend.statuses(key, spec, members)
        )


def _add_stocks(app: FastAPI, backend: Backend) -> None:
    async def stock(request: Request, kind: Kind, text: str, spec: Specification, compared: str | None) -> Response:
        universe = backend.context.universe
        ticker = ticker_of(text, universe)
        if compared is not None:
            benchmark, about = ticker_of(compared, universe), Asked((ticker,))

            def ask(context: Context) -> Batch[Any]:
                service = ActiveService(context)
                view = service.beta if kind == "beta" else service.decompose
                return view(about, spec, benchmark)

            key = (kind, ticker, spec, benchmark)
            return await reply(backend, request, key, lambda key: backend.decision(key, ask))
        return await reply(backend, request, (kind, ticker, spec), lambda key: backend.stock(key, kind, ticker, spec))

    @app.get("/stock/{ticker}/betas", tags=["stocks"], summary="The exposures of a stock", response_model=None)
    async def betas(
        request: Request,
        ticker: Ticker,
        window: WindowDays,
        base: ModelSpecification,
        rolling: Rolling = False,
        diagnostics: Diagnostics = False,
        intervals: Intervals = False,
        benchmark: BenchmarkName = None,
    ) -> Response:
        """Betas, alpha, their standard errors, R², and the returns that were excluded; computed unless cached.

        `active` compares with a `benchmark`. An answer that takes too long is a 503, and its computation continues:
        ask again after `Retry-After`.
        """
        spec = replace(base, window=window, rolling=rolling, diagnostics=diagnostics, intervals=intervals)
        return await stock(request, "beta", ticker, spec, benchmark)

    @app.get(
        "/stock/{ticker}/decompose",
        tags=["stocks"],
        summary="The variance decomposition of a stock",
        response_model=None,
    )
    async def decompose(
        request: Request,
        ticker: Ticker,
        window: WindowDays,
        base: ModelSpecification,
        method: Method = "euler",
        intervals: Intervals = False,
        benchmark: BenchmarkName = None,
    ) -> Response:
        """The share of the variance that each factor explains, and the idiosyncratic share.

        `active` compares with a `benchmark`.
        """
        spec = replace(base, window=window, method=method[:80], intervals=intervals)
        return await stock(request, "decompose", ticker, spec, benchmark)

    @app.get("/stocks/search", tags=["stocks"], summary="Find stocks by ticker, name or ISIN", response_model=None)
    async def search(q: Text, limit: Limit = 10) -> Response:
        """Best match first; an empty list where none matches."""
        if not q.strip():
            raise InvalidOption("q is empty: write part of a ticker or of a name.")
        return Reply(await backend.search(("search", q, limit), q, limit))


def _add_documentation(app: FastAPI, backend: Backend) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        make = lambda: Document(encode(app.openapi()))  # noqa: E731
        return await reply(backend, request, ("openapi",), lambda key: backend.once(key, make))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return docs_page.page()

    @app.get("/docs/{name}", include_in_schema=False)
    async def docs_file(name: str) -> Response:
        found = docs_page.asset(name)
        if found is None:
            raise HTTPException(404)
        return found
