"""The provenance of a window's numbers, and the names of its stocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from factorcli.markets.universe import Universe
from factorcli.results.universe import StockInfo


@dataclass(frozen=True)
class Origin:
    """The universe that names stocks, the source of the prices, and when the numbers were computed (UTC, ISO).

    left_alone: the source's files without prices, as `ports.PriceSource` has them.
    """

    universe: Universe
    source: str
    computed_at: str
    left_alone: Sequence[tuple[str, str]] = ()

    def stock(self, ticker: str) -> StockInfo | None:
        """The stock of a ticker, by its current name; None outside the universe."""
        return self.universe.by_ticker.get(self.universe.current(ticker))
