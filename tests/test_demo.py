"""The embedded market: planted betas are recovered, and two runs say the same."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from factorcli.compose import SystemClock
from factorcli.markets.universe import Universe
from factorcli.prices.demo import DemoSource
from tests.conftest import Run

pytestmark = pytest.mark.cli

FACTORS = ("MKT", "VAL", "MOM", "SZ", "VOL")


def _demo() -> DemoSource:
    clock = SystemClock(datetime(2026, 11, 20, 18, tzinfo=UTC))
    return DemoSource(Universe.load(), clock)


def test_classical_intervals_cover_the_planted_betas(factor: Run) -> None:
    """Over the whole universe 95 % intervals hold the truth in 93 to 97 % of 2,500 cases."""
    tickers = [stock.ticker for stock in Universe.load().stocks]
    answer = factor("beta", *tickers, "--source", "demo", "--cov", "nonrobust", "--json")
    assert answer.status == 0
    assert len(answer.results) == 500
    truth = _demo()
    covered = [
        estimate["ci_low"] <= planted <= estimate["ci_high"]
        for result in answer.results
        for code, planted in truth.planted_betas(result["ticker"]).items()
        for estimate in [result["betas"][code]]
    ]
    assert len(covered) == 2500
    assert 0.93 <= np.mean(covered) <= 0.97


def test_two_runs_print_the_same_bytes(factor: Run) -> None:
    """The demo is deterministic: with the clock fixed even the time stamps agree."""
    ask = ("beta", "RELIANCE", "TCS", "--source", "demo", "--json", "--no-cache")
    first = factor(*ask)
    assert first.out == factor(*ask).out
    assert all(r["data"]["source"] == "demo" for r in first.results)
    assert all(any(w.startswith("synthetic_prices") for w in r["warnings"]) for r in first.results)


def test_a_later_day_appends_and_changes_nothing() -> None:
    """A history is the same whichever day it is asked for, and whichever tickers beside it."""
    early = DemoSource(Universe.load(), SystemClock(datetime(2026, 6, 1, 18, tzinfo=UTC)))
    one = early.prices(["TCS.NS"])
    two = _demo().prices(["INFY.NS", "^NSEI", "TCS.NS"])
    assert len(two.dates) > len(one.dates)
    assert np.array_equal(two.closes[: len(one.dates), 2], one.closes[:, 0])


def test_the_market_ends_on_the_last_closed_weekday(factor: Run) -> None:
    """On a Friday afternoon before the close the last session is Thursday's; on Sunday it is Friday's."""
    ends = {
        "2026-11-20T15:00:00+05:30": "2026-11-19",
        "2026-11-20T16:00:00+05:30": "2026-11-20",
        "2026-11-22T12:00:00+05:30": "2026-11-20",
        "2026-11-23T03:00:00Z": "2026-11-20",
    }
    for now, end in ends.items():
        (result,) = factor("beta", "TCS", "--source", "demo", "--json", FACTOR_NOW=now).results
        assert result["as_of"] == end, now


def test_the_planted_betas_look_like_the_real_ones(factor: Run) -> None:
    """Beside its styles the market's beta is small, alone it is near one: as over the real Nifty 500."""
    tickers = [stock.ticker for stock in Universe.load().stocks]
    results = json.loads(factor("beta", *tickers, "--source", "demo", "--json").out)["results"]
    assert 0.0 < np.median([r["betas"]["MKT"]["beta"] for r in results]) < 0.35
    assert 0.85 < np.median([r["market_model"]["beta"] for r in results]) < 1.2
