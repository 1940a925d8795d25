"""Records of decisions, written by hand with different numbers: what stands in another's place is seen."""

from dataclasses import replace
from typing import Any

from factorcli.results.beta import Active, Estimate
from factorcli.results.intervals import Interval
from factorcli.results.whatif import Change, Measures, TradedWeight, WhatIf
from tests.read.records_betas import AS_OF, CACHE, DATA, MODEL, SHARED

NAN = float("nan")
ACTIVE = Active(
    benchmark="^INDEX",
    betas={
        "MKT": Estimate(-0.37, 0.151, -2.46, 0.0147, -0.68, -0.07),
        "VAL": Estimate(0.23, 0.132, 1.71, 0.0885, -0.03, 0.49),
        "VOL": Estimate(-0.031, 0.0112, -2.77, 0.0006, -0.053, -0.009),
    },
    market_beta=Estimate(0.14, 0.061, 2.29, 0.0229, 0.02, 0.26),
    tracking_error=0.1234,
    tracking_error_low=0.1127,
    tracking_error_high=0.1358,
    contributions={"MKT": 0.216, "VAL": -0.043, "VOL": 0.058, "idiosyncratic": 0.769},
)
OWN = Active(
    benchmark="^INDEX",
    betas={code: Estimate(0.0, NAN, NAN, NAN, NAN, NAN) for code in ("MKT", "VAL", "VOL")},
    market_beta=Estimate(0.0, NAN, NAN, NAN, NAN, NAN),
    tracking_error=0.0,
    tracking_error_low=0.0,
    tracking_error_high=0.0,
    contributions={"MKT": NAN, "VAL": NAN, "VOL": NAN, "idiosyncratic": NAN},
)


def what_if(portfolio: str = "mine.csv", **changes: Any) -> WhatIf:
    """A sale for cash, of a portfolio with quantities, against a benchmark."""
    result = WhatIf(
        portfolio=portfolio,
        window=255,
        as_of=AS_OF,
        observations=251,
        original=Measures({"MKT": 0.71, "VOL": -0.043}, 1.02, 0.1823, 0.01891, 0.02374, 0.643, 0.0512),
        rebalanced=Measures({"MKT": 0.62, "VOL": -0.025}, 0.93, 0.1714, 0.01772, 0.02231, 0.611, 0.0467),
        change=Change(
            {
                "MKT": Estimate(-0.09, 0.061, -1.47, 0.143, -0.21, 0.03),
                "VOL": Estimate(0.018, 0.0054, 3.33, 0.0009, 0.007, 0.029),
            },
            Estimate(-0.087, 0.0131, -6.87, 4e-10, -0.116, -0.064),
            -0.0109,
            -0.00119,
            -0.00143,
            -0.032,
            -0.0045,
        ),
        turnover=0.052,
        trades=(
            TradedWeight("AAA.NS", 0.331, 0.279, -64321.0, -41.7),
            TradedWeight("CASH", 0.012, 0.064, 64321.0),
        ),
        volatility_interval=Interval(-0.0137, -0.0084),
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
        benchmark="^INDEX",
        tracking_error_interval=Interval(-0.0063, 0.0026),
        value=1236942.0,
        value_after=1236942.0,
        currency="INR",
    )
    return replace(result, **changes)


def by_weight(portfolio: str = "mine.csv", **changes: Any) -> WhatIf:
    """The same of a file of weights, without a benchmark."""
    nothing = {"value": None, "value_after": None, "currency": None, "benchmark": None, "tracking_error_interval": None}
    trades = tuple(replace(one, amount=None, shares=None) for one in what_if().trades)
    return what_if(portfolio, **{**nothing, "trades": trades, **changes})
