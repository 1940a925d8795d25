"""Why there is no result, as people read it: each error of a ticker, of a portfolio and of its file."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.exposure import exposure
from factorcli.analysis.fit import fit
from factorcli.analysis.origin import Origin
from factorcli.errors import (
    CollinearFactors,
    FactorError,
    InsufficientHistory,
    InvalidPortfolio,
    NoHealthyProxy,
    RunStopped,
    StaleSeries,
    TimedOut,
    UnknownTicker,
    Unreachable,
    UpstreamError,
    WorthlessPortfolio,
)
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.specification import Specification
from factorcli.portfolio.exposure import portfolio_exposure
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.positions import Positions
from factorcli.results.money import money
from tests.windows import (
    DATES,
    MODEL,
    NAN,
    REPORT,
    UNIVERSE,
    HandWindow,
    MemorySource,
    closes,
    days,
    factor_prices,
    gated,
    hand_fitted,
    wavy,
)

pytestmark = pytest.mark.read

NO_PRICES = replace(REPORT, first_price=None, last_price=None)
ENOUGH = {"observations": np.array([32, 33, 34])}


def refusal(fitted, i: int = 1) -> tuple[type, str] | None:
    """Class and sentence of what keeps ticker i out."""
    error = ineligible(fitted, i)
    return None if error is None else (type(error), str(error))


def reported(report, fits=ENOUGH, **more):
    """A fitted window whose ticker 1 has this report."""
    return hand_fitted(HandWindow(reports=(REPORT, report, REPORT)), fits=fits, **more)


def named(*names: str) -> tuple[ResolvedTicker, ...]:
    """Tickers as typed."""
    return tuple(ResolvedTicker(name, name, name) for name in names)


def test_a_ticker_with_enough_is_eligible() -> None:
    """Exactly the required 32 returns, and a last price exactly 5 sessions ago, are enough."""
    fitted = reported(replace(REPORT, sessions_since_last_price=5))
    assert [refusal(fitted, i) for i in range(3)] == [None, None, None]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("BBC.NS", "hand.csv has no ticker BBC.NS. A search of the universe finds a ticker by its name."),
        ("BBB.NS", "hand.csv has no ticker BBB.NS. It is in the universe, but this source has no prices of it."),
        ("AAAA.NS", "hand.csv has no ticker AAAA.NS. Did you mean AAA.NS?"),
        ("X" * 40, f"hand.csv has no ticker {'X' * 40}. A search of the universe finds a ticker by its name."),
        ("X" * 41, f"hand.csv has no ticker {'X' * 40}…. A search of the universe finds a ticker by its name."),
    ],
)
def test_an_unknown_ticker_has_a_hint(name: str, said: str) -> None:
    """The source, the ticker (cut after 40 characters), and what may have been meant."""
    fitted = reported(NO_PRICES, tickers=named("AAA.NS", name, "CCC.NS"))
    assert refusal(fitted) == (UnknownTicker, said)


def test_two_similar_tickers_are_both_named() -> None:
    """Joined by or."""
    stocks = tuple(replace(UNIVERSE.stocks[0], ticker=ticker) for ticker in ("RELIANCE.NS", "RELIANCF.NS"))
    fitted = reported(NO_PRICES, tickers=named("A", "RELIANC.NS", "C"), universe=Universe(stocks, {}))
    assert refusal(fitted)[1].endswith(
        ("Did you mean RELIANCE.NS or RELIANCF.NS?", "Did you mean RELIANCF.NS or RELIANCE.NS?")
    )


@pytest.mark.parametrize(
    ("renamed", "advice"),
    [(None, "It may be delisted, suspended or renamed."), ("NEW.NS", "It is called NEW.NS now: ask for that.")],
)
def test_a_stale_series_has_its_last_price_and_how_old_it_is(renamed: str | None, advice: str) -> None:
    """Six sessions are too old; the last date, the number of sessions, as of, and what may have happened."""
    report = replace(REPORT, last_price=date(2026, 2, 27), sessions_since_last_price=6)
    tickers = (*named("AAA.NS"), ResolvedTicker("b", "BBB.NS", "BBB.NS", renamed), *named("CCC.NS"))
    assert refusal(reported(report, tickers=tickers)) == (
        StaleSeries,
        f"BBB.NS has no price after 2026-02-27, 6 sessions before 2026-03-09. {advice}",
    )


@pytest.mark.parametrize(
    ("report", "n", "window", "why"),
    [
        (REPORT, 31, 40, "The source has no more sessions with prices of all factors. Ask for a shorter window."),
        (REPORT, 29, 40, "The source has no more sessions with prices of all factors."),
        (replace(REPORT, missing=2), 30, 40,
         "The source has no more sessions with prices of all factors. Ask for a shorter window."),
    ],
)  # fmt: skip
def test_too_few_sessions_are_the_first_cause(report, n: int, window: int, why: str) -> None:
    """The returns, the sessions and as of, the window and what it needs; below 30 no window is short enough."""
    fitted = reported(report, {"observations": np.array([40, n, 41])}, spec=Specification(window=window))
    assert refusal(fitted) == (
        InsufficientHistory,
        f"BBB.NS has {n} returns in the 6 sessions up to 2026-03-09; a window of 40 needs 32. {why}",
    )


OUT = tuple((i, "suspect_jump", 0.5) for i in range(4))


@pytest.mark.parametrize(
    ("changes", "n", "why"),
    [
        ({"excluded": OUT, "missing": 3}, 31, "The price gate left out 4; its limits are the model's. "
         "Ask for a shorter window."),
        ({"excluded": OUT, "missing": 4, "first_price": DATES[1]}, 31, "Its prices begin on 2026-03-03. "
         "Ask for a shorter window."),
        ({"missing": 7, "first_price": DATES[0]}, 30, "Its prices begin on 2026-03-02. Ask for a shorter window."),
        ({"missing": 7, "first_price": date(2026, 3, 1)}, 31, "7 are missing. Ask for a shorter window."),
        ({"missing": 8, "first_price": None}, 29, "8 are missing."),
        ({"missing": 9, "off_days": (date(2026, 3, 8), date(2026, 3, 15)), "day_shift": 1}, 31,
         "9 are missing, and 2 prices are on days on which the market has none, such as Sunday 2026-03-08: are the "
         "dates a day early?"),
        ({"missing": 9, "off_days": (date(2026, 3, 7),) * 3, "day_shift": -1, "excluded": OUT, "first_price": DATES[1]},
         31, "9 are missing, and 3 prices are on days on which the market has none, such as Saturday 2026-03-07: are "
         "the dates a day late?"),
        ({"missing": 9, "off_days": (date(2026, 3, 7),)}, 31,
         "9 are missing, and a price is on a day on which the market has none, Saturday 2026-03-07: are these prices "
         "of the same market?"),
        ({"missing": 0, "off_days": (date(2026, 3, 7),), "excluded": OUT}, 31,
         "The price gate left out 4; its limits are the model's. Ask for a shorter window."),
    ],
)  # fmt: skip
def test_the_main_cause_of_too_few_returns_is_named(changes, n: int, why: str) -> None:
    """The gate, a history that begins in the window, or gaps: that which cost most."""
    dates = tuple(date(2026, 2, 1 + i) for i in range(26)) + tuple(date(2026, 1, 1 + i) for i in range(8)) + DATES
    window = HandWindow(dates=dates, reports=(REPORT, replace(REPORT, **changes), REPORT))
    window = replace(window, dates=(*DATES[:1], *dates[:33], *DATES))
    fitted = hand_fitted(window, fits={"observations": np.array([40, n, 41])})
    assert refusal(fitted) == (
        InsufficientHistory,
        f"BBB.NS has {n} returns in the 40 sessions up to 2026-03-09; a window of 40 needs 32. {why}",
    )


@pytest.mark.parametrize(("n", "dimson"), [(31, True), (30, True), (29, False)])
def test_dimson_says_that_it_cannot_use_the_ends(n: int, dimson: bool) -> None:
    """Where the two sessions at the ends are what lacks; with a session before the window only the last one."""
    spec = Specification(window=40, estimator="dimson")
    known = hand_fitted(
        HandWindow(factors_before=np.array([0.01, NAN, NAN])),
        fits={"observations": np.array([40, n, 41])},
        spec=spec,
    )
    last = "Dimson's estimator cannot use the last session: ask for a window of 31 or more."
    assert refusal(known)[1].endswith(f"needs 32. {last}") is (n == 31)
    text = refusal(reported(REPORT, {"observations": np.array([40, n, 41])}, spec=spec))[1]
    said = "Dimson's estimator cannot use the first and the last session: ask for a window of 32 or more."
    assert text.endswith(f"needs 32. {said}") is dimson
    assert text.startswith(f"BBB.NS has {n} returns in the 6 sessions")


def test_factors_with_a_vif_above_1e8_are_an_error_like_lost_rank() -> None:
    """They are named, and only they; 1e8 itself is not above."""
    vif = np.array([[1e8, 1.0, 2.0], [1.1e8, 3.0, 2e9], [1.0, 1.0, 1.0]])
    fitted = hand_fitted(HandWindow(excess_returns=np.zeros((6, 3))), fits={"vif": vif})
    assert refusal(fitted) == (
        CollinearFactors,
        "BBB.NS: MKT and VOL are all but linearly dependent (VIF above 1e8) over these 35 returns, so their betas "
        "cannot be separated. Use another window or another proxy.",
    )
    assert ineligible(fitted, 0) is None


def test_collinear_factors_are_named_over_the_ticker_s_own_days() -> None:
    """On the days of BBB.NS value is twice the market; its missing day, on which it is not, does not count."""
    factors = np.array([[1, 2, 5], [2, 4, 1], [3, 6, 4], [5, 10, 2], [4, 8, 9], [7, 1, 3]]) / 100
    returns = np.zeros((6, 3))
    returns[5, 1] = NAN
    window = HandWindow(factors=factors, excess_returns=returns)
    fitted = hand_fitted(window, fits={**ENOUGH, "condition_number": np.array([1.0, np.inf, 2.0])})
    assert refusal(fitted) == (
        CollinearFactors,
        "BBB.NS: MKT and VAL are linearly dependent over these 33 returns, so their betas cannot be separated. Use "
        "another window or another proxy.",
    )
    constant = replace(window, factors=np.column_stack([factors[:, :2], np.full(6, 0.3)]))
    text = refusal(hand_fitted(constant, fits={**ENOUGH, "condition_number": np.full(3, np.inf)}), 0)[1]
    assert text.startswith("AAA.NS: the intercept and VOL are linearly dependent over these 32 returns")


def test_the_first_of_several_causes_is_said() -> None:
    """Failure, then no prices, then stale, then too short, then collinear."""
    few = {"observations": np.array([5, 6, 7]), "condition_number": np.full(3, np.inf)}
    old = {"sessions_since_last_price": 9, "last_price": date(2026, 1, 5)}
    failure = TimedOut("Yahoo did not answer.")
    order = [
        (replace(NO_PRICES, **{**old, "last_price": None}, failure=failure), few, TimedOut),
        (replace(NO_PRICES, **{**old, "last_price": None}), few, UnknownTicker),
        (replace(REPORT, **old), few, StaleSeries),
        (REPORT, few, InsufficientHistory),
        (REPORT, {**few, **ENOUGH, "condition_number": np.full(3, np.nan)}, CollinearFactors),
    ]
    window = HandWindow(factors=np.arange(18.0).reshape(6, 3))
    for report, fits, kind in order:
        fitted = hand_fitted(replace(window, reports=(REPORT, report, REPORT)), fits=fits)
        assert type(ineligible(fitted, 1)) is kind
        with pytest.raises(kind):
            exposure(fitted, 1)
    assert ineligible(reported(replace(NO_PRICES, failure=failure)), 1) is failure


# The portfolio's file.


def load(folder: Path, text: str) -> Holdings:
    """The holdings of a file with this text."""
    path = folder / "mine.csv"
    path.write_text(text)
    return Holdings.load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mine.csv is empty: it needs a heading such as ticker,weight and a line a stock."),
        ("ticker,weight\n", "mine.csv holds no stock, so there is nothing to estimate: give a stock a weight."),
        ("ticker,qty\nA,0\nB,0\n",
         "mine.csv has only zeros, so there is nothing to estimate: give a stock a quantity."),
        ("ticker,weight\nA,0\nCASH,1\n",
         "mine.csv holds no stock, so there is nothing to estimate: give a stock a weight."),
        ("ticker,weight,weights\nA,1,2\n",
         "mine.csv has more than one column of weight (weight and weights): keep one."),
        ("remark,weight\nA,1\n",
         "mine.csv has no column ticker (or symbol, ISIN, company name) in its first line, which has remark, weight: "
         "begin it with a heading such as ticker,weight."),
        ("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n",
         "mine.csv has no column ticker (or symbol, ISIN, company name) in its first line, which has a, b, c, d, e, f: "
         "begin it with a heading such as ticker,weight."),
        ("ticker,price\nA,1\n",
         "mine.csv has neither a column weight nor a column quantity; its columns are ticker, price."),
        ("ticker,qty\nA,5\nB,1,234\n",
         "mine.csv, line 3 has 3 cells, and the heading has 2: a number with commas needs quotes."),
        ("ticker,weight\nA,0.5\n,0.4\n",
         "mine.csv, line 3 has no ticker: name one, or remove the line (no total is needed)."),
        ("ticker,weight\nA,0.5\nB,\n",
         "mine.csv, line 3: B has no weight: give it a number, or remove the line."),
        ("ticker,weight\nA,0.5\nB\n",
         "mine.csv, line 3: B has no weight: give it a number, or remove the line."),
        ("ticker,weight\nA,half\n",
         "mine.csv, line 2: 'half' is not a weight of A: write a number such as 0.25 or 25%."),
        ("ticker,qty\nA,5\n\nB,20%\n", "mine.csv, line 4: '20%' is not a quantity of B: write a number such as 120."),
        ("ticker,weight\nA,120\nB,-35\n",
         "The weights of mine.csv sum to 85 (155 without their signs), which neither fractions nor per cent do: write "
         "fractions (0.25) or percent signs (25%), or call the column quantity if they are shares."),
    ],
)  # fmt: skip
def test_what_a_file_of_holdings_cannot_say_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """File, line and value, and what to write instead."""
    with pytest.raises(InvalidPortfolio) as refused:
        load(tmp_path, text)
    assert str(refused.value) == said


def test_a_file_of_holdings_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """An empty name, a file that is not there, one that is too large."""
    for path, said in (
        (" ", "The portfolio's file name is empty; name a CSV file of holdings."),
        (tmp_path / "no.csv", f"{tmp_path / 'no.csv'}: there is no such file; check the path."),
    ):
        with pytest.raises(InvalidPortfolio) as refused:
            Holdings.load(path)
        assert str(refused.value) == said
    with pytest.raises(InvalidPortfolio, match=r"^mine\.csv is larger than 1,000,000 bytes"):
        load(tmp_path, "ticker,weight\n" + "A,1\n" * 250_000)


@pytest.mark.parametrize(
    ("text", "amounts", "cash", "said"),
    [
        ("A,0.5\nB,0.3\n", [0.5, 0.3], 0.0, [
            "weights_sum: the weights of mine.csv sum to 0.8, not 1; the rest, 20%, is cash at R_f. None is rescaled.",
        ]),
        ("A,0.9\nB,0.65\n", [0.9, 0.65], 0.0, [
            "weights_sum: the weights of mine.csv sum to 1.55, not 1; the excess, 55%, is borrowed at R_f. "
            "None is rescaled.",
        ]),
        ("A,60\nB,30\ncash,10\n", [0.6, 0.3], 0.1, [
            "percent_weights: the weights of mine.csv sum to 100 and are read as per cent.",
        ]),
        ("A,60\nB,39.6\n", [0.6, 0.396], 0.0, [
            "percent_weights: the weights of mine.csv sum to 99.6 and are read as per cent.",
            "weights_sum: the weights of mine.csv sum to 0.996, not 1; the rest, 0.4%, is cash at R_f. "
            "None is rescaled.",
        ]),
        ("A,60\nB,40.5\n", [0.6, 0.405], 0.0, [
            "percent_weights: the weights of mine.csv sum to 100.5 and are read as per cent.",
            "weights_sum: the weights of mine.csv sum to 1.005, not 1; the excess, 0.5%, is borrowed at R_f. "
            "None is rescaled.",
        ]),
        ("A,60%\nB,40%\n", [0.6, 0.4], 0.0, []),
        ("A,0.5\nB,0.4999995\n", [0.5, 0.4999995], 0.0, []),
        ("A,2\nB,-1\n", [2, -1], 0.0, []),  # 3 in all
        ("A,5.5\nB,-4.5\n", [5.5, -4.5], 0.0, [
            "implausible: the weights of mine.csv are read as fractions: 10 times its value without their signs.",
        ]),
    ],
)  # fmt: skip
def test_weights_that_do_not_sum_to_one_are_said(tmp_path: Path, text, amounts, cash, said) -> None:
    """Sum, rest or excess, and per cent; a sum within 1e-6 of 1 says nothing, nor do percent signs."""
    held = load(tmp_path, f"ticker,weight\n{text}")
    assert [row.amount for row in held.rows] == pytest.approx(amounts, rel=1e-12)
    assert held.cash == pytest.approx(cash, rel=1e-12)
    assert [str(warning) for warning in held.warnings] == said


def resolve(typed: str) -> ResolvedTicker:
    """With the suffix .NS."""
    name = typed if typed.endswith(".NS") else f"{typed}.NS"
    return ResolvedTicker(typed, name, name)


def test_lines_of_the_same_stock_are_said(tmp_path: Path) -> None:
    """Lines and amounts of each repeated stock, then what cancels; amounts are summed."""
    held = load(tmp_path, "ticker,qty\nAAA,5\nBBB.NS,7\nAAA.NS,-2\nCCC,3\nAAA,1.5\nCCC.NS,-3\nCASH,90\n")
    positions = Positions.of(held, resolve)
    assert [str(warning) for warning in positions.warnings] == [
        "repeated_holding: lines 2 and 4 and 6 are all AAA.NS; 5 and -2 and 1.5 are added up.",
        "repeated_holding: lines 5 and 7 are all CCC.NS; 3 and -3 are added up.",
        "zero_weight: nothing is held of CCC.NS: left out.",
    ]
    assert ([one.ticker for one in positions.tickers], positions.amounts) == (["AAA.NS", "BBB.NS"], (4.5, 7.0))
    assert [positions.place(k) for k in range(2)] == ["lines 2 and 4 and 6", "line 3"]
    weights = positions.weights([20.0, 30.0], "INR")
    assert weights == pytest.approx([90 / 390, 210 / 390], rel=1e-12)


def test_stocks_that_cancel_hold_nothing(tmp_path: Path) -> None:
    """All lines cancel."""
    with pytest.raises(InvalidPortfolio) as refused:
        Positions.of(load(tmp_path, "ticker,qty\nAAA,5\nAAA.NS,-5\n"), resolve)
    assert str(refused.value) == (
        "mine.csv holds nothing: the long and the short lines of each stock cancel. Remove one of them."
    )


@pytest.mark.parametrize(("cash", "total"), [(-1234567.0, "−₹12,34,517"), (-50, "₹0")])
def test_a_portfolio_without_value_has_no_weights(tmp_path: Path, cash: float, total: str) -> None:
    """The total at the last prices and the cash in it; 0 is no value either."""
    positions = Positions.of(load(tmp_path, f"ticker,qty\nAAA,10\nBBB,-5\nCASH,{cash}\n"), resolve)
    with pytest.raises(WorthlessPortfolio) as refused:
        positions.weights([20.0, 30.0], "INR")
    assert str(refused.value) == (
        f"mine.csv is worth {total} at the last prices, cash of {money(cash, 'INR')} included: weights need a positive "
        "value. Add the proceeds of the short sales as a line CASH."
    )


# The portfolio's stocks.

T, W = 61, 40


def stocks(
    count: int, spoil=lambda prices: None, text: str | None = None, *, folder: Path, window: int = W, **changes: object
):
    """Positions in S0.NS, S1.NS, … of equal weight, and their fitted window."""
    prices = {
        **factor_prices(T),
        **{f"S{k}.NS": closes(wavy(T - 1, 0.02, 1.1 + k / 7, k), 10 + k) for k in range(count)},
    }
    spoil(prices)
    lines = text or "".join(f"S{k},{1 / count!r}\n" for k in range(count))
    held = load(folder, f"ticker,weight\n{lines}")
    positions = Positions.of(held, resolve)
    names = [one.ticker for one in positions.tickers]
    spec = Specification(window=window)
    found = gated(MemorySource(days(T), prices, **changes)).window(names, window, None)
    origin = Origin(Universe((), {}), "memory", "2026-11-21T00:00:00+00:00")
    return positions, fit(positions.tickers, spec, MODEL, origin, found)


def gaps(prices, *tickers: tuple[str, int]) -> None:
    """The last so many prices but one of these tickers are missing."""
    for ticker, count in tickers:
        prices[ticker][-1 - count : -1] = NAN


def test_a_portfolio_s_warnings_name_the_stock(tmp_path: Path) -> None:
    """The file's, then each stock's with its ticker before it, then what the stocks have in common."""

    def spoil(prices) -> None:
        prices["S0.NS"][50:] *= 0.75
        prices["S1.NS"][45:] *= 1.6
        prices["S2.NS"][40] = NAN

    positions, fitted = stocks(3, spoil, "S0,0.5\nS1,0.3\nS2,0.1\n", folder=tmp_path)
    found = portfolio_exposure(positions, fitted)
    day, beta = days(T), found.beta
    move = [text for text in map(str, beta.warnings) if text.startswith("large_move")]
    own = fitted.window.excess_returns[:, 0] + fitted.window.risk_free
    (k,) = fitted.reports[0].large_moves
    assert [str(warning) for warning in beta.warnings if not str(warning).startswith("large_move")] == [
        "weights_sum: the weights of mine.csv sum to 0.9, not 1; the rest, 10%, is cash at R_f. None is rescaled.",
        f"suspect_jump: S1.NS: {day[45]}, {fitted.reports[1].excluded[0][2]:+.1%}, is left out: a return beyond ±40% "
        "is nearly always a missed split or a demerger.",
        "short_history: 37 returns in common in a window of 40. A day on which one stock has no return is left out "
        "for all; missing returns: S2.NS 2, S1.NS 1.",
        "collinear: much of MKT is already in the other factors (VIF above 5), so these betas are uncertain one by "
        "one. The basis spread or residual takes the market out of the styles.",
        "few_days: each holding's part of the expected shortfall is a mean of 2 days, and so uncertain.",
    ]
    assert move == [
        f"large_move: S0.NS: {day[50]}, {own[k]:+.1%}, stays in: nearly all such moves are real. R² is "
        f"{beta.r_squared:.2f} with it and would be {without(positions, fitted, k):.2f} without it. An "
        "unadjusted bonus of 1:3 (ratio 3/4)?"
    ]
    assert f"{beta.r_squared:.2f}" != f"{without(positions, fitted, k):.2f}"
    assert (beta.name, beta.observations, beta.data.missing) == ("mine.csv", 37, 2)
    assert [(str(one.date), one.reason) for one in beta.data.excluded] == [(str(day[45]), "suspect_jump")]


def without(positions, fitted, day: int) -> float:
    """R² of the portfolio without a day, by numpy's least squares."""
    y = fitted.window.excess_returns @ np.array(positions.amounts)
    kept = np.isfinite(y) & (np.arange(len(y)) != day)
    x = np.column_stack([np.ones(kept.sum()), fitted.window.factors[kept]])
    residual = y[kept] - x @ np.linalg.lstsq(x, y[kept], rcond=None)[0]
    return float(1 - residual @ residual / ((y[kept] - y[kept].mean()) ** 2).sum())


