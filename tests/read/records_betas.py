"""Records written by hand, every number different: what stands in another's place is seen."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from factorcli.results.beta import Alpha, BetaResult, Estimate, FactorBeta, JointTest, MarketModel
from factorcli.results.decompose import Decomposition, TailRisk
from factorcli.results.diagnostics import Diagnostics, InfluentialDay, Significance
from factorcli.results.exposure import Attribution, HistoricalRisk
from factorcli.results.intervals import Interval, ShareIntervals
from factorcli.results.portfolio import HoldingShare, PortfolioInfo
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.rolling import RollingPath
from factorcli.results.shrinkage import Shrinkage
from factorcli.results.warnings import ResultWarning

AS_OF = date(2026, 11, 20)
PROXIES = {"MKT": "^NSEI", "VAL": "VALUE.NS", "MOM": "MOMENT.NS", "SZ": "MID.NS", "VOL": "^VIX"}
SHARED = ResultWarning("synthetic_prices", "these prices are made up.")
MODEL = ModelInfo("india-5f", "raw", "hac", 6, 0.0655, PROXIES)
DATA = DataInfo("demo", AS_OF, 254, 1, ())
CACHE = CacheInfo(None, "2026-11-20T12:34:56Z", False)

FACTORS = {
    # beta, standard error, t, p, low, high, VIF, volatility
    "MKT": FactorBeta(0.62, 0.171, 3.64, 0.0004, 0.28, 0.97, 13.4, 0.141),
    "VAL": FactorBeta(-0.33, 0.122, -2.73, 0.0068, -0.57, -0.09, 4.2, 0.151),
    "MOM": FactorBeta(0.26, 0.113, 2.31, 0.0218, 0.04, 0.48, 5.7, 0.161),
    "SZ": FactorBeta(0.18, 0.194, 0.93, 0.353, -0.21, 0.56, 3.9, 0.172),
    "VOL": FactorBeta(-0.021, 0.0135, -1.58, 0.115, -0.047, 0.005, 1.6, 0.923),
}
UP = Estimate(0.81, 0.148, 5.47, 2e-7, 0.52, 1.13)
DOWN = Estimate(1.29, 0.157, 8.22, 0.0117, 0.98, 1.61)
ASYMMETRY = Estimate(0.46, 0.234, 2.05, 0.0414, 0.02, 0.94)


def beta_result(ticker: str = "AAA.NS", **changes: Any) -> BetaResult:
    """One ticker of five factors, without any of the optional parts."""
    result = BetaResult(
        ticker=ticker,
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        start=date(2025, 11, 14),
        observations=253,
        degrees_of_freedom=247,
        alpha=Alpha(0.00041, 0.1034, 0.0876, 0.00023, 1.79, 0.0747, -0.00004, 0.00086),
        betas=dict(FACTORS),
        r_squared=0.47,
        adj_r_squared=0.45,
        volatility=0.231,
        residual_volatility=0.168,
        condition_number=11.7,
        market_model=MarketModel(1.05, 0.082, 12.81, 3e-9, 0.89, 1.21, 0.0712, 0.38, UP, DOWN, ASYMMETRY),
        style_test=JointTest(2.87, 0.0236, 4, 246.0, "hc3"),
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
    )
    return replace(result, **changes)


SHRINKAGE = Shrinkage(
    stocks=498,
    mean={"market": 1.01, "MKT": 0.91, "VAL": 0.11, "MOM": 0.12, "SZ": 0.13, "VOL": 0.014},
    std_dev={"market": 0.301, "MKT": 0.302, "VAL": 0.303, "MOM": 0.304, "SZ": 0.305, "VOL": 0.0306},
    least_squares={"market": 1.07, "MKT": 0.51, "VAL": -0.43, "MOM": 0.31, "SZ": 0.22, "VOL": -0.032},
    own_weight={"market": 0.93, "MKT": 0.76, "VAL": 0.86, "MOM": 0.88, "SZ": 0.71, "VOL": 0.83},
)

DIAGNOSTICS = Diagnostics(
    durbin_watson=2.04,
    breusch_pagan=Significance(8.1, 0.151),
    jarque_bera=Significance(1.7, 0.427),
    skewness=0.19,
    kurtosis=3.3,
    arch_lm=Significance(6.2, 0.287),
    arch_lags=5,
    influential_days=(InfluentialDay(date(2026, 2, 3), 0.29), InfluentialDay(date(2026, 5, 7), 0.17)),
    zero_return_share=0.012,
)


def rolling(count: int = 3) -> RollingPath:
    """`count` windows of two factors; the first has too few returns for VAL."""
    nan = float("nan")

    def series(start: float, step: float) -> tuple[float, ...]:
        return tuple(start + step * i for i in range(count))

    return RollingPath(
        dates=tuple(date(2026, 1, 5) + timedelta(i) for i in range(count)),
        alpha=series(0.00011, 0.0002),
        betas={"MKT": series(0.81, 0.13), "VAL": (nan, *series(-0.35, 0.22)[1:])},
        r_squared=series(0.41, 0.02),
        residual_volatility=series(0.152, 0.011),
        alpha_low=series(-0.0021, 0.0001),
        alpha_high=series(0.0031, 0.0001),
        betas_low={"MKT": series(0.51, 0.05), "VAL": (nan, *series(-0.75, 0.24)[1:])},
        betas_high={"MKT": series(1.33, 0.07), "VAL": (nan, *series(-0.25, 0.34)[1:])},
    )


def decomposition(ticker: str = "AAA.NS", **changes: Any) -> Decomposition:
    """One ticker of three factors, of which VAL is a hedge."""
    result = Decomposition(
        ticker=ticker,
        name="Alpha Works Ltd.",
        sector="Capital Goods",
        window=255,
        as_of=AS_OF,
        observations=253,
        method="euler",
        r_squared=0.461,
        volatility=0.2341,
        systematic=0.443,
        idiosyncratic=0.557,
        contributions={"MKT": 0.392, "VAL": -0.118, "MOM": 0.169},
        volatility_points={"MKT": 0.0918, "VAL": -0.0276, "MOM": 0.0396, "idiosyncratic": 0.1303},
        standalone_volatility={"MKT": 0.1471, "VAL": 0.0482, "MOM": 0.0651},
        value_at_risk=TailRisk(0.0243, {"MKT": 0.0095, "VAL": -0.0029, "MOM": 0.0041, "idiosyncratic": 0.0136}),
        expected_shortfall=TailRisk(0.0305, {"MKT": 0.0119, "VAL": -0.0036, "MOM": 0.0052, "idiosyncratic": 0.017}),
        historical=HistoricalRisk(0.0218, 0.0327, 254, 13),
        attribution={
            "arithmetic": Attribution(
                0.1021, {"MKT": 0.0733, "VAL": -0.0215, "MOM": 0.0347}, 0.0062, -0.0139, 0.0415, 0.2224
            ),
            "linked": Attribution(
                0.1112, {"MKT": 0.0798, "VAL": -0.0234, "MOM": 0.0378}, -0.0053, -0.0147, 0.0436, 0.229
            ),
        },
        model=MODEL,
        data=DATA,
        cache=CACHE,
        warnings=(SHARED,),
    )
    return replace(result, **changes)


SHARE_INTERVALS = ShareIntervals(
    r_squared=Interval(0.334, 0.512),
    contributions={"MKT": Interval(0.241, 0.553), "VAL": Interval(-0.201, -0.022), "MOM": Interval(-0.031, 0.284)},
    idiosyncratic=Interval(0.488, 0.666),
)

PORTFOLIO = PortfolioInfo(
    file="mine.csv",
    cash=0.0,
    diversification_ratio=1.28,
    holdings=(
        HoldingShare(
            "AAA.NS",
            "Alpha Works Ltd.",
            None,
            0.721,
            1.12,
            {},
            {"MKT": 0.53, "VOL": -0.014},
            0.864,
            0.238,
            marginal_risk=0.2913,
            component_risk=0.2042,
            incremental_risk=0.1761,
            es_contribution=0.0345,
        ),
        HoldingShare(
            "BBB.NS",
            None,
            None,
            0.279,
            0.87,
            {},
            {"MKT": 0.19, "VOL": 0.035},
            0.131,
            -0.157,
            marginal_risk=0.1147,
            component_risk=0.0316,
            incremental_risk=-0.0228,
            es_contribution=-0.0061,
        ),
    ),
)


def with_quantities(portfolio: PortfolioInfo = PORTFOLIO) -> PortfolioInfo:
    """The same with borrowed cash, shares (one of them short) and prices."""
    first, second = portfolio.holdings
    return replace(
        portfolio,
        cash=-0.037,
        value=1234567.4,
        currency="INR",
        holdings=(replace(first, quantity=1250.5, price=3456.785), replace(second, quantity=-40.0, price=98.1)),
    )
