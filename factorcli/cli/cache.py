"""`factor cache info | clear`, and `factor doctor`."""

from typing import TYPE_CHECKING, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Data, Output, spread

if TYPE_CHECKING:
    from factorcli.results import Batch
    from factorcli.universe import Universe

app = typer.Typer(help="What is kept between runs.", no_args_is_help=True)


@app.command("info")
@spread
def info(output: Output) -> None:
    """Where cached results are, how many, how large and how old."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_cache
        from factorcli.results import Batch

        return Batch(tuple(build_cache(run.settings(), run.say).info()))

    run.answer("factor.cache/1", output, ask)


@app.command("clear")
@spread
def clear(output: Output) -> None:
    """Remove every cached result, heatmaps included."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_cache
        from factorcli.results import Batch

        cache = build_cache(run.settings(), run.say)
        rows = cache.clear()
        run.say(f"Removed {rows:,} cached rows.")
        return Batch(tuple(cache.info()))

    run.answer("factor.cache/1", output, ask)


@spread
def doctor(data: Data, output: Output) -> None:
    """Check settings, universe, source, proxies and cache: one line each, with what to do."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_cache, build_universe, cache_folder
        from factorcli.errors import InvalidSetting
        from factorcli.inspection import checks
        from factorcli.results import Batch

        def place() -> str:
            said: list[str] = []
            cache = build_cache(run.settings(data), said.append)
            tiers = cache.info()
            if said or not tiers:
                folder = cache_folder(run.settings(data))
                raise InvalidSetting(said[0] if said else f"The cache in {folder} cannot be used.")
            return f"{tiers[0].rows:,} rows in {tiers[0].location}"

        def universe() -> "Universe":
            return build_universe(run.settings(data))

        found = tuple(checks(lambda: run.settings(data), universe, lambda: run.service(data), place))
        return Batch(found, exit_code=0 if all(check.ok for check in found) else 1)

    run.answer("factor.doctor/1", output, ask)
