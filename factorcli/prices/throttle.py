"""One token bucket for every thread and process of a user: requests go out no faster than was agreed.

A reservation bucket (GCRA, the generic cell rate algorithm of ITU-T I.371): whoever wants to send
reserves the next free slot in one row of an SQLite file, and sleeps until then. Slots are given in the
order of asking, so nobody starves, and a process that joins late finds the bucket as it is.

When the server says that there were too many requests, everybody pauses, those who sleep already
included, and goes on at half the rate; with no further refusal the rate grows back.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

# A request reaches the server later than it was granted by up to this, in seconds; the burst is smaller
# by what the rate grants in that time, so that the server, too, never sees more than was agreed.
JITTER = 0.15
SLOWING = 2.0  # how much slower after a refusal
SLOWEST = 0.5  # requests a second, below which no refusal slows a faster rate
RECOVERY = 300.0  # seconds in which the rate doubles again
PAUSES = (2.0, 4.0, 8.0)  # seconds, after the first, second and third refusal in a row
PATIENCE = 60.0  # a longer pause than this ends the run instead
INSANE = 86_400.0  # seconds ahead that only a clock that was set back explains


class Blocked(Exception):
    """The server wants a longer pause than a run can wait; `seconds` of it, where it named a time."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


@dataclass(frozen=True)
class _State:
    """The row: times are seconds since the epoch."""

    arrival: float = 0.0  # theoretical arrival time of the next request
    epoch: int = 0  # grows with each pause; reservations of an older one are void
    slowdown: float = 1.0  # as it was when the last refusal came
    refused_at: float = 0.0
    refusals: int = 0  # in a row, without an answer between
    blocked_until: float = 0.0


COLUMNS = {field.name: field.type for field in fields(_State)}


