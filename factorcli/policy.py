"""The cache policy, in one place: what an answer is an answer to, and how long it is one.

A beta result answers for one ticker, window, model, basis, covariance, rate, universe, source and data
date; it lives CACHE_TTL_HOURS, and never past the moment a newer session closes, because the last
closed session is part of its key. A row of a heatmap is kept until it is computed again; it says which
session was the last when it was computed, and whether the source could have a newer one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from factorcli.model import FactorModel
from factorcli.payload import VERSION
from factorcli.ports import Clock
from factorcli.query import Query
from factorcli.sessions import last_closed_day, last_closed_weekday
from factorcli.universe import Universe


@dataclass(frozen=True)
class CachePolicy:
    """Keys and lifetimes of cached answers. `identity` tells one state of the source from another."""

    identity: Callable[[], str]
    model: FactorModel
    universe: Universe
    clock: Clock
    ttl: timedelta
    refresh: bool = False  # whether answers that are there are passed over

    @property
    def session(self) -> date:
        """The last session that has closed."""
        return last_closed_weekday(self.clock.now())

    @property
    def today(self) -> date:
        """The last day whose session, if it had one, has closed: on some Saturdays NSE trades."""
        return last_closed_day(self.clock.now())

    def model_key(self, query: Query) -> str:
        """Model, basis, covariance, and a digest of all else that changes a number."""
        return f"{self.model.id}.{query.basis}.{query.covariance}.{self.model.digest()}"

    def beta_prefix(self, query: Query) -> str:
        """What the key of a beta result begins with; the ticker follows."""
        day = self.session if query.as_of is None else min(query.as_of, self.today)
        path = "rolling" if query.rolling else "single"
        return self._key("beta", query, str(day), str(query.window), path)

    def listing_key(self) -> str:
        """The key of the names of the tickers that the source has."""
        return _digested("listing", self.identity(), self.universe.digest)

    def heat_prefix(self, query: Query) -> str:
        """What the keys of a heatmap begin with, of all windows; window and ticker follow."""
        return self._key("heat", query, str(query.as_of or "latest"))

    def alive(self, computed_at: str) -> bool:
        """Whether a beta result of that moment is still young enough."""
        try:
            age = self.clock.now() - datetime.fromisoformat(computed_at)
        except (TypeError, ValueError):  # not a time of ours
            return False
        return timedelta(0) <= age <= self.ttl

    def _key(self, kind: str, query: Query, *parts: str) -> str:
        return _digested(kind, self.identity(), self.universe.digest, self.model_key(query), *parts)


def stamp(moment: datetime) -> str:
    """A moment as UTC, ISO, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digested(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\n".join((str(VERSION), *parts)).encode(errors="surrogatepass")).hexdigest()[:24]
    return f"{kind}/{digest}"
