"""`factor cache info | clear | schema`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.hints import explained
from factorcli.cli.messages import say
from factorcli.cli.options import Output, spread
from factorcli.errors import InvalidOption, InvalidSetting

if TYPE_CHECKING:
    from factorcli.results.batch import Batch
    from factorcli.results.cache import CacheTier

app = typer.Typer(help="The cache of prices and results.", no_args_is_help=True)


@app.command("info")
@spread
def info(output: Output) -> None:
    """Show the cache: where it is, its rows, size and age, and the access to the shared cache."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_cache
        from factorcli.results.batch import Batch

        return Batch((*build_cache(run.settings(), say).info(), *_shared_tier()))

    run.answer("factor.cache/1", output, ask)


@app.command("clear")
@spread
def clear(
    output: Output,
    prices: Annotated[bool, typer.Option("--prices", help="Remove the prices on this machine.")] = False,
    results: Annotated[bool, typer.Option("--results", help="Remove the results on this machine.")] = False,
    remote: Annotated[bool, typer.Option("--remote", help="Remove the results in the shared cache.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm the removal; required with --remote.")] = False,
) -> None:
    """Remove cached results and prices on this machine, or only the parts that options name."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_cache, build_shared
        from factorcli.results.batch import Batch

        shared = build_shared(run.settings()) if remote else None
        if remote and shared is None:
            raise InvalidSetting("There is no shared cache: SUPABASE_URL and SUPABASE_KEY are not both set.")
        if remote and not yes:
            raise InvalidOption("--remote removes the results of the whole team; add --yes to confirm.")
        cache = build_cache(run.settings(), say)
        if prices or results or not remote:
            both = prices == results
            rows = cache.clear(results=results or both, prices=prices or both)
            say(f"Removed {rows:,} cached rows.")
        if shared is not None:
            say(f"Removed {shared.clear():,} rows of the shared cache.")
        return Batch((*cache.info(), *(_shared_tier() if remote else ())))

    run.answer("factor.cache/1", output, ask)


@app.command("schema")
def schema() -> None:
    """Print the SQL that creates the tables of a shared cache, for Supabase's SQL editor."""
    from factorcli.compose import schema as text

    typer.echo(text(), nl=False)


def _shared_tier() -> "tuple[CacheTier, ...]":
    """The shared cache as a tier, if one is configured; an error in reading it goes to stderr."""
    from factorcli.compose import build_shared
    from factorcli.errors import SharedCacheError
    from factorcli.results.cache import CacheTier

    shared = build_shared(run.settings())
    if shared is None:
        return ()
    try:
        return (shared.info(),)
    except SharedCacheError as error:
        say(explained(error))
        return (CacheTier(shared.name, shared.location, None, None, None, None, can_read=False, can_write=False),)
