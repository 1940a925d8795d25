"""The price store: the fetched history of each ticker, extended with missing bars.

An entry is a line of JSON and three columns as raw bytes: days since 1970 (int32), closes and volumes
(float64). It is fresh until the next session closes.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np

from factorcli.engine import Array
from factorcli.errors import DataError, NoPrices, UnknownTicker
from factorcli.markets.calendar import last_closed_weekday
from factorcli.markets.market import Market
from factorcli.prices.panel import Dates

VERSION = 1
# Ten years, from one request, are enough for every window and for rolling paths.
HISTORY_LENGTH = timedelta(days=3653)
# The last bars are requested again: if they differ, the whole history has been re-adjusted.
OVERLAP = timedelta(days=10)
# Yahoo's adjusted closes are rounded to seven digits; the smallest dividend moves them more than this.
OVERLAP_TOLERANCE = 1e-5
# After which a closing price that was not available yet is requested again.
UNSETTLED_RETRY_INTERVAL = timedelta(hours=1)
# The whole history is requested again this often, as the source may have corrected it.
FULL_REFRESH_INTERVAL = timedelta(days=30)
# For which an unknown ticker is not requested again.
UNKNOWN_TICKER_TTL = timedelta(days=1)
KEPT_FAILURES: dict[str, type[DataError]] = {kind.code: kind for kind in (UnknownTicker, NoPrices)}


@dataclass(frozen=True)
class Bars:
    """Daily bars: dates (T,) ascending, closes (T,) adjusted where `adjusted`, volumes (T,).

    unsettled: a session has closed whose closing price was not available yet. currency, time_zone: of the exchange, as
    the source names them; None where it does not.
    """

    dates: Dates
    closes: Array
    volumes: Array
    adjusted: bool = True
    unsettled: bool = False
    currency: str | None = None
    time_zone: str | None = None

    def between(self, after: date | None, before: date | None) -> "Bars":
        """The bars after one day and before another, both exclusive."""
        kept = np.ones(len(self.dates), dtype=np.bool_)
        if after is not None:
            kept &= self.dates > np.datetime64(after)
        if before is not None:
            kept &= self.dates < np.datetime64(before)
        return replace(self, dates=self.dates[kept], closes=self.closes[kept], volumes=self.volumes[kept])

    def agrees(self, later: "Bars") -> bool:
        """Whether both have common days, with the same closes within OVERLAP_TOLERANCE."""
        _, own, other = np.intersect1d(self.dates, later.dates, assume_unique=True, return_indices=True)
        if not len(own) or self.adjusted != later.adjusted:
            return False
        return bool(np.all(np.abs(later.closes[other] / self.closes[own] - 1.0) <= OVERLAP_TOLERANCE))

    def updated(self, later: "Bars") -> "Bars":
        """These bars, with those in the span of `later` replaced by it."""
        first, last = later.dates[[0, -1]].astype(object)
        parts = (self.between(None, first), later, self.between(last, None))
        return replace(
            later,
            dates=np.concatenate([part.dates for part in parts]),
            closes=np.concatenate([part.closes for part in parts]),
            volumes=np.concatenate([part.volumes for part in parts]),
        )


NO_BARS = Bars(np.empty(0, "datetime64[D]"), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class History:
    """The bars of one ticker, and the failure of the last request, if any.

    asked_at: time of the last request; whole_at: time of the last request for the whole history.
    """

    bars: Bars
    asked_at: datetime
    whole_at: datetime
    failure: DataError | None = None

    def is_fresh(self, now: datetime, market: Market) -> bool:
        """Whether no session has closed since, or an unknown ticker was requested within UNKNOWN_TICKER_TTL."""
        if isinstance(self.failure, UnknownTicker):
            return now - self.asked_at < UNKNOWN_TICKER_TTL
        if self.bars.unsettled and now - self.asked_at >= UNSETTLED_RETRY_INTERVAL:
            return False
        return last_closed_weekday(self.asked_at, market) >= last_closed_weekday(now, market)


class Store(Protocol):
    """Bytes by key; `ports.ResultCache` is one."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The stored entries of these keys."""

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:
        """Store these entries."""


