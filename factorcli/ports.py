"""What the service needs from the outside, as protocols; standard library only.

`Array` stands for a numpy array: naming the type here would import numpy into every command.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from factorcli.errors import FactorError

if TYPE_CHECKING:
    from factorcli.results.cache import CacheTier
    from factorcli.results.model import ProxyHealth
    from factorcli.results.warnings import ResultWarning

Array = Any
T = TypeVar("T")
R = TypeVar("R")


class Progress(Protocol):
    """Told how far a long work is."""

    def __call__(self, done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
        """How much is done, how much of that failed, how much there is, and the time left where it is known."""


def no_progress(done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
    """Tell nobody."""


class Executor(Protocol):
    """Where blocks of work run."""

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[R]:
        """The outcome of each block, in their order; a block is taken up when its outcome is asked for."""


class Clock(Protocol):
    """The time, so that a run can be repeated."""

    def now(self) -> datetime:
        """The present time, with its time zone."""


@dataclass(frozen=True)
class PricePanel:
    """Closes as a source has them, before the gate.

    dates (T,) datetime64[D], ascending, unique; closes (T, N), NaN where there is none; volumes
    (T, N) or None where the source has none, NaN where it is not known. `failures` holds the
    tickers that the source could not answer for, and why; `stale` those of which it could not be
    asked for newer prices, with a sentence that says so.
    """

    dates: Array
    tickers: tuple[str, ...]
    closes: Array
    volumes: Array | None = None
    failures: Mapping[str, FactorError] = field(default_factory=dict)
    stale: Mapping[str, str] = field(default_factory=dict)


class PriceSource(Protocol):
    """Where closes come from."""

    @property
    def name(self) -> str:
        """What results call it: `yahoo`, `demo`, or a path."""

    @property
    def warnings(self) -> "tuple[ResultWarning, ...]":
        """What every result from it must say."""

    @property
    def fixed(self) -> bool:
        """Whether its prices stay as they are when time goes by."""

    def listed(self) -> frozenset[str] | None:
        """Every ticker it has, or None where only asking tells."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """Whole histories of these tickers; the panel may hold others beside them."""

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """Those of these tickers whose prices cost no request now."""

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """While it is open, these tickers may be fetched ahead: `prices` will be asked for them."""


@dataclass(frozen=True)
class TickerReport:
    """What the gate saw and did to one ticker inside one window.

    first_price, last_price: None where there is no price at all; excluded: (position in the window, reason, return);
    large_moves: positions of returns that are large but stay; stale: the sentence that says why there are no newer
    prices, or nothing; last_close: the last up to as of, adjusted; failure: why the source could not answer for it,
    if it said so.
    """

    first_price: date | None
    last_price: date | None
    sessions_since_last_price: int
    missing: int
    excluded: tuple[tuple[int, str, float], ...]
    large_moves: tuple[int, ...]
    stale: str = ""
    last_close: float = math.nan
    failure: FactorError | None = None


class MarketWindow(Protocol):
    """The last W sessions up to as of, clean and aligned; T ≤ W returns, N tickers, K factors."""

    @property
    def dates(self) -> tuple[date, ...]:
        """Dates of the T returns, ascending; the last is as of."""

    @property
    def factors(self) -> Array:
        """Factor returns (T, K), the market net of R_f where the model says so."""

    @property
    def excess_returns(self) -> Array:
        """Ticker returns net of R_f (T, N), NaN where missing or left out."""

    @property
    def risk_free(self) -> Array:
        """Daily rates (T,)."""

    @property
    def proxies(self) -> Mapping[str, str]:
        """The proxy in use for each factor."""

    @property
    def kept_sessions(self) -> Array:
        """Which sessions are not left out for everybody, a mask (T,)."""

    @property
    def suspect_days(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of the sessions that each factor's proxy spoils, by code."""

    @property
    def missing_days(self) -> Mapping[str, int]:
        """Days of the window with prices of other proxies and not of this factor's, by code."""

    @property
    def final(self) -> bool:
        """Whether the source has no bar of a session that had not closed yet."""

    @property
    def warnings(self) -> "tuple[ResultWarning, ...]":
        """What every result of this window must say."""

    def stale(self, column: int) -> bool:
        """Whether newer prices of this ticker, or of a proxy, could not be had."""

    def report(self, column: int) -> TickerReport:
        """What happened to one ticker's prices."""


