"""`factor drift`."""

from dataclasses import replace
from functools import cache as once
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.hints import HEATMAP_NOT_COMPUTED
from factorcli.cli.options import Data, DropMissing, Estimation, Fill, LeastSquares, Portfolios, Tickers, Window, spread
from factorcli.cli.pictures import PictureOutput, documents
from factorcli.errors import InvalidOption
from factorcli.render.text import SIGNIFICANCE_LEVEL

if TYPE_CHECKING:
    from factorcli.portfolio.request import Request
    from factorcli.results.batch import Batch

DRIFTED_STATUS = 1


@spread
def drift(
    data: Data,
    least_squares: LeastSquares,
    output: PictureOutput,
    tickers: Tickers = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All stocks of the universe whose prices are at hand, the surest first.")
    ] = False,
    window: Window = None,
    portfolio: Portfolios = None,
    drop_missing: DropMissing = False,
    fill: Fill = None,
    shift: Annotated[
        int | None,
        typer.Option(
            "--shift", metavar="DAYS", show_default=False,
            help="Trading days, weeks or months between the ends of the two windows, 21 or more; default 252 days, "
            "104 weeks or 60 months.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Instead of --shift: the day on which the earlier window ends."),
    ] = None,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="End with status 1 where something has drifted (joint q-value below 5 %)."),
    ] = False,
) -> None:  # fmt: skip
    """Has the exposure changed? Betas of a window now and of one before, with the test of each change."""
    context = once(lambda: run.context(data))

    def ask() -> "Batch[Any]":
        from factorcli.model.specification import parse_date
        from factorcli.service.drift import DriftService

        asked = _request(tickers, portfolio, everything=everything, drop_missing=drop_missing, fill=fill)
        spec = run.specification(window, least_squares)
        day = None if since is None else parse_date(since)
        found = DriftService(context()).drift(asked, spec, shift, day, everything)
        drifted = any(result.joint_test.q_value < SIGNIFICANCE_LEVEL for result in found.results)
        return replace(found, exit_code=DRIFTED_STATUS) if exit_code and drifted else found

    run.answer(
        "factor.drift/1",
        output,
        ask,
        failures=_listing(data, least_squares, window, shift, since) if everything else None,
        hints={HEATMAP_NOT_COMPUTED: lambda: run.to_compute(window, data, Estimation(**vars(least_squares)))},
        documents=documents("DriftResult", output, context),
    )


def _request(
    tickers: list[str] | None, portfolios: list[str] | None, *, everything: bool, drop_missing: bool, fill: str | None
) -> "Request":
    """What is asked about; of everything, nothing by name. Raises InvalidOption."""
    from factorcli.portfolio.request import Request

    if everything:
        if tickers or portfolios or drop_missing or fill:
            raise InvalidOption("--all is every stock of the universe: leave out tickers and portfolios, or --all.")
        return Request()
    if not tickers and not portfolios:
        raise InvalidOption("No ticker is given: name one such as RELIANCE.NS, or give --portfolio FILE or --all.")
    return run.request(tickers, portfolios, drop_missing=drop_missing, fill=fill)


def _listing(data: Data, least_squares: LeastSquares, window: str | None, shift: int | None, since: str | None) -> str:
    """The words that list what failed."""
    import shlex

    given = {
        "--source": data.source, "--model": data.model, "--window": window, "--shift": shift, "--since": since,
        "--frequency": least_squares.frequency, "--as-of": least_squares.as_of,
    }  # fmt: skip
    words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    return shlex.join(["drift", "--all", *words, "--json"])