def test_too_few_common_returns_name_five_stocks(tmp_path: Path) -> None:
    """Each alone is eligible, together they are not; the stocks with most gaps first, then how many more."""

    def spoil(prices) -> None:
        for k in range(7):  # k + 1 missing prices after each other cost k + 2 returns
            prices[f"S{k}.NS"][22 + 5 * k - k : 22 + 5 * k + 1 if k < 6 else 22 + 5 * k - 2] = NAN

    positions, fitted = stocks(7, spoil, folder=tmp_path)
    counts = np.isnan(fitted.window.excess_returns).sum(axis=0)
    common = int(np.isfinite(fitted.window.excess_returns).all(axis=1).sum())
    order = sorted(range(7), key=lambda k: -counts[k])
    listed = ", ".join(f"S{k}.NS {counts[k]}" for k in order[:5])
    assert common < 32 <= 40 - counts.max()
    with pytest.raises(InsufficientHistory) as refused:
        portfolio_exposure(positions, fitted)
    assert str(refused.value) == (
        f"The stocks of mine.csv have {common} returns in common in the 40 sessions up to 2026-11-20; a window of 40 "
        f"needs 32. A day on which one stock has no return is left out for all; missing returns: {listed} and 2 more "
        "stocks. Ask for a shorter window, or leave a stock out."
    )


