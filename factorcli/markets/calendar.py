"""The last and the next close of a market's sessions, assuming sessions on weekdays."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from factorcli.markets.market import Market

FRIDAY = 4


def last_closed_day(now: datetime, market: Market) -> date:
    """The last calendar day whose session, if any, has closed and settled."""
    return closed_day(now, market.zone, market.settled)


def closed_day(now: datetime, zone: ZoneInfo, settled: time) -> date:
    """The last calendar day of a zone on which `settled`, a local time, has passed."""
    local = now.astimezone(zone)
    return local.date() if local.time() >= settled else local.date() - timedelta(days=1)


def last_closed_weekday(now: datetime, market: Market) -> date:
    """The last weekday whose session, if any, has closed and settled."""
    day = last_closed_day(now, market)
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def last_close(now: datetime, market: Market) -> datetime:
    """The settled close of the last closed weekday."""
    return datetime.combine(last_closed_weekday(now, market), market.settled, market.zone)


def next_close(now: datetime, market: Market) -> datetime:
    """The settled close of the weekday after the last closed one."""
    day = last_closed_weekday(now, market)
    return datetime.combine(day + timedelta(days=3 if day.weekday() == FRIDAY else 1), market.settled, market.zone)
