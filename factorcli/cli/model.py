"""`factor model show`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Data, Estimation, Output, spread

if TYPE_CHECKING:
    from factorcli.results.batch import Batch

MORE = "--window 252 adds what the factors were like, and whether their proxies can be trusted."
app = typer.Typer(help="The factor model: factors, proxies, limits, statistics.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The factor model: factors, proxies, limits, statistics."""


@app.command("show")
@spread
def show(
    data: Data,
    output: Output,
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            "-w",
            metavar="DAYS",
            help="Add the factors' statistics and the health of their proxies over so many trading days.",
        ),
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The last day of that window.")] = None,
) -> None:
    """Show the factors, their proxies and the price gate's limits.

    With --window also what the factors were like, and whether their proxies can be trusted: how closely
    each follows its fallbacks and the market, and its missing, stale, untraded and suspect days.
    """

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_model
        from factorcli.results.batch import Batch
        from factorcli.service.factor_statistics import describe, with_statistics

        if window is None:
            return Batch((describe(build_model(run.settings(data))),))
        spec = run.specification(window, Estimation(as_of=as_of))
        return Batch((with_statistics(run.context(data), spec),))

    run.answer("factor.model/1", output, ask, footnote=lambda _: None if window else MORE)
