"""Markets: closing times, currencies and ticker suffixes."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


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
ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", re.ASCII)
MINOR_UNITS = {"ILA": "ILS", "ZAc": "ZAR"}  # the hundredth part of a currency in which an exchange quotes
# How brokers, charts and portfolios mark a symbol, by market: the exchange before it, and the series behind it. Marks
# of another instrument, such as -RE (rights) or -GB (gold bonds), and those that tickers have (-SM, -ST), are none.
EXCHANGE_MARKS = {
    INDIA.id: {"NSE": ".NS", "NSI": ".NS", "BSE": ".BO", "BOM": ".BO"},
    US.id: dict.fromkeys(("NASDAQ", "NYSE", "NYSEARCA", "NYSEAMERICAN", "AMEX", "BATS"), ""),
}
SERIES_MARKS = {INDIA.id: ("-EQ", "-BE", "-BZ", " EQ", " BE", " BZ")}
SUFFIX_SPELLINGS = {INDIA.id: {".NSE": ".NS", ".BSE": ".BO"}}


def foreign_quotation(currency: str | None, time_zone: str | None, market: Market) -> str:
    """How a ticker is quoted that is not of the market, to follow "is quoted"; empty where it is, or may be.

    A currency is also its hundredth part (GBp). Zones are the same where their clocks agree in winter and in summer.
    """
    zone, own = _zone(time_zone), MINOR_UNITS.get(currency or "", currency or market.currency).upper()
    if own == market.currency and (zone is None or _offsets(zone) == _offsets(market.zone)):
        return ""
    where = f" ({zone.key})" if zone else ""
    return f"in {currency or own}{where}, while the market {market.id} is in {market.currency} ({market.time_zone})"


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _offsets(zone: ZoneInfo) -> list[timedelta | None]:
    """The offsets from UTC in winter and in summer."""
    return [datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
