"""The gate's rules at their limits, on arrays written by hand."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from factorcli.prices.gate_rules import (
    MIN_CROSS_SECTION,
    Reason,
    filler_bars,
    jumps,
    large_moves,
    previous,
    proxy_fault,
    reversals,
    suspect_sessions,
)
from factorcli.prices.panel import columns_of, factor_returns, from_dates
from tests.windows import MODEL, NAN, MemorySource, closes, days, factor_prices, gated, wavy

pytestmark = pytest.mark.engine

T, W = 61, 40


def test_reasons_have_the_codes_of_results() -> None:
    """Number and code of each."""
    assert {reason.value: reason.code for reason in Reason} == {
        0: "kept", 1: "exclude_dates", 2: "suspect_proxy", 3: "suspect_jump", 4: "filler_bar",
        5: "bad_print", 6: "corporate_action",
    }  # fmt: skip


def test_a_jump_is_beyond_the_limit_in_either_direction() -> None:
    """Exactly ±40 %, also with the rounding of prices, stays; 0 turns the limit off."""
    returns = np.array([0.4, -0.4, 0.4 + 5e-10, -0.4 - 5e-10, 0.4 + 2e-9, -0.4 - 2e-9, 0.39, NAN])
    assert jumps(returns, 0.4).tolist() == [False] * 4 + [True, True, False, False]
    assert jumps(returns, 0.3).tolist() == [True] * 7 + [False]
    assert not jumps(np.array([[9.0, -0.9]]), 0).any()
    assert jumps(np.array([[9.0, -0.9]]), 0).shape == (1, 2)


def test_a_large_move_is_at_the_limit() -> None:
    """Exactly ±20 %, also with the rounding of prices; 0 turns it off."""
    returns = np.array([0.2, 0.2 - 5e-10, 0.2 - 2e-9, -0.2, 0.19, 0.4, 0.41, -0.41, 0.0])
    assert np.flatnonzero(large_moves(returns, 0.2)).tolist() == [0, 1, 3, 5, 6, 7]
    assert np.flatnonzero(large_moves(returns, 0)).tolist() == []


@pytest.mark.parametrize(
    ("pair", "market", "limit", "found"),
    [
        ([0.25, -0.2], [0.0, 0.0], 0.2, True),
        ([-0.2, 0.25], [0.0, 0.0], 0.2, True),
        ([3.9854, -0.8], [0.0, 0.0], 0.2, True),  # also where each alone is a jump
        ([0.2 - 5e-10, -0.2], [0.0, 0.0], 0.2, True),
        ([0.19, -0.2], [0.0, 0.0], 0.2, False),
        ([0.25, -0.19], [0.0, 0.0], 0.2, False),
        ([0.25, 0.25], [0.25, 0.25], 0.2, False),  # of one sign
        ([0.3125, -0.2], [0.0, 0.0], 0.2, True),  # together exactly +5 %
        ([0.32, -0.2], [0.0, 0.0], 0.2, False),
        ([0.1875 + 0.001, -0.2], [0.0, 0.0], 0.18, True),
        ([0.1875 - 0.001, -0.2], [0.0, 0.0], 0.18, False),
        ([0.32, -0.2], [0.01, 0.01], 0.2, True),  # the market's own move is not the stock's
        ([0.25, -0.2], [-0.04, -0.03], 0.2, False),
        ([0.25, -0.2], [0.0, 0.0], 0, False),
        ([0.25, NAN], [0.0, 0.0], 0.2, False),
    ],
)
def test_a_reversal_is_two_large_returns_of_opposite_sign_that_end_where_they_began(
    pair: list[float], market: list[float], limit: float, found: bool
) -> None:
    """Both at the limit, together within 5 % of the market; the first of the two is marked, in its own column."""
    returns = np.full((5, 2), 0.01)
    returns[2:4, 1] = pair
    moves = np.array([0.5, 0.5, *market, 0.5])
    assert np.argwhere(reversals(returns, moves, limit)).tolist() == ([[2, 1]] if found else [])
    assert not reversals(returns[3:], moves[3:], limit).any()


TRADED = np.array([True, True, False])


@pytest.mark.parametrize(
    ("row", "gap", "limit", "suspect"),
    [
        ([0.01, 0.06, 0.0], 0.05, 0.4, False),  # exactly 5 points
        ([0.01, 0.06 + 5e-10, 0.0], 0.05, 0.4, False),
        ([0.01, 0.0601, 0.0], 0.05, 0.4, True),
        ([0.01, -0.0401, 0.0], 0.05, 0.4, True),
        ([0.01, 0.01, 0.9], 0.05, 0.4, False),  # a level is exempt from both limits
        ([0.01, 0.9, 0.0], 0, 0, False),  # 0 turns them off
        ([0.01, 0.9, 0.0], 0, 0.4, True),
        ([0.41, 0.41, 0.0], 0.05, 0.4, True),
        ([-0.41, -0.41, 0.0], 0.05, 0.4, True),
        ([0.4, 0.4, 0.0], 0.05, 0.4, False),
        ([0.4 + 5e-10, 0.4, 0.0], 0.05, 0.4, False),
        ([0.9, 0.91, 0.0], 0.05, 0, False),
    ],
)
def test_a_session_is_suspect_beyond_its_limits(row: list[float], gap: float, limit: float, suspect: bool) -> None:
    """The gap of a traded style to the market, and the size of any traded factor."""
    factors = np.array([[0.0, 0.0, 0.0], row])
    assert suspect_sessions(factors, 0, TRADED, gap, limit).tolist() == [False, suspect]
    order = [2, 1, 0]  # the market need not be first
    assert suspect_sessions(factors[:, order], 2, TRADED[order], gap, limit).tolist() == [False, suspect]


def cross_section(tickers: int, repeating: int, move: float) -> np.ndarray:
    """Filler bars of the second day: so many tickers, so many of them repeating, the market moving by `move`."""
    closes = np.vstack([np.arange(1.0, tickers + 1), np.arange(1.0, tickers + 1)])
    closes[1, repeating:] += 0.5
    return filler_bars(closes, None, np.array([1000.0, 1000.0 * (1 + move)]))


@pytest.mark.parametrize(
    ("tickers", "repeating", "move", "filled"),
    [
        (30, 16, 0.0011, 16),
        (30, 15, 0.0011, 0),  # exactly half
        (31, 16, 0.0011, 16),
        (29, 29, 0.0011, 0),
        (30, 16, -0.0011, 16),
        (30, 30, 0.0009, 0),
        (30, 30, -0.0009, 0),
        (600, 301, 0.0011, 301),  # more than a block
    ],
)
def test_a_filler_day_needs_thirty_tickers_most_repeating_and_a_market_that_moves(
    tickers: int, repeating: int, move: float, filled: int
) -> None:
    """Thirty are enough, half are not, and only those that repeat have filler bars."""
    assert MIN_CROSS_SECTION == 30
    found = cross_section(tickers, repeating, move)
    assert found[1].tolist() == [True] * filled + [False] * (tickers - filled)
    assert not found[0].any()


def test_a_market_move_of_exactly_a_tenth_of_a_per_cent_is_none() -> None:
    """1000 to 1001 is not more than 0.1 %; the next tick is."""
    closes = np.vstack([np.full(30, 4.0)] * 2)
    assert not filler_bars(closes, None, np.array([1000.0, 1001.0])).any()
    assert filler_bars(closes, None, np.array([1000.0, 1001.01]))[1].all()


def test_only_tickers_with_two_closes_count_in_the_cross_section() -> None:
    """A ticker without a close today, or without one before, neither counts nor repeats."""
    closes = np.vstack([np.full(32, 4.0)] * 2)
    closes[1, 0], closes[0, 1] = NAN, NAN
    assert filler_bars(closes, None, np.array([1.0, 2.0]))[1].tolist() == [False, False] + [True] * 30
    closes[1, 2] = NAN
    assert not filler_bars(closes, None, np.array([1.0, 2.0])).any()


def test_with_volumes_a_repeat_without_trade_is_a_filler_bar() -> None:
    """Volume 0 and a repeated close; not where the price moved, it traded, or it never trades at all."""
    closes = np.array([[1.0, 1, 1, 1], [1, 2, 1, 1], [1, 2, 1, 1]])
    volumes = np.array([[7.0, 7, 7, 0], [0, 0, 8, 0], [5, 0, NAN, 0]])
    found = filler_bars(closes, volumes, np.array([1.0, 1.0, 1.0]))
    assert found.tolist() == [[False] * 4, [True, False, False, False], [False, True, False, False]]


def test_with_volumes_of_some_the_others_make_the_cross_section() -> None:
    """Tickers without volumes vote; those with volumes neither vote nor are filled by the vote."""
    closes = np.vstack([np.full(40, 4.0)] * 2)
    volumes = np.full((2, 40), NAN)
    volumes[:, :10] = 9
    market = np.array([1.0, 1.1])
    assert filler_bars(closes, volumes, market)[1].tolist() == [False] * 10 + [True] * 30
    volumes[0, 10] = 9
    assert not filler_bars(closes, volumes, market).any()


def test_the_previous_close_is_of_the_own_column() -> None:
    """Gaps are skipped; NaN before the first."""
    closes = np.array([[1.0, NAN], [NAN, 5.0], [2.0, NAN], [3.0, 6.0]])
    assert np.array_equal(previous(closes), [[NAN, NAN], [1, NAN], [1, 5], [2, 5]], equal_nan=True)


def series(count: int = 60) -> np.ndarray:
    """Closes that never repeat."""
    return 100.0 + np.arange(count)


@pytest.mark.parametrize(
    ("spoil", "after", "said"),
    [
        (lambda c: None, 0, ("", True)),
        (lambda c: c.fill(NAN), 0, ("has no prices", False)),
        (lambda c: None, 5, ("", True)),
        (lambda c: None, 6, ("stops 6 sessions before the others", False)),
        (lambda c: c.__setitem__(slice(-41, None), 7.25), 0, ("is flat at 7.25", False)),
        (lambda c: c.__setitem__(slice(0, -1), NAN), 0, ("has 1 prices in the last 41 sessions", True)),
        (lambda c: c.__setitem__(slice(-6, None), 9.0), 0, ("", True)),
        (lambda c: c.__setitem__(slice(-7, None), 9.0), 0, ("has had the same close for 7 sessions", False)),
        (lambda c: c.__setitem__(slice(-40, None), 9.0), 0, ("has had the same close for 40 sessions", False)),
        (lambda c: c.__setitem__(slice(-40, -8), NAN), 0, ("has 9 prices in the last 41 sessions", True)),
        (lambda c: c.__setitem__(slice(-40, -31), NAN), 0, ("has 32 prices in the last 41 sessions", True)),
        (lambda c: c.__setitem__(slice(-40, -32), NAN), 0, ("", True)),
        (lambda c: c.__setitem__(slice(0, -41), NAN), 0, ("", True)),
    ],
)
def test_a_proxy_has_the_first_of_its_faults(spoil, after: int, said: tuple[str, bool]) -> None:
    """None, stopped, flat, repeating, short: a short one can serve; a window of 40 needs 33 prices."""
    own = series()
    spoil(own)
    assert proxy_fault(own, after, 40, 32) == said


def test_factor_returns_are_differences_for_levels() -> None:
    """Each column by its own transform."""
    found = factor_returns(np.array([[100.0, 10, 20], [110, 12, 25]]), ("return", "diff", "pct"))
    assert found.tolist() == [pytest.approx([0.1, 2.0, 0.25])]


def test_columns_come_in_the_order_asked_for() -> None:
    """NaN for a ticker that the panel lacks; days are calendar days."""
    panel = MemorySource(days(2), {"A": np.array([1.0, 2.0]), "B": np.array([3.0, 4.0])}).prices(["A", "B"])
    assert np.array_equal(columns_of(panel, ["B", "X", "A"]), [[3, NAN, 1], [4, NAN, 2]], equal_nan=True)
    assert from_dates(panel.dates) == (date(2026, 11, 19), date(2026, 11, 20))


# The gate as a whole, on prices in memory.


def market(**closes_of: np.ndarray) -> dict[str, np.ndarray]:
    """The factors' prices, and two stocks."""
    return {**factor_prices(T), "BBB.NS": closes(wavy(T - 1, 0.03, 1.7)), **closes_of}


