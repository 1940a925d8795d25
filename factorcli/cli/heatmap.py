"""`factor heatmap compute | status | show`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.completion import complete_ticker
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.options import Data, Estimation, Output, Sector, Window, Windows, spread
from factorcli.cli.program import program
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch

STATUS_OF_FAILED = "heatmap status --failed"
app = typer.Typer(help="Exposures of the whole universe: compute, follow, show.", no_args_is_help=True)


@app.command("compute")
@spread
def compute(
    data: Data,
    estimation: Estimation,
    output: Output,
    tickers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TICKER]...", help="Stocks of the universe.", show_default=False, autocompletion=complete_ticker
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every stock of the universe.")] = False,
    sector: Sector = None,
    window: Windows = None,
    force: Annotated[bool, typer.Option("--force", help="Compute again what is there, from stored prices.")] = False,
) -> None:
    """Compute the heatmap and keep it; a run that was interrupted goes on where it was."""

    def ask() -> "Batch[Any]":
        from factorcli.service.heatmap import HeatmapService

        if sum([bool(tickers), everything, sector is not None]) != 1:
            raise InvalidOption("Say which stocks: --all, or tickers, or --sector NAME.")
        windows, spec = _asked(window, estimation)
        context = run.context(data)
        universe = context.universe
        heatmaps = HeatmapService(context)
        chosen = heatmaps.members(tickers or ())
        if data.no_cache:
            run.say("With --no-cache nothing is kept: this run only shows how long it takes and what fails.")
        if not tickers:
            wanted = universe.sector(sector) if sector is not None else None
            chosen = [stock.ticker for stock in universe.stocks if wanted in (None, stock.sector)]
        progress = run.Progress("Fitting:")
        try:
            return heatmaps.compute(chosen, windows, spec, force=force, progress=progress)
        finally:
            progress.clear()

    run.answer("factor.heatmap-status/1", output, ask, failures=STATUS_OF_FAILED, footnote=_about_failures)


@app.command("status")
@spread
def status(
    data: Data,
    estimation: Estimation,
    output: Output,
    window: Windows = None,
    failed: Annotated[bool, typer.Option("--failed", help="List what failed, and why.")] = False,
) -> None:
    """How much of the heatmap is computed, and what failed."""

    def ask() -> "Batch[Any]":
        from factorcli.service.heatmap import HeatmapService

        windows, spec = _asked(window, estimation)
        return HeatmapService(run.context(data)).status(windows, spec)

    run.answer(
        "factor.heatmap-status/1",
        output,
        ask,
        view="failed" if failed else None,
        footnote=None if failed else _about_failures,
    )


@app.command("show")
@spread
def show(
    data: Data,
    estimation: Estimation,
    output: Output,
    window: Window = "252",
    sector: Sector = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="FACTOR", help="A factor's code, market, r_squared, alpha or ticker."),
    ] = None,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N stocks.")] = None,
) -> None:
    """Show the heatmap of a window, by sector, from what was computed."""

    def ask() -> "Batch[Any]":
        from factorcli.results.batch import Batch
        from factorcli.service.heatmap import HeatmapService

        spec = run.specification(window, estimation)
        heatmap = HeatmapService(run.context(data)).show(spec, sector=sector, sort=sort, top=top)
        return Batch((heatmap,))

    hints = {HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, estimation)}
    run.answer("factor.heatmap/1", output, ask, view="sorted" if sort or top else None, hints=hints)


def _about_failures(batch: "Batch[Any]") -> str | None:
    """Which command says what failed, if anything did."""
    if not any(status.failed for status in batch.results):
        return None
    return f"`{program()} {STATUS_OF_FAILED}` says what failed and why."


def _asked(window: list[str] | None, estimation: Estimation) -> tuple[tuple[int, ...], Any]:
    from factorcli.model.windows import parse_window
    from factorcli.service.heatmap import default_windows

    windows = default_windows([parse_window(text) for text in window or ()])
    return windows, run.specification(str(windows[0]), estimation)
