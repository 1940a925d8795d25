"""`--source yahoo`: the installed command and the real client, against Yahoo on loopback."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from factorcli.cache.disk import DiskCache
from factorcli.errors import RateLimited
from factorcli.markets.market import INDIA
from factorcli.model.built_in import INDIA_5F
from factorcli.prices.history import PriceStore
from factorcli.prices.throttle import TokenBucket
from factorcli.prices.yahoo import YahooClient
from tests.conftest import Answer, command
from tests.yahoo import LoopbackYahoo, faults
from tests.yahoo.faults import COOKIE, CRUMB, EVERY
from tests.yahoo.market import FixedClock

pytestmark = pytest.mark.yahoo

PROXIES = [factor.proxies[0] for factor in INDIA_5F.factors]
Ask = Callable[..., Answer]


@pytest.fixture
def ask(factor: Ask, yahoo: LoopbackYahoo) -> Ask:
    """Run `factor … --source yahoo` against the loopback Yahoo, faster than the default rate."""

    def run(*words: str, **env: str) -> Answer:
        return factor(*words, "--source", "yahoo", **{**yahoo.environment, "YAHOO_RATE": "200", **env})

    return run


@pytest.fixture
def ask_installed(installed: Ask, yahoo: LoopbackYahoo) -> Ask:
    """The same by a process of its own."""
    return lambda *words: installed(*words, "--source", "yahoo", **yahoo.environment)


def numbers(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what names its source and its cache."""
    kept = {name: value for name, value in result.items() if name not in ("cache", "source", "warnings", "computed_at")}
    return {**kept, "data": {**kept["data"], "source": None}} if "data" in kept else kept


def beta(answer: Answer, ticker: str) -> dict[str, Any]:
    """The numbers of one ticker."""
    return numbers(next(result for result in answer.results if result["ticker"] == ticker))


@pytest.mark.parametrize(
    "words",
    [
        ("beta", "TCS", "^NSEI", "--window", "126"),
        ("beta", "INFY", "--rolling"),
        ("decompose", "TCS", "--method", "lmg"),
        ("beta", "TCS", "--as-of", "2025-03-14", "--window", "504D"),
    ],
)
def test_a_result_through_yahoo_is_that_of_the_demo_market(ask: Ask, factor: Ask, words: tuple[str, ...]) -> None:
    """The server's prices are the demo's, so every digit must be the same."""
    through, demo = ask(*words, "--json"), factor(*words, "--json", "--source", "demo")
    assert through.status == 0
    assert [numbers(r) for r in through.results] == [numbers(r) for r in demo.results]


def test_an_index_without_dividends_is_named_until_the_model_has_its_yield(ask: Ask, tmp_path: Path) -> None:
    """Yahoo's prices of stocks contain dividends; with a yield α falls, and the warning goes."""
    model = tmp_path / "m.toml"
    model.write_text('[[factors]]\ncode = "MKT"\nproxies = ["^NSEI"]\ndividend_yield = 0.013\n')
    (plain,), (added,) = (
        ask("beta", "TCS", "--json").results,
        ask("beta", "TCS", "--json", "--model", str(model)).results,
    )
    assert any(warning.startswith("price_index: stocks' prices contain") for warning in plain["warnings"])
    assert not any(warning.startswith("price_index") for warning in added["warnings"])
    before, after = (result["market_model"]["alpha_annual"] for result in (plain, added))
    assert before - after == pytest.approx(0.013 * plain["market_model"]["beta"], rel=1e-8)


def test_a_successful_run_says_nothing_on_stderr(ask_installed: Ask) -> None:
    """Neither yfinance's log nor pandas' warnings reach the user."""
    assert ask_installed("beta", "TCS", "INFY").err == ""