def test_stocks_without_a_result_are_all_named(tmp_path: Path) -> None:
    """File, counts, line and sentence of each of five, tickers of the others; the kind of the first."""

    def spoil(prices) -> None:
        for k in range(1, 8):
            prices[f"S{k}.NS"][:] = NAN

    positions, fitted = stocks(8, spoil, folder=tmp_path)
    with pytest.raises(UnknownTicker) as refused:
        portfolio_exposure(positions, fitted)
    hint = "A search of the universe finds a ticker by its name."
    assert str(refused.value) == (
        "mine.csv has no result, because 7 of its 8 stocks have none, and their weight is not given to the others. "
        + " ".join(f"Line {k + 2}: memory has no ticker S{k}.NS. {hint}" for k in range(1, 6))
        + " And S6.NS, S7.NS. Correct these lines or remove them."
    )


def test_a_failure_of_the_source_comes_before_other_errors(tmp_path: Path) -> None:
    """One of upstream is the kind of the error though another stock comes first; of one stock: has."""
    positions, fitted = stocks(
        3,
        lambda prices: prices["S0.NS"].__setitem__(slice(None), NAN),
        folder=tmp_path,
        failures={"S2.NS": TimedOut("Yahoo did not answer.")},
    )
    with pytest.raises(TimedOut) as refused:
        portfolio_exposure(positions, fitted)
    assert str(refused.value) == (
        "mine.csv has no result, because 2 of its 3 stocks have none, and their weight is not given to the others. "
        "Line 2: memory has no ticker S0.NS. A search of the universe finds a ticker by its name. "
        "Line 4: Yahoo did not answer. Correct these lines or remove them."
    )
    positions, fitted = stocks(2, lambda prices: prices.pop("S1.NS"), folder=tmp_path)
    with pytest.raises(UnknownTicker, match=r"because 1 of its 2 stocks has none, and") as refused:
        portfolio_exposure(positions, fitted)


