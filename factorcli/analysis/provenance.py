"""The model and the prices behind a result."""

from datetime import date
from typing import TYPE_CHECKING, cast

from factorcli.model.specification import HALF_LIFE
from factorcli.ports import TickerReport
from factorcli.results.corrections import CorrectedDay
from factorcli.results.provenance import CacheInfo, DataInfo, ExcludedDay, ModelInfo

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow


def model_info(fitted: "FittedWindow", i: int) -> ModelInfo:
    """The model with which ticker i was fitted; tickers with the same lags and rate share one record."""
    lags = int(fitted.fits.lags[i]) if fitted.spec.covariance == "hac" else None
    key = lags, _mean_rate(fitted, i)
    if key not in fitted.models:
        fitted.models[key] = _model_info(fitted, *key)
    return fitted.models[key]


def _model_info(fitted: "FittedWindow", lags: int | None, risk_free: float) -> ModelInfo:
    spec, model = fitted.spec, fitted.model
    return ModelInfo(
        id=model.id,
        basis=spec.basis,
        covariance=spec.covariance,
        lags=lags,
        risk_free=risk_free,
        proxies=dict(fitted.window.proxies),
        estimator=None if spec.estimator == "ols" else spec.estimator,
        half_life=(spec.half_life or HALF_LIFE) if spec.estimator == "ewma" else None,
    )


def data_info(fitted: "FittedWindow", i: int) -> DataInfo:
    """The prices of ticker i, and the returns that the gate excluded."""
    report, dates = fitted.reports[i], fitted.window.dates
    return DataInfo(
        source=fitted.origin.source,
        last_date=cast(date, report.last_price),
        sessions=len(dates),
        missing=report.missing,
        excluded=tuple(ExcludedDay(dates[day], reason, value) for day, reason, value in report.excluded),
        corrected=corrected_days(report),
    )


def corrected_days(report: TickerReport, ticker: str | None = None) -> tuple[CorrectedDay, ...]:
    """The returns of a ticker that were corrected for corporate actions; `ticker` names it in a portfolio."""
    return tuple(
        CorrectedDay(one.date, one.kind, one.factor, one.before, one.after, ticker)
        for one in report.actions
        if not one.problem
    )


def cache_info(fitted: "FittedWindow", i: int) -> CacheInfo:
    """Numbers just computed; stale if the newest prices were not available."""
    return CacheInfo(None, fitted.origin.computed_at, stale=fitted.window.stale(i))


def _mean_rate(fitted: "FittedWindow", i: int) -> float:
    """The annual risk-free rate, the mean over the ticker's sessions where rates are dated."""
    rates = fitted.model.risk_free
    if not rates.dates:
        return rates.rates[0]
    return float(fitted.window.risk_free[fitted.used(i)].mean() * fitted.year)
