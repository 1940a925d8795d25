"""Portfolios: a file of holdings, one worked by hand, sums that close, and every bad file in a sentence."""

import codecs
import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.errors import FactorError, InvalidPortfolio, TimedOut
from factorcli.model.specification import Specification
from factorcli.portfolio.holdings import Holdings
from factorcli.render.json_csv import plain
from factorcli.service.exposures import ExposureService
from tests.conftest import NOW, Answer, Run
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

CODES = ("MKT", "VAL", "MOM", "SZ", "VOL")
DAILY_RATE = 0.065 / 252
WEIGHTS = {"S0.NS": 0.5, "S1.NS": 0.4, "S2.NS": -0.2}  # the rest, 30 %, is cash


Ask = Callable[..., Answer]


@pytest.fixture
def prices() -> dict[str, np.ndarray]:
    """Closes of the proxies and of S0.NS to S3.NS, 300 days."""
    return market()


@pytest.fixture
def ask(factor: Run, home: Path, tmp_path: Path, prices: dict[str, np.ndarray]) -> Ask:
    """factor("beta", …) on a folder of prices and a file of holdings: ask("ticker,weight\\nS0.NS,1\\n", "--json")."""

    def run(file: str | bytes, *arguments: str, command: str = "beta", name: str = "holdings.csv") -> Answer:
        source = tmp_path / "source" / "p.csv"
        write_wide(source, prices)
        (home / name).write_bytes(file.encode() if isinstance(file, str) else file)
        return factor(command, *arguments, "--portfolio", name, "--source", str(source.parent))

    return run


def listing(weights: dict[str, float], column: str = "weight") -> str:
    """A file of holdings."""
    return "".join([f"ticker,{column}\n", *(f"{ticker},{weight!r}\n" for ticker, weight in weights.items())])


def returns_of(prices: dict[str, np.ndarray], names: Any, window: int) -> np.ndarray:
    """Simple returns (window, N) of the last days."""
    closes = np.column_stack([prices[name] for name in names])
    return (closes[1:] / closes[:-1] - 1)[-window:]


def design_of(prices: dict[str, np.ndarray], window: int) -> np.ndarray:
    """Ones, and the factors with the market net of R_f (window, 6)."""
    factors = returns_of(prices, PROXIES, window)
    factors[:, 0] -= DAILY_RATE
    return np.column_stack([np.ones(window), factors])


def contributions(result: dict[str, Any], code: str) -> list[float]:
    """What each holding adds to a beta."""
    return [holding["beta_contributions"][code] for holding in result["portfolio"]["holdings"]]


def assert_sums_close(result: dict[str, Any]) -> None:
    """Betas are weighted sums within 1e-12, shares of risk and weights with cash sum to 1."""
    held = result["portfolio"]["holdings"]
    for code in result["betas"]:
        weighted = sum(holding["weight"] * holding["betas"][code] for holding in held)
        assert weighted == pytest.approx(result["betas"][code]["beta"], rel=0, abs=1e-12)
        assert sum(contributions(result, code)) == pytest.approx(result["betas"][code]["beta"], rel=0, abs=1e-12)
    alone = sum(holding["weight"] * holding["market_beta"] for holding in held)
    assert alone == pytest.approx(result["market_model"]["beta"], rel=0, abs=1e-12)
    assert sum(holding["risk_contribution"] for holding in held) == pytest.approx(1, rel=0, abs=1e-12)
    assert sum(holding["component_risk"] for holding in held) == pytest.approx(result["volatility"], rel=1e-12)
    for holding in held:
        assert holding["component_risk"] == pytest.approx(holding["weight"] * holding["marginal_risk"], rel=1e-12)
    weights = sum(holding["weight"] for holding in held) + result["portfolio"]["cash"]
    assert weights == pytest.approx(1, rel=0, abs=1e-12)


