"""The composition root: builds a context and its adapters from settings."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache as once
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from factorcli.config.environment import single_threaded
from factorcli.config.settings import Settings
from factorcli.errors import FactorError, InvalidModel, InvalidSetting, SourceNotFound
from factorcli.executors.processes import WORTHWHILE_FITS, ProcessExecutor
from factorcli.executors.serial import SerialExecutor
from factorcli.markets.calendar import last_closed_day
from factorcli.markets.market import DEFAULT, Market
from factorcli.markets.members import MemberLists
from factorcli.markets.tickers import listed_as
from factorcli.markets.universe import IMPORT_MARKET, SHIPPED_ACTIONS, SHIPPED_MEMBERS, Universe, shipped
from factorcli.model.built_in import BUILT_IN
from factorcli.model.factor_model import FactorModel
from factorcli.model.risk_free import RiskFree
from factorcli.ports import (
    AnswerCache,
    Apart,
    Executor,
    MarketData,
    PriceSource,
    Progress,
    ResultCache,
    SharedCache,
    no_progress,
)
from factorcli.service.cache_keys import SHARED_SOURCE, CachePolicy
from factorcli.service.context import Context
from factorcli.service.kept_windows import KeptWindows

if TYPE_CHECKING:
    from factorcli.markets.corporate_actions import CorporateActions
    from factorcli.prices.folder import PriceFolder
    from factorcli.prices.gate import GatedMarket
    from factorcli.prices.throttle import TokenBucket
    from factorcli.prices.yahoo import YahooClient
    from factorcli.results.batch import Batch
    from factorcli.results.check import FileCheck

Warn = Callable[[str], None]
Explain = Callable[[FactorError], str]  # the message of an error for the user
APP = "factorcli"
T = TypeVar("T")
R = TypeVar("R")
NAMED_SOURCES = ("yahoo", "demo")  # sources other than paths
SHARED_CACHE_RETRY_SECONDS = 15.0  # after which a server tries a failed shared cache again


@dataclass(frozen=True)
class SystemClock:
    """The system time, or that of FACTOR_NOW, in the market's time zone."""

    fixed: datetime | None = None
    market: Market = DEFAULT

    def now(self) -> datetime:
        """The present time, with its time zone; a fixed one without a zone is the market's."""
        moment = self.fixed or datetime.now(UTC)
        return moment.astimezone(self.market.zone) if moment.tzinfo else moment.replace(tzinfo=self.market.zone)


@dataclass(frozen=True)
class _Prices:
    """The configured source of prices, identified at once and read when something has to be computed."""

    settings: Settings
    model: FactorModel
    universe: Universe
    lists: MemberLists
    clock: SystemClock
    progress: Progress
    cache: ResultCache
    refresh: bool
    warn: Warn
    _opened: "dict[tuple[date, str], GatedMarket]" = field(default_factory=dict)

    @cached_property
    def folder(self) -> "PriceFolder":
        from factorcli.prices.folder import PriceFolder

        return PriceFolder(self.settings.source)

    def check(self) -> None:
        """Raise SourceNotFound where there is no such source."""
        if self.settings.source not in NAMED_SOURCES:
            self.folder.identity()

    def identity(self) -> str:
        """An identifier of the state of the prices, without their sessions."""
        return self.settings.source if self.settings.source in NAMED_SOURCES else self.folder.identity()

    @property
    def place(self) -> str:
        """The source's name or resolved path."""
        return self.settings.source if self.settings.source in NAMED_SOURCES else str(self.folder.path.resolve())

    def market(self) -> MarketData:
        """The present market, reopened once a session has closed, prices have changed or some failed."""
        from factorcli.prices.gate import GatedMarket

        state = (last_closed_day(self.clock.now(), self.model.market), self.identity())
        market = self._opened.get(state)
        if market is None or market.has_failures:
            source = with_returns(self._source(), self.model)
            model = with_listed_proxies(self.model, source.listed())
            market = GatedMarket(source, model, self.clock, self._actions)
            self._opened.clear()
            self._opened[state] = market
        return market

    @cached_property
    def _actions(self) -> "CorporateActions":
        """The corporate actions; none concerns the demo's prices, which are made up."""
        from factorcli.markets.corporate_actions import NO_ACTIONS

        if self.settings.source == "demo":
            return NO_ACTIONS
        return build_actions(self.settings, self.universe, self.model.market)

    def _source(self) -> PriceSource:
        if self.settings.source == "demo":
            from factorcli.prices.demo import DemoSource

            return DemoSource(self.universe, self.clock, self.model.market, self.lists.tickers)
        if self.settings.source == "yahoo":
            return self._yahoo
        from factorcli.prices.files import FileSource

        return FileSource(self.folder, self.model.market, self.progress)

    @cached_property
    def _yahoo(self) -> PriceSource:
        """One source per service, which determines itself what has to be fetched again."""
        from factorcli.prices.fetching import FetchedSource
        from factorcli.prices.history import PriceStore

        return FetchedSource(
            "yahoo",
            lambda: build_yahoo(self.settings, self.clock, self.model.market, self.warn),
            PriceStore(self.cache, "yahoo"),
            self.universe,
            self.clock,
            market=self.model.market,
            workers=self.settings.yahoo_workers,
            refresh=self.refresh,
            progress=self.progress,
            total_return=True,
        )


