"""Why a ticker has no result: the checks in order of precedence, and the error of each."""

import numpy as np

from factorcli.analysis.fit import FittedWindow
from factorcli.engine import Mask
from factorcli.engine.design import dependent_columns
from factorcli.errors import CollinearFactors, FactorError, InsufficientHistory, StaleSeries, UnknownTicker
from factorcli.model.windows import MIN_OBSERVATIONS, STALE_SESSIONS
from factorcli.ports import TickerReport

MAX_VIF = 1e8  # above it a beta has lost half of the sixteen digits of its factor
MAX_FILES = 3  # that an error names
MAX_TICKER_CHARS = 40  # of a ticker that an error repeats


def ineligible_tickers(fitted: FittedWindow) -> dict[int, FactorError]:
    """The error of each ticker that is not eligible, by position."""
    found = ((i, ineligible(fitted, i)) for i in np.flatnonzero(doubtful(fitted)).tolist())
    return {i: error for i, error in found if error is not None}


def doubtful(fitted: FittedWindow) -> Mask:
    """Mask (N,) of the tickers of which some may not be eligible; the others are."""
    fits = fitted.fits
    found = ~fitted.window.up_to_date | (fits.observations < fitted.required)
    found |= ~np.isfinite(fits.condition_number) | (fits.vif > MAX_VIF).any(axis=1)
    return np.asarray(found)


def ineligible(fitted: FittedWindow, i: int, *, suggest: bool = True) -> FactorError | None:
    """The error of ticker i, or None if it is eligible: failed source, no prices, stale, too short, collinear.

    suggest: name similar tickers where it is unknown, which costs over a millisecond.
    """
    report = fitted.report(i)
    if report.failure is not None:
        return report.failure
    if report.last_price is None:
        return _unknown(fitted, i, suggest)
    if report.sessions_since_last_price > STALE_SESSIONS:
        return _stale(fitted, i)
    if int(fitted.fits.observations[i]) < fitted.required:
        return _too_short(fitted, i)
    if not np.isfinite(fitted.fits.condition_number[i]):
        return _collinear(fitted, i, "linearly dependent")
    if (fitted.fits.vif[i] > MAX_VIF).any():
        return _collinear(fitted, i, f"all but linearly dependent (VIF above {MAX_VIF:.0e})".replace("e+08", "e8"))
    return None


def _unknown(fitted: FittedWindow, i: int, suggest: bool) -> UnknownTicker:
    ticker, universe = fitted.tickers[i].ticker, fitted.origin.universe
    if ticker in universe.by_ticker:
        hint = "It is in the universe, but this source has no prices of it."
    elif similar := universe.suggestions(ticker) if suggest else []:
        hint = f"Did you mean {' or '.join(similar)}?"
    else:
        hint = "A search of the universe finds a ticker by its name."
    shown = ticker if len(ticker) <= MAX_TICKER_CHARS else f"{ticker[:MAX_TICKER_CHARS]}…"
    return UnknownTicker(f"{fitted.origin.source} has no ticker {shown}. {hint}{_left_alone(fitted, i)}")


def _left_alone(fitted: FittedWindow, i: int) -> str:
    """The files that were not read, that of the ticker alone where there is one; a sentence each, or empty."""
    resolved, left = fitted.tickers[i], fitted.origin.left_alone
    names = {name.upper() for one in (resolved.ticker, resolved.column) for name in (one, one.rpartition(".")[0])}
    own = [text for name, text in left if name in names]
    texts = own or [text for _, text in left]
    more = len(texts) - MAX_FILES
    return "".join(f" {text}" for text in texts[:MAX_FILES]) + (f" So are {more} more." if more > 0 else "")


def _stale(fitted: FittedWindow, i: int) -> StaleSeries:
    resolved, report = fitted.tickers[i], fitted.report(i)
    advice = (
        f"It is called {resolved.renamed} now: ask for that."
        if resolved.renamed
        else "It may be delisted, suspended or renamed."
    )
    return StaleSeries(
        f"{resolved.ticker} has no price after {report.last_price}, {report.sessions_since_last_price} sessions "
        f"before {fitted.window.dates[-1]}. {advice}"
    )


