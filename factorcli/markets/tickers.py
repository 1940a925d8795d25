"""Resolution of a typed ticker to a ticker and a column of the source."""

from dataclasses import dataclass

from factorcli.errors import InvalidOption
from factorcli.markets.market import Market
from factorcli.markets.universe import Universe


@dataclass(frozen=True)
class ResolvedTicker:
    """A ticker as typed, the source's column, and the ticker of the answer.

    `renamed` is the present ticker where an old one was typed.
    """

    typed: str
    column: str
    ticker: str
    renamed: str | None = None


def resolve(typed: str, listed: frozenset[str] | None, market: Market, universe: Universe) -> ResolvedTicker:
    """The ticker for a typed text, and its column in the source.

    With a suffix or a ^, as typed; a symbol without one is the source's column of that name, else the universe's ticker
    with one of the market's suffixes, else as typed. A ticker missing from the source is replaced by its present name,
    and its column by that of an old name where only that exists. `listed` is the source's listing, or None if it has
    none. Raises InvalidOption for an empty text.
    """
    ticker = typed.strip().upper()
    if not ticker:
        raise InvalidOption("A ticker is empty; write one such as RELIANCE.NS.")
    has = listed is not None and ticker in listed
    if not has and "." not in ticker and not ticker.startswith("^"):
        suffixed = (ticker + suffix for suffix in market.suffixes)
        ticker = next((name for name in suffixed if name in universe.by_ticker or name in universe.renames), ticker)
        has = listed is not None and ticker in listed
    new = universe.current(ticker)
    renamed = new if new != ticker else None
    if has:
        return ResolvedTicker(typed, ticker, ticker, renamed)
    column = new
    if listed is not None and new not in listed:
        column = next((old for old in universe.old_names.get(new, ()) if old in listed), new)
    return ResolvedTicker(typed, column, new, renamed)