def window(prices, tickers=("AAA.NS", "BBB.NS"), model=MODEL, as_of=None, whole=False, **changes):
    """The gate's window of these tickers."""
    return gated(MemorySource(days(T), prices, **changes), model).window(list(tickers), W, as_of, whole=whole)


def test_a_window_has_the_last_sessions_of_each_array() -> None:
    """Dates, factors net of R_f where the model says so, returns net of R_f, last closes: all of the right day."""
    prices = market()
    found = window(prices)
    assert (len(found.dates), found.dates[0], found.dates[-1]) == (40, date(2026, 10, 12), date(2026, 11, 20))
    simple = {name: column[1:] / column[:-1] - 1 for name, column in prices.items()}
    rate = 0.05 / 250
    assert found.risk_free == pytest.approx(np.full(40, rate), rel=1e-12)
    assert np.allclose(found.factors, np.column_stack(
        [simple["MKT1"][-40:] - rate, simple["VAL1"][-40:], simple["VOL1"][-40:]]), rtol=1e-10)  # fmt: skip
    assert np.allclose(
        found.excess_returns, np.column_stack([simple[name][-40:] - rate for name in ("AAA.NS", "BBB.NS")]), rtol=1e-10
    )
    assert [found.report(i).last_close for i in range(2)] == [prices["AAA.NS"][-1], prices["BBB.NS"][-1]]
    assert (dict(found.proxies), found.final) == ({"MKT": "MKT1", "VAL": "VAL1", "VOL": "VOL1"}, True)
    everything = window(prices, whole=True)
    assert (len(everything.dates), everything.dates[-1]) == (60, found.dates[-1])
    assert np.array_equal(everything.excess_returns[-40:], found.excess_returns)