class PriceFetcher(Protocol):
    """A source of bars, one ticker at a time."""

    def fetch(self, ticker: str, start: date) -> Bars:
        """Settled bars from a day on; raises UnknownTicker, NoPrices or UpstreamError."""


@dataclass(frozen=True)
class PriceStore:
    """Histories of one source, stored in a cache."""

    store: Store
    source: str

    def load(self, tickers: Sequence[str]) -> dict[str, History]:
        """The stored histories of these tickers; an unreadable entry counts as missing."""
        keys = {self._key(ticker): ticker for ticker in tickers}
        found = {keys[key]: _decoded(entry, keys[key]) for key, entry in self.store.get(list(keys)).items()}
        return {ticker: history for ticker, history in found.items() if history is not None}

    def save(self, ticker: str, history: History) -> None:
        """Store a history."""
        self.store.put({self._key(ticker): _encoded(ticker, history)})

    def _key(self, ticker: str) -> str:
        return f"prices/{self.source}/{ticker}"


def updated_history(known: History | None, ticker: str, now: datetime, fetcher: PriceFetcher) -> History:
    """The history of a ticker, extended with the missing bars. Raises UpstreamError.

    Requests the bars since the last one and OVERLAP; where the overlap differs, as a split or a dividend has
    re-adjusted everything, and every FULL_REFRESH_INTERVAL, the whole history.
    """
    bars = NO_BARS if known is None else known.bars
    try:
        if known is not None and len(bars.dates) and now - known.whole_at < FULL_REFRESH_INTERVAL:
            start = bars.dates[-1].astype(date) - OVERLAP
            try:
                latest = fetcher.fetch(ticker, start)
            except NoPrices:
                latest = NO_BARS
            if not len(latest.dates):  # nothing new, as for a suspended stock
                return History(bars, now, known.whole_at)
            if bars.agrees(latest):
                return History(bars.updated(latest), now, known.whole_at)
        return History(fetcher.fetch(ticker, now.date() - HISTORY_LENGTH), now, now)
    except (UnknownTicker, NoPrices) as error:
        return History(bars, now, now, error)


def _encoded(ticker: str, history: History) -> bytes:
    bars, failure = history.bars, history.failure
    columns = b"".join(
        (
            bars.dates.astype("datetime64[D]").astype("<i4").tobytes(),
            bars.closes.astype("<f8").tobytes(),
            bars.volumes.astype("<f8").tobytes(),
        )
    )
    heading = {
        "version": VERSION,
        "ticker": ticker,
        "asked_at": history.asked_at.isoformat(),
        "whole_at": history.whole_at.isoformat(),
        "bars": len(bars.dates),
        "adjusted": bars.adjusted,
        "unsettled": bars.unsettled,
        "currency": bars.currency,
        "time_zone": bars.time_zone,
        "failure": None if failure is None else [failure.code, str(failure)],
        "checksum": zlib.crc32(columns),
    }
    return json.dumps(heading).encode() + b"\n" + columns


def _decoded(entry: bytes, ticker: str) -> History | None:
    """The history in an entry, or None where it has another version or ticker, or is corrupt."""
    try:
        line, _, columns = entry.partition(b"\n")
        heading = json.loads(line)
        count = heading["bars"]
        is_intact = heading["version"] == VERSION and heading["ticker"] == ticker and len(columns) == 20 * count
        if not is_intact or heading["checksum"] != zlib.crc32(columns):
            return None
        dates = np.frombuffer(columns, "<i4", count).astype("datetime64[D]")
        closes = np.frombuffer(columns, "<f8", count, 4 * count)
        volumes = np.frombuffer(columns, "<f8", count, 12 * count)
        failure: DataError | None = None
        if heading["failure"] is not None:
            code, message = heading["failure"]
            failure = KEPT_FAILURES[code](message)
        moments = [datetime.fromisoformat(heading[name]) for name in ("asked_at", "whole_at")]
        if any(moment.tzinfo is None for moment in moments):
            return None
        quoted = [str(value) if (value := heading.get(name)) else None for name in ("currency", "time_zone")]
        bars = Bars(dates, closes, volumes, bool(heading["adjusted"]), bool(heading["unsettled"]), *quoted)
        return History(bars, moments[0], moments[1], failure)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
