"""`factor universe list | search | import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli import run
from factorcli.cli.messages import say
from factorcli.cli.options import Origin, Output, Sector, spread
from factorcli.errors import InvalidOption, InvalidSetting

if TYPE_CHECKING:
    from factorcli.results.batch import Batch
    from factorcli.results.universe import StockInfo

app = typer.Typer(help="The stocks of the universe, their names and sectors.", no_args_is_help=True)
SCHEMA = "factor.universe/1"


@app.command("list")
@spread
def list_stocks(
    output: Output,
    sector: Sector = None,
) -> None:
    """List the stocks of the universe."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import build_universe
        from factorcli.results.batch import Batch

        universe = build_universe(run.settings())
        if sector is None:
            return Batch(universe.stocks)
        chosen = universe.sector(sector)
        return Batch(tuple(stock for stock in universe.stocks if stock.sector == chosen))

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
) -> None:
    """Replace the universe by an index list of NSE, such as ind_nifty500list.csv."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import user_universe_path
        from factorcli.markets.nse_list import read_stock_list
        from factorcli.markets.universe import Universe
        from factorcli.results.batch import Batch
        from factorcli.results.universe_import import UniverseImport

        stocks, dropped = read_stock_list(Path(file), Universe.load().stocks)
        target = run.settings().universe or user_universe_path()
        _write(stocks, target)
        return Batch((UniverseImport(str(target), len(stocks), dropped),))

    run.answer("factor.universe-import/1", output, ask)


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
