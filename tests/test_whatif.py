"""A portfolio before and after trades: identities, an oracle of the change, and every bad trade in a sentence."""

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from factorcli import Factor
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.engine.basis import RAW, Basis
from factorcli.engine.whatif import turnover, what_if
from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio.given import trades_of
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.portfolio.trades import Trade
from factorcli.service.whatif import WhatIfService
from tests.conftest import NOW, Answer, Run
from tests.markets import market, write_wide
from tests.oracles import planted_market, statsmodels_ols
from tests.test_portfolio import CODES, DAILY_RATE, design_of, returns_of

pytestmark = pytest.mark.cli

Ask = Callable[..., Answer]
WEIGHTS = "ticker,weight\nS0.NS,0.5\nS1.NS,0.3\nCASH,0.2\n"
MEASURES = ("volatility", "value_at_risk", "expected_shortfall", "r_squared", "tracking_error")


@pytest.fixture
def prices() -> dict[str, np.ndarray]:
    """Closes of the proxies and of S0.NS to S3.NS, 300 days; S3 lacks some."""
    found = market()
    found["S3.NS"][[200, 201, 240]] = np.nan
    return found


@pytest.fixture
def ask(factor: Run, home: Path, tmp_path: Path, prices: dict[str, np.ndarray]) -> Ask:
    """`factor whatif` on a folder of these prices, with files h.csv (weights) and q.csv (quantities)."""
    write_wide(tmp_path / "source" / "p.csv", prices)
    (home / "h.csv").write_text(WEIGHTS)
    (home / "q.csv").write_text("ticker,quantity\nS0.NS,100\nS1.NS,40\nCASH,1000\n")

    def run(*arguments: str) -> Answer:
        return factor("whatif", *arguments, "--source", str(tmp_path / "source"))

    return run


def only(answer: Answer) -> dict[str, Any]:
    """The only result."""
    assert answer.status == 0, answer.err
    (result,) = answer.results
    return result


@pytest.mark.parametrize("covariance", ["hac", "hc1"])
def test_the_change_is_the_regression_of_the_difference(ask: Ask, prices, covariance: str) -> None:
    """By statsmodels, with the same covariance: 5 % of S0 sold, 10 % of S2 bought; the shape is the contract's."""
    words = ("--portfolio", "h.csv", "--trade", "S0=-5%", "--trade", "S2=+10%", "--trade", "CASH=-5%")
    result = only(ask(*words, "--cov", covariance, "--benchmark", "S1.NS", "--json"))
    assert list(result)[:10] == [
        "portfolio", "window", "as_of", "observations", "original", "rebalanced", "change", "turnover", "trades",
        "volatility_interval",
    ]  # fmt: skip
    stocks = returns_of(prices, ("S0.NS", "S1.NS", "S2.NS"), 252) - DAILY_RATE
    before, after = np.array([0.5, 0.3, 0.0]), np.array([0.45, 0.3, 0.1])
    factors = design_of(prices, 252)[:, 1:]
    expected = statsmodels_ols(stocks @ (after - before), factors, covariance)
    alone = statsmodels_ols(stocks @ (after - before), factors[:, :1], covariance)
    change = result["change"]
    for record, fit, k in [
        *((change["betas"][code], expected, k) for k, code in enumerate(CODES, 1)),
        (change["market_beta"], alone, 1),
    ]:
        assert record["estimate"] == pytest.approx(fit.params[k], rel=0, abs=1e-12)
        assert record["std_error"] == pytest.approx(fit.bse[k], rel=1e-9)
        assert record["p_value"] == pytest.approx(fit.pvalues[k], rel=1e-8)
    for name, weights in (("original", before), ("rebalanced", after)):
        found, whole = result[name], stocks @ weights
        assert list(found) == ["betas", "market_beta", *MEASURES]
        fit = statsmodels_ols(whole, factors)
        assert_allclose([found["betas"][code] for code in CODES], fit.params[1:], atol=1e-12)
        assert found["r_squared"] == pytest.approx(fit.rsquared, rel=1e-12)
        assert found["volatility"] == pytest.approx(whole.std(ddof=1) * np.sqrt(252), rel=1e-12)
        assert found["value_at_risk"] == pytest.approx(1.6448536269514722 * whole.std(ddof=1), rel=1e-12)
        assert found["expected_shortfall"] == pytest.approx(2.062712807507426 * whole.std(ddof=1), rel=1e-12)
        active = whole - stocks[:, 1]
        assert found["tracking_error"] == pytest.approx(active.std(ddof=1) * np.sqrt(252), rel=1e-12)
    for name in MEASURES:
        assert change[name] == pytest.approx(result["rebalanced"][name] - result["original"][name], abs=1e-15)
    assert result["turnover"] == pytest.approx(0.1, abs=1e-12)
    assert [one["ticker"] for one in result["trades"]] == ["S2.NS", "S0.NS", "CASH"]
    assert_allclose([one["from"] for one in result["trades"]], [0, 0.5, 0.2], atol=1e-12)
    assert_allclose([one["to"] for one in result["trades"]], [0.1, 0.45, 0.15], atol=1e-12)
    assert result["benchmark"] == "S1.NS"
    for name in ("volatility", "tracking_error"):
        assert result[f"{name}_interval"]["low"] < change[name] < result[f"{name}_interval"]["high"]
    assert not [text for text in result["warnings"] if "cash_counterpart" in text]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([RAW, Basis("residual")]))