def test_three_stocks_worked_by_hand(factor: Run, home: Path, tmp_path: Path) -> None:
    """Half in A, a quarter in B, a tenth short C, 35 % cash, on a market of four days repeated over and over.

    With R_f = 0, one factor, and returns of 1, −1, 2, −2 % in turn: A = market, B = 2 · market + d,
    C = −market, where d = 1, 1, −1, −1 % has no mean and no covariance with the market. So the portfolio is
    (0.5 + 0.5 + 0.1) · market + 0.25 d: β = 1.1, of which A 0.5, B 0.5, C 0.1. In units of 1e-4 per four days
    its sum of squares is 1.21 · 10 + 0.0625 · 4 = 12.35; the covariation with it of A is 11, of B
    2 · 11 + 0.25 · 4 = 23, of C −11: risk 5.5, 5.75 and 1.1 of 12.35, R² = 12.1 / 12.35.
    """
    turn = np.array([0.01, -0.01, 0.02, -0.02])
    aside = np.array([0.01, 0.01, -0.01, -0.01])
    returns = {"M.X": turn, "A.X": turn, "B.X": 2 * turn + aside, "C.X": -turn}
    prices = {name: np.cumprod([100.0, *(1 + np.tile(r, 20))]) for name, r in returns.items()}
    source = write_wide(tmp_path / "p.csv", prices)
    model = tmp_path / "model.toml"
    model.write_text(
        'id = "one"\nrisk_free = 0.0\n[[factors]]\ncode = "MKT"\nname = "M"\nproxies = ["M.X"]\nexcess = true\n'
    )
    (home / "h.csv").write_text("ticker,weight\nA.X,0.5\nB.X,0.25\nC.X,-0.1\nCASH,0.35\n")
    arguments = ("--portfolio", "h.csv", "-w", "80", "--json", "--source", str(source), "--model", str(model))
    answer = factor("beta", *arguments)
    assert answer.status == 0, answer.err
    (result,) = answer.results
    assert result["betas"]["MKT"]["beta"] == pytest.approx(1.1, rel=0, abs=1e-12)
    assert result["alpha"]["daily"] == pytest.approx(0, abs=1e-12)
    assert result["r_squared"] == pytest.approx(12.1 / 12.35, abs=1e-12)
    assert result["volatility"] == pytest.approx(np.sqrt(12.35e-4 * 20 / 79 * 252), rel=1e-12)
    assert contributions(result, "MKT") == pytest.approx([0.5, 0.5, 0.1], rel=0, abs=1e-12)
    risk = [holding["risk_contribution"] for holding in result["portfolio"]["holdings"]]
    assert risk == pytest.approx([5.5 / 12.35, 5.75 / 12.35, 1.1 / 12.35], rel=0, abs=1e-12)
    assert result["portfolio"]["cash"] == pytest.approx(0.35)
    assert not [warning for warning in result["warnings"] if warning.startswith("weights_sum")]
    (shares,) = factor("decompose", *arguments).results
    assert shares["contributions"]["MKT"] == pytest.approx(12.1 / 12.35, abs=1e-12)
    assert shares["portfolio"] == result["portfolio"]


@pytest.mark.parametrize("cov", ["hac", "hc1", "nonrobust"])
def test_a_portfolio_is_what_statsmodels_says_of_its_returns(ask: Ask, prices: dict[str, np.ndarray], cov: str) -> None:
    """Weights times returns, and cash at R_f, by numpy; coefficients and errors by statsmodels."""
    answer = ask(listing({**WEIGHTS, "CASH": 0.3}), "-w", "252", "--json", "--cov", cov)
    (result,) = answer.results
    stocks = returns_of(prices, WEIGHTS, 252)
    whole = stocks @ np.array(list(WEIGHTS.values())) + 0.3 * DAILY_RATE - DAILY_RATE
    kind = {
        "hac": {"cov_type": "HAC", "cov_kwds": {"maxlags": result["model"]["lags"], "use_correction": True}},
        "hc1": {"cov_type": "HC1"},
        "nonrobust": {},
    }[cov]
    fit = sm.OLS(whole, design_of(prices, 252)).fit(use_t=True, **kind)
    estimates = [result["betas"][code] for code in CODES]
    np.testing.assert_allclose([e["beta"] for e in estimates], fit.params[1:], rtol=0, atol=1e-12)
    np.testing.assert_allclose([e["std_error"] for e in estimates], fit.bse[1:], rtol=1e-9)
    np.testing.assert_allclose([e["p_value"] for e in estimates], fit.pvalues[1:], rtol=1e-8)
    assert result["alpha"]["daily"] == pytest.approx(fit.params[0], rel=0, abs=1e-14)
    assert result["r_squared"] == pytest.approx(fit.rsquared, rel=1e-12)
    assert result["observations"] == 252
    betas = np.linalg.lstsq(design_of(prices, 252), stocks - DAILY_RATE, rcond=None)[0][1:]
    for holding, own in zip(result["portfolio"]["holdings"], betas.T, strict=True):
        np.testing.assert_allclose([holding["betas"][code] for code in CODES], own, rtol=0, atol=1e-12)
    weights, covariance = np.array(list(WEIGHTS.values())), np.cov(stocks, rowvar=False)
    risk = weights * (covariance @ weights) / (weights @ covariance @ weights)
    found = [holding["risk_contribution"] for holding in result["portfolio"]["holdings"]]
    np.testing.assert_allclose(found, risk, rtol=0, atol=1e-12)


