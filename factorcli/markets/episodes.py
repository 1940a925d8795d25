"""Episodes of a market's history: the ones that the package ships, and any other, from one day to another."""

import csv
import re
from dataclasses import dataclass
from datetime import date

from factorcli.errors import InvalidDate, InvalidOption
from factorcli.markets.market import DEFAULT, Market
from factorcli.markets.universe import SHIPPED_EPISODES, shipped
from factorcli.results.episode import Episode

_DATES = re.compile(r"\s*(\d{4}-\d\d-\d\d)\s*:\s*(\d{4}-\d\d-\d\d)\s*", re.ASCII)


@dataclass(frozen=True)
class Episodes:
    """The episodes of a market, in order of time."""

    known: tuple[Episode, ...] = ()

    @classmethod
    def load(cls, market: Market = DEFAULT) -> "Episodes":
        """Those that the package ships for a market; none for most."""
        name = SHIPPED_EPISODES.get(market.id)
        if name is None:
            return cls()
        with shipped(name).open(encoding="utf-8", newline="") as file:
            rows = [
                Episode(row["name"], date.fromisoformat(row["from"]), date.fromisoformat(row["to"]), row["note"])
                for row in csv.DictReader(file)
            ]
        return cls(tuple(sorted(rows, key=lambda one: (one.start, one.end))))

    def find(self, text: str, today: date) -> Episode:
        """The episode of a name, in any case, or of days as in 2022-02-24:2022-03-07.

        Raises InvalidOption for a name that is not known, InvalidDate for days that cannot be.
        """
        asked = str(text).strip()
        for one in self.known:
            if one.name.casefold() == asked.casefold():
                return one
        if ":" not in asked:
            names = ", ".join(one.name for one in self.known) or "none of this market"
            raise InvalidOption(
                f"{asked[:40]!r} is not a known episode: there is {names}; or write its first and last day, as in "
                "2022-02-24:2022-03-07."
            )
        return _between(asked, today)


def _between(text: str, today: date) -> Episode:
    """The episode from one day to another, which has the text for a name."""
    found = _DATES.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        start, end = map(date.fromisoformat, found.groups())
    except ValueError:
        raise InvalidDate(f"{text[:60]!r} is not two days: write them as in 2022-02-24:2022-03-07.") from None
    if start > end:
        raise InvalidDate(f"The episode {start}:{end} ends before it begins: write the earlier day first.")
    if end > today:
        raise InvalidDate(f"The episode {start}:{end} ends in the future; today is {today}.")
    return Episode(f"{start}:{end}", start, end)
