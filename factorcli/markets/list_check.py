"""What a list of stocks is taken for; None for a file of another kind."""

from pathlib import Path

from factorcli.errors import MalformedUniverse
from factorcli.markets.nse_list import MAX_FILE_BYTES, columns_in_use, is_stock_list, read_stock_list
from factorcli.markets.universe import Universe
from factorcli.results.check import FileCheck
from factorcli.tables.cells import has_bars
from factorcli.tables.reader import table_of


def stock_list_check(path: Path) -> FileCheck | None:
    """A list of stocks."""
    table = table_of(path, MAX_FILE_BYTES, lambda head: True if is_stock_list(head[0]) else None)
    if table is None or has_bars(table.heading):
        return None
    try:
        stocks, dropped = read_stock_list(path, Universe.load().stocks)
    except MalformedUniverse as error:
        return FileCheck(str(path), "a list of stocks", str(error), form=table.form)
    used = columns_in_use(table.heading)
    return FileCheck(
        str(path),
        "a list of stocks",
        form=table.form,
        rows=len(stocks) + len(dropped),
        used=used,
        left=tuple(cell for cell in table.heading if cell and cell not in used),
        tickers=tuple(stock.ticker for stock in stocks),
        notes=tuple(f"{symbol} is left out: {reason}" for symbol, reason in dropped.items()),
    )
