"""The engine against statsmodels, and the start of the command line against its libraries."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from factorcli.engine.exposures import estimate, variance_shares
from factorcli.engine.rolling import rolling
from tests.bench.timing import Ratio, at_most, faster, in_turn, process, python, seconds

WINDOWS = (126, 252, 504)
FACTOR = str(Path(sys.executable).parent / "factor")


def ratios() -> Iterator[Ratio]:
    """Every ratio of the core, measured now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels' own
        yield _rolling()
        yield _latest()
        yield _growth()
    yield at_most(
        "factor --help",
        "import typer, rich.table",
        *in_turn(process([FACTOR, "--help"]), python("import typer, rich.table"), 15),
        1.5,
    )


def normal_market(tickers: int, days: int = 1250) -> tuple[np.ndarray, np.ndarray]:
    """Returns (T, N) and five factors (T, 5) that correlate as style indices do, all normal."""
    draw = np.random.default_rng(7)
    market = 0.009 * draw.standard_normal((days, 1))
    factors = np.hstack([market, 0.95 * market + 0.005 * draw.standard_normal((days, 4))])
    betas = draw.normal(0.2, 0.3, (5, tickers))
    return factors @ betas + 0.015 * draw.standard_normal((days, tickers)), factors


def _rolling() -> Ratio:
    import statsmodels.api as sm
    from statsmodels.regression.rolling import RollingOLS

    returns, factors = normal_market(500)
    design = sm.add_constant(factors)

    def theirs() -> None:
        for ticker in range(10):
            for window in WINDOWS:
                fit = RollingOLS(returns[:, ticker], design, window).fit()
                fit.params, fit.rsquared  # noqa: B018

    def ours() -> None:
        for window in WINDOWS:
            rolling(returns, factors, window)

    ours()
    ours_seconds = sorted(seconds(ours) for _ in range(5))[2]
    return faster(
        "rolling betas and R², 500 tickers × 1,250 days × 126, 252, 504",
        "statsmodels RollingOLS, a ticker and window at a time (10 timed, scaled up)",
        ours_seconds,
        seconds(theirs) * 50,
        500,
    )


def _latest() -> Ratio:
    import pandas as pd
    import statsmodels.api as sm
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    returns, factors = normal_market(500)
    frame = pd.DataFrame(factors, columns=["MKT", "VAL", "MOM", "SZ", "VOL"])
    stocks = pd.DataFrame(returns)

    def theirs() -> None:
        for ticker in range(50):
            for window in WINDOWS:
                y, x = stocks[ticker].iloc[-window:], sm.add_constant(frame.iloc[-window:])
                hac = {"maxlags": int(4 * (window / 100) ** (2 / 9)), "use_correction": True}
                fit = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds=hac, use_t=True)
                alone = sm.OLS(y, x[["const", "MKT"]]).fit(cov_type="HAC", cov_kwds=hac, use_t=True)
                for one in (fit, alone):
                    one.params, one.bse, one.tvalues, one.pvalues, one.conf_int()
                    one.rsquared, one.rsquared_adj, one.mse_resid, one.condition_number  # noqa: B018
                [variance_inflation_factor(x.to_numpy(), k) for k in range(1, 6)]
                fit.params[1:] * x.iloc[:, 1:].apply(lambda f, y=y: f.cov(y)) / y.var()

    def ours() -> None:
        for window in WINDOWS:
            exposures = estimate(returns[-window:], factors[-window:])
            exposures.inference, exposures.market_inference  # noqa: B018
            variance_shares(exposures.fits, returns[-window:], factors[-window:])

    ours()
    ours_seconds = sorted(seconds(ours) for _ in range(9))[4]
    return faster(
        "latest window of 500 tickers × 3 windows, all outputs, HAC errors",
        "statsmodels from DataFrames, one at a time (50 timed, scaled up)",
        ours_seconds,
        seconds(theirs) * 10,
        150,
    )


def _growth() -> Ratio:
    small, large = normal_market(500), normal_market(5000)

    def work(data: tuple[np.ndarray, np.ndarray]) -> None:
        for window in WINDOWS:
            exposures = estimate(data[0][-window:], data[1][-window:])
            exposures.inference, exposures.market_inference  # noqa: B018
            variance_shares(exposures.fits, data[0][-window:], data[1][-window:])

    return at_most(
        "latest window, 5,000 tickers",
        "500 tickers",
        *in_turn(lambda: work(large), lambda: work(small), 7),
        11,
    )
