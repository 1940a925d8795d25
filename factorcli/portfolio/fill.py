"""Young holdings: the mean return of the other stocks of their sector before their first price."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factorcli.engine import Array
from factorcli.engine.fill import stand_in
from factorcli.model.frequency import first_day
from factorcli.ports import MarketWindow, StandIn

MIN_STOCKS = 3  # of a sector that have a return on a day, for a mean


@dataclass(frozen=True)
class SectorReturns:
    """The stocks of a sector whose prices are at hand (their columns in the source), and their window if there are."""

    sector: str
    columns: Sequence[str]
    window: MarketWindow | None

    @cached_property
    def _gross(self) -> Array:
        """Genuine returns (T, N) with R_f."""
        if self.window is None:
            return np.empty((0, 0))
        return np.asarray(self.window.genuine_returns + self.window.risk_free[:, None])

    def stand_in(self, window: MarketWindow, place: int, column: str) -> StandIn:
        """What stands in for the stock at a place of a window, which the source calls `column`."""
        others = self._on(window)[:, [name != column for name in self.columns]]
        returns = stand_in(window.gross_returns[:, place], others, MIN_STOCKS)
        days = np.isfinite(returns)
        if not days.any():
            text = (
                "The mean return of its sector cannot stand in for the time before its first price: fewer than "
                f"{MIN_STOCKS} other stocks of {self.sector} have prices at hand."
            )
            return StandIn(None, problem=text)
        count = int(np.isfinite(others[days]).any(axis=0).sum())
        return StandIn(returns, whose=f"{count} stocks of {self.sector}")

    def _on(self, window: MarketWindow) -> Array:
        """The sector's returns in the periods of another window, NaN in those that it lacks."""
        found = np.full((len(window.dates), len(self.columns)), np.nan)
        if self.window is not None:
            rows = {first_day(day, self.window.frequency): row for row, day in enumerate(self.window.dates)}
            pairs = [
                (place, rows[period])
                for place, day in enumerate(window.dates)
                if (period := first_day(day, window.frequency)) in rows
            ]
            places, own = (list(part) for part in zip(*pairs, strict=True)) if pairs else ([], [])
            found[places] = self._gross[own]
        return found


def without_sector(ticker: str) -> StandIn:
    """Of a stock that is of no sector."""
    text = f"The mean return of its sector cannot stand in, as the sector of {ticker} is not known."
    return StandIn(None, problem=text)
