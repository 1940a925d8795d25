"""Answers as rows of the tables, and back.

The payload is that of the local cache; the other columns repeat part of it for SQL. A row is valid only if
they agree. The time of computation is that of the column.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from factorcli.ports import SharedRow
from factorcli.results.codec import VERSION

HISTORY = "history"  # the kind of a table that projects of an earlier schema lack
HEAT_COLUMNS = ("sector", "betas", "t_stats", "r_squared", "code", "message", "as_of")


@dataclass(frozen=True)
class Table:
    """A table: its name, its window column, and the paths of its columns and its time within a result."""

    name: str
    window: str
    columns: tuple[str, ...]
    place: tuple[str, ...]
    time: tuple[str, ...]
    expires: bool
    by_day: bool = False  # whether the day is part of the primary key

    @property
    def primary_key(self) -> str:
        """The columns of the primary key."""
        return f"ticker,{self.window},model{',as_of' if self.by_day else ''}"

    @property
    def all_columns(self) -> tuple[str, ...]:
        """All columns of a row."""
        own = ("ticker", self.window, "model", "version", "payload", *self.columns, "computed_at")
        return (*own, "expires_at") if self.expires else own

    def row(self, key: SharedRow, payload: bytes, expires_at: datetime | None) -> dict[str, Any]:
        """The row of an answer."""
        body = json.loads(payload)
        row = {
            "ticker": key.ticker,
            self.window: key.window,
            "model": key.model,
            "version": body["version"],
            "payload": body,
            "computed_at": _nested(body["result"], self.time)["computed_at"],
            **self._duplicated_columns(body),
        }
        return {**row, "expires_at": _stamp(expires_at)} if self.expires and expires_at else row

    def payload(self, row: Mapping[str, Any]) -> bytes | None:
        """The payload of a row with the time of its column, or None where the row is invalid."""
        try:
            body = row["payload"]
            if row["version"] != VERSION or any(
                row[name] != value for name, value in self._duplicated_columns(body).items()
            ):
                return None
            _nested(body["result"], self.time)["computed_at"] = _stamp(datetime.fromisoformat(row["computed_at"]))
            return json.dumps(body, ensure_ascii=False, allow_nan=False).encode(errors="surrogatepass")
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return None

    def _duplicated_columns(self, body: Mapping[str, Any]) -> dict[str, Any]:
        result = _nested(body["result"], self.place)
        return {name: result[name] for name in self.columns}


TABLES = {
    "beta": Table("factor_betas_cache", "window_size", ("as_of",), ("beta",), ("beta", "cache"), expires=True),
    "heat": Table("heatmap_cache", "window", HEAT_COLUMNS, (), (), expires=False),
    HISTORY: Table("heatmap_history", "window", HEAT_COLUMNS, (), (), expires=False, by_day=True),
}


def _nested(result: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        result = result[name]
    return result


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
