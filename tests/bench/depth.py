"""What goes beyond the plain fit: rolling errors against the path alone and statsmodels, shares against fits."""

import warnings
from collections.abc import Iterator

import numpy as np

from factorcli.engine.bootstrap import share_intervals
from factorcli.engine.exposures import estimate, variance_shares
from factorcli.engine.regression import cross_section
from factorcli.engine.rolling import rolling
from factorcli.engine.rolling_errors import rolling_errors
from tests.bench.core import normal_market
from tests.bench.timing import Ratio, at_most, faster, in_turn, seconds

WINDOW = 252


def ratios() -> Iterator[Ratio]:
    """Every ratio of the depth, measured now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels' own
        yield from _rolling_errors()
    yield from _lmg()
    yield _bootstrap()


def _rolling_errors() -> Iterator[Ratio]:
    import statsmodels.api as sm

    returns, factors = normal_market(500)
    what = "rolling HAC intervals, 500 tickers × 1,250 days × 252"

    def ours() -> None:
        rolling_errors(returns, factors, WINDOW).intervals()

    def theirs() -> None:
        design = sm.add_constant(factors)
        hac = {"maxlags": int(4 * (WINDOW / 100) ** (2 / 9)), "use_correction": True}
        for ticker in range(5):
            for date in range(0, 1000, 20):
                days = slice(date, date + WINDOW)
                fit = sm.OLS(returns[days, ticker], design[days]).fit(cov_type="HAC", cov_kwds=hac, use_t=True)
                fit.params, fit.bse, fit.conf_int(), fit.rsquared, fit.mse_resid

    ours_seconds, path_seconds = in_turn(ours, lambda: rolling(returns, factors, WINDOW), 5)
    yield at_most(what, "the rolling betas alone", ours_seconds, path_seconds, 30)
    dates = len(returns) - WINDOW + 1
    ours_seconds, theirs_seconds = in_turn(ours, theirs, 7)
    yield faster(
        what,
        "statsmodels HAC fits, one at a time (5 tickers × 50 dates timed, scaled up)",
        ours_seconds,
        theirs_seconds * 500 * dates / (5 * 50),
        200,
    )


def _lmg() -> Iterator[Ratio]:
    for gaps, which in ((0.0, "complete"), (0.005, "every ticker with days of its own missing")):
        returns, factors = normal_market(500, WINDOW)
        returns[np.random.default_rng(1).random(returns.shape) < gaps] = np.nan
        fits = cross_section(returns, factors)
        yield at_most(
            f"LMG shares of 500 tickers, {which}",
            "their OLS fits with R²",
            *in_turn(
                lambda fits=fits, returns=returns, factors=factors: variance_shares(
                    fits, returns, factors, method="lmg"
                ),
                lambda returns=returns, factors=factors: cross_section(returns, factors, "nonrobust"),
                9,
            ),
            3,
        )


def _bootstrap() -> Ratio:
    returns, factors = normal_market(1, WINDOW)
    exposures = estimate(returns, factors)
    shares = exposures.shares("lmg")
    share_intervals(exposures.sample, shares, "lmg")
    took = sorted(seconds(lambda: share_intervals(exposures.sample, shares, "lmg")) for _ in range(5))[2]
    what = "bootstrap intervals of the LMG shares of a ticker, 2,000 replications"
    return Ratio(what, "one second", took, 1.0, took, "at most 1x the time", took <= 1.0)
