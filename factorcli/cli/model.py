"""`factor model show`."""

from typing import TYPE_CHECKING, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Data, Output, spread

if TYPE_CHECKING:
    from factorcli.results import Batch

app = typer.Typer(help="The factor model: factors, proxies, limits.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The factor model: factors, proxies, limits."""


@app.command("show")
@spread
def show(data: Data, output: Output) -> None:
    """Show the factors, their proxies and the limits of the price gate."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_model
        from factorcli.results import Batch
        from factorcli.service import describe

        return Batch((describe(build_model(run.settings(data))),))

    run.answer("factor.model/1", output, ask)
