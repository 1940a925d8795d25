"""Tests of the residuals of one ticker's fit."""

from factorcli.analysis.fit import FittedWindow
from factorcli.engine.diagnostics import ARCH_LAGS, diagnose
from factorcli.results.diagnostics import Diagnostics, InfluentialDay, Significance


def diagnostics(fitted: FittedWindow, i: int) -> Diagnostics:
    """Tests of the assumptions behind the standard errors of ticker i."""
    found = diagnose(fitted.exposures.sample, i, fitted.window.risk_free)
    dates = fitted.window.dates
    return Diagnostics(
        durbin_watson=found.durbin_watson,
        breusch_pagan=Significance(found.breusch_pagan, found.breusch_pagan_p),
        jarque_bera=Significance(found.jarque_bera, found.jarque_bera_p),
        skewness=found.skewness,
        kurtosis=found.kurtosis,
        arch_lm=Significance(found.arch, found.arch_p),
        arch_lags=ARCH_LAGS,
        influential_days=tuple(InfluentialDay(dates[day], size) for day, size in found.influential),
        zero_return_share=found.zero_return_share,
    )
