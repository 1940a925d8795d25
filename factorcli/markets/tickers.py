"""Which ticker is meant by what was typed, and which column of a source it is read from."""

from dataclasses import dataclass

from factorcli.errors import InvalidOption
from factorcli.markets.market import Market
from factorcli.markets.universe import Universe


@dataclass(frozen=True)
class ResolvedTicker:
    """A ticker as it was typed, the column to read, the name to answer under, and its newer name.

    `renamed` is the present name where the ticker was typed under an old one.
    """

    typed: str
    column: str
    ticker: str
    renamed: str | None = None


def resolve(typed: str, listed: frozenset[str] | None, market: Market, universe: Universe) -> ResolvedTicker:
    """Which ticker is meant, and which column of the source it is read from.

    With a suffix or a ^, as typed; a bare symbol is the source's column of that name, else the universe's ticker with
    one of the market's suffixes, else as typed. A ticker that the source lacks is looked for under its present name,
    and the present name under the old ones. `listed` is what the source has, or None where only asking tells.
    Raises InvalidOption for an empty one.
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
