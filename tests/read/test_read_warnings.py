"""Each warning of a result, as people read it: from hand-made reports in which every number is different."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from factorcli.analysis import warnings as of
from factorcli.analysis.prior import UniversePrior
from factorcli.analysis.unusual_days import UnusualDay
from factorcli.engine.basis import RAW
from factorcli.engine.diagnostics import diagnose
from factorcli.engine.estimators import Sample
from factorcli.engine.shrinkage import Prior
from factorcli.errors import TimedOut
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY
from factorcli.model.risk_free import RiskFree
from factorcli.model.specification import Specification
from factorcli.prices.clean_window import CleanWindow, first_of
from factorcli.prices.gate_rules import Reason
from factorcli.prices.screening import Screened
from factorcli.results.corrections import ActionDay, BadPrint
from factorcli.results.warnings import ResultWarning
from tests.windows import (
    DATES,
    MODEL,
    NAN,
    REPORT,
    HandWindow,
    MemorySource,
    days,
    factor_prices,
    gated,
    grid,
    hand_fitted,
    line,
)

pytestmark = pytest.mark.read


def texts(warnings) -> list[str]:
    """As in JSON: code: sentence."""
    return [str(warning) for warning in warnings]


@pytest.mark.parametrize(
    ("resolved", "said"),
    [
        (ResolvedTicker("OLD.NS", "OLD.NS", "OLD.NS", "NEW.NS"), ["renamed: OLD.NS is called NEW.NS now."]),
        (ResolvedTicker("OLD", "NEW.NS", "NEW.NS", "NEW.NS"), [
            "renamed: OLD is called NEW.NS now.",
        ]),
        (ResolvedTicker("NEW", "OLD.NS", "NEW.NS"), [
            "renamed: the prices of NEW.NS are read under its old name, OLD.NS.",
        ]),
        (ResolvedTicker("OLD", "OLDER.NS", "NEW.NS", "NEW.NS"), [
            "renamed: OLD is called NEW.NS now.",
            "renamed: the prices of NEW.NS are read under its old name, OLDER.NS.",
        ]),
        (ResolvedTicker("aaa", "AAA.NS", "AAA.NS"), []),
    ],
)  # fmt: skip
def test_a_rename_is_said_in_both_directions(resolved: ResolvedTicker, said: list[str]) -> None:
    """The old name first where it was typed, the column where prices are under an old name."""
    assert texts(of.name_warnings(resolved)) == said


def test_stale_prices_are_said_as_the_source_says_it() -> None:
    """The sentence of the source; nothing where prices are new."""
    assert texts(of.stale_price_warnings(replace(REPORT, stale="prices are of yesterday."))) == [
        "stale_prices: prices are of yesterday."
    ]
    assert texts(of.stale_price_warnings(REPORT)) == []


def test_a_jump_has_its_date_its_size_with_sign_and_the_limit() -> None:
    """One sentence a jump; days left out for other reasons are not jumps."""
    report = replace(
        REPORT,
        excluded=((4, "suspect_proxy", 0.5), (5, "x", 0.7)),
        jumps=((DATES[1], 0.4567), (DATES[3], -0.6123)),
    )
    assert texts(of.exclusion_warnings(report, DATES, 0.35)) == [
        "suspect_jump: 2026-03-03, +45.7%, is left out: a return beyond ±35% is nearly always a missed split or a "
        "demerger.",
        "suspect_jump: 2026-03-05, -61.2%, is left out: a return beyond ±35% is nearly always a missed split or a "
        "demerger.",
    ]


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "2026-04-01"),
        (5, "2026-04-01, 2026-04-02, 2026-04-03, 2026-04-04, 2026-04-05"),
        (6, "2026-04-01, 2026-04-02, 2026-04-03, 2026-04-04, 2026-04-05 and 1 more"),
        (8, "2026-04-01, 2026-04-02, 2026-04-03, 2026-04-04, 2026-04-05 and 3 more"),
    ],
)
def test_of_filler_bars_five_are_named(count: int, named: str) -> None:
    """Up to five dates, then how many more; one warning for all."""
    sessions = [date(2026, 4, 1 + i) for i in range(9)]
    report = replace(REPORT, excluded=tuple((i, "filler_bar", NAN) for i in range(count)))
    assert texts(of.exclusion_warnings(report, sessions, 0.4)) == [
        f"filler_bar: no trade, only the last close repeated, on {named}; counted as missing."
    ]


def test_a_large_move_says_r_squared_with_it_and_without_it() -> None:
    """The two R² are not exchanged, and the size has its sign."""
    moves = [UnusualDay(1, 0.2345, 9.5, 0.31, True), UnusualDay(4, -0.2789, -11.5, 0.17, True, "1:3 (ratio 3/4)")]
    assert texts(of.large_move_warnings(moves, DATES, 0.23)) == [
        "large_move: 2026-03-03, +23.4%, stays in: nearly all such moves are real. R² is 0.23 with it and would be "
        "0.31 without it.",
        "large_move: 2026-03-06, -27.9%, stays in: nearly all such moves are real. R² is 0.23 with it and would be "
        "0.17 without it. An unadjusted bonus of 1:3 (ratio 3/4)?",
    ]


@pytest.mark.parametrize(
    ("first", "missing", "window", "said"),
    [
        (DATES[0], 2, 6, ["short_history: 41 returns in a window of 6: its prices begin on 2026-03-02."]),
        (DATES[2], 2, 6, ["short_history: 41 returns in a window of 6: its prices begin on 2026-03-04."]),
        (date(2026, 3, 1), 2, 6, [
            "short_history: 41 returns in a window of 6: prices are missing, and a return needs two neighbouring ones.",
        ]),
        (None, 1, 6, [
            "short_history: 41 returns in a window of 6: prices are missing, and a return needs two neighbouring ones.",
        ]),
        (DATES[0], 0, 7, ["short_history: only 6 of 7 sessions have prices of all factors."]),
        (DATES[1], 3, 7, [
            "short_history: 41 returns in a window of 6: its prices begin on 2026-03-03.",
            "short_history: only 6 of 7 sessions have prices of all factors.",
        ]),
        (DATES[0], 0, 6, []),
    ],
)  # fmt: skip
def test_a_short_history_says_why(first: date | None, missing: int, window: int, said: list[str]) -> None:
    """Prices that begin inside the window, gaps, and fewer sessions than the window."""
    report = replace(REPORT, first_price=first, missing=missing)
    assert texts(of.missing_return_warnings(report, DATES, Specification(window), 41)) == said


EXACT = (
    "exact_fit: the factors explain every return exactly, as when a ticker is itself a proxy; it has no t statistics "
    "and no p-values."
)
FLAT = "flat_prices: the price never moved in this window, so there is nothing to explain."


def test_exact_and_flat_fits_are_said_of_the_ticker_that_has_them() -> None:
    """R² of exactly 1 and variance of exactly 0, each of its own ticker."""
    fitted = hand_fitted(
        fits={"r_squared": np.array([1.0, 0.999, 0.0]), "variance": np.array([0.5, 1.0, 0.0]), "vif": np.ones((3, 3))}
    )
    assert [texts(of.fit_warnings(fitted, i)) for i in range(3)] == [[EXACT], [], [FLAT]]


def test_weights_that_leave_too_few_observations_are_said() -> None:
    """Below ten effective ones, or no more than coefficients, of which the hand-made model has four."""
    spec = Specification(window=40, estimator="ewma", half_life=3.5)
    fits = {"vif": np.ones((3, 3)), "effective": np.array([9.94, 10.0, 8.5])}
    fitted = hand_fitted(fits=fits, spec=spec)
    weighted = replace(fitted.exposures.sample, weights=np.ones(6))
    fitted = replace(fitted, exposures=replace(fitted.exposures, sample=weighted))
    assert [texts(of.fit_warnings(fitted, i)) for i in (0, 1)] == [
        [
            "few_effective_observations: with a half-life of 3.5 sessions the 34 returns count as 9.9, too few for "
            "standard errors: no beta has an error, a test or an interval. A longer half-life has more."
        ],
        [],
    ]
    assert texts(of.fit_warnings(hand_fitted(fits=fits, spec=spec), 0)) == []


def test_factors_whose_betas_do_not_differ_are_named() -> None:
    """The one-factor beta too; nothing is said where all differ."""
    prior = Prior(np.zeros(4), np.array([0.1, 0.0, 0.2, 0.0]))
    fitted = replace(
        hand_fitted(fits={"vif": np.ones((3, 3))}), prior=UniversePrior(3, ("MKT", "VAL", "VOL", "market"), prior)
    )
    assert texts(of.fit_warnings(fitted, 0)) == [
        "no_dispersion: over the universe the betas of VAL and the one-factor model vary by no more than their errors, "
        "so every stock has the universe's mean there."
    ]
    differ = replace(fitted, prior=UniversePrior(3, ("MKT",), Prior(np.zeros(1), np.ones(1))))
    assert texts(of.fit_warnings(differ, 0)) == []


def test_intervals_that_clustering_makes_too_narrow_are_said() -> None:
    """Where intervals are asked for and ARCH-LM rejects at 5 %, with its p-value and how far intervals held."""
    rng = np.random.default_rng(5)
    noise, spells = rng.standard_normal((250, 3)), np.where(np.arange(250) // 25 % 2, 3.0, 0.5)
    noise[:, 1] *= spells
    sample = Sample(noise / 100, rng.standard_normal((250, 3)) / 100, RAW, 3)
    calm = {"vif": np.ones((3, 3))}
    fitted = hand_fitted(fits=calm, spec=Specification(window=40, intervals=True))
    fitted = replace(fitted, exposures=replace(fitted.exposures, sample=sample))
    p_value = diagnose(sample, 1, np.zeros(250)).arch_p
    assert p_value < 0.05
    assert [texts(of.fit_warnings(fitted, i)) for i in (0, 1)] == [
        [],
        [
            f"volatility_clustering: the volatility of the residuals clusters (ARCH-LM test, p {p_value:.2g}), so the "
            "95% intervals of R² and of the shares are too narrow: in simulations of such clustering they held the "
            "true R² in 75% of cases."
        ],
    ]
    assert texts(of.fit_warnings(replace(fitted, spec=Specification(window=40)), 1)) == []


def collinear(names: str) -> str:
    """The warning of these factors."""
    return (
        f"collinear: much of {names} is already in the other factors (VIF above 5), so these betas are uncertain one "
        "by one. The basis spread or residual takes the market out of the styles."
    )


def test_exactly_the_factors_above_a_vif_of_5_are_collinear() -> None:
    """5 itself is not above; other bases have no such warning."""
    vif = np.array([[5.0, 5.01, 4.9], [9.0, 1.0, 7.0], [5.0, 4.0, 3.0]])
    fitted = hand_fitted(fits={"vif": vif})
    assert [texts(of.fit_warnings(fitted, i)) for i in range(3)] == [
        [collinear("VAL")],
        [collinear("MKT and VOL")],
        [],
    ]
    for basis in ("spread", "residual"):
        assert texts(of.fit_warnings(replace(fitted, spec=Specification(window=40, basis=basis)), 1)) == []


def test_the_warnings_of_a_ticker_are_its_own_in_a_fixed_order() -> None:
    """Window, name, stale, corrected, left out, large, outlier, idle, missing, fit; none of another ticker."""
    excess = np.array([[0.1, 0.2, 0.3]] * 6) + np.arange(6)[:, None] / 50
    report = replace(
        REPORT,
        first_price=date(2020, 2, 2),
        missing=3,
        excluded=((1, "suspect_jump", 0.5), (2, "filler_bar", NAN)),
        jumps=((DATES[1], 0.5),),
        large_moves=(3,),
        stale="prices of BBB.NS are of Monday.",
        bad_prints=(BadPrint((date(2026, 2, 1), date(2026, 2, 2)), (0.51, -0.33)),),
        actions=(ActionDay(date(2026, 3, 9), "split", 0.5, -0.49, 0.02),),
        returns=6,
        unchanged=2,
    )
    window = HandWindow(
        excess_returns=excess,
        warnings=(ResultWarning("proxy_fallback", "of the window."),),
        reports=(REPORT, report, REPORT),
    )
    fitted = hand_fitted(
        window,
        tickers=(
            ResolvedTicker("A", "AAA.NS", "AAA.NS"),
            ResolvedTicker("OLD", "BBB.NS", "BBB.NS", "BBB.NS"),
            ResolvedTicker("C", "CCC.NS", "CCC.NS"),
        ),
        fits={"r_squared": np.array([0.11, 0.12, 0.13]), "vif": np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])},
    )
    fitted.__dict__["unusual_days"] = {
        (0, 2): UnusualDay(2, 0.21, 10.1, 0.71, True),
        (1, 2): UnusualDay(2, 0.11, -12.3, 0.66, False),
        (1, 3): UnusualDay(3, 0.264, 9.0, 0.77, True),
    }
    assert texts(of.warnings_of(fitted, 1)) == [
        "proxy_fallback: of the window.",
        "renamed: OLD is called BBB.NS now.",
        "stale_prices: prices of BBB.NS are of Monday.",
        "corporate_action: 2026-03-09, -49.0%, is a split that these prices are not adjusted for (factor 0.500): the "
        "return becomes +2.0%.",
        "bad_print: 2026-02-01, +51.0%, and 2026-02-02, -33.0%, are left out: the second takes the first back, as "
        "after one wrong price.",
        "suspect_jump: 2026-03-03, +50.0%, is left out: a return beyond ±40% is nearly always a missed split or a "
        "demerger.",
        "filler_bar: no trade, only the last close repeated, on 2026-03-04; counted as missing.",
        "large_move: 2026-03-05, +26.4%, stays in: nearly all such moves are real. R² is 0.12 with it and would be "
        "0.77 without it.",
        "outlier: 2026-03-04, +11.0%, stays in, but is 12.3 residual deviations from what the fit without it expects. "
        "R² is 0.12 with it and would be 0.66 without it.",
        "idle: the price changed on only 4 of 6 days; so many zero-return days make betas, R² and volatility too "
        "small.",
        "short_history: 35 returns in a window of 6: prices are missing, and a return needs two neighbouring ones.",
        "short_history: only 6 of 40 sessions have prices of all factors.",
        collinear("VOL"),
    ]


@pytest.mark.parametrize(
    ("kind", "problem", "said"),
    [
        ("demerger", "", "is a demerger that these prices are not adjusted for (factor 0.908): the return becomes "
                         "+1.5%."),
        ("rights", "", "is a rights issue that these prices are not adjusted for (factor 0.908): the return becomes "
                       "+1.5%."),
        ("bonus", "why", "the day of a bonus issue, is left out: why."),
        ("spin-off", "why", "the day of a corporate action (spin-off), is left out: why."),
    ],
)  # fmt: skip
def test_a_corporate_action_says_what_became_of_its_return(kind: str, problem: str, said: str) -> None:
    """Date and size as the prices have it, kind, factor and corrected return; or why it is left out."""
    day = ActionDay(date(2023, 7, 20), kind, 0.9079, -0.0781, NAN if problem else 0.0154, problem)
    found = texts(of.action_warnings(replace(REPORT, actions=(day,))))
    assert found == [f"corporate_action: 2023-07-20, -7.8%, {said}"]
    assert texts(of.action_warnings(REPORT)) == []


@pytest.mark.parametrize(
    ("days", "effect"),
    [
        ((DATES[1], DATES[2]), " R² is 0.45 without them and would be 0.07 with them."),
        ((DATES[2],), " R² is 0.45 without 2026-03-04 and would be 0.07 with 2026-03-04."),
        ((), ""),
    ],
)
def test_a_bad_print_names_both_returns_and_the_r_squared_they_would_have_caused(days, effect: str) -> None:
    """Dates and sizes in order; R² with those of the two days that the fit could have."""
    found = BadPrint((DATES[1], DATES[2]), (0.4512, -0.3123))
    assert texts(of.bad_print_warnings([(found, days, 0.07)], 0.45)) == [
        "bad_print: 2026-03-03, +45.1%, and 2026-03-04, -31.2%, are left out: the second takes the first back, as "
        f"after one wrong price.{effect}"
    ]


def test_an_outlier_has_its_residual_its_r_squared_and_the_bonus_it_may_be() -> None:
    """The residual without sign, the two R² not exchanged, the ratio as a question."""
    outliers = [UnusualDay(1, 0.1234, 10.4, 0.31, False), UnusualDay(4, -0.1789, -16.2, 0.57, False, "1:5 (ratio 5/6)")]
    assert texts(of.outlier_warnings(outliers, DATES, 0.23, "Its own R²")) == [
        "outlier: 2026-03-03, +12.3%, stays in, but is 10.4 residual deviations from what the fit without it expects. "
        "Its own R² is 0.23 with it and would be 0.31 without it.",
        "outlier: 2026-03-06, -17.9%, stays in, but is 16.2 residual deviations from what the fit without it expects. "
        "Its own R² is 0.23 with it and would be 0.57 without it. An unadjusted bonus of 1:5 (ratio 5/6)?",
    ]


@pytest.mark.parametrize(
    ("count", "last"),
    [(5, None), (6, "outlier: 1 other day is as far out."), (9, "outlier: 4 other days are as far out.")],
)
def test_of_outliers_the_five_farthest_are_named(count: int, last: str | None) -> None:
    """In order of date, whichever sign they have; then how many more."""
    sessions = [date(2026, 4, 1 + i) for i in range(9)]
    outliers = [UnusualDay(i, 0.1, (-1) ** i * (20.0 + i), 0.5, False) for i in range(count)]
    said = texts(of.outlier_warnings(outliers, sessions, 0.2))
    assert [text[9:19] for text in said[:5]] == [str(day) for day in sessions[count - 5 : count]]
    assert said[5:] == ([last] if last else [])


def test_a_price_that_repeats_on_more_than_a_fifth_of_its_days_is_idle() -> None:
    """Exactly 80 % of changes are enough; a ticker without returns is not idle."""
    for returns, unchanged, named in ((250, 50, False), (250, 51, True), (0, 0, False), (7, 7, True)):
        said = texts(of.idle_warnings(replace(REPORT, returns=returns, unchanged=unchanged), DAILY))
        assert [f"changed on only {returns - unchanged} of {returns} days" in text for text in said] == [True] * named


def test_the_factors_before_a_window_are_net_like_those_inside() -> None:
    """By the rate of their own day; NaN without a session before, and for the net ones before the first rate."""
    raw, day = np.array([0.03, 0.04, 0.05]), date(2026, 3, 1)
    found = clean(session_before=(day, raw)).factors_before
    assert found == pytest.approx([0.03 - 0.05 / 250, 0.04, 0.05])
    assert np.isnan(clean().factors_before).all()
    dated = replace(MODEL, risk_free=RiskFree((0.1, 0.2), (day, DATES[0]), "rates.csv"))
    assert clean(model=dated, session_before=(day, raw)).factors_before[0] == pytest.approx(0.03 - 0.1 / 250)
    late = replace(MODEL, risk_free=RiskFree((0.2,), (DATES[0],), "rates.csv"))
    assert list(np.isnan(clean(model=late, session_before=(day, raw)).factors_before)) == [True, False, False]


def clean(**changes: object) -> CleanWindow:
    """A clean window of three tickers and six sessions."""
    values = {
        "model": MODEL,
        "proxies": {"MKT": "MKT1", "VAL": "VAL2", "VOL": "VOL1"},
        "sessions": np.array(DATES, dtype="datetime64[D]"),
        "raw_factors": grid(0.0, 3, 6) / 1000,
        "screened": Screened(np.ones((7, 3)), grid(0.0, 3, 6) / 100, np.zeros((6, 3), dtype=np.uint8)),
        "session_reasons": np.zeros(6, dtype=np.uint8),
        "daily_sessions": np.array(DATES, dtype="datetime64[D]"),
        "tickers": ("AAA.NS", "BBB.NS", "VOL1"),
        "price_dates": ((date(2019, 1, 1), DATES[5]), (date(2019, 1, 2), DATES[2]), (None, None)),
        "last_closes": line(300),
        "notices": (),
        "final": True,
        "missing_days": {},
    }
    return CleanWindow(**{**values, **changes})


def test_a_suspect_proxy_is_named_with_its_return_and_the_market_s() -> None:
    """The traded style farthest from the market, also below it; a level is never blamed; other days not named."""
    factors = np.full((6, 3), 0.01)
    factors[1] = [-0.0593, 0.0025, 0.9]
    factors[4] = [0.0336, -0.0524, -0.8]
    factors[5] = [0.0, 0.2, 0.0]
    reasons = np.array([0, Reason.SUSPECT_PROXY, 0, 0, Reason.SUSPECT_PROXY, Reason.EXCLUDE_DATES], dtype=np.uint8)
    notice = ResultWarning("proxy_fallback", "first.")
    window = clean(raw_factors=factors, session_reasons=reasons, notices=(notice,))
    assert texts(window.warnings) == [
        "proxy_fallback: first.",
        "suspect_proxy: left out for every ticker: 2026-03-03 (VAL2 +0.25%, market -5.93%), "
        "2026-03-06 (VAL2 -5.24%, market +3.36%); a style fund this far from the market has a stale or wrong price.",
    ]
    assert window.suspect_days == {"MKT": (), "VAL": (1, 4), "VOL": ()}
    assert window.kept_sessions.tolist() == [True, False, True, True, False, False]


@pytest.mark.parametrize(
    ("stale", "said"),
    [
        ({}, []),
        ({"VAL2": "VAL2 is of Monday."}, ["stale_prices: VAL2 is of Monday."]),
        ({"VAL2": "VAL2 is of Monday.", "MKT1": "MKT1 is of Friday."}, [
            "stale_prices: MKT1 is of Friday. The same holds for 1 other proxy.",
        ]),
        ({"VAL2": "VAL2 is old.", "MKT1": "MKT1 is old.", "VOL1": "VOL1 is old."}, [
            "stale_prices: MKT1 is old. The same holds for 2 other proxies.",
        ]),
        ({"AAA.NS": "AAA.NS is old."}, []),
    ],
)  # fmt: skip
def test_stale_proxies_are_said_once(stale: dict[str, str], said: list[str]) -> None:
    """The first one's sentence and the number of the others; a ticker's staleness is no proxy's."""
    assert texts(clean(stale_prices=stale).warnings) == said


