"""Decisions in the library: what a stock and a portfolio can be asked beyond their exposures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar, Unpack

from factorcli.errors import InvalidOption, InvalidTicker
from factorcli.model.keywords import LeastSquaresOptions, specification
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.lots import Lots
from factorcli.portfolio.request import Request
from factorcli.render.answers import Answer, answer, batch_of
from factorcli.render.charts.extras import Extras
from factorcli.render.decisions.answers import HedgeResult
from factorcli.results.batch import Batch
from factorcli.service.context import Context
from factorcli.service.hedge import HedgeService

LotsLike = str | Path | Mapping[str, float]
A = TypeVar("A", bound=Answer)


class TickerDecisions:
    """What a Factor answers about a ticker."""

    _context: Context
    _lock: RLock

    def _named(self, _: Sequence[Any], width: int) -> Extras:
        """What pictures show besides the results: the names of factors."""
        return Extras(width, self._context.model.names)

    def _decided(self, kind: type[A], ask: Callable[[Context], Batch[Any]]) -> A:
        """The only result of a use case. Raises the FactorError that is in its place."""
        with self._lock:
            found = ask(self._context)
        if not found.results:
            batch_of((), found, "").raise_failures()
        return answer(kind, found.results[0], extras=self._named)

    def hedge(
        self,
        ticker: str,
        instruments: Iterable[str],
        *,
        lots: LotsLike | None = None,
        value: float | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> HedgeResult:
        """What to hold of instruments so that a stock moves least. Raises the FactorError that is in its place.

        lots: where only whole contracts can be held, the size of each instrument's lot, or the path of a file with
        ticker, lot, price and short; value: of what is held of the stock, in the market's currency, which lots need.

        Examples:
            >>> hedge = factor.hedge("TCS", ["^NSEI"], lots={"^NSEI": 75}, value=10_000_000)
            >>> (nifty,) = hedge.instruments
            >>> nifty.lots < 0, nifty.lot_size
            (True, 75.0)
        """
        if not isinstance(ticker, str):
            raise InvalidTicker(f"{ticker!r} is not a ticker: give a text such as 'TCS.NS'.")
        return self._hedged(Request((ticker,)), instruments, lots, value, options)

    def _hedged(
        self, request: Request, instruments: Iterable[str], lots: object, value: object, options: LeastSquaresOptions
    ) -> HedgeResult:
        if isinstance(instruments, str) or not isinstance(instruments, Iterable):
            raise InvalidTicker(f"{instruments!r} is not a list of instruments: give one, such as ['^NSEI'].")
        names = list(instruments)
        for name in names:
            if not isinstance(name, str):
                raise InvalidTicker(f"{name!r} is not a ticker: give a text such as '^NSEI'.")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidOption(f"value is {value!r}, but must be an amount of money.")
        spec, contracts = specification(options, LeastSquaresOptions), _lots(lots)
        ask = lambda context: HedgeService(context).hedge(request, spec, names, contracts, value)  # noqa: E731
        return self._decided(HedgeResult, ask)


class PortfolioDecisions:
    """What a portfolio answers."""

    factor: TickerDecisions
    holdings: Holdings

    def hedge(
        self,
        instruments: Iterable[str],
        *,
        lots: LotsLike | None = None,
        value: float | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> HedgeResult:
        """What to hold of instruments so that the portfolio moves least; lots as for a stock.

        value: of the portfolio, where it has weights. Raises the FactorError that is in its place.

        Examples:
            >>> book = factor.portfolio([("TCS", 100), ("INFY", 250)], by="quantity")
            >>> hedge = book.hedge(["^NSEI", "MID150BEES"])
            >>> [instrument.ticker for instrument in hedge.instruments]
            ['^NSEI', 'MID150BEES.NS']
            >>> hedge.value > 0
            True
        """
        request = Request((), (self.holdings,))
        return self.factor._hedged(request, instruments, lots, value, options)


def _lots(lots: object) -> Lots | None:
    if lots is None:
        return None
    if isinstance(lots, str | Path):
        return Lots.load(lots)
    if not isinstance(lots, Mapping):
        raise InvalidOption(f"lots is {lots!r}: give the path of a file, or a mapping of ticker to size.")
    return Lots.of(lots)
