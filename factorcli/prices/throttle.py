"""A token bucket shared by all threads and processes of a user, which limits the rate of requests.

A reservation bucket (GCRA, the generic cell rate algorithm of ITU-T I.371): a sender reserves the next free
slot in one row of an SQLite file, and sleeps until then. Slots are granted first come, first served, so no
sender starves, and a process that starts later uses the same state.

After a 429 all senders pause, sleeping ones included, and continue at half the rate; without a further
refusal the rate recovers exponentially.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

# Delay between the grant of a request and its arrival at the server, at most. The burst is reduced by what
# the rate grants in that time, so that the server, too, never sees more than the limit.
JITTER_SECONDS = 0.15
SLOWDOWN_FACTOR = 2.0  # after a refusal
MIN_REQUESTS_PER_SECOND = 0.5  # refusals do not slow a faster configured rate below this
RECOVERY_SECONDS = 300.0  # in which the rate doubles again
PAUSE_SECONDS = (2.0, 4.0, 8.0)  # after the first, second and third consecutive refusal
MAX_PAUSE_SECONDS = 60.0  # a longer one raises Blocked
MAX_CLOCK_DRIFT_SECONDS = 86_400.0  # times further ahead mean that the clock was set back


class Blocked(Exception):
    """The server asks for a pause longer than MAX_PAUSE_SECONDS; `seconds` of it, where it named a time."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


@dataclass(frozen=True)
class _State:
    """The row: times are seconds since the epoch."""

    arrival: float = 0.0  # theoretical arrival time of the next request
    epoch: int = 0  # increases with each pause; reservations of an older epoch are void
    slowdown: float = 1.0  # at the time of the last refusal
    refused_at: float = 0.0
    refusals: int = 0  # consecutive
    blocked_until: float = 0.0


COLUMNS = {field.name: field.type for field in fields(_State)}


