"""The fitted windows of stocks that a server or a library's user keeps between questions about portfolios."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.specification import Specification
from factorcli.ports import MarketData

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow

MAX_RETURNS = 260_000  # of all windows, at most 50 MB: 500 stocks of 504 days, or of 126, 252 and more
MAX_WINDOWS = 32
Fit = Callable[[Sequence[ResolvedTicker]], "FittedWindow"]


class _Kept(NamedTuple):
    """A window, and the column of each ticker in it."""

    window: "FittedWindow"
    places: dict[ResolvedTicker, int]

    @property
    def returns(self) -> int:
        """How many returns it has."""
        return len(self.window.tickers) * len(self.window.window.dates)


@dataclass
class KeptWindows:
    """Stocks that were fitted before, on daily returns, in a window for each specification; used by one thread.

    Nothing of a portfolio is kept: no weight, quantity, value, name or text. What is kept of a stock, under the name
    that the source has for it, are its returns and their fit, as a question about that stock alone would find them.
    They are of one opened market and are forgotten when it is opened anew, as it is once a session has closed, prices
    have changed, or some were not available. The windows that were used last are kept, up to MAX_RETURNS.
    """

    _market: MarketData | None = None
    _windows: OrderedDict[Specification, _Kept] = field(default_factory=OrderedDict)

    def window(
        self, market: MarketData, spec: Specification, tickers: Sequence[ResolvedTicker], fit: Fit
    ) -> "tuple[FittedWindow, list[int]]":
        """A window with at least these tickers, and the column of each; those that are new are fitted now.

        The window of a path, with every session of the source, is not kept.
        """
        if spec.rolling:
            return fit(tickers), list(range(len(tickers)))
        if market is not self._market:
            self._windows.clear()
            self._market = market
        wanted = [ResolvedTicker(one.ticker, one.column, one.ticker) for one in tickers]
        known = self._windows.pop(spec, None)
        new = [one for one in wanted if known is None or one not in known.places]
        if known is None or new:
            known = _of(_with(known, new, wanted, fit))
        self._keep(spec, known)
        places = [known.places[one] for one in wanted]
        called = dict(zip(places, tickers, strict=True))  # as this question calls them
        names = [called.get(i, one) for i, one in enumerate(known.window.tickers)]
        return replace(known.window, tickers=names), places

    def _keep(self, spec: Specification, known: _Kept) -> None:
        """Keep a window without the tickers that lack prices, old or new, and drop those used longest ago."""
        settled = [
            i
            for i, report in enumerate(known.window.reports)
            if report.last_price is not None and report.failure is None and not report.stale
        ]
        if not settled:
            return
        self._windows[spec] = known if len(settled) == len(known.places) else _of(known.window.of(settled))
        while self._windows and (
            len(self._windows) > MAX_WINDOWS or sum(one.returns for one in self._windows.values()) > MAX_RETURNS
        ):
            self._windows.popitem(last=False)


def _with(
    known: _Kept | None, new: Sequence[ResolvedTicker], wanted: Sequence[ResolvedTicker], fit: Fit
) -> "FittedWindow":
    """The known window and the new tickers; only those that are wanted where its sessions are others."""
    from factorcli.analysis.joined import joined

    found = fit(new)
    if known is not None and (both := joined(known.window, found)) is not None:
        return both
    whole = found if known is None else fit(wanted)
    return whole.of(range(len(wanted)))  # a copy, which does not hold on to prices before the window


def _of(window: "FittedWindow") -> _Kept:
    from factorcli.analysis.joined import with_known

    return _Kept(with_known(window), {one: i for i, one in enumerate(window.tickers)})
