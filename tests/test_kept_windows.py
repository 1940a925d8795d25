"""Stocks that a server keeps between questions about portfolios: the same digits, within bounds, and no portfolio."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factorcli.analysis.known import Known
from factorcli.analysis.unusual_days import UnusualDay
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.render.json_csv import plain
from factorcli.service import kept_windows
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService
from factorcli.service.kept_windows import KeptWindows
from factorcli.service.stress import StressService
from tests.conftest import NOW
from tests.markets import market, write_wide

SPEC = Specification(window=252)
BOOKS = (
    {"S0.NS": 0.5, "S1.NS": 0.3},
    {"S2.NS": 0.7, "S3.NS": 0.6, "S1.NS": -0.3},  # two that are new, one of them with gaps, and a short
    {"S4.NS": 7.0, "S0.NS": 3.0},  # quantities, and a stock with a jump
    {"S3.NS": 1.0},
    {"S1.NS": 0.2, "S0.NS": 0.2, "S2.NS": 0.2, "S4.NS": 0.2, "S3.NS": 0.2},
    {"ETERNAL.NS": 0.5, "s1": 0.4},
    {"S1.NS": 0.5, "ZOMATO.NS": 0.4},  # the same stock by its old name, which a warning says
)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A server's context of five stocks, of which S3.NS lacks days and S4.NS jumps."""
    prices = market(stocks=5)
    prices["S3.NS"][[100, 200, 250]] = np.nan
    prices["S4.NS"][200:] *= 1.6
    prices["ETERNAL.NS"] = prices["S0.NS"][::-1]
    source = str(write_wide(tmp_path / "prices.csv", prices))
    return build_context(
        Settings(source=source, now=datetime.fromisoformat(NOW), cache_dir=tmp_path / "cache"), lasting=True
    )


def asked(context: Context, book: dict[str, float], spec: Specification = SPEC) -> list[Any]:
    """Betas, shares and losses of a portfolio."""
    by = "quantity" if max(book.values()) > 2 else "weight"
    holdings = Holdings.of(book.items(), by=by, name="a name of its own")
    service = ExposureService(context)
    batches = (
        service.beta((), spec, (holdings,)),
        service.decompose((), spec, (holdings,)),
        StressService(context).stress(Request((), (holdings,)), spec, Scenario({"MKT": -0.1})),
    )
    assert not any(batch.failures for batch in batches)
    return [plain(batch.results) for batch in batches]


@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, window=60, basis="residual", covariance="hc1")])
def test_the_digits_are_those_without_anything_kept(context: Context, spec: Specification) -> None:
    """Whatever was asked before, and in whatever order the stocks came."""
    alone = replace(context, kept=None)
    for book in (*BOOKS, *reversed(BOOKS)):
        assert asked(context, book, spec) == asked(alone, book, spec)


def test_an_old_name_is_said_only_where_it_was_used(context: Context) -> None:
    """Also when the stock is kept."""
    said = [
        [text for text in asked(context, book)[0][0]["warnings"] if text.startswith("renamed")]
        for book in (BOOKS[5], BOOKS[6], BOOKS[5])
    ]
    assert said == [[], ["renamed: ZOMATO.NS is called ETERNAL.NS now."], []]


