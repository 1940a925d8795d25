"""`factor stress`."""

from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.options import Data, DropMissing, Fill, LeastSquares, Portfolios, Tickers, Window, spread
from factorcli.cli.pictures import PictureOutput, documents
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch


@spread
def stress(
    data: Data,
    estimation: LeastSquares,
    output: PictureOutput,
    tickers: Tickers = None,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
    shock: Annotated[
        list[str] | None,
        typer.Option("--shock", metavar="CODE=MOVE", help="A factor and its move, such as MKT=-10%; repeatable."),
    ] = None,
    others: Annotated[
        str | None,
        typer.Option(
            "--others",
            metavar="conditional|zero",
            show_default=False,
            help="What the other factors do: their mean given the shocks (conditional, default), or nothing (zero).",
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            "--horizon",
            metavar="N",
            show_default=False,
            help="Sessions in which the shock happens, with --frequency weeks or months; default 21, 4 or 1.",
        ),
    ] = None,
    episode: Annotated[
        list[str] | None,
        typer.Option(
            "--episode",
            metavar="NAME|FROM:TO",
            help="What was lost in an episode such as covid-2020 or 2022-02-24:2022-03-07; repeatable.",
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the episodes that have a name.")] = False,
) -> None:
    """What a stock or portfolio would lose if the market fell, or lost in an episode of the past."""
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        from factorcli.service.stress import StressService

        if listed:
            _refuse_beside_list(tickers, portfolio, shock, episode)
            return StressService(context()).known()
        if episode and (shock or others is not None or horizon is not None):
            given = "--shock" if shock else "--others" if others is not None else "--horizon"
            raise InvalidOption(f"{given} and --episode are two questions: ask them one after the other.")
        if not episode and not shock:
            raise InvalidOption("Nothing happens: give --shock MKT=-10%, or --episode NAME; --list has the names.")
        request = run.request(tickers, portfolio, drop_missing=drop_missing, fill=fill)
        spec = run.specification(window, estimation)
        if episode:
            return StressService(context()).episodes(request, spec, episode)
        from factorcli.model.shocks import CONDITIONAL, Scenario

        scenario = Scenario.parse(shock or (), CONDITIONAL if others is None else others, horizon)
        return StressService(context()).stress(request, spec, scenario)

    kind, schema = ("EpisodeResult", "factor.episode/1") if episode else ("StressResult", "factor.stress/1")
    if listed:
        schema = "factor.episodes/1"
    run.answer(schema, output, ask, documents=None if listed else documents(kind, output, context))


def _refuse_beside_list(*given: object) -> None:
    if any(given):
        raise InvalidOption("--list stands alone: it lists the episodes, of no ticker.")
