"""Large moves and outliers of a fitted window: which days, with which numbers, and the bonus they may be."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from factorcli.analysis.fit import FittedWindow, fit
from factorcli.analysis.origin import Origin
from factorcli.analysis.provenance import data_info
from factorcli.engine.outliers import left_out
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.specification import Specification
from factorcli.portfolio.exposure import portfolio_exposure
from factorcli.portfolio.positions import Positions
from factorcli.results.corrections import ActionDay, BadPrint, CorrectedDay
from tests.conftest import Run
from tests.markets import market, weekdays, write_wide
from tests.read.test_read_eligibility import load, resolve
from tests.windows import MODEL, NAN, REPORT, HandWindow, MemorySource, closes, days, factor_prices, gated, hand_fitted

pytestmark = pytest.mark.engine

T, DAY = 141, 100  # prices, position of the close of the planted day
NAMES = ("S0.NS", "S1.NS", "S2.NS")


def planted(*gross: float, model=MODEL, spec: Specification | None = None, day: int = DAY) -> FittedWindow:
    """Stocks that follow the market with a residual deviation of 1 %, and have these gross returns on a day."""
    draw, prices = np.random.default_rng(4), factor_prices(T)
    move = prices["MKT1"][1:] / prices["MKT1"][:-1] - 1
    for name, one in zip(NAMES, gross, strict=False):
        returns = 0.9 * move + 0.01 * draw.standard_normal(T - 1)
        returns[day - 1] = (1 + 0.9 * move[day - 1]) * one - 1
        prices[name] = closes(returns)
    names = NAMES[: len(gross)]
    window = gated(MemorySource(days(T), prices), model).window(list(names), 120, None)
    tickers = [ResolvedTicker(name, name, name) for name in names]
    return fit(tickers, spec or Specification(window=120), model, Origin(Universe((), {}), "memory", ""), window)


def test_a_day_far_from_the_fit_is_an_outlier_and_a_large_one_a_large_move() -> None:
    """At the planted day only; size, residual and R² are those of the fit without it."""
    fitted = planted(0.86, 1.16, 0.75)
    at = fitted.window.dates.index(days(T).tolist()[DAY])
    assert list(fitted.unusual_days) == [(0, at), (1, at), (2, at)]
    fits = left_out(fitted.exposures.sample, [(i, at) for i in range(3)])
    for i, found in enumerate(fitted.unusual_days.values()):
        assert (found.day, found.large) == (at, i == 2)
        assert found.size == pytest.approx(fitted.window.screened.returns[at, i])
        assert (found.residual, found.r_squared) == (fits.residual[i], pytest.approx(fits.r_squared[i]))
        assert abs(found.residual) > 10
        assert found.r_squared > fitted.fits.r_squared[i]
    assert planted(0.97, 1.03).unusual_days == {}


@pytest.mark.parametrize(
    ("gross", "bonus"),
    [
        (5 / 6, "1:5 (ratio 5/6)"),
        (4 / 5, "1:4 (ratio 4/5)"),
        (3 / 4, "1:3 (ratio 3/4)"),
        (2 / 3, "1:2 (ratio 2/3)"),
        (5 / 6 + 0.01, "1:5 (ratio 5/6)"),
        (0.87, ""),
        (0.70, ""),
        (6 / 5, ""),  # a price that rises is no bonus
    ],
)
def test_a_ratio_is_named_where_the_return_is_near_it(gross: float, bonus: str) -> None:
    """Beyond what the market explains, within 1.5 deviations of it."""
    (found,) = planted(gross).unusual_days.values()
    assert found.bonus == bonus


def test_a_smaller_bonus_is_named_where_the_stock_is_quiet() -> None:
    """1:10 is 9.1 %, an outlier only below a deviation of 0.9 %; 3/4 and 2/3 are asked of large moves only."""
    assert planted(10 / 11).unusual_days == {}
    wide = replace(MODEL, large_move=0.38)
    assert [one.bonus for one in planted(3 / 4, 2 / 3, 4 / 5, model=wide).unusual_days.values()] == [
        "", "", "1:4 (ratio 4/5)",
    ]  # fmt: skip


def test_a_fall_to_the_exchanges_limit_is_no_bonus() -> None:
    """−20 % to the rounding of a price."""
    prices = factor_prices(T)
    move = prices["MKT1"][DAY] / prices["MKT1"][DAY - 1]
    limit, near = (planted(gross / (1 + 0.9 * (move - 1))) for gross in (0.8004, 0.7985))
    assert [one.bonus for one in limit.unusual_days.values()] == [""]
    assert [one.bonus for one in near.unusual_days.values()] == ["1:4 (ratio 4/5)"]


def test_without_a_limit_of_large_moves_they_are_outliers() -> None:
    """large_move 0 turns large moves off, and the day is still named."""
    (found,) = planted(0.75, model=replace(MODEL, large_move=0)).unusual_days.values()
    assert not found.large


def test_a_level_has_no_outliers() -> None:
    """VOL1 as a ticker, which the other factors do not explain."""
    prices = factor_prices(T)
    prices["VOL1"][DAY:] *= 1.15
    prices["AAA.NS"] = prices["VOL1"].copy()
    model = replace(MODEL, factors=(*MODEL.factors[:2], replace(MODEL.factors[2], proxies=("VOL2", "VOL1"))))
    prices["VOL2"] = factor_prices(T, 9)["VOL1"]
    names = ["VOL1", "AAA.NS"]
    window = gated(MemorySource(days(T), prices), model).window(names, 120, None)
    tickers = [ResolvedTicker(name, name, name) for name in names]
    fitted = fit(tickers, Specification(window=120), model, Origin(Universe((), {}), "memory", ""), window)
    assert {i for i, _ in fitted.unusual_days} == {1}


def test_a_large_move_on_a_day_that_an_estimator_cannot_use_keeps_its_size() -> None:
    """Dimson's last session: the return is named, also its ratio, and has no residual."""
    fitted = planted(0.75, spec=Specification(window=120, estimator="dimson"), day=T - 1)
    (found,) = fitted.unusual_days.values()
    assert (found.large, found.bonus) == (True, "1:3 (ratio 3/4)")
    assert found.size == pytest.approx(fitted.window.screened.returns[-1, 0])
    assert np.isnan(found.residual)
    assert found.r_squared == pytest.approx(fitted.fits.r_squared[0])