@pytest.mark.parametrize("basis", ["raw", "spread", "residual"])
def test_random_portfolios_close(tmp_path: Path, basis: str) -> None:
    """Over random markets with missing days and weights of both signs, in each basis: sums within 1e-12."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        prices = market(count=320, stocks=6, seed=seed)
        for i in range(6):
            prices[f"S{i}.NS"][rng.integers(0, 320, 4)] = np.nan
        source = write_wide(tmp_path / f"{seed}.csv", prices)
        context = build_context(Settings.from_env({"FACTOR_SOURCE": str(source), "FACTOR_NOW": NOW}), cached=False)
        (tmp_path / "h.csv").write_text(listing({f"S{i}.NS": float(w) for i, w in enumerate(rng.normal(0.2, 0.3, 6))}))
        batch = ExposureService(context).beta((), Specification(252, basis), [Holdings.load(tmp_path / "h.csv")])
        (result,) = plain(batch.results)
        assert_sums_close(result)
        closes = np.column_stack([prices[f"S{i}.NS"] for i in range(6)])
        common = np.isfinite(closes[1:] / closes[:-1]).all(axis=1)[-252:].sum()
        assert result["observations"] == common < 252
        assert result["data"]["missing"] == 252 - common


def test_a_holding_has_the_return_of_its_own_price(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """From the close before the window's first return to its last: 80 to 100 is 25 %, 80 to 60 is −25 %.

    A gap within the window changes nothing; without its first or last close there is none. As in the table.
    """
    held = {f"S{i}.NS": 0.25 for i in range(4)}
    for i, (first, last) in enumerate([(80, 100), (80, 60), (np.nan, 100), (80, np.nan)]):
        prices[f"S{i}.NS"][[-101, -1]] *= [first, last] / prices[f"S{i}.NS"][[-101, -1]]
    prices["S1.NS"][-50:-47] = np.nan
    answer = ask(listing(held), "--json", "-w", "100")
    found = {holding["ticker"]: holding["return"] for holding in answer.results[0]["portfolio"]["holdings"]}
    assert found == {"S0.NS": pytest.approx(0.25), "S1.NS": pytest.approx(-0.25), "S2.NS": None, "S3.NS": None}
    table = ask(listing(held), "-w", "100").out
    ends = {ticker: re.search(rf"^{re.escape(ticker)} .* (\S+)$", table, re.M) for ticker in held}
    assert [end[1] for end in ends.values() if end] == ["+25.0%", "−25.0%", "–", "–"]


def test_the_common_sample_is_said(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """A day that one stock lacks is lost to all; the stock is named with how many it lacks."""
    prices["S1.NS"][100:105] = np.nan
    (result,) = ask(listing({"S0.NS": 0.5, "S1.NS": 0.5}), "--json").results
    assert result["observations"] == 246
    (short,) = [warning for warning in result["warnings"] if warning.startswith("short_history")]
    assert "S1.NS 6" in short
    assert "S0.NS" not in short
    assert_sums_close(result)


def test_what_the_gate_did_is_said_of_the_stock(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """A jump of one stock is left out for the portfolio, a large move stays; both name the stock and its return."""
    prices["S0.NS"][200:] *= 3.0
    prices["S1.NS"][250:] *= 1.25
    (result,) = ask(listing({"S0.NS": 0.5, "S1.NS": 0.5}), "--json").results
    jump, move = (str(weekdays(300)[day]) for day in (200, 250))
    closes = {name: prices[name] for name in ("S0.NS", "S1.NS")}
    of = {day: [p[day] / p[day - 1] - 1 for p in closes.values()] for day in (200, 250)}
    said = {warning.split(":")[0]: warning for warning in result["warnings"]}
    assert said["suspect_jump"].startswith(f"suspect_jump: S0.NS: {jump}, {of[200][0]:+.1%}")
    assert said["large_move"].startswith(f"large_move: S1.NS: {move}, {of[250][1]:+.1%}")
    assert f"R² is {result['r_squared']:.2f} with it" in said["large_move"]
    assert "short_history" not in said
    (day,) = result["data"]["excluded"]
    assert (day["date"], day["reason"]) == (jump, "suspect_jump")
    assert day["return"] == pytest.approx(sum(of[200]) / 2, rel=1e-9)
    assert result["observations"] == 251 == result["data"]["sessions"] - result["data"]["missing"] - 1


def test_quantities_are_weighed_at_the_last_close(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """quantity × last close over the worth of all with the cash; --as-of takes the close of that day."""
    held = {"S0.NS": 30, "S1.NS": -10}
    file = 'Symbol,Avg. price,Qty.\nS0.NS,1.0,30\nS1.NS,2.0,-10\ncash,,"1,00,000"\n'
    for day, place in (("2026-11-20", -1), ("2026-11-13", -6)):
        (result,) = ask(file, "--json", "--as-of", day).results
        closes = {ticker: prices[ticker][place] for ticker in held}
        worth = sum(amount * closes[ticker] for ticker, amount in held.items()) + 100_000
        assert result["as_of"] == day
        assert result["portfolio"]["cash"] == pytest.approx(100_000 / worth, rel=1e-12)
        for holding in result["portfolio"]["holdings"]:
            assert holding["price"] == closes[holding["ticker"]]
            assert holding["quantity"] == held[holding["ticker"]]
            expected = held[holding["ticker"]] * closes[holding["ticker"]] / worth
            assert holding["weight"] == pytest.approx(expected, rel=1e-12)
        assert_sums_close(result)


def test_a_missing_last_close_is_the_one_before(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """A stock that did not trade today is worth its last close."""
    prices["S0.NS"][-1] = np.nan
    (result,) = ask("ticker,quantity\nS0.NS,1\nS1.NS,1\n", "--json").results
    assert result["portfolio"]["holdings"][0]["price"] == prices["S0.NS"][-2]
    assert result["portfolio"]["holdings"][1]["price"] == prices["S1.NS"][-1]


def test_one_stock_of_weight_one_is_that_stock(ask: Ask) -> None:
    """Every number is the ticker's own, to the last bit; only what names it differs."""
    own, whole = ask(listing({"S0.NS": 1.0}), "S0.NS", "--json", "--rolling", "-w", "126").results
    assert (own["ticker"], whole["ticker"], whole["name"]) == ("S0.NS", "PORTFOLIO", "holdings.csv")
    different = {key for key in own if own[key] != whole[key]}
    assert different <= {"ticker", "name", "cache"}
    assert set(whole) - set(own) == {"portfolio"}
    assert whole["portfolio"]["cash"] == 0
    assert whole["portfolio"]["holdings"][0]["risk_contribution"] == pytest.approx(1, abs=1e-12)


