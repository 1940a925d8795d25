"""`factor hedge`: ratios and lots by hand, portfolios, identities, and every bad input in a sentence."""

import csv
import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from factorcli import Factor, errors
from tests.conftest import NOW, Answer, Run
from tests.markets import PROXIES, market, write_wide

pytestmark = pytest.mark.cli

RATE = 0.065 / 252
NIFTY, MIDCAP = PROXIES[0], PROXIES[3]
TRADED = """
id = "traded"
risk_free = 0.065

[[factors]]
code = "MKT"
name = "Nifty"
proxies = ["^NSEI"]
excess = true
[[factors]]
code = "SZ"
name = "Midcap"
proxies = ["MID150BEES.NS"]
[[factors]]
code = "VAL"
name = "Value"
proxies = ["NV20BEES.NS"]
"""
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def prices() -> dict[str, np.ndarray]:
    """Closes of the proxies and of S0.NS to S3.NS, 300 days."""
    return market()


@pytest.fixture
def ask(factor: Run, home: Path, prices: dict[str, np.ndarray]) -> Ask:
    """factor("hedge", …) on a folder of prices: ask("S0", "--with", "^NSEI")."""
    write_wide(home / "p" / "prices.csv", prices)

    def run(*arguments: str) -> Answer:
        return factor("hedge", *arguments, "--source", "p")

    return run


def excess(prices: dict[str, np.ndarray], *names: str, window: int = 252) -> np.ndarray:
    """Returns net of R_f (window, N) of the last days."""
    closes = np.column_stack([prices[name] for name in names])
    return (closes[1:] / closes[:-1] - 1)[-window:] - RATE


def deviation(returns: np.ndarray) -> float:
    """Annualised, ddof 1."""
    return float(np.std(returns, ddof=1) * np.sqrt(252))


