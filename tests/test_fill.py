"""`--fill sector`: the mean return of a sector before the first price of a holding, by hand."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.engine.fill import stand_in
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.ports import PriceSource
from factorcli.service.subjects import SubjectService
from tests.conftest import NOW, Answer, Run
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli
Ask = Callable[..., Answer]

YOUNG = 180  # the position of the first close of S0.NS, of 300 days
SECTORS = {"S0.NS": "Power", "S1.NS": "Power", "S2.NS": "Power", "S3.NS": "Power", "S4.NS": "Power", "S5.NS": "Banks",
           "S6.NS": "Banks"}  # fmt: skip
WEIGHTS = {"S0.NS": 0.3, "S5.NS": 0.5, "S6.NS": -0.1}


@pytest.fixture
def prices() -> dict[str, np.ndarray]:
    """Closes of 300 days: S0.NS is young, and S1.NS lacks two closes while it is not there."""
    made = market(stocks=7)
    made["S0.NS"][:YOUNG] = np.nan
    made["S1.NS"][[60, 90]] = np.nan
    return made


@pytest.fixture
def ask(factor: Run, home: Path, tmp_path: Path, prices: dict[str, np.ndarray]) -> Ask:
    """factor("beta", …) on these prices, with this universe and a portfolio; sectors may be others."""

    def run(*words: str, command: str = "beta", **sectors: str) -> Answer:
        source = write_wide(tmp_path / "prices.csv", prices)
        with (home / "universe.csv").open("w", newline="") as file:
            rows = [(t, t, s, f"I{t[1]}") for t, s in (SECTORS | {f"{k}.NS": v for k, v in sectors.items()}).items()]
            csv.writer(file).writerows([("ticker", "name", "sector", "isin"), *rows])
        (home / "h.csv").write_text("ticker,weight\n" + "".join(f"{t},{w}\n" for t, w in WEIGHTS.items()))
        return factor(command, "--portfolio", "h.csv", "--source", str(source), "--json", *words,
                      FACTOR_UNIVERSE="universe.csv")  # fmt: skip

    return run


def filled_returns(prices: dict[str, np.ndarray]) -> np.ndarray:
    """Returns (299, 3) of the holdings: S0.NS has the mean of the others of Power up to its first return."""

    def returns(name: str) -> np.ndarray:
        return prices[name][1:] / prices[name][:-1] - 1

    others = np.column_stack([returns(f"S{i}.NS") for i in (1, 2, 3, 4)])
    young = np.where(np.arange(299) < YOUNG, np.nanmean(others, axis=1), returns("S0.NS"))
    return np.column_stack([young, returns("S5.NS"), returns("S6.NS")])


def test_the_mean_of_the_sector_stands_in_before_the_first_price(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """Betas, risk and volatility are those of the filled returns by numpy; it says how many days and how much."""
    (result,) = ask("--fill", "sector").results
    stocks, weights = filled_returns(prices)[-252:] - 0.065 / 252, np.array(list(WEIGHTS.values()))
    whole = stocks @ weights
    factors = np.column_stack([prices[name][1:] / prices[name][:-1] - 1 for name in list(prices)[:5]])[-252:]
    factors[:, 0] -= 0.065 / 252
    solved = np.linalg.lstsq(np.column_stack([np.ones(252), factors]), whole, rcond=None)[0]
    assert [one["beta"] for one in result["betas"].values()] == pytest.approx(solved[1:], rel=1e-8)
    assert result["observations"] == 252
    covariance, volatility = np.cov(stocks.T), whole.std(ddof=1)
    held = result["portfolio"]["holdings"]
    days = YOUNG - (299 - 252)
    assert [one["filled"] for one in held] == [days, 0, 0]
    component = weights * (covariance @ weights) / volatility * np.sqrt(252)
    assert [one["component_risk"] for one in held] == pytest.approx(component)
    assert sum(one["component_risk"] for one in held) == pytest.approx(result["volatility"], rel=1e-12)
    worst = whole <= np.quantile(whole, 0.05)
    assert [one["es_contribution"] for one in held] == pytest.approx(-weights * stocks[worst].mean(axis=0))
    assert held[0]["return"] is None and held[1]["return"] is not None
    (said,) = (text for text in result["warnings"] if text.startswith("filled"))
    assert f"S0.NS ({days} days, 4 stocks of Power): 30.0% of the value." in said
    assert not any(text.startswith("short_history") for text in result["warnings"])
    (parts,) = ask("--fill", "sector", command="decompose").results
    assert sum(one["es_contribution"] for one in held) == pytest.approx(parts["historical"]["expected_shortfall"])
    linked = parts["attribution"]["linked"]
    assert linked["excluded"] == 0 and linked["total"] is not None


def test_without_it_a_young_holding_leaves_the_portfolio_without_a_result(ask: Ask) -> None:
    """As before."""
    found = ask()
    assert (found.status, found.codes) == (4, ["insufficient_history"])


@pytest.mark.parametrize(
    ("sectors", "said"),
    [
        ({"S0": ""}, "as the sector of S0.NS is not known."),
        ({"S1": "Banks", "S2": "Banks"}, "fewer than 3 other stocks of Power have prices at hand."),
        ({"S0": "Rail"}, "fewer than 3 other stocks of Rail have prices at hand."),
    ],
)
def test_what_cannot_be_filled_says_why(ask: Ask, prices: dict[str, np.ndarray], sectors: Any, said: str) -> None:
    """In the sentence of the failure; of a stock that has returns enough, as the warning not_filled."""
    found = ask("--fill", "sector", **sectors)
    assert (found.status, found.codes) == (4, ["insufficient_history"])
    assert said in found.err and found.err.count("\n") == 1
    prices["S0.NS"][60:] = market(stocks=7)["S0.NS"][60:]
    (result,) = ask("--fill", "sector", **sectors).results
    (warning,) = (text for text in result["warnings"] if text.startswith("not_filled"))
    assert said in warning and warning.startswith("not_filled: S0.NS: ")
    assert any(text.startswith("short_history") for text in result["warnings"])


def test_gaps_after_the_first_price_stay_gaps(ask: Ask, prices: dict[str, np.ndarray]) -> None:
    """A price is missing, and the return over it is known: nothing stands in."""
    prices["S0.NS"][220] = np.nan
    (result,) = ask("--fill", "sector").results
    assert result["observations"] == 250
    assert result["portfolio"]["holdings"][0]["filled"] == YOUNG - 47


@pytest.mark.parametrize("words", [("--frequency", "weekly", "-w", "50"), ("--rolling",), ("--basis", "residual"),
                                   ("--estimator", "ewma"), ("--frequency", "monthly", "-w", "30")])  # fmt: skip
def test_other_questions_are_filled_too(
    factor: Run, ask: Ask, prices: dict[str, np.ndarray], words: tuple[str, ...]
) -> None:
    """Parts of the risk sum to the volatility, and the last window of a path is the fit."""
    long = market(count=900, stocks=7)
    long["S0.NS"][:800] = np.nan
    prices.clear()
    prices.update(long)
    (result,) = ask("--fill", "sector", *words).results
    held = result["portfolio"]["holdings"]
    assert held[0]["filled"] > 20
    assert result["observations"] == result["window"]
    assert sum(one["component_risk"] for one in held) == pytest.approx(result["volatility"], rel=1e-12)
    if words == ("--rolling",):
        assert result["rolling"]["r_squared"][-1] == pytest.approx(result["r_squared"], abs=1e-12)


class Without:
    """A source that has no prices of these tickers at hand."""

    def __init__(self, source: PriceSource, absent: set[str]) -> None:
        self.source, self.absent, self.asked = source, absent, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def at_hand(self, tickers: Any) -> list[str]:
        return [one for one in tickers if one not in self.absent]


def test_nothing_is_fetched_and_what_stands_beside_is_not_filled(tmp_path: Path, prices: dict[str, np.ndarray]) -> None:
    """The means are of what is at hand; a further ticker that is also a holding keeps its own returns."""
    source = write_wide(tmp_path / "prices.csv", prices, weekdays(300))
    (tmp_path / "universe.csv").write_text(
        "ticker,name,sector,isin\n" + "".join(f"{t},{t},{s},I{t[1]}\n" for t, s in SECTORS.items())
    )
    (tmp_path / "h.csv").write_text("ticker,weight\nS0.NS,0.5\nS5.NS,0.5\n")
    settings = Settings.from_env(
        {"FACTOR_SOURCE": str(source), "FACTOR_NOW": NOW, "FACTOR_UNIVERSE": str(tmp_path / "universe.csv")}
    )
    context = build_context(settings, cached=False)
    opened = context.open_market()
    limited = replace(opened, source=Without(opened.source, {"S4.NS"}))  # type: ignore[type-var]
    context = replace(context, open_market=lambda: limited)
    request = Request.of((), [tmp_path / "h.csv"], fill_sector=True)
    batch = SubjectService(context).each(request, Specification(), lambda one: [one], beside=["S0.NS"])
    (subject,) = batch.results
    assert subject.beside is not None
    young = np.isfinite(subject.beside.window.excess_returns[:, 0])
    assert young.sum() == 119
    few = [12, 13, 42, 43]  # days on which S1.NS has no return, so that two others are left
    assert np.flatnonzero(~subject.days).tolist() == few
    three = np.column_stack([prices[f"S{i}.NS"][1:] / prices[f"S{i}.NS"][:-1] - 1 for i in (1, 2, 3)])
    mean = three.mean(axis=1)[-252:][:100]
    assert subject.held is not None
    np.testing.assert_allclose(subject.held.stocks.window.gross_returns[:100, 0], mean)
    assert np.flatnonzero(np.isnan(mean)).tolist() == few
    assert any(warning.code == "filled" and "3 stocks of Power" in warning.text for warning in subject.held.warnings())


def test_a_mean_needs_enough_others_each_day() -> None:
    """By hand: days before the first return, with at least two of three others."""
    nan = float("nan")
    own = np.array([nan, nan, nan, 0.05, nan])
    others = np.array([[0.1, 0.2, nan], [0.3, nan, nan], [0.1, 0.2, 0.6], [1, 1, 1], [1, 1, 1]])
    np.testing.assert_allclose(stand_in(own, others, 2), [0.15, nan, 0.3, nan, nan])
    assert np.isnan(stand_in(np.full(5, nan), others, 2)).all()
    assert np.isnan(stand_in(own, np.empty((5, 0)), 2)).all()