@pytest.mark.parametrize(
    ("count", "said"), [(1, "p0"), (5, "p0, p1, p2, p3, p4"), (6, "p0, p1, p2, p3, p4 and 1 more"),
                        (9, "p0, p1, p2, p3, p4 and 4 more")]
)  # fmt: skip
def test_long_lists_are_cut_after_five(count: int, said: str) -> None:
    """Five parts, then how many more."""
    assert first_of([f"p{i}" for i in range(count)]) == said


W = 40  # sessions; 32 returns are needed
T = 61  # prices


def source(**changes: object) -> MemorySource:
    """Prices of MODEL's first proxies and of AAA.NS."""
    return MemorySource(days(T), **{"closes": factor_prices(T), **changes})


def window_texts(one: MemorySource, model=MODEL, window: int = W) -> list[str]:
    """The warnings of the window of AAA.NS."""
    return texts(gated(one, model).window(["AAA.NS"], window, None).warnings)


def test_a_clean_market_says_nothing() -> None:
    """No warning without a defect; the source's own come first."""
    assert window_texts(source()) == []
    assert window_texts(source(warnings=(ResultWarning("synthetic", "made up."),))) == ["synthetic: made up."]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c: c.pop("VAL1"), "VAL1 has no prices"),
        (lambda c: c["VAL1"].__setitem__(slice(-6, None), NAN), "VAL1 stops 6 sessions before the others"),
        (lambda c: c["VAL1"].__setitem__(slice(-41, None), 52.5), "VAL1 is flat at 52.5"),
        (lambda c: c["VAL1"].__setitem__(slice(-6, None), c["VAL1"][-7]), "VAL1 has had the same close for 7 sessions"),
        (lambda c: c["VAL1"].__setitem__(slice(0, -32), NAN), "VAL1 has 32 prices in the last 41 sessions"),
    ],
)
def test_a_fallback_is_named_with_the_fault_of_the_first(change, fault: str) -> None:
    """The factor, the proxy in use, and what is wrong with the one before it."""
    prices = factor_prices(T)
    prices["VAL2"] = prices["VAL1"].copy()
    change(prices)
    assert window_texts(source(closes=prices)) == [f"proxy_fallback: VAL is measured by VAL2, because {fault}."]