class MarketData(Protocol):
    """Clean prices: a source behind the quality gate."""

    @property
    def source(self) -> PriceSource:
        """The source behind it."""

    def window(self, tickers: Sequence[str], days: int, as_of: date | None, *, whole: bool = False) -> MarketWindow:
        """The last `days` returns of these tickers, columns in their order; `whole`: all there are.

        A column without any price is all NaN. Raises NoHealthyProxy, InsufficientHistory,
        MalformedPrices or UpstreamError.
        """

    def health(self, days: int, as_of: date | None, *, fetch: bool) -> "dict[str, ProxyHealth]":
        """How trustworthy the proxies in use are, by factor code, over the last `days` trading days.

        fetch: whether the other proxies are asked for too, or compared only where they are at hand; one
        without prices is no error. Raises what `window` raises.
        """

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """While it is open, these tickers may be fetched ahead: `window` will be asked for them."""


class ResultCache(Protocol):
    """Where answers are kept between runs. Nothing that goes wrong with it is an error."""

    @property
    def name(self) -> str:
        """What results call it where it had the answer."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is kept under these keys."""

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:
        """Keep all of these or none, for so many seconds or until they are replaced (None)."""

    def revision(self) -> object:
        """What differs once an entry has changed here; cheap enough to be asked for every request."""

    def info(self) -> "list[CacheTier]":
        """What each tier holds."""

    def clear(self, *, results: bool = True, prices: bool = True) -> int:
        """Remove answers, prices or both; returns how many entries that were."""

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Work that one process does at a time. Raises Busy, naming who is at it."""

    def holder(self, name: str) -> str | None:
        """Who is at the work of this name, in words, or None."""


class SharedRow(NamedTuple):
    """Where a team's cache keeps an answer: `beta` or `heat`, and the primary key in that table."""

    kind: str
    ticker: str
    window: int
    model: str


class Key(NamedTuple):
    """What an answer is an answer to: its key on this machine, and its row in a team's cache.

    shared: None where the answer stays on this machine.
    """

    local: str
    shared: SharedRow | None = None


class Answer(Protocol):
    """Whatever is kept knows when it was computed."""

    @property
    def computed_at(self) -> str:
        """UTC, ISO, whole seconds."""


A = TypeVar("A", bound=Answer)


class Found(NamedTuple, Generic[A]):
    """An answer, and the name of the tier that had it."""

    answer: A
    tier: str


class AnswerCache(Protocol):
    """Answers in tiers: this machine's, then a team's. Nothing that goes wrong with it is an error."""

    def find(
        self,
        keys: Sequence[Key],
        read: Callable[[Key, bytes], A | None],
        *,
        since: str = "",
        seconds: float | None = None,
    ) -> dict[Key, Found[A]]:
        """The answers under these keys. `read` makes an answer of a payload, or None if it is none.

        One from before `since` is looked for in the other tiers too, and the newest is taken. What a
        further tier had is kept in the nearer ones for so many seconds, with its own time.
        """

    def keep(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Keep answers in all tiers, for so many seconds or until they are replaced (None)."""

    def share(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Keep answers in the tiers that a team shares; this machine has them already."""


class SharedCache(Protocol):
    """A team's cache; what goes wrong with it is a SharedCacheError."""

    @property
    def name(self) -> str:
        """What results call it where it had the answer."""

    @property
    def location(self) -> str:
        """Where it is, without a key."""

    def read(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """The payloads of the rows that are there, have not expired and are whole."""

    def write(self, entries: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        """Keep these for so many seconds, or until they are replaced (None). Raises ReadOnlyKey."""

    def info(self) -> "CacheTier":
        """What it holds, and whether this key may write."""

    def clear(self) -> int:
        """Remove everything; returns how many rows that were. Raises ReadOnlyKey."""
