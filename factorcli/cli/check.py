"""`factor check`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Output, spread

if TYPE_CHECKING:
    from factorcli.results.batch import Batch


@spread
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, or folders of prices.")],
    output: Output,
) -> None:
    """Show what files are taken for: format, dates, columns used and left, tickers, gaps and suspects."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import check_files

        return check_files(files, run.settings())

    run.answer("factor.check/1", output, ask)