def with_returns(source: PriceSource, model: FactorModel) -> PriceSource:
    """The source with the published returns that a model names, if it names any."""
    if not any(factor.returns for factor in model.factors):
        return source
    from factorcli.prices.published_returns import WithReturns

    return WithReturns.around(source, model)


def with_listed_proxies(model: FactorModel, listed: frozenset[str] | None) -> FactorModel:
    """The model with the proxies as a source's listing spells them, NV20BEES for NV20BEES.NS or the other way round."""
    if listed is None:
        return model
    factors = (
        replace(factor, proxies=tuple(dict.fromkeys(listed_as(p, listed, model.market) or p for p in factor.proxies)))
        for factor in model.factors
    )
    return replace(model, factors=tuple(factors))


def build_context(
    settings: Settings,
    *,
    cached: bool = True,
    refresh: bool = False,
    lasting: bool = False,
    warn: Warn = lambda _: None,
    explain: Explain = str,
    progress: Progress = no_progress,
) -> Context:
    """The context that these settings describe. Raises UsageError, DataError or UpstreamError.

    cached: whether answers are cached, locally and shared; refresh: whether cached answers are ignored;
    lasting: whether the context serves many requests, as a server's does: each one opens the market anew, and
    a failed shared cache is tried again. `warn` receives the warnings about caches, with messages from
    `explain`, and `progress` the progress of reading prices.
    """
    model = build_model(settings)
    universe = build_universe(settings, model.market)
    lists = build_member_lists(settings, universe, model.market)
    clock = SystemClock(settings.now, model.market)
    cache = build_cache(settings, warn) if cached else no_cache()
    prices = _Prices(settings, model, universe, lists, clock, progress, cache, refresh, warn)
    prices.check()
    ttl = timedelta(hours=settings.cache_ttl_hours)
    shared = build_shared(settings, clock) if cached else None
    return Context(
        open_market=prices.market if lasting else once(prices.market),
        source=settings.source,
        model=model,
        universe=universe,
        lists=lists,
        members_of=lists.universe_day,
        clock=clock,
        cache=cache,
        answers=build_answers(cache, shared, warn, explain, lasting=lasting),
        policy=CachePolicy(
            prices.identity,
            model,
            universe,
            clock,
            ttl,
            refresh,
            shared=_may_share(settings, shared),
            actions=actions_digest(settings, model.market),
            source=prices.place,
        ),
        executor=build_executor(settings),
        daily_prices=settings.source in NAMED_SOURCES,
        kept=KeptWindows() if lasting else None,
    )