def test_only_new_stocks_are_fitted(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, for all questions of one specification."""
    fitted: list[str] = []
    fit = Context.fit

    def counted(self: Context, tickers: Sequence[ResolvedTicker], spec: Specification) -> Any:
        fitted.extend(one.ticker for one in tickers)
        return fit(self, tickers, spec)

    monkeypatch.setattr(Context, "fit", counted)
    for book in (*BOOKS, *BOOKS):
        asked(context, book)
    assert sorted(fitted) == ["ETERNAL.NS", *(f"S{i}.NS" for i in range(5))]
    asked(context, BOOKS[0], replace(SPEC, window=60))
    assert sorted(fitted[6:]) == ["S0.NS", "S1.NS"]


def test_they_are_forgotten_with_the_market(context: Context, tmp_path: Path) -> None:
    """Once prices have changed, they are read anew: the answer is that of a server that starts now."""
    before = asked(context, BOOKS[0])
    prices = market(stocks=5, seed=2)
    write_wide(tmp_path / "prices.csv", prices)
    after = asked(context, BOOKS[0])
    assert after != before
    assert after == asked(replace(context, kept=None), BOOKS[0])


def test_nothing_of_a_portfolio_is_kept(context: Context) -> None:
    """Neither amounts nor how a stock was called, nor a stock that the source does not have."""
    kept = context.kept
    assert kept is not None
    asked(context, {"s0": 7654321.0, "S1": 1234567.0})
    (window,) = kept._windows.values()
    assert [one.typed for one in window.window.tickers] == ["S0.NS", "S1.NS"]
    content = pickle.dumps({spec: one.window for spec, one in kept._windows.items()})
    for amount in (7654321.0, 1234567.0, 7654321.0 / 8888888.0):
        assert np.float64(amount).tobytes() not in content
        assert np.float64(amount).byteswap().tobytes() not in content
    assert b"a name of its own" not in content
    holdings = Holdings.of([("S0.NS", 0.5), ("NOSUCH.NS", 0.5)], by="weight", name="portfolio")
    assert ExposureService(context).beta((), SPEC, (holdings,)).failures[0].code == "unknown_ticker"
    assert len(kept._windows[SPEC].window.tickers) == 2


def test_a_stock_whose_newest_prices_are_missing_is_not_kept(context: Context) -> None:
    """As they may be there for the next question, whatever the market remembers of its panels."""
    kept, names = KeptWindows(), ("S0.NS", "S1.NS", "S2.NS")
    tickers, asked_for = [ResolvedTicker(name, name, name) for name in names], []

    def fit(new: Sequence[ResolvedTicker]) -> Any:
        asked_for.append([one.ticker for one in new])
        found = context.fit(new, SPEC)
        return replace(found, window=replace(found.window, stale_prices=stale))  # type: ignore[type-var]

    stale = {"S1.NS": "the source could not be asked for newer prices of S1.NS"}
    window, places = kept.window(context.open_market(), SPEC, tickers, fit)
    assert [window.reports[i].stale for i in places] == ["", stale["S1.NS"], ""]
    stale = {}
    window, places = kept.window(context.open_market(), SPEC, tickers, fit)
    assert [window.reports[i].stale for i in places] == ["", "", ""]
    assert [window.tickers[i].ticker for i in places] == list(names)
    assert asked_for == [list(names), ["S1.NS"]]


def test_they_are_bounded(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The windows that were used last are kept, by number and by returns; one that is too large is not."""
    kept = context.kept
    assert kept is not None
    monkeypatch.setattr(kept_windows, "MAX_WINDOWS", 2)
    specs = [replace(SPEC, window=window) for window in (60, 70, 80)]
    for spec in (specs[0], specs[1], specs[0], specs[2]):
        asked(context, BOOKS[0], spec)
    assert list(kept._windows) == [specs[0], specs[2]]
    monkeypatch.setattr(kept_windows, "MAX_RETURNS", 5 * 60)
    asked(context, BOOKS[4], specs[0])
    assert list(kept._windows) == [specs[0]]
    asked(context, BOOKS[4], specs[1])
    assert not kept._windows


def test_a_path_and_other_frequencies_are_not_kept(context: Context) -> None:
    """Only windows of daily returns, without every session of the source."""
    for spec in (replace(SPEC, window=60, rolling=True), replace(SPEC, window=40, frequency="weekly")):
        assert asked(context, BOOKS[0], spec) == asked(replace(context, kept=None), BOOKS[0], spec)
    assert context.kept is not None
    assert not context.kept._windows


def test_tickers_are_not_kept(context: Context) -> None:
    """They have a cache of their own, and a server is asked about all of them."""
    assert context.kept is not None
    batch = StressService(context).stress(Request(("S0.NS",), ()), SPEC, Scenario({"MKT": -0.1}))
    assert (len(batch.results), len(context.kept._windows)) == (1, 0)


def test_windows_of_other_sessions_are_not_joined(context: Context) -> None:
    """What is asked for is then fitted alone."""
    kept, market_now = KeptWindows(), context.open_market()
    one, other = (ResolvedTicker(name, name, name) for name in ("S0.NS", "S1.NS"))
    earlier = replace(SPEC, as_of=context.open_market().window(["S0.NS"], 60, None).dates[-2])
    kept.window(market_now, SPEC, [one], lambda new: context.fit(new, earlier))
    window, places = kept.window(market_now, SPEC, [one, other], lambda new: context.fit(new, SPEC))
    assert ([window.tickers[i].ticker for i in places], len(window.tickers)) == (["S0.NS", "S1.NS"], 2)
    assert window.window.dates[-1] > earlier.as_of  # type: ignore[operator]


def test_what_is_known_of_a_ticker_goes_with_it() -> None:
    """Reports, every unusual day and returns, where tickers are chosen in another order and where others are joined."""
    day = {n: UnusualDay(n, 0.1 * n, 6.0, 0.5, True) for n in (3, 5, 8)}
    reports: list[Any] = ["report of A", "report of B", "report of C", "report of D"]
    known = Known(dict(enumerate(reports[:2])), {(0, 3): day[3], (1, 5): day[5], (1, 8): day[8]}, np.array([0.1, 0.2]))
    turned = known.chosen([1, 0])
    assert turned.reports == {0: "report of B", 1: "report of A"}
    assert turned.unusual_days == {(0, 5): day[5], (0, 8): day[8], (1, 3): day[3]}
    assert turned.price_returns.tolist() == [0.2, 0.1]
    assert known.chosen([0]).unusual_days == {(0, 3): day[3]}
    both = known.joined(Known(dict(enumerate(reports[2:])), {(1, 5): day[5]}, np.array([0.3, 0.4])))
    assert both.reports == dict(enumerate(reports))
    assert both.unusual_days == {**known.unusual_days, (3, 5): day[5]}
    assert both.price_returns.tolist() == [0.1, 0.2, 0.3, 0.4]
