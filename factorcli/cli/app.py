"""The command tree of `factor`."""

import sys
from typing import Annotated

import typer

from factorcli.cli import beta, model, universe

app = typer.Typer(
    name="factor",
    help="What Indian stocks are really exposed to: market, value, momentum, size, volatility.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("beta")(beta.beta)
app.command("decompose")(beta.decompose)
app.add_typer(universe.app, name="universe")
app.add_typer(model.app, name="model")


def _version(wanted: bool) -> None:
    if wanted:
        from factorcli import __version__

        typer.echo(f"factor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """What Indian stocks are really exposed to: market, value, momentum, size, volatility."""


def main() -> None:
    """Run `factor`; a character that the terminal cannot show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    app()