# The gate's errors.


def gate_error(one: MemorySource, window: int = W, as_of: date | None = None) -> FactorError:
    """What the gate refuses."""
    with pytest.raises(FactorError) as refused:
        gated(one).window(["AAA.NS"], window, as_of)
    return refused.value


def test_a_factor_without_a_usable_proxy_is_refused() -> None:
    """Factor, source, and each proxy with its fault; where one failed upstream, to try again."""
    prices = factor_prices(T)
    prices["VAL2"] = np.full(T, 12.5)
    prices["VAL3"] = prices.pop("VAL1")
    prices["VAL3"][-6:] = NAN
    error = gate_error(MemorySource(days(T), prices))
    assert (type(error), str(error)) == (
        NoHealthyProxy,
        "The factor VAL (Value) has no usable proxy in memory: VAL1 has no prices; VAL2 is flat at 12.5; VAL3 stops 6 "
        "sessions before the others. Add prices of one of them, or name another proxy in a model.toml.",
    )
    error = gate_error(MemorySource(days(T), prices, failures={"VAL2": TimedOut("x")}))
    assert (type(error), str(error)) == (
        UpstreamError,
        "The factor VAL (Value) has no usable proxy now: VAL1 has no prices; VAL2 could not be had (timed_out); VAL3 "
        "stops 6 sessions before the others. Try again later.",
    )


