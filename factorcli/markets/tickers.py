"""Which stock is meant: a typed text, the tickers that it may stand for, and its column in a source.

A stock is one stock, however it is written: `RELIANCE`, `reliance.ns`, `NSE:RELIANCE`, `RELIANCE-EQ`, its ISIN.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from factorcli.errors import InvalidOption
from factorcli.markets.market import EXCHANGE_MARKS, ISIN, SERIES_MARKS, SUFFIX_SPELLINGS, Market
from factorcli.markets.universe import Universe


@dataclass(frozen=True)
class ResolvedTicker:
    """A ticker as typed, the source's column, and the ticker of the answer.

    renamed: the present ticker where an old one was typed. alternatives: what is meant, in this order, if a source
    without a list does not know `ticker`; unknown: what came before `ticker` and the source did not know.
    """

    typed: str
    column: str
    ticker: str
    renamed: str | None = None
    alternatives: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def variants(self) -> "tuple[ResolvedTicker, ...]":
        """This ticker and its alternatives, each as if the source had decided for it."""
        own = replace(self, alternatives=()) if self.alternatives else self
        return (own, *(replace(own, column=name, ticker=name) for name in self.alternatives))

    def without_first(self) -> "ResolvedTicker":
        """The next alternative, as the source does not know `ticker`."""
        first, *others = self.alternatives
        return replace(
            self, column=first, ticker=first, alternatives=tuple(others), unknown=(*self.unknown, self.ticker)
        )

    @property
    def reads_old_name(self) -> bool:
        """Whether the column is that of a former ticker, and not only another spelling of this one."""
        return _stem(self.column) != _stem(self.ticker) and not ISIN.fullmatch(self.column)


class Symbol(NamedTuple):
    """A symbol without the marks of its exchange and series, and the suffixes that it may have, in order.

    suffixes: the one that was written, or those of the market; none for an index, a currency, or a ticker with an
    ending of another market.
    """

    stem: str
    suffixes: tuple[str, ...]
    is_bare: bool


def resolve(typed: str, listed: frozenset[str] | None, market: Market, universe: Universe) -> ResolvedTicker:
    """The ticker for a typed text, and its column in the source.

    `listed` is the source's listing, or None if it has none. A column of exactly this name is taken, else the column
    that is the same stock, else the one of a former name. Of a source without a list the universe's ticker is taken,
    else the symbol with the first of the market's suffixes, and the others are alternatives. Raises InvalidOption for
    an empty text.
    """
    written = " ".join(typed.split()).upper()
    if not written:
        raise InvalidOption("A ticker is empty; write one such as RELIANCE.NS.")
    if listed is not None and written in listed:
        return _Listing(listed, market, universe).called(typed, written)
    symbol = symbol_of(universe.by_isin.get(written, written), market)
    known = _known(written, symbol, universe)
    if listed is not None:
        return _in_listing(typed, symbol, known, _Listing(listed, market, universe))
    if known is not None:
        new = universe.current(known)
        return ResolvedTicker(typed, new, new, new if new != known else None)
    first, *others = _full_names(symbol)
    if symbol.is_bare and symbol.suffixes and written == symbol.stem:
        others.append(written)
    return ResolvedTicker(typed, first, first, None, tuple(others))


def listed_as(ticker: str, listed: frozenset[str], market: Market) -> str | None:
    """The column of a ticker in a listing: itself, or another spelling of the same stock; None where it has none."""
    return ticker if ticker in listed else _column(symbol_of(ticker, market), listed, market)


def _column(symbol: Symbol, listed: frozenset[str], market: Market) -> str | None:
    """The column that is the same stock: of a bare symbol a bare one first, else one with its suffixes in order."""
    columns = _spellings(listed, market).get(symbol.stem, ())
    wanted = ("", *symbol.suffixes) if symbol.is_bare else (symbol.suffixes[0], "")
    return next((column for suffix in wanted for own, column in columns if own == suffix), None)


def symbol_of(written: str, market: Market) -> Symbol:
    """The symbol of a ticker in capitals, without the marks of exchange and series."""
    if written.startswith("^") or "=" in written or ISIN.fullmatch(written):
        return Symbol(written, (), is_bare=True)
    suffixes = market.suffixes
    mark, colon, rest = written.partition(":")
    preferred = EXCHANGE_MARKS.get(market.id, {}).get(mark.strip()) if colon else None
    if preferred is not None:
        written = rest.strip()
        suffixes = tuple(sorted(suffixes, key=lambda suffix: suffix != preferred))
    stem, dot, ending = written.rpartition(".")
    suffix = SUFFIX_SPELLINGS.get(market.id, {}).get(f".{ending}", f".{ending}")
    if dot and suffix in suffixes:
        return Symbol(_without_series(stem, market), (suffix,), is_bare=False)
    if dot or (colon and preferred is None):
        return Symbol(written, (), is_bare=True)
    return Symbol(_without_series(written, market), suffixes, is_bare=True)


def _without_series(stem: str, market: Market) -> str:
    for mark in SERIES_MARKS.get(market.id, ()):
        if stem.endswith(mark) and len(stem) > len(mark):
            return stem.removesuffix(mark)
    return stem


def _full_names(symbol: Symbol) -> Iterator[str]:
    """The symbol with each of its suffixes; the symbol itself where it can have none."""
    return (symbol.stem + suffix for suffix in symbol.suffixes or ("",))


def _known(written: str, symbol: Symbol, universe: Universe) -> str | None:
    """The ticker of the universe, or the former one, that a text and its symbol stand for."""
    names = (written, *_full_names(symbol), symbol.stem)
    return next((name for name in names if name in universe.by_ticker or name in universe.renames), None)


@lru_cache(maxsize=8)
def _spellings(listed: frozenset[str], market: Market) -> dict[str, tuple[tuple[str, str], ...]]:
    """The columns of a listing by the stem of their symbol, each with its suffix, which is empty for a bare one."""
    found: dict[str, list[tuple[str, str]]] = {}
    for column in sorted(listed):
        symbol = symbol_of(column, market)
        found.setdefault(symbol.stem, []).append(("" if symbol.is_bare else symbol.suffixes[0], column))
    return {stem: tuple(columns) for stem, columns in found.items()}


class _Listing(NamedTuple):
    """The columns of a source, in a market with a universe."""

    columns: frozenset[str]
    market: Market
    universe: Universe

    def column(self, ticker: str) -> str | None:
        """The column of a ticker, by whatever spelling or by its ISIN."""
        column, stock = listed_as(ticker, self.columns, self.market), self.universe.by_ticker.get(ticker)
        return stock.isin if column is None and stock is not None and stock.isin in self.columns else column

    def called(self, typed: str, column: str) -> ResolvedTicker:
        """A column, called by the universe's ticker where no other column is that stock, else by its own name."""
        ticker = column
        if column not in self.universe.by_ticker:
            symbol = symbol_of(self.universe.by_isin.get(column, column), self.market)
            known = _known(column, symbol, self.universe)
            if known is not None and not self._has_another(known, column):
                ticker = known
        new = self.universe.current(ticker)
        return ResolvedTicker(typed, column, ticker, new if new != ticker else None)

    def _has_another(self, ticker: str, column: str) -> bool:
        """Whether a stock has another column than this one, of the same exchange or of none."""
        stem, suffixes, _ = symbol_of(ticker, self.market)
        columns = _spellings(self.columns, self.market).get(stem, ())
        return any(own in ("", *suffixes[:1]) and other != column for own, other in columns)


def _in_listing(typed: str, symbol: Symbol, known: str | None, listing: _Listing) -> ResolvedTicker:
    """The ticker for a text that is not itself a column."""
    if known is not None:
        universe, new = listing.universe, listing.universe.current(known)
        renamed = new if new != known else None
        if (column := listing.column(known)) is not None:
            return ResolvedTicker(typed, column, known, renamed)
        for name in (new, *universe.old_names.get(new, ())):
            if (column := listing.column(name)) is not None:
                return ResolvedTicker(typed, column, new, renamed)
    if (column := _column(symbol, listing.columns, listing.market)) is not None:
        return listing.called(typed, column)
    if known is None:
        name = symbol.stem if symbol.is_bare else next(_full_names(symbol))
        return ResolvedTicker(typed, name, name)
    new = listing.universe.current(known)
    return ResolvedTicker(typed, new, new, new if new != known else None)


def _stem(ticker: str) -> str:
    """A ticker without the marks of any market."""
    stem = ticker.rpartition(":")[2].partition(".")[0]
    marks = (mark for series in SERIES_MARKS.values() for mark in series)
    return next((stem.removesuffix(mark) for mark in marks if stem.endswith(mark)), stem)
