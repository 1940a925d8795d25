"""Decisions in the library: what a stock and a portfolio can be asked beyond their exposures."""

from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Any, TypeVar, Unpack

from factorcli.errors import InvalidOption, InvalidTicker
from factorcli.model.keywords import PeersOptions, WindowOptions, check_text, check_top, specification
from factorcli.portfolio.holdings import Holdings
from factorcli.render.answers import Answer, answer, batch_of
from factorcli.render.charts.extras import Extras
from factorcli.render.decisions.answers import PeersResult, Screen
from factorcli.results.batch import Batch
from factorcli.service.context import Context
from factorcli.service.members import noted, with_members
from factorcli.service.peers import PeersService
from factorcli.service.screen import ScreenService

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

    def screen(
        self,
        where: str | Iterable[str],
        *,
        sort: str | None = None,
        top: int | None = None,
        sector: str | None = None,
        members: str | None = None,
        **options: Unpack[WindowOptions],
    ) -> Screen:
        """The stocks of a computed heatmap that meet every condition. Raises InvalidOption, HeatmapNotComputed.

        where: conditions such as "SZ > 1", "SZ.q < 0.05", "alpha > 5%" and "sector = Power"; columns are the factors'
        codes, CODE.t, CODE.q, market, down, r_squared, alpha, observations, sector, ticker and name, operators > >= <
        <= = and !=. sort: a column, the largest first (of q-values the smallest); top: only the first stocks; sector
        and members: as in `heatmap`.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS", "INFY", "RELIANCE"], windows=[252])
            >>> [stock.ticker for stock in factor.screen("MKT < 10", sort="market", top=1)]
            ['RELIANCE.NS']
        """
        spec = specification(options, WindowOptions)
        check_top(top)
        for name, text in (("sort", sort), ("sector", sector), ("members", members)):
            check_text(name, text)
        conditions = [where] if isinstance(where, str) else list(where) if isinstance(where, Iterable) else []
        if not conditions or not all(isinstance(one, str) for one in conditions):
            raise InvalidOption(f"where is {where!r}: give conditions as texts, such as ['SZ > 1'].")
        with self._lock:
            context = with_members(self._context, spec.as_of, members)
            found = noted(context, ScreenService(context).screen(spec, conditions, sort, top, sector))
        made = answer(Screen, found, extras=self._named)
        object.__setattr__(made, "_schema", "factor.screen/1")
        return made

    def peers(
        self, ticker: str, *, top: int | None = 10, sector: str | None = None, **options: Unpack[PeersOptions]
    ) -> PeersResult:
        """The stocks of a computed heatmap whose betas are nearest to those of a stock. Raises a FactorError.

        top: how many, None for all of the heatmap; sector: of this sector only. Betas are in the basis "residual". The
        heatmap names the stocks; HeatmapNotComputed is raised where none of the window has been computed.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS", "INFY", "WIPRO"], windows=[252])
            >>> len(factor.peers("RELIANCE", top=2).peers)
            2
        """
        spec = specification(options, PeersOptions)
        check_top(top)
        check_text("sector", sector)
        if not isinstance(ticker, str):
            raise InvalidTicker(f"{ticker!r} is not a ticker: give a text such as 'TCS.NS'.")
        return self._decided(PeersResult, lambda context: PeersService(context).peers([ticker], spec, top, sector))


class PortfolioDecisions:
    """What a portfolio answers."""

    factor: TickerDecisions
    holdings: Holdings
