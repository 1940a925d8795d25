"""The members of a universe on past days, from dated lists of its stocks.

A stock of a list is the present universe's with the same ISIN, else the one that its ticker has become by renames; so a
renamed stock is one stock, by its present ticker.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from factorcli.errors import InvalidDate
from factorcli.markets.market import Market
from factorcli.markets.sectors import NO_SECTOR
from factorcli.markets.universe import Universe, shipped
from factorcli.results.universe import StockInfo as Stock

Certainty = Literal["exact", "between", "after", "before"]


@dataclass(frozen=True)
class Members:
    """The stocks of a universe on a day: those of the last list on or before it, else of the first list.

    list_day: the day of that list; next_day: of the list after it, None for the last one. certain: the tickers that are
    in a list of this very day, or in both lists around it.
    """

    day: date
    list_day: date
    next_day: date | None
    stocks: tuple[Stock, ...]
    certain: frozenset[str]

    @property
    def certainty(self) -> Certainty:
        """Whether the day is that of a list, between two, after the last or before the first."""
        if self.day == self.list_day:
            return "exact"
        if self.day < self.list_day:
            return "before"
        return "between" if self.next_day else "after"

    @property
    def sentence(self) -> str:
        """Which list the members are of, and what is not known."""
        known = f"members on {self.day} are those of the list of {self.list_day}"
        return {
            "exact": f"members on {self.day} are those of the list of that day.",
            "between": f"{known}; the next known list, of {self.next_day}, lacks {self._leaving} of them.",
            "after": f"{known}, the last known one.",
            "before": f"{known}, the first known one: what they were before is not known.",
        }[self.certainty]

    @property
    def _leaving(self) -> int:
        return len(self.stocks) - len(self.certain)


@dataclass(frozen=True)
class MemberLists:
    """The dated lists of a universe, read when they are asked for.

    folder: the user's own lists, one file a day, which count before the package's of that day. files: the package's
    periods of membership and days of lists, None for a universe of one's own.
    """

    universe: Universe
    market: Market
    folder: Path
    files: tuple[str, str] | None = None

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The days of all lists, ascending. Raises MalformedUniverse."""
        return tuple(sorted({*self._shipped_days, *self._own}))

    @property
    def universe_day(self) -> date | None:
        """The day of the list that the present universe is; None for a universe of one's own."""
        return max(self._shipped_days, default=None)

    @cached_property
    def tickers(self) -> frozenset[str]:
        """The present tickers of all stocks that are in some list. Raises MalformedUniverse."""
        own = (stock for path in self._own.values() for stock in self._read(path))
        return frozenset(stock.ticker for stock in self._present((*(stock for stock, _, _ in self._periods), *own)))

    def on(self, day: date) -> Members | None:
        """The members on a day; None where there is no list at all. Raises MalformedUniverse."""
        if not self.days:
            return None
        later = bisect_right(self.days, day)
        list_day = self.days[max(later - 1, 0)]
        next_day = self.days[later] if 0 < later < len(self.days) else None
        stocks = self.listed(list_day)
        tickers = frozenset(stock.ticker for stock in stocks)
        if day != list_day:
            after = self.listed(next_day) if next_day else ()
            tickers &= {stock.ticker for stock in after}
        return Members(day, list_day, next_day, stocks, tickers)

    def listed(self, day: date) -> tuple[Stock, ...]:
        """The stocks of the list of a day, in the order of their present tickers. Raises MalformedUniverse."""
        if day not in self._listed:
            path = self._own.get(day)
            shipped_list = (stock for stock, first, last in self._periods if first <= day <= last)
            self._listed[day] = self._present(shipped_list if path is None else self._read(path))
        return self._listed[day]

    def _read(self, path: Path) -> tuple[Stock, ...]:
        return Universe.load(path, self.market).stocks

    def _present(self, stocks: Iterable[Stock]) -> tuple[Stock, ...]:
        """Stocks as the present universe has them, else under their present tickers."""
        universe, found = self.universe, {}
        for stock in stocks:
            ticker = universe.by_isin.get(stock.isin) or universe.current(stock.ticker)
            found[ticker] = universe.by_ticker.get(ticker) or replace(stock, ticker=ticker)
        return tuple(found[ticker] for ticker in sorted(found))

    @cached_property
    def _listed(self) -> dict[date, tuple[Stock, ...]]:
        """The answers of `listed`."""
        return {}

    @cached_property
    def _own(self) -> dict[date, Path]:
        """The user's lists by their days; a file that is not named by a day is none."""
        found = {}
        for path in self.folder.glob("*.csv"):
            try:
                found[date.fromisoformat(path.stem)] = path
            except ValueError:
                continue
        return found

    @cached_property
    def _shipped_days(self) -> tuple[date, ...]:
        return tuple(date.fromisoformat(row["seen_on"]) for row in _rows(self.files[1])) if self.files else ()

    @cached_property
    def _periods(self) -> list[tuple[Stock, date, date]]:
        """The package's periods of membership: the stock, and the first and last list of the period."""
        return [
            (
                Stock(row["ticker"], row["name"], row["sector"] or NO_SECTOR, row["isin"]),
                date.fromisoformat(row["from"]),
                date.fromisoformat(row["to"]),
            )
            for row in (_rows(self.files[0]) if self.files else ())
        ]


def refuse_early(day: date) -> None:
    """Raise InvalidDate for the day of a list before all prices."""
    from factorcli.tables.dates import MIN_YEAR

    if day.year < MIN_YEAR:
        raise InvalidDate(f"as_of {day} is before {MIN_YEAR}: give the day on which the list was valid.")


def _rows(name: str) -> list[dict[str, str]]:
    with shipped(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
