"""What the commands on the universe, the model and the set-up answer with; as `results`, in another file
so that a single beta need not load them.
"""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.beta import Failure, ModelInfo

DISCOVERY_RATE = 0.05  # a beta of a heatmap whose q-value is no larger survives


@dataclass(frozen=True)
class UniverseImport:
    """What `universe import` wrote, and what it left out and why."""

    path: str
    stocks: int
    dropped: dict[str, str]


@dataclass(frozen=True)
class FactorInfo:
    """A factor of the model."""

    code: str
    name: str
    proxies: tuple[str, ...]
    transform: str
    excess: bool
    traded: bool


@dataclass(frozen=True)
class FactorStatistics:
    """A factor over a window: mean and volatility annualised, correlations by code, centred VIF.

    missing: days with prices of others but not of this proxy; suspect: sessions it spoils for everybody.
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
    """How closely a proxy follows another series, over the returns that both have and the gate keeps.

    beta: slope of the proxy on the other. tracking_error: standard deviation of the difference,
    annualised, a fraction. All three are NaN with fewer than 30 common returns, and the tracking error
    of a level that nobody can hold against the market.
    """

    observations: int
    correlation: float
    beta: float
    tracking_error: float


@dataclass(frozen=True)
class ProxyHealth:
    """Whether a factor's proxy can be trusted, over the last `days` trading days up to as of.

    A trading day is one with a price of at least half of the proxies in use. Counts are of those days,
    and a day can be in several: missing has no close, or only a filler bar; stale repeats the last close
    though the market moved; zero_volume says that nothing was traded (None: there are no volumes);
    suspect is what the gate leaves out (None: a level, to which its limits do not apply). behind: days
    after the last price. market: None for the market itself. alternatives: the other proxies of the
    factor that were looked at, by ticker. verdict: `healthy` or `thin`, in words in message; prefer: the
    alternative that does better.
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
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class ModelResult:
    """The model in use. Rates are annual; risk_free_source names the file of dated rates."""

    id: str
    factors: tuple[FactorInfo, ...]
    risk_free: float
    risk_free_source: str | None
    trading_days: int
    max_daily_return: float
    large_move: float
    max_gap_to_market: float
    exclude_dates: tuple[date, ...]
    statistics: ModelStatistics | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class HeatmapStock:
    """One row of a heatmap: what a beta result of the same window says, in short. α is annual.

    q_values are p-values adjusted for as many tests as the universe has stocks (Benjamini–Hochberg), a
    factor at a time; t_stats and q_values are those of the fit, whatever is drawn towards the universe.
    """

    ticker: str
    name: str | None
    sector: str | None
    betas: dict[str, float]
    t_stats: dict[str, float]
    q_values: dict[str, float]
    market_beta: float
    alpha_annual: float
    r_squared: float
    observations: int


@dataclass(frozen=True)
class HeatRow:
    """What is kept of a stock and window: its numbers, or the code and sentence of its failure.

    session: the last that had closed when this was computed; final: the source can have none after it.
    """

    ticker: str
    sector: str | None
    code: str | None
    message: str | None
    betas: dict[str, float]
    t_stats: dict[str, float]
    p_values: dict[str, float]
    market_beta: float
    market_std_error: float
    alpha_annual: float
    r_squared: float
    observations: int
    model: ModelInfo
    as_of: date
    computed_at: str
    session: date
    final: bool


@dataclass(frozen=True)
class HeatRun:
    """How far the last run is: rows done of the rows to do."""

    started_at: str
    updated_at: str
    done: int
    total: int


@dataclass(frozen=True)
class SectorAggregate:
    """Means and medians over the stocks of a sector, unweighted."""

    sector: str | None
    count: int
    betas: dict[str, float]
    median_betas: dict[str, float]
    r_squared: float


@dataclass(frozen=True)
class MissingStock:
    """A stock of the universe that a heatmap lacks: `pending`, or the code of its failure."""

    ticker: str
    code: str


@dataclass(frozen=True)
class Heatmap:
    """Every stock of the universe over one window; len(stocks) + len(missing) = total.

    stale: a session has closed since, and the heatmap is of the one before.
    """

    window: int
    as_of: date
    computed_at: str
    stale: bool
    total: int
    model: ModelInfo
    source: str
    stocks: tuple[HeatmapStock, ...]
    sectors: tuple[SectorAggregate, ...]
    missing: tuple[MissingStock, ...]


@dataclass(frozen=True)
class HeatmapStatus:
    """How far a heatmap is: state is empty, running, partial or complete."""

    window: int
    state: str
    total: int
    computed: int
    failed: int
    pending: int
    percent: float
    as_of: date | None
    started_at: str | None
    updated_at: str | None
    eta_seconds: float | None
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Check:
    """One line of `doctor`: what was looked at, whether it is well, and what to do if not."""

    check: str
    ok: bool
    message: str
    advice: str | None
