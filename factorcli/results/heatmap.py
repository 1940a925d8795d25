"""Results of the heatmap commands, and its shared rows."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.batch import Failure
from factorcli.results.provenance import ModelInfo

DISCOVERY_RATE = 0.05  # the largest q-value of a beta that is marked as significant


@dataclass(frozen=True)
class HeatmapStock:
    """One row of a heatmap: a summary of the beta result of the same window. α is annual.

    down_beta is the market beta of days on which the market falls, by least squares also where betas are shrunk.

    q_values are p-values adjusted for as many tests as the universe has stocks (Benjamini–Hochberg), a
    factor at a time; t_stats and q_values are NaN where betas are shrunk.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> _ = factor.compute_heatmap(["TCS"], windows=[252])
        >>> stock = factor.heatmap().stocks[0]
        >>> stock.betas["MKT"] == factor.beta("TCS").betas["MKT"].beta
        True
    """

    ticker: str
    name: str | None
    sector: str | None
    betas: dict[str, float]
    t_stats: dict[str, float]
    q_values: dict[str, float]
    market_beta: float
    down_beta: float
    alpha_annual: float
    r_squared: float
    observations: int


@dataclass(frozen=True)
class HeatRow:
    """The shared row of a stock and window: its numbers, or the code and message of its failure.

    session: last closed session when computed; final: the source cannot add a later one.
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
    down_beta: float
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
    """Progress of the last run: rows done, of rows in total."""

    started_at: str
    updated_at: str
    done: int
    total: int


@dataclass(frozen=True)
class HeatIndex:
    """What is kept of a window: the numbers of its blocks, oldest first, and the last run.

    as_of: the day of the merged rows, None while they are not merged or where none has a result; members_of: the day of
    the list of stocks that the universe was.
    """

    blocks: tuple[int, ...] = ()
    run: HeatRun | None = None
    as_of: date | None = None
    members_of: date | None = None


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

    stale: a session has closed since it was computed; members_of: the day of the list of stocks that the universe is,
    None where it has no day; frequency: of the returns, None where daily.
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
    members_of: date | None = None
    frequency: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class HeatmapStatus:
    """Status of a heatmap: state is empty, running, partial or complete.

    computed + failed + pending = total; percent: of the stocks that are computed or failed, 0 to 100; started_at,
    updated_at: of the last run; eta_seconds: that a run has left, None where none runs or it has just begun.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> status = factor.heatmap_status(windows=[252])[0]
        >>> status.state, status.pending
        ('empty', 500)
    """

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
