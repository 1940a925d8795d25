"""A hedge written by hand, every number different."""

from dataclasses import replace
from typing import Any

from factorcli.results.beta import Estimate
from factorcli.results.hedge import HedgedBetas, HedgeInstrument, HedgeResult, HedgeVolatility, OutOfSample
from tests.read.records_betas import AS_OF, CACHE, DATA, MODEL, SHARED

NAN = float("nan")
NIFTY = HedgeInstrument("^NSEI", Estimate(-1.1934, 0.0612, -19.503, 0.00004, -1.3142, -1.0726), None, None, None)
MIDCAP = HedgeInstrument("MID.NS", Estimate(0.1271, 0.0844, 1.506, 0.1337, -0.0391, 0.2933), None, None, None)
UNSOLD = HedgeInstrument("GOLD.NS", Estimate(0.0, NAN, NAN, NAN, NAN, NAN), None, None, None)


def hedge_result(ticker: str = "AAA.NS", **changes: Any) -> HedgeResult:
    """One ticker and two instruments, of an unknown value."""
    result = HedgeResult(
        ticker=ticker,
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        observations=251,
        value=None,
        currency="INR",
        instruments=(NIFTY, MIDCAP),
        volatility=HedgeVolatility(0.2113, 0.1434, None),
        out_of_sample=OutOfSample(62, 0.1771, 0.1457),
        betas=HedgedBetas({"MKT": 1.472, "VAL": -0.334, "VOL": 0.0061}, {"MKT": 0.281, "VAL": -0.225, "VOL": -0.0123}),
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
    )
    return replace(result, **changes)


def worth(**changes: Any) -> HedgeResult:
    """The same with a value."""
    both = (replace(NIFTY, notional=-1474443.8), replace(MIDCAP, notional=157032.3))
    return hedge_result(value=1235498.7, instruments=both, **changes)


def in_lots(**changes: Any) -> HedgeResult:
    """The same in whole contracts: two sold, and 853 of a fund."""
    both = (
        replace(NIFTY, notional=-1899769.4, lots=-2, lot_size=75.0),
        replace(MIDCAP, notional=162345.6, lots=853, lot_size=1.0),
    )
    return replace(worth(volatility=HedgeVolatility(0.2113, 0.1434, 0.1566)), **{"instruments": both, **changes})
