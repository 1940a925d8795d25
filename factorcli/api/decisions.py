"""Decisions in the library: what a stock and a portfolio can be asked beyond their exposures."""

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any, TypeVar

from factorcli.portfolio.holdings import Holdings
from factorcli.render.answers import Answer, answer, batch_of
from factorcli.render.charts.extras import Extras
from factorcli.results.batch import Batch
from factorcli.service.context import Context

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


class PortfolioDecisions:
    """What a portfolio answers."""

    factor: TickerDecisions
    holdings: Holdings
