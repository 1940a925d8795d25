"""Results of `model show`."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.episode import Episode
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class FactorInfo:
    """A factor of the model; dividend_yield is annual, added to the return of its proxy."""

    code: str
    name: str
    proxies: tuple[str, ...]
    transform: str
    excess: bool
    traded: bool
    dividend_yield: float = 0.0


@dataclass(frozen=True)
class FactorStatistics:
    """A factor over a window: mean and volatility annualised, correlations by code, centred VIF.

    missing: days with prices of other proxies but not of this one; suspect: sessions excluded for all tickers
    because of this one.
    """

    proxy: str
    mean: float
    volatility: float
    correlations: dict[str, float]
    vif: float
    missing: int
    suspect: tuple[date, ...]


@dataclass(frozen=True)
class Tracking:
    """How closely a proxy tracks another series, over the common returns that the gate keeps.

    beta: slope of the proxy on the other. tracking_error: standard deviation of the difference,
    annualised, a fraction. All three are NaN with fewer than 30 common returns, as is the tracking
    error of a level that cannot be held against the market.
    """

    observations: int
    correlation: float
    beta: float
    tracking_error: float


@dataclass(frozen=True)
class ProxyHealth:
    """The data quality of a factor's proxy over the last `days` trading days up to the as-of date.

    A trading day is one on which at least half of the proxies in use have a price. Counts are of those days,
    and a day can be in several: missing has no close, or only a filler bar; stale repeats the last close
    though the market moved; zero_volume had no trades (None: there are no volumes); suspect is excluded by
    the gate (None: a level, to which its limits do not apply). behind: days after the last price. market:
    None for the market itself. alternatives: the other proxies of the factor that were compared, by ticker.
    verdict: `healthy` or `thin`, explained in message; prefer: the better alternative, if any.
    """

    factor: str
    proxy: str
    fallback: bool
    days: int
    missing: int
    stale: int
    zero_volume: int | None
    suspect: int | None
    last_date: date
    behind: int
    market: Tracking | None
    alternatives: dict[str, Tracking]
    verdict: str
    message: str
    prefer: str | None


@dataclass(frozen=True)
class FactorPath:
    """What each factor returned from the start of a window to each session, a fraction; NaN where one is left out.

    Compounded returns of the factors as they enter the raw basis; of a `diff` factor, the change of its level. The
    return of a level such as a volatility index is one that nobody can hold.
    """

    dates: tuple[date, ...]
    cumulative: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class ModelStatistics:
    """The factors of a model over a window of a source; condition_number is of the unit-norm design."""

    source: str
    window: int
    start: date
    as_of: date
    sessions: int
    observations: int
    condition_number: float
    factors: dict[str, FactorStatistics]
    health: dict[str, ProxyHealth]
    warnings: tuple[ResultWarning, ...]
    path: FactorPath | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class ModelResult:
    """The model in use. Rates are annual; risk_free_source: the file of dated rates; market: None for the default.

    total_return: whether the prices of files contain dividends. episodes: those of the market that have a name.
    """

    id: str
    factors: tuple[FactorInfo, ...]
    risk_free: float
    risk_free_source: str | None
    trading_days: int
    max_daily_return: float
    large_move: float
    max_gap_to_market: float
    exclude_dates: tuple[date, ...]
    total_return: bool = False
    market: str | None = field(default=None, metadata={"omit_none": True})
    statistics: ModelStatistics | None = field(default=None, metadata={"omit_none": True})
    episodes: tuple[Episode, ...] = ()