def test_warnings_of_other_threads_stay_quiet_while_pandas_changes_the_filters(tmp_path: Path) -> None:
    """As it does whenever it is asked for a type: for a moment every thread's warnings pass."""
    lines = (
        "import sys, warnings; from pathlib import Path",
        "from factorcli.prices.yahoo import _prepare",
        "_prepare(Path(sys.argv[1]))",
        "warnings.simplefilter('always')",
        "warnings.warn_explicit('theirs', DeprecationWarning, '/lib/yfinance/utils.py', 1, 'yfinance.utils')",
        "warnings.warn_explicit('ours', UserWarning, '/lib/factorcli/model.py', 1, 'factorcli.model')",
    )
    words = [sys.executable, "-c", "\n".join(lines), str(tmp_path)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stderr
    assert "ours" in said and "theirs" not in said


def test_a_heatmap_costs_one_request_a_ticker_and_none_the_second_time(ask: Ask, factor: Ask, yahoo) -> None:
    """Cookie, crumb, proxies and stocks once each, for three windows; later commands find the prices."""
    first = ask("heatmap", "compute", "--sector", "Power", "--json")
    count = first.results[0]["computed"]
    assert first.status == 0 and count == 17
    assert len(yahoo.requests) == 2 + len(PROXIES) + count
    yahoo.forget()
    assert ask("heatmap", "compute", "--sector", "Power", "--force").status == 0
    assert ask("beta", "NTPC", "--window", "60").status == 0
    assert ask("beta", "NTPC", "--window", "60", FACTOR_NOW="2026-11-22T23:00:00+05:30").status == 0
    assert yahoo.requests == []
    ours, demo = (
        (ask("heatmap", "compute", "NTPC", "--json"), ask("heatmap", "show", "--sector", "Power", "--json"))[1],
        (
            factor("heatmap", "compute", "--sector", "Power", "--source", "demo"),
            factor("heatmap", "show", "--sector", "Power", "--json", "--source", "demo"),
        )[1],
    )
    assert [numbers(r) for r in ours.results] == [numbers(r) for r in demo.results]


def test_the_next_day_asks_for_a_few_bars_of_each_ticker(ask: Ask, factor: Ask, yahoo) -> None:
    """One request a ticker, for the bars since the last one and an overlap."""
    assert ask("beta", "TCS", "INFY").status == 0
    yahoo.forget()
    yahoo.now += timedelta(days=3)
    monday = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}
    later = ask("beta", "TCS", "INFY", "--json", **monday)
    assert sorted(r.symbol for r in yahoo.charts()) == sorted([*PROXIES, "TCS.NS", "INFY.NS"])
    assert all(r.bars <= 10 for r in yahoo.charts())
    demo = factor("beta", "TCS", "INFY", "--json", "--source", "demo", **monday)
    assert later.results[0]["as_of"] == "2026-11-23"
    assert [numbers(r) for r in later.results] == [numbers(r) for r in demo.results]


@pytest.mark.parametrize("what", ["split", "dividend"])
def test_a_readjusted_history_is_fetched_whole_once(ask: Ask, yahoo, tmp_path: Path, what: str) -> None:
    """After a split or a dividend the overlap disagrees; the betas are then those of a fresh download."""
    assert ask("beta", "TCS", "INFY").status == 0
    yahoo.forget()
    yahoo.now += timedelta(days=3)
    getattr(yahoo, what)("TCS.NS", date(2026, 11, 23), 2.0)
    monday = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}
    grown = ask("beta", "TCS", "INFY", "--json", **monday)
    assert [r.bars > 1000 for r in yahoo.charts("TCS.NS")] == [False, True]
    assert [r.bars > 1000 for r in yahoo.charts("INFY.NS")] == [False]
    fresh = ask("beta", "TCS", "INFY", "--json", FACTOR_CACHE_DIR=str(tmp_path / "other"), **monday)
    assert [numbers(r) for r in grown.results] == [numbers(r) for r in fresh.results]


def test_a_history_that_was_cut_short_is_whole_again_within_a_month(ask: Ask, factor: Ask, yahoo) -> None:
    """Yahoo truncates histories after a rename, for months; the store does not keep them short for ever."""
    yahoo.fault("INFY.NS", faults.ShortHistory(39))
    assert ask("beta", "INFY", "--json").codes == ["insufficient_history"]
    yahoo.heal()
    yahoo.now += timedelta(days=31)
    later = {"FACTOR_NOW": "2026-12-21T18:00:00+05:30"}
    whole, demo = ask("beta", "INFY", "--json", **later), factor("beta", "INFY", "--json", "--source", "demo", **later)
    assert [numbers(r) for r in whole.results] == [numbers(r) for r in demo.results]


def test_refresh_fetches_anew_and_no_cache_keeps_nothing(ask: Ask, yahoo, home: Path) -> None:
    """--refresh asks for whole histories; --no-cache neither reads nor writes stored prices."""
    assert ask("beta", "TCS", "--no-cache").status == 0
    assert not (home / "cache" / "factorcli" / "cache.db").exists()
    assert ask("beta", "TCS").status == 0
    yahoo.forget()
    assert ask("beta", "TCS", "--refresh").status == 0
    assert len(yahoo.charts()) == 6 and all(r.bars > 1000 for r in yahoo.charts())