# R² with a bad print, and corrected days.


def test_r_squared_with_a_bad_print_is_that_of_the_fit_that_has_it() -> None:
    """Both days where both are in the window; the one that is; none on a session left out for everybody."""
    prices = factor_prices(T)
    prices["AAA.NS"][DAY] *= 1.5
    window = gated(MemorySource(days(T), prices)).window(["AAA.NS"], 120, None)
    origin, tickers = Origin(Universe((), {}), "memory", ""), [ResolvedTicker("AAA", "AAA.NS", "AAA.NS")]
    fitted = fit(tickers, Specification(window=120), MODEL, origin, window)
    (found,) = fitted.reports[0].bad_prints
    open_gate = replace(MODEL, large_move=0, max_daily_return=0)
    spoilt = gated(MemorySource(days(T), prices), open_gate).window(["AAA.NS"], 120, None)
    with_them = fit(tickers, Specification(window=120), open_gate, origin, spoilt)
    included, r_squared = fitted.r_squared_with(0, found)
    assert included == found.dates
    assert r_squared == pytest.approx(with_them.fits.r_squared[0], rel=1e-9)
    at = fitted.window.dates.index(found.dates[0])
    for excluded, expected in (
        (((at, "bad_print", 0.5), (at + 1, "suspect_proxy", -0.3)), (found.dates[0],)),
        (((at, "bad_print", NAN), (at + 1, "bad_print", -0.3)), (found.dates[1],)),
        (((at, "suspect_proxy", 0.5), (at + 1, "exclude_dates", -0.3)), ()),
    ):
        fitted.__dict__["reports"] = [replace(REPORT, excluded=excluded)]
        included, r_squared = fitted.r_squared_with(0, found)
        assert included == expected
        assert np.isfinite(r_squared) == bool(expected)


