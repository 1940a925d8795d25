"""`factor beta` and `factor decompose`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Data, Estimation, Intervals, Output, Tickers, Window, spread

if TYPE_CHECKING:
    from factorcli.results import Batch


@spread
def beta(
    tickers: Tickers,
    data: Data,
    estimation: Estimation,
    output: Output,
    window: Window = "252",
    rolling: Annotated[bool, typer.Option("--rolling", help="Add the path of every window's estimates.")] = False,
    diagnostics: Annotated[
        bool,
        typer.Option("--diagnostics", help="Add tests of the residuals, and the days that carry the fit."),
    ] = False,
    intervals: Intervals = False,
) -> None:
    """Betas to market, value, momentum, size and volatility, with errors and warnings."""

    def ask() -> "Batch[Any]":
        query = run.query(window, estimation, rolling=rolling, diagnostics=diagnostics, intervals=intervals)
        return run.service(data).beta(tickers, query)

    run.answer("factor.beta/1", output, ask)


@spread
def decompose(
    tickers: Tickers,
    data: Data,
    estimation: Estimation,
    output: Output,
    window: Window = "252",
    method: Annotated[
        str,
        typer.Option("--method", metavar="euler|lmg", help="Euler shares, or Shapley (LMG) shares."),
    ] = "euler",
    intervals: Intervals = False,
) -> None:
    """How much of a stock's variance each factor explains."""

    def ask() -> "Batch[Any]":
        query = run.query(window, estimation, method=method, intervals=intervals)
        return run.service(data).decompose(tickers, query)

    run.answer("factor.decompose/1", output, ask)
