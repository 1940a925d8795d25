"""A source whose tickers are fetched one by one, many side by side, and kept in the price store."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

import numpy as np

from factorcli.errors import DataError, Delisted, FactorError, NoPrices, UnknownTicker, UpstreamError
from factorcli.markets.market import DEFAULT, Market
from factorcli.markets.universe import Universe
from factorcli.ports import Clock, PricePanel, Progress, no_progress
from factorcli.prices.history import NO_BARS, History, PriceFetcher, PriceStore, grown
from factorcli.results.warnings import ResultWarning

TICK = 0.2  # seconds between two looks at the progress
TROUBLE = 15.0  # seconds of the machine's time for which a ticker is not asked for again after it could not be had


class Fetcher(PriceFetcher, Protocol):
    """A fetcher that can be stopped, and that knows how long it will take."""

    def stop(self) -> None:
        """Wake those who wait for their turn, with InterruptedError."""

    def resume(self) -> None:
        """Ask again after `stop`."""

    def seconds_for(self, requests: int) -> float:
        """How long so many more requests will take."""


@dataclass(frozen=True)
class _Known:
    """What is known of a ticker: its history, and why a newer one could not be had, and when that was.

    at: by the monotonic clock, as FACTOR_NOW stands still.
    """

    history: History | None
    trouble: UpstreamError | None = None
    at: float | None = None


@dataclass
class FetchedSource:
    """Implements `ports.PriceSource`.

    `open_fetcher` is called when something has to be fetched; `workers` tickers are fetched side by
    side. With `refresh` every ticker is fetched whole, once in the life of the source.
    """

    name: str
    open_fetcher: Callable[[], Fetcher]
    store: PriceStore
    universe: Universe
    clock: Clock
    workers: int = 8
    refresh: bool = False
    progress: Progress = no_progress
    market: Market = DEFAULT
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    _known: dict[str, _Known] = field(default_factory=dict)
    _renewed: set[str] = field(default_factory=set)
    _pool: ThreadPoolExecutor | None = None
    _under_way: dict[str, Future[_Known]] = field(default_factory=dict)

    def listed(self) -> None:
        """Only asking tells."""

    @contextmanager
    def fetching(self, tickers: Sequence[str]) -> Iterator[None]:
        """Fetch these ahead, in this order, while `prices` is asked for them bit by bit.

        What is not fetched at the end is given up.
        """
        missing = self._missing(tickers)
        if not missing or self._pool is not None:  # nothing to do, or inside of another
            yield
            return
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="fetch")
        self._fetcher.resume()
        try:
            self._under_way = {ticker: self._pool.submit(self._fetch, ticker) for ticker in missing}
            yield
        finally:
            self._fetcher.stop()
            self._pool.shutdown(cancel_futures=True)
            self._pool, self._under_way = None, {}

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """Whole histories of these tickers, from the store and from where they are fetched."""
        missing = self._missing(tickers)
        with self.fetching(missing):
            for ticker in missing:
                if ticker not in self._under_way and self._pool is not None:
                    self._under_way[ticker] = self._pool.submit(self._fetch, ticker)
            self._collect(missing)
        return self._panel(tickers)

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """Those that the store has, up to the last session."""
        missing = set(self._missing(tickers))
        return [ticker for ticker in tickers if ticker not in missing]

    @cached_property
    def _fetcher(self) -> Fetcher:
        return self.open_fetcher()

    def _missing(self, tickers: Sequence[str]) -> list[str]:
        """Those of these tickers that have to be fetched; what the store has of the others is read."""
        now = self.clock.now()
        unread = [ticker for ticker in dict.fromkeys(tickers) if ticker not in self._known]
        for ticker, history in self.store.load(unread).items():
            self._known[ticker] = _Known(history)
        return [ticker for ticker in dict.fromkeys(tickers) if not self._is_answer(ticker, now)]

    def _is_answer(self, ticker: str, now: datetime) -> bool:
        known = self._known.get(ticker)
        if known is None or (self.refresh and ticker not in self._renewed):
            return False
        if known.at is not None:
            return time.monotonic() - known.at < TROUBLE
        return known.history is not None and known.history.is_fresh(now, self.market)

    def _fetch(self, ticker: str) -> _Known:
        """Fetch what is missing of a ticker, and keep it at once: runs in a thread of the pool."""
        known = self._known.get(ticker)
        history = known.history if known else None
        now = self.clock.now()
        try:
            newer = grown(None if self.refresh else history, ticker, now, self._fetcher)
        except UpstreamError as error:
            return _Known(history, error, time.monotonic())
        self.store.save(ticker, newer)
        return _Known(newer)

    def _collect(self, tickers: Sequence[str]) -> None:
        """Wait for these tickers, and tell how far all that are under way are."""
        futures = [self._under_way[ticker] for ticker in tickers]
        pending: set[Future[_Known]] = set(futures)
        while pending:
            _, pending = wait(pending, timeout=TICK)
            done = [future for future in self._under_way.values() if future.done()]
            failed = sum(future.exception() is not None or future.result().trouble is not None for future in done)
            total = len(self._under_way)
            self.progress(len(done), failed, total, self._fetcher.seconds_for(total - len(done)))
        for ticker, future in zip(tickers, futures, strict=True):
            self._known[ticker] = future.result()
            self._renewed.add(ticker)

    def _panel(self, tickers: Sequence[str]) -> PricePanel:
        failures: dict[str, FactorError] = {}
        stale: dict[str, str] = {}
        histories: dict[str, History] = {}
        for ticker in dict.fromkeys(tickers):
            known = self._known[ticker]
            history = known.history
            if history is not None and history.failure is None and len(history.bars.dates):
                histories[ticker] = history
                if known.trouble is not None or history.bars.unsettled:
                    stale[ticker] = _stale(ticker, self.name, history, known.trouble)
            elif known.trouble is not None:
                failures[ticker] = known.trouble
            elif (failure := self._failure(ticker, history)) is not None:
                failures[ticker] = failure
        dates = np.unique(np.concatenate([NO_BARS.dates, *(h.bars.dates for h in histories.values())]))
        closes = np.full((len(dates), len(histories)), np.nan)
        volumes = closes.copy()
        for column, history in enumerate(histories.values()):
            rows = np.searchsorted(dates, history.bars.dates)
            closes[rows, column] = history.bars.closes
            volumes[rows, column] = history.bars.volumes
        return PricePanel(dates, tuple(histories), closes, volumes, failures, stale)

    def _failure(self, ticker: str, history: History | None) -> DataError | None:
        """Why a ticker has no prices, in a sentence; None for one that only a typo explains."""
        failure = history.failure if history else None
        if isinstance(failure, UnknownTicker):
            once = ticker in self.universe.by_ticker or ticker in self.universe.renames
            if not once and not len(history.bars.dates if history else ()):
                return None
            return Delisted(
                f"{ticker}: {self.name} has it no more (it says: {failure}); it may be delisted or renamed. It is "
                "asked for again in a day."
            )
        return NoPrices(f"{ticker}: {self.name} {failure or 'has only empty prices of it'}.")


def _stale(ticker: str, source: str, history: History, trouble: UpstreamError | None) -> str:
    """Why newer prices are missing, and which are used."""
    last = history.bars.dates[-1]
    if trouble is None:
        return f"{source} has no closing price of {ticker} for the last session yet; those to {last} are used."
    return (
        f"{source} could not be asked for newer prices of {ticker} ({trouble.code}); those of "
        f"{history.asked_at.date()}, to {last}, are used."
    )
