"""The one composition root: settings become services with their adapters."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from factorcli import model as models
from factorcli.errors import InvalidModel, InvalidSetting, NotBuilt, SourceNotFound
from factorcli.model import FactorModel
from factorcli.policy import CachePolicy
from factorcli.ports import Market, PriceSource, Progress, ResultCache, no_progress
from factorcli.prices.folder import PriceFolder
from factorcli.service import FactorService
from factorcli.sessions import EXCHANGE_ZONE, last_closed_day
from factorcli.settings import Settings
from factorcli.universe import Universe

if TYPE_CHECKING:
    from factorcli.prices.market import GatedMarket

Warn = Callable[[str], None]
APP = "factorcli"


@dataclass(frozen=True)
class SystemClock:
    """The machine's time, or the moment that FACTOR_NOW sets, as India's clocks show it."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        """The present time, with its time zone."""
        return (self.fixed or datetime.now(UTC)).astimezone(EXCHANGE_ZONE)


@dataclass(frozen=True)
class _Prices:
    """The configured source: told apart at once, read when something has to be computed."""

    settings: Settings
    model: FactorModel
    universe: Universe
    clock: SystemClock
    progress: Progress
    _opened: "dict[tuple[date, str], GatedMarket]" = field(default_factory=dict)

    @cached_property
    def folder(self) -> PriceFolder:
        return PriceFolder(self.settings.source)

    def check(self) -> None:
        """Raise SourceNotFound or NotBuilt where there is no such source."""
        if self.settings.source == "yahoo":
            raise NotBuilt(
                "The Yahoo source is not built yet: use --source demo, or --source PATH with a folder of prices."
            )
        if self.settings.source != "demo":
            self.folder.identity()

    def identity(self) -> str:
        """What tells one state of the prices from another; the sessions they have are not part of it."""
        return "demo" if self.settings.source == "demo" else self.folder.identity()

    def market(self) -> Market:
        """The market as it is now: another one where a session has closed, prices have changed or some are missing."""
        from factorcli.prices.market import GatedMarket

        state = (last_closed_day(self.clock.now()), self.identity())
        market = self._opened.get(state)
        if market is None or market.has_failures:
            market = GatedMarket(self._source(), self.model, self.clock)
            self._opened.clear()
            self._opened[state] = market
        return market

    def _source(self) -> PriceSource:
        if self.settings.source == "demo":
            from factorcli.prices.demo import DemoSource

            return DemoSource(self.universe, self.clock)
        from factorcli.prices.files import FileSource

        return FileSource(self.folder, self.progress)


def build_service(
    settings: Settings,
    *,
    cached: bool = True,
    refresh: bool = False,
    lasting: bool = False,
    warn: Warn = lambda _: None,
    progress: Progress = no_progress,
) -> FactorService:
    """The service that these settings describe. Raises UsageError, DataError or UpstreamError.

    cached: whether answers are kept on disk; refresh: whether those that are there are passed over;
    lasting: whether the service outlives a question, so that each opens the market as it then is;
    `warn` is told of a cache that cannot be used, `progress` how far the reading of prices is.
    """
    model = build_model(settings)
    universe = build_universe(settings)
    clock = SystemClock(settings.now)
    prices = _Prices(settings, model, universe, clock, progress)
    prices.check()
    ttl = timedelta(hours=settings.cache_ttl_hours)
    return FactorService(
        open_market=prices.market if lasting else cache(prices.market),
        source=settings.source,
        model=model,
        universe=universe,
        clock=clock,
        cache=build_cache(settings, warn) if cached else no_cache(),
        policy=CachePolicy(prices.identity, model, universe, clock, ttl, refresh),
    )


def build_model(settings: Settings) -> FactorModel:
    """The model, with RISK_FREE_RATE in place of its own rate where that is set."""
    model = models.load(settings.model)
    if settings.risk_free_rate is None:
        return model
    try:
        return replace(model, risk_free=models.RiskFree.parse(settings.risk_free_rate, "RISK_FREE_RATE"))
    except InvalidModel as error:
        raise InvalidSetting(str(error)) from None


def build_universe(settings: Settings) -> Universe:
    """The universe of FACTOR_UNIVERSE, else the user's imported one, else the shipped one."""
    path = settings.universe
    if path is None and (own := user_universe_path()).exists():
        path = own
    try:
        return Universe.load(path)
    except SourceNotFound:
        raise InvalidSetting(
            f"FACTOR_UNIVERSE is {path}, which is not there: `factor universe import FILE` writes it."
        ) from None


def build_cache(settings: Settings, warn: Warn) -> ResultCache:
    """The cache of FACTOR_CACHE_DIR, else of the platform's cache folder."""
    from factorcli.cache.disk import DiskCache

    return DiskCache(cache_folder(settings), warn)


def no_cache() -> ResultCache:
    """A cache that forgets when the run ends."""
    from factorcli.cache.memory import MemoryCache

    return MemoryCache()


def cache_folder(settings: Settings) -> Path:
    """Where answers are kept."""
    from platformdirs import user_cache_path

    return settings.cache_dir or user_cache_path(APP)


def user_universe_path() -> Path:
    """Where `universe import` writes unless FACTOR_UNIVERSE says otherwise."""
    from platformdirs import user_data_path

    return user_data_path(APP) / "universe.csv"
