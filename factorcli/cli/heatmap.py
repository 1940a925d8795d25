"""`factor heatmap compute | status | show | dates | export`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.completion import complete_ticker
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.messages import Progress, say
from factorcli.cli.options import (
    Data,
    Estimation,
    Every,
    From,
    KeptWindows,
    Machines,
    Members,
    Output,
    Regression,
    Sector,
    To,
    Window,
    Windows,
    spread,
)
from factorcli.cli.pictures import PictureOutput, documents
from factorcli.cli.program import program
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch

app = typer.Typer(help="Factor exposures of the whole universe.", no_args_is_help=True)


@app.command("compute")
@spread
def compute(
    data: Data,
    estimation: Estimation,
    machines: Machines,
    output: Output,
    tickers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TICKER]...",
            help="Stocks of the universe, such as RELIANCE.NS or RELIANCE.",
            show_default=False,
            autocompletion=complete_ticker,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All stocks of the universe.")] = False,
    sector: Sector = None,
    members: Members = None,
    window: Windows = None,
    force: Annotated[bool, typer.Option("--force", help="Recompute what is cached, from stored prices.")] = False,
    every: Every = None,
    start: From = None,
    end: To = None,
) -> None:
    """Compute the heatmap, or those of many days, and cache it; an interrupted run continues where it stopped."""

    listed = estimation if every is None else replace(estimation, as_of="DATE")

    def ask() -> "Batch[Any]":
        from factorcli.service.heatmap import HeatmapService
        from factorcli.service.history import HistoryService, schedule
        from factorcli.service.members import noted, with_members

        if sum([bool(tickers), everything, sector is not None]) != 1:
            raise InvalidOption("Say which stocks: --all, or tickers, or --sector NAME.")
        windows, spec = _asked(window, estimation)
        context = run.context(data, machines)
        days = schedule(context, every, _day(start), _day(end))
        if data.no_cache:
            say("With --no-cache no result is kept: this run only shows its duration and its failures.")
        progress = Progress("Fitting:")
        try:
            if days is not None:
                history = HistoryService(context, members)
                return history.compute(
                    tickers or None, windows, spec, days, force=force, progress=progress, sector=sector
                )
            context = with_members(context, spec.as_of, members)
            heatmaps = HeatmapService(context)
            chosen = heatmaps.chosen(tickers or (), sector)
            return noted(context, heatmaps.compute(chosen, windows, spec, force=force, progress=progress))
        finally:
            progress.clear()

    run.answer(
        "factor.heatmap-status/1",
        output,
        ask,
        failures=_failures_command(data, listed, members),
        footnote=_about_failures(data, listed, members),
    )


@app.command("status")
@spread
def status(
    data: Data,
    estimation: Estimation,
    output: Output,
    members: Members = None,
    window: Windows = None,
    failed: Annotated[bool, typer.Option("--failed", help="List each failure with its reason.")] = False,
) -> None:
    """Show how many stocks of each heatmap are computed, failed and pending."""

    def ask() -> "Batch[Any]":
        from factorcli.service.heatmap import HeatmapService
        from factorcli.service.members import with_kept_members

        windows, spec = _asked(window, estimation)
        kept = with_kept_members(run.context(data), replace(spec, window=windows[0] if windows else 0), members)
        return HeatmapService(kept).status(windows, spec)

    run.answer(
        "factor.heatmap-status/1",
        output,
        ask,
        view="failed" if failed else None,
        footnote=None if failed else _about_failures(data, estimation, members),
    )


@app.command("show")
@spread
def show(
    data: Data,
    estimation: Estimation,
    output: PictureOutput,
    window: Window = None,
    sector: Sector = None,
    members: Members = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort", metavar="FACTOR", help="Sort by a factor's code, market, down, r_squared, alpha or ticker."
        ),
    ] = None,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Show only the first N stocks.")] = None,
) -> None:
    """Show the computed heatmap of a window, by sector or sorted."""
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        from factorcli.results.batch import Batch
        from factorcli.service.heatmap import HeatmapService
        from factorcli.service.members import noted, with_kept_members

        spec = run.specification(window, estimation)
        asked = with_kept_members(context(), spec, members)
        return noted(asked, Batch((HeatmapService(asked).show(spec, sector=sector, sort=sort, top=top),)))

    hints = {HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, estimation, members)}
    run.answer(
        "factor.heatmap/1",
        output,
        ask,
        view="sorted" if sort or top else None,
        hints=hints,
        documents=documents("Heatmap", output, context),
    )


@app.command("dates")
@spread
def dates(
    data: Data,
    regression: Regression,
    output: Output,
    members: Members = None,
    window: KeptWindows = None,
) -> None:
    """List the days whose heatmap is kept, of any window or of some."""

    def ask() -> "Batch[Any]":
        from factorcli.service.history import HistoryService

        windows, spec = _asked(window, regression)
        found = HistoryService(run.context(data), members).dates(spec, windows)
        if not found.results:
            of = f" of window {' or '.join(window)}" if window else ""
            say(f"No heatmap{of} is kept of any day; `{program()} heatmap compute` keeps its day.")
        return found

    run.answer("factor.heatmap-dates/1", output, ask)


@app.command("export")
@spread
def export(
    data: Data,
    regression: Regression,
    target: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to FILE; its ending, .parquet or .csv, sets the format."
        ),
    ],
    members: Members = None,
    window: KeptWindows = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON of what was written.")] = False,
) -> None:
    """Write every kept heatmap to one file, a row a day, window and stock."""

    def ask() -> "Batch[Any]":
        from factorcli.cli.history_file import write_history
        from factorcli.results.batch import Batch, Failure
        from factorcli.service.history import HistoryService

        windows, spec = _asked(window, regression)
        history = HistoryService(run.context(data), members).history(spec, windows)
        written = write_history(target, history)
        failures = tuple(Failure(None, HEATMAP_NOT_COMPUTED, text) for text in history.unread)
        return Batch((written,), failures, 3 if failures else 0, history.notices)

    run.answer("factor.heatmap-export/1", Output(json=json), ask)


def _day(text: str | None) -> "date | None":
    from factorcli.model.specification import parse_date

    return None if text is None else parse_date(text)


def _failures_command(data: Data, estimation: Estimation, members: str | None) -> str:
    """The command that lists what failed, of the source, the model, the frequency and the day that were named."""
    import shlex

    words = ["heatmap", "status", "--failed"]
    words += [] if data.source is None else ["--source", data.source]
    words += [] if data.model is None else ["--model", data.model]
    words += [] if estimation.frequency is None else ["--frequency", estimation.frequency]
    words += [] if estimation.as_of is None else ["--as-of", estimation.as_of]
    words += [] if members is None else ["--members", members]
    return shlex.join(words)


def _about_failures(
    data: Data, estimation: Estimation, members: str | None = None
) -> "Callable[[Batch[Any]], str | None]":
    """Which command lists what failed, if anything did."""

    def footnote(batch: "Batch[Any]") -> str | None:
        if not any(status.failed for status in batch.results):
            return None
        return f"`{program()} {_failures_command(data, estimation, members)}` lists each failure with its reason."

    return footnote


def _asked(window: list[str] | None, estimation: Regression) -> tuple[tuple[int, ...], Any]:
    from factorcli.model.windows import parse_window

    return tuple(parse_window(text) for text in window or ()), run.specification(None, estimation)