def test_a_fallback_names_every_proxy_that_was_tried() -> None:
    """Two faults, in the order of preference; a failure of the source is named by its code."""
    prices = factor_prices(T)
    prices["VAL3"] = prices.pop("VAL1")
    one = source(closes=prices, failures={"VAL2": TimedOut("no answer")})
    assert window_texts(one) == [
        "proxy_fallback: VAL is measured by VAL3, because VAL1 has no prices; VAL2 could not be had (timed_out)."
    ]


def test_of_short_proxies_the_longest_is_taken() -> None:
    """None is long enough: the longest serves, and its own shortness is not a reason against it."""
    prices = factor_prices(T)
    prices["VAL2"], prices["VAL3"] = prices["VAL1"].copy(), prices["VAL1"].copy()
    for ticker, count in (("VAL1", 20), ("VAL2", 30), ("VAL3", 25)):
        prices[ticker][:-count] = NAN
    assert window_texts(source(closes=prices)) == [
        "proxy_fallback: VAL is measured by VAL2, because VAL1 has 20 prices in the last 41 sessions; "
        "VAL3 has 25 prices in the last 41 sessions."
    ]


def test_proxies_behind_the_others_end_the_sample() -> None:
    """The end of the sample, which proxies lack later prices, and how far the others go."""
    prices = factor_prices(T)
    prices["VAL1"][-2:] = NAN
    assert window_texts(source(closes=prices)) == [
        "stale_proxy: the sample ends on 2026-11-18, because VAL1 has no later price; other proxies have prices up to "
        "2026-11-20."
    ]
    prices["MKT1"][-2:] = NAN  # two of three lack them: these days are no sessions
    assert window_texts(source(closes=prices)) == []
    prices["VOL1"][-2:] = NAN
    assert window_texts(source(closes=prices)) == []


