"""The provenance of a result: model, prices and cache."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factorcli.results import corrections


@dataclass(frozen=True)
class ModelInfo:
    """The model of a result; lags is None unless the errors are Newey–West.

    risk_free is the annual rate, the window's mean where rates are dated. estimator is None for ordinary
    least squares, half_life (sessions) for estimators without one.
    """

    id: str
    basis: str
    covariance: str
    lags: int | None
    risk_free: float
    proxies: dict[str, str]
    estimator: str | None = field(default=None, metadata={"omit_none": True})
    half_life: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class ExcludedDay:
    """An excluded return: its date, the reason, and its size, NaN if unknown.

    reason: `exclude_dates` and `suspect_proxy` of all tickers, `suspect_jump`, `bad_print`, `filler_bar` and
    `corporate_action` of one.
    """

    date: date
    reason: str
    value: float = field(metadata={"json": "return"})


@dataclass(frozen=True)
class DataInfo:
    """The prices of a result: sessions − missing − len(excluded) = observations.

    corrected: returns that were corrected for a corporate action, and kept. Dimson's estimator uses one session less,
    as the last lacks the next day; and the first one less where the prices begin with the window.
    """

    source: str
    last_date: date
    sessions: int
    missing: int
    excluded: tuple[ExcludedDay, ...]
    corrected: tuple["corrections.CorrectedDay", ...] = ()


@dataclass(frozen=True)
class CacheInfo:
    """The cache tier of a result and the time of its computation.

    hit: `disk`, `supabase`, or None where it was computed now; stale: it is the last good one, as the source is down.
    """

    hit: str | None
    computed_at: str
    stale: bool
