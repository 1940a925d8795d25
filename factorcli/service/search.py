"""The use case of finding a ticker: in the universe, among the model's proxies, and in what a source lists."""

from collections.abc import Sequence

from factorcli.markets.market import Market
from factorcli.markets.tickers import resolve, symbol_of
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.results.universe import StockInfo


def find(text: str, universe: Universe, model: FactorModel, listed: frozenset[str] | None) -> tuple[StockInfo, ...]:
    """What matches a text, best match first: stocks of the universe, proxies, and other tickers of the source.

    A proxy has its factor as its name and no sector; another ticker of the source has neither.
    """
    also = {}
    for factor in model.factors:
        for proxy in factor.proxies:
            also[proxy] = StockInfo(proxy, f"{factor.name} ({factor.code})", "", "")
    for column in sorted(listed or ()):
        ticker = resolve(column, listed, model.market, universe).ticker
        also.setdefault(ticker, StockInfo(ticker, "", "", ""))
    others = [stock for ticker, stock in also.items() if ticker not in universe.by_ticker]
    return _ranked(text, universe, model.market, others)


def _ranked(text: str, universe: Universe, market: Market, others: Sequence[StockInfo]) -> tuple[StockInfo, ...]:
    """The stock that a text stands for, such as NSE:TCS or TCS-EQ, and what contains the text or its symbol."""
    written = " ".join(text.split()).upper()
    if not written:
        return universe.search(text, others)
    meant = universe.by_ticker.get(resolve(written, None, market, universe).ticker)
    found = universe.search(text, others) or universe.search(symbol_of(written, market).stem, others)
    return tuple(dict.fromkeys((*((meant,) if meant else ()), *found)))