class TokenBucket:
    """At most burst + rate · t requests in any t seconds, over all users of the file.

    rate in requests a second; `path` None is a bucket for this process alone. Raises sqlite3.Error
    where the file cannot be used; where it can be no longer, as on a full disk, `alone` is told why,
    and the bucket goes on for this process alone.
    """

    def __init__(
        self,
        path: Path | None,
        rate: float,
        burst: int,
        *,
        now: Callable[[], float] = time.time,
        alone: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._rate = rate
        self._burst = max(1.0, burst - JITTER * rate)
        self._now = now
        self._alone = alone
        self._guard = threading.Lock()  # threads queue here, and only processes meet in the file
        self._own = _State()  # the row as it was last seen, for when there is no file
        self._file = None if path is None else _opened(path)

    def acquire(self, stop: threading.Event | None = None) -> float:
        """Wait for a slot, and return the time at which it was granted.

        Raises Blocked where the server asked for a pause that is longer than a run can wait, and
        InterruptedError when `stop` is set.
        """
        stop = stop or threading.Event()
        while True:
            slot, epoch = self._reserve()
            if stop.wait(max(0.0, slot - self._now())):
                raise InterruptedError
            if self._read().epoch == epoch:
                return slot

    def answered(self) -> None:
        """An answer came that was not a refusal: refusals are not in a row any more."""
        if self._read().refusals:
            with self._changing() as (state, save):
                save(replace(state, refusals=0))

    def refused(self, granted: float, retry_after: float | None) -> None:
        """The request that was granted at this time was one too many: pause everybody, then go on slower.

        Requests that were under way together count once. Raises Blocked at the fourth refusal in a row,
        or where `retry_after` seconds are more than a run can wait.
        """
        with self._changing() as (state, save):
            now = self._now()
            first = granted > state.refused_at  # and not one more of those that were under way
            if not first and now + (retry_after or 0.0) <= max(state.blocked_until, now):
                return
            refusals = state.refusals + first
            pause = PAUSES[min(refusals, len(PAUSES)) - 1] if retry_after is None else retry_after
            pause = min(max(pause, 0.1), INSANE / 2)
            # Refusals in a row are one block, which a lower rate would not have avoided.
            slowdown = self._slowdown(state) * (SLOWING if refusals == 1 and first else 1.0)
            slowdown = min(slowdown, max(SLOWING, self._rate / SLOWEST))
            # All of the burst is spent: after the pause requests come one by one.
            arrival = now + pause + self._spread(slowdown)
            save(_State(arrival, state.epoch + 1, slowdown, now, refusals, now + pause))
        if refusals > len(PAUSES) or pause > PATIENCE:
            raise Blocked(retry_after)

    def seconds_for(self, requests: int) -> float:
        """How long so many more requests will take, if nobody else sends any."""
        state, now = self._read(), self._now()
        free = state.arrival - self._spread(self._slowdown(state))
        return max(0.0, free - now) + max(0.0, requests - self._left(state, now)) * self._interval(state)

    def _reserve(self) -> tuple[float, int]:
        with self._changing() as (state, save):
            now = self._now()
            if state.blocked_until - now > PATIENCE:
                raise Blocked(state.blocked_until - now)
            arrival = max(state.arrival, now)
            save(replace(state, arrival=arrival + self._interval(state)))
            return max(now, arrival - self._spread(self._slowdown(state))), state.epoch

    def _left(self, state: _State, now: float) -> float:
        """Requests that may go at once."""
        return max(0.0, self._burst - max(0.0, state.arrival - now) / self._interval(state))

    def _interval(self, state: _State) -> float:
        return self._slowdown(state) / self._rate

    def _spread(self, slowdown: float) -> float:
        """How far ahead of its time a request may go."""
        return (self._burst - 1.0) * slowdown / self._rate

    def _slowdown(self, state: _State) -> float:
        quiet = max(0.0, self._now() - state.refused_at)
        return max(1.0, state.slowdown * math.pow(0.5, min(quiet / RECOVERY, 100.0)))

    def _read(self) -> _State:
        with self._guard, self._or_alone():
            self._own = self._row()
        return self._sane(self._own)

    def _sane(self, state: _State) -> _State:
        ahead = max(state.arrival, state.blocked_until, state.refused_at) - self._now()
        return _State(epoch=state.epoch) if ahead > INSANE else state

    def _row(self) -> _State:
        if self._file is None:
            return self._own
        row = self._file.execute(f"SELECT {', '.join(COLUMNS)} FROM bucket").fetchone()  # noqa: S608
        return _State(*row) if row else _State()

    @contextmanager
    def _changing(self) -> Iterator[tuple[_State, Callable[[_State], None]]]:
        """The row, and how to replace it, while no one else can."""
        changed: list[_State] = []
        with self._guard:
            with self._or_alone():
                if self._file is not None:
                    self._file.execute("BEGIN IMMEDIATE")
                self._own = self._row()
            try:
                yield self._sane(self._own), changed.append
            finally:
                self._own = changed[-1] if changed else self._own
                with self._or_alone():
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
    def _or_alone(self) -> Iterator[None]:
        """Where the file cannot be used any more, go on without it."""
        try:
            yield
        except sqlite3.Error as error:
            if self._file is not None:
                self._file.close()
            self._file = None
            self._alone(error)


def _opened(path: Path) -> sqlite3.Connection:
    """The file with its table; one that is broken, or of another version, is begun anew."""
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
        file.execute("PRAGMA synchronous = OFF")  # a lost row costs a burst, not a result
        names = ", ".join(f"{name} {'INTEGER' if kind is int else 'REAL'}" for name, kind in COLUMNS.items())
        file.execute(f"CREATE TABLE IF NOT EXISTS bucket (id INTEGER PRIMARY KEY CHECK (id = 1), {names})")
        file.execute(f"SELECT {', '.join(COLUMNS)} FROM bucket").fetchone()  # noqa: S608
    except sqlite3.Error:
        file.close()
        raise
    return file
