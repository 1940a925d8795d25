"""The portfolios of a question: their positions, and windows of all stocks, fitted once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from factorcli.errors import DataError, FactorError, InvalidPortfolio, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY
from factorcli.model.specification import Specification
from factorcli.portfolio.positions import PORTFOLIO, Positions
from factorcli.portfolio.request import Unread
from factorcli.results.exposure import Exposure
from factorcli.service.context import Context, Listing

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.portfolio.exposure import FittedPortfolio
    from factorcli.portfolio.holdings import Holdings

OF_ONE = (DataError, UpstreamError, InvalidPortfolio)  # what concerns one portfolio; else the whole question


@dataclass(frozen=True)
class Wanted:
    """A ticker of a window; filled: with the mean return of its sector before its first price."""

    ticker: ResolvedTicker
    filled: bool = False

    @property
    def key(self) -> tuple[str, bool]:
        """What makes it the same column."""
        return self.ticker.ticker, self.filled


@dataclass
class Windows:
    """Fitted windows of one specification; one of daily returns is fitted once for all tickers.

    lasting: whether the tickers may be taken from those that are kept, and kept.
    """

    context: Context
    spec: Specification
    every: Iterable[Wanted]
    lasting: bool = True

    def of(self, wanted: Sequence[Wanted]) -> "FittedWindow":
        """The window of these tickers, in this order. Raises what `Context.fit` raises."""
        return self.whole.of(self.places(wanted)) if self.shared else self._fit(wanted)

    @property
    def shared(self) -> bool:
        """Whether all tickers are on the same sessions, as days are."""
        return self.spec.returns is DAILY

    def places(self, wanted: Sequence[Wanted]) -> list[int]:
        """The columns of these tickers in `whole`."""
        places = self._fitted[1]
        return [places[one.key] for one in wanted]

    @property
    def whole(self) -> "FittedWindow":
        """The window of all tickers, and perhaps of others."""
        return self._fitted[0]

    @cached_property
    def _fitted(self) -> "tuple[FittedWindow, dict[tuple[str, bool], int]]":
        """The window of all tickers, and the column of each."""
        distinct = list({one.key: one for one in self.every}.values())
        if not self.lasting or not self.shared or any(one.filled for one in distinct):
            return self._fit(distinct), {one.key: place for place, one in enumerate(distinct)}
        window, places = self.context.fit_kept([one.ticker for one in distinct], self.spec)
        return window, {one.key: place for one, place in zip(distinct, places, strict=True)}

    def _fit(self, wanted: Sequence[Wanted]) -> "FittedWindow":
        tickers = [one.ticker for one in wanted]
        if not any(one.filled for one in wanted):
            return self.context.fit(tickers, self.spec)
        from factorcli.service.fill import fit_filled

        return fit_filled(self.context, tickers, self.spec, [one.filled for one in wanted])


@dataclass
class Resolver:
    """Which tickers are meant, each asked for once."""

    context: Context
    listed: Listing
    known: dict[str, ResolvedTicker] = field(default_factory=dict)

    def tickers(self, typed: Sequence[str]) -> list[ResolvedTicker]:
        """The tickers as the source knows them. Raises InvalidOption, and what reading prices raises."""
        new = list(dict.fromkeys(one for one in typed if one not in self.known))
        found = self.context.decided([self.context.resolve(one, self.listed) for one in new])
        self.known |= zip(new, found, strict=True)
        return [self.known[one] for one in typed]

    def positions(self, holdings: "Holdings | Unread") -> Positions:
        """The positions of a portfolio. Raises InvalidPortfolio, ForeignListing and UnknownTicker."""
        from factorcli.portfolio.identity import identified

        if isinstance(holdings, Unread):
            raise holdings.error
        holdings = identified(holdings, self.context.universe, self.context.model.market, self.listed)
        self.tickers([row.ticker for row in holdings.rows])
        return Positions.of(holdings, self.known.__getitem__)

    def read(self, portfolios: "Sequence[Holdings | Unread]") -> tuple[dict[int, Positions], dict[int, FactorError]]:
        """The positions of portfolios by their place, and why others have none. Raises other UsageErrors."""
        read: dict[int, Positions] = {}
        wrong: dict[int, FactorError] = {}
        for i, holdings in enumerate(portfolios):
            try:
                read[i] = self.positions(holdings)
            except OF_ONE as error:
                wrong[i] = error
        return read, wrong


def stocks_of(positions: Positions) -> list[Wanted]:
    """The stocks of a portfolio, in its order, filled where it says so."""
    return [Wanted(one, positions.holdings.fill_sector) for one in positions.tickers]


def portfolio_exposures(
    context: Context, spec: Specification, listed: Listing, portfolios: "Sequence[Holdings | Unread]"
) -> list[Exposure | FactorError]:
    """The exposure of each portfolio, or why it has none; of daily returns all are fitted together.

    They are not cached, as a file of holdings is private. Raises UsageErrors, those of files excepted.
    """
    read, wrong = Resolver(context, listed).read(portfolios)
    found: dict[int, Exposure | FactorError] = dict(wrong)
    windows = Windows(context, spec, [one for positions in read.values() for one in stocks_of(positions)])
    if spec.decisions:
        return _decided(windows, read, found)
    for i, held in fitted_together(windows, read).items():
        found[i] = held if isinstance(held, FactorError) else held.exposure()
    return [found[i] for i in range(len(portfolios))]


def _decided(
    windows: Windows, read: Mapping[int, Positions], found: dict[int, Exposure | FactorError]
) -> list[Exposure | FactorError]:
    """The exposure of each portfolio with the decisions about it, beside what it is hedged with; `found` has others."""
    from factorcli.decisions.subject import Subject
    from factorcli.service.decisions import Decider

    decider = Decider(windows.context, windows.spec)
    others = [Wanted(one) for one in decider.instruments()]
    windows = replace(windows, every=[*windows.every, *others])
    for i, positions in read.items():
        try:
            held, both = fitted_alone(windows, positions, others)
        except OF_ONE as error:
            found[i] = error
            continue
        subject = Subject.of_portfolio(held, both if others else None)
        found[i] = replace(held.exposure(), decisions=decider.decisions(subject))
    return [found[i] for i in range(len(found))]


def fitted_together(windows: Windows, read: Mapping[int, Positions]) -> "dict[int, FittedPortfolio | FactorError]":
    """Portfolios by their number, fitted, or why one has no result; what has none is left out where they say so."""
    if not windows.shared:
        return {i: _tried(lambda one=one: fitted_alone(windows, one)[0]) for i, one in read.items()}  # type: ignore[misc]
    if not read:
        return {}
    try:
        stocks = windows.whole
    except OF_ONE as error:
        return dict.fromkeys(read, error)
    from factorcli.portfolio.eligibility import errors_of
    from factorcli.portfolio.exposure import fitted_portfolios, without_missing

    dropping = {i: windows.places(stocks_of(one)) for i, one in read.items() if one.holdings.drop_missing}
    lacking = errors_of(stocks, {place for places in dropping.values() for place in places})
    kept: dict[int, Positions] = {}
    for i, one in read.items():
        drops = i in dropping and not lacking.keys().isdisjoint(dropping[i])
        kept[i] = without_missing(one, stocks.of(dropping[i])) if drops else one
    found = fitted_portfolios(list(kept.values()), stocks, [windows.places(stocks_of(one)) for one in kept.values()])
    return dict(zip(kept, found, strict=True))


def fitted_alone(
    windows: Windows, positions: Positions, others: Sequence[Wanted] = ()
) -> "tuple[FittedPortfolio, FittedWindow]":
    """A portfolio on its own sessions, and the window of these other tickers and its stocks.

    Raises what `portfolio.exposure.fitted_portfolio` raises.
    """
    from factorcli.portfolio.exposure import fitted_portfolio, without_missing

    both = windows.of([*others, *stocks_of(positions)])
    stocks = both.of(range(len(others), len(both.tickers))) if others else both
    if positions.holdings.drop_missing and (kept := without_missing(positions, stocks)) is not positions:
        return fitted_alone(windows, replace(kept, holdings=replace(kept.holdings, drop_missing=False)), others)
    return fitted_portfolio(positions, stocks), both


def _tried(ask: "Callable[[], FittedPortfolio]") -> "FittedPortfolio | FactorError":
    try:
        return ask()
    except OF_ONE as error:
        return error


def failure_of(error: FactorError, holdings: "Holdings | Unread", *, many: bool) -> tuple[str, FactorError]:
    """The name under which a portfolio failed, and why; its message names the file where there are many.

    Raises the error where it concerns the only file.
    """
    if isinstance(error, InvalidPortfolio) and not many:
        raise error
    if many and holdings.file not in str(error):
        error = copy(error)
        error.args = (f"{holdings.file}: {error}",)
    return PORTFOLIO.ticker, error
