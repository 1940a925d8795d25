"""Young holdings with the mean return of their sector before their first price, from prices at hand."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.specification import Specification
from factorcli.ports import StandIn, StockWindow
from factorcli.service.context import Context

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.portfolio.fill import SectorReturns


def fit_filled(
    context: Context, tickers: Sequence[ResolvedTicker], spec: Specification, filled: Sequence[bool]
) -> "FittedWindow":
    """As `Context.fit`, with the means of their sectors before the first price of the tickers to be filled (a mask).

    A ticker may come twice, filled and not. Nothing is fetched but these tickers. One that is of no sector, or with
    too few others of it at hand, stays as it is, and the reason is part of its report.
    """
    distinct = {one.ticker: one for one in tickers}
    names = list(distinct)
    columns = [names.index(one.ticker) for one in tickers]

    def window(*, whole: bool) -> StockWindow:
        own = [one.column for one in distinct.values()]
        found = context.open_market().window(own, spec.window, spec.as_of, whole=whole, frequency=spec.returns)
        chosen = found if len(columns) == len(distinct) else found.of(columns)
        return chosen.filled(dict(_stand_ins(context, tickers, spec, filled, chosen, whole=whole)))

    return context.fitted(tickers, spec, window(whole=False), window(whole=True) if spec.rolling else None)


def _stand_ins(
    context: Context,
    tickers: Sequence[ResolvedTicker],
    spec: Specification,
    filled: Sequence[bool],
    window: StockWindow,
    *,
    whole: bool,
) -> Iterator[tuple[int, StandIn]]:
    """What stands in for each ticker to be filled whose prices begin within the window, by place."""
    from factorcli.portfolio.fill import without_sector

    known: dict[str, SectorReturns] = {}
    for place, (one, wanted) in enumerate(zip(tickers, filled, strict=True)):
        first = window.report(place).first_price if wanted else None
        if first is None or first < window.dates[0]:
            continue
        stock = context.universe.by_ticker.get(context.universe.current(one.ticker))
        if stock is None or not stock.sector:
            yield place, without_sector(one.ticker)
            continue
        if stock.sector not in known:
            known[stock.sector] = _sector(context, stock.sector, spec, whole=whole)
        yield place, known[stock.sector].stand_in(window, place, one.column)


def _sector(context: Context, sector: str, spec: Specification, *, whole: bool) -> "SectorReturns":
    """The returns of the stocks of a sector whose prices need no request."""
    from factorcli.portfolio.fill import SectorReturns

    listed, market = context.listed(), context.open_market()
    stocks = [stock.ticker for stock in context.universe.stocks if stock.sector == sector]
    columns = dict.fromkeys(context.resolve(ticker, listed).column for ticker in stocks)
    there = market.source.at_hand(list(columns))
    if not there:
        return SectorReturns(sector, (), None)
    return SectorReturns(
        sector, there, market.window(there, spec.window, spec.as_of, whole=whole, frequency=spec.returns)
    )
