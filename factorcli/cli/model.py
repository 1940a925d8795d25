"""`factor model show`."""

from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Data, Estimation, spread
from factorcli.cli.pictures import PictureOutput, documents

if TYPE_CHECKING:
    from factorcli.results.batch import Batch

STATISTICS_HINT = "--window 252 adds the statistics of the factors and the health of their proxies."
app = typer.Typer(help="The factor model: factors, proxies, limits, statistics.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The factor model: factors, proxies, limits, statistics."""


@app.command("show")
@spread
def show(
    data: Data,
    output: PictureOutput,
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            "-w",
            metavar="DAYS",
            help="Add factor statistics and proxy health over this many trading days, 30 or more.",
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Last day of that window, such as 2025-09-17.")
    ] = None,
) -> None:
    """Show the factors, their proxies and the price gate's limits.

    With --window also the statistics of the factors and the health of their proxies: tracking of the
    market and of the other proxies, and days that are missing, stale, without volume or suspect.
    """
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_model
        from factorcli.results.batch import Batch
        from factorcli.service.factor_statistics import describe, with_statistics

        if window is None:
            return Batch((describe(build_model(run.settings(data))),))
        spec = run.specification(window, Estimation(as_of=as_of, frequency="daily"))
        return Batch((with_statistics(context(), spec),))

    run.answer(
        "factor.model/1",
        output,
        ask,
        footnote=lambda _: None if window else STATISTICS_HINT,
        documents=documents("ModelResult", output, context),
    )
