"""Results of what a holding did, or would have done, in an episode. Returns are fractions (-0.38 is −38 %)."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Episode:
    """An episode: its first and its last day, of which the closes before the first begin its returns.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> [episode.start.year for episode in factor.known_episodes() if episode.name == "covid-2020"]
        [2020]
    """

    name: str
    start: date = field(metadata={"json": "from"})
    end: date = field(metadata={"json": "to"})
    note: str = ""


@dataclass(frozen=True)
class WorstDay:
    """The session of the lowest return, and that return."""

    date: date
    change: float = field(metadata={"json": "return"})


@dataclass(frozen=True, kw_only=True)
class EpisodeResult:
    """What a ticker or portfolio of today did in an episode (`own`), and what its betas say (`model`).

    own: bought at today's weights at the last close before `start`, held to the last by `end`; a stock that was not
    listed then (`missing`, of the weight `replaced_weight`) has the model's return. model: without α. max_drawdown: the
    largest fall from an earlier close, at most 0. factor_returns: compounded, changes of levels summed, NaN where a
    factor has no prices; the market's is with R_f. value_change: own × value, in currency, where a value is known.
    factor_model: the model of the betas, as `model` in other results.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    episode: str
    start: date = field(metadata={"json": "from"})
    end: date = field(metadata={"json": "to"})
    own: float
    model: float
    replaced_weight: float
    max_drawdown: float
    worst_day: WorstDay
    factor_returns: dict[str, float]
    missing: tuple[str, ...]
    value_change: float | None = field(default=None, metadata={"omit_none": True})
    currency: str | None = field(default=None, metadata={"omit_none": True})
    factor_model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})
