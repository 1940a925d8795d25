"""The cache policy, in one place: what an answer is an answer to, and how long it is one.

A beta result answers for one ticker, window, model, basis, covariance, rate, universe, source and data
date; it lives CACHE_TTL_HOURS, and never past the moment a newer session closes, because the last
closed session is part of its key. A row of a heatmap is kept until it is computed again; it says which
session was the last when it was computed, and whether the source could have a newer one.

A team's cache holds the newest answer to a ticker, window and model, computed from Yahoo's prices: a
demo or a private folder must not reach it. An answer for a past day, a path and an answer that
names how its ticker was typed stay on this machine, as do intervals, diagnostics and shrunk betas.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from factorcli.markets.calendar import last_close, last_closed_day, last_closed_weekday, next_close
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Specification
from factorcli.ports import Clock, Key, SharedRow
from factorcli.results.codec import VERSION

SHARED_SOURCE = "yahoo"
LONGEST_TICKER = 40  # what is longer, or cannot be printed, is none, and no database need see it


@dataclass(frozen=True)
class CachePolicy:
    """Keys and lifetimes of cached answers. `identity` tells one state of the source from another."""

    identity: Callable[[], str]
    model: FactorModel
    universe: Universe
    clock: Clock
    ttl: timedelta
    refresh: bool = False  # whether answers that are there are passed over
    shared: bool = False  # whether a team may have the answers

    @property
    def session(self) -> date:
        """The last session that has closed."""
        return last_closed_weekday(self.clock.now(), self.model.market)

    @property
    def today(self) -> date:
        """The last day whose session, if it had one, has closed: exchanges trade on some Saturdays."""
        return last_closed_day(self.clock.now(), self.model.market)

    def model_key(self, spec: Specification) -> str:
        """Model, basis, covariance, an estimator that is not least squares, and a digest of all else."""
        estimator = {"ols": "", "ewma": f"ewma{spec.half_life_text}.", "dimson": "dimson."}[spec.fitted]
        return f"{self.model.id}.{spec.basis}.{spec.covariance}.{estimator}{self.model.digest()}"

    def beta_keys(self, asked: Sequence[ResolvedTicker], spec: Specification) -> dict[Key, ResolvedTicker]:
        """The key of each ticker's beta result; the typed name is part of it where the warnings name it."""
        day = self.session if spec.as_of is None else min(spec.as_of, self.today)
        wanted = {
            "rolling": spec.rolling,
            f"intervals-{spec.method}": spec.intervals,
            "diagnostics": spec.diagnostics,
            "vasicek": spec.estimator == "vasicek",
        }
        more = [name for name, is_wanted in wanted.items() if is_wanted]
        prefix = self._key("beta", spec, str(day), str(spec.window), *more or ["single"])
        model = self.model_key(spec)
        keys = {}
        for one in asked:
            local_only = more or one.renamed
            row = None if local_only else self._shared_row("beta", one.ticker, spec, model)
            keys[Key(f"{prefix}/{one.ticker}/{one.typed if one.renamed else ''}", row)] = one
        return keys

    def listing_key(self) -> str:
        """The key of the names of the tickers that the source has."""
        return _digested("listing", self.identity(), self.universe.digest)

    def heat_prefix(self, spec: Specification) -> str:
        """What the keys of a heatmap begin with, of all windows; window and ticker follow."""
        return self._key("heat", spec, str(spec.as_of or "latest"))

    def heat_keys(self, tickers: Sequence[str], spec: Specification) -> dict[Key, str]:
        """The key of each ticker's row in the heatmap of the spec's window."""
        prefix, model = f"{self.heat_prefix(spec)}/{spec.window}", self.model_key(spec)
        return {Key(f"{prefix}/{ticker}", self._shared_row("heat", ticker, spec, model)): ticker for ticker in tickers}

    @property
    def lifetime(self) -> float:
        """How many seconds a beta result of this moment lives."""
        now = self.clock.now()
        return min(self.ttl, next_close(now, self.model.market) - now).total_seconds()

    @property
    def since(self) -> str:
        """When the last session closed: an answer computed before may lack it."""
        return stamp(last_close(self.clock.now(), self.model.market))

    def alive(self, computed_at: str) -> bool:
        """Whether a beta result computed then is within its lifetime and of the last closed session."""
        now = self.clock.now()
        try:
            moment = datetime.fromisoformat(computed_at)
            return timedelta(0) <= now - moment <= self.ttl and now < next_close(moment, self.model.market)
        except (TypeError, ValueError, OverflowError):  # not a time of ours
            return False

    def _shared_row(self, kind: str, ticker: str, spec: Specification, model: str) -> SharedRow | None:
        if not self.shared or spec.as_of is not None or not ticker.isprintable() or len(ticker) > LONGEST_TICKER:
            return None
        return SharedRow(kind, ticker, spec.window, model)

    def _key(self, kind: str, spec: Specification, *parts: str) -> str:
        return _digested(kind, self.identity(), self.universe.digest, self.model_key(spec), *parts)


def stamp(moment: datetime) -> str:
    """A moment as UTC, ISO, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digested(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\n".join((str(VERSION), *parts)).encode(errors="surrogatepass")).hexdigest()[:24]
    return f"{kind}/{digest}"