def test_a_window_ends_on_the_day_asked_for() -> None:
    """Later prices count for nothing, and with later bars of an open source it is not final."""
    found = window(market(), as_of=date(2026, 11, 15))
    assert (found.dates[-1], len(found.dates), found.final) == (date(2026, 11, 15), 40, False)
    assert found.report(0).last_price == date(2026, 11, 15)
    assert found.report(0).last_close == market()["AAA.NS"][-6]
    assert window(market(), fixed=False).final is False
    assert window(market(), as_of=date(2027, 1, 1)).dates[-1] == date(2026, 11, 20)


def test_a_report_has_what_happened_to_its_own_ticker() -> None:
    """First and last price, sessions since, missing, excluded with reason and return, large moves."""
    prices = market()
    a, b = prices["AAA.NS"], prices["BBB.NS"]
    a[:30] = NAN
    a[40] = NAN
    a[-3:] = NAN
    b[35:] *= 1.6 * b[34] / b[35]
    b[45:] *= 0.75 * b[44] / b[45]
    found = window(prices)
    one, two = found.report(0), found.report(1)
    day = days(T).tolist()
    assert (one.first_price, one.last_price, one.sessions_since_last_price) == (day[30], day[57], 3)
    assert (one.missing, one.excluded, one.large_moves) == (10 + 2 + 3, (), ())
    assert (two.first_price, two.last_price, two.sessions_since_last_price, two.missing) == (day[0], day[60], 0, 0)
    ((place, reason, size),) = two.excluded
    assert (found.dates[place], reason, size) == (day[35], "suspect_jump", pytest.approx(0.6))
    assert [found.dates[k] for k in two.large_moves] == [day[45]]
    assert np.isnan(found.excess_returns[place, 1])
    assert np.isfinite(found.excess_returns[place, 0])


