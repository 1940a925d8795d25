"""Decisions in the library: what a stock and a portfolio can be asked beyond their exposures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import RLock
from typing import Any, TypeVar, Unpack

from factorcli.model.keywords import LeastSquaresOptions, specification
from factorcli.portfolio.given import BenchmarkLike, HoldingsLike, benchmark_of, holdings_of, trades_of
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.render.answers import Answer, answer, batch_of
from factorcli.render.charts.extras import Extras
from factorcli.render.decisions.answers import WhatIf
from factorcli.results.batch import Batch
from factorcli.service.context import Context
from factorcli.service.whatif import WhatIfService

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

    def whatif(
        self,
        *,
        to: HoldingsLike | None = None,
        trades: Mapping[str, float | str] | Iterable[tuple[str, float | str]] | None = None,
        benchmark: BenchmarkLike | None = None,
        by: str = "weight",
        **options: Unpack[LeastSquaresOptions],
    ) -> WhatIf:
        """What trades change in the exposures and the risk of the portfolio. Raises a FactorError.

        trades: by ticker, a change as a fraction of the portfolio's value (-0.05 sells 5 % of it), or a text ("-5%",
        "+10sh" for shares); cash is the counterpart. to: the holdings afterwards instead, as `Factor.portfolio` takes
        them; by: whether its numbers are "weight" or "quantity". benchmark: as in `Factor.beta`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> result = book.whatif(trades={"INFY": -0.1, "CASH": 0.1})
            >>> result.change.volatility < 0
            True
            >>> [(trade.ticker, round(trade.after, 2)) for trade in result.trades]
            [('INFY.NS', 0.4), ('CASH', 0.1)]
        """
        spec = specification(options, LeastSquaresOptions)
        after = None if to is None else holdings_of(to, by, "to")
        asked = None if trades is None else trades_of(trades)
        against = None if benchmark is None else benchmark_of(benchmark)
        request = Request((), (self.holdings,))
        return self.factor._decided(
            WhatIf, lambda context: WhatIfService(context).whatif(request, spec, after, asked, against)
        )
