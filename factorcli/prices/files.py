"""Prices from files: one file, or a folder whose files are joined."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property

import numpy as np

from factorcli.errors import MalformedPrices
from factorcli.markets.market import DEFAULT, Market
from factorcli.ports import PricePanel, Progress, no_progress
from factorcli.prices.folder import PriceFolder
from factorcli.results.warnings import ResultWarning
from factorcli.tables.prices import PriceTable, read_table


class FileSource:
    """Closes of a folder of CSV or Parquet files, or of one such file; read once. Raises MalformedPrices."""

    fixed = True
    total_return = False

    def __init__(self, folder: PriceFolder, market: Market = DEFAULT, progress: Progress = no_progress) -> None:
        self._folder = folder
        self._zone = market.zone
        self._progress = progress

    @property
    def name(self) -> str:
        """The path, as it was given."""
        return self._folder.name

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """What was corrected while reading."""
        return tuple(ResultWarning(*notice) for table in self._tables for notice in table.notices)

    def listed(self) -> frozenset[str]:
        """Every ticker of the files."""
        return frozenset(self._panel.tickers)

    def prices(self, tickers: Sequence[str]) -> PricePanel:  # noqa: ARG002
        """All prices of the files, as the gate compares tickers with each other."""
        return self._panel

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """All of them, as none is fetched."""
        return list(tickers)

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing is fetched."""
        return nullcontext()

    @cached_property
    def _tables(self) -> list[PriceTable]:
        files = self._folder.files
        tables = []
        for number, path in enumerate(files, start=1):
            tables.append(read_table(path, self._zone))
            self._progress(number, 0, len(files))
        return tables

    @cached_property
    def _panel(self) -> PricePanel:
        return join(self._tables)


def join(tables: Sequence[PriceTable]) -> PricePanel:
    """All tables joined to one panel, dates and tickers sorted.

    Raises MalformedPrices where two tables have different prices for one ticker and day.
    """
    if len(tables) == 1:
        table = tables[0]
        order = np.argsort(np.array(table.tickers))
        tickers = tuple(table.tickers[i] for i in order)
        volumes = None if table.volumes is None else table.volumes[:, order]
        return PricePanel(table.dates, tickers, table.closes[:, order], volumes)
    dates = np.unique(np.concatenate([table.dates for table in tables]))
    tickers = tuple(sorted({ticker for table in tables for ticker in table.tickers}))
    place = {ticker: i for i, ticker in enumerate(tickers)}
    closes = np.full((len(dates), len(tickers)), np.nan)
    volumes = closes.copy() if any(table.volumes is not None for table in tables) else None
    for number, table in enumerate(tables):
        columns = np.array([place[ticker] for ticker in table.tickers])
        cells = np.ix_(np.searchsorted(dates, table.dates), columns)
        there = closes[cells]
        clash = np.isfinite(there) & np.isfinite(table.closes) & (there != table.closes)
        if clash.any():
            _refuse_clash(tables[:number], table, int(np.flatnonzero(clash.any(axis=1))[0]), clash)
        closes[cells] = np.where(np.isfinite(table.closes), table.closes, there)
        if volumes is not None and table.volumes is not None:
            volumes[cells] = np.where(np.isfinite(table.volumes), table.volumes, volumes[cells])
    return PricePanel(dates, tickers, closes, volumes)


def _refuse_clash(
    earlier: Sequence[PriceTable],
    table: PriceTable,
    row: int,
    clash: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> None:
    column = int(np.flatnonzero(clash[row])[0])
    day, ticker = table.dates[row], table.tickers[column]
    for other in earlier:
        if ticker in other.tickers and day in other.dates:
            price = other.closes[np.searchsorted(other.dates, day), other.tickers.index(ticker)]
            if np.isfinite(price) and price != table.closes[row, column]:
                raise MalformedPrices(
                    f"{table.path} and {other.path} disagree on {ticker} of {day}: "
                    f"{table.closes[row, column]:g} and {price:g}; keep one of them."
                )