def test_the_betas_of_the_change_are_the_changes_of_the_betas(seed: int, basis: Basis) -> None:
    """All three on the same days; and a what-if that is turned round has the negative of its change."""
    returns, factors = planted_market(seed, 80, 3)
    returns[seed % 80, 2] = np.nan
    before, after = np.random.default_rng(seed).dirichlet(np.ones(3), 2)
    found = what_if(returns, before, after, factors, basis=basis).exposures
    back = what_if(returns, after, before, factors, basis=basis).exposures
    for one, other in ((found.fits, back.fits), (found.market, back.market)):
        assert_allclose(one.coefficients[2], one.coefficients[1] - one.coefficients[0], rtol=0, atol=1e-12)
        assert_allclose(one.coefficients[2], -other.coefficients[2], rtol=0, atol=1e-12)
        assert_allclose(one.std_errors[2], other.std_errors[2], rtol=1e-9)
    assert set(found.fits.observations) == {79}
    assert turnover(before, after) == pytest.approx(turnover(after, before))


def test_turnover_has_the_cash_in_it() -> None:
    """By hand: 10 % of a stock sold for cash, 10 % for another stock, and nothing."""
    before = np.array([0.6, 0.4])
    assert turnover(before, np.array([0.5, 0.4])) == pytest.approx(0.1)
    assert turnover(before, np.array([0.5, 0.5])) == pytest.approx(0.1)
    assert turnover(before, np.array([0.4, 0.3])) == pytest.approx(0.3)
    assert turnover(before, before) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--portfolio", "h.csv", "--to", "h.csv"),
        ("--portfolio", "h.csv", "--to", "same.csv"),
        ("--portfolio", "h.csv", "--trade", "S0=0%"),
        ("--portfolio", "h.csv", "--trade", "S2=0"),
        ("--portfolio", "q.csv", "--to", "q.csv"),
        ("--portfolio", "q.csv", "--trade", "S0=0sh"),
    ],
)
def test_a_what_if_of_nothing_changes_nothing(ask: Ask, home: Path, words: tuple[str, ...]) -> None:
    """Zeros everywhere, exactly: no trade, no turnover, no change, and no error of what is no estimate."""
    (home / "same.csv").write_text("ticker,weight\nS1,30%\nS0,50%\nCASH,20%\n")
    result = only(ask(*words, "--benchmark", "^NSEI", "--json"))
    assert result["original"] == result["rebalanced"]
    assert (result["turnover"], result["trades"]) == (0, [])
    change = result["change"]
    assert [change[name] for name in MEASURES] == [0] * 5
    for beta in (change["market_beta"], *change["betas"].values()):
        assert (beta["estimate"], beta["std_error"], beta["p_value"], beta["ci_low"]) == (0, None, None, None)
    assert result["volatility_interval"] == result["tracking_error_interval"] == {"low": 0, "high": 0}
    assert "Nothing is traded, so nothing changes" in ask(*words).out


