"""`factor whatif`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Benchmark, Data, DropMissing, Fill, LeastSquares, Output, Portfolios, Window, spread
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.portfolio.trades import Trade
    from factorcli.results.batch import Batch


@spread
def whatif(
    data: Data,
    estimation: LeastSquares,
    output: Output,
    portfolio: Portfolios = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FILE", show_default=False, help="The holdings afterwards, as in --portfolio."),
    ] = None,
    trade: Annotated[
        list[str] | None,
        typer.Option(
            "--trade", metavar="TICKER=±N%", show_default=False,
            help="A trade in per cent of the value (RELIANCE=-5%), or in shares (TCS=+10sh), repeatable; cash is the "
            "counterpart.",
        ),
    ] = None,
    benchmark: Benchmark = None,
    window: Window = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
) -> None:  # fmt: skip
    """What trades change in a portfolio's betas, volatility and losses, and how sure that is."""

    def ask() -> "Batch[Any]":
        from factorcli.portfolio.given import benchmark_of, holdings_of
        from factorcli.service.whatif import WhatIfService

        if not portfolio:
            raise InvalidOption("No portfolio is given: give --portfolio FILE.")
        if bool(to) == bool(trade):
            raise InvalidOption(
                "Give either --to FILE or --trade TICKER=-5%, not both."
                if to
                else "Nothing is traded: give --trade TICKER=-5%, or --to FILE with the holdings afterwards."
            )
        request = run.request(None, portfolio, drop_missing=drop_missing, fill=fill)
        return WhatIfService(run.context(data)).whatif(
            request,
            run.specification(window, estimation),
            to=holdings_of(to) if to else None,
            trades=_trades(trade) if trade else None,
            benchmark=None if benchmark is None else benchmark_of(benchmark),
        )

    run.answer("factor.whatif/1", output, ask)


def _trades(texts: list[str]) -> "list[Trade]":
    from factorcli.portfolio.trades import Trade

    return [Trade.parse(text) for text in texts]