def test_the_rolling_path_is_the_weighted_sum_of_the_stocks(ask: Ask) -> None:
    """On a market without gaps, every date and factor; its end is the single fit."""
    *stocks, whole = ask(listing(WEIGHTS), *WEIGHTS, "--json", "--rolling", "-w", "126").results
    assert len(whole["rolling"]["dates"]) == 299 - 126 + 1
    for code in CODES:
        paths = np.array([stock["rolling"]["betas"][code] for stock in stocks])
        expected = np.array(list(WEIGHTS.values())) @ paths
        np.testing.assert_allclose(whole["rolling"]["betas"][code], expected, rtol=0, atol=1e-9)
        assert whole["rolling"]["betas"][code][-1] == pytest.approx(whole["betas"][code]["beta"], rel=1e-9)


def test_table_json_and_csv_have_the_same_numbers(ask: Ask, home: Path) -> None:
    """A column a number in CSV, bit for bit those of JSON; in the table the same, rounded."""
    file = listing({"S0.NS": 0.6, "S1.NS": 0.3, "CASH": 0.1})
    (result,) = ask(file, "--json").results
    (row,) = csv.DictReader(io.StringIO(ask(file, "--csv").out))
    assert float(row["portfolio.cash"]) == result["portfolio"]["cash"]
    table = ask(file).out
    assert ask(file, "--output", "t.txt").out == ""
    assert (home / "t.txt").read_text() == table
    for holding in result["portfolio"]["holdings"]:
        column = f"portfolio.holdings.{holding['ticker']}."
        for name in ("weight", "market_beta", "risk_contribution", "return"):
            assert float(row[column + name]) == holding[name]
        for code in CODES:
            assert float(row[f"{column}betas.{code}"]) == holding["betas"][code]
            assert float(row[f"{column}beta_contributions.{code}"]) == holding["beta_contributions"][code]
        (line,) = re.findall(rf"^{re.escape(holding['ticker'])} .*$", table, re.M)
        shown = [float(text.replace("−", "-").rstrip("%")) for text in line.split()[1:]]
        added = [holding["beta_contributions"][code] for code in CODES]
        weight = holding["weight"]
        exact = [100 * weight, holding["market_beta"], weight * holding["market_beta"], *added]
        digits = [1, 2, 2, 2, 2, 2, 2, 3]
        assert shown == [
            *(pytest.approx(value, abs=0.501 * 10**-places) for value, places in zip(exact, digits, strict=True)),
            pytest.approx(100 * holding["risk_contribution"], abs=0.0501),
            pytest.approx(100 * holding["return"], abs=0.0501),
        ]
    total = re.findall(r"^total +100\.0% .*$", table, re.M)[0].replace("−", "-").split()[3:]
    betas = [result["betas"][code]["beta"] for code in CODES]
    assert [float(text) for text in total[:5]] == pytest.approx(betas, abs=0.00501)
    assert total[-1] == "100.0%"


