"""Fitted windows of the same sessions, joined to one."""

from dataclasses import replace
from typing import cast

from factorcli.analysis.fit import FittedWindow
from factorcli.analysis.known import Known
from factorcli.ports import StockWindow


def with_known(fitted: FittedWindow) -> FittedWindow:
    """The window with what can be known of its tickers, found now, so that it stays with what is made of it."""
    if fitted.known is not None:
        return fitted
    return replace(fitted, known=Known(dict(enumerate(fitted.reports)), fitted.unusual_days, fitted.price_returns))


def joined(first: FittedWindow, second: FittedWindow) -> FittedWindow | None:
    """The window of the tickers of two of one specification; None where they are not of the same sessions.

    To the last bit that of all of them fitted together, as a ticker's numbers do not depend on the others.
    """
    window, other = cast(StockWindow, first.window), cast(StockWindow, second.window)
    if not window.is_like(other):
        return None
    known, more = with_known(first).known, with_known(second).known
    return replace(
        first,
        tickers=[*first.tickers, *second.tickers],
        window=window.joined(other),
        exposures=first.exposures.joined(second.exposures),
        known=known.joined(more) if known and more else None,
    )