def test_a_level_and_its_proxy_are_exempt_as_tickers() -> None:
    """Neither a jump nor a large move of VOL1 is one; the same prices as a stock have both."""
    prices = market()
    level = prices["VOL1"]
    level[35:] *= 1.9 * level[34] / level[35]
    level[45:] *= 0.75 * level[44] / level[45]
    prices["AAA.NS"] = level.copy()
    found = window(prices, tickers=("VOL1", "AAA.NS"))
    assert (found.report(0).excluded, found.report(0).large_moves) == ((), ())
    assert len(found.report(1).excluded) == len(found.report(1).large_moves) == 1
    assert found.warnings == ()


def test_sessions_left_out_for_everybody_have_their_reason_for_every_ticker() -> None:
    """A suspect fund, a date of the model's list (which comes first), and then jumps and filler bars."""
    prices = market()
    fund = prices["VAL1"]
    for row in (35, 45):
        fund[row:] *= 1.1
    prices["AAA.NS"][35:] *= 2.0
    day = days(T).tolist()
    model = replace(MODEL, exclude_dates=(day[45], day[50], date(2020, 1, 1)))
    found = window(prices, model=model)
    for i in range(2):
        assert [(found.dates[k], reason) for k, reason, _ in found.report(i).excluded] == [
            (day[35], "suspect_proxy"), (day[45], "exclude_dates"), (day[50], "exclude_dates"),
        ]  # fmt: skip
        assert np.isnan(found.excess_returns[~found.kept_sessions, i]).all()
    assert found.kept_sessions.sum() == 37
    assert {code: [found.dates[k] for k in rows] for code, rows in found.suspect_days.items()} == {
        "MKT": [], "VAL": [day[35]], "VOL": [],
    }  # fmt: skip
    off = window(prices, model=replace(MODEL, max_gap_to_market=0, max_daily_return=0))
    assert off.kept_sessions.all()
    assert off.report(0).excluded == ()


