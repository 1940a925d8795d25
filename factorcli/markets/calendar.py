"""When a session has closed: the one fact of the trading calendar that everything shares."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from factorcli.markets.market import Market

FRIDAY = 4


def last_closed_day(now: datetime, market: Market) -> date:
    """The last calendar day of the market whose session, if there was one, has closed and settled."""
    return closed_day(now, market.zone, market.settled)


def closed_day(now: datetime, zone: ZoneInfo, settled: time) -> date:
    """The last calendar day of a zone on which `settled`, a local time, has passed."""
    local = now.astimezone(zone)
    return local.date() if local.time() >= settled else local.date() - timedelta(days=1)


def last_closed_weekday(now: datetime, market: Market) -> date:
    """The last weekday whose session, if there was one, has closed."""
    day = last_closed_day(now, market)
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def last_close(now: datetime, market: Market) -> datetime:
    """When the session of the last closed weekday had closed."""
    return datetime.combine(last_closed_weekday(now, market), market.settled, market.zone)


def next_close(now: datetime, market: Market) -> datetime:
    """When the session of the weekday after that one will have closed."""
    day = last_closed_weekday(now, market)
    return datetime.combine(day + timedelta(days=3 if day.weekday() == FRIDAY else 1), market.settled, market.zone)
