"""The beta result of one ticker of a fitted window."""

from collections.abc import Sequence

import numpy as np

from factorcli.analysis.fit import Estimates, FittedWindow
from factorcli.analysis.provenance import cache_info, data_info, model_info
from factorcli.model.frequency import DAILY
from factorcli.results.beta import Alpha, BetaResult, Estimate, FactorBeta, JointTest, MarketModel
from factorcli.results.diagnostics import Diagnostics
from factorcli.results.rolling import RollingPath
from factorcli.results.shrinkage import Shrinkage
from factorcli.results.warnings import ResultWarning


def beta_result(fitted: FittedWindow, i: int, warnings: Sequence[ResultWarning]) -> BetaResult:
    """The beta result of ticker i, which must be eligible, with its warnings."""
    fits, year = fitted.fits, fitted.year
    ticker, dates = fitted.tickers[i].ticker, fitted.window.dates
    stock = fitted.origin.stock(ticker)
    return BetaResult(
        ticker=ticker,
        name=stock.name if stock else None,
        sector=stock.sector if stock else None,
        window=fitted.spec.window,
        as_of=dates[-1],
        start=dates[0],
        observations=int(fits.observations[i]),
        degrees_of_freedom=int(fits.degrees_of_freedom[i]),
        alpha=_alpha(fitted, i),
        betas={code: _factor_beta(fitted, i, k) for k, code in enumerate(fitted.model.codes)},
        r_squared=float(fits.r_squared[i]),
        adj_r_squared=float(fits.adj_r_squared[i]),
        volatility=float(np.sqrt(fits.variance[i] * year)),
        residual_volatility=float(fits.residual_volatility[i] * np.sqrt(year)),
        condition_number=float(fits.condition_number[i]),
        market_model=_market_model(fitted, i),
        style_test=_style_test(fitted, i),
        model=model_info(fitted, i),
        data=data_info(fitted, i),
        cache=cache_info(fitted, i),
        warnings=tuple(warnings),
        rolling=_rolling(fitted, i),
        dimson=_dimson(fitted, i),
        observations_effective=None if fitted.exposures.sample.weights is None else float(fits.effective[i]),
        shrinkage=_shrinkage(fitted, i),
        diagnostics=_diagnostics(fitted, i),
        frequency=None if fitted.spec.returns is DAILY else fitted.spec.frequency,
    )


def _alpha(fitted: FittedWindow, i: int) -> Alpha:
    fits, tests, year = fitted.fits, fitted.estimates[0].tests, fitted.year
    daily = float(fits.coefficients[i, 0])
    # In the residual basis α is the market model's, so a constant in the styles does not change it.
    styles = [f.traded and not f.excess and fitted.spec.basis != "residual" for f in fitted.model.factors]
    rate = fitted.window.risk_free[fitted.used(i)].mean()
    financing = float(rate * (fits.coefficients[i, 1:] @ np.array(styles, dtype=np.float64)))
    return Alpha(
        daily=daily,
        annual=year * daily,
        annual_net=year * (daily + financing),
        std_error=float(fits.std_errors[i, 0]),
        t_stat=float(tests.t_stats[i, 0]),
        p_value=float(tests.p_values[i, 0]),
        ci_low=float(tests.ci_low[i, 0]),
        ci_high=float(tests.ci_high[i, 0]),
    )


def _factor_beta(fitted: FittedWindow, i: int, k: int) -> FactorBeta:
    fits, model, c = fitted.fits, fitted.estimates[0], k + 1
    return FactorBeta(
        beta=float(model.coefficients[i, c]),
        std_error=float(model.std_errors[i, c]),
        t_stat=float(model.tests.t_stats[i, c]),
        p_value=float(model.tests.p_values[i, c]),
        ci_low=float(model.tests.ci_low[i, c]),
        ci_high=float(model.tests.ci_high[i, c]),
        vif=float(fits.vif[i, k]),
        factor_volatility=float(fits.factor_volatility[i, k] * np.sqrt(fitted.year)),
    )


def _market_model(fitted: FittedWindow, i: int) -> MarketModel:
    fits, market = fitted.exposures.market, fitted.estimates[1]
    up, down, asymmetry = (estimate(fitted.asymmetry, i, column) for column in range(3))
    return MarketModel(
        beta=float(market.coefficients[i, 1]),
        std_error=float(market.std_errors[i, 1]),
        t_stat=float(market.tests.t_stats[i, 1]),
        p_value=float(market.tests.p_values[i, 1]),
        ci_low=float(market.tests.ci_low[i, 1]),
        ci_high=float(market.tests.ci_high[i, 1]),
        alpha_annual=float(fitted.year * fits.coefficients[i, 0]),
        r_squared=float(fits.r_squared[i]),
        up=up,
        down=down,
        asymmetry=asymmetry,
    )


def estimate(estimates: Estimates, i: int, column: int) -> Estimate:
    """The estimate in a column of ticker i."""
    tests = estimates.tests
    return Estimate(
        estimate=float(estimates.coefficients[i, column]),
        std_error=float(estimates.std_errors[i, column]),
        t_stat=float(tests.t_stats[i, column]),
        p_value=float(tests.p_values[i, column]),
        ci_low=float(tests.ci_low[i, column]),
        ci_high=float(tests.ci_high[i, column]),
    )


def _style_test(fitted: FittedWindow, i: int) -> JointTest:
    joint = fitted.style_tests
    return JointTest(
        f_stat=float(joint.f_stat[i]),
        p_value=float(joint.p_value[i]),
        numerator=joint.numerator,
        denominator=float(joint.denominator[i]),
        covariance=joint.covariance,
    )


def _dimson(fitted: FittedWindow, i: int) -> dict[str, float] | None:
    if (betas := fitted.exposures.dimson_betas) is None:
        return None
    return dict(zip(("before", "day", "after"), betas[i].tolist(), strict=True))


def _rolling(fitted: FittedWindow, i: int) -> RollingPath | None:
    if fitted.all_sessions is None:
        return None
    from factorcli.analysis.rolling import rolling_path

    return rolling_path(fitted, fitted.all_sessions, i)


def _shrinkage(fitted: FittedWindow, i: int) -> Shrinkage | None:
    if fitted.prior is None or fitted.shrunk is None:
        return None
    return fitted.prior.shrinkage(fitted.exposures, fitted.shrunk, i)


def _diagnostics(fitted: FittedWindow, i: int) -> Diagnostics | None:
    if not fitted.spec.diagnostics:
        return None
    from factorcli.analysis.diagnostics import diagnostics

    return diagnostics(fitted, i)