def test_a_filler_bar_of_a_ticker_is_excluded_and_the_next_return_is_missing() -> None:
    """Its own bar only; the return after it is missing, not excluded."""
    prices = market()
    volumes = {name: np.full(T, 5.0) for name in prices}
    prices["BBB.NS"][40] = prices["BBB.NS"][39]
    volumes["BBB.NS"][40] = 0
    found = window(prices, volumes=volumes)
    assert found.report(0).excluded == ()
    ((place, reason, size),) = found.report(1).excluded
    assert (found.dates[place], reason, np.isnan(size), found.report(1).missing) == (days(T).tolist()[40], "filler_bar",
                                                                                   True, 1)  # fmt: skip
    assert np.isnan(found.closes[place + 1, 1])
    assert np.isnan(found.gross_returns[[place, place + 1], 1]).all()
    assert not found.own_exclusions.any()


@pytest.mark.parametrize(
    ("source", "model", "dividends", "proxy", "warned"),
    [
        (True, False, 0.0, "^MKT", True),
        (True, False, 0.0, "MKT1", False),  # a fund's prices contain its dividends
        (True, True, 0.0, "MKT1", False),
        (True, False, 0.01, "^MKT", False),
        (False, False, 0.0, "^MKT", False),
        (False, True, 0.0, "^MKT", True),
        (False, True, 0.0, "MKT1", True),
        (False, True, 0.01, "MKT1", False),
    ],
)
def test_a_price_index_beside_prices_with_dividends_is_named(
    source: bool, model: bool, dividends: float, proxy: str, warned: bool
) -> None:
    """Where stocks have dividends, by the source or the model, and the market neither has them nor is given any."""
    prices = market()
    prices[proxy] = prices["MKT1"]
    one = replace(MODEL.factors[0], proxies=(proxy,), dividend_yield=dividends)
    with_dividends = replace(MODEL, factors=(one, *MODEL.factors[1:]), total_return=model)
    found = window(prices, model=with_dividends, total_return=source)
    assert [w.code for w in found.warnings if w.code == "price_index"] == ["price_index"] * warned
    plain = window(prices)
    assert found.factors == pytest.approx(plain.factors + np.array([dividends / 250, 0, 0]), rel=1e-12)
    assert np.array_equal(found.excess_returns, plain.excess_returns)


