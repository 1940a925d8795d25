"""Markets as data: when a session has closed, in summer and in winter, and what a model file may say of one."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from factorcli.compose import SystemClock, build_context
from factorcli.config.settings import Settings
from factorcli.errors import InvalidModel
from factorcli.markets.calendar import last_close, last_closed_day, last_closed_weekday, next_close
from factorcli.markets.market import INDIA, US, Market
from factorcli.markets.tickers import resolve
from factorcli.markets.universe import Universe
from factorcli.model.built_in import INDIA_5F
from factorcli.model.file import load
from tests.conftest import DATA, Run
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

MODEL = "".join(
    f'[[factors]]\ncode = "{code}"\nproxies = ["{proxy}"]\n'
    for code, proxy in zip(("MKT", "VAL", "MOM", "SZ", "VOL"), PROXIES, strict=True)
)
MONDAY, TUESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 20)


@pytest.mark.parametrize(
    ("moment", "session"),
    [
        ("2026-11-24T17:00+05:30", MONDAY),  # Tuesday in India, before New York has opened
        ("2026-11-24T16:29-05:00", MONDAY),
        ("2026-11-24T16:30-05:00", TUESDAY),  # half an hour after the close, in winter
        ("2026-11-25T03:00+05:30", TUESDAY),
        ("2026-11-25T02:59+05:30", MONDAY),
        ("2026-07-14T20:30+00:00", date(2026, 7, 14)),  # and in summer, an hour earlier in UTC
        ("2026-07-14T20:29+00:00", date(2026, 7, 13)),
        ("2026-11-21T12:00-05:00", FRIDAY),
        ("2026-11-23T09:00-05:00", FRIDAY),
    ],
)
def test_new_yorks_sessions_close_by_its_own_clock(moment: str, session: date) -> None:
    """The last session is the last weekday whose close, and half an hour, have passed in New York."""
    now = datetime.fromisoformat(moment)
    assert last_closed_weekday(now, US) == session
    assert last_close(now, US) <= now < next_close(now, US)
    assert (last_close(now, US).date(), last_close(now, US).time()) == (session, time(16, 30))


@pytest.mark.parametrize(
    ("moment", "session"),
    [
        ("2026-11-24T15:59+05:30", MONDAY),
        ("2026-11-24T16:00+05:30", TUESDAY),
        ("2026-11-21T12:00+05:30", FRIDAY),
        ("2026-11-24T10:30+00:00", TUESDAY),
    ],
)
def test_indias_sessions_close_at_half_past_three(moment: str, session: date) -> None:
    """And count from 16:00 on, whatever zone the clock speaks in."""
    assert last_closed_weekday(datetime.fromisoformat(moment), INDIA) == session


def test_a_saturdays_session_counts_as_a_day_and_not_as_a_weekday() -> None:
    """Some exchanges trade on some Saturdays."""
    now = datetime.fromisoformat("2026-11-21T18:00+05:30")
    assert (last_closed_day(now, INDIA), last_closed_weekday(now, INDIA)) == (date(2026, 11, 21), FRIDAY)


def _write(folder: Path, market_lines: str) -> str:
    path = folder / "m.toml"
    path.write_text(market_lines + "\n" + MODEL, encoding="utf-8")
    return str(path)


def test_a_model_names_its_market_or_describes_one(tmp_path: Path) -> None:
    """By id or as a table; what is left out is as everywhere, and trading_days is the market's unless it is given."""
    assert load(_write(tmp_path, 'market = "us"')).market == US
    assert load(_write(tmp_path, "")).market == INDIA
    table = '[market]\nid = "xetra"\ncurrency = "EUR"\ntime_zone = "Europe/Berlin"\nclose = "17:30"\n'
    described = load(_write(tmp_path, table))
    assert described.market == Market("xetra", "EUR", "Europe/Berlin", time(17, 30), 30, (), 252)
    full = load(_write(tmp_path, table + 'settling_minutes = 5\nsuffixes = [".de"]\nsessions = 254\n'))
    assert full.market == Market("xetra", "EUR", "Europe/Berlin", time(17, 30), 5, (".DE",), 254)
    assert full.trading_days == 254
    assert load(_write(tmp_path, 'trading_days = 250\nmarket = "us"')).trading_days == 250
    assert full.market.settled == time(17, 35)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('market = "mars"', ["'mars'", "india, us"]),
        ("market = 5", ["5", "india, us"]),
        ('[market]\nid = "x"', ["'currency'"]),
        ('[market]\nid = "x"\ncurency = "EUR"', ["curency", "currency"]),
        ('[market]\nid = "x"\ncurrency = "euro"\ntime_zone = "UTC"\nclose = "17:30"', ["currency", "'euro'"]),
        ('[market]\nid = "x"\ncurrency = "EUR"\ntime_zone = "Berlin"\nclose = "17:30"', ["time_zone", "'Berlin'"]),
        ('[market]\nid = "x"\ncurrency = "EUR"\ntime_zone = ""\nclose = "17:30"', ["time_zone"]),
        ('[market]\nid = "x"\ncurrency = "EUR"\ntime_zone = "UTC"\nclose = "25:30"', ["close", "'25:30'"]),
        ('[market]\nid = "x"\ncurrency = "EUR"\ntime_zone = "UTC"\nclose = "23:45"', ["23:45", "midnight"]),
        ('[market]\nid = "x"\ncurrency = "EUR"\ntime_zone = "UTC"\nclose = "17:30"\nsessions = 0', ["sessions", "0"]),
        ('[market]\nid = "x"\ncurrency = "EUR"\ntime_zone = "UTC"\nclose = "17:30"\nsuffixes = "DE"', ["suffixes"]),
    ],
)
def test_a_bad_market_is_named(tmp_path: Path, lines: str, said: list[str]) -> None:
    """The key, its value, and what it can be."""
    with pytest.raises(InvalidModel) as caught:
        load(_write(tmp_path, lines))
    assert all(part in str(caught.value) for part in ["m.toml", *said])


