"""A run that computes heatmaps: the pending tickers are fitted in blocks, and every block is kept when it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from factorcli.errors import FactorError, RunStopped, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.specification import Specification
from factorcli.ports import MarketData, Progress, SharedRow
from factorcli.results.heat_columns import HeatColumns, joined
from factorcli.results.heatmap import HeatRun
from factorcli.results.warnings import PROXY_WARNINGS, ResultWarning
from factorcli.service.cache_keys import stamp
from factorcli.service.context import Context
from factorcli.service.heatmap_store import HeatmapStore

BLOCK_TICKERS = 100  # fitted and kept at a time


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


@dataclass
class HeatmapRun:
    """The pending tickers of each window; `work` fits them."""

    context: Context
    spec: Specification
    todo: Mapping[int, set[str]]
    progress: Progress
    block_tickers: int = BLOCK_TICKERS
    resolved: dict[str, ResolvedTicker] = field(default_factory=dict)
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
        context, store = self.context, HeatmapStore(self.context)
        started, done, failed, stopped = context.clock.now(), 0, 0, None
        total = sum(map(len, self.todo.values()))
        self.progress(0, 0, total)
        blocks = [asked[start : start + self.block_tickers] for start in range(0, len(asked), self.block_tickers)]
        for fitted in context.executor.run(self._fit_block, blocks):
            errors = (error for part in fitted.values() for error in part.errors.values())
            stopped = next((error for error in errors if isinstance(error, RunStopped)), None)
            parts = {w: part.without(stopped.code) for w, part in fitted.items()} if stopped else fitted
            failed += sum(len(part.errors) for part in parts.values())
            done += sum(len(part.columns.tickers) for part in parts.values())
            run = HeatRun(stamp(started), stamp(context.clock.now()), done, total)
            # Noted first: an interrupt right after the block is kept must find it here.
            if context.policy.shared:
                self._to_share += [(window, part.lasting) for window, part in parts.items()]
            store.add({window: part.columns for window, part in parts.items()}, run, self.spec)
            self.progress(done, failed, total)
            if stopped is not None:
                break
        return stopped

    def _fit_block(self, block: Sequence[ResolvedTicker]) -> dict[int, FittedBlock]:
        """The block's pending tickers of each window."""
        return {
            window: self._fit([one for one in block if one.ticker in tickers], replace(self.spec, window=window))
            for window, tickers in self.todo.items()
        }

    def _fit(self, block: Sequence[ResolvedTicker], spec: Specification) -> FittedBlock:
        from factorcli.analysis.eligibility import ineligible_tickers
        from factorcli.analysis.heat_columns import heat_columns

        parts: list[HeatColumns] = []
        errors: dict[str, FactorError] = {}
        for _, fitted in self.context.windows(block, spec) if block else ():
            found = ineligible_tickers(fitted)
            errors |= {fitted.tickers[i].ticker: error for i, error in found.items()}
            parts.append(heat_columns(fitted, found, self.context.policy.session))
        return FittedBlock(joined(parts, self.context.model.codes), errors)

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