def test_closes_and_gross_returns_are_the_window_s_with_what_is_left_out() -> None:
    """A jump is left out for its ticker alone; on a session that is left out for everybody it is not."""
    prices = market()
    for row in (35, 45):
        prices["BBB.NS"][row:] *= 1.6 * prices["BBB.NS"][row - 1] / prices["BBB.NS"][row]
    excluded = replace(MODEL, exclude_dates=(days(T).tolist()[45],))
    found = window(prices, model=excluded)
    own = np.column_stack([prices["AAA.NS"], prices["BBB.NS"]])[-41:]
    assert np.array_equal(found.closes, own)
    assert np.array_equal(found.gross_returns, own[1:] / own[:-1] - 1)
    assert [(found.dates[day], int(i)) for day, i in np.argwhere(found.own_exclusions)] == [(days(T).tolist()[35], 1)]


def test_a_ticker_without_prices_has_an_empty_report() -> None:
    """No dates, no sessions since, everything missing; the source's failure is its own."""
    failure = ValueError("x")
    found = window(market(), tickers=("AAA.NS", "ZZZ.NS"), failures={"ZZZ.NS": failure})
    one = found.report(1)
    assert (one.first_price, one.last_price, one.sessions_since_last_price, one.missing) == (None, None, 0, 40)
    assert (one.failure, found.report(0).failure) == (failure, None)
    assert np.isnan(one.last_close)


def test_the_last_close_is_that_up_to_the_last_session() -> None:
    """A ticker's close after the proxies' last common day is not its last close."""
    prices = market()
    prices["VAL1"][-2:] = NAN
    prices["BBB.NS"][-4:-2] = NAN
    found = window(prices)
    assert found.dates[-1] == date(2026, 11, 18)
    assert [found.report(i).last_close for i in range(2)] == [prices["AAA.NS"][-3], prices["BBB.NS"][-5]]


def test_a_panel_is_asked_for_once_and_failures_are_remembered() -> None:
    """Two windows of the same tickers are of one panel and one cleaning; a failure or stale price is told."""

    class Counting(MemorySource):
        """Counts what it is asked for."""

        asked: list[tuple[str, ...]] = []  # noqa: RUF012

        def prices(self, tickers):
            """One more."""
            self.asked.append(tuple(tickers))
            return super().prices(tickers)

    gate = gated(Counting(days(T), market()))
    first = gate.window(["AAA.NS"], W, None)
    again = gate.window(["AAA.NS"], W + 5, None)
    other = gate.window(["BBB.NS"], W, None)
    assert Counting.asked == [
        ("MKT1", "VAL1", "VOL1"), ("MKT1", "VAL1", "VOL1", "AAA.NS"), ("MKT1", "VAL1", "VOL1", "BBB.NS"),
    ]  # fmt: skip
    assert (first.tickers, again.tickers, other.tickers) == (("AAA.NS",), ("AAA.NS",), ("BBB.NS",))
    assert (len(first.dates), len(again.dates)) == (40, 45)
    assert not np.array_equal(first.screened.returns, other.screened.returns)
    assert gate.window(["AAA.NS"], W, date(2026, 11, 18)).dates[-1] == date(2026, 11, 18)
    assert gate.has_failures is False
    for changes in ({"failures": {"AAA.NS": ValueError("x")}}, {"stale": {"AAA.NS": "old"}}):
        gate = gated(MemorySource(days(T), market(), **changes))
        gate.window(["AAA.NS"], W, None)
        assert gate.has_failures is True


