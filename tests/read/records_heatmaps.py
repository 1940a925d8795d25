"""Heatmaps, statuses, a model, a universe and checks made by hand: no two numbers of a record are the same."""

from datetime import date

from factorcli.results.batch import Failure
from factorcli.results.heatmap import Heatmap, HeatmapStatus, HeatmapStock, MissingStock, SectorAggregate
from factorcli.results.model import (
    FactorInfo,
    FactorStatistics,
    ModelResult,
    ModelStatistics,
    ProxyHealth,
    Tracking,
)
from factorcli.results.provenance import ModelInfo
from factorcli.results.warnings import ResultWarning

NAN = float("nan")
CODES = ("MKT", "VAL", "MOM", "SZ", "VOL")
MODEL = ModelInfo("india-5f", "raw", "hac", 5, 0.0655, {code: f"{code}.NS" for code in CODES})

# Of eleven values in order the 2nd and the 9th are one robust standard deviation from the 6th, the median. Each column
# is median + z · deviation, all exact in binary: cells lie on the limits 0.75 and 1.5 and just inside them.
Z = (-1.5, -1.0, -0.75, -0.7421875, -0.25, 0.0, 0.265625, 0.7421875, 1.0, 1.4921875, 1.5)
COLUMNS = {  # median, deviation, and how far the eleven stocks are turned, so that each extreme is of another stock
    "market": (0.75, 0.25, 0),
    "down": (1.25, 0.125, 6),
    "MKT": (1.5, 0.5, 1),
    "VAL": (-0.25, 0.25, 2),
    "MOM": (0.125, 1.0, 3),
    "SZ": (0.03125, 0.03125, 4),
    "VOL": (-2.0, 0.125, 5),
}
TICKERS = ("ANTE", "BETO", "CARO", "DUNE", "ECHO", "FARO", "GILT", "HALO", "IRIS", "JADE", "KITE")
SECTORS = ("Power", None, "Oil Gas & Consumable Fuels", "Power", None, "Power", "Power",
           "Oil Gas & Consumable Fuels", "Power", "Oil Gas & Consumable Fuels", "Power")  # fmt: skip
ALPHAS = (0.0654, -0.0712, 0.1234, -0.2468, 0.3141, -0.0049, 0.0004, 0.2718, -0.1618, 0.5772, -0.0001)
R_SQUARED = (0.11, 0.22, 0.335, 0.44, 0.55, 0.66, 0.77, 0.88, 0.999, 0.101, 0.0002)
# (t, q) of MKT by stock: at the limits of both marks, and beyond.
MARKS = {
    "ANTE": (2.5, 0.05), "BETO": (-2.6, 0.0501), "CARO": (1.96, 0.9), "DUNE": (1.96001, 0.8), "ECHO": (-1.96001, 0.7),
    "FARO": (-1.96, 0.6), "GILT": (1.0, 0.04),
}  # fmt: skip


def _value(column: str, place: int) -> float:
    median, deviation, turn = COLUMNS[column]
    return median + deviation * Z[(place + turn) % len(Z)]


def stock(place: int) -> HeatmapStock:
    """The stock at a place of TICKERS."""
    ticker = TICKERS[place]
    t_stat, q_value = MARKS.get(ticker, (0.5, 0.5))
    return HeatmapStock(
        ticker=f"{ticker}.NS",
        name=f"{ticker.title()} Limited" if place else None,
        sector=SECTORS[place],
        betas={code: _value(code, place) for code in CODES},
        t_stats={code: t_stat if code == "MKT" else 0.1 for code in CODES},
        q_values={code: q_value if code == "MKT" else 0.95 for code in CODES},
        market_beta=_value("market", place),
        down_beta=_value("down", place),
        alpha_annual=ALPHAS[place],
        r_squared=R_SQUARED[place],
        observations=201 + place,
    )


HEATMAP = Heatmap(
    window=252,
    as_of=date(2026, 11, 20),
    computed_at="2026-11-20T13:14:15+00:00",
    stale=False,
    total=14,
    model=MODEL,
    source="demo",
    stocks=tuple(stock(place) for place in range(len(TICKERS))),
    sectors=(
        SectorAggregate(
            None,
            2,
            {"MKT": 1.01, "VAL": -0.27, "MOM": 0.31, "SZ": 0.0213, "VOL": -2.03},
            {"MKT": 1.02, "VAL": -0.28, "MOM": 0.32, "SZ": 0.0223, "VOL": -2.04},
            0.385,
        ),
        SectorAggregate(
            "Oil Gas & Consumable Fuels",
            3,
            {"MKT": 1.31, "VAL": -0.37, "MOM": 0.41, "SZ": 0.0313, "VOL": -2.13},
            {"MKT": 1.32, "VAL": -0.38, "MOM": 0.42, "SZ": 0.0323, "VOL": -2.14},
            0.439,
        ),
        SectorAggregate(
            "Power",
            6,
            {"MKT": 2.45, "VAL": -0.47, "MOM": 0.51, "SZ": 0.0413, "VOL": -2.09},
            {"MKT": 0.55, "VAL": -0.48, "MOM": 0.52, "SZ": 0.0423, "VOL": -2.08},
            0.497,
        ),
    ),
    missing=(
        MissingStock("LAVA.NS", "pending"),
        MissingStock("MICA.NS", "unknown_ticker"),
        MissingStock("NOVA.NS", "x"),
    ),
)