WEDNESDAY, FRIDAY = date(2026, 11, 18), date(2026, 11, 20)
FAULTS: dict[str, tuple[Any, int | None, str | None]] = {
    # fault, how often it strikes, the code of the error (None: the ticker is answered)
    "401 once": (faults.Status(401), 1, None),
    "401": (faults.Status(401), None, "refused"),
    "404": (faults.Delisted(), None, "delisted"),
    "429 once": (faults.Status(429), 1, None),
    "429 and Retry-After once": (faults.Status(429, retry_after=1), 1, None),
    "500 twice": (faults.Status(500), 2, None),
    "500": (faults.Status(500), None, "server_failed"),
    "503": (faults.Status(503), None, "server_failed"),
    "a page": (faults.ConsentPage(), None, "bad_answer"),
    "reset once": (faults.Reset(), 1, None),
    "reset": (faults.Reset(), None, "connection_lost"),
    "3 s": (faults.Delay(3), 1, None),
    "half once": (faults.Half(), 1, None),
    "half": (faults.Half(), None, "connection_lost"),
    "unequal": (faults.UnequalLengths(), None, "bad_answer"),
    "no timestamp": (faults.NoTimestamp(), None, "no_prices"),
    "no such dates": (faults.NoSuchDates(), None, "no_prices"),
    "all null": (faults.AllNull(), None, "no_prices"),
    "no adjclose": (faults.NoAdjclose(), None, None),
    "today twice": (faults.TodayTwice(1.05), None, None),
    "stale end": (faults.StaleEnd(30), None, "stale_series"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.slow
def test_a_fault_strikes_its_ticker_only_and_leaves_nothing_behind(ask: Ask, factor: Ask, yahoo, name: str) -> None:
    """The right result or the right error for it, the right result for the other, and for both once it is over."""
    fault, times, code = FAULTS[name]
    demo = factor("beta", "INFY", "TCS", "--json", "--source", "demo")
    yahoo.fault("INFY.NS", fault, times)
    struck = ask("beta", "INFY", "TCS", "--json")
    assert struck.codes == ([code] if code else [])
    assert struck.status == (3 if code else 0)
    assert beta(struck, "TCS.NS") == beta(demo, "TCS.NS")
    if code is None:
        assert beta(struck, "INFY.NS") == beta(demo, "INFY.NS")
    else:
        assert "Traceback" not in struck.err and len(struck.err.splitlines()) == 1
    yahoo.heal()
    later = "2026-11-21T19:00:00+05:30" if code in ("delisted",) else "2026-11-23T18:00:00+05:30"
    yahoo.now += timedelta(days=3)
    healed = ask("beta", "INFY", "TCS", "--json", FACTOR_NOW=later)
    fresh = factor("beta", "INFY", "TCS", "--json", "--source", "demo", FACTOR_NOW=later)
    assert healed.status == 0, healed.err
    assert [numbers(r) for r in healed.results] == [numbers(r) for r in fresh.results]


BAD_BARS: dict[str, tuple[Any, set[str]]] = {
    # fault, the codes of the warnings that the ticker has besides those of the market
    "nulls in the middle": (faults.NullsInTheMiddle([WEDNESDAY]), {"short_history"}),
    "null last row": (faults.NullLastRow(), {"short_history", "stale_prices"}),
    "filler on a trading day": (faults.Filler([WEDNESDAY]), {"filler_bar", "short_history"}),
    "missed split": (faults.MissedSplit(WEDNESDAY, 5), {"suspect_jump"}),
    "live row in the evening": (faults.LiveLastRow(1.03), {"short_history", "stale_prices"}),
    "spike": (faults.Spike(WEDNESDAY, 1.9), {"bad_print"}),
}


@pytest.mark.parametrize("name", BAD_BARS)
def test_a_bad_bar_costs_its_returns_and_is_named(ask: Ask, factor: Ask, yahoo, name: str) -> None:
    """What the gate leaves out is said; what stays is the demo's: a fit without those days must agree."""
    fault, codes = BAD_BARS[name]
    yahoo.fault("INFY.NS", fault)
    demo = factor("beta", "INFY", "--json", "--source", "demo").results[0]
    found = ask("beta", "INFY", "--json").results[0]
    warned = {warning.split(":")[0] for warning in found["warnings"]}
    assert codes <= warned <= codes | {"collinear", "price_index"}
    assert found["as_of"] == "2026-11-20"
    assert 249 <= found["observations"] < 252
    assert found["betas"]["MKT"]["beta"] == pytest.approx(demo["betas"]["MKT"]["beta"], abs=0.1)
    assert found["r_squared"] == pytest.approx(demo["r_squared"], abs=0.03)


@pytest.mark.parametrize("fault", [faults.LiveLastRow(1.03), faults.NullLastRow()])
def test_a_closing_price_that_is_late_is_asked_for_again_within_the_evening(
    ask: Ask, factor: Ask, yahoo, fault: faults.Fault
) -> None:
    """For a while after the close Yahoo shows a live row, or none yet; an hour later the day's own bar is fetched."""
    yahoo.fault(EVERY, fault)
    early = ask("beta", "INFY", "--json").results[0]
    assert early["as_of"] == "2026-11-19" and early["cache"]["stale"]
    yahoo.heal()
    yahoo.forget()
    ask("beta", "INFY", FACTOR_NOW="2026-11-20T18:30:00+05:30")
    assert yahoo.requests == []
    evening = {"FACTOR_NOW": "2026-11-20T19:30:00+05:30"}
    later = ask("beta", "INFY", "--json", **evening)
    demo = factor("beta", "INFY", "--json", "--source", "demo", **evening)
    assert numbers(later.results[0]) == numbers(demo.results[0])


def test_a_muhurat_session_is_a_session(ask: Ask, yahoo) -> None:
    """Its bars are stamped in the evening, and count from the next day on."""
    yahoo.fault(EVERY, faults.Muhurat(FRIDAY))
    found = ask("beta", "INFY", "--json", FACTOR_NOW="2026-11-21T10:00:00+05:30").results[0]
    assert (found["as_of"], found["observations"]) == ("2026-11-20", 252)


def test_a_holiday_of_the_market_is_no_session_whatever_a_ticker_shows(ask: Ask, yahoo) -> None:
    """A filler bar on a day without ^NSEI costs nothing: not a return, not a warning."""
    yahoo.fault(EVERY, faults.Holidays([WEDNESDAY]))
    yahoo.fault("INFY.NS", faults.Filler([WEDNESDAY]))
    found = ask("beta", "INFY", "--json").results[0]
    assert found["observations"] == 252 and found["data"]["excluded"] == []
    assert {warning.split(":")[0] for warning in found["warnings"]} <= {"collinear", "price_index"}


@pytest.mark.parametrize(("now", "as_of"), [("12:00", "2026-11-19"), ("15:59", "2026-11-19"), ("16:00", "2026-11-20")])
def test_a_live_row_is_no_close(ask: Ask, factor: Ask, yahoo, now: str, as_of: str) -> None:
    """Until the session has closed, the last row is left out, and it is not in the store the day after."""
    moment = f"2026-11-20T{now}:00+05:30"
    yahoo.now = yahoo.now.replace(hour=int(now[:2]), minute=int(now[3:]))
    if now != "16:00":
        yahoo.fault(EVERY, faults.LiveLastRow(1.03))
    live = ask("beta", "INFY", "--json", FACTOR_NOW=moment)
    demo = factor("beta", "INFY", "--json", "--source", "demo", FACTOR_NOW=moment)
    assert live.results[0]["as_of"] == as_of
    assert numbers(live.results[0]) == numbers(demo.results[0])
    yahoo.heal()
    yahoo.now = yahoo.now.replace(hour=18) + timedelta(days=3)
    monday = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}
    after = ask("beta", "INFY", "--json", **monday)
    assert numbers(after.results[0]) == numbers(
        factor("beta", "INFY", "--json", "--source", "demo", **monday).results[0]
    )


def test_a_renamed_symbol_is_asked_for_under_its_new_name(ask: Ask, yahoo) -> None:
    """ZOMATO is ETERNAL now: the old name never reaches Yahoo."""
    found = ask("beta", "ZOMATO.NS", "--json").results[0]
    assert found["ticker"] == "ETERNAL.NS" and any(w.startswith("renamed") for w in found["warnings"])
    assert not yahoo.charts("ZOMATO.NS")


def test_an_unknown_ticker_is_told_from_a_delisted_one_and_neither_is_asked_for_again_for_a_day(ask, yahoo) -> None:
    """A typo gets a suggestion; a member of the universe that is gone is delisted."""
    yahoo.fault("TCS.NS", faults.Delisted())
    first = ask("beta", "TCS", "RELIANC.NS", "INFY", "--json")
    assert first.codes == ["delisted", "unknown_ticker"] and "RELIANCE.NS" in first.err
    assert len(yahoo.charts("TCS.NS")) == len(yahoo.charts("RELIANC.NS")) == 1
    yahoo.forget()
    again = ask("beta", "TCS", "RELIANC.NS", "--json", FACTOR_NOW="2026-11-21T17:00:00+05:30")
    assert again.codes == first.codes and yahoo.requests == []
    ask("beta", "TCS", FACTOR_NOW="2026-11-21T19:00:00+05:30")
    assert len(yahoo.charts("TCS.NS")) == 1


def test_a_momentum_fund_of_empty_closes_is_replaced_with_a_warning_in_every_result(ask: Ask, yahoo) -> None:
    """MOMOMENTUM.NS came back all NaN in 2026: the next fund of the index measures the factor."""
    yahoo.fault("MOMOMENTUM.NS", faults.AllNull())
    for result in ask("beta", "INFY", "TCS", "--json").results:
        assert result["model"]["proxies"]["MOM"] == INDIA_5F.factors[2].proxies[1]
        assert any(w.startswith("proxy_fallback: MOM") for w in result["warnings"])


@pytest.mark.parametrize(
    ("fault", "status", "code"), [(faults.AllNull(), 4, "no_healthy_proxy"), (faults.Status(500), 5, "upstream")]
)
def test_without_a_healthy_proxy_the_run_stops_before_it_asks_for_a_stock(ask: Ask, yahoo, fault, status, code) -> None:
    """The sentence names the factor and all that was tried."""
    for proxy in INDIA_5F.factors[2].proxies:
        yahoo.fault(proxy, fault)
    answer = ask("heatmap", "compute", "--sector", "Power", "--json")
    assert (answer.status, answer.codes) == (status, [code])
    assert all(name in answer.err for name in ("MOM", *INDIA_5F.factors[2].proxies))
    assert not yahoo.charts("NTPC.NS")


def test_cookie_and_crumb_are_a_courtesy(ask: Ask, yahoo) -> None:
    """Prices need neither: a run goes on without, and does not ask for them a second time."""
    yahoo.fault(COOKIE, faults.Reset())
    yahoo.fault(CRUMB, faults.Status(500))
    assert ask("beta", "TCS", "INFY").status == 0
    assert len(yahoo.requests) - len(yahoo.charts()) <= 3  # curl itself repeats a request that was reset


def test_a_blocked_cookie_host_costs_no_price(ask: Ask, yahoo) -> None:
    """Name servers that block advertising block fc.yahoo.com: the prices are elsewhere."""
    yahoo.blocked.add("fc.yahoo.com")
    assert ask("beta", "INFY").status == 0
    assert yahoo.strangers == ["fc.yahoo.com:443"]
    assert len(yahoo.requests) == len(PROXIES) + 1


def test_a_redirection_is_not_followed(ask: Ask, yahoo) -> None:
    """Each hop would be a request without a token."""
    yahoo.fault(COOKIE, faults.Redirection())
    yahoo.fault("INFY.NS", faults.Redirection())
    assert ask("beta", "INFY", "TCS", "--json").codes == ["bad_answer"]
    assert {r.host for r in yahoo.requests} == {"fc.yahoo.com", "query1.finance.yahoo.com", "query2.finance.yahoo.com"}


def test_nothing_of_yfinance_is_kept_on_disk(ask_installed: Ask, home: Path) -> None:
    """Its cookie cache is a pickle; all that is left behind is our own database and the bucket."""
    assert ask_installed("beta", "TCS").status == 0
    left = {path.name for path in home.rglob("*") if path.is_file()}
    assert all(name.startswith(("cache.", "yahoo-")) for name in left)
    assert all(path.stat().st_mode & 0o077 == 0 for path in home.rglob("factorcli") if path.is_dir())


NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


def test_an_unreachable_yahoo_is_one_sentence_with_advice(factor: Ask) -> None:
    """Within five seconds, and with status 5."""
    start = time.monotonic()
    answer = factor("beta", "TCS", "INFY", "--source", "yahoo", **NOWHERE)
    assert time.monotonic() - start < 60  # the five seconds are the benchmark's to hold
    assert answer.status == 5 and len(answer.err.splitlines()) == 1
    assert all(word in answer.err for word in ("--source demo", "folder", "factor doctor"))


def test_what_is_in_the_way_of_yahoo_is_named(factor: Ask, yahoo) -> None:
    """A certificate that is not trusted, and a proxy that refuses, are no trouble of the network."""
    distrustful = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), "/dev/null")
    answer = factor("beta", "TCS", "--source", "yahoo", **{**yahoo.environment, **distrustful})
    assert answer.status == 5 and "certificate is not trusted" in answer.err and "--source demo" in answer.err
    yahoo.blocked |= {"fc.yahoo.com", "query2.finance.yahoo.com"}
    answer = factor("beta", "TCS", "--source", "yahoo", **yahoo.environment)
    assert answer.status == 5 and "through the proxy (status 403)" in answer.err and "--source demo" in answer.err


