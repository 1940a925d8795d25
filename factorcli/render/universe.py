"""The stocks of a universe, and what an import wrote."""

from collections.abc import Sequence

from factorcli.render.layout import Block, Column, Grid, line
from factorcli.render.text import DIM_STYLE, count
from factorcli.results.universe import StockInfo
from factorcli.results.universe_import import UniverseImport


def stocks(results: Sequence[StockInfo], _: bool) -> list[Block]:
    """The stocks of the universe, and how many they are."""
    columns = [
        Column("ticker", [s.ticker for s in results], left=True, style="bold"),
        Column("name", [s.name for s in results], left=True),
        Column("sector", [s.sector for s in results], need=1, left=True),
        Column("ISIN", [s.isin for s in results], need=2, left=True, style=DIM_STYLE),
    ]
    if results[0].certain is not None:
        columns.append(Column("certain", ["yes" if s.certain else "no" for s in results], need=1, left=True))
    return [
        Grid(columns),
        line(count(len(results), "stock"), style=DIM_STYLE),
    ]


def imports(results: Sequence[UniverseImport], _: bool) -> list[Block]:
    """What an import wrote, and each row that it left out with the reason."""
    lines = []
    for result in results:
        day = f", as the members on {result.as_of}" if result.as_of else ""
        lines.append(line(f"Wrote {count(result.stocks, 'stock')} to {result.path}{day}."))
        lines.extend(line(f"Left out {symbol}: {why}.") for symbol, why in result.dropped.items())
    return list(lines)
