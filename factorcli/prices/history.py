"""The price store: what was fetched of each ticker, grown by what is missing.

An entry is a line of JSON and three columns as raw bytes: days since 1970 (int32), closes and volumes
(float64). It is an answer until the next session closes.
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
# Ten years serve every window, and a path of windows, with one request.
YEARS = timedelta(days=3653)
# The last bars are asked for again: where they disagree, the history was adjusted anew.
OVERLAP = timedelta(days=10)
# Yahoo's adjusted closes are rounded to seven digits; the smallest dividend moves them more than this.
AGREEMENT = 1e-5
# So long after a closing price was not there yet it is asked for again.
SETTLING = timedelta(hours=1)
# From time to time the whole history is asked for, as what was wrong in it may have been corrected.
WHOLE = timedelta(days=30)
# For so long nobody asks again for a ticker that is not there.
FORGOTTEN = timedelta(days=1)
KEPT_FAILURES: dict[str, type[DataError]] = {kind.code: kind for kind in (UnknownTicker, NoPrices)}


@dataclass(frozen=True)
class Bars:
    """Daily bars: dates (T,) ascending, closes (T,) adjusted where `adjusted`, volumes (T,).

    unsettled: a session has closed whose closing price was not there yet.
    """

    dates: Dates
    closes: Array
    volumes: Array
    adjusted: bool = True
    unsettled: bool = False

    def between(self, after: date | None, before: date | None) -> "Bars":
        """The bars after one day and before another."""
        kept = np.ones(len(self.dates), dtype=np.bool_)
        if after is not None:
            kept &= self.dates > np.datetime64(after)
        if before is not None:
            kept &= self.dates < np.datetime64(before)
        return replace(self, dates=self.dates[kept], closes=self.closes[kept], volumes=self.volumes[kept])

    def agrees(self, later: "Bars") -> bool:
        """Whether another answer has the same closes on the days that both have, and some such days."""
        _, own, other = np.intersect1d(self.dates, later.dates, assume_unique=True, return_indices=True)
        if not len(own) or self.adjusted != later.adjusted:
            return False
        return bool(np.all(np.abs(later.closes[other] / self.closes[own] - 1.0) <= AGREEMENT))

    def updated(self, later: "Bars") -> "Bars":
        """These bars, with the later ones in place of those of their days."""
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
    """All that is known of one ticker, and why there is no more, if there is not.

    asked_at: when it was last asked for; whole_at: when all of it was.
    """

    bars: Bars
    asked_at: datetime
    whole_at: datetime
    failure: DataError | None = None

    def is_fresh(self, now: datetime, market: Market) -> bool:
        """Whether no session has closed since, or a ticker that is not there was asked for within a day."""
        if isinstance(self.failure, UnknownTicker):
            return now - self.asked_at < FORGOTTEN
        if self.bars.unsettled and now - self.asked_at >= SETTLING:
            return False
        return last_closed_weekday(self.asked_at, market) >= last_closed_weekday(now, market)


class Store(Protocol):
    """Bytes by key; `ports.ResultCache` is one."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is kept under these keys."""

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:
        """Keep these."""


class PriceFetcher(Protocol):
    """Where bars come from, one ticker at a time."""

    def fetch(self, ticker: str, start: date) -> Bars:
        """Settled bars from a day on; raises UnknownTicker, NoPrices or UpstreamError."""


@dataclass(frozen=True)
class PriceStore:
    """Histories of one source, kept in a cache."""

    store: Store
    source: str

    def load(self, tickers: Sequence[str]) -> dict[str, History]:
        """What is kept of these tickers; an entry that cannot be read is not there."""
        keys = {self._key(ticker): ticker for ticker in tickers}
        found = {keys[key]: _decoded(entry, keys[key]) for key, entry in self.store.get(list(keys)).items()}
        return {ticker: history for ticker, history in found.items() if history is not None}

    def save(self, ticker: str, history: History) -> None:
        """Keep a history."""
        self.store.put({self._key(ticker): _encoded(ticker, history)})

    def _key(self, ticker: str) -> str:
        return f"prices/{self.source}/{ticker}"


def grown(known: History | None, ticker: str, now: datetime, fetcher: PriceFetcher) -> History:
    """The history of a ticker with the bars that were missing. Raises UpstreamError.

    Asks for the bars since the last one and an overlap; where the overlap disagrees, and once a month,
    for the whole history: a split or a dividend has adjusted all of it.
    """
    bars = NO_BARS if known is None else known.bars
    try:
        if known is not None and len(bars.dates) and now - known.whole_at < WHOLE:
            start = bars.dates[-1].astype(date) - OVERLAP
            try:
                latest = fetcher.fetch(ticker, start)
            except NoPrices:
                latest = NO_BARS
            if not len(latest.dates):  # nothing since, as for a stock that is suspended
                return History(bars, now, known.whole_at)
            if bars.agrees(latest):
                return History(bars.updated(latest), now, known.whole_at)
        return History(fetcher.fetch(ticker, now.date() - YEARS), now, now)
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
        "failure": None if failure is None else [failure.code, str(failure)],
        "checksum": zlib.crc32(columns),
    }
    return json.dumps(heading).encode() + b"\n" + columns


def _decoded(entry: bytes, ticker: str) -> History | None:
    """The history in an entry, or None where it is of another version, another ticker, or broken."""
    try:
        line, _, columns = entry.partition(b"\n")
        heading = json.loads(line)
        count = heading["bars"]
        whole = heading["version"] == VERSION and heading["ticker"] == ticker and len(columns) == 20 * count
        if not whole or heading["checksum"] != zlib.crc32(columns):
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
        bars = Bars(dates, closes, volumes, bool(heading["adjusted"]), bool(heading["unsettled"]))
        return History(bars, moments[0], moments[1], failure)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
