"""Prices from files: one file, or a folder whose files are joined."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path

import numpy as np

from factorcli.errors import MalformedPrices
from factorcli.markets.market import DEFAULT, Market
from factorcli.ports import PricePanel, Progress, no_progress
from factorcli.prices.checking import last_day_repeats
from factorcli.prices.folder import FILE_SUFFIXES, PriceFolder
from factorcli.results.warnings import ResultWarning
from factorcli.tables.price_cells import NoPrices, Notice
from factorcli.tables.price_likeness import why_no_prices
from factorcli.tables.price_text import MAX_BYTES
from factorcli.tables.prices import PriceTable, read_prices, ticker_of

MAX_LIKE_WARNINGS = 3


class FileSource:
    """Closes of a folder of price files, or of one such file; read once. Raises MalformedPrices.

    A file of a folder that is no price table is left alone, with a warning, where others are.
    """

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

    @cached_property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """What was corrected while reading."""
        tables, others = self._read
        left = [("other_files", f"{other.sentence} It is left alone.") for other in others]
        notices = [notice for table in tables for notice in table.notices] + left
        if repeated := last_day_repeats(self._panel.dates, self._panel.closes):
            notices.append(("repeated_last_day", f"{repeated}: was the file written before the session closed?"))
        return _gathered(notices)

    @property
    def left_alone(self) -> tuple[tuple[str, str], ...]:
        """The files that are no price tables: the ticker that each name stands for, and why it is left alone."""
        return tuple(
            (ticker_of(other.path), NoPrices(Path(other.path.name), other.reason).sentence + " It is left alone.")
            for other in self._read[1]
        )

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

    def drawn(self, tickers: Sequence[str]) -> None:
        """None, as prices are read."""

    @cached_property
    def _read(self) -> tuple[list[PriceTable], list[NoPrices]]:
        """The tables, and the files that are none; CSV and Parquet first, and each kind by name."""
        files = sorted(self._folder.files, key=lambda path: path.suffix.lower() not in FILE_SUFFIXES[:2])
        read: dict[str, PriceTable | NoPrices] = {}
        refused: MalformedPrices | None = None
        for number, path in enumerate(files, start=1):
            try:
                read[path.name] = _copy_of(path, read) or read_prices(path, self._zone)
            except MalformedPrices as error:
                if len(files) == 1 or not (reason := why_no_prices(path, MAX_BYTES)):
                    raise
                refused = refused or error
                read[path.name] = NoPrices(path, reason)
            self._progress(number, 0, len(files))
        tables = [found for found in read.values() if isinstance(found, PriceTable)]
        others = [found for found in read.values() if isinstance(found, NoPrices)]
        if not tables:
            more = f" None of the {len(others)} files is a price table." if len(others) > 1 else ""
            raise MalformedPrices(f"{refused or others[0].sentence}{more}")
        return tables, others

    @cached_property
    def _panel(self) -> PricePanel:
        return join(self._read[0])


def _copy_of(path: Path, read: Mapping[str, PriceTable | NoPrices]) -> NoPrices | None:
    """Why a file is not read that has the stem of one that is, or None."""
    if path.suffix.lower() in FILE_SUFFIXES[:2]:
        return None
    for name, found in read.items():
        if isinstance(found, PriceTable) and Path(name).stem == path.stem:
            return NoPrices(path, f"has the name of {name}, and may be a copy of it in another form.")
    return None


def _gathered(notices: Sequence[Notice]) -> tuple[ResultWarning, ...]:
    """Warnings, with more than MAX_LIKE_WARNINGS of one code counted."""
    by_code: dict[str, list[str]] = {}
    for code, text in notices:
        by_code.setdefault(code, []).append(text)
    gathered = []
    for code, texts in by_code.items():
        gathered += [ResultWarning(code, text) for text in texts[:MAX_LIKE_WARNINGS]]
        if (more := len(texts) - MAX_LIKE_WARNINGS) > 0:
            gathered.append(ResultWarning(code, f"so it is with {more} more of the files."))
    return tuple(gathered)


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
