"""The routes of reports: a page about a stock or a portfolio as a file that needs nothing else."""

import html
import re
from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.results.batch import Batch
from factorcli.serve.backend import Backend, raise_first
from factorcli.serve.bodies import Question, body_of, holdings_of, parsed
from factorcli.serve.documents import FRESH_SECONDS, Document, Reply
from factorcli.serve.middleware import POLICY_NAME
from factorcli.serve.page import script
from factorcli.serve.parameters import Intervals, Method, ModelSpecification, Ticker, WindowDays, ticker_of
from factorcli.serve.presence import while_connected
from factorcli.serve.replies import reply
from factorcli.service.context import Context
from factorcli.service.report import ReportService

HTML = "text/html; charset=utf-8"
OWN_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def add_reports(app: FastAPI, backend: Backend) -> None:
    """Add the routes of reports."""

    @app.get("/stock/{ticker}/report", tags=["reports"], summary="The report of a stock", response_model=None)
    async def stock(
        request: Request,
        ticker: Ticker,
        window: WindowDays,
        base: ModelSpecification,
        method: Method = "euler",
        intervals: Intervals = False,
    ) -> Response:
        """An HTML file with everything in it, to read, send or print: that of `factor report`.

        The first report of a server takes several seconds, as its script is made and then kept.
        """
        spec = replace(base, window=window, method=method[:80], intervals=intervals)
        name = ticker_of(ticker, backend.context.universe)
        return await reply(
            backend,
            request,
            ("report", name, spec),
            lambda key: backend.page(
                key, lambda context: ReportService(context).stocks([name], spec), lambda found: drawn(backend, found)
            ),
        )

    @app.post(
        "/portfolio/report",
        tags=["portfolios"],
        summary="The report of a portfolio",
        response_model=None,
        operation_id="portfolio_report",
    )
    async def portfolio(request: Request) -> Response:
        """An HTML file with everything in it: that of `factor report --portfolio`.

        The body is neither kept nor logged, and the answer is not cached.
        """
        question = parsed(Question, await body_of(request))
        if question.benchmark is not None:
            raise InvalidOption("benchmark means nothing for a report: leave it out.")
        spec: Specification = question.specification()
        holdings = holdings_of(question.holdings, backend.context.universe)

        def ask(context: Context) -> Batch[Any]:
            return ReportService(context).stocks((), spec, (holdings,))

        answer = backend.private_page(ask, lambda found: drawn(backend, found, private=True))
        return Reply(await while_connected(request, answer))


def drawn(backend: Backend, found: Batch[Any], *, private: bool = False) -> Document:
    """The page of a report, by the process that draws. Raises the failure of a batch that has none."""
    raise_first(found)
    from factorcli.render.report.apart import Wanted  # noqa: PLC0415  (pages are loaded for the first report)

    context = backend.context
    text, name = backend.drawing.run(Wanted(found.results, context.model.names, script(context)))
    more = [(b"content-disposition", f'attachment; filename="{name}"'.encode())]
    if (policy := OWN_POLICY.search(text)) is not None:  # its scripts run by their digests
        more.append((POLICY_NAME, f"{html.unescape(policy[1])}; frame-ancestors 'none'".encode()))
    return Document(text.encode(errors="replace"), FRESH_SECONDS, private=private, media_type=HTML, more=more)