def test_a_hedge_is_what_the_prices_say(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """Every number of the JSON, from the closes alone."""
    (result,) = ask("S0", "--with", NIFTY, "--with", MIDCAP, "--value", "1000000", "--cov", "hc1", "--json").results
    stock, held = excess(prices, "S0.NS")[:, 0], excess(prices, NIFTY, MIDCAP)
    fit = sm.OLS(-stock, sm.add_constant(held)).fit(cov_type="HC1", use_t=True)
    assert (result["ticker"], result["window"], result["observations"]) == ("S0.NS", 252, 252)
    assert (result["value"], result["currency"], result["model"]["covariance"]) == (1e6, "INR", "hc1")
    for k, (one, name) in enumerate(zip(result["instruments"], (NIFTY, MIDCAP), strict=True), start=1):
        assert list(one) == ["ticker", "ratio", "notional", "lots", "lot_size"]
        assert (one["ticker"], one["lots"], one["lot_size"]) == (name, None, None)
        low, high = fit.conf_int()[k]
        expected = [fit.params[k], fit.bse[k], fit.tvalues[k], fit.pvalues[k], low, high]
        assert list(one["ratio"].values()) == pytest.approx(expected, rel=1e-7)
        assert one["notional"] == pytest.approx(1e6 * fit.params[k])
    left = stock + held @ fit.params[1:]
    assert result["volatility"] == {
        "before": pytest.approx(deviation(stock)), "after": pytest.approx(deviation(left)), "after_lots": None,
    }  # fmt: skip
    early = sm.OLS(-stock[:189], sm.add_constant(held[:189])).fit().params[1:]
    assert result["out_of_sample"] == {
        "sessions": 63, "before": pytest.approx(deviation(stock[189:])),
        "after": pytest.approx(deviation(stock[189:] + held[189:] @ early)),
    }  # fmt: skip
    factors = excess(prices, *PROXIES) + np.array([0, RATE, RATE, RATE, RATE])
    for name, returns in (("before", stock), ("after", left)):
        betas = sm.OLS(returns, sm.add_constant(factors)).fit().params[1:]
        assert list(result["betas"][name].values()) == pytest.approx(betas, abs=1e-9)


def test_one_instrument_is_the_market_model_turned_round(ask: Ask, factor: Run) -> None:
    """The ratio of the index is minus the one-factor beta, with the same errors."""
    (result,) = ask("S1", "--with", NIFTY, "--json").results
    (beta,) = factor("beta", "S1", "--source", "p", "--json").results
    own, ratio = beta["market_model"], result["instruments"][0]["ratio"]
    assert ratio["estimate"] == pytest.approx(-own["beta"], rel=1e-12)
    assert ratio["std_error"] == pytest.approx(own["std_error"], rel=1e-12)
    assert (ratio["ci_low"], ratio["ci_high"]) == pytest.approx((-own["ci_high"], -own["ci_low"]))
    assert result["volatility"]["before"] == pytest.approx(beta["volatility"], rel=1e-12)
    assert (result["value"], result["instruments"][0]["notional"]) == (None, None)


def test_a_hedge_with_every_traded_factor_leaves_the_idiosyncratic_volatility(
    ask: Ask, factor: Run, home: Path
) -> None:
    """Up to n − 1 in place of n − k; and no beta is left, in any basis."""
    (home / "traded.toml").write_text(TRADED)
    words = ("--model", "traded.toml", "--json")
    instruments = [word for name in (NIFTY, MIDCAP, PROXIES[1]) for word in ("--with", name)]
    (beta,) = factor("beta", "S2", "--source", "p", *words).results
    for basis in ("raw", "spread", "residual"):
        (result,) = ask("S2", *instruments, *words, "--basis", basis).results
        n, k = result["observations"], 4
        expected = beta["residual_volatility"] * np.sqrt((n - k) / (n - 1))
        assert result["volatility"]["after"] == pytest.approx(expected, rel=1e-12)
        assert list(result["betas"]["after"].values()) == pytest.approx([0, 0, 0], abs=1e-12)


def test_lots_are_whole_and_leave_the_least(ask: Ask, home: Path, prices: dict[str, np.ndarray]) -> None:
    """By brute force on the returns: contracts, what they are worth, the volatility and the betas that are left."""
    (home / "lots.csv").write_text("ticker,lot,price,short\nNOTHING,1,,\n^nsei,75,120.5,yes\nMID150BEES,2000,,\n")
    words = ("S0", "--with", NIFTY, "--with", MIDCAP, "--lots", "lots.csv", "--value", "1000000", "--json")
    (result,) = ask(*words).results
    stock, held = excess(prices, "S0.NS")[:, 0], excess(prices, NIFTY, MIDCAP)
    money = np.array([75 * 120.5, 2000 * prices[MIDCAP][-1]])
    exact = -sm.OLS(stock, sm.add_constant(held)).fit().params[1:] * 1e6 / money
    ways = list(itertools.product(*[(np.floor(x), np.ceil(x)) for x in exact]))
    left = [deviation(stock + held @ (np.array(way) * money / 1e6)) for way in ways]
    best = ways[int(np.argmin(left))]
    assert [one["lots"] for one in result["instruments"]] == list(best)
    assert [one["lot_size"] for one in result["instruments"]] == [75, 2000]
    assert [one["notional"] for one in result["instruments"]] == pytest.approx(list(np.array(best) * money))
    assert result["volatility"]["after_lots"] == pytest.approx(min(left))
    assert result["volatility"]["after"] <= result["volatility"]["after_lots"]
    held_betas = sm.OLS(stock + held @ (np.array(best) * money / 1e6), sm.add_constant(excess(prices, *PROXIES))).fit()
    assert list(result["betas"]["after"].values()) == pytest.approx(held_betas.params[1:], abs=1e-9)


def test_what_cannot_be_sold_is_not(ask: Ask, home: Path) -> None:
    """S0 falls with the index: held at 0, without errors; the volatility stays, also where it was tried out."""
    (home / "lots.csv").write_text(f"ticker,lot,short\n{NIFTY},1,no\n")
    (result,) = ask("S0", "--with", NIFTY, "--lots", "lots.csv", "--value", "100000", "--json").results
    (one,) = result["instruments"]
    assert one["ratio"] == {"estimate": 0.0, **dict.fromkeys(("std_error", "t_stat", "p_value", "ci_low", "ci_high"))}
    assert (one["lots"], one["notional"]) == (0, 0.0)
    assert len(set(result["volatility"].values())) == 1
    assert result["out_of_sample"]["before"] == result["out_of_sample"]["after"]
    assert not any(warning.startswith("too_small") for warning in result["warnings"])


def test_half_a_lot_that_is_too_large_is_said(ask: Ask, home: Path) -> None:
    """No contract, and a warning that says how much of one it would be."""
    (home / "lots.csv").write_text(f"ticker,lot\n{NIFTY},75\n")
    (result,) = ask("S0", "--with", NIFTY, "--lots", "lots.csv", "--value", "1000", "--json").results
    assert result["instruments"][0]["lots"] == 0
    (said,) = [warning for warning in result["warnings"] if warning.startswith("too_small")]
    assert "% of one contract, less than half" in said


def test_a_portfolio_has_its_own_value(ask: Ask, home: Path, prices: dict[str, np.ndarray]) -> None:
    """Quantities at the last closes with cash; weights take the value that is given; tickers come first."""
    (home / "a.csv").write_text("ticker,quantity\nS0,100\nS1,50\nCASH,5000\n")
    (home / "b.csv").write_text("ticker,weight\nS0,0.5\nS1,0.5\n")
    words = ("S2", "--portfolio", "a.csv", "--portfolio", "b.csv", "--with", NIFTY, "--value", "777", "--json")
    first, own, weights = ask(*words).results
    worth = 100 * prices["S0.NS"][-1] + 50 * prices["S1.NS"][-1] + 5000
    assert [r["name"] for r in (own, weights)] == ["a.csv", "b.csv"]
    assert [r["value"] for r in (first, own, weights)] == pytest.approx([777, worth, 777])
    shares = np.array([100, 50]) * [prices["S0.NS"][-1], prices["S1.NS"][-1]] / worth
    whole, index = excess(prices, "S0.NS", "S1.NS") @ shares, excess(prices, NIFTY)[:, 0]
    expected = -np.cov(whole, index)[0, 1] / np.var(index, ddof=1)
    assert own["instruments"][0]["ratio"]["estimate"] == pytest.approx(expected)
    assert own["instruments"][0]["notional"] == pytest.approx(expected * worth)


def test_a_holding_may_be_an_instrument(ask: Ask, home: Path) -> None:
    """Of a portfolio: what is held of it can be reduced, to nothing if that is what is least."""
    (home / "a.csv").write_text(f"ticker,weight\n{MIDCAP},0.6\n{NIFTY},0.4\n")
    (result,) = ask("--portfolio", "a.csv", "--with", MIDCAP, "--with", NIFTY, "--json").results
    assert [one["ratio"]["estimate"] for one in result["instruments"]] == pytest.approx([-0.6, -0.4])
    assert result["volatility"]["after"] == pytest.approx(0, abs=1e-12)


def test_a_spreadsheet_has_a_row_a_result(ask: Ask) -> None:
    """Each instrument in columns of its own, named by its ticker."""
    rows = list(csv.DictReader(io.StringIO(ask("S0", "S1", "--with", NIFTY, "--csv").out)))
    assert [row["ticker"] for row in rows] == ["S0.NS", "S1.NS"]
    assert float(rows[0]["instruments.^NSEI.ratio.estimate"]) < 0 < float(rows[1]["instruments.^NSEI.ratio.estimate"])
    assert rows[0]["instruments.^NSEI.lots"] == ""
    assert float(rows[0]["volatility.after"]) < float(rows[0]["volatility.before"])


def test_days_that_an_instrument_lacks_are_left_out(factor: Run, home: Path, prices: dict[str, np.ndarray]) -> None:
    """Every number is of the common days; too few of them are an error."""
    gappy = {**prices, "FUT.NS": prices[NIFTY].copy()}
    gappy["FUT.NS"][[150, 200]] = np.nan
    write_wide(home / "g" / "p.csv", gappy)
    words = ("hedge", "S0", "--with", "FUT.NS", "--source", "g", "--json")
    (result,) = factor(*words).results
    assert result["observations"] == 248
    gappy["FUT.NS"][60:130] = np.nan
    write_wide(home / "h" / "p.csv", gappy)
    answer = factor("hedge", "S0", "--with", "FUT.NS", "--source", "h", "--json")
    assert (answer.status, answer.codes) == (4, ["insufficient_history"])


@pytest.mark.parametrize("frequency", ["weekly", "monthly"])
def test_weeks_and_months_are_annualised(factor: Run, frequency: str) -> None:
    """The ratio is minus the market beta of that frequency, and so is the volatility."""
    words = ("TCS", "--source", "demo", "--frequency", frequency, "--json")
    (result,), (beta,) = factor("hedge", *words, "--with", NIFTY).results, factor("beta", *words).results
    assert result["instruments"][0]["ratio"]["estimate"] == pytest.approx(-beta["market_model"]["beta"], rel=1e-12)
    assert result["volatility"]["before"] == pytest.approx(beta["volatility"], rel=1e-12)
    assert result["frequency"] == frequency


LOTS = "ticker,lot,price,short\n^NSEI,{},{},{}\n"


@pytest.mark.parametrize(
    ("words", "lots", "status", "said"),
    [
        (("S0",), None, 2, "No instrument is given: name one, such as --with ^NSEI."),
        (("--with", NIFTY), None, 2, "No ticker is given"),
        (("S0", "--with", "S0.NS"), None, 2, "S0.NS cannot hedge itself"),
        (("S0", "--with", "^INDIAVIX"), None, 2, "^INDIAVIX cannot be an instrument: nobody can hold it"),
        (("S0", "--with", "MID150BEES", "--with", MIDCAP), None, 2, f"{MIDCAP} is named twice among the instruments"),
        (("S0", "--with", "NOSUCH"), None, 4, "has no ticker NOSUCH"),
        (("S0", "--with", "TWIN.NS", "--with", NIFTY), None, 4, "S0.NS: TWIN.NS and ^NSEI all but move together"),
        (("S0", *sum((("--with", f"X{i}") for i in range(16)), ())), None, 2, "16 instruments"),
        (("S0", "--with", NIFTY, "--value", "0"), None, 2, "The value of the position is 0"),
        (("S0", "--with", NIFTY, "--value", "nan"), None, 2, "The value of the position is 'nan', which is no amount"),
        (("S0", "--with", NIFTY, "--value", "1e16"), None, 2, "1e+16, but must be an amount above 0 and below 1e+15"),
        (("S0", "--with", NIFTY, "--value", "-5"), None, 2, "The value of the position is -5"),
        (("S0", "--with", NIFTY), LOTS.format(75, "", ""), 2, "Whole lots need the value of S0.NS"),
        (("S0", "--with", MIDCAP, "--value", "1"), LOTS.format(75, "", ""), 2, f"The lots do not have {MIDCAP}"),
        (("S0", "--with", NIFTY), LOTS.format(0, "", ""), 2, "l.csv, line 2: '0' is not a lot"),
        (("S0", "--with", NIFTY), LOTS.format(-75, "", ""), 2, "l.csv, line 2: '-75' is not a lot"),
        (("S0", "--with", NIFTY), LOTS.format("", "", ""), 2, "l.csv, line 2: '' is not a lot"),
        (("S0", "--with", NIFTY), LOTS.format("5%", "", ""), 2, "l.csv, line 2: '5%' is not a lot"),
        (("S0", "--with", NIFTY), LOTS.format(75, "free", ""), 2, "l.csv, line 2: 'free' is not a price"),
        (("S0", "--with", NIFTY), LOTS.format(75, 0, ""), 2, "l.csv, line 2: '0' is not a price"),
        (("S0", "--with", NIFTY), LOTS.format(75, "", "perhaps"), 2, "short is 'perhaps', but must be yes or no"),
        (("S0", "--with", NIFTY), "ticker,lot\n,75\n", 2, "l.csv, line 2 has no ticker"),
        (("S0", "--with", NIFTY), "ticker,lot\n", 2, "l.csv has no lots"),
        (("S0", "--with", NIFTY), "stock,size\nA,1\n", 2, "l.csv is no file of lots"),
        (("S0", "--with", NIFTY), "", 2, "l.csv is no file of lots"),
        (("S0", "--with", NIFTY, "--value", "9"), "ticker,lot\n^NSEI,1\n^nsei,2\n", 2, "l.csv has ^NSEI twice"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    factor: Run, home: Path, prices: dict[str, np.ndarray], words: tuple[str, ...], lots: str | None, status: int,
    said: str,
) -> None:  # fmt: skip
    """On stderr, with nothing on stdout."""
    write_wide(home / "p" / "prices.csv", {**prices, "TWIN.NS": 2 * prices[NIFTY]})
    more: tuple[str, ...] = ()
    if lots is not None:
        (home / "l.csv").write_text(lots)
        more = ("--lots", "l.csv")
    answer = factor("hedge", *words, *more, "--source", "p")
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_file_of_lots_may_be_that_of_a_spreadsheet(ask: Ask, home: Path) -> None:
    """Semicolons, decimal commas, other headings and Yes; the end of a file that is absent."""
    (home / "l.csv").write_text("Symbol;Market Lot;Close;Can short\n^NSEI;75;120,5;Yes\n")
    (result,) = ask("S0", "--with", NIFTY, "--lots", "l.csv", "--value", "1000000", "--json").results
    one = result["instruments"][0]
    assert one["notional"] == pytest.approx(one["lots"] * 75 * 120.5)
    absent = ask("S0", "--with", NIFTY, "--lots", "absent.csv")
    assert (absent.status, absent.out) == (2, "")
    assert "absent.csv" in absent.err


def test_the_library_hedges_as_the_command_does(factor: Run, home: Path) -> None:
    """A ticker and a portfolio, lots as a file and as a mapping."""
    demo = Factor(source="demo", now=NOW, cache=False)
    (home / "l.csv").write_text("ticker,lot\n^NSEI,75\n")
    (home / "h.csv").write_text("ticker,quantity\nTCS,4000\nINFY,2500\n")
    words = ("--with", NIFTY, "--lots", str(home / "l.csv"), "--source", "demo", "--json")
    commands = factor("hedge", "TCS", "--value", "9000000", "--portfolio", "h.csv", *words).results
    book = demo.portfolio(str(home / "h.csv"))
    asked = [
        demo.hedge("TCS", [NIFTY], lots=home / "l.csv", value=9_000_000),
        book.hedge([NIFTY], lots={NIFTY: 75}, value=9_000_000),
    ]
    assert [_without_time(one.to_dict()) for one in asked] == [_without_time(one) for one in commands]
    assert asked[0].to_frame()["instruments.^NSEI.lots"].item() == asked[0].instruments[0].lots
    assert "volatility" in str(asked[0])


def _without_time(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "cache"}


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ((5, [NIFTY]), {}, "5 is not a ticker"),
        (("TCS", NIFTY), {}, "is not a list of instruments"),
        (("TCS", [5]), {}, "5 is not a ticker"),
        (("TCS", []), {}, "No instrument is given"),
        (("TCS", [NIFTY]), {"value": "much"}, "value is 'much'"),
        (("TCS", [NIFTY]), {"lots": 75}, "lots is 75"),
        (("TCS", [NIFTY]), {"lots": {NIFTY: 0}}, "lots: ^NSEI: 0 is not a lot"),
        (("TCS", [NIFTY]), {"lots": {NIFTY: True}}, "lots: ^NSEI: True is not a lot"),
        (("TCS", [NIFTY]), {"lots": {}}, "lots has no lots"),
        (("TCS", [NIFTY]), {"estimator": "ewma"}, "estimator is not a keyword"),
    ],
)  # fmt: skip
def test_the_library_refuses_in_a_sentence(words: tuple[Any, ...], options: dict[str, Any], said: str) -> None:
    """A UsageError."""
    with pytest.raises(errors.UsageError) as caught:
        Factor(source="demo", now=NOW, cache=False).hedge(*words, **options)
    assert said in str(caught.value)