def test_the_original_is_the_portfolio_of_the_other_commands(ask: Ask, factor: Run, tmp_path: Path) -> None:
    """Betas and volatility as in beta, the losses as in decompose, the tracking error as against the benchmark."""
    result = only(ask("--portfolio", "q.csv", "--trade", "S0=-5%", "--benchmark", "S2.NS", "--json"))
    words = ("--portfolio", "q.csv", "--benchmark", "S2.NS", "--source", str(tmp_path / "source"), "--json")
    beta, parts = factor("beta", *words).results[0], factor("decompose", *words).results[0]
    original = result["original"]
    assert_allclose(list(original["betas"].values()), [one["beta"] for one in beta["betas"].values()], atol=1e-12)
    assert original["market_beta"] == pytest.approx(beta["market_model"]["beta"], abs=1e-12)
    assert original["volatility"] == pytest.approx(beta["volatility"], rel=1e-12)
    assert original["value_at_risk"] == pytest.approx(parts["value_at_risk"]["total"], rel=1e-12)
    assert original["expected_shortfall"] == pytest.approx(parts["expected_shortfall"]["total"], rel=1e-12)
    assert original["tracking_error"] == pytest.approx(beta["active"]["tracking_error"], rel=1e-12)


def test_quantities_give_money_and_shares(ask: Ask, home: Path, prices) -> None:
    """Amounts are shares times the last close; a trade in shares is of that weight; cash takes what is left."""
    first, second = prices["S0.NS"][-1], prices["S1.NS"][-1]
    value = 100 * first + 40 * second + 1000
    result = only(ask("--portfolio", "q.csv", "--trade", "S0=-25sh", "--trade", "S1 = +10 shares", "--json"))
    by_name = {one["ticker"]: one for one in result["trades"]}
    assert result["value"] == result["value_after"] == pytest.approx(value, rel=1e-12)
    assert by_name["S0.NS"]["shares"] == pytest.approx(-25, rel=1e-9)
    assert by_name["S0.NS"]["amount"] == pytest.approx(-25 * first, rel=1e-9)
    assert by_name["S1.NS"]["amount"] == pytest.approx(10 * second, rel=1e-9)
    assert by_name["CASH"]["amount"] == pytest.approx(25 * first - 10 * second, rel=1e-9)
    assert "shares" not in by_name["CASH"]
    assert result["currency"] == "INR"
    (home / "to.csv").write_text("ticker,quantity\nS0.NS,100\nS1.NS,80\nCASH,1000\n")
    more = only(ask("--portfolio", "q.csv", "--to", "to.csv", "--json"))
    assert more["value_after"] - more["value"] == pytest.approx(40 * second, rel=1e-9)
    assert {one["ticker"]: round(one["amount"], 6) for one in more["trades"]} == {
        "S0.NS": 0, "S1.NS": round(40 * second, 6), "CASH": 0,
    }  # fmt: skip
    assert [text for text in more["warnings"] if text.startswith("other_value: to.csv is worth")]


def codes(result: dict[str, Any]) -> list[str]:
    """The codes of the warnings that are about the trades."""
    known = ("cash_counterpart", "sold_short", "borrowed", "implausible", "short_history", "other_value")
    return [code for text in result["warnings"] if (code := text.partition(":")[0]) in known]


def test_what_trades_lead_to_is_said(ask: Ask) -> None:
    """Cash as the counterpart, a short position, borrowed money, weights beyond reason; each with its numbers."""
    result = only(ask("--portfolio", "h.csv", "--trade", "S1=-40%", "--trade", "S2=70%", "--json"))
    said = {text.partition(": ")[0]: text.partition(": ")[2] for text in result["warnings"]}
    assert said["cash_counterpart"] == ("the trades sum to +30% of the value; cash, the counterpart, changes by −30%.")
    assert said["sold_short"] == "S1.NS: 40.0% of the value is sold and 30.0% is held, which leaves 10.0% sold short."
    assert said["borrowed"] == "after the trades 10.0% of the value is borrowed at R_f."
    everything = only(ask("--portfolio", "h.csv", "--trade", "S2=250%", "--trade", "S1=-250%", "--json"))
    assert codes(everything) == ["implausible", "sold_short"]
    assert codes(only(ask("--portfolio", "h.csv", "--trade", "S1=-30%", "--trade", "S2=+30%", "--json"))) == []


def test_everything_can_be_sold(ask: Ask) -> None:
    """Cash has no risk: zeros, not a crash."""
    result = only(ask("--portfolio", "h.csv", "--trade", "S0=-50%", "--trade", "S1=-30%", "--json"))
    after = result["rebalanced"]
    assert (after["volatility"], after["value_at_risk"], after["r_squared"], after["market_beta"]) == (0, 0, 0, 0)
    assert set(after["betas"].values()) == {0}
    assert result["trades"][-1] == {"ticker": "CASH", "from": pytest.approx(0.2), "to": pytest.approx(1)}