def test_tickers_come_first_and_the_portfolio_last(ask: Ask) -> None:
    """In JSON and in the table; a ticker that fails leaves the portfolio its result."""
    answer = ask(listing({"S0.NS": 1.0}), "S3.NS", "NOPE", "S2.NS", "--json")
    assert [result["ticker"] for result in answer.results] == ["S3.NS", "S2.NS", "PORTFOLIO"]
    assert "portfolio" not in answer.results[0]
    assert (answer.status, answer.codes) == (3, ["unknown_ticker"])
    many = ask(listing({"S0.NS": 1.0}), "S0.NS", "S1.NS", "S2.NS", "S3.NS").out
    assert re.search(r"^PORTFOLIO +holdings\.csv", many, re.M)
    assert "Holdings of holdings.csv" in many


def test_names_are_those_that_are_meant(factor: Run, home: Path) -> None:
    """A bare symbol is the universe's ticker, with name and sector; the same stock twice is added up, and said."""
    (home / "h.csv").write_text("ticker,weight\ntcs,0.25\nTCS.NS,0.25\nINFY,0.5\nWIPRO,0\n")
    (result,) = factor("decompose", "--portfolio", "h.csv", "--source", "demo", "--json").results
    assert [(h["ticker"], h["name"], h["weight"]) for h in result["portfolio"]["holdings"]] == [
        ("TCS.NS", "Tata Consultancy Services Ltd.", 0.5),
        ("INFY.NS", "Infosys Ltd.", 0.5),
    ]
    said = {warning.split(":")[0]: warning for warning in result["warnings"]}
    assert "lines 2 and 3" in said["repeated_holding"]
    assert "WIPRO.NS" in said["zero_weight"]


