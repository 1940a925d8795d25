"""Results of the commands on a heatmap's history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from factorcli.results.heat_columns import HeatColumns
from factorcli.results.universe import StockInfo


@dataclass(frozen=True)
class HistoryDay:
    """The heatmap of a day and window: the columns of the stocks with a result, and these stocks by ticker."""

    as_of: date
    window: int
    columns: HeatColumns
    stocks: Mapping[str, StockInfo]


@dataclass(frozen=True)
class HistoryFile:
    """A file of the history: the number of its rows and days, and the first and the last of these."""

    path: str
    rows: int
    days: int
    first: date
    last: date
