"""Records of stress written by hand, every number different."""

from dataclasses import replace
from datetime import date
from typing import Any

from factorcli.results.episode import EpisodeResult, WorstDay
from factorcli.results.stress import StressedHolding, StressResponse, StressResult, StressVariance
from tests.read.records_betas import AS_OF, CACHE, DATA, MODEL, SHARED

NAMES = {"MKT": "Nifty 50", "VAL": "Value 20", "VOL": "India VIX"}
HELD = (StressedHolding("AAA.NS", 0.613, -0.0812), StressedHolding("BBB.NS", 0.387, -0.1624))


def stress_result(ticker: str = "AAA.NS", **changes: Any) -> StressResult:
    """One ticker, three factors, a fall of the market."""
    result = StressResult(
        ticker=ticker,
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        horizon=17,
        others="conditional",
        shocks={"MKT": -0.1},
        factor_moves={"MKT": -0.1, "VAL": -0.0734, "VOL": 0.4129},
        change=-0.1193,
        ci_low=-0.2214,
        ci_high=-0.0175,
        by_factor={"MKT": -0.1472, "VAL": 0.0143, "VOL": 0.0136},
        variance=StressVariance(0.00013, 0.00029, 0.00227),
        down_beta_change=-0.1318,
        value_change=None,
        response=StressResponse({"MKT": 1.472, "VAL": -0.195, "VOL": 0.0329}, ((1.0,),), ((2.0,),), 0.0003, 249),
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
        factor_names=NAMES,
    )
    return replace(result, **changes)


def stressed_portfolio(**changes: Any) -> StressResult:
    """A portfolio of two stocks, in rupees."""
    known = {"name": "book.csv", "sector": None, "holdings": HELD, "value": 1_234_567.0, "value_change": -147_284.0}
    return stress_result("PORTFOLIO", **{**known, "currency": "INR", "change": -0.1126, **changes})


def episode_result(ticker: str = "AAA.NS", **changes: Any) -> EpisodeResult:
    """What one ticker did in an episode."""
    result = EpisodeResult(
        ticker=ticker,
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        episode="crash-2020",
        start=date(2020, 2, 20),
        end=date(2020, 3, 23),
        own=-0.3812,
        model=-0.3547,
        replaced_weight=0.0,
        max_drawdown=-0.4023,
        worst_day=WorstDay(date(2020, 3, 12), -0.1342),
        factor_returns={"MKT": -0.3721, "VAL": -0.2918, "VOL": 4.1136},
        missing=(),
        factor_model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
    )
    return replace(result, **changes)


def second_episode(**changes: Any) -> EpisodeResult:
    """Another episode, of a gain."""
    known: dict[str, Any] = {
        "episode": "rally-2021", "start": date(2021, 4, 1), "end": date(2021, 5, 5), "own": 0.1713, "model": 0.0921,
        "max_drawdown": -0.0252, "worst_day": WorstDay(date(2021, 4, 12), -0.0161),
        "factor_returns": {"MKT": 0.0831, "VAL": float("nan"), "VOL": -0.2047},
    }  # fmt: skip
    return episode_result(**{**known, **changes})
