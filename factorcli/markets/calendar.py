"""When a session has closed: the one fact of the trading calendar that everything shares."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EXCHANGE_ZONE = ZoneInfo("Asia/Kolkata")
# NSE closes at 15:30; the closing price is settled within half an hour.
SETTLED = time(16, 0)
# In other zones exchanges close by 16:30.
SETTLED_ELSEWHERE = time(17, 0)


def last_closed_day(now: datetime, zone: ZoneInfo = EXCHANGE_ZONE) -> date:
    """The last calendar day of the zone whose session, if there was one, has closed."""
    local = now.astimezone(zone)
    settled = SETTLED if zone == EXCHANGE_ZONE else SETTLED_ELSEWHERE
    return local.date() if local.time() >= settled else local.date() - timedelta(days=1)


def last_closed_weekday(now: datetime) -> date:
    """The last weekday whose session, if there was one, has closed."""
    day = last_closed_day(now)
    return day - timedelta(days=max(0, day.weekday() - 4))


def last_close(now: datetime) -> datetime:
    """When the session of the last closed weekday had closed."""
    return datetime.combine(last_closed_weekday(now), SETTLED, EXCHANGE_ZONE)


def next_close(now: datetime) -> datetime:
    """When the session of the weekday after that one will have closed."""
    day = last_closed_weekday(now)
    return datetime.combine(day + timedelta(days=3 if day.weekday() == 4 else 1), SETTLED, EXCHANGE_ZONE)
