"""The cache policy: keys and lifetimes of cached answers.

The key of a beta result covers ticker, window, model, basis, covariance, rate, universe, source and last
closed session. It expires after CACHE_TTL_HOURS, and at the latest when the next session closes. A heatmap does
not expire; its rows state the last closed session when they were computed, and whether the source can add a later one.

The shared cache holds the newest answer of a ticker, window and model and, of heatmaps, that of each day, computed
from Yahoo's prices only, never from the demo or a private folder. Only stored locally are beta results for a past day,
weekly and monthly answers, rolling paths, intervals, diagnostics, decisions of reports with their peers, shrunk betas,
and answers under an old ticker.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from factorcli.markets.calendar import last_close, last_closed_day, last_closed_weekday, next_close
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import GATE_RULES, FactorModel
from factorcli.model.frequency import DAILY
from factorcli.model.specification import Specification
from factorcli.ports import Clock, Key, SharedRow
from factorcli.results.codec import VERSION

SHARED_SOURCE = "yahoo"
MAX_TICKER_LENGTH = 40  # a longer or unprintable text is not a ticker, and is not sent to a database


@dataclass(frozen=True)
class CachePolicy:
    """Keys and lifetimes of cached answers. `identity` returns an identifier of the source's state."""

    identity: Callable[[], str]
    model: FactorModel
    universe: Universe
    clock: Clock
    ttl: timedelta
    refresh: bool = False  # whether cached answers are ignored
    shared: bool = False  # whether answers may go to the shared cache
    actions: str = ""  # digest of the corporate actions, empty where there are none
    source: str = ""  # the name or the resolved path of the source, whatever its state

    @property
    def session(self) -> date:
        """The last closed session, by weekday."""
        return last_closed_weekday(self.clock.now(), self.model.market)

    @property
    def today(self) -> date:
        """The last day whose session, if it had one, has closed: exchanges trade on some Saturdays."""
        return last_closed_day(self.clock.now(), self.model.market)

    def model_key(self, spec: Specification) -> str:
        """Model, basis, covariance, frequency, estimator, and a digest of all else.

        Daily returns and least squares are not named. The digest is of the rest of the model, of the price gate's rules
        and of the corporate actions, if any.
        """
        estimator = {"ols": "", "ewma": f"ewma{spec.half_life_text}.", "dimson": "dimson."}[spec.fit_estimator]
        frequency = "" if spec.returns is DAILY else f"{spec.frequency}."
        digest = self.model.digest(f"gate {GATE_RULES}", *filter(None, [self.actions]))
        return f"{self.model.id}.{spec.basis}.{spec.covariance}.{frequency}{estimator}{digest}"

    def beta_keys(self, asked: Sequence[ResolvedTicker], spec: Specification) -> dict[Key, ResolvedTicker]:
        """The key of each ticker's beta result; it includes the typed name where the warnings mention it."""
        day = self.session if spec.as_of is None else min(spec.as_of, self.today)
        wanted = {
            "rolling": spec.rolling,
            f"intervals-{spec.method}": spec.intervals,
            "diagnostics": spec.diagnostics,
            "decisions": spec.decisions,
            "vasicek": spec.estimator == "vasicek",
        }
        parts = [name for name, is_wanted in wanted.items() if is_wanted]
        prefix = self._key("beta", spec, str(day), str(spec.window), *parts or ["single"])
        model = self.model_key(spec)
        keys = {}
        for one in asked:
            local_only = parts or one.renamed
            row = None if local_only else self._shared_row("beta", one.ticker, spec, model)
            keys[Key(f"{prefix}/{one.ticker}/{one.typed if one.renamed else ''}", row)] = one
        return keys

    def peers_keys(self, tickers: Sequence[str], spec: Specification, heatmap: str) -> dict[str, str]:
        """The key of each ticker's peers in a report; heatmap: what the heatmap is of, which they are sought in."""
        day = self.session if spec.as_of is None else min(spec.as_of, self.today)
        prefix = self._key("peers", spec, str(day), str(spec.window), heatmap)
        return {ticker: f"{prefix}/{ticker}" for ticker in tickers}

    def listing_key(self) -> str:
        """The key of the source's list of tickers."""
        return _digested("listing", self.identity(), self.universe.digest)

    def frequency_key(self) -> str:
        """The key of the frequency of the source's prices."""
        return _digested("frequency", self.identity(), self.model.id, self.model.digest())

    def heat_prefix(self, spec: Specification) -> str:
        """The prefix of a heatmap's keys; the window follows."""
        if spec.as_of is None:
            return self._key("heat", spec, "latest")
        state = _digested("state", self.identity(), self.universe.digest).rpartition("/")[2]
        return f"{self.day_prefix(spec, spec.as_of)}{state}"

    def day_prefix(self, spec: Specification, day: date | None = None) -> str:
        """The prefix of the keys of past days' heatmaps, or of a day's; the state of prices and universe follows."""
        prefix = f"{_digested('heat', self.source, self.model_key(spec), 'days')}/"
        return prefix if day is None else f"{prefix}{day}/"

    def shared_heat_rows(self, tickers: Sequence[str], spec: Specification) -> dict[SharedRow, str]:
        """The shared row of each ticker in the heatmap of the spec's window, of those that are shared."""
        if not self.shared:
            return {}
        model = self.model_key(spec)
        rows = {self._shared_row("heat", ticker, spec, model): ticker for ticker in tickers}
        return {row: ticker for row, ticker in rows.items() if row is not None}

    @property
    def lifetime(self) -> float:
        """Lifetime in seconds of a beta result computed now."""
        now = self.clock.now()
        return min(self.ttl, next_close(now, self.model.market) - now).total_seconds()

    @property
    def since(self) -> str:
        """The time of the last close; an answer computed earlier may lack that session."""
        return stamp(last_close(self.clock.now(), self.model.market))

    def is_alive(self, computed_at: str) -> bool:
        """Whether a beta result computed at this time is within its lifetime and includes the last closed session."""
        now = self.clock.now()
        try:
            moment = datetime.fromisoformat(computed_at)
            return timedelta(0) <= now - moment <= self.ttl and now < next_close(moment, self.model.market)
        except (TypeError, ValueError, OverflowError):  # not a valid time
            return False

    def _shared_row(self, kind: str, ticker: str, spec: Specification, model: str) -> SharedRow | None:
        if spec.returns is not DAILY:
            return None
        if (
            not self.shared
            or (spec.as_of is not None and kind == "beta")
            or not ticker.isprintable()
            or len(ticker) > MAX_TICKER_LENGTH
        ):
            return None
        return SharedRow("history" if spec.as_of else kind, ticker, spec.window, model, spec.as_of)

    def _key(self, kind: str, spec: Specification, *parts: str) -> str:
        return _digested(kind, self.identity(), self.universe.digest, self.model_key(spec), *parts)


def stamp(moment: datetime) -> str:
    """A moment as UTC, ISO, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digested(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\n".join((str(VERSION), *parts)).encode(errors="surrogatepass")).hexdigest()[:24]
    return f"{kind}/{digest}"