FAILURES = (
    Failure("AAA.NS", "unknown_ticker", "yahoo has no ticker AAA.NS."),
    Failure("BBB.NS", "insufficient_history", "BBB.NS has 77 returns in the window, and 404 are needed."),
)
STATUSES = (
    HeatmapStatus(126, "complete", 1500, 1498, 2, 0, 100.0, date(2026, 11, 20), "2026-11-20T10:00:00+00:00",
                  "2026-11-20T11:12:13+00:00", None, ()),
    HeatmapStatus(252, "running", 1600, 1234, 56, 310, 80.6, date(2026, 11, 19), "2026-11-19T10:00:00+00:00",
                  "2026-11-19T01:02:03+00:00", 92.6, FAILURES),
    HeatmapStatus(504, "empty", 1700, 0, 3, 1697, 0.0, None, None, None, None, ()),
)  # fmt: skip

FACTORS = (
    FactorInfo("MKT", "Market", ("^NSEI", "NIFTYBEES.NS"), "return", True, True),
    FactorInfo("SZ", "Size", ("MID150BEES.NS",), "return", False, True),
    FactorInfo("VIX", "Implied volatility", ("^INDIAVIX",), "pct", False, False),
    FactorInfo("RATE", "Ten-year rate", ("IN10Y",), "diff", False, False),
)
BARE_MODEL = ModelResult(
    "macro", FACTORS, 0.0655, None, 247, 0.4, 0.15, 0.05, (date(2024, 6, 4), date(2025, 4, 7)), False, None, None
)
STATISTICS = ModelStatistics(
    source="yahoo",
    window=253,
    start=date(2025, 11, 17),
    as_of=date(2026, 11, 20),
    sessions=254,
    observations=249,
    condition_number=7.46,
    factors={
        "MKT": FactorStatistics("^NSEI", 0.1127, 0.1389, {"MKT": 1.0, "SZ": 0.81, "VIX": -0.62}, 3.14, 4, ()),
        "SZ": FactorStatistics("MID150BEES.NS", -0.0342, 0.1713, {"MKT": 0.82, "SZ": 1.01, "VIX": -0.43}, 2.72, 6,
                               (date(2026, 1, 2), date(2026, 3, 4))),
        "VIX": FactorStatistics("^INDIAVIX", 0.2591, 0.8467, {"MKT": -0.63, "SZ": -0.44, "VIX": 1.02}, 1.62, 8,
                                (date(2026, 5, 6),)),
    },
    health={
        "MKT": ProxyHealth("MKT", "^NSEI", False, 251, 11, 12, None, 13, date(2026, 11, 20), 0, None,
                           {"NIFTYBEES.NS": Tracking(240, 0.991, 0.987, 0.0123)}, "healthy", "all is well.", None),
        "SZ": ProxyHealth("SZ", "MID150BEES.NS", True, 251, 21, 22, 23, 24, date(2026, 11, 18), 2,
                          Tracking(230, 0.655, 0.744, 0.1456), {"SPARE.NS": Tracking(0, NAN, NAN, NAN),
                          "SMALL.NS": Tracking(220, 0.832, 0.921, 0.0789)}, "thin", "repeats its close on 9% of days.",
                          "SMALL.NS"),
        "VIX": ProxyHealth("VIX", "^INDIAVIX", False, 251, 31, 32, 33, None, date(2026, 11, 17), 3,
                           Tracking(210, -0.711, -3.217, NAN), {}, "healthy", "all is well, too.", None),
    },
    warnings=(ResultWarning("collinear", "MKT and SZ move together."), ResultWarning("missing_days", "9 are gone.")),
)  # fmt: skip
FULL_MODEL = ModelResult(
    "us-3f", FACTORS[:3], 0.0425, "rates.csv", 252, 0.0, 0.25, 0.0, (), False, "america", STATISTICS
)
