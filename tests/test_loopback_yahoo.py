"""The loopback Yahoo itself: the unmodified client gets the demo market from it, and every fault shows."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factorcli.markets.universe import Universe
from factorcli.prices.demo import DemoSource
from tests.yahoo import LoopbackYahoo, faults
from tests.yahoo.client import fetch, histories
from tests.yahoo.fixture import EVENING
from tests.yahoo.ledger import excess
from tests.yahoo.market import FixedClock

pytestmark = pytest.mark.yahoo

LAST, BEFORE = date(2026, 11, 20), date(2026, 11, 19)


def result(server: LoopbackYahoo, symbol: str, query: str = "range=max&events=div,splits") -> dict[str, Any]:
    """The one result of a chart body."""
    _, _, body = fetch(server, f"/v8/finance/chart/{symbol}?interval=1d&{query}")
    return dict(json.loads(body)["chart"]["result"][0])


def column(server: LoopbackYahoo, symbol: str, name: str) -> list[Any]:
    """One column of the whole history."""
    indicators = result(server, symbol)["indicators"]
    return list(indicators["adjclose"][0][name] if name == "adjclose" else indicators["quote"][0][name])


def demo(symbol: str) -> list[float]:
    """The demo market's closes of a symbol."""
    return [float(c) for c in DemoSource(Universe.load(), FixedClock(EVENING)).prices([symbol]).closes[:, 0]]


