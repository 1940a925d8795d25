"""The demo market in Yahoo's terms: bars around its closes, and splits and dividends planted in it."""

from dataclasses import dataclass
from datetime import date, datetime
from zlib import crc32

import numpy as np

from factorcli.engine import Array
from factorcli.markets.universe import Universe
from factorcli.prices.demo import DemoSource
from tests.yahoo.chart import Chart, stamp


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still."""

    time: datetime

    def now(self) -> datetime:
        """The time it was set to."""
        return self.time


@dataclass(frozen=True)
class Action:
    """A split (each share becomes `ratio`) or a dividend (`amount` a share, in the money of its day)."""

    day: date
    ratio: float = 1.0
    amount: float = 0.0


class DemoMarket:
    """Charts of the demo market as they look at one moment.

    A planted action keeps the returns: adjusted closes stay the demo's closes times one number for the
    whole history, so that a return computed from them is the demo's, and every level that was
    served before the action's day is wrong after it.
    """

    def __init__(self, universe: Universe, now: datetime) -> None:
        self.now = now
        self._universe = universe
        self._demo = DemoSource(universe, FixedClock(now))
        self.days: list[date] = self._demo.prices([]).dates.tolist()
        self.stamps = [stamp(day) for day in self.days]

    def chart(self, symbol: str, actions: list[Action]) -> Chart | None:
        """The whole history of a symbol, None when there is no such symbol."""
        closes = self._demo.prices([symbol]).closes
        if closes.shape[1] == 0:
            return None
        close, adjusted, dividends, splits = self._adjusted(closes[:, 0], actions)
        stock = self._universe.by_ticker.get(symbol)
        columns = {name: column.tolist() for name, column in _bars(symbol, close).items()}
        columns["adjclose"] = adjusted.tolist()
        return Chart(symbol, stock.name if stock else symbol, self.now, self.stamps, columns, dividends, splits)

    def _adjusted(self, total: Array, actions: list[Action]) -> tuple[Array, Array, dict[int, float], dict[int, float]]:
        """Closes net of splits (T,), closes net of splits and dividends (T,), and both events by time stamp.

        total (T,): what one share and all that it paid is worth.
        """
        dividends: dict[int, float] = {}
        splits: dict[int, float] = {}
        close, adjusted = total, total
        for action in sorted(actions, key=lambda a: a.day):
            if not self.days[0] < action.day <= self.days[-1]:
                continue
            at = int(np.searchsorted(np.array(self.days, dtype="datetime64[D]"), np.datetime64(action.day)))
            if action.amount:
                kept = 1.0 - action.amount / float(close[at - 1])
                close = np.concatenate([close[:at], close[at:] * kept])
                adjusted = adjusted * kept
                dividends[self.stamps[at]] = action.amount
            else:
                close, adjusted = close / action.ratio, adjusted / action.ratio
                dividends = {day: amount / action.ratio for day, amount in dividends.items()}
                splits[self.stamps[at]] = action.ratio
        return close, adjusted, dividends, splits


def _bars(symbol: str, close: Array) -> dict[str, Array]:
    """Open, high, low and volume around these closes, the same whatever day comes after."""
    draw = np.random.Generator(np.random.PCG64(crc32(f"bars {symbol}".encode()))).standard_normal((len(close), 4))
    opens = np.round(np.concatenate([close[:1], close[:-1]]) * (1 + 0.003 * draw[:, 0]), 2)
    high = np.ceil(np.maximum(opens, close) * (1 + 0.004 * np.abs(draw[:, 1])) * 100) / 100
    low = np.floor(np.minimum(opens, close) * (1 - 0.004 * np.abs(draw[:, 2])) * 100) / 100
    # Nobody trades the volatility index itself: Yahoo's volume of it is 0 on every day.
    volume = np.exp(13 + 0.5 * draw[:, 3]).astype(np.int64) * (symbol != "^INDIAVIX")
    return {"open": opens, "high": high, "low": low, "close": close, "volume": volume}