def test_many_tickers_with_one_trouble_are_one_sentence(ask: Ask, yahoo) -> None:
    """What is said of all of them is said once; --json has it with each."""
    assert ask("beta", "TCS").status == 0
    yahoo.fault(EVERY, faults.Status(429, retry_after=3600))
    answer = ask("beta", "INFY", "WIPRO", "SBIN", "NTPC", "--json")
    assert answer.status == 5 and len(answer.codes) == 4 and len(answer.err.splitlines()) == 1


def test_an_unreachable_yahoo_leaves_the_stored_prices(ask: Ask, factor: Ask, yahoo) -> None:
    """The answer is of the last prices, says so, and is not kept as if it were today's."""
    before = ask("beta", "TCS", "--json").results[0]
    monday = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}
    stale = factor("beta", "TCS", "--source", "yahoo", "--json", **monday, **NOWHERE)
    result = stale.results[0]
    assert stale.status == 0 and result["cache"]["stale"] and result["as_of"] == "2026-11-20"
    assert result["betas"] == before["betas"]
    assert any(w.startswith("stale_prices") and "2026-11-20" in w for w in result["warnings"])
    yahoo.now += timedelta(days=3)
    healed = ask("beta", "TCS", "--json", **monday).results[0]
    assert healed["as_of"] == "2026-11-23" and not healed["cache"]["stale"]