def test_days_without_a_return_of_what_is_bought_are_left_out(ask: Ask) -> None:
    """Both portfolios are of the days that all stocks have; the number is said."""
    result = only(ask("--portfolio", "h.csv", "--trade", "S3=5%", "--json"))
    assert result["observations"] == 247
    assert (
        "short_history: 247 of the portfolio's 252 returns: on the other days a stock that is bought has none."
        in result["warnings"]
    )


def test_each_portfolio_has_its_result(ask: Ask, home: Path) -> None:
    """In their order, and a failure is that of its file."""
    (home / "bad.csv").write_text("ticker,weight\nNOSUCH,1\n")
    words = ("--portfolio", "q.csv", "--portfolio", "bad.csv", "--portfolio", "h.csv", "--trade", "S0=-5%")
    answer = ask(*words, "--json")
    assert answer.status == 3
    assert [result["portfolio"] for result in answer.results] == ["q.csv", "h.csv"]
    assert answer.codes == ["unknown_ticker"]
    rows = list(csv.DictReader(io.StringIO(ask(*words, "--csv").out)))
    assert [row["portfolio"] for row in rows] == ["q.csv", "h.csv"]
    assert float(rows[1]["trades.S0.NS.to"]) == pytest.approx(0.45)
    assert rows[1]["original.tracking_error"] == ""
    assert float(rows[1]["change.betas.MKT.estimate"]) == pytest.approx(
        float(rows[1]["rebalanced.betas.MKT"]) - float(rows[1]["original.betas.MKT"]), abs=1e-12
    )


@pytest.mark.parametrize(
    "words", [("--frequency", "weekly", "-w", "40"), ("--basis", "residual"), ("--basis", "spread")]
)
def test_every_basis_and_frequency(ask: Ask, words: tuple[str, ...]) -> None:
    """The change is the difference of the two."""
    result = only(ask("--portfolio", "h.csv", "--trade", "S1=-5%", "--benchmark", "S1.NS", *words, "--json"))
    for code in CODES:
        difference = result["rebalanced"]["betas"][code] - result["original"]["betas"][code]
        assert result["change"]["betas"][code]["estimate"] == pytest.approx(difference, rel=0, abs=1e-12)


BAD = [
    (("--trade", "S0=5"), 2, "'5' without a unit: +5% of the value, or +5 shares? Write +5% or +5sh."),
    (("--trade", "S0=-0.05"), 2, "'-0.05' without a unit: -0.05%, or -5%? Write -0.05% or -5%."),
    (("--trade", "S0"), 2, "The trade 'S0' has no ticker and amount: write it as RELIANCE=-5%."),
    (("--trade", "=5%"), 2, "The trade '=5%' has no ticker and amount"),
    (("--trade", "S0=five%"), 2, "The trade of S0 is 'five%': write per cent"),
    (("--trade", "S0=5kg"), 2, "The trade of S0 is '5kg': write per cent"),
    (("--trade", "S0=1e999%"), 2, "The trade of S0 is '1e999%': write per cent"),
    (("--trade", "S0=5sh"), 2, "The trade of S0 is +5 shares, and h.csv has no quantities"),
    (("--trade", "CASH=5sh"), 2, "Cash has no shares"),
    (("--trade", "CASH=5%"), 2, "Only CASH is traded: name the stock that is bought or sold."),
    (("--trade", "S0=-5%", "--trade", "CASH=3%"), 2, "sum to −5% of the value, so cash changes by +5%, not by +3%"),
    (("--trade", "S0=1%", "--trade", "S0=2%"), 2, "S0, traded twice: write one trade of S0.NS."),
    (("--trade", "S0=1%", "--trade", "S0.NS=2%"), 2, "S0 and S0.NS are one and the same, traded twice"),
    (("--trade", "NOSUCH=1%"), 4, "has no ticker NOSUCH"),
    (("--trade", "S0=2000%"), 2, "After the trades the weights without their signs sum to 20.8 times the value"),
    (("--to", "nofile.csv"), 2, "nofile.csv: there is no such file"),
    (("--to", "."), 2, ". is a folder: name a file of holdings."),
    (("--to", "cash.csv"), 2, "cash.csv holds no stock"),
    (("--to", "q.csv", "--trade", "S0=1%"), 2, "Give either --to FILE or --trade TICKER=-5%, not both."),
    ((), 2, "Nothing is traded: give --trade TICKER=-5%, or --to FILE"),
    (("--trade", "S0=1%", "--benchmark", "NOSUCH"), 4, "has no ticker NOSUCH"),
    (("--trade", "S0=1%", "--benchmark", "no.csv"), 2, "no.csv: there is no such file"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "status", "text"), BAD, ids=[" ".join(one[0]) or "nothing" for one in BAD])
