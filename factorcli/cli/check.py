"""`factor check`."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.messages import say
from factorcli.cli.options import Output, spread
from factorcli.cli.program import program

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

        batch = check_files(files, run.settings())
        for found in batch.results:
            if found.file.lower().endswith(".toml"):
                say(f"`{program()} model show --model {shlex.quote(found.file)}` shows a model file.")
        return batch

    run.answer("factor.check/1", output, ask)