def test_a_holding_without_a_result_leaves_the_portfolio_without_one(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """Each is named with its line and what to do; no weight moves to the others."""
    prices["S2.NS"][:200] = np.nan
    prices["S3.NS"][-30:] = np.nan
    file = "ticker,weight\nS0.NS,0.25\nNOPE,0.25\nS2.NS,0.25\nS3.NS,0.25\n"
    answer = ask(file, "--json")
    assert answer.status == 4
    assert answer.results == []
    (error,) = answer.document["errors"]
    assert (error["ticker"], error["code"]) == ("PORTFOLIO", "unknown_ticker")
    for part in ("3 of its 4 stocks", "Line 3: ", "NOPE", "Line 4: S2.NS has 99 returns", "Line 5: S3.NS has no price"):
        assert part in error["message"]
    assert "Line 2" not in error["message"]
    assert ask(file).err.count("\n") == 1


def test_too_few_days_in_common_is_no_result(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """Each stock alone has enough; together they do not, and the sentence names who lacks how many."""
    prices["S0.NS"][60:100] = np.nan
    prices["S1.NS"][150:190] = np.nan
    file = listing({"S0.NS": 0.5, "S1.NS": 0.5})
    answer = ask(file, "S0.NS", "S1.NS", "--json")
    assert [result["ticker"] for result in answer.results] == ["S0.NS", "S1.NS"]
    (error,) = answer.document["errors"]
    assert (error["ticker"], error["code"], answer.status) == ("PORTFOLIO", "insufficient_history", 3)
    assert "170 returns in common" in error["message"]
    assert "S0.NS 41, S1.NS 41" in error["message"]


@pytest.mark.parametrize(
    ("file", "weights", "cash", "code", "said"),
    [
        ("S0.NS,0.6\nS1.NS,0.4\n", [0.6, 0.4], 0.0, None, ""),
        ("S0.NS,0.333333\nS1.NS,0.666667\n", [0.333333, 0.666667], 0.0, None, ""),
        ("S0.NS,60\nS1.NS,40\n", [0.6, 0.4], 0.0, "percent_weights", "sum to 100"),
        ("S0.NS,60\nS1.NS,30\nCash,10\n", [0.6, 0.3], 0.1, "percent_weights", "sum to 100"),
        ("S0.NS,60%\nS1.NS,40 %\n", [0.6, 0.4], 0.0, None, ""),
        ("S0.NS,0.5\nS1.NS,0.3\n", [0.5, 0.3], 0.2, "weights_sum", "sum to 0.8, not 1; the rest, 20%, is cash"),
        ("S0.NS,0.9\nS1.NS,0.6\n", [0.9, 0.6], -0.5, "weights_sum", "the excess, 50%, is borrowed at R_f"),
        ("S0.NS,1.3\nS1.NS,-0.3\n", [1.3, -0.3], 0.0, None, ""),
        ("S0.NS,1\nS1.NS,−1\nCASH,1\n", [1.0, -1.0], 1.0, None, ""),
    ],
)  # fmt: skip
def test_weights_stand_as_they_are_and_their_sum_is_explained(
    ask: Ask, file: str, weights: list[float], cash: float, code: str | None, said: str
) -> None:
    """Never rescaled; what they lack to 1 is cash, what exceeds it is borrowed, and one warning says so."""
    (result,) = ask(f"ticker,weight\n{file}", "--json").results
    assert [holding["weight"] for holding in result["portfolio"]["holdings"]] == pytest.approx(weights, abs=1e-15)
    assert result["portfolio"]["cash"] == pytest.approx(cash, abs=1e-9)
    found = [w for w in result["warnings"] if w.startswith(("weights_sum", "percent_weights"))]
    assert [warning.split(":")[0] for warning in found] == ([code] if code else [])
    assert said in "".join(found)
    assert_sums_close(result)


@pytest.mark.parametrize(
    "file",
    [
        codecs.BOM_UTF8 + b"ticker,weight\nS0.NS,0.75\nS1.NS,0.25\n",
        b"Ticker;Weight\r\nS0.NS;0,75\r\nS1.NS;0,25\r\n",
        b"sep=;\r\nTicker;Weight (%)\r\nS0.NS;75\r\nS1.NS;25,0\r\n",
        "Symbol\tWeight\r\nS0.NS\t0.75\r\nS1.NS\t0.25\r\n".encode("utf-16"),
        b"ticker,weight\rS0.NS,0.75\rS1.NS,0.25\r",
        b"\n\nName,Ticker,Weight,,\n\"A, B\",s0.ns , 0.75,,\n,,,,\nC,S1.NS\xa0,25%,,\n,,,,\n",
        b'"INSTRUMENT","Weight %","LTP"\n"S0.NS","75.0","9"\n"S1.NS","25.0","8"\n',
        b"Soci\xe9t\xe9,ticker,weight\n\xc9,S0.NS,7.5e-1\nx,S1.NS,.25\n",
    ],
)  # fmt: skip
def test_what_spreadsheets_write_is_read(tmp_path: Path, file: bytes) -> None:
    """Byte order marks, decimal commas, tabs, percent headings, blank lines and columns, old encodings."""
    path = tmp_path / "h.csv"
    path.write_bytes(file)
    holdings = Holdings.load(path)
    assert [(row.ticker.upper(), row.amount) for row in holdings.rows] == [("S0.NS", 0.75), ("S1.NS", 0.25)]
    assert holdings.warnings == ()


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [("120", 120), ('"1,200"', 1200), ('"1,23,456.50"', 123456.5), ("-40", -40), ("−40", -40), ("0.5", 0.5),
     ("₹ 500", 500), ("1e3", 1000)],
)  # fmt: skip
def test_quantities_are_read_as_they_are_written(tmp_path: Path, cell: str, quantity: float) -> None:
    """Grouped by thousands or lakhs, fractional, short, with a real minus."""
    path = tmp_path / "h.csv"
    path.write_text(f"ticker,shares\nTCS,{cell}\n", encoding="utf-8")
    assert Holdings.load(path).rows[0].amount == quantity


BAD_FILES = [
    (b"", "empty"),
    (b"\n ,, \n", "empty"),
    (b"ticker,weight\n", "no stock"),
    (b"remark,weight\nA,1\n", "no column ticker"),
    (b"TCS,0.5\nINFY,0.5\n", "TCS, 0.5"),
    (b"ticker\nTCS\n", "neither"),
    (b"ticker,symbol,weight\nTCS,TCS,1\n", "ticker and symbol"),
    (b"ticker,weight\nTCS,0.5\nINFY,plenty\n", "line 3: 'plenty'"),
    (b"ticker,weight\nTCS,NaN\n", "line 2: 'NaN'"),
    (b"ticker,weight\nTCS,inf\n", "line 2: 'inf'"),
    (b"ticker,weight\nTCS,1e999\n", "line 2: '1e999'"),
    (b"ticker,weight\nTCS,1_0\n", "line 2: '1_0'"),
    (b'ticker,weight\nTCS,"0,5"\nINFY,0.25\n', "line 2: '0,5'"),
    (b"ticker,weight\nTCS,#DIV/0!\n", "line 2: '#DIV/0!'"),
    (b"ticker,weight\nTCS,\n", "line 2: TCS has no weight"),
    (b"ticker,weight\nTCS\n", "line 2: TCS has no weight"),
    (b"ticker,weight\nTCS,1\n,1\n", "line 3 has no ticker"),
    (b"ticker,quantity\nTCS,1,200\n", "line 2 has 3 cells"),
    (b"ticker,quantity\nTCS,50%\n", "line 2: '50%'"),
    (b"ticker,weight\nTCS,0\nINFY,0.0\n", "zeros"),
    (b"ticker,weight\nCASH,1\n", "no stock"),
    (b"ticker,weight\nTCS,0\nCASH,1\n", "no stock"),
    (b"ticker,weight\nTCS,50\nINFY,40\n", "sum to 90"),
    (b"ticker,weight\nTCS,1000\nINFY,-1000\n", "2000 without their signs"),
    (b'ticker,weight\nTCS,"1\n', "line 2 is not CSV"),
    (b"ticker,weight\nTCS,1\0\n", "not a text file"),
    (b"PK\x03\x04\x14\0\x06\0", "workbook"),
    (b"\x89PNG\r\n\x1a\n\0\0", "not a text file"),
    (b"x" * 1_000_001, "larger than"),
    (b"ticker,weight\nTCS," + b"9" * 200_000 + b"\n", "line 2"),
]


@pytest.mark.parametrize(("file", "said"), BAD_FILES)
def test_a_bad_file_is_refused_with_line_and_value(tmp_path: Path, file: bytes, said: str) -> None:
    """One or two sentences that name the file, and what to do."""
    path = tmp_path / "mine.csv"
    path.write_bytes(file)
    with pytest.raises(InvalidPortfolio) as refused:
        Holdings.load(path)
    message = str(refused.value)
    assert said in message
    assert "mine.csv" in message
    assert len(message) < 300
    assert message.endswith(".")


PIECES = [
    "ticker",
    "weight",
    "qty",
    ",",
    ";",
    "\t",
    "\n",
    "TCS",
    "CASH",
    "0.5",
    "-1",
    "%",
    '"',
    "NaN",
    "1,234",
    "1e308",
]


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(
    st.sampled_from([b"", b"ticker,weight\n", b"symbol;qty\n"]),
    st.one_of(
        st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=15).map(lambda p: "".join(p).encode())
    ),
)
def test_no_file_is_too_odd_for_a_sentence(tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes) -> None:
    """Whatever the bytes, they are holdings with a stock and finite amounts, or refused."""
    path = tmp_path_factory.mktemp("odd") / "h.csv"
    path.write_bytes(head + rest)
    try:
        holdings = Holdings.load(path)
    except InvalidPortfolio as refused:
        assert len(str(refused)) < 400
    else:
        assert any(row.amount for row in holdings.rows)
        assert all(np.isfinite(row.amount) and row.ticker for row in holdings.rows)