def build_executor(settings: Settings) -> Executor:
    """The executor of FACTOR_EXECUTOR, else of FACTOR_WORKERS, else a process a core. Raises InvalidSetting."""
    if settings.executor:
        from factorcli.executors.dask import DaskExecutor

        return DaskExecutor.of(settings.executor)
    workers = settings.workers or available_cores()
    if workers == 1:
        return SerialExecutor()
    return ProcessExecutor(workers, single_threaded, 0 if settings.workers else WORTHWHILE_FITS)


def build_apart(work: Callable[[T], R]) -> Apart:
    """Work that comes now and then, in a process of its own that is there only while it comes."""
    from factorcli.executors.occasional import OccasionalWorker

    return OccasionalWorker(work, single_threaded)


def available_cores() -> int:
    """The cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # where the platform has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def build_model(settings: Settings) -> FactorModel:
    """The model, with RISK_FREE_RATE in place of its own rate where that is set."""
    model = BUILT_IN.get(settings.model) or _model_file(settings.model)
    if settings.risk_free_rate is None:
        return model
    try:
        rate = RiskFree.parse(settings.risk_free_rate, "RISK_FREE_RATE").annual(model.trading_days)
        return replace(model, risk_free=rate)
    except InvalidModel as error:
        raise InvalidSetting(str(error)) from None


def check_files(names: Sequence[str], settings: Settings) -> "Batch[FileCheck]":
    """What these files, and the price files of these folders, are taken for. Raises SourceNotFound or DataError."""
    from factorcli.prices.checking import check_prices
    from factorcli.prices.folder import PriceFolder
    from factorcli.service.check import check_files as checked

    paths: list[Path] = []
    for name in names:
        path = Path(name).expanduser()
        paths.extend(PriceFolder(name).files if path.is_dir() else [path])
    if (absent := next((path for path in paths if not path.exists()), None)) is not None:
        raise SourceNotFound(f"There is no file {absent}; check the path.")
    try:
        market = build_model(settings).market
    except InvalidModel:
        market = DEFAULT
    today = SystemClock(settings.now, market).now().date()
    return checked(paths, lambda path: check_prices(path, market.zone, today))


def _model_file(name: str) -> FactorModel:
    from factorcli.model.file import load

    return load(name)


def build_universe(settings: Settings, market: Market | None = None) -> Universe:
    """The universe of FACTOR_UNIVERSE, else the user's imported one, else the one shipped for the model's market."""
    market = market or build_model(settings).market
    path = own_universe_path(settings, market)
    try:
        return Universe.load(path, market)
    except SourceNotFound:
        raise InvalidSetting(
            f"FACTOR_UNIVERSE is {path}, which is not there: an import of a list of stocks writes it."
        ) from None


def build_member_lists(settings: Settings, universe: Universe, market: Market) -> MemberLists:
    """The dated lists of the universe: those shipped with the shipped one, and the user's own."""
    files = None if own_universe_path(settings, market) else SHIPPED_MEMBERS.get(market.id)
    return MemberLists(universe, market, member_lists_folder(settings, market), files)


def build_actions(settings: Settings, universe: Universe, market: Market) -> "CorporateActions":
    """The corporate actions shipped for a market, and those of FACTOR_ACTIONS. Raises InvalidSetting."""
    from factorcli.markets.corporate_actions import CorporateActions

    return CorporateActions.load(settings.actions, market, universe.renames)


def actions_digest(settings: Settings, market: Market) -> str:
    """Short digest of the shipped corporate actions and of those of FACTOR_ACTIONS; empty without any.

    The shipped file is not parsed, which a cached answer has no time for. Raises InvalidSetting for one's own.
    """
    import hashlib

    name = SHIPPED_ACTIONS.get(market.id)
    content = shipped(name).read_bytes().replace(b"\r\n", b"\n") if name else b""
    if settings.actions is not None:
        from factorcli.markets.corporate_actions import read

        content += repr([(*row[:-1],) for row in read(settings.actions)]).encode(errors="surrogatepass")
    return hashlib.sha256(content).hexdigest()[:12] if content else ""


