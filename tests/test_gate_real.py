"""The gate on real NSE prices: a demerger, a bonus that was planted, and every stock over four years."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from factorcli.analysis.fit import FittedWindow, fit
from factorcli.analysis.origin import Origin
from factorcli.analysis.warnings import return_warnings
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.markets.corporate_actions import CorporateActions
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.built_in import INDIA_5F
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Specification
from factorcli.ports import PricePanel
from factorcli.prices.gate import GatedMarket
from tests.conftest import NSE, needs_nse
from tests.windows import FixedClock, MemorySource

pytestmark = [pytest.mark.engine, needs_nse]

WINDOW = 252
PROXIES = {proxy for factor in INDIA_5F.factors for proxy in factor.proxies}
DEMERGER, PHI = date(2023, 7, 20), 2580 / 2841.85


@cache
def panel() -> PricePanel:
    """All real prices."""
    source = build_context(Settings(source=f"{NSE}/nse"), cached=False).open_market().source
    return source.prices(sorted(source.listed() or ()))


@cache
def actions() -> CorporateActions:
    """The shipped ones."""
    return CorporateActions.load(None, INDIA_5F.market, Universe.load().renames)


def fitted(tickers: Sequence[str], end: date | None, change=lambda prices: None, model: FactorModel = INDIA_5F):
    """The window of these tickers up to a day, fitted, after a change of their prices."""
    known = panel()
    place = {ticker: k for k, ticker in enumerate(known.tickers)}
    names = [*sorted(PROXIES & set(place)), *tickers]
    prices = {name: known.closes[:, place[name]].copy() for name in names}
    change(prices)
    window = GatedMarket(MemorySource(known.dates, prices), model, FixedClock(), actions()).window(tickers, WINDOW, end)
    resolved = [ResolvedTicker(ticker, ticker, ticker) for ticker in tickers]
    return fit(resolved, Specification(window=WINDOW), model, Origin(Universe.load(), "nse", ""), window)


def said(one: FittedWindow, i: int = 0) -> list[str]:
    """The warnings about returns."""
    return [str(warning) for warning in return_warnings(one, i)]


def at(day: date) -> int:
    """The row of a day."""
    return int(np.searchsorted(panel().dates, np.datetime64(day)))


@pytest.mark.parametrize("end", [date(2023, 9, 29), date(2023, 7, 20), date(2024, 5, 31)])
def test_reliance_s_demerger_is_named_and_its_return_corrected(end: date) -> None:
    """−7.8 % becomes +1.5 %, also on the day itself, when only the days before it are known."""
    (warning,) = said(fitted(["RELIANCE.NS"], end))
    assert warning == (
        "corporate_action: 2023-07-20, -7.8%, is a demerger that these prices are not adjusted for (factor 0.908): the "
        "return becomes +1.5%."
    )


def test_adjusted_prices_of_reliance_stay_as_they_are() -> None:
    """Earlier closes times the factor: nothing is said, and the fit is that of the corrected prices."""

    def adjust(prices) -> None:
        prices["RELIANCE.NS"][: at(DEMERGER)] *= PHI

    adjusted, corrected = fitted(["RELIANCE.NS"], date(2023, 9, 29), adjust), fitted(["RELIANCE.NS"], date(2023, 9, 29))
    assert said(adjusted) == []
    assert np.allclose(adjusted.fits.coefficients, corrected.fits.coefficients, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("ratio", "issue"), [(5 / 6, "1:5 (ratio 5/6)"), (4 / 5, "1:4 (ratio 4/5)"), (10 / 11, "1:10 (ratio 10/11)"),
                         (3 / 4, "1:3 (ratio 3/4)"), (2 / 3, "1:2 (ratio 2/3)")]
)  # fmt: skip
def test_a_planted_bonus_is_named_with_its_ratio(ratio: float, issue: str) -> None:
    """In large stocks on an ordinary day, as an outlier or a large move; R² without it is the one before."""
    tickers, day = ["HDFCBANK.NS", "TCS.NS", "NESTLEIND.NS"], date(2023, 3, 14)

    def plant(prices) -> None:
        for ticker in tickers:
            prices[ticker][at(day) :] *= ratio

    plain, planted = fitted(tickers, date(2023, 9, 29)), fitted(tickers, date(2023, 9, 29), plant)
    for i in range(len(tickers)):
        assert said(plain, i) == []
        (warning,) = said(planted, i)
        assert warning.startswith(("outlier: 2023-03-14, -", "large_move: 2023-03-14, -"))
        assert warning.endswith(f" An unadjusted bonus of {issue}?")
        assert planted.unusual_days[i, planted.window.dates.index(day)].r_squared == pytest.approx(
            plain.fits.r_squared[i], abs=0.02
        )


def test_the_moves_of_tvsmotor_ofss_and_paytm_are_named_as_before() -> None:
    """A false +398 % is a jump, +28.7 % is real, and −20 % is the exchange's limit, not a bonus."""
    jump = said(fitted(["TVSMOTOR.NS"], None))
    assert [text.split(", is")[0] for text in jump] == ["suspect_jump: 2025-08-25, +398.5%"]
    for ticker, day, size in (("OFSS.NS", "2024-01-18", "+28.7%"), ("PAYTM.NS", "2024-02-02", "-20.0%")):
        (move,) = said(fitted([ticker], date(2024, 8, 30)))
        assert move.startswith(f"large_move: {day}, {size}, stays in: nearly all such moves are real. R² is ")
        assert move.endswith(" without it.")


SCANNED_DAYS = 473_000  # returns of all stocks, at least


@pytest.mark.slow
def test_over_four_years_of_every_stock_the_gate_speaks_rarely() -> None:
    """Windows that cover each day once: no bad print, eighteen actions, outliers on fewer than 0.1 % of days.

    Of the outliers and large moves about one in eight is near the ratio of a bonus; all of those prices are adjusted.
    """
    tickers = [ticker for ticker in panel().tickers if ticker not in PROXIES and not ticker.startswith("^")]
    before_funds = replace(INDIA_5F, factors=tuple(one for one in INDIA_5F.factors if one.code != "MOM"))
    counts: Counter[str] = Counter()
    covered: set[date] = set()
    ends = [None, date(2024, 9, 12), date(2023, 9, 6), date(2023, 2, 22), date(2022, 10, 7)]
    for model, end in zip([INDIA_5F] * 4 + [before_funds], ends, strict=True):
        one = fitted(tickers, end, model=model)
        dates = one.window.dates
        fresh = [k for k, day in enumerate(dates) if day not in covered]
        counts["days"] += int(np.isfinite(one.window.excess_returns[fresh]).sum())
        for (i, day), unusual in one.unusual_days.items():
            if day in fresh and np.isfinite(one.fits.r_squared[i]):
                counts["large" if unusual.large else "outlier"] += 1
                counts["ratio"] += bool(unusual.bonus)
        for report in one.reports:
            days = [dates[k] for k in fresh]
            counts["bad_print"] += sum(found.dates[1] in days for found in report.bad_prints)
            counts["corrected"] += sum(found.date in days and not found.problem for found in report.actions)
            counts["left_out"] += sum(found.date in days and bool(found.problem) for found in report.actions)
        covered |= set(dates)
    print(dict(counts))
    assert counts["days"] > SCANNED_DAYS
    assert 0.0003 < counts["outlier"] / counts["days"] < 0.001
    assert (counts["bad_print"], counts["corrected"], counts["left_out"]) == (0, 12, 6)
    assert counts["ratio"] / counts["days"] < 0.0001
