"""Why a portfolio has no result: stocks of it that have none."""

from collections.abc import Collection, Sequence
from copy import copy

from factorcli.analysis.eligibility import doubtful, ineligible
from factorcli.analysis.fit import FittedWindow
from factorcli.errors import FactorError, ForeignListing, UnknownTicker, UpstreamError
from factorcli.portfolio.positions import Positions

MAX_NAMED_STOCKS = 5  # that a message lists one by one
MAX_SUGGESTIONS = 20  # unknown tickers for which similar ones are looked for


def errors_of(stocks: FittedWindow, among: Collection[int]) -> dict[int, FactorError]:
    """Why stocks cannot be part of a portfolio, by position; among: the positions that are looked at."""
    errors, unknown, suspects = dict[int, FactorError](), 0, doubtful(stocks)
    for k in sorted(among):
        error = _error(stocks, k, suspect=bool(suspects[k]), suggest=unknown < MAX_SUGGESTIONS)
        if error is not None:
            errors[k] = error
            unknown += isinstance(error, UnknownTicker)
    return errors


def without_missing(positions: Positions, stocks: FittedWindow) -> Positions:
    """The positions without those that have no result; all of them where upstream failed, which will pass."""
    failed = errors_of(stocks, range(len(stocks.tickers)))
    if not failed or any(isinstance(error, UpstreamError) for error in failed.values()):
        return positions
    return positions.without(failed, [report.last_close for report in stocks.reports])


def failure(positions: Positions, errors: Sequence[FactorError | None]) -> FactorError | None:
    """The error of a portfolio whose stocks have these errors (N,), or None where none has one.

    That of the first stock, UpstreamError before others, with a message naming all.
    """
    failed = [(k, error) for k, error in enumerate(errors) if error is not None]
    if not failed:
        return None
    first = next((error for _, error in failed if isinstance(error, UpstreamError)), failed[0][1])
    found = copy(first)
    found.args = (_message(positions, failed),)
    return found


def _error(stocks: FittedWindow, k: int, *, suspect: bool, suggest: bool) -> FactorError | None:
    """Why stock k cannot be part of a portfolio: it is quoted in another currency or elsewhere, or it has no result."""
    ticker, foreign = stocks.tickers[k].ticker, stocks.reports[k].foreign
    if foreign:
        return ForeignListing(f"{ticker} is quoted {foreign}: a portfolio is of one currency.")
    return ineligible(stocks, k, suggest=suggest) if suspect else None


def _message(positions: Positions, failed: Sequence[tuple[int, FactorError]]) -> str:
    file, count, many = positions.holdings.file, len(failed), len(positions.tickers)
    reasons = [f"{positions.place(k).capitalize()}: {error}" for k, error in failed[:MAX_NAMED_STOCKS]]
    if count > MAX_NAMED_STOCKS:
        reasons.append(f"And {', '.join(positions.tickers[k].ticker for k, _ in failed[MAX_NAMED_STOCKS:])}.")
    return (
        f"{file} has no result, because {count} of its {many} stocks {'has' if count == 1 else 'have'} none, and their "
        f"weight is not given to the others. {' '.join(reasons)} Correct these lines or remove them."
    )