def test_fetching_ahead_is_the_source_s() -> None:
    """The gate hands out the source's own context, with the tickers asked for."""

    class Ahead(MemorySource):
        """Says what it is asked to fetch."""

        def fetching(self, tickers):
            """A context whose value tells the tickers."""
            return nullcontext(("ahead", *tickers))

    with gated(Ahead(days(T), market())).fetching(["AAA.NS", "BBB.NS"]) as ahead:
        assert ahead == ("ahead", "AAA.NS", "BBB.NS")


def test_the_health_of_the_gate_is_of_its_own_cleaning() -> None:
    """Filler bars are missing, fallbacks are compared, and a later day than the cutoff is none."""
    prices = {**market(), "VAL2": market()["VAL1"] * 1.5}
    volumes = {name: np.full(T, 5.0) for name in prices}
    prices["VAL1"][30] = prices["VAL1"][29]
    volumes["VAL1"][30] = 0
    found = gated(MemorySource(days(T), prices, volumes)).health(W, date(2026, 11, 15), fetch=True)
    one = found["VAL"]
    assert (one.missing, one.zero_volume, one.days, one.last_date) == (1, 1, 40, date(2026, 11, 15))
    assert list(one.alternatives) == ["VAL2", "VAL3"]
    assert one.alternatives["VAL2"].observations == 38


def test_a_wrong_price_costs_its_own_two_returns_and_nothing_else() -> None:
    """Both are left out before the jump that one of them is; the limits that are off, and a level, leave them."""
    prices = market()
    prices["AAA.NS"][40] *= 1.6
    prices["BBB.NS"][45] *= 0.7
    prices["VOL1"][50] *= 1.5
    found = window(prices, tickers=("AAA.NS", "BBB.NS", "VOL1"))
    day = days(T).tolist()
    for column, at in ((0, 40), (1, 45)):
        report = found.report(column)
        assert [(found.dates[k], reason) for k, reason, _ in report.excluded] == [
            (day[at], "bad_print"), (day[at + 1], "bad_print"),
        ]  # fmt: skip
        (one,) = report.bad_prints
        assert one.dates == (day[at], day[at + 1])
        assert one.returns == tuple(size for _, _, size in report.excluded)
        assert np.isfinite(found.excess_returns[:, column]).sum() == 38
        assert np.isnan(found.genuine_returns[:, column]).sum() == 2
        assert report.large_moves == ()
    assert (found.report(2).excluded, found.report(2).bad_prints) == ((), ())
    off = window(prices, model=replace(MODEL, large_move=0)).report(0)
    assert [reason for _, reason, _ in off.excluded] == ["suspect_jump"]
    assert off.bad_prints == ()


def test_a_bad_print_at_the_edge_of_a_window_is_left_out_of_it() -> None:
    """With its second day inside it is named, with its first day outside; with none inside it is not."""
    prices = market()
    prices["AAA.NS"][20] *= 1.5
    prices["BBB.NS"][19] *= 1.5
    found = window(prices)
    assert (found.dates[0], found.report(0).excluded[0][:2]) == (days(T).tolist()[21], (0, "bad_print"))
    assert found.report(0).bad_prints[0].dates == (days(T).tolist()[20], found.dates[0])
    assert (found.report(1).excluded, found.report(1).bad_prints) == ((), ())


def test_days_with_a_return_and_without_a_change_are_counted() -> None:
    """A missing price makes two returns missing; a repeated close makes one return of exactly 0."""
    prices = market()
    prices["AAA.NS"][30] = NAN
    prices["AAA.NS"][40:43] = prices["AAA.NS"][39]
    one = window(prices).report(0)
    assert (one.returns, one.unchanged) == (38, 3)