@pytest.mark.slow
def test_repeated_refusals_stop_the_run_which_keeps_what_it_has(ask: Ask, yahoo) -> None:
    """Status 5, a time to try again, the rest pending; the next run fetches only what was missing."""
    for ticker in ("NTPC.NS", "TATAPOWER.NS"):
        assert ask("beta", ticker).status == 0
    yahoo.forget()
    yahoo.fault(EVERY, faults.Status(429))
    stopped = ask("heatmap", "compute", "--sector", "Power", "--window", "252", "--json")
    status = stopped.results[0]
    assert stopped.status == 5 and stopped.codes == ["rate_limited"] and "try again after" in stopped.err
    assert (status["computed"], status["failed"]) == (2, 0)
    assert len(yahoo.refused()) <= 4 * 8
    yahoo.heal()
    yahoo.forget()
    done = ask("heatmap", "compute", "--sector", "Power", "--window", "252", "--json")
    assert done.status == 0 and len(yahoo.charts()) == 15


def test_a_long_retry_after_is_not_waited_for_and_not_forgotten(ask: Ask, yahoo) -> None:
    """A run does not sit out an hour, and the next one does not ask before it is over."""
    yahoo.fault(EVERY, faults.Status(429, retry_after=3600))
    assert ask("beta", "TCS").status == 5
    yahoo.forget()
    again = ask("beta", "TCS")
    assert again.status == 5 and "try again after" in again.err and yahoo.requests == []