def test_corrected_days_are_those_of_the_report_that_were_not_left_out() -> None:
    """Each number in its place; none of another ticker."""
    actions = (
        ActionDay(date(2026, 3, 3), "split", 0.51, -0.49, 0.02),
        ActionDay(date(2026, 3, 4), "rights", 0.97, -0.31, NAN, "why"),
    )
    window = HandWindow(reports=(REPORT, replace(REPORT, actions=actions), REPORT))
    fitted = hand_fitted(window)
    assert data_info(fitted, 1).corrected == (CorrectedDay(date(2026, 3, 3), "split", 0.51, -0.49, 0.02),)
    assert data_info(fitted, 0).corrected == ()


def test_a_portfolio_names_the_unusual_days_of_its_stocks(tmp_path: Path) -> None:
    """Outliers with the stock's own R², large moves with the portfolio's, bad prints with that of the portfolio."""
    fitted = planted(5 / 6, 0.75, 1.0)
    report = fitted.reports[2]
    dates, at = fitted.window.dates, next(iter(fitted.unusual_days.values())).day
    printed = BadPrint((dates[10], dates[11]), (0.3, -0.23))
    fitted.__dict__["reports"] = [*fitted.reports[:2], replace(report, bad_prints=(printed,), returns=10, unchanged=9)]
    held = load(tmp_path, "ticker,weight\nS0,0.5\nS1,0.3\nS2,0.2\n")
    beta = portfolio_exposure(Positions.of(held, resolve), fitted).beta
    outlier, move, bad, idle = (
        next(text for text in map(str, beta.warnings) if text.startswith(code))
        for code in ("outlier", "large_move", "bad_print", "idle")
    )
    own = fitted.unusual_days[0, at]
    assert outlier == (
        f"outlier: S0.NS: {dates[at]}, {own.size:+.1%}, stays in, but is {-own.residual:.1f} residual deviations from "
        f"what the fit without it expects. Its own R² is {fitted.fits.r_squared[0]:.2f} with it and would be "
        f"{own.r_squared:.2f} without it. An unadjusted bonus of 1:5 (ratio 5/6)?"
    )
    assert move.startswith(f"large_move: S1.NS: {dates[at]}, ")
    assert f"R² is {beta.r_squared:.2f} with it" in move
    assert move.endswith("An unadjusted bonus of 1:3 (ratio 3/4)?")
    assert bad.startswith(f"bad_print: S2.NS: {dates[10]}, +30.0%, and {dates[11]}, -23.0%, are left out")
    assert idle.startswith("idle: S2.NS: the price changed on only 1 of 10 days")


# Through commands.


@pytest.mark.cli
def test_an_unadjusted_bonus_is_asked_for_in_tables_and_json(factor: Run, tmp_path: Path) -> None:
    """A fall of a sixth on one day: named, with R² with it and without it; it stays in the fit."""
    prices = market()
    prices["S0.NS"][250:] *= 5 / 6 * (1 - 0.01)
    quiet = np.random.default_rng(2).standard_normal(300)
    nifty = prices["^NSEI"]
    prices["S1.NS"] = 50 * np.cumprod(np.append(1, nifty[1:] / nifty[:-1] + 0.006 * quiet[1:]))
    prices["S1.NS"][250:] *= 5 / 6
    source, day = str(write_wide(tmp_path / "p.csv", prices)), str(weekdays(300)[250])
    (found,) = factor("beta", "S1.NS", "--json", "--source", source).results
    (said,) = (text for text in found["warnings"] if text.startswith("outlier"))
    assert said.startswith(f"outlier: {day}, -")
    assert said.endswith("An unadjusted bonus of 1:5 (ratio 5/6)?")
    assert f"R² is {found['r_squared']:.2f} with it" in said
    assert (found["observations"], found["data"]["excluded"], found["data"]["corrected"]) == (252, [], [])
    for command in ("beta", "decompose"):
        assert "An unadjusted bonus of 1:5" in " ".join(factor(command, "S1.NS", "--source", source).out.split())
