"""Protocols of what the service depends on; standard library only.

`Array` is a numpy array; its real type would import numpy in every command.
"""

import math
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from factorcli.errors import FactorError
from factorcli.model.frequency import DAILY, Frequency

if TYPE_CHECKING:
    from factorcli.results.cache import CacheTier
    from factorcli.results.corrections import ActionDay, BadPrint
    from factorcli.results.model import ProxyHealth
    from factorcli.results.warnings import ResultWarning

Array = Any
T = TypeVar("T")
R = TypeVar("R")


class Progress(Protocol):
    """Receives the progress of long work."""

    def __call__(self, done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
        """Items done, of these failed, in total, and the seconds left where known."""


def no_progress(done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
    """Ignore the progress."""


class Executor(Protocol):
    """Runs blocks of work, in this process or in others."""

    @property
    def elsewhere(self) -> bool:
        """Whether work, blocks and results are pickled, as other processes have them."""

    def suited(self, fits: int) -> "Executor":
        """The executor for this many fits: this one, or one that costs less to start."""

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Generator[R, None, None]:
        """The result of each block, in order; closing it ends what runs. A few blocks are taken ahead of the results.

        Raises what `work` raises, and ClusterFailed.
        """


class Apart(Protocol):
    """Work that another process does, one block after the other."""

    def run(self, block: Any) -> Any:
        """The result of a block. Raises what the work raises."""

    def close(self) -> None:
        """End the process."""


class Clock(Protocol):
    """The time, which can be fixed for reproducible runs."""

    def now(self) -> datetime:
        """The present time, with its time zone."""


@dataclass(frozen=True)
class PricePanel:
    """A source's closes, before the quality gate.

    dates (T,) datetime64[D], ascending, unique; closes (T, N), NaN where there is none; volumes
    (T, N) or None where the source has none, NaN where unknown. `failures` has the error of each
    failed ticker; `stale` a message for each ticker whose newest prices could not be fetched; `foreign` how
    each ticker is quoted that is not of the market, to follow "is quoted".
    """

    dates: Array
    tickers: tuple[str, ...]
    closes: Array
    volumes: Array | None = None
    failures: Mapping[str, FactorError] = field(default_factory=dict)
    stale: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)


class PriceSource(Protocol):
    """A source of closes."""

    @property
    def name(self) -> str:
        """Its name in results: `yahoo`, `demo`, or a path."""

    @property
    def warnings(self) -> "tuple[ResultWarning, ...]":
        """Warnings that apply to every result from it."""

    @property
    def fixed(self) -> bool:
        """Whether its prices do not change with time."""

    @property
    def total_return(self) -> bool:
        """Whether its prices are known to contain dividends; those of an index (`^`) do not."""

    @property
    def left_alone(self) -> Sequence[tuple[str, str]]:
        """Files that it does not read: the ticker that each one's name stands for, and a sentence that says why."""

    def listed(self) -> frozenset[str] | None:
        """Every ticker it has, or None for a source without a list."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """Whole histories of these tickers; the panel may contain others, too."""

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """The tickers of these whose prices need no request now."""

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """A context in which these tickers may be prefetched, for later calls of `prices`."""

    def drawn(self, tickers: Sequence[str]) -> "PriceSource | None":
        """A small source that draws the same prices of these tickers in any process; None where they are read."""


@dataclass(frozen=True)
class TickerReport:
    """What the gate found and excluded of one ticker in one window.

    first_price, last_price: None without any price; excluded: (position in the window, reason, return); large_moves:
    positions of returns that are large but kept; stale: the message why newer prices are missing, or empty; last_close:
    the last one up to the as-of date, adjusted; failure: the source's error, if any; foreign: how it is quoted, if not
    as the market is; off_days: days with a price of the ticker and of no proxy, between the first session and the last;
    day_shift: days to add to every date so that all are sessions, 0 where they fit as they are or not at all;
    bad_prints: with at least one of the two days in the window; actions: on days in the window; returns, unchanged:
    number of days with a return, and of those with a return of exactly 0; jumps: days and
    sizes of returns that are left out as suspect; filled: number of returns before the first price that others' mean
    stands in for, and filled_by whose that is; not_filled: why none does where it was asked for.
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
    foreign: str = ""
    off_days: tuple[date, ...] = ()
    day_shift: int = 0
    bad_prints: "tuple[BadPrint, ...]" = ()
    actions: "tuple[ActionDay, ...]" = ()
    returns: int = 0
    unchanged: int = 0
    jumps: tuple[tuple[date, float], ...] = ()
    filled: int = 0
    filled_by: str = ""
    not_filled: str = ""


@dataclass(frozen=True)
class StandIn:
    """What stands in for the returns of a stock before its first price.

    returns (T,): NaN elsewhere; whose: whose mean they are; problem: a sentence that says why there are none.
    """

    returns: Array | None
    whose: str = ""
    problem: str = ""


class MarketWindow(Protocol):
    """The last W sessions up to the as-of date, clean and aligned; T ≤ W returns, N tickers, K factors.

    Of weekly and monthly returns, W weeks or months; `dates` are then the last sessions of these.
    """

    @property
    def dates(self) -> tuple[date, ...]:
        """Dates of the T returns, ascending; the last is the as-of date."""

    @property
    def factors(self) -> Array:
        """Factor returns (T, K), net of R_f for factors with `excess`."""

    @property
    def factors_before(self) -> Array:
        """As `factors`, on the session before the first return (K,); NaN where there is none."""

    @property
    def excess_returns(self) -> Array:
        """Ticker returns net of R_f (T, N), NaN where missing or excluded."""

    @property
    def genuine_returns(self) -> Array:
        """As `excess_returns`, with the genuine returns of sessions that are excluded because of a proxy."""

    @property
    def closes(self) -> Array:
        """Closes (T + 1, N) at the sessions that the returns join, NaN where missing; of a portfolio, its value."""

    @property
    def gross_returns(self) -> Array:
        """Returns (T, N) with R_f, also those that are excluded; NaN where a price is missing."""

    @property
    def own_exclusions(self) -> Array:
        """Mask (T, N) of the returns that are excluded for one ticker alone."""

    @property
    def risk_free(self) -> Array:
        """Rates of each return's period (T,)."""

    @property
    def frequency(self) -> Frequency:
        """How far apart the prices of a return are."""

    @property
    def periods_a_year(self) -> int:
        """Number of returns a year."""

    @property
    def proxies(self) -> Mapping[str, str]:
        """The proxy in use for each factor."""

    @property
    def kept_sessions(self) -> Array:
        """Mask (T,) of the sessions that are not excluded for all tickers."""

    @property
    def suspect_days(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of the sessions excluded because of each factor's proxy, by code."""

    @property
    def missing_days(self) -> Mapping[str, int]:
        """Number of days with prices of other proxies but not of this factor's, by code."""

    @property
    def final(self) -> bool:
        """Whether the source cannot add a session: it is fixed, and all of its sessions have closed."""

    @property
    def warnings(self) -> "tuple[ResultWarning, ...]":
        """Warnings that apply to every result of this window."""

    @property
    def up_to_date(self) -> Array:
        """Mask (N,) of the tickers that did not fail and whose last price is at most STALE_SESSIONS sessions old."""

    def stale(self, column: int) -> bool:
        """Whether newer prices of this ticker, or of a proxy, could not be fetched."""

    def report(self, column: int) -> TickerReport:
        """The gate's report on one ticker."""

    def of(self, columns: Sequence[int]) -> "MarketWindow":
        """The window of some tickers, by column, in this order."""


@dataclass(frozen=True)
class PriceHistory:
    """Prices from one day to another, with nothing left out: T sessions, on which the market has a price.

    dates (T,); closes (T + 1, N): the last close up to each session, the first row that before all of them, NaN before
    a ticker's first; adjusted for the corporate actions that they lacked. factors (T, K): factor returns, net of R_f
    where the model says so, over missing prices from the last; NaN for a factor whose proxies have no prices then.
    gross_factors (T, K): not net. risk_free (T,): the rate of each session. proxies: in use, of the factors that have
    prices. last_date: of the source's sessions.
    """

    dates: tuple[date, ...]
    closes: Array
    factors: Array
    gross_factors: Array
    risk_free: Array
    proxies: Mapping[str, str]
    last_date: date


class StockWindow(MarketWindow, Protocol):
    """A market window of single tickers, not of portfolios."""

    def of(self, columns: Sequence[int]) -> "StockWindow":
        """The window of some tickers, by column, in this order."""

    def joined(self, other: Any) -> "StockWindow":
        """The window of these tickers and, behind them, of those of another of the same kind that is like it."""

    def is_like(self, other: Any) -> bool:
        """Whether another window of the same kind has the same sessions, factors and warnings."""

    def filled(self, stand_ins: Mapping[int, StandIn]) -> "StockWindow":
        """The window with other returns before the first price of some tickers, by column."""


class MarketData(Protocol):
    """Prices that passed the quality gate."""

    @property
    def source(self) -> PriceSource:
        """The source of the prices."""

    def frequency(self) -> str:
        """The frequency of the source's own prices: daily, weekly or monthly. Raises the errors of `window`."""

    def period_ends(self, frequency: Frequency) -> tuple[date, ...]:
        """The last session of each finished week or month, ascending. Raises the errors of `window`."""

    def proxies(self, days: int, as_of: date | None, frequency: Frequency = DAILY) -> Mapping[str, str]:
        """The proxy of each factor in the `window` of so many returns, by code. Raises the errors of `window`."""

    def window(
        self,
        tickers: Sequence[str],
        days: int,
        as_of: date | None,
        *,
        whole: bool = False,
        frequency: Frequency = DAILY,
    ) -> StockWindow:
        """The last `days` returns of these tickers, columns in their order; `whole`: all returns.

        A column without any price is NaN. A week or a month ends for all tickers at the last session at which all
        have a price that have one in it. Raises NoHealthyProxy, InsufficientHistory, MalformedPrices or UpstreamError.
        """

    def windows(
        self,
        tickers: Sequence[str],
        days: int,
        as_of: date | None,
        *,
        whole: bool = False,
        frequency: Frequency = DAILY,
    ) -> Sequence[tuple[list[int], MarketWindow]]:
        """The same, in groups of tickers (their positions) whose weeks or months end at the same sessions.

        So a ticker's period ends with its own last price in it, and its factors join the same sessions.
        """

    def history(self, tickers: Sequence[str], start: date, end: date) -> PriceHistory:
        """The closes of these tickers and the returns of the factors on the sessions from start to end.

        Of each factor the first proxy that has prices then. Raises NoPrices where the market has none then, or none
        before, and UpstreamError.
        """

    def drawn(self, tickers: Sequence[str]) -> "MarketData | None":
        """A small market that has the same windows of these tickers in any process; None where prices are read."""

    def health(self, days: int, as_of: date | None, *, fetch: bool) -> "dict[str, ProxyHealth]":
        """The data quality of the proxies in use, by factor code, over the last `days` trading days.

        fetch: whether the other proxies are fetched for comparison, or compared only if available without a
        request; one without prices is not an error. Raises the errors of `window`.
        """

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """A context in which these tickers may be prefetched, for later calls of `window`."""


class ResultCache(Protocol):
    """A local cache of answers. Its failures are not errors."""

    @property
    def name(self) -> str:
        """Its name in the results that come from it."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries of these keys."""

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with this ASCII text, in order."""

    def put(
        self,
        entries: Mapping[str, bytes],
        seconds: float | None = None,
        *,
        instead_of: Iterable[str] = (),
        lasting: bool = False,
    ) -> None:
        """Store all of these or none, for this many seconds or until they are replaced (None).

        Deletes the entries `instead_of` with it. Raises NotKept where they should be `lasting` as what is there, but
        would be lost with this process.
        """

    def revision(self) -> object:
        """A value that differs after every change of an entry; cheap enough to read for every request."""

    def info(self) -> "list[CacheTier]":
        """The contents of each tier."""

    def clear(self, *, results: bool = True, prices: bool = True) -> int:
        """Delete answers, prices or both; returns the number of entries."""

    def lock(self, name: str) -> AbstractContextManager[None]:
        """A lock, held by one process at a time. Raises Busy, naming the holder."""

    def holder(self, name: str) -> str | None:
        """A description of the lock's holder, or None."""


class SharedRow(NamedTuple):
    """A row of the shared cache: `beta`, `heat` or `history` for its table, and the primary key.

    as_of: of the history only.
    """

    kind: str
    ticker: str
    window: int
    model: str
    as_of: date | None = None


class Key(NamedTuple):
    """The key of an answer: its key in the local cache, and its row in the shared one.

    shared: None for an answer that is only stored locally.
    """

    local: str
    shared: SharedRow | None = None


class Answer(Protocol):
    """A cached answer, with the time of its computation."""

    @property
    def computed_at(self) -> str:
        """UTC, ISO, whole seconds."""


A = TypeVar("A", bound=Answer)


class Found(NamedTuple, Generic[A]):
    """An answer, and the name of the tier that it comes from."""

    answer: A
    tier: str


class AnswerCache(Protocol):
    """A cache with a local and a shared tier. Its failures are not errors."""

    def find(
        self,
        keys: Sequence[Key],
        read: Callable[[Key, bytes], A | None],
        *,
        seconds: float | None = None,
    ) -> dict[Key, Found[A]]:
        """The answers of these keys. `read` decodes a payload, or returns None for an invalid one.

        An answer from the shared tier is stored in the local one for this many seconds, with its own time.
        """

    def keep(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Store answers in both tiers, for this many seconds or until they are replaced (None)."""

    def look_up(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """The payloads of these rows in the shared tier; a row is looked up only once in a short while."""

    def days(self, model: str) -> frozenset[tuple[int, date]]:
        """The windows and days of a model that the history of the shared tier has rows of."""

    def share(self, rows: Mapping[SharedRow, bytes], seconds: float | None = None) -> None:
        """Store answers in the shared tier only, for this many seconds or until they are replaced (None)."""


class SharedCache(Protocol):
    """A cache shared by a team; its errors are SharedCacheErrors."""

    @property
    def name(self) -> str:
        """Its name in the results that come from it."""

    @property
    def location(self) -> str:
        """Its address, without the key."""

    def read(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """The payloads of the rows that exist, are valid and have not expired."""

    def days(self, model: str) -> frozenset[tuple[int, date]]:
        """The windows and days of a model that its history has rows of. Raises MissingTables where it has none."""

    def write(self, entries: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        """Store these for this many seconds, or until they are replaced (None). Raises ReadOnlyKey."""

    def info(self) -> "CacheTier":
        """Its contents, and whether this key may write."""

    def clear(self) -> int:
        """Delete everything; returns the number of rows. Raises ReadOnlyKey."""
