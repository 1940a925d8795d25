"""Results of the commands on a heatmap's history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from factorcli.results.heat_columns import HeatColumns
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class HistoryDay:
    """The heatmap of a day and window: the columns of the stocks with a result, and these stocks by ticker."""

    as_of: date
    window: int
    columns: HeatColumns
    stocks: Mapping[str, StockInfo]


@dataclass
class History:
    """The kept heatmaps by day and window, read one at a time; notices: which members they are of.

    unread: a sentence for each that cannot be read, as they are met.
    """

    days: Iterator[HistoryDay]
    notices: tuple[ResultWarning, ...]
    unread: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[HistoryDay]:
        return self.days


@dataclass(frozen=True)
class HistoryFile:
    """A file of the history: the number of its rows and days, and the first and the last of these."""

    path: str
    rows: int
    days: int
    first: date
    last: date