def test_a_bad_file_is_one_sentence_and_status_2(factor: Run, home: Path) -> None:
    """At the command line, for both commands, before a price is read; in JSON the error has no ticker."""
    (home / "bad.csv").write_text("ticker,weight\nTCS,lots\n")
    for name, said in (("absent.csv", "absent.csv"), ("", "empty"), ("bad.csv", "line 2: 'lots'")):
        for words in (("beta",), ("decompose", "TCS")):
            answer = factor(*words, "--portfolio", name, "--source", "demo", "--json")
            assert (answer.status, answer.codes) == (2, ["invalid_portfolio"]), answer.err
            assert answer.document["errors"][0]["ticker"] is None
            assert answer.results == []
            assert said in answer.err
            assert answer.err.count("\n") == 1
    neither = factor("beta", "--source", "demo")
    assert (neither.status, neither.out) == (2, "")
    assert "--portfolio FILE" in neither.err


def test_quantities_that_are_worth_nothing_have_no_weights(ask: Ask) -> None:
    """More sold short than held, and no cash: one sentence, status 4."""
    answer = ask("ticker,quantity\nS0.NS,1\nS1.NS,-50\n", "--json")
    assert (answer.status, answer.codes, answer.results) == (4, ["worthless_portfolio"], [])
    assert "line CASH" in answer.err
    assert answer.err.count("\n") == 1


