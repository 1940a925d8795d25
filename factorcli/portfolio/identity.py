"""Which stocks the rows of holdings are: by ISIN before symbol, by name where there is neither, in one currency."""

import math
from collections.abc import Sequence
from dataclasses import replace

from factorcli.errors import ForeignListing, UnknownTicker
from factorcli.markets.market import Market
from factorcli.markets.tickers import resolve
from factorcli.markets.universe import Universe, plain_name
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.row import Row
from factorcli.results.warnings import ResultWarning


def identified(
    holdings: Holdings, universe: Universe, market: Market, listed: frozenset[str] | None = None
) -> Holdings:
    """The holdings with the tickers of the universe where ISIN or name tells, and without rows of another currency.

    An ISIN counts before a symbol, which may be a broker's own code; listed: the tickers of the source. Raises
    ForeignListing for a row in another currency and UnknownTicker for a company's name that is none, unless what is
    missing is left out.
    """
    holdings = _in_one_currency(holdings, market)
    holdings = _of_known_names(holdings, universe, market, listed)
    warnings = list(holdings.warnings)
    rows = []
    for row in holdings.rows:
        ticker = universe.by_isin.get(row.isin) or _named(row, universe)
        by_symbol = ticker and row.ticker != row.isin
        symbol = resolve(row.ticker, None, market, universe).ticker if by_symbol else None
        if symbol in universe.by_ticker and symbol != ticker:
            text = f"line {row.line}: {row.isin} is {ticker} and not {symbol}; the ISIN counts."
            warnings.append(ResultWarning("isin_counts", text))
        rows.append(row if ticker is None else replace(row, ticker=ticker))
    return replace(holdings, rows=tuple(rows), warnings=tuple(warnings))


def _named(row: Row, universe: Universe) -> str | None:
    """The ticker of a company's name that stands where a symbol should."""
    is_name = row.by_name or " " in row.ticker.strip()
    return universe.by_name.get(plain_name(row.ticker)) if is_name else None


def _of_known_names(holdings: Holdings, universe: Universe, market: Market, listed: frozenset[str] | None) -> Holdings:
    """The holdings without rows whose only name is of no stock of the universe and of the source."""

    def is_known(row: Row) -> bool:
        if not row.by_name or not row.amount or _named(row, universe):
            return True
        found = resolve(row.ticker, listed, market, universe)
        return found.ticker in universe.by_ticker or found.column in (listed or ())

    unknown = [row for row in holdings.rows if not is_known(row)] if universe.stocks else []
    if not unknown:
        return holdings
    said = "; ".join(_unknown_name(row, universe) for row in unknown[:5])
    if not holdings.drop_missing or len(unknown) == len(holdings.rows):
        raise UnknownTicker(
            f"{holdings.file} has names that are of no stock of the universe: {said}. Add a column of symbols or "
            "ISINs, or write the name as the universe has it."
        )
    return _without(holdings, unknown, said)


def _unknown_name(row: Row, universe: Universe) -> str:
    similar = universe.similar_names(row.ticker)
    hint = f" (did you mean {' or '.join(similar)}?)" if similar else ""
    return f"line {row.line}: {row.ticker[:60]!r}{hint}"


def _in_one_currency(holdings: Holdings, market: Market) -> Holdings:
    foreign = [row for row in holdings.rows if row.currency and row.currency != market.currency]
    if not foreign:
        return holdings
    said = "; ".join(f"line {row.line}: {row.ticker} is held in {row.currency}" for row in foreign[:5])
    if not holdings.drop_missing or len(foreign) == len(holdings.rows):
        raise ForeignListing(
            f"{holdings.file} is not in {market.currency}, the currency of the market {market.id}: {said}. A portfolio "
            "is of one currency."
        )
    return _without(holdings, foreign, said)


def _without(holdings: Holdings, dropped: Sequence[Row], said: str) -> Holdings:
    """The holdings without some rows, with a warning of their share."""
    kept = tuple(row for row in holdings.rows if row not in dropped)
    text = f"{said}: left out, {share_text(holdings, dropped)}."
    warnings = (*holdings.warnings, ResultWarning("left_out", text))
    return rescaled(replace(holdings, rows=kept, warnings=warnings), dropped)


def rescaled(holdings: Holdings, dropped: Sequence[Row]) -> Holdings:
    """Holdings without some rows, whose weight goes to the others and the cash in proportion; quantities stand."""
    left = 1.0 - math.fsum(row.amount for row in dropped)
    if not holdings.by_weight or not left > 0:
        return holdings
    rows = tuple(replace(row, amount=row.amount / left) for row in holdings.rows)
    return replace(holdings, rows=rows, cash=holdings.cash / left)


def share_text(holdings: Holdings, dropped: Sequence[Row]) -> str:
    """The share of the value that some rows have, as text: by weights, else by the values that the file says."""
    if holdings.by_weight:
        return f"{math.fsum(row.amount for row in dropped):.1%} of the value"
    values = [row.value for row in (*holdings.rows,)]
    own = math.fsum(row.value for row in dropped)
    if all(map(math.isfinite, values)) and (total := math.fsum(values) + holdings.cash) > 0 and math.isfinite(own):
        return f"{own / total:.1%} of the value that the file says"
    return "with a share of the value that cannot be told, as it has no price"
