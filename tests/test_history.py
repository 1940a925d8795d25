"""The price store: what is kept of a ticker, how it grows, and what is not believed."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from factorcli.cache.memory import MemoryCache
from factorcli.errors import NoPrices, ServerFailed, UnknownTicker
from factorcli.markets.market import INDIA
from factorcli.prices.history import HISTORY_LENGTH, NO_BARS, Bars, History, PriceStore, updated_history

pytestmark = pytest.mark.yahoo

FRIDAY = datetime(2026, 11, 20, 18, tzinfo=INDIA.zone)
MONDAY = FRIDAY + timedelta(days=3)


def bars(count: int, last: str = "2026-11-20", factor: float = 1.0) -> Bars:
    """Bars of `count` weekdays; the close of a day depends on the day alone."""
    days = np.arange(np.datetime64(last) - 2 * count - 2, np.datetime64(last) + 1)
    days = days[np.is_busday(days)][-count:]
    number = days.astype(np.int64).astype(np.float64)
    return Bars(days, factor * (100 + number % 17), 1000 + number % 7)


class Server:
    """Answers with what it has from a day on, and remembers what it was asked."""

    def __init__(self, has: Bars | Exception) -> None:
        self.has = has
        self.asked: list[date] = []

    def fetch(self, ticker: str, start: date) -> Bars:
        self.asked.append(start)
        if isinstance(self.has, Exception):
            raise self.has
        kept = self.has.between(start - timedelta(days=1), None)
        if not len(kept.dates):
            raise NoPrices("has no prices of it in these years")
        return kept


def same(one: Bars, other: Bars) -> bool:
    """Whether two histories are the same to the bit."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("dates", "closes", "volumes"))


@pytest.mark.parametrize(
    "history", [History(bars(300), FRIDAY, FRIDAY), History(NO_BARS, FRIDAY, FRIDAY, NoPrices("no"))]
)
def test_a_history_comes_back_to_the_bit(history: History) -> None:
    """Dates, closes, volumes, times and failure."""
    store = PriceStore(MemoryCache(), "yahoo")
    store.save("TCS.NS", history)
    (found,) = store.load(["TCS.NS", "INFY.NS"]).values()
    assert same(found.bars, history.bars)
    assert (found.asked_at, found.whole_at) == (history.asked_at, history.whole_at)
    assert str(found.failure) == str(history.failure) and type(found.failure) is type(history.failure)


@pytest.mark.parametrize("place", [0, 5, 40, -1, -1000])
def test_an_entry_with_a_flipped_bit_is_not_there(place: int) -> None:
    """A checksum guards the prices, and the heading names version and ticker."""
    cache = MemoryCache()
    store = PriceStore(cache, "yahoo")
    store.save("TCS.NS", History(bars(300), FRIDAY, FRIDAY))
    ((key, entry),) = cache._entries.items()
    broken = bytearray(entry)
    broken[place] ^= 1
    cache._entries[key] = bytes(broken)
    assert store.load(["TCS.NS"]) == {}
    cache._entries[key] = entry[:100]
    assert store.load(["TCS.NS"]) == {}


def test_growth_asks_for_the_end_only_and_equals_a_fresh_download() -> None:
    """One request for the bars since the last one and an overlap of ten days."""
    server = Server(bars(501, "2026-11-23"))
    known = History(bars(500), FRIDAY, FRIDAY)
    after = updated_history(known, "TCS.NS", MONDAY, server)
    assert server.asked == [date(2026, 11, 10)]
    assert same(after.bars, server.has)


@pytest.mark.parametrize("factor", [0.5, 1.0002, 0.9998])
def test_a_readjusted_overlap_is_answered_with_the_whole_history(factor: float) -> None:
    """A split, or the smallest dividend: two requests, and nothing of the old prices stays."""
    server = Server(bars(501, "2026-11-23", factor))
    after = updated_history(History(bars(500), FRIDAY, FRIDAY), "TCS.NS", MONDAY, server)
    assert server.asked == [date(2026, 11, 10), MONDAY.date() - HISTORY_LENGTH]
    assert same(after.bars, server.has)


def test_rounding_is_no_readjustment() -> None:
    """Adjusted closes come in seven digits."""
    server = Server(bars(501, "2026-11-23", 1 + 1e-7))
    assert len(updated_history(History(bars(500), FRIDAY, FRIDAY), "TCS.NS", MONDAY, server).bars.dates) == 501
    assert len(server.asked) == 1


def test_an_answer_that_ends_early_does_not_take_bars_away() -> None:
    """What was there stays; what both have is the newer one's."""
    server = Server(bars(490, "2026-11-16"))
    after = updated_history(History(bars(500), FRIDAY, FRIDAY), "TCS.NS", MONDAY, server)
    assert same(after.bars, bars(500))


def test_a_suspended_stock_keeps_its_history() -> None:
    """No bar since is an answer, too."""
    server = Server(NoPrices("none"))
    after = updated_history(History(bars(500), FRIDAY, FRIDAY), "TCS.NS", MONDAY, server)
    assert same(after.bars, bars(500)) and after.failure is None and after.asked_at == MONDAY


def test_a_failure_that_may_pass_is_not_kept() -> None:
    """It is the caller's, and the history stays as it was."""
    with pytest.raises(ServerFailed):
        updated_history(History(bars(500), FRIDAY, FRIDAY), "TCS.NS", MONDAY, Server(ServerFailed("500")))


def test_the_whole_history_is_asked_for_once_a_month() -> None:
    """What Yahoo has corrected, or restored, further back comes in."""
    server = Server(bars(520, "2026-12-21"))
    later = FRIDAY + timedelta(days=31)
    after = updated_history(History(bars(39), later - timedelta(days=1), FRIDAY), "TCS.NS", later, server)
    assert same(after.bars, server.has) and after.whole_at == later


@pytest.mark.parametrize(
    ("now", "fresh"),
    [
        (FRIDAY, True),
        (FRIDAY.replace(hour=23), True),
        (FRIDAY + timedelta(days=1), True),
        (MONDAY.replace(hour=15, minute=59), True),
        (MONDAY.replace(hour=16), False),
    ],
)
def test_a_history_is_good_until_the_next_session_closes(now: datetime, fresh: bool) -> None:
    """Friday evening's serves the weekend, and Monday until half an hour after the close."""
    assert History(bars(5), FRIDAY, FRIDAY).is_fresh(now, INDIA) is fresh


def test_a_ticker_that_is_not_there_is_not_asked_for_within_a_day() -> None:
    """A day is 24 hours, whatever sessions close."""
    gone = History(NO_BARS, MONDAY.replace(hour=10), MONDAY, UnknownTicker("Not Found"))
    assert gone.is_fresh(MONDAY.replace(hour=20), INDIA)
    assert not gone.is_fresh(MONDAY.replace(hour=10) + timedelta(days=1), INDIA)