def test_the_client_gets_the_demo_market_to_the_digit(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """Adjusted closes that yfinance hands out are the demo's closes bit by bit, names that need quoting included."""
    symbols = ("TCS.NS", "M&M.NS", "^NSEI", "MOMOMENTUM.NS")
    answers = histories(yahoo, tmp_path, *symbols)
    for symbol in symbols:
        assert [adjusted for _, adjusted, _ in answers[symbol].values()] == demo(symbol)
        assert list(answers[symbol])[-1] == str(LAST)
        assert min(volume for _, _, volume in answers[symbol].values()) > 0


def test_a_cold_history_is_one_chart_and_one_cookie_and_one_crumb(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """With the time zone known a ticker is one request, and the process two more; each is written down in order."""
    histories(yahoo, tmp_path, "TCS.NS")
    assert [request.path for request in yahoo.requests] == ["/", "/v1/test/getcrumb", "/v8/finance/chart/TCS.NS"]
    (chart,) = yahoo.charts("TCS.NS")
    assert (chart.status, chart.bars, chart.query["interval"]) == (200, len(demo("TCS.NS")), "1d")
    assert not yahoo.strangers


def test_an_unknown_time_zone_costs_a_chart_more(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """Without it the client first asks for one day to learn the zone."""
    histories(yahoo, tmp_path, "TCS.NS", zones_known=False)
    assert [chart.query.get("range") for chart in yahoo.charts()] == ["1d", None]


def test_an_error_status_is_asked_again_at_once(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """yfinance turns every refusal into three requests, and tells only a 429 from an empty answer."""
    statuses = {"TCS.NS": 401, "INFY.NS": 404, "WIPRO.NS": 429, "HCLTECH.NS": 503}
    for symbol, status in statuses.items():
        yahoo.fault(symbol, faults.Status(status))
    answers = histories(yahoo, tmp_path, *statuses)
    assert answers == {"TCS.NS": {}, "INFY.NS": {}, "WIPRO.NS": "YFRateLimitError", "HCLTECH.NS": {}}
    for symbol, status in statuses.items():
        assert [chart.status for chart in yahoo.charts(symbol)] == [status, status]
    assert len(yahoo.refused()) == 2


def test_a_fault_ends_after_its_times(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """One refusal, and the client's own repetition gets the history."""
    yahoo.fault("TCS.NS", faults.Status(500), times=1)
    assert len(histories(yahoo, tmp_path, "TCS.NS")["TCS.NS"]) == len(demo("TCS.NS"))
    assert [chart.status for chart in yahoo.charts()] == [500, 200]


@pytest.mark.slow
def test_a_broken_connection_looks_like_a_delisted_ticker(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """Reset, half a body, silence and an HTML page all end as an empty frame, so only the session can tell."""
    broken = {
        "TCS.NS": faults.Reset(),
        "INFY.NS": faults.Half(),
        "WIPRO.NS": faults.Silence(),
        "HCLTECH.NS": faults.ConsentPage(),
        "ITC.NS": faults.Delay(30),
    }
    for symbol, fault in broken.items():
        yahoo.fault(symbol, fault)
    assert histories(yahoo, tmp_path, *broken, timeout=1) == {symbol: {} for symbol in broken}
    assert [yahoo.charts(symbol)[0].status for symbol in broken] == [None, 200, None, 200, 200]


def test_a_lost_cookie_and_crumb_do_not_stop_the_chart(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """Faults can be declared for the calls beside the charts; the client goes on without a crumb."""
    yahoo.fault(faults.COOKIE, faults.Reset())
    yahoo.fault(faults.CRUMB, faults.Status(429))
    assert len(histories(yahoo, tmp_path, "TCS.NS")["TCS.NS"]) == len(demo("TCS.NS"))
    assert "crumb" not in yahoo.charts()[-1].query


def test_a_bucket_refuses_what_a_bucket_would_not_have_passed(tmp_path: Path) -> None:
    """With five requests and no refill twenty tickers are mostly refused, and the worst interval says by how many."""
    symbols = [stock.ticker for stock in Universe.load().stocks[:20]]
    with LoopbackYahoo(EVENING, bucket=(0.0, 5.0)) as server:
        answers = histories(server, tmp_path, *symbols)
        assert sum(isinstance(answer, dict) and len(answer) > 0 for answer in answers.values()) == 3
        passed = len(server.requests) - len(server.refused())
        assert passed == 5
        assert server.most_in_any_interval(0.0, 5.0) == len(server.refused()) > 0


def test_the_worst_interval_is_found() -> None:
    """The excess over a bucket is that of the worst interval, by all intervals one after the other."""
    times = np.cumsum(np.random.default_rng(1).exponential(0.4, 60))
    every = [j - i + 1 - (3 + 2 * (times[j] - times[i])) for i in range(len(times)) for j in range(i, len(times))]
    assert excess(list(times), 2, 3) == pytest.approx(max(every))
    assert excess([0, 0, 0, 1, 2], 1, 3) <= 0 < excess([0, 0, 0, 0, 1], 1, 3)


def test_another_host_is_refused(yahoo: LoopbackYahoo) -> None:
    """The proxy speaks for Yahoo's hosts only, and tells who asked for another."""
    with pytest.raises(OSError, match="403"):
        fetch(yahoo, "/", "example.com")
    assert yahoo.strangers == ["example.com:443"]
    assert not yahoo.requests


def test_the_answer_is_cut_to_what_was_asked(yahoo: LoopbackYahoo) -> None:
    """period1 is included, period2 is not; a weekend has no bars; before the first trade there is a 400."""
    first, last = 1_795_059_900, 1_795_146_300  # 2026-11-19 and 20, 03:45 UTC
    assert result(yahoo, "TCS.NS", f"period1={first}&period2={last}")["timestamp"] == [first]
    assert result(yahoo, "TCS.NS", "range=5d")["timestamp"][-2:] == [first, last]
    weekend = result(yahoo, "TCS.NS", f"period1={last + 86400}&period2={last + 2 * 86400}")
    assert "timestamp" not in weekend
    assert weekend["meta"]["exchangeTimezoneName"] == "Asia/Kolkata"
    status, _, body = fetch(yahoo, "/v8/finance/chart/TCS.NS?period1=100&period2=200&interval=1d")
    assert (status, b"Data doesn't exist for startDate = 100, endDate = 200" in body) == (400, True)
    assert fetch(yahoo, "/v8/finance/chart/NOPE.NS")[0] == 404


def test_the_next_day_appends(yahoo: LoopbackYahoo) -> None:
    """Moved to Monday evening the server has one bar more, and the old ones as they were."""
    before = column(yahoo, "TCS.NS", "adjclose")
    yahoo.forget()
    yahoo.now += timedelta(days=3)
    after = column(yahoo, "TCS.NS", "adjclose")
    assert (after[:-1], len(after)) == (before, len(before) + 1)
    assert [chart.bars for chart in yahoo.charts()] == [len(after)]


@pytest.mark.parametrize("kind", ["split", "dividend"])
def test_an_action_changes_the_old_levels_and_no_return(yahoo: LoopbackYahoo, kind: str) -> None:
    """After a split or a dividend the history that was stored disagrees everywhere, and its returns do not."""
    before = np.array(column(yahoo, "TCS.NS", "adjclose"))
    monday = date(2026, 11, 23)
    if kind == "split":
        yahoo.split("TCS.NS", monday, 5)
    else:
        yahoo.dividend("TCS.NS", monday, 40.0)
    assert column(yahoo, "TCS.NS", "adjclose") == before.tolist()
    yahoo.now += timedelta(days=3)
    after = np.array(column(yahoo, "TCS.NS", "adjclose"))
    kept = 0.2 if kind == "split" else 1 - 40 / before[-1]
    np.testing.assert_allclose(after[:-1], before * kept, rtol=1e-12)
    events = result(yahoo, "TCS.NS")["events"]
    assert [event["date"] for event in events[f"{kind}s"].values()] == [1_795_405_500]
    assert column(yahoo, "TCS.NS", "close")[-1] == after[-1]


def test_the_faults_in_the_data(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """Nulls, a live row, a stale end, a missed split, filler rows and holidays reach the client's frame."""
    yahoo.fault(faults.EVERY, faults.Holidays([BEFORE]))
    declared = {
        "TCS.NS": faults.NullsInTheMiddle([date(2026, 11, 17)]),
        "INFY.NS": faults.NullLastRow(),
        "WIPRO.NS": faults.LiveLastRow(1.5),
        "HCLTECH.NS": faults.StaleEnd(5),
        "ITC.NS": faults.MissedSplit(date(2026, 11, 16)),
        "TITAN.NS": faults.Filler([BEFORE, LAST]),
        "MOMOMENTUM.NS": faults.AllNull(),
        "SBIN.NS": faults.NoTimestamp(),
        "LT.NS": faults.UnequalLengths(),
    }
    for symbol, fault in declared.items():
        yahoo.fault(symbol, fault)
    seen = {
        symbol: rows if isinstance(rows, str) else {day: close for day, (_, close, _) in rows.items()}
        for symbol, rows in histories(yahoo, tmp_path, *declared).items()
    }
    last, before, stock = str(LAST), str(BEFORE), {symbol: demo(symbol) for symbol in declared}
    assert np.isnan(seen["TCS.NS"]["2026-11-17"])
    assert before not in seen["TCS.NS"]
    assert np.isnan(seen["INFY.NS"][last])
    assert seen["WIPRO.NS"][last] == stock["WIPRO.NS"][-1] * 1.5
    assert max(seen["HCLTECH.NS"]) == "2026-11-12"
    assert seen["ITC.NS"][last] == pytest.approx(stock["ITC.NS"][-1] / 5)
    assert seen["ITC.NS"]["2026-11-13"] == stock["ITC.NS"][-6]
    assert seen["TITAN.NS"][last] == seen["TITAN.NS"][before] == stock["TITAN.NS"][-3]
    assert all(np.isnan(close) for close in seen["MOMOMENTUM.NS"].values())
    assert seen["SBIN.NS"] == {}
    assert seen["LT.NS"] == "ValueError"


def test_the_faults_in_the_body(yahoo: LoopbackYahoo) -> None:
    """What the client hides is in the body: two bars of one day, the evening stamp, no adjusted closes, a short end."""
    for symbol, fault in {
        "TCS.NS": faults.TodayTwice(),
        "INFY.NS": faults.Muhurat(LAST),
        "WIPRO.NS": faults.NoAdjclose(),
        "LTM.NS": faults.ShortHistory(39),
        "ITC.NS": faults.WeekendSession(date(2026, 11, 14)),
        "TITAN.NS": faults.Spike(BEFORE),
    }.items():
        yahoo.fault(symbol, fault)
    assert result(yahoo, "TCS.NS")["timestamp"][-2:] == [1_795_146_300, 1_795_168_801]
    assert result(yahoo, "INFY.NS")["timestamp"][-1] == 1_795_146_300 + 9 * 3600
    assert list(result(yahoo, "WIPRO.NS")["indicators"]) == ["quote"]
    assert len(result(yahoo, "LTM.NS")["timestamp"]) == 39
    assert 1_795_146_300 - 6 * 86400 in result(yahoo, "ITC.NS")["timestamp"]
    assert column(yahoo, "TITAN.NS", "close")[-2:] == [demo("TITAN.NS")[-2] * 2, demo("TITAN.NS")[-1]]


def test_a_live_bar_comes_while_the_session_lasts(yahoo: LoopbackYahoo) -> None:
    """At eleven on Monday the last bar is stamped with the time of the last trade, after Friday's."""
    yahoo.now = EVENING.replace(day=23, hour=11)
    assert result(yahoo, "TCS.NS")["timestamp"][-1] == 1_795_146_300
    yahoo.fault("TCS.NS", faults.LiveLastRow())
    assert result(yahoo, "TCS.NS")["timestamp"][-2:] == [1_795_146_300, int(yahoo.now.timestamp())]


def test_faults_combine_and_heal(yahoo: LoopbackYahoo) -> None:
    """Two faults at one place act together, and a healed place answers as before."""
    yahoo.fault("TCS.NS", faults.Delay(0.01))
    yahoo.fault("TCS.NS", faults.Status(429, retry_after=7))
    status, kind, body = fetch(yahoo, "/v8/finance/chart/TCS.NS?range=1d")
    assert (status, kind.partition(";")[0], body) == (429, "text/plain", b"Edge: Too Many Requests")
    yahoo.heal("TCS.NS")
    assert fetch(yahoo, "/v8/finance/chart/TCS.NS?range=1d")[0] == 200
    yahoo.fault("TCS.NS", faults.NoSuchDates())
    assert fetch(yahoo, "/v8/finance/chart/TCS.NS?range=1d")[0] == 400


def test_spark_answers_twenty_symbols(yahoo: LoopbackYahoo) -> None:
    """Closes of many symbols in one call, no adjusted ones; the twenty-first is too many."""
    symbols = [stock.ticker.replace("&", "%26") for stock in Universe.load().stocks[:21]]
    status, _, body = fetch(yahoo, f"/v8/finance/spark?symbols={','.join(symbols[:20])}&range=1d&interval=1d")
    assert (status, len(json.loads(body))) == (200, 20)
    assert fetch(yahoo, f"/v8/finance/spark?symbols={','.join(symbols)}&range=1d&interval=1d")[0] == 400


def test_it_runs_alone() -> None:
    """`python -m tests.yahoo` prints the environment that a client needs, and tells what was asked when it ends."""
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-m", "tests.yahoo", "--rate", "2"], cwd=root, stdout=subprocess.PIPE, text=True
    ) as alone:
        assert alone.stdout
        assert alone.stdout.readline().startswith("export HTTPS_PROXY=http://127.0.0.1:")
        alone.terminate()
        assert alone.stdout.read().splitlines()[-1] == "# 0 requests, 0 of them refused"
    assert alone.returncode == 0


def test_an_error_of_past_days_stays_in_the_client(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """yfinance keeps the answer to a range that ended before now by the machine's clock, a 503 as well."""
    code = (
        "import sys, yfinance as yf; yf.set_tz_cache_location(sys.argv[1]);"
        "yf.cache.get_tz_cache().store('TCS.NS', 'Asia/Kolkata');"
        "[yf.Ticker('TCS.NS').history(start='2024-01-01', end='2025-01-01') for _ in range(3)]"
    )
    yahoo.fault("TCS.NS", faults.Status(503), times=2)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **yahoo.environment}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, capture_output=True, check=True)
    assert [chart.status for chart in yahoo.charts()] == [503, 503]
