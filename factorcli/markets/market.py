"""Markets: closing times, currencies and ticker suffixes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Market:
    """An exchange, with sessions on weekdays that close at the same local time.

    currency: ISO 4217; time_zone: a name of the tz database; close: local time; settling_minutes: after the close,
    until closing prices are final; suffixes: appended to a symbol without one, in this order; sessions: in a year.
    """

    id: str
    currency: str
    time_zone: str
    close: time
    settling_minutes: int = 30
    suffixes: tuple[str, ...] = ()
    sessions: int = 252

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def settled(self) -> time:
        """The local time from which a session's closing prices are final."""
        return (datetime.combine(date.min, self.close) + timedelta(minutes=self.settling_minutes)).time()


INDIA = Market("india", "INR", "Asia/Kolkata", time(15, 30), suffixes=(".NS", ".BO"))
US = Market("us", "USD", "America/New_York", time(16, 0))
BUILT_IN = {market.id: market for market in (INDIA, US)}
DEFAULT = INDIA
