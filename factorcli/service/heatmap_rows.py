"""Cached rows of a heatmap."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Specification
from factorcli.ports import AnswerCache, Key
from factorcli.results.codec import decode
from factorcli.results.heatmap import HeatRow
from factorcli.service.cache_keys import CachePolicy


def cached_rows(
    answers: AnswerCache, policy: CachePolicy, model: FactorModel, tickers: Sequence[str], spec: Specification
) -> dict[str, HeatRow]:
    """Cached rows of these tickers, without those dated after the last closed day."""
    keys = policy.heat_keys(tickers, spec)
    asked = (model.id, spec.basis, spec.covariance)

    def read(key: Key, payload: bytes) -> HeatRow | None:
        row = decode(HeatRow, payload)
        if row is None or row.ticker != keys[key] or row.as_of > policy.today:
            return None
        if not tuple(row.betas) == tuple(row.t_stats) == tuple(row.p_values) == model.codes:
            return None
        return row if (row.model.id, row.model.basis, row.model.covariance) == asked else None

    found = answers.find(list(keys), read, since=policy.since)
    return {keys[key]: row for key, (row, _) in found.items()}


def most_common_day(rows: Mapping[str, HeatRow]) -> dict[str, HeatRow]:
    """Rows of the most frequent as-of date, the later one in a tie, so that a heatmap has a single date."""
    days = Counter(row.as_of for row in rows.values())
    day = max(days, key=lambda day: (days[day], day), default=None)
    return {ticker: row for ticker, row in rows.items() if row.as_of == day}


def is_current(row: HeatRow, session: date) -> bool:
    """Whether a row is a result, and its prices cannot have gained a session since."""
    return row.code is None and (row.final or row.session == session)
