"""The use case of a broker's file: which stocks it holds, without a price."""

import math
import re
from dataclasses import dataclass, replace

from factorcli.errors import InvalidPortfolio, InvalidTicker
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.identity import identified
from factorcli.portfolio.positions import Positions
from factorcli.portfolio.row import CASH
from factorcli.results.overview import ReadHolding, ReadHoldings
from factorcli.service.context import Context

MAX_HOLDINGS = 1000
SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.&=_^:-]{0,31}")


@dataclass(frozen=True)
class HoldingsService:
    """Files of holdings as what questions about a portfolio take."""

    context: Context

    def read(self, data: bytes, name: str) -> ReadHoldings:
        """The holdings of the bytes of a file, each stock once under the ticker of the universe; nothing is fetched.

        A company's name that is of no stock, and what is held in another currency, are left out with a warning. name:
        of the file in messages. Raises InvalidPortfolio, InvalidTicker, UnknownTicker and ForeignListing.
        """
        context, kept = self.context, self.context.cached_listing()
        listed, market = kept and kept.tickers, context.model.market
        typed = replace(Holdings.parse(data, name), drop_missing=True)
        known = identified(typed, context.universe, market, listed)
        for row in known.rows:
            ticker = row.ticker.strip().upper()
            if ticker not in context.universe.by_ticker and not SYMBOL.fullmatch(ticker):
                raise InvalidTicker(
                    f"{name}, line {row.line}: {row.ticker[:40]!r} is not a ticker; write one such as RELIANCE.NS, or "
                    "remove the line."
                )
        held = Positions.of(known, lambda ticker: context.resolve(ticker, listed))
        if len(held.tickers) > MAX_HOLDINGS:
            raise InvalidPortfolio(
                f"{name} holds {len(held.tickers):,} stocks, and at most {MAX_HOLDINGS:,} are taken: remove some."
            )
        by = "weight" if known.by_weight else "quantity"
        found = [(one.ticker, amount) for one, amount in zip(held.tickers, held.amounts, strict=True)]
        if known.cash:
            found.append((CASH, known.cash))
        stocks = context.universe.by_ticker
        holdings = tuple(
            ReadHolding(ticker, stocks[ticker].name if ticker in stocks else None, **{by: amount})
            for ticker, amount in found
            if math.isfinite(amount)
        )
        return ReadHoldings(holdings, held.warnings)