def test_the_default_market_leaves_the_models_digest_as_it_was() -> None:
    """Teams on two versions share the rows of the built-in model; another market is another model."""
    assert INDIA_5F.digest() == "e420f0"  # that of commit 50da9e2
    assert load(str(DATA / "us" / "us-5f.toml")).digest() != INDIA_5F.digest()


def test_the_indian_universe_speaks_in_its_own_market_only() -> None:
    """TCS is TCS.NS in India; in New York it is a ticker of its own, without a name."""
    india, elsewhere = Universe.load(), Universe.load(market=US)
    assert resolve("tcs", None, INDIA, india).ticker == "TCS.NS"
    assert resolve("zomato", None, INDIA, india).ticker == "ETERNAL.NS"
    assert (elsewhere.stocks, dict(elsewhere.renames)) == ((), {})
    assert resolve("tcs", None, US, elsewhere).ticker == "TCS"


def test_a_fixed_clock_without_a_zone_is_the_markets() -> None:
    """FACTOR_NOW=2026-11-24T16:30 is half past four in New York for a model of the US."""
    settings = Settings.from_env({"FACTOR_NOW": "2026-11-24T16:30"})
    for place in (INDIA, US):
        assert SystemClock(settings.now, place).now() == datetime(2026, 11, 24, 16, 30, tzinfo=place.zone)


def test_as_of_and_freshness_follow_the_models_market(factor: Run, tmp_path: Path) -> None:
    """One folder of prices to Tuesday: before New York's close its last session is Monday's, after it Tuesday's.

    The kept answer of the afternoon is no answer in the evening.
    """
    days = weekdays(300, "2026-11-24")
    source = str(write_wide(tmp_path / "p.csv", market(), days))
    model = _write(tmp_path, 'market = "us"')
    ask = ("beta", "S0.NS", "--source", source, "--window", "126", "--json")

    def as_of(moment: str, *more: str) -> tuple[str, str | None]:
        (result,) = factor(*ask, *more, FACTOR_NOW=moment).results
        return result["as_of"], result["cache"]["hit"]

    assert as_of("2026-11-24T17:00+05:30", "--model", model) == ("2026-11-23", None)
    assert as_of("2026-11-25T02:59+05:30", "--model", model) == ("2026-11-23", "disk")
    assert as_of("2026-11-25T03:01+05:30", "--model", model) == ("2026-11-24", None)
    assert as_of("2026-11-24T17:00+05:30") == ("2026-11-24", None)  # India has closed
    future = factor(*ask, "--model", model, "--as-of", "2026-11-25", FACTOR_NOW="2026-11-25T09:00+05:30")
    assert (future.status, future.codes) == (2, ["invalid_date"])  # in New York it is Tuesday still


def test_a_market_without_a_universe_says_so(factor: Run, tmp_path: Path) -> None:
    """A heatmap of the US needs a list of its stocks."""
    model = _write(tmp_path, 'market = "us"')
    for words in (("compute", "--all"), ("status",), ("show",)):
        answer = factor("heatmap", *words, "--source", "demo", "--model", model, "--json")
        assert (answer.status, answer.codes, answer.err.count("\n")) == (2, ["invalid_setting"], 1)
        assert "market us" in answer.err and "FACTOR_UNIVERSE" in answer.err


def test_yahoos_prices_of_new_york_grow_old_by_new_yorks_clock(tmp_path: Path) -> None:
    """The lifetime of an answer ends with the model's next close, a day later at most."""
    model = _write(tmp_path, 'market = "us"')
    settings = Settings(source="demo", model=model, now=datetime.fromisoformat("2026-11-24T17:00+05:30"))
    policy = build_context(settings, cached=False).policy
    assert policy.session == MONDAY
    assert timedelta(seconds=policy.lifetime) == timedelta(hours=10)  # to 16:30 in New York, 03:00 in India


def test_the_list_of_stocks_is_that_of_the_models_market(factor: Run, tmp_path: Path) -> None:
    """`universe list` and `doctor` count what a heatmap would be of."""
    model = _write(tmp_path, 'market = "us"')
    assert factor("universe", "list", "--json", FACTOR_MODEL=model).results == []
    checks = {row["check"]: row["message"] for row in factor("doctor", "--json", "--model", model).results}
    assert checks["universe"] == "0 stocks, 0 renames"
    assert len(factor("universe", "list", "--json").results) == 500


def test_a_described_market_cannot_take_a_built_in_name(tmp_path: Path) -> None:
    """It would speak with India's universe and another clock."""
    with pytest.raises(InvalidModel, match="'india' is built in"):
        load(_write(tmp_path, '[market]\nid = "india"\ncurrency = "EUR"\ntime_zone = "UTC"\nclose = "17:30"'))