def _too_short(fitted: FittedWindow, i: int) -> InsufficientHistory:
    n, dates = int(fitted.fits.observations[i]), fitted.window.dates
    return InsufficientHistory(
        f"{fitted.tickers[i].ticker} has {n} returns in the {len(dates)} {fitted.period}s up to {dates[-1]}; a window "
        f"of {fitted.spec.window} needs {fitted.required}. {_shortage(fitted, fitted.report(i), n)}"
        f"{_with_space(fitted.report(i).not_filled)}"
    )


def _with_space(sentence: str) -> str:
    return f" {sentence}" if sentence else ""


def _shortage(fitted: FittedWindow, report: TickerReport, n: int) -> str:
    """The main cause of too few returns, and what to do about it."""
    dates = fitted.window.dates
    if fitted.spec.fit_estimator == "dimson" and n + (unused := _unused_sessions(fitted)) >= fitted.required:
        ends = "the last session" if unused == 1 else "the first and the last session"
        return f"Dimson's estimator cannot use {ends}: ask for a window of {MIN_OBSERVATIONS + unused} or more."
    if report.off_days and report.missing:
        return _off_market(report)
    if len(dates) < fitted.spec.window:
        cause = f"The source has no more {fitted.period}s with prices of all factors."
    elif len(report.excluded) > report.missing:
        cause = f"The price gate left out {len(report.excluded)}; its limits are the model's.{_suspect_factor(fitted)}"
    elif report.first_price and report.first_price >= dates[0]:
        cause = f"Its prices begin on {report.first_price}."
    else:
        cause = f"{report.missing} are missing."
    return f"{cause} Ask for a shorter window." if n >= MIN_OBSERVATIONS else cause


def _off_market(report: TickerReport) -> str:
    """Prices on days without a market, which a shorter window does not mend."""
    days = report.off_days
    example = f"{days[0]:%A} {days[0]}"
    what = f"{len(days)} prices are on days" if len(days) > 1 else "a price is on a day"
    such = f"such as {example}" if len(days) > 1 else example
    asked = {1: "are the dates a day early?", -1: "are the dates a day late?"}.get(
        report.day_shift, "are these prices of the same market?"
    )
    return f"{report.missing} are missing, and {what} on which the market has none, {such}: {asked}"


def _suspect_factor(fitted: FittedWindow) -> str:
    """The factor because of which most sessions are left out, as a sentence; empty where none are."""
    code, days = max(fitted.window.suspect_days.items(), key=lambda pair: len(pair[1]), default=("", ()))
    if not days:
        return ""
    said = f" {len(days)} of them because {code} ({fitted.window.proxies[code]}) is far from the market on these days"
    if any(code in warning.text for warning in fitted.model.warnings):
        return f"{said}: it is a volatility index, so write traded = false for it in the model."
    return f"{said}."


def _unused_sessions(fitted: FittedWindow) -> int:
    """How many sessions Dimson's estimator cannot use: the last, and the first where none is before it."""
    return 1 if np.isfinite(fitted.window.factors_before[fitted.model.market_column]) else 2


def _collinear(fitted: FittedWindow, i: int, how: str) -> CollinearFactors:
    names = ("the intercept", *fitted.model.codes)
    inflated = [code for code, vif in fitted.by_code(fitted.fits.vif[i]).items() if vif > MAX_VIF]
    columns = inflated or [names[k] for k in dependent_columns(fitted.window.factors[fitted.used(i)])]
    return CollinearFactors(
        f"{fitted.tickers[i].ticker}: {' and '.join(columns)} are {how} over these "
        f"{int(fitted.fits.observations[i])} returns, so their betas cannot be separated. Use another window or "
        "another proxy."
    )
