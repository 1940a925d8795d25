"""`factor peers`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.completion import complete_sector
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.options import AsOf, Data, Estimation, FrequencyName, Origin, Output, Tickers, Window, spread
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch


@spread
def peers(
    origin: Origin,
    output: Output,
    tickers: Tickers = None,
    everything: Annotated[bool, typer.Option("--all", help="The peers of every stock of the heatmap.")] = False,
    window: Window = None,
    top: Annotated[
        int,
        typer.Option(
            "--top", metavar="N", min=1, show_default=False, help="How many peers of each ticker; default 10."
        ),
    ] = 10,
    sector: Annotated[
        str | None,
        typer.Option(
            "--sector",
            metavar="NAME",
            help="Only peers of this sector; the beginning of its name is enough.",
            autocompletion=complete_sector,
        ),
    ] = None,
    frequency: FrequencyName = None,
    as_of: AsOf = None,
) -> None:
    """The stocks whose betas are most like those of a ticker, and whether they can be told apart."""
    data, estimation = Data(origin.source, origin.model), Estimation(frequency=frequency, as_of=as_of)

    def ask() -> "Batch[Any]":
        from factorcli.service.peers import PeersService

        if everything == bool(tickers):
            raise InvalidOption(
                "Say which stocks: tickers such as RELIANCE.NS, or --all for every stock of the heatmap."
            )
        spec = run.specification(window, estimation)
        return PeersService(run.context(data)).peers(tickers or (), spec, top, sector, everything=everything)

    run.answer(
        "factor.peers/1",
        output,
        ask,
        hints={HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, estimation)},
    )
