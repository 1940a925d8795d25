"""`factor screen`."""

from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.messages import say
from factorcli.cli.options import Data, Estimation, Members, Sector, Window, spread
from factorcli.cli.pictures import PictureOutput, documents
from factorcli.cli.program import program
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch


@spread
def screen(
    data: Data,
    estimation: Estimation,
    output: PictureOutput,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            show_default=False,
            help="A condition, repeatable: 'SZ > 1', 'SZ.q < 0.05', 'alpha > 5%', 'sector = Power'. Columns: the "
            "factors' codes, CODE.t, CODE.q, market, down, r_squared, alpha, observations, sector, ticker, name.",
        ),
    ] = None,
    window: Window = None,
    sector: Sector = None,
    members: Members = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="Sort by a column: the largest first, of q-values the smallest."),
    ] = None,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Show only the first N stocks.")] = None,
) -> None:
    """The stocks of the computed heatmap that meet every condition."""
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        from factorcli.service.members import noted, with_kept_members
        from factorcli.service.screen import ScreenService

        spec = run.specification(window, estimation)
        if not where:
            raise InvalidOption(
                "No condition is given: add one such as --where 'SZ > 1', or see every stock with "
                f"`{program()} heatmap show`."
            )
        asked = with_kept_members(context(), spec, members)
        found = ScreenService(asked).screen(spec, where, sort, top, sector)
        if not found.results:
            say(found.screen.nothing)
        return noted(asked, found)

    run.answer(
        "factor.screen/1",
        output,
        ask,
        hints={HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, estimation, members)},
        documents=documents("Screen", output, context),
    )
