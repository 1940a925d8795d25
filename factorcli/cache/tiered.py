"""Two tiers of answers, local and shared. Reads fall through to the shared tier; writes go to both."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from factorcli.cache.circuit_breaker import CircuitBreaker
from factorcli.errors import FactorError, MissingTables, ReadOnlyKey
from factorcli.ports import A, Found, Key, ResultCache, SharedCache, SharedRow

T = TypeVar("T")
NO_HISTORY = "The shared cache lacks the table of past days, whose heatmaps stay on this machine."
MAKE_HISTORY = "Run the cache's schema in Supabase's SQL editor again."
LOOKUP_INTERVAL_SECONDS = 15.0  # in which a row is looked up only once in the shared cache


class TieredCache:
    """Implements `ports.AnswerCache`.

    remote: None without a shared cache. Its errors give one warning and lose no answer; with a read-only key
    only reading continues.
    """

    def __init__(
        self,
        local: ResultCache,
        remote: SharedCache | None,
        warn: Callable[[str], None],
        pause: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        explain: Callable[[FactorError], str] = str,
    ) -> None:
        self._local = local
        self._remote = remote
        self._warn = warn
        self._clock = clock
        self._explain = explain
        self._breaker = CircuitBreaker(warn, pause, clock, explain)
        self._may_write = True
        self._has_history = True
        self._days: dict[str, tuple[float, frozenset[tuple[int, date]]]] = {}
        self._looked_up: dict[SharedRow, float] = {}

    def find(
        self,
        keys: Sequence[Key],
        read: Callable[[Key, bytes], A | None],
        *,
        seconds: float | None = None,
    ) -> dict[Key, Found[A]]:
        """The answers of these keys, local or, where missing, shared."""
        kept = self._local.get([key.local for key in keys])
        found: dict[Key, Found[A]] = {}
        for key in keys:
            if key.local in kept and (answer := read(key, kept[key.local])) is not None:
                found[key] = Found(answer, self._local.name)
        missing = {key.shared: key for key in keys if key not in found and key.shared is not None}
        shared: dict[str, bytes] = {}
        for row, payload in self.look_up(list(missing)).items():
            key = missing[row]
            if (answer := read(key, payload)) is not None:
                found[key] = Found(answer, self._remote.name if self._remote else "")
                shared[key.local] = payload
        if shared:
            self._local.put(shared, seconds)
        return found

    def keep(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Store answers locally, and those with a shared row in the shared cache."""
        self._local.put({key.local: payload for key, payload in entries.items()}, seconds)
        self.share({key.shared: payload for key, payload in entries.items() if key.shared is not None}, seconds)

    def share(self, rows: Mapping[SharedRow, bytes], seconds: float | None = None) -> None:
        """Store answers in the shared cache, if the key may write."""
        past = {row: payload for row, payload in rows.items() if row.as_of is not None}
        for part in ({row: payload for row, payload in rows.items() if row not in past}, past):
            if self._remote is not None and part and self._may_write and (self._has_history or part is not past):
                remote = self._remote
                self._breaker.attempt(partial(self._write, remote, part, seconds), None)

    def days(self, model: str) -> frozenset[tuple[int, date]]:
        """The windows and days of the shared history; looked up once in LOOKUP_INTERVAL_SECONDS."""
        found, now = self._days.get(model), self._clock()
        if found is not None and now - found[0] < LOOKUP_INTERVAL_SECONDS:
            return found[1]
        none: frozenset[tuple[int, date]] = frozenset()
        remote = self._remote
        days = none
        if remote is not None and self._has_history:
            days = self._breaker.attempt(lambda: self._of_history(lambda: remote.days(model), none), none)
        self._days[model] = now, days
        return days

    def _of_history(self, work: Callable[[], T], otherwise: T) -> T:
        """What work on the history returns; a project of an earlier schema has none, which is said once."""
        try:
            return work()
        except MissingTables:
            self._has_history = False
            self._warn(self._explain(MissingTables(NO_HISTORY, MAKE_HISTORY)))
            return otherwise

    def _write(self, remote: SharedCache, rows: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        if any(row.as_of is not None for row in rows):
            self._of_history(lambda: self._write_rows(remote, rows, seconds), None)
        else:
            self._write_rows(remote, rows, seconds)

    def _write_rows(self, remote: SharedCache, rows: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        try:
            remote.write(rows, seconds)
        except ReadOnlyKey as error:
            self._may_write = False
            self._warn(str(error))

    def look_up(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """Shared payloads of these rows; a row is looked up once in LOOKUP_INTERVAL_SECONDS."""
        if self._remote is None:
            return {}
        now = self._clock()
        self._looked_up = {
            row: moment for row, moment in self._looked_up.items() if now - moment < LOOKUP_INTERVAL_SECONDS
        }
        asked = [row for row in rows if row not in self._looked_up]
        if not asked:
            return {}
        remote = self._remote
        found = self._breaker.attempt(lambda: remote.read(asked), None)
        if found is None:
            return {}
        # A new dict, as another thread may be reading the old one.
        self._looked_up = {**self._looked_up, **dict.fromkeys(asked, now)}
        return found