def test_retry_after_is_obeyed_by_everybody(ask: Ask, yahoo) -> None:
    """After a refusal nothing is sent for as long as was asked."""
    yahoo.fault("TCS.NS", faults.Status(429, retry_after=2), times=1)
    assert ask("beta", "TCS", "INFY", "WIPRO", "SBIN").status == 0
    (refused,) = yahoo.refused()
    under_way = 0.5  # what had been sent before the refusal came
    assert not [r for r in yahoo.requests if refused.at + under_way < r.at < refused.at + 1.9]
    assert len(yahoo.charts("TCS.NS")) == 2


@pytest.mark.parametrize(("others_are_answered", "attempts"), [(True, 6), (False, 3)])
def test_a_ticker_with_bad_luck_is_asked_for_more_often(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, others_are_answered: bool, attempts: int
) -> None:
    """Where a server answers some and refuses some, a ticker may be refused thrice by chance."""
    client = YahooClient(TokenBucket(None, 1000, 1000), FixedClock(now := datetime.now(UTC)), tmp_path, INDIA)
    asked: list[str] = []

    def refuse(ticker: str, start: date) -> None:
        asked.append(ticker)
        raise RateLimited("says that there were too many requests")

    def wait(seconds: float) -> None:
        if others_are_answered:
            client._session.answered_at = time.time() + 1

    monkeypatch.setattr(client, "_ask", refuse)
    monkeypatch.setattr(client, "_sleep", wait)
    with pytest.raises(RateLimited, match=f"{attempts} times"):
        client.fetch("TCS.NS", now.date())
    assert len(asked) == attempts