def test_a_portfolio_that_never_moves_has_no_shares_of_risk(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """Long and short of two columns with the same prices: null in JSON, a dash in the table, no failure."""
    prices["TWIN.NS"] = prices["S0.NS"]
    file = "ticker,weight\nS0.NS,1\nTWIN.NS,-1\nCASH,1\n"
    (result,) = ask(file, "--json").results
    assert [holding["risk_contribution"] for holding in result["portfolio"]["holdings"]] == [None, None]
    assert [result["betas"][code]["beta"] for code in CODES] == [0] * 5
    assert any(warning.startswith("flat_prices") for warning in result["warnings"])
    assert re.search(r"^total .*–$", ask(file).out, re.M)


def test_lines_that_cancel_hold_nothing(ask: Ask) -> None:
    """Long and short of one stock is no portfolio: one sentence, status 2."""
    answer = ask("ticker,weight\nS0.NS,1\ns0.ns,-1\nCASH,1\n")
    assert (answer.status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "holds nothing" in answer.err


class Failing:
    """A market whose source cannot answer for some tickers."""

    def __init__(self, market: Any, failures: dict[str, FactorError]) -> None:
        self.market, self.failures = market, failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self.market, name)

    def window(self, *rest: Any, **more: Any) -> Any:
        return replace(self.market.window(*rest, **more), failures=self.failures)


def test_a_stock_that_upstream_withholds_is_upstreams_failure(tmp_path: Path) -> None:
    """A time-out of one stock outweighs another's typo: status 5, and both are named."""
    path = tmp_path / "h.csv"
    path.write_text("ticker,weight\nNOPE.NS,0.2\nTCS,0.4\nINFY,0.4\n")
    context = build_context(Settings.from_env({"FACTOR_SOURCE": "demo", "FACTOR_NOW": NOW}), cached=False)
    failing = Failing(context.open_market(), {"INFY.NS": TimedOut("INFY.NS did not come within 10 s.")})
    batch = ExposureService(replace(context, open_market=lambda: failing)).beta(
        (), Specification(), [Holdings.load(path)]
    )
    (failure,) = batch.failures
    assert (failure.ticker, failure.code, batch.exit_code) == ("PORTFOLIO", "timed_out", 5)
    assert "Line 2: demo has no ticker NOPE.NS" in failure.message
    assert "Line 4: INFY.NS did not come" in failure.message


def test_a_source_out_of_reach_is_status_5(factor: Run, home: Path) -> None:
    """One sentence; nothing was answered because of upstream."""
    (home / "h.csv").write_text("ticker,weight\nTCS,1\n")
    answer = factor("beta", "--portfolio", "h.csv", "--json")
    assert (answer.status, answer.results, answer.err.count("\n")) == (5, [], 1)
    assert answer.document["errors"][0]["ticker"] == "PORTFOLIO"


class Recorder:
    """An AnswerCache that has nothing and counts what it is asked for."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def find(self, keys: Any, read: Any, **_: Any) -> dict[Any, Any]:
        self.keys += [key.local for key in keys]
        return {}

    def keep(self, entries: Any, seconds: float | None = None) -> None:
        self.keys += [key.local for key in entries]

    def share(self, entries: Any, seconds: float | None = None) -> None:
        self.keys += [key.local for key in entries]


def test_nothing_of_a_portfolio_reaches_a_cache(tmp_path: Path) -> None:
    """Neither read nor kept, here or in a team's cache; the tickers beside it are."""
    path = tmp_path / "private.csv"
    path.write_text("ticker,weight\nTCS,0.5\nINFY,0.5\n")
    context = build_context(Settings.from_env({"FACTOR_SOURCE": "demo", "FACTOR_NOW": NOW}), cached=False)
    recorder = Recorder()
    context = replace(context, answers=recorder)
    alone = ExposureService(context).beta((), Specification(), [Holdings.load(path)])
    assert [result.ticker for result in alone.results] == ["PORTFOLIO"]
    assert recorder.keys == []
    ExposureService(context).beta(("WIPRO",), Specification(), [Holdings.load(path)])
    assert len(recorder.keys) == 2  # asked for, and kept
    assert all("WIPRO.NS" in key for key in recorder.keys)


def test_the_portfolio_is_computed_anew_from_its_file(ask: Ask) -> None:
    """A changed file changes the answer at once: nothing old is served."""
    (first,) = ask(listing({"S0.NS": 1.0}), "--json").results
    (second,) = ask(listing({"S1.NS": 1.0}), "--json").results
    assert first["betas"]["MKT"]["beta"] != second["betas"]["MKT"]["beta"]
    assert first["cache"]["hit"] is second["cache"]["hit"] is None
    assert json.loads(json.dumps(second))["portfolio"]["holdings"][0]["ticker"] == "S1.NS"
