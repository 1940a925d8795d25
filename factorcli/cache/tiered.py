"""Two tiers of answers: this machine's, then a team's. Reads fall through, and writes go to both."""

import time
from collections.abc import Callable, Mapping, Sequence

from factorcli.cache.circuit_breaker import Breaker
from factorcli.errors import FactorError, ReadOnlyKey
from factorcli.ports import A, Found, Key, ResultCache, SharedCache, SharedRow

PATIENCE = 15.0  # seconds in which a row is looked for once in the team's cache


class TieredCache:
    """Implements `ports.AnswerCache`.

    remote: None where there is no team. What goes wrong with it costs one warning and no answer; a key
    that may only read goes on reading.
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
        self._breaker = Breaker(warn, pause, clock, explain)
        self._may_write = True
        self._looked: dict[SharedRow, float] = {}

    def find(
        self,
        keys: Sequence[Key],
        read: Callable[[Key, bytes], A | None],
        *,
        since: str = "",
        seconds: float | None = None,
    ) -> dict[Key, Found[A]]:
        """The answers under these keys, from this machine, and where that lacks or is older, from the team."""
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
        """Keep answers here, and share those that a team may have."""
        self._local.put({key.local: payload for key, payload in entries.items()}, seconds)
        self.share(entries, seconds)

    def share(self, entries: Mapping[Key, bytes], seconds: float | None = None) -> None:
        """Write to the team's cache what a team may have, if the key may write."""
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
        """What the team has under these keys; a row is not looked for twice in a short while."""
        if self._remote is None:
            return []
        now = self._clock()
        self._looked = {row: moment for row, moment in self._looked.items() if now - moment < PATIENCE}
        by_row = {key.shared: key for key in keys if key.shared is not None and key.shared not in self._looked}
        if not by_row:
            return []
        remote = self._remote
        found = self._breaker.attempt(lambda: remote.read(list(by_row)), None)
        if found is None:
            return []
        self._looked = {**self._looked, **dict.fromkeys(by_row, now)}  # anew: another thread may be reading the old
        return [(by_row[row], payload) for row, payload in found.items()]