@pytest.mark.parametrize("failure", [Unreachable("no network"), RunStopped("stopped")])
def test_what_every_proxy_would_meet_is_raised_as_it_is(failure: FactorError) -> None:
    """No network, or a run that rate limits stopped: the fallback is not asked for."""
    prices = {**factor_prices(T), "VAL2": factor_prices(T)["VAL1"]}
    assert gate_error(MemorySource(days(T), prices, failures={"VAL1": failure})) is failure


def test_prices_that_begin_later_are_refused() -> None:
    """A day before all prices; and sessions without a price for every factor."""
    error = gate_error(MemorySource(days(T), factor_prices(T)), as_of=date(2026, 9, 20))
    assert (type(error), str(error)) == (
        InsufficientHistory,
        "memory has no prices up to 2026-09-20: they begin on 2026-09-21. Ask for a later day.",
    )
    prices = factor_prices(T)
    for ticker in ("MKT1", "VAL1", "VOL1"):
        prices[ticker][0] = NAN  # the first day is not too early, its proxies lack prices
    assert type(gate_error(MemorySource(days(T), prices), as_of=date(2026, 9, 21))) is NoHealthyProxy
    error = gate_error(MemorySource(days(T), factor_prices(T)), as_of=date(2026, 9, 21))
    assert str(error) == (
        "memory has 1 session with a price for every factor up to 2026-09-21; at least 31 are needed. Ask for a later "
        "day, or check the dates of the proxies' prices."
    )
