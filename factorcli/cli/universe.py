"""`factor universe list | search | import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.messages import say
from factorcli.cli.options import Origin, Output, Sector, spread
from factorcli.errors import InvalidOption, InvalidSetting

if TYPE_CHECKING:
    from datetime import date

    from factorcli.results.batch import Batch
    from factorcli.results.universe import StockInfo

app = typer.Typer(help="The stocks of the universe, their names and sectors.", no_args_is_help=True)
SCHEMA = "factor.universe/1"


@app.command("list")
@spread
def list_stocks(
    output: Output,
    sector: Sector = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The members on this day, such as 2024-03-28.")
    ] = None,
) -> None:
    """List the stocks of the universe, now or on a past day."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import SystemClock, build_member_lists, build_model, build_universe
        from factorcli.service.members import listed

        settings, day = run.settings(), _day(as_of)
        market = build_model(settings).market
        lists = build_member_lists(settings, build_universe(settings, market), market)
        return listed(lists, sector, day, SystemClock(settings.now, market))

    run.answer(SCHEMA, output, ask)


@app.command("search")
@spread
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a ticker or name, or an ISIN.")],
    origin: Origin,
    output: Output,
) -> None:
    """Find stocks by ticker, name or ISIN, and the proxies and tickers of a folder of prices."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import NAMED_SOURCES, build_context, build_model, build_universe
        from factorcli.results.batch import Batch
        from factorcli.service.search import find

        if not text.strip():
            raise InvalidOption("TEXT is empty: write part of a ticker or name, or an ISIN.")
        settings = run.settings(origin)
        model = build_model(settings)
        universe = build_universe(settings, model.market)
        listed = None if settings.source in NAMED_SOURCES else build_context(settings, warn=say).listed()
        found = find(text, universe, model, listed)
        if not found:
            near = universe.suggestions(text, listed or ())
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            say(f"No stock of the universe matches {text!r}.{hint}")
        return Batch(found)

    run.answer(SCHEMA, output, ask)


@app.command("import")
@spread
def import_list(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Index list of NSE, as downloaded.")],
    output: Output,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Add FILE as the members on this day, and keep the universe."),
    ] = None,
) -> None:
    """Replace the universe by an index list of NSE, such as ind_nifty500list.csv, or add a list of a past day."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import SystemClock, member_lists_folder, user_universe_path
        from factorcli.markets.members import refuse_early
        from factorcli.markets.nse_list import read_stock_list
        from factorcli.markets.universe import IMPORT_MARKET, Universe
        from factorcli.results.batch import Batch
        from factorcli.results.universe_import import UniverseImport
        from factorcli.service.context import refuse_future

        settings, day = run.settings(), _day(as_of)
        target = settings.universe or user_universe_path()
        if day is not None:
            refuse_future(day, SystemClock(settings.now, IMPORT_MARKET))
            refuse_early(day)
            target = member_lists_folder(settings, IMPORT_MARKET) / f"{day}.csv"
        stocks, dropped = read_stock_list(Path(file), Universe.load().stocks)
        _write(stocks, target)
        return Batch((UniverseImport(str(target), len(stocks), dropped, day),))

    run.answer("factor.universe-import/1", output, ask)


def _day(text: str | None) -> "date | None":
    from factorcli.model.specification import parse_date

    return None if text is None else parse_date(text)


def _write(stocks: "list[StockInfo]", target: Path) -> None:
    """Write a universe as CSV. Raises InvalidSetting."""
    from factorcli.cli.files import write_whole
    from factorcli.markets.universe import to_csv

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, to_csv(stocks).encode(errors="replace"))
    except OSError as error:
        raise InvalidSetting(
            f"The universe cannot be written to {target}: {error.strerror}. Set FACTOR_UNIVERSE to another file."
        ) from None