@pytest.mark.installed
@pytest.mark.slow
def test_processes_share_one_bucket(ask: Ask, yahoo, environment, home: Path) -> None:
    """Three runs at once, with caches of their own: the server never sees more than burst + rate · t."""
    sectors = ("Power", "Realty", "Telecommunication")
    runs = [
        subprocess.Popen(
            [command(), "heatmap", "compute", "--sector", sector, "--window", "252", "--source", "yahoo"],
            env={**environment, **yahoo.environment, "YAHOO_RATE": "12", "FACTOR_CACHE_DIR": str(home / sector)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=home,
        )
        for sector in sectors
    ]
    assert [(run.wait(120), run.communicate()[1]) for run in runs] == [(0, b"")] * 3
    assert len(yahoo.requests) > 50
    assert yahoo.most_in_any_interval(12, 10) <= 0


@pytest.mark.installed
@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_loses_nothing(ask: Ask, factor: Ask, yahoo, environment, home) -> None:
    """SIGKILL at twenty random moments: what is stored is never fetched again, and the end is the same."""
    yahoo.latency = 0.05
    moments = random.Random(4)
    words = ["heatmap", "compute", "--sector", "Information Technology", "--source", "yahoo"]
    env = {**environment, **yahoo.environment, "YAHOO_RATE": "40", "YAHOO_WORKERS": "2", "YAHOO_BURST": "3"}
    store = PriceStore(DiskCache(home / "cache" / "factorcli", lambda _: None), "yahoo")
    tickers = [*PROXIES, *(r["ticker"] for r in factor("universe", "list", "--sector", words[3], "--json").results)]
    for _ in range(20):
        stored = store.load(tickers)
        yahoo.forget()
        run = subprocess.Popen(
            [command(), *words], env=env, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        time.sleep(moments.uniform(0.8, 2.6))
        run.kill()
        assert b"Traceback" not in run.communicate()[1]
        assert not set(stored) & {r.symbol for r in yahoo.charts()}
    assert ask(*words[:-2]).status == 0
    ours = ask("heatmap", "show", "--sector", words[3], "--json").results
    factor(*words[:-1], "demo")
    demo = factor("heatmap", "show", "--sector", words[3], "--json", "--source", "demo").results
    assert [numbers(r) for r in ours] == [numbers(r) for r in demo]


@pytest.mark.installed
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow  # without coverage, whose own lock a signal can leave held
def test_a_signal_ends_a_fetch_at_once_and_keeps_what_it_has(yahoo, environment, home: Path, sent: int) -> None:
    """Those who wait for their turn do not have to be waited for."""
    env = {**environment, **yahoo.environment, "YAHOO_RATE": "0.5", "YAHOO_BURST": "10"}
    words = [command(), "heatmap", "compute", "--sector", "Power", "--source", "yahoo"]
    run = subprocess.Popen(words, env=env, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while len(yahoo.charts()) < 8:
        time.sleep(0.05)
    time.sleep(0.3)
    os.kill(run.pid, sent)
    assert run.wait(20) == 130
    assert run.communicate()[1] == b"factor: Interrupted; what was done is kept.\n"
    store = PriceStore(DiskCache(home / "cache" / "factorcli", lambda _: None), "yahoo")
    assert len(store.load([r.symbol for r in yahoo.charts()])) >= 8
