"""The one composition root: settings become a service with its adapters."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from factorcli import model as models
from factorcli.errors import InvalidModel, InvalidSetting, NotBuilt, SourceNotFound
from factorcli.model import FactorModel
from factorcli.ports import Clock, Market, PriceSource
from factorcli.service import FactorService
from factorcli.settings import Settings
from factorcli.universe import Universe


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's time, or the moment that FACTOR_NOW sets, as India's clocks show it."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        """The present time, with its time zone."""
        return (self.fixed or datetime.now(UTC)).astimezone(ZoneInfo("Asia/Kolkata"))


def build_service(settings: Settings) -> FactorService:
    """The service that these settings describe. Raises UsageError or DataError."""
    model = build_model(settings)
    universe = build_universe(settings)
    clock = SystemClock(settings.now)
    return FactorService(_market(settings, model, universe, clock), model, universe, clock)


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


def user_universe_path() -> Path:
    """Where `universe import` writes unless FACTOR_UNIVERSE says otherwise."""
    from platformdirs import user_data_path

    return user_data_path("factorcli") / "universe.csv"


def _market(settings: Settings, model: FactorModel, universe: Universe, clock: Clock) -> Market:
    from factorcli.prices.market import GatedMarket

    return GatedMarket(_source(settings, universe, clock), model, clock)


def _source(settings: Settings, universe: Universe, clock: Clock) -> PriceSource:
    if settings.source == "demo":
        from factorcli.prices.demo import DemoSource

        return DemoSource(universe, clock)
    if settings.source == "yahoo":
        raise NotBuilt(
            "The Yahoo source is not built yet: use --source demo, or --source PATH with a folder of prices."
        )
    from factorcli.prices.files import FileSource

    return FileSource(settings.source)
