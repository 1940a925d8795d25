"""`factor hedge`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.completion import complete_ticker
from factorcli.cli.options import Data, DropMissing, Fill, LeastSquares, Output, Portfolios, Tickers, Window, spread
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch

Instruments = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="TICKER",
        show_default=False,
        help="An instrument to hedge with, such as ^NSEI; repeatable.",
        autocompletion=complete_ticker,
    ),
]
LotsFile = Annotated[
    str | None,
    typer.Option(
        "--lots",
        metavar="FILE",
        help="Whole contracts only: a file with ticker, lot, price (empty: the last close) and short (yes or no).",
    ),
]
Value = Annotated[
    str | None,
    typer.Option(
        "--value", metavar="AMOUNT", show_default=False, help="What a position is worth, if its file has no quantities."
    ),
]


@spread
def hedge(
    data: Data,
    regression: LeastSquares,
    output: Output,
    tickers: Tickers = None,
    instruments: Instruments = None,
    lots: LotsFile = None,
    value: Value = None,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
) -> None:
    """What to buy or sell of some instruments so that a stock or a portfolio moves least."""

    def ask() -> "Batch[Any]":
        from factorcli.portfolio.amount import amount
        from factorcli.portfolio.lots import Lots
        from factorcli.service.hedge import HedgeService

        request = run.request(tickers, portfolio, drop_missing=drop_missing, fill=fill)
        if not instruments:
            raise InvalidOption("No instrument is given: name one, such as --with ^NSEI.")
        contracts = None if lots is None else Lots.load(lots)
        worth = None if value is None else amount(value)
        spec = run.specification(window, regression)
        return HedgeService(run.context(data)).hedge(request, spec, instruments, contracts, worth)

    run.answer("factor.hedge/1", output, ask)
