"""Runs that compute heatmaps: what is pending is fitted in blocks, and every block is kept when it is done."""

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from factorcli.errors import FactorError, NotKept, RunStopped
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.specification import Specification
from factorcli.ports import Executor, MarketData, Progress, SharedRow
from factorcli.results.heat_columns import HeatColumns
from factorcli.results.heatmap import HeatRun
from factorcli.results.warnings import PROXY_WARNINGS, ResultWarning
from factorcli.service.cache_keys import stamp
from factorcli.service.context import Context
from factorcli.service.heatmap_blocks import Block, BlockCutter, FittedBlock
from factorcli.service.heatmap_store import HeatmapStore


@dataclass
class HeatmapRun:
    """The run of one heatmap over some windows: it is opened, keeps its blocks in order, is merged, and closed.

    asked: a specification a window; tickers: each once; resolved: those that have been looked up in the source, by
    ticker. notices: warnings about proxies; stopped: the error that stopped the run, if any.
    """

    context: Context
    asked: Sequence[Specification]
    tickers: Sequence[str]
    force: bool
    progress: Progress
    block_tickers: int
    resolved: dict[str, ResolvedTicker]
    notices: tuple[ResultWarning, ...] = ()
    stopped: RunStopped | None = None
    _todo: dict[int, set[str]] = field(default_factory=dict)
    _pending: list[str] = field(default_factory=list)
    _blocks_left: int | None = None  # known once it is open
    _done: int = 0
    _failed: int = 0
    _started: datetime | None = None
    _to_share: list[tuple[int, HeatColumns]] = field(default_factory=list)
    _lock: ExitStack = field(default_factory=ExitStack)

    @property
    def spec(self) -> Specification:
        """The specification of the heatmap, whatever its window."""
        return self.asked[0]

    @property
    def fits(self) -> int:
        """How many tickers are pending, each over each window."""
        return sum(map(len, self._todo.values()))

    @property
    def is_done(self) -> bool:
        """Whether every block is kept."""
        return self._blocks_left == 0

    def open(self) -> None:
        """Take the lock, and find what is pending. Raises Busy."""
        context, store = self.context, HeatmapStore(self.context)
        self._lock.enter_context(context.cache.lock(context.policy.heat_prefix(self.spec)))
        for one in self.asked:
            store.adopt(one)
            again = self.force or context.policy.refresh
            current = set() if again else store.read(one).current(context.policy.session, self.spec.as_of)
            self._todo[one.window] = {ticker for ticker in self.tickers if ticker not in current}
        self._pending = [ticker for ticker in self.tickers if any(ticker in part for part in self._todo.values())]
        self._blocks_left = -(-len(self._pending) // self.block_tickers)

    def blocks(self, *, elsewhere: bool) -> Iterator[Block]:
        """The blocks of what is pending, each made when it is taken. Raises early where factors lack prices."""
        if not self._pending:
            return
        self._started = self.context.clock.now()
        market = self.context.open_market()
        self.notices = self._proxy_notices(market)
        asked = self._resolved(market.source.listed())
        cutter = BlockCutter(self.context, self.spec, self._todo, elsewhere)
        with market.fetching([one.column for one in asked]):
            for start in range(0, len(asked), self.block_tickers):
                yield cutter.block(asked[start : start + self.block_tickers])

    def keep(self, fitted: Mapping[int, FittedBlock]) -> None:
        """Keep the next block, here and for the team; of a block that stopped the run, what was done before.

        Raises NotKept, with how much is kept.
        """
        errors = (error for part in fitted.values() for error in part.errors.values())
        self.stopped = next((error for error in errors if isinstance(error, RunStopped)), None)
        parts = {w: part.without(self.stopped.code) for w, part in fitted.items()} if self.stopped else fitted
        self._blocks_left = (self._blocks_left or 0) - 1
        self._failed += sum(len(part.errors) for part in parts.values())
        kept, self._done = self._done, self._done + sum(len(part.columns.tickers) for part in parts.values())
        # Noted first: an interrupt right after the block is kept must find it here.
        if self.context.policy.shared:
            self._to_share += [(window, part.lasting) for window, part in parts.items()]
        now = self.context.clock.now()
        run = HeatRun(stamp(self._started or now), stamp(now), self._done, self.fits)
        try:
            HeatmapStore(self.context).add({window: part.columns for window, part in parts.items()}, run, self.spec)
        except NotKept as error:
            day = f" as of {self.spec.as_of}" if self.spec.as_of else ""
            raise NotKept(f"{error} Of the {self.fits:,} results{day} that were pending, {kept:,} are kept.") from None
        self.progress(self._done, self._failed, self.fits)

    def finish(self) -> None:
        """Merge the blocks of each window, when all are kept or the run has been stopped, and close the run.

        Raises NotKept where the heatmap's day cannot be kept.
        """
        with self._lock:
            self._share()
            store = HeatmapStore(self.context)
            with suppress(NotKept):  # the blocks stay, and the next run merges them
                store.merge(self.asked)
            try:
                for one in self.asked:
                    store.keep_day(one)
            except NotKept as error:
                raise NotKept(f"{error} The heatmap itself is kept, but not yet as that of its day.") from None

    def close(self) -> None:
        """Share what was kept, and release the lock; also after an error."""
        with self._lock:
            self._share()

    def _proxy_notices(self, market: MarketData) -> tuple[ResultWarning, ...]:
        """Warnings about proxies; raises early where factors lack prices."""
        notices: dict[ResultWarning, None] = {}
        for window, tickers in self._todo.items():
            if tickers:
                warnings = market.window((), window, self.spec.as_of, frequency=self.spec.returns).warnings
                notices |= dict.fromkeys(w for w in warnings if w.code in PROXY_WARNINGS)
        return tuple(notices)

    def _resolved(self, listed: frozenset[str] | None) -> list[ResolvedTicker]:
        for ticker in self._pending:
            if ticker not in self.resolved:
                self.resolved[ticker] = replace(self.context.resolve(ticker, listed), ticker=ticker)
        return [self.resolved[ticker] for ticker in self._pending]

    def _share(self) -> None:
        """Share the rows of the current session, in few requests."""
        to_share, self._to_share = self._to_share, []
        if not to_share:
            return
        store, session = HeatmapStore(self.context), self.context.policy.session
        rows: dict[SharedRow, bytes] = {}
        for window, columns in to_share:
            current = columns.of_origins(lambda origin: origin.is_current(session, self.spec.as_of))
            rows |= store.shared_rows(current, replace(self.spec, window=window))
            if self.spec.as_of is None and (day := current.most_common_day()).tickers:
                rows |= store.shared_rows(day, replace(self.spec, window=window, as_of=day.origin_of(0).as_of))
        self.context.answers.share(rows)


def run_all(runs: Sequence[HeatmapRun], executor: Executor) -> Generator[HeatmapRun, None, None]:
    """Run one after the other; each is given when it is merged and closed, and none follows one that was stopped.

    An executor may take blocks of later runs ahead. Raises what the runs and their blocks raise, once all runs before
    are merged.
    """
    queue, stopped = _Queue(iter(runs)), False
    try:
        if fits := queue.open_first():
            queue.opened[-1].progress(0, 0, fits)
            # The others are not open yet: about as much is pending of each.
            with closing(queue.fitted(executor.suited(fits * (len(runs) - len(queue.opened) + 1)))) as results:
                for fitted in results:
                    yield from queue.done()
                    run = queue.opened[0]
                    run.keep(fitted)
                    if stopped := run.stopped is not None:
                        break
                    yield from queue.done()
        yield from queue.done()
        if queue.error is not None and not stopped:
            raise queue.error
    finally:
        for run in queue.opened:
            run.close()


@dataclass
class _Queue:
    """The runs that are open, the first of which gets the next result."""

    runs: Iterator[HeatmapRun]
    opened: deque[HeatmapRun] = field(default_factory=deque)
    error: FactorError | None = None  # that kept a run from being opened, or a block from being made

    def open_first(self) -> int:
        """Open the runs up to the first with something pending; how many fits these are."""
        return next((run.fits for run in self._opening() if run.fits), 0)

    def fitted(self, executor: Executor) -> Generator[dict[int, FittedBlock], None, None]:
        """The results of the blocks of the open runs, and of the others, which are opened when their turn comes."""
        from factorcli.service.heatmap_fit import fit_block

        with closing(self._blocks(executor)) as blocks, closing(executor.run(fit_block, blocks)) as results:
            yield from results

    def done(self) -> Iterator[HeatmapRun]:
        """The runs at the head that are done or were stopped, merged and closed."""
        while self.opened and (self.opened[0].is_done or self.opened[0].stopped):
            run = self.opened[0]
            if run.fits:
                run.finish()
            self.opened.popleft()
            yield run

    def _blocks(self, executor: Executor) -> Generator[Block, None, None]:
        """The blocks of these runs; an error ends them, so that what was taken before is still kept."""
        try:
            for run in chain(tuple(self.opened), self._opening()):
                yield from run.blocks(elsewhere=executor.elsewhere)
        except FactorError as error:
            self.error = error

    def _opening(self) -> Iterator[HeatmapRun]:
        for run in self.runs:
            self.opened.append(run)
            run.open()
            if not run.fits:  # at once, as many days may be kept already
                run.finish()
            yield run