class TokenBucket:
    """At most burst + rate · t requests in any t seconds, over all users of the file.

    rate in requests a second; `path` None is a bucket for this process only. Raises sqlite3.Error where
    the file cannot be opened. If it fails later, as on a full disk, `on_file_error` is called with the error,
    and the bucket continues for this process only.
    """

    def __init__(
        self,
        path: Path | None,
        rate: float,
        burst: int,
        *,
        now: Callable[[], float] = time.time,
        on_file_error: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._rate = rate
        self._burst = max(1.0, burst - JITTER_SECONDS * rate)
        self._now = now
        self._on_file_error = on_file_error
        self._guard = threading.Lock()  # threads queue here, so that only processes compete for the file
        self._own = _State()  # the row as last read, for use without a file
        self._file = None if path is None else _opened(path)

    def acquire(self, stop: threading.Event | None = None) -> float:
        """Wait for a slot, and return the time at which it was granted.

        Raises Blocked where the server asked for a pause longer than MAX_PAUSE_SECONDS, and InterruptedError
        when `stop` is set.
        """
        stop = stop or threading.Event()
        while True:
            slot, epoch = self._reserve()
            if stop.wait(max(0.0, slot - self._now())):
                raise InterruptedError
            if self._read().epoch == epoch:
                return slot

    def answered(self) -> None:
        """Record an answer that was not a refusal, which ends a run of consecutive refusals."""
        if self._read().refusals:
            with self._changing() as (state, save):
                save(replace(state, refusals=0))

    def refused(self, granted: float, retry_after: float | None) -> None:
        """Record a 429 for the request granted at this time: pause all senders, then continue slower.

        Refusals of requests that were in flight together count once. Raises Blocked at the fourth consecutive
        refusal, or where `retry_after` exceeds MAX_PAUSE_SECONDS.
        """
        with self._changing() as (state, save):
            now = self._now()
            first = granted > state.refused_at  # not another of those in flight at the last refusal
            if not first and now + (retry_after or 0.0) <= max(state.blocked_until, now):
                return
            refusals = state.refusals + first
            pause = PAUSE_SECONDS[min(refusals, len(PAUSE_SECONDS)) - 1] if retry_after is None else retry_after
            pause = min(max(pause, 0.1), MAX_CLOCK_DRIFT_SECONDS / 2)
            # Consecutive refusals are one block, which a lower rate would not have avoided.
            slowdown = self._slowdown(state) * (SLOWDOWN_FACTOR if refusals == 1 and first else 1.0)
            slowdown = min(slowdown, max(SLOWDOWN_FACTOR, self._rate / MIN_REQUESTS_PER_SECOND))
            # The burst is spent: after the pause requests are granted one at a time.
            arrival = now + pause + self._spread(slowdown)
            save(_State(arrival, state.epoch + 1, slowdown, now, refusals, now + pause))
        if refusals > len(PAUSE_SECONDS) or pause > MAX_PAUSE_SECONDS:
            raise Blocked(retry_after)

    def seconds_for(self, requests: int) -> float:
        """How long this many more requests will take, if no other process sends any."""
        state, now = self._read(), self._now()
        free = state.arrival - self._spread(self._slowdown(state))
        return max(0.0, free - now) + max(0.0, requests - self._left(state, now)) * self._interval(state)

    def _reserve(self) -> tuple[float, int]:
        with self._changing() as (state, save):
            now = self._now()
            if state.blocked_until - now > MAX_PAUSE_SECONDS:
                raise Blocked(state.blocked_until - now)
            arrival = max(state.arrival, now)
            save(replace(state, arrival=arrival + self._interval(state)))
            return max(now, arrival - self._spread(self._slowdown(state))), state.epoch

    def _left(self, state: _State, now: float) -> float:
        """Requests that may be sent immediately."""
        return max(0.0, self._burst - max(0.0, state.arrival - now) / self._interval(state))

    def _interval(self, state: _State) -> float:
        return self._slowdown(state) / self._rate

    def _spread(self, slowdown: float) -> float:
        """How far ahead of its theoretical arrival time a request may be sent."""
        return (self._burst - 1.0) * slowdown / self._rate

    def _slowdown(self, state: _State) -> float:
        quiet = max(0.0, self._now() - state.refused_at)
        return max(1.0, state.slowdown * math.pow(0.5, min(quiet / RECOVERY_SECONDS, 100.0)))

    def _read(self) -> _State:
        with self._guard, self._falling_back():
            self._own = self._row()
        return self._without_clock_drift(self._own)

    def _without_clock_drift(self, state: _State) -> _State:
        ahead = max(state.arrival, state.blocked_until, state.refused_at) - self._now()
        return _State(epoch=state.epoch) if ahead > MAX_CLOCK_DRIFT_SECONDS else state

    def _row(self) -> _State:
        if self._file is None:
            return self._own
        row = self._file.execute(f"SELECT {', '.join(COLUMNS)} FROM bucket").fetchone()  # noqa: S608
        return _State(*row) if row else _State()

    @contextmanager
    def _changing(self) -> Iterator[tuple[_State, Callable[[_State], None]]]:
        """The row and a function that replaces it, in an exclusive transaction."""
        changed: list[_State] = []
        with self._guard:
            with self._falling_back():
                if self._file is not None:
                    self._file.execute("BEGIN IMMEDIATE")
                self._own = self._row()
            try:
                yield self._without_clock_drift(self._own), changed.append
            finally:
                self._own = changed[-1] if changed else self._own
                with self._falling_back():
                    self._save(changed)

    def _save(self, changed: list[_State]) -> None:
        if self._file is None:
            return
        marks = ", ".join("?" for _ in COLUMNS)
        for state in changed:
            values = [getattr(state, name) for name in COLUMNS]
            self._file.execute(f"INSERT OR REPLACE INTO bucket VALUES (1, {marks})", values)  # noqa: S608
        self._file.execute("COMMIT")

    @contextmanager
    def _falling_back(self) -> Iterator[None]:
        """Continue without the file if it fails."""
        try:
            yield
        except sqlite3.Error as error:
            if self._file is not None:
                self._file.close()
            self._file = None
            self._on_file_error(error)


def _opened(path: Path) -> sqlite3.Connection:
    """The file with its table; a corrupt file, or one of another version, is replaced."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
            raise
        path.unlink(missing_ok=True)
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(str(path), timeout=30, isolation_level=None, check_same_thread=False)
    try:
        file.execute("PRAGMA synchronous = OFF")  # losing the row costs one burst, not a result
        names = ", ".join(f"{name} {'INTEGER' if kind is int else 'REAL'}" for name, kind in COLUMNS.items())
        file.execute(f"CREATE TABLE IF NOT EXISTS bucket (id INTEGER PRIMARY KEY CHECK (id = 1), {names})")
        file.execute(f"SELECT {', '.join(COLUMNS)} FROM bucket").fetchone()  # noqa: S608
    except sqlite3.Error:
        file.close()
        raise
    return file