def build_cache(settings: Settings, warn: Warn) -> ResultCache:
    """The cache of FACTOR_CACHE_DIR, else of the platform's cache folder."""
    from factorcli.cache.disk import DiskCache

    return DiskCache(cache_folder(settings), warn)


def build_yahoo(settings: Settings, clock: SystemClock, market: Market, warn: Warn) -> "YahooClient":
    """The Yahoo client, with the rate limiter that all processes of this user share."""
    from factorcli.prices.yahoo import YahooClient

    return YahooClient(build_bucket(settings, warn), clock, cache_folder(settings) / "yfinance", market)


def build_bucket(settings: Settings, warn: Warn) -> "TokenBucket":
    """The user's token bucket for requests to Yahoo; one per proxy, as each has its own address."""
    import hashlib
    import sqlite3
    from urllib.request import getproxies

    from platformdirs import user_state_path

    from factorcli.prices.throttle import TokenBucket

    proxy_digest = hashlib.sha256(getproxies().get("https", "").encode()).hexdigest()[:12]
    folder = user_state_path(APP)

    def on_file_error(error: Exception) -> None:
        warn(f"{folder} cannot be used ({error}); the rate limit does not include requests of other runs.")

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return TokenBucket(
            folder / f"yahoo-{proxy_digest}.db", settings.yahoo_rate, settings.yahoo_burst, on_file_error=on_file_error
        )
    except (OSError, sqlite3.Error) as error:
        on_file_error(error)
        return TokenBucket(None, settings.yahoo_rate, settings.yahoo_burst)


def _may_share(settings: Settings, shared: SharedCache | None) -> bool:
    """Whether answers may go to the shared cache: only those from Yahoo's prices."""
    return shared is not None and settings.source == SHARED_SOURCE


def build_shared(settings: Settings, clock: SystemClock | None = None) -> SharedCache | None:
    """The shared cache of SUPABASE_URL and SUPABASE_KEY, or None if either is unset."""
    if settings.supabase_url is None or settings.supabase_key is None:
        return None
    from factorcli.cache.supabase import Supabase

    return Supabase(settings.supabase_url, settings.supabase_key, (clock or SystemClock(settings.now)).now)


def build_answers(
    local: ResultCache, shared: SharedCache | None, warn: Warn, explain: Explain = str, *, lasting: bool = False
) -> AnswerCache:
    """Both tiers. After a failure the shared one is not used again in this run; if `lasting`, it is retried."""
    from factorcli.cache.tiered import TieredCache

    return TieredCache(local, shared, warn, SHARED_CACHE_RETRY_SECONDS if lasting else None, explain=explain)


def schema() -> str:
    """The SQL that creates the tables of a shared cache."""
    from factorcli import cache

    return cache.schema()


def no_cache() -> ResultCache:
    """A cache in memory, for this run only."""
    from factorcli.cache.memory import MemoryCache

    return MemoryCache()


def cache_folder(settings: Settings) -> Path:
    """The folder of the local cache."""
    from platformdirs import user_cache_path

    return settings.cache_dir or user_cache_path(APP)


def user_universe_path() -> Path:
    """The file of an imported universe, unless FACTOR_UNIVERSE is set."""
    from platformdirs import user_data_path

    return user_data_path(APP) / "universe.csv"


def own_universe_path(settings: Settings, market: Market) -> Path | None:
    """The file of FACTOR_UNIVERSE, else of the user's imported universe; None where the shipped one holds."""
    if settings.universe is None and market == IMPORT_MARKET and (own := user_universe_path()).exists():
        return own
    return settings.universe


def member_lists_folder(settings: Settings, market: Market) -> Path:
    """The folder of the user's dated lists of a universe: beside its file, or where that of an import would be."""
    own = own_universe_path(settings, market) or user_universe_path().with_name(market.id)
    return own.with_suffix(".members")
