"""Fitted windows of the same sessions, joined to one."""

from dataclasses import replace
from typing import cast

from factorcli.analysis.fit import FittedWindow
from factorcli.analysis.known import Known
from factorcli.ports import StockWindow


def with_known(fitted: FittedWindow) -> FittedWindow:
    """The window with what can be known of its tickers, found now, so that it stays with what is made of it."""
    return fitted if fitted.known is not None else replace(fitted, known=_known(fitted))


def joined(first: FittedWindow, second: FittedWindow) -> FittedWindow | None:
    """The window of the tickers of two of one specification; None where they are not of the same sessions.

    To the last bit that of all of them fitted together, as a ticker's numbers do not depend on the others.
    """
    window, other = cast(StockWindow, first.window), cast(StockWindow, second.window)
    if not window.is_like(other):
        return None
    return replace(
        first,
        tickers=[*first.tickers, *second.tickers],
        window=window.joined(other),
        exposures=first.exposures.joined(second.exposures),
        known=_known(first).joined(_known(second)),
    )


def _known(fitted: FittedWindow) -> Known:
    return fitted.known or Known(dict(enumerate(fitted.reports)), fitted.unusual_days, fitted.price_returns)
