"""Records of decisions written by hand, every number different: what stands in another's place is seen."""

from dataclasses import replace
from datetime import date
from typing import Any

from factorcli.results.beta import Estimate, JointTest
from factorcli.results.compare import CompareResult
from factorcli.results.drift import Change, DriftResult, DriftTest
from tests.read.records_betas import AS_OF, CACHE, DATA, MODEL, SHARED

CHANGES = {
    # before, after, q, change, standard error, t, p, low, high
    "MKT": Change(0.71, 0.93, 0.612, 0.22, 0.231, 0.95, 0.343, -0.24, 0.67),
    "VAL": Change(-0.31, 0.14, 0.084, 0.45, 0.212, 2.12, 0.0344, 0.03, 0.87),
    "SZ": Change(0.62, 0.21, 0.0163, -0.41, 0.148, -2.77, 0.0058, -0.71, -0.12),
    "VOL": Change(-0.021, -0.034, 0.721, -0.013, 0.0192, -0.68, 0.498, -0.051, 0.025),
}
MARKET = Change(1.18, 1.27, 0.553, 0.09, 0.111, 0.81, 0.418, -0.13, 0.32)
JOINT = DriftTest(3.14, 0.0144, 4, 494.0, "hc3", 0.0371)


def drift_result(ticker: str = "AAA.NS", **changes: Any) -> DriftResult:
    """One ticker of four factors whose exposure to SZ and VAL changed."""
    result = DriftResult(
        ticker=ticker,
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        shift=257,
        from_as_of=date(2025, 11, 24),
        to_as_of=AS_OF,
        changes=dict(CHANGES),
        market=MARKET,
        joint_test=JOINT,
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
    )
    return replace(result, **changes)


def unsure(change: Change, p_value: float = 0.512) -> Change:
    """The same, not significant."""
    return replace(change, p_value=p_value, q_value=0.913)


DIFFERENCES = {
    "MKT": Estimate(0.17, 0.181, 0.94, 0.348, -0.18, 0.53),
    "VAL": Estimate(-0.36, 0.134, -2.69, 0.0077, -0.62, -0.11),
    "SZ": Estimate(0.47, 0.223, 2.11, 0.0361, 0.04, 0.91),
    "VOL": Estimate(0.016, 0.0213, 0.75, 0.454, -0.026, 0.058),
}


def compare_result(against: str = "BBB.NS", **changes: Any) -> CompareResult:
    """A pair of four factors that differs in VAL, SZ and the market."""
    result = CompareResult(
        ticker="AAA.NS",
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        against=against,
        observations=251,
        differences=dict(DIFFERENCES),
        market_difference=Estimate(-0.23, 0.101, -2.28, 0.0235, -0.43, -0.03),
        joint_test=JointTest(3.31, 0.0117, 4, 246.0, "hc3"),
        correlation=0.68,
        residual_correlation=-0.37,
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
    )
    return replace(result, **changes)
