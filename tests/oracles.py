"""Other people's estimators, and made-up markets to hold them against."""

from dataclasses import fields
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from factorcli.engine.inference import newey_west_lags
from factorcli.engine.regression import Fits

Array = NDArray[np.float64]


def planted_market(seed: int, days: int, tickers: int, factors: int = 5) -> tuple[Array, Array]:
    """Returns (T, N) with fat tails and planted betas, and factors (T, K) of which the first is the market.

    As with long-only style indices, the other factors correlate about 0.8 with the market.
    """
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0004, 0.01, days)
    styles = 0.8 * market[:, None] + rng.normal(0.0, 0.006, (days, factors - 1))
    columns = np.column_stack([market, styles])
    betas = rng.normal(0.3, 0.5, (factors, tickers))
    noise = 0.012 * rng.standard_t(5, (days, tickers))
    return 0.0002 + columns @ betas + noise, columns


def design_matrix(factors: Array) -> Array:
    """Factors (n, K) behind a column of ones."""
    return np.column_stack([np.ones(len(factors)), factors])


def statsmodels_ols(returns: Array, factors: Array, covariance: str = "nonrobust") -> Any:
    """The statsmodels results of one ticker, on the days on which it has a return."""
    present = np.isfinite(returns)
    model = sm.OLS(returns[present], design_matrix(factors[present]))
    if covariance == "nonrobust":
        return model.fit(use_t=True)
    if covariance == "hc1":
        return model.fit(cov_type="HC1", use_t=True)
    lags = newey_west_lags(int(present.sum()))
    return model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)


def statsmodels_vif(factors: Array) -> list[float]:
    """1/(1 − R²) of each factor regressed, with an intercept, on the others."""
    count = factors.shape[1]
    return [
        1.0 / (1.0 - sm.OLS(factors[:, k], design_matrix(np.delete(factors, k, axis=1))).fit().rsquared)
        for k in range(count)
    ]


def same_digits(left: Fits, right: Fits) -> bool:
    """Whether every field of two fits is the same to the last bit."""
    return all(
        np.array_equal(getattr(left, field.name), getattr(right, field.name), equal_nan=True) for field in fields(Fits)
    )


def chosen(fits: Fits, tickers: Any) -> Fits:
    """The fits of some tickers."""
    return Fits(**{field.name: getattr(fits, field.name)[tickers] for field in fields(Fits)})