def test_filler_bars_of_proxies_are_no_sessions() -> None:
    """Date and proxy of each filler bar in the window; those before it are not named."""
    prices = factor_prices(T)
    volumes = {ticker: np.full(T, 500.0) for ticker in prices}
    for row in (5, 30, 31, 50):
        prices["VAL1"][row] = prices["VAL1"][row - 1]
        volumes["VAL1"][row] = 0
    one = source(closes=prices, volumes=volumes)
    day = days(T)
    found = gated(one).window(["AAA.NS"], W, None)
    assert texts(found.warnings) == [
        f"filler_bar: no session, because a proxy has only a filler bar: {day[30]} (VAL1), {day[31]} (VAL1), "
        f"{day[50]} (VAL1); the next return spans both days."
    ]
    assert dict(found.missing_days) == {"MKT": 0, "VAL": 3, "VOL": 0}
    assert not {date.fromisoformat(str(day[k])) for k in (30, 31, 50)} & set(found.dates)


def test_stale_prices_of_a_proxy_and_of_a_ticker_are_kept_apart() -> None:
    """A stale proxy makes every ticker stale, a stale ticker only itself."""
    prices = {**factor_prices(T), "BBB.NS": factor_prices(T)["AAA.NS"] * 2}
    one = source(closes=prices, stale={"BBB.NS": "BBB.NS is old."})
    found = gated(one).window(["AAA.NS", "BBB.NS"], W, None)
    assert (texts(found.warnings), found.stale(0), found.stale(1)) == ([], False, True)
    assert (found.report(0).stale, found.report(1).stale) == ("", "BBB.NS is old.")
    found = gated(replace(one, stale={"VAL1": "VAL1 is old."})).window(["AAA.NS", "BBB.NS"], W, None)
    assert (texts(found.warnings), found.stale(0), found.stale(1)) == (["stale_prices: VAL1 is old."], True, True)
