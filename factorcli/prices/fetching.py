"""A price source whose tickers are fetched one per request, concurrently, and kept in the price store."""

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
from factorcli.markets.market import DEFAULT, Market, foreign_quotation
from factorcli.markets.universe import Universe
from factorcli.ports import Clock, PricePanel, Progress, no_progress
from factorcli.prices.history import NO_BARS, History, PriceFetcher, PriceStore, updated_history
from factorcli.results.warnings import ResultWarning

PROGRESS_SECONDS = 0.2  # between two progress reports
RETRY_SECONDS = 15.0  # of the machine's time, in which a ticker that failed is not requested again


class Fetcher(PriceFetcher, Protocol):
    """A fetcher that can be stopped, and that estimates how long requests take."""

    def stop(self) -> None:
        """Wake the threads that wait for a token, with InterruptedError."""

    def resume(self) -> None:
        """Allow requests again after `stop`."""

    def seconds_for(self, requests: int) -> float:
        """How long this many more requests will take."""


@dataclass(frozen=True)
class _Known:
    """What is known of a ticker: its history, and the error of the last request and its time.

    failed_at: on the monotonic clock, as FACTOR_NOW is constant.
    """

    history: History | None
    error: UpstreamError | None = None
    failed_at: float | None = None


@dataclass
class FetchedSource:
    """Implements `ports.PriceSource`.

    `open_fetcher` is called when something has to be fetched; `workers` tickers are fetched
    concurrently. With `refresh` each ticker's whole history is fetched once per source. total_return: whether the
    fetched prices contain dividends.
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
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()  # as it reads no files
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
        """Whole histories of these tickers, from the store or fetched."""
        missing = self._missing(tickers)
        with self.fetching(missing):
            for ticker in missing:
                if ticker not in self._under_way and self._pool is not None:
                    self._under_way[ticker] = self._pool.submit(self._fetch, ticker)
            self._collect(missing)
        return self._panel(tickers)

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """The tickers whose stored history is up to date."""
        missing = set(self._missing(tickers))
        return [ticker for ticker in tickers if ticker not in missing]

    def drawn(self, tickers: Sequence[str]) -> None:
        """None, as prices are read."""

    @cached_property
    def _fetcher(self) -> Fetcher:
        return self.open_fetcher()

    def _missing(self, tickers: Sequence[str]) -> list[str]:
        """The tickers that have to be fetched; loads what the store has."""
        now = self.clock.now()
        unread = [ticker for ticker in dict.fromkeys(tickers) if ticker not in self._known]
        for ticker, history in self.store.load(unread).items():
            self._known[ticker] = _Known(history)
        return [ticker for ticker in dict.fromkeys(tickers) if not self._is_up_to_date(ticker, now)]

    def _is_up_to_date(self, ticker: str, now: datetime) -> bool:
        known = self._known.get(ticker)
        if known is None or (self.refresh and ticker not in self._renewed):
            return False
        if known.failed_at is not None:
            return time.monotonic() - known.failed_at < RETRY_SECONDS
        return known.history is not None and known.history.is_fresh(now, self.market)

    def _fetch(self, ticker: str) -> _Known:
        """Fetch the missing bars of a ticker and store them; runs in a thread of the pool."""
        known = self._known.get(ticker)
        history = known.history if known else None
        now = self.clock.now()
        try:
            newer = updated_history(None if self.refresh else history, ticker, now, self._fetcher)
        except UpstreamError as error:
            return _Known(history, error, time.monotonic())
        self.store.save(ticker, newer)
        return _Known(newer)

    def _collect(self, tickers: Sequence[str]) -> None:
        """Wait for these tickers, reporting the progress of all that are in flight."""
        futures = [self._under_way[ticker] for ticker in tickers]
        pending: set[Future[_Known]] = set(futures)
        while pending:
            _, pending = wait(pending, timeout=PROGRESS_SECONDS)
            done = [future for future in self._under_way.values() if future.done()]
            failed = sum(future.exception() is not None or future.result().error is not None for future in done)
            total = len(self._under_way)
            self.progress(len(done), failed, total, self._fetcher.seconds_for(total - len(done)))
        for ticker, future in zip(tickers, futures, strict=True):
            self._known[ticker] = future.result()
            self._renewed.add(ticker)

    def _panel(self, tickers: Sequence[str]) -> PricePanel:
        failures: dict[str, FactorError] = {}
        stale: dict[str, str] = {}
        foreign: dict[str, str] = {}
        histories: dict[str, History] = {}
        for ticker in dict.fromkeys(tickers):
            known = self._known[ticker]
            history = known.history
            if history is not None and history.failure is None and len(history.bars.dates):
                histories[ticker] = history
                if quoted := foreign_quotation(history.bars.currency, history.bars.time_zone, self.market):
                    foreign[ticker] = quoted
                if known.error is not None or history.bars.unsettled:
                    stale[ticker] = _stale(ticker, self.name, history, known.error)
            elif known.error is not None:
                failures[ticker] = known.error
            elif (failure := self._failure(ticker, history)) is not None:
                failures[ticker] = failure
        dates = np.unique(np.concatenate([NO_BARS.dates, *(h.bars.dates for h in histories.values())]))
        closes = np.full((len(dates), len(histories)), np.nan)
        volumes = closes.copy()
        for column, history in enumerate(histories.values()):
            rows = np.searchsorted(dates, history.bars.dates)
            closes[rows, column] = history.bars.closes
            volumes[rows, column] = history.bars.volumes
        return PricePanel(dates, tuple(histories), closes, volumes, failures, stale, foreign)

    def _failure(self, ticker: str, history: History | None) -> DataError | None:
        """The error of a ticker without prices; None for an unknown one, which is probably a typo."""
        failure = history.failure if history else None
        if isinstance(failure, UnknownTicker):
            once = ticker in self.universe.by_ticker or ticker in self.universe.renames
            if not once and not len(history.bars.dates if history else ()):
                return None
            return Delisted(
                f"{ticker}: {self.name} no longer has it (it says: {failure}); it may be delisted or renamed. It is "
                "requested again after a day."
            )
        return NoPrices(f"{ticker}: {self.name} {failure or 'has only empty prices of it'}.")


def _stale(ticker: str, source: str, history: History, error: UpstreamError | None) -> str:
    """The message of a ticker whose newest prices are missing: why, and which are used."""
    last = history.bars.dates[-1]
    if error is None:
        return f"{source} has no closing price of {ticker} for the last session yet; those to {last} are used."
    return (
        f"{source} could not be asked for newer prices of {ticker} ({error.code}); those of "
        f"{history.asked_at.date()}, to {last}, are used."
    )
