"""Corporate actions that sources do not adjust prices for: the shipped ones, and those of the user's own file."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from factorcli.errors import InvalidSetting
from factorcli.markets.market import DEFAULT, Market
from factorcli.markets.tickers import symbol_of
from factorcli.markets.universe import SHIPPED_ACTIONS, shipped

FIELDS = ("ticker", "date", "kind", "factor")


class CorporateAction(NamedTuple):
    """A demerger, split, bonus or rights issue on a session.

    factor: by which earlier closes should be multiplied, None where it is not known; 1 changes no price. source: where
    the action and its factor are published.
    """

    ticker: str
    date: date
    kind: str
    factor: float | None
    source: str = ""


@dataclass(frozen=True)
class CorporateActions:
    """Actions by stock, whatever its column is called: in any case, with a suffix of the market or without one.

    renames: old ticker → new ticker; an action holds for a stock's columns under all of its names. own: the user's own
    file, if any.
    """

    rows: tuple[CorporateAction, ...] = ()
    market: Market = DEFAULT
    renames: Mapping[str, str] = field(default_factory=dict)
    own: Path | None = None

    @classmethod
    def load(
        cls, path: Path | None = None, market: Market = DEFAULT, renames: Mapping[str, str] | None = None
    ) -> "CorporateActions":
        """The actions that the package ships for a market, and those of `path`, which replace them day by day.

        Raises InvalidSetting for a file that is missing or not one of actions.
        """
        name = SHIPPED_ACTIONS.get(market.id)
        rows = [*(read(shipped(name)) if name else ()), *(read(path) if path else ())]
        every = cls((), market, renames or {}, path)
        latest = {(every.symbol(row.ticker), row.date): row for row in rows}
        return cls(tuple(row for _, row in sorted(latest.items())), market, every.renames, path)

    def of(self, column: str) -> tuple[CorporateAction, ...]:
        """The actions of a stock, in order of date; none for a column that has none."""
        if not self.rows:
            return ()
        if column not in self._by_column:
            self._by_column[column] = self._by_symbol.get(self.symbol(column), ())
        return self._by_column[column]

    def symbol(self, column: str) -> str:
        """The present symbol of a stock, without the market's suffix."""
        bare = symbol_of(column.strip().upper(), self.market).stem
        for suffix in (*self.market.suffixes, ""):
            name, seen = bare + suffix, {bare + suffix}
            while (new := self.renames.get(name)) is not None and new not in seen:
                name = new
                seen.add(name)
            if len(seen) > 1:
                return symbol_of(name, self.market).stem
        return bare

    @cached_property
    def _by_column(self) -> dict[str, tuple[CorporateAction, ...]]:
        """The answers of `of`, which is asked for every window."""
        return {}

    @cached_property
    def _by_symbol(self) -> dict[str, tuple[CorporateAction, ...]]:
        found: dict[str, tuple[CorporateAction, ...]] = {}
        for row in self.rows:
            symbol = self.symbol(row.ticker)
            found[symbol] = (*found.get(symbol, ()), row)
        return found


NO_ACTIONS = CorporateActions()


def read(path: Path) -> tuple[CorporateAction, ...]:
    """The actions of a CSV file with the columns ticker, date, kind and factor; others are ignored, but `source`.

    Raises InvalidSetting, naming file, row and value.
    """
    rows = _rows(path)
    _, heading = next(rows, (1, []))
    names = [name.lower() for name in heading]
    if missing := [name for name in FIELDS if name not in names]:
        raise InvalidSetting(
            f"{path} is not a list of corporate actions: it lacks the column {missing[0]}. It needs the columns "
            f"{', '.join(FIELDS)}, separated by commas."
        )
    seen: dict[tuple[str, date], int] = {}
    actions = []
    for line, cells in rows:
        action = _action(dict(zip(names, cells, strict=False)), f"{path}, row {line}")
        if (first := seen.setdefault((action.ticker, action.date), line)) != line:
            raise InvalidSetting(
                f"{path}, row {line}: {action.ticker} has an action on {action.date} in row {first} already; write one "
                "row, with the product of their factors."
            )
        actions.append(action)
    return tuple(actions)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InvalidSetting(f"FACTOR_ACTIONS is {path}, which is not there; check the path.") from None
    except UnicodeDecodeError:
        raise InvalidSetting(f"{path} is not UTF-8 text: give a CSV file of corporate actions.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InvalidSetting(f"{path} cannot be read: {why}; give a CSV file of corporate actions.") from None


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of the rows that are not blank, with their line numbers."""
    table = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        for row in table:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield table.line_num, cells
    except csv.Error as error:
        raise InvalidSetting(f"{path}, row {table.line_num}: not CSV ({error}); check its quotes.") from None


def _action(row: Mapping[str, str], where: str) -> CorporateAction:
    ticker, kind, text = row.get("ticker", "").upper(), row.get("kind", "").lower(), row.get("factor", "")
    if not ticker:
        raise InvalidSetting(f"{where}: no ticker; write one such as RELIANCE.NS.")
    if not kind:
        raise InvalidSetting(f"{where}: {ticker} has no kind; write demerger, split, bonus or rights.")
    try:
        day = date.fromisoformat(row.get("date", ""))
    except ValueError:
        raise InvalidSetting(
            f"{where}: {row.get('date', '')!r} is not a date; write the ex-date as in 2023-07-20."
        ) from None
    return CorporateAction(ticker, day, kind, _factor(text, where), row.get("source", ""))


def _factor(text: str, where: str) -> float | None:
    """A number above 0, or None for an empty cell."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InvalidSetting(
            f"{where}: {text!r} is not a factor; write the number above 0 by which earlier prices should be "
            "multiplied, such as 0.5 for a split of one share into two, or nothing where it is not known."
        )
    return value
