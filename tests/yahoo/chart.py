"""A chart as Yahoo sends it: columns beside time stamps, the part that was asked for, and its JSON."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from factorcli.markets.market import INDIA

Column = list[Any]
# 09:15 and 15:30 in Mumbai; the evening session of Muhurat is stamped 18:15.
OPENING, CLOSING, MUHURAT = time(3, 45, tzinfo=UTC), time(10, 0, tzinfo=UTC), time(12, 45, tzinfo=UTC)
RANGES = ("1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max")
DAYS_BACK = {"1mo": 31, "3mo": 92, "6mo": 183, "1y": 366, "2y": 731, "5y": 1827, "10y": 3653}
QUOTE = ("open", "high", "low", "close", "volume")
ETF_ENDINGS = ("BEES.NS", "ETF.NS", "MOMENTUM.NS")


def stamp(day: date, at: time = OPENING) -> int:
    """Unix time of this moment of a day."""
    return int(datetime.combine(day, at).timestamp())


def day_of(seconds: int) -> date:
    """The day in Mumbai that a time stamp belongs to."""
    return datetime.fromtimestamp(seconds, INDIA.zone).date()


@dataclass(frozen=True)
class Chart:
    """The history of one symbol.

    stamps (T,) unix seconds; columns: open, high, low, close, volume, adjclose, each (T,) with None for
    null; dividends and splits by time stamp; now is the time of the answer.
    """

    symbol: str
    name: str
    now: datetime
    stamps: list[int]
    columns: dict[str, Column]
    dividends: dict[int, float] = field(default_factory=dict)
    splits: dict[int, float] = field(default_factory=dict)
    currency: str = "INR"
    time_zone: str = "Asia/Kolkata"

    def quoted(self, symbol: str, currency: str, time_zone: str, opening: time) -> "Chart":
        """The same closes as those of another symbol, in another currency; the exchange opens at this time of UTC."""
        stamps = [stamp(day_of(seconds), opening) for seconds in self.stamps]
        return replace(self, symbol=symbol, name=symbol, stamps=stamps, currency=currency, time_zone=time_zone)

    def position(self, day: date) -> int:
        """Where the first bar at or after the beginning of this day is."""
        return bisect_left(self.stamps, stamp(day, time(0, tzinfo=INDIA.zone)))

    def has(self, day: date) -> bool:
        """Whether there is a bar on this day."""
        at = self.position(day)
        return at < len(self.stamps) and day_of(self.stamps[at]) == day

    def part(self, rows: slice) -> "Chart":
        """The same chart with these bars only."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return replace(self, stamps=self.stamps[rows], columns=columns)

    def with_bar(self, at: int, seconds: int, bar: dict[str, Any]) -> "Chart":
        """The same chart with a bar more, before the one at position `at`."""
        columns = {name: [*column[:at], bar[name], *column[at:]] for name, column in self.columns.items()}
        return replace(self, stamps=[*self.stamps[:at], seconds, *self.stamps[at:]], columns=columns)

    def without(self, at: int) -> "Chart":
        """The same chart without the bar at this position."""
        columns = {name: [*column[:at], *column[at + 1 :]] for name, column in self.columns.items()}
        return replace(self, stamps=[*self.stamps[:at], *self.stamps[at + 1 :]], columns=columns)

    def emptied(self, positions: Sequence[int], *, volume: bool) -> "Chart":
        """The same bars with null prices at these positions, and a null volume as well where asked."""
        columns = {name: list(column) for name, column in self.columns.items()}
        for name in set(columns) - (set() if volume else {"volume"}):
            for at in positions:
                columns[name][at] = None
        return replace(self, columns=columns)

    def scaled(self, rows: slice, factor: float) -> "Chart":
        """The same bars with the prices of these rows times a factor."""
        columns = {}
        for name, column in self.columns.items():
            columns[name] = list(column)
            if name != "volume":
                columns[name][rows] = [None if p is None else p * factor for p in column[rows]]
        return replace(self, columns=columns)


