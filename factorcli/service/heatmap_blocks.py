"""Blocks of a heatmap's tickers: made where the prices are, fitted wherever an executor runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from factorcli.errors import FactorError, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY, Frequency
from factorcli.model.specification import Specification
from factorcli.ports import MarketData, MarketWindow
from factorcli.results.heat_columns import HeatColumns
from factorcli.service.cache_keys import stamp
from factorcli.service.context import Context

BLOCK_TICKERS = 250  # fitted and kept at a time, whatever runs them


class BlockMarket(Protocol):
    """What a block needs of a market."""

    def windows(
        self, tickers: Sequence[str], days: int, as_of: date | None, *, frequency: Frequency = DAILY
    ) -> Sequence[tuple[list[int], MarketWindow]]:
        """The windows of groups of tickers, as `ports.MarketData.windows` has them."""


@dataclass(frozen=True)
class CutWindows:
    """Implements `BlockMarket` for the tickers of one block, from windows that another process has cut."""

    by_days: Mapping[int, Sequence[tuple[list[int], MarketWindow]]]

    def windows(
        self,
        tickers: Sequence[str],  # noqa: ARG002
        days: int,
        as_of: date | None,  # noqa: ARG002
        *,
        frequency: Frequency = DAILY,  # noqa: ARG002
    ) -> Sequence[tuple[list[int], MarketWindow]]:
        """The windows of this length."""
        return self.by_days[days]


@dataclass(frozen=True)
class Block:
    """The pending tickers of each window, and all that fitting them needs; can be pickled, as it has no port.

    market: of another process, the tickers alone; universe: without other stocks; session: the last closed one.
    """

    spec: Specification  # but for the window
    todo: Mapping[int, Sequence[ResolvedTicker]]
    market: BlockMarket
    model: FactorModel
    source: str
    session: date
    universe: Universe
    computed_at: str
    left_alone: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class FittedBlock:
    """A block of tickers over one window: its columns, and the errors of the tickers without a result."""

    columns: HeatColumns
    errors: Mapping[str, FactorError]

    def without(self, code: str) -> "FittedBlock":
        """Without the tickers that failed with a code."""
        gone = [ticker for ticker, error in self.errors.items() if error.code == code]
        errors = {ticker: error for ticker, error in self.errors.items() if ticker not in gone}
        return FittedBlock(self.columns.without(gone), errors)

    @property
    def lasting(self) -> HeatColumns:
        """The columns without failures of the source that will pass."""
        return self.columns.without([t for t, error in self.errors.items() if isinstance(error, UpstreamError)])


@dataclass(frozen=True)
class BlockCutter:
    """Makes blocks of the pending tickers of each window.

    elsewhere: whether another process fits them: it gets a market that draws prices itself, or else windows of prices
    that have been read and cleaned here.
    """

    context: Context
    spec: Specification
    todo: Mapping[int, set[str]]
    elsewhere: bool

    def block(self, tickers: Sequence[ResolvedTicker]) -> Block:
        """The block of these tickers. Raises what `MarketData.window` raises."""
        todo = {window: [one for one in tickers if one.ticker in part] for window, part in self.todo.items()}
        market = self.context.open_market()
        known = self.context.universe.by_ticker
        stocks = tuple(known[one.ticker] for one in tickers if one.ticker in known)
        return Block(
            spec=self.spec,
            todo=todo,
            market=self._carried(market, tickers, todo) if self.elsewhere else market,
            model=self.context.model,
            source=self.context.source,
            session=self.context.policy.session,
            universe=replace(self.context.universe, stocks=stocks),
            computed_at=stamp(self.context.clock.now()),
            left_alone=market.source.left_alone,
        )

    def _carried(
        self,
        market: MarketData,
        tickers: Sequence[ResolvedTicker],
        todo: Mapping[int, Sequence[ResolvedTicker]],
    ) -> BlockMarket:
        """A market of these tickers that can be pickled."""
        drawn = market.drawn([one.column for one in tickers])
        if drawn is not None:
            return drawn
        specs = {window: replace(self.spec, window=window) for window in todo}
        return CutWindows({window: windows_of(market, pending, specs[window]) for window, pending in todo.items()})


def windows_of(
    market: BlockMarket, tickers: Sequence[ResolvedTicker], spec: Specification
) -> Sequence[tuple[list[int], MarketWindow]]:
    """The windows of groups of tickers (their positions); none of no tickers."""
    if not tickers:
        return ()
    return market.windows([one.column for one in tickers], spec.window, spec.as_of, frequency=spec.returns)
