"""`factor compare`."""

from functools import cache as once
from typing import TYPE_CHECKING, Any

from factorcli.cli import run
from factorcli.cli.options import Data, DropMissing, Fill, LeastSquares, Portfolios, Tickers, Window, spread
from factorcli.cli.pictures import PictureOutput, documents

if TYPE_CHECKING:
    from factorcli.results.batch import Batch


@spread
def compare(
    data: Data,
    least_squares: LeastSquares,
    output: PictureOutput,
    tickers: Tickers = None,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
) -> None:
    """How the exposures of the first differ from those of each other, tickers before portfolios, with tests."""
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        from factorcli.service.compare import CompareService

        asked = run.request(tickers, portfolio, drop_missing=drop_missing, fill=fill)
        return CompareService(context()).compare(asked, run.specification(window, least_squares))

    run.answer("factor.compare/1", output, ask, documents=documents("CompareResult", output, context))
