"""What an answer of Yahoo's chart API says: bars, an error, or nothing that can be used."""

import json
from collections import Counter
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from factorcli.errors import BadAnswer, FactorError, NoPrices, Refused, ServerFailed, UnknownTicker
from factorcli.sessions import EXCHANGE_ZONE, last_closed_day

QUOTES = ("open", "high", "low", "close", "volume")
# A live row carries the time of the last trade; from here on, that was the close (15:30).
CLOSING = time(15, 25)
NO_PRICES = "has no prices of it in these years"
Document = dict[str, Any]


def failure(status: int, body: bytes) -> FactorError:
    """What an answer with another status than 200 says; the text continues "Yahoo …"."""
    reason = _reason(body)
    if status == 404:
        return UnknownTicker(reason or "not found")
    if status == 400 and "Data doesn't exist" in reason:
        return NoPrices(NO_PRICES)
    if status >= 500:
        return ServerFailed(f"failed (status {status})")
    if 300 <= status < 400:
        return BadAnswer("sent a redirection instead of prices")
    return Refused(f"would not answer (status {status}{f': {reason}' if reason else ''})")


def read(body: bytes) -> Document:
    """A document with one chart of daily bars, columns of one length, and the meta that yfinance needs.

    Raises UnknownTicker, NoPrices or BadAnswer.
    """
    try:
        document = json.loads(body)
    except ValueError:
        kind = "a web page" if body.lstrip()[:1] == b"<" else "broken JSON"
        raise BadAnswer(f"sent {kind} instead of prices") from None
    try:
        error, result = document["chart"].get("error"), document["chart"].get("result")
        if error:
            reason = str(error.get("description"))[:200]
            raise UnknownTicker(reason) if "No data found" in reason else BadAnswer(f"says: {reason}")
        (chart,) = result
        if not chart.get("timestamp"):
            raise NoPrices(NO_PRICES)
        if {len(column) for column in _columns(chart)} != {len(chart["timestamp"])}:
            raise BadAnswer("sent columns of unequal length")
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        raise BadAnswer("sent a chart that cannot be read") from None
    chart.pop("events", None)  # closes are adjusted already
    meta = {"instrumentType": "EQUITY", "currency": None, "exchangeTimezoneName": EXCHANGE_ZONE.key}
    chart["meta"] = {**meta, **(chart.get("meta") or {})}
    return dict(document)


def is_adjusted(document: Document) -> bool:
    """Whether the closes are adjusted for dividends."""
    return "adjclose" in document["chart"]["result"][0]["indicators"]


def drop_unsettled(document: Document, now: datetime) -> None:
    """Take out the bars that are no closing prices yet.

    A bar of a day that has not closed, and a row that carries the time of a trade in the middle of the
    session, or that stands beside the day's own bar.
    """
    (chart,) = document["chart"]["result"]
    zone = _zone(chart["meta"]["exchangeTimezoneName"])
    moments = [datetime.fromtimestamp(stamp, zone) for stamp in chart["timestamp"][-10:]]
    opening = Counter(moment.time() for moment in moments).most_common(1)[0][0]
    closed = last_closed_day(now, zone)
    today = now.astimezone(zone).date()
    first = len(chart["timestamp"]) - len(moments)
    keep = list(range(first))
    for i, moment in enumerate(moments):
        day, regular = moment.date(), moment.time() == opening
        twin = any(other.date() == day and other.time() == opening for other in moments)
        evening = moment.time() >= CLOSING and (day < today or moment.time() < time(16, 0))
        if day <= closed and (regular or (evening and not twin)):
            keep.append(first + i)
    if len(keep) == len(chart["timestamp"]):
        return
    for column in (chart["timestamp"], *_columns(chart)):
        column[:] = [column[i] for i in keep]
    if not keep:
        raise NoPrices("has no prices of it from a session that has closed")


def _columns(chart: Document) -> list[list[Any]]:
    """The columns beside the time stamps; adjusted closes only where there are any."""
    indicators = chart["indicators"]
    adjusted = (indicators.get("adjclose") or [{}])[0].get("adjclose")
    if adjusted is None:
        indicators.pop("adjclose", None)
    columns = [indicators["quote"][0][name] for name in QUOTES]
    return columns if adjusted is None else [*columns, adjusted]


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return EXCHANGE_ZONE


def _reason(body: bytes) -> str:
    """The description of the error in a body, or nothing."""
    try:
        document = json.loads(body)
        (part,) = (document[name] for name in ("chart", "finance") if name in document)
        return str(part["error"]["description"])[:200]
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
