"""`factor beta` and `factor decompose`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.options import (
    Benchmark,
    Data,
    DropMissing,
    Estimation,
    Fill,
    Intervals,
    Method,
    Portfolios,
    Tickers,
    Window,
    spread,
)
from factorcli.cli.pictures import PictureOutput, documents

if TYPE_CHECKING:
    from factorcli.model.specification import Specification
    from factorcli.portfolio.holdings import Holdings
    from factorcli.portfolio.request import Request
    from factorcli.results.batch import Batch
    from factorcli.results.comparison import Comparison


@spread
def beta(
    data: Data,
    estimation: Estimation,
    output: PictureOutput,
    tickers: Tickers = None,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
    benchmark: Benchmark = None,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="Add the estimates of each window of a rolling path.")
    ] = False,
    diagnostics: Annotated[
        bool,
        typer.Option("--diagnostics", help="Add residual tests and the most influential days."),
    ] = False,
    intervals: Intervals = False,
) -> None:
    """Betas to market, value, momentum, size and volatility, with standard errors and warnings."""

    context = once(lambda: run.context(data))
    path = rolling or output.picture == "path"

    def spec() -> "Specification":
        return run.specification(window, estimation, rolling=path, diagnostics=diagnostics, intervals=intervals)

    def ask() -> "Batch[Any]":
        if benchmark is not None:
            request, against = compared(tickers, portfolio, benchmark, drop_missing=drop_missing, fill=fill)
            from factorcli.service.active import ActiveService

            return ActiveService(context()).beta(request, spec(), against)
        from factorcli.service.exposures import ExposureService

        portfolios = run.holdings(tickers, portfolio, drop_missing=drop_missing, fill=fill)
        return ExposureService(context()).beta(tickers or (), spec(), portfolios)

    def compare(batch: "Batch[Any]") -> "Mapping[str, Comparison]":
        from factorcli.service.comparison import comparisons

        return comparisons(context(), spec(), batch.results)

    run.answer(
        "factor.beta/1",
        output,
        ask,
        hints={HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, estimation)},
        documents=documents("BetaResult", output, context, compare),
    )


@spread
def decompose(
    data: Data,
    estimation: Estimation,
    output: PictureOutput,
    tickers: Tickers = None,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
    benchmark: Benchmark = None,
    method: Method = "euler",
    intervals: Intervals = False,
) -> None:
    """The share of a stock's variance that each factor explains."""
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        spec = run.specification(window, estimation, method=method, intervals=intervals)
        if benchmark is not None:
            request, against = compared(tickers, portfolio, benchmark, drop_missing=drop_missing, fill=fill)
            from factorcli.service.active import ActiveService

            return ActiveService(context()).decompose(request, spec, against)
        from factorcli.service.exposures import ExposureService

        portfolios = run.holdings(tickers, portfolio, drop_missing=drop_missing, fill=fill)
        return ExposureService(context()).decompose(tickers or (), spec, portfolios)

    run.answer("factor.decompose/1", output, ask, documents=documents("Decomposition", output, context))


def compared(
    tickers: list[str] | None, portfolio: list[str] | None, benchmark: str, *, drop_missing: bool, fill: str | None
) -> "tuple[Request, str | Holdings]":
    """What is asked for, and the benchmark of --benchmark. Raises InvalidPortfolio, InvalidOption."""
    from factorcli.portfolio.given import benchmark_of
    from factorcli.portfolio.holdings import Holdings

    request = run.request(tickers, portfolio, drop_missing=drop_missing, fill=fill)
    against = benchmark_of(benchmark)
    return request, replace(against, drop_missing=drop_missing) if isinstance(against, Holdings) else against