def window(stamps: Sequence[int], query: dict[str, str], now: datetime) -> slice:
    """The bars that a query asks for: period1 ≤ stamp < period2, or a range that ends now."""
    if "period1" in query or "period2" in query:
        first = float(query.get("period1", "-inf"))
        return slice(bisect_left(stamps, first), bisect_left(stamps, float(query.get("period2", "inf"))))
    asked = query.get("range", "1d")
    if asked == "max":
        return slice(0, len(stamps))
    if asked == "ytd":
        first_day = date(now.astimezone(INDIA.zone).year, 1, 1)
    elif asked in DAYS_BACK:
        first_day = now.astimezone(INDIA.zone).date() - timedelta(days=DAYS_BACK[asked])
    else:
        return slice(max(0, len(stamps) - int(asked.removesuffix("d"))), len(stamps))
    return slice(bisect_left(stamps, stamp(first_day)), len(stamps))


def document(chart: Chart, rows: slice, query: dict[str, str]) -> bytes:
    """These bars as the JSON body of a 200."""
    part = chart.part(rows)
    result: dict[str, Any] = {"meta": _meta(chart, rows, query)}
    if part.stamps:
        result["timestamp"] = part.stamps
        events = _events(chart, part.stamps, query.get("events", ""))
        if events:
            result["events"] = events
        result["indicators"] = {"quote": [{name: part.columns[name] for name in QUOTE}]}
        if "adjclose" in part.columns:
            result["indicators"]["adjclose"] = [{"adjclose": part.columns["adjclose"]}]
    else:
        result["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return json.dumps({"chart": {"result": [result], "error": None}}, separators=(",", ":")).encode()


def closes_only(chart: Chart, rows: slice) -> dict[str, Any]:
    """What the multi-symbol `spark` call says of one symbol: time stamps and closes, never adjusted ones."""
    part, before = chart.part(rows), chart.columns["close"][max(0, rows.start - 1)]
    return {
        "symbol": chart.symbol,
        "timestamp": part.stamps,
        "close": part.columns["close"] or None,
        "chartPreviousClose": before,
        "previousClose": None,
        "dataGranularity": 300,
        "start": None,
        "end": None,
    }


def failure(code: str, description: str, root: str = "chart") -> bytes:
    """The JSON body of an error."""
    return json.dumps({root: {"result": None, "error": {"code": code, "description": description}}}).encode()


def _events(chart: Chart, stamps: list[int], asked: str) -> dict[str, Any]:
    events: dict[str, Any] = {}
    inside = range(stamps[0], stamps[-1] + 1)
    dividends = {s: amount for s, amount in chart.dividends.items() if s in inside and "div" in asked}
    splits = {s: ratio for s, ratio in chart.splits.items() if s in inside and "split" in asked}
    if dividends:
        events["dividends"] = {str(s): {"amount": amount, "date": s} for s, amount in dividends.items()}
    if splits:
        events["splits"] = {
            str(s): {"date": s, "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio:g}:1"}
            for s, ratio in splits.items()
        }
    return events


def _meta(chart: Chart, rows: slice, query: dict[str, str]) -> dict[str, Any]:
    closes = [close for close in chart.columns["close"][-5:] if close is not None]
    session = day_of(chart.stamps[-1]) if chart.stamps else chart.now.astimezone(INDIA.zone).date()
    opening, closing = stamp(session), stamp(session, CLOSING)
    period = {
        name: {"timezone": "IST", "start": start, "end": end, "gmtoffset": 19800}
        for name, start, end in (("pre", opening, opening), ("regular", opening, closing), ("post", closing, closing))
    }
    return {
        "currency": chart.currency,
        "symbol": chart.symbol,
        "exchangeName": "NSI",
        "fullExchangeName": "NSE",
        "instrumentType": _instrument(chart.symbol),
        "firstTradeDate": chart.stamps[0] if chart.stamps else None,
        "regularMarketTime": min(int(chart.now.timestamp()), closing),
        "hasPrePostMarketData": False,
        "gmtoffset": 19800,
        "timezone": "IST",
        "exchangeTimezoneName": chart.time_zone,
        "regularMarketPrice": closes[-1] if closes else None,
        "longName": chart.name,
        "shortName": chart.name.upper(),
        "chartPreviousClose": chart.columns["close"][max(0, rows.start - 1)] if chart.stamps else None,
        "priceHint": 2,
        "currentTradingPeriod": period,
        "dataGranularity": "1d",
        "range": query.get("range", ""),
        "validRanges": list(RANGES),
    }


def _instrument(symbol: str) -> str:
    if symbol.startswith("^"):
        return "INDEX"
    return "ETF" if symbol.endswith(ETF_ENDINGS) else "EQUITY"
