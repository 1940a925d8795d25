"""Two tiers of answers, local and shared. Reads fall through to the shared tier; writes go to both."""

import time
from collections.abc import Callable, Mapping, Sequence

from factorcli.cache.circuit_breaker import CircuitBreaker
from factorcli.errors import FactorError, ReadOnlyKey
from factorcli.ports import A, Found, Key, ResultCache, SharedCache, SharedRow

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
        self._breaker = CircuitBreaker(warn, pause, clock, explain)
        self._may_write = True
        self._looked_up: dict[SharedRow, float] = {}

    def find(
        self,
        keys: Sequence[Key],
        read: Callable[[Key, bytes], A | None],
        *,
        since: str = "",
        seconds: float | None = None,
    ) -> dict[Key, Found[A]]:
        """The answers of these keys, local or, where missing or older than `since`, shared."""
        kept = self._local.get([key.local for key in keys])
        found: dict[Key, Found[A]] = {}
        for key in keys:
            if key.local in kept and (answer := read(key, kept[key.local])) is not None:
                found[key] = Found(answer, self._local.name)
        newer: dict[str, bytes] = {}
        for key, payload in self._shared([k for k in keys if k not in found or found[k].answer.computed_at < since]):
            answer = read(key, payload)
            if answer is None or (key in found and answer.computed_at <= found[key].answer.computed_at):
                continue
            found[key] = Found(answer, self._remote.name if self._remote else "")
            newer[key.local] = payload
        if newer:
            self._local.put(newer, seconds)
        return found

    def keep(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Store answers locally, and those with a shared row in the shared cache."""
        self._local.put({key.local: payload for key, payload in entries.items()}, seconds)
        self.share(entries, seconds)

    def share(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Store the answers with a shared row in the shared cache, if the key may write."""
        rows = {key.shared: payload for key, payload in entries.items() if key.shared is not None}
        if self._remote is not None and rows and self._may_write:
            remote = self._remote
            self._breaker.attempt(lambda: self._write(remote, rows, seconds), None)

    def _write(self, remote: SharedCache, rows: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        try:
            remote.write(rows, seconds)
        except ReadOnlyKey as error:
            self._may_write = False
            self._warn(str(error))

    def _shared(self, keys: Sequence[Key]) -> list[tuple[Key, bytes]]:
        """Shared payloads of these keys; a row is looked up once in LOOKUP_INTERVAL_SECONDS."""
        if self._remote is None:
            return []
        now = self._clock()
        self._looked_up = {
            row: moment for row, moment in self._looked_up.items() if now - moment < LOOKUP_INTERVAL_SECONDS
        }
        by_row = {key.shared: key for key in keys if key.shared is not None and key.shared not in self._looked_up}
        if not by_row:
            return []
        remote = self._remote
        found = self._breaker.attempt(lambda: remote.read(list(by_row)), None)
        if found is None:
            return []
        self._looked_up = {
            **self._looked_up,
            **dict.fromkeys(by_row, now),
        }  # a new dict, as another thread may be reading the old one
        return [(by_row[row], payload) for row, payload in found.items()]
