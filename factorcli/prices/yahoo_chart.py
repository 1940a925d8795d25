"""Parse an answer of Yahoo's chart API: bars, or an error."""

import json
from collections import Counter
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from factorcli.errors import BadAnswer, FactorError, NoPrices, Refused, ServerFailed, UnknownTicker
from factorcli.markets.calendar import closed_day
from factorcli.markets.market import Market

QUOTE_COLUMNS = ("open", "high", "low", "volume", "close")
LIVE_ROW_SEARCH = 10  # rows at the end of a chart that may be live
DEFAULT_SETTLED = time(17, 0)  # local time, for exchanges whose hours are not known
LATEST_LIVE_TIME = time(17, 0)  # of an exchange's last trade; only NSE's Muhurat sessions, from 18:15, are later
NO_PRICES = "has no prices of it in these years"
Document = dict[str, Any]


def failure(status: int, body: bytes) -> FactorError:
    """The error of an answer whose status is not 200; the text continues "Yahoo …"."""
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


def read(body: bytes, market: Market) -> Document:
    """The document of an answer: one chart of daily bars, columns of equal length, and the meta that yfinance needs.

    The meta's `adjusted` says whether its closes are adjusted for dividends, `quotedTimezoneName` the exchange's time
    zone, or None where the answer has no known one. Raises UnknownTicker, NoPrices or BadAnswer.
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
    meta = {"instrumentType": "EQUITY", "currency": None, **(chart.get("meta") or {})}
    zone = _zone(meta.get("exchangeTimezoneName"), market).key  # yfinance fails on an unknown zone
    chart["meta"] = {
        **meta,
        "currency": meta["currency"] if isinstance(meta["currency"], str) else None,
        "exchangeTimezoneName": zone,
        "quotedTimezoneName": zone if zone == meta.get("exchangeTimezoneName") else None,
        "adjusted": "adjclose" in chart["indicators"],
        "unsettled": False,
    }
    return dict(document)


def drop_unsettled(document: Document, now: datetime, market: Market) -> None:
    """Remove bars that are not closing prices, and set `unsettled` in the meta where a close is still to come.

    Removed are bars of a day that has not closed, and live rows. A live row ends a chart and has the time of
    the last trade, where a daily bar has the time of the opening; Yahoo replaces it during the evening, and
    likewise fills in a bar of today that has a volume and no price. Raises NoPrices if no bar is left.
    """
    (chart,) = document["chart"]["result"]
    closes, volumes = _columns(chart)[-1], chart["indicators"]["quote"][0]["volume"]
    zone = _zone(chart["meta"]["exchangeTimezoneName"], market)
    settled = market.settled if zone == market.zone else DEFAULT_SETTLED
    moments = [datetime.fromtimestamp(stamp, zone) for stamp in chart["timestamp"][-LIVE_ROW_SEARCH:]]
    opening = Counter(moment.time() for moment in moments).most_common(1)[0][0]
    closed = closed_day(now, zone, settled)
    own = {moment.date() for moment in moments if moment.time() == opening}
    first = len(chart["timestamp"]) - len(moments)
    keep = list(range(first))
    for row, moment in enumerate(moments, start=first):
        live = moment.time() != opening and (
            moment.date() in own
            or (row == len(chart["timestamp"]) - 1 and moment.time() < max(LATEST_LIVE_TIME, settled))
        )
        if moment.date() <= closed and not live:
            keep.append(row)
            if moment.date() == closed and closes[row] is None and volumes[row] is not None:
                chart["meta"]["unsettled"] = True
        elif moment.date() <= closed and moment.date() not in own:
            chart["meta"]["unsettled"] = True
    if not keep:
        raise NoPrices("has no prices of it from a session that has closed")
    if len(keep) < len(chart["timestamp"]):
        for column in (chart["timestamp"], *_columns(chart)):
            column[:] = [column[row] for row in keep]


def _columns(chart: Document) -> list[list[Any]]:
    """The columns without the time stamps, closes last: the adjusted ones where there are any."""
    indicators = chart["indicators"]
    adjusted = (indicators.get("adjclose") or [{}])[0].get("adjclose")
    if adjusted is None:
        indicators.pop("adjclose", None)
    columns = [indicators["quote"][0][name] for name in QUOTE_COLUMNS]
    return columns if adjusted is None else [*columns, adjusted]


def _zone(name: Any, market: Market) -> ZoneInfo:
    """The time zone of a chart, or the market's where the name is missing or unknown."""
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return market.zone


def _reason(body: bytes) -> str:
    """The error description in a body, or an empty text."""
    try:
        document = json.loads(body)
        (part,) = (document[name] for name in ("chart", "finance") if name in document)
        return str(part["error"]["description"])[:200]
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
