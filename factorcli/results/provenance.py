"""What is behind a result: the model, the prices and the cache."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class ModelInfo:
    """The model behind a result; lags is None unless the errors are Newey–West.

    risk_free is the annual rate, the window's mean where rates are dated. estimator is there where it is
    not ordinary least squares, half_life (sessions) where it has one.
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
    """A return that was left out, why, and its size where there was one."""

    date: date
    reason: str
    value: float = field(metadata={"json": "return"})


@dataclass(frozen=True)
class DataInfo:
    """The prices behind a result: sessions − missing − len(excluded) = observations.

    Dimson's estimator uses two sessions less: the first and the last have one neighbour only.
    """

    source: str
    last_date: date
    sessions: int
    missing: int
    excluded: tuple[ExcludedDay, ...]


@dataclass(frozen=True)
class CacheInfo:
    """Where a result comes from and when it was computed (UTC, ISO)."""

    hit: str | None
    computed_at: str
    stale: bool