def test_a_bad_trade_is_one_sentence(ask: Ask, home: Path, words: tuple[str, ...], status: int, text: str) -> None:
    """With the value and what to write."""
    (home / "cash.csv").write_text("ticker,weight\nCASH,1\n")
    answer = ask("--portfolio", "h.csv", *words)
    assert answer.status == status
    assert text in answer.err
    assert (answer.out, answer.err.count("\n")) == ("", 1)


def test_a_portfolio_is_needed(ask: Ask) -> None:
    """And it is one of stocks."""
    answer = ask("--trade", "S0=1%")
    assert (answer.status, answer.err) == (2, "factor: No portfolio is given: give --portfolio FILE.\n")


def test_trades_as_people_write_them() -> None:
    """Units, signs, blanks, thousands; fractions as numbers."""
    written = {
        "TCS=-5%": Trade("TCS", -0.05),
        " TCS = +2.5 % ": Trade("TCS", 0.025),
        "TCS=−5%": Trade("TCS", -0.05),
        "TCS=.5%": Trade("TCS", 0.005),
        "NSE:M&M=10sh": Trade("NSE:M&M", 10, in_shares=True),
        "TCS=-1,000 Shares": Trade("TCS", -1000, in_shares=True),
        "INR=X=5%": Trade("INR=X", 0.05),
        "TCS=0": Trade("TCS", 0),
    }
    for text, trade in written.items():
        found = Trade.parse(text)
        assert (found.ticker, found.in_shares) == (trade.ticker, trade.in_shares), text
        assert found.change == pytest.approx(trade.change), text
    assert trades_of({"TCS": -0.05, "INFY": "+10sh"}) == [Trade("TCS", -0.05), Trade("INFY", 10, in_shares=True)]
    assert trades_of([("TCS", 0.5)]) == [Trade("TCS", 0.5)]


@pytest.mark.parametrize(
    ("trades", "text"),
    [
        ({"TCS": -5}, r"-500%, or -5%\? Write '-5%', -0.05, or a number of shares as '-5sh'"),
        ({"TCS": math.nan}, "is nan: give a fraction"),
        ({"TCS": True}, "is True: give a fraction"),
        ({"TCS": None}, "is None: give a fraction"),
        ({"": 0.1}, "A trade is of ''"),
        ({3: 0.1}, "A trade is of 3"),
        ("TCS", "trades is 'TCS': give a mapping"),
        (5, "trades is 5: give a mapping"),
        ([("TCS",)], r"A trade is \('TCS',\): give a pair"),
    ],
)  # fmt: skip
def test_bad_trades_of_the_library(trades: object, text: str) -> None:
    """One sentence with the value."""
    with pytest.raises(InvalidOption, match=text):
        trades_of(trades)


def test_the_library_asks_the_same() -> None:
    """Trades, holdings afterwards as a mapping or another portfolio, a benchmark."""
    factor = Factor(source="demo", now=NOW, cache=False)
    book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
    by_trades = book.whatif(trades={"INFY": -0.1, "ITC": "+10%"}, benchmark={"TCS": 1.0})
    other = factor.portfolio({"TCS": 0.5, "INFY": 0.4, "ITC": 0.1})
    to_other = book.whatif(to=other, benchmark=factor.portfolio({"TCS": 1.0}))
    assert by_trades.change.betas == to_other.change.betas
    assert by_trades.change.tracking_error == to_other.change.tracking_error
    assert book.whatif(trades={}).change.volatility == 0
    assert by_trades.to_frame()["trades.ITC.NS.to"].item() == pytest.approx(0.1)
    for wrong in ({}, {"to": other, "trades": {}}):
        with pytest.raises(InvalidOption, match="Say what changes"):
            book.whatif(**wrong)


def test_the_use_case_refuses_what_is_no_portfolio() -> None:
    """Tickers, and estimators that it does not have."""
    context = build_context(Settings(source="demo"), cached=False, refresh=False)
    service, book = WhatIfService(context), Holdings.of([("TCS", 1.0)])
    with pytest.raises(InvalidOption, match="Trades change a portfolio, and TCS is a ticker"):
        service.whatif(Request(("TCS",), (book,)), Specification(), trades=[])
    with pytest.raises(InvalidOption, match="The estimator is ewma: trades are compared by ols only"):
        service.whatif(Request((), (book,)), Specification(estimator="ewma"), trades=[])
