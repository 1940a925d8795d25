"""`factor report`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.messages import say
from factorcli.cli.options import (
    Data,
    DropMissing,
    Estimation,
    Fill,
    Intervals,
    Method,
    Output,
    Portfolios,
    Tickers,
    Window,
    spread,
)
from factorcli.cli.output import Documents
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.model.specification import Specification
    from factorcli.results.batch import Batch
    from factorcli.results.report import Report
    from factorcli.service.context import Context

PAGE = ".html"


@dataclass(frozen=True)
class ReportOutput(Output):
    """Format and destination of a report."""

    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE|FOLDER",
            help="Write to FILE, .html or .json, or a page for each stock and portfolio to an existing FOLDER.",
        ),
    ] = None  # fmt: skip


@spread
def report(
    data: Data,
    estimation: Estimation,
    output: ReportOutput,
    tickers: Tickers = None,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
    universe: Annotated[
        bool, typer.Option("--universe", help="Report on every stock of the computed heatmap.")
    ] = False,
    method: Method = "euler",
    intervals: Intervals = False,
) -> None:
    """Write a page about stocks, a portfolio or the universe, to send or print: one HTML file with everything in it."""
    context = once(lambda: run.context(data))

    def spec() -> "Specification":
        return run.specification(window, estimation, method=method, intervals=intervals)

    def ask() -> "Batch[Any]":
        from factorcli.service.report import ReportService

        if universe:
            if tickers or portfolio or drop_missing or fill is not None:
                raise InvalidOption("--universe is about all stocks: leave out the tickers and the portfolio.")
            if intervals or method != "euler":
                raise InvalidOption("--intervals and --method are about shares of risk, which --universe has not.")
            return ReportService(context()).universe(spec())
        if not tickers and not portfolio:
            raise InvalidOption("Say what the report is about: tickers such as RELIANCE.NS, --portfolio or --universe.")
        portfolios = run.holdings(tickers, portfolio, drop_missing=drop_missing, fill=fill)
        found = ReportService(context()).stocks(tickers or (), spec(), portfolios)
        if found.results and all(one.comparison is None for one in found.results):
            say(f"The sector and the universe are not shown beside it, {_why(context(), window, data, estimation)}")
        return found

    run.answer(
        "factor.report/1",
        output,
        ask,
        hints={HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, estimation)},
        documents=Documents(
            (PAGE,),
            make=lambda batch, _: _page(context(), batch),
            check=lambda _: _check(output),
            default=PAGE,
            tables=(".json",),
            split=lambda batch: _pages(context(), batch),
        ),
    )


def _why(context: "Context", window: str | None, data: Data, estimation: Estimation) -> str:
    """Why nothing is compared, and what to do."""
    if not context.universe.stocks:
        return f"as the market {context.model.market.id} has no universe; FACTOR_UNIVERSE names a list of stocks."
    return f"as no heatmap of these settings has been computed. {run.to_compute(window, data, estimation)}"


def _check(output: Output) -> None:
    if output.csv:
        raise InvalidOption("A report is a page or JSON: name a file for it, such as -o report.html, or give --json.")
    if output.output is None and not output.json and sys.stdout.isatty():
        raise InvalidOption("A report is a page, which a terminal cannot show: name a file, such as -o report.html.")


def _page(context: "Context", batch: "Batch[Report]") -> bytes:
    """A page about all reports."""
    from factorcli.render.charts.extras import Extras
    from factorcli.render.report.page import page
    from factorcli.render.report.script import page_script

    extras, script = Extras(names=context.model.names), page_script(context.cache)
    return page(batch.results, batch.failures, extras, script=script).encode(errors="replace")


def _pages(context: "Context", batch: "Batch[Report]") -> "Iterator[tuple[str, bytes]]":
    """A file for each report; failures are told on stderr."""
    from factorcli.render.charts.extras import Extras
    from factorcli.render.report.page import file_names, page
    from factorcli.render.report.script import page_script

    extras, script = Extras(names=context.model.names), page_script(context.cache)
    for name, one in zip(file_names(batch.results), batch.results, strict=True):
        yield name, page([one], (), extras, script=script, of=len(batch.results)).encode(errors="replace")
