"""A run that computes heatmaps: the pending tickers are fitted in blocks, and every block is kept when it is done."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from factorcli.errors import RunStopped
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.specification import Specification
from factorcli.ports import MarketData, Progress, SharedRow
from factorcli.results.heat_columns import HeatColumns
from factorcli.results.heatmap import HeatRun
from factorcli.results.warnings import PROXY_WARNINGS, ResultWarning
from factorcli.service.cache_keys import stamp
from factorcli.service.context import Context
from factorcli.service.heatmap_blocks import Block, BlockCutter, BlockFit, FittedBlock
from factorcli.service.heatmap_store import HeatmapStore


@dataclass
class HeatmapRun:
    """The pending tickers of each window; `work` fits them."""

    context: Context
    spec: Specification
    todo: Mapping[int, set[str]]
    progress: Progress
    block_tickers: int
    resolved: dict[str, ResolvedTicker]
    _to_share: list[tuple[int, HeatColumns]] = field(default_factory=list)

    def work(self, chosen: Sequence[str]) -> tuple[tuple[ResultWarning, ...], RunStopped | None]:
        """Fit what is pending of these tickers; returns warnings, and the error that stopped the run, if any."""
        wanted = [ticker for ticker in chosen if any(ticker in part for part in self.todo.values())]
        if not wanted:
            return (), None
        market = self.context.open_market()
        notices = self._notices(market)
        listed = market.source.listed()
        for ticker in wanted:
            if ticker not in self.resolved:
                self.resolved[ticker] = replace(self.context.resolve(ticker, listed), ticker=ticker)
        asked = [self.resolved[ticker] for ticker in wanted]
        try:
            with market.fetching([one.column for one in asked]):
                return notices, self._fit_all(asked)
        finally:  # shared also after an error, and in few requests
            self._share()

    def _notices(self, market: MarketData) -> tuple[ResultWarning, ...]:
        """Warnings about proxies; raises early where factors lack prices."""
        notices: dict[ResultWarning, None] = {}
        for window, tickers in self.todo.items():
            if tickers:
                warnings = market.window((), window, self.spec.as_of, frequency=self.spec.returns).warnings
                notices |= dict.fromkeys(w for w in warnings if w.code in PROXY_WARNINGS)
        return tuple(notices)

    def _fit_all(self, asked: Sequence[ResolvedTicker]) -> RunStopped | None:
        """Fit and keep block by block; returns the error that stopped the run, if any."""
        context = self.context
        started, done, failed, stopped = context.clock.now(), 0, 0, None
        total = sum(map(len, self.todo.values()))
        self.progress(0, 0, total)
        executor = context.executor.suited(total)
        work = BlockFit(self.spec, context.model, context.source, context.policy.session)
        blocks = self._blocks(asked, elsewhere=executor.elsewhere)
        with closing(executor.run(work, blocks)) as results:
            for fitted in results:
                errors = (error for part in fitted.values() for error in part.errors.values())
                stopped = next((error for error in errors if isinstance(error, RunStopped)), None)
                parts = {w: part.without(stopped.code) for w, part in fitted.items()} if stopped else fitted
                failed += sum(len(part.errors) for part in parts.values())
                done += sum(len(part.columns.tickers) for part in parts.values())
                self._keep(parts, HeatRun(stamp(started), stamp(context.clock.now()), done, total))
                self.progress(done, failed, total)
                if stopped is not None:
                    break
        return stopped

    def _keep(self, parts: Mapping[int, FittedBlock], run: HeatRun) -> None:
        """Keep a block, here and for the team."""
        # Noted first: an interrupt right after the block is kept must find it here.
        if self.context.policy.shared:
            self._to_share += [(window, part.lasting) for window, part in parts.items()]
        HeatmapStore(self.context).add({window: part.columns for window, part in parts.items()}, run, self.spec)

    def _blocks(self, asked: Sequence[ResolvedTicker], *, elsewhere: bool) -> Iterator[Block]:
        """Blocks of these tickers, each made when it is taken."""
        cutter = BlockCutter(self.context, self.spec, self.todo, elsewhere)
        for start in range(0, len(asked), self.block_tickers):
            yield cutter.block(asked[start : start + self.block_tickers])

    def _share(self) -> None:
        """Share the rows of the current session."""
        store, session = HeatmapStore(self.context), self.context.policy.session
        rows: dict[SharedRow, bytes] = {}
        for window, columns in self._to_share:
            current = columns.of_origins(lambda origin: origin.is_current(session, self.spec.as_of))
            rows |= store.shared_rows(current, replace(self.spec, window=window))
            if self.spec.as_of is None and (day := current.most_common_day()).tickers:
                rows |= store.shared_rows(day, replace(self.spec, window=window, as_of=day.origin_of(0).as_of))
        self.context.answers.share(rows)
