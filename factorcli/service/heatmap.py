"""The use cases on the whole universe: compute a heatmap, report its status, show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isnan
from typing import TYPE_CHECKING, Any

from factorcli.analysis.heatmap import heatmap_stocks, summarised
from factorcli.errors import HeatmapNotComputed, InvalidOption, InvalidSetting, UnknownTicker
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY, Frequency
from factorcli.model.specification import Specification
from factorcli.ports import Progress
from factorcli.results.batch import Batch, Failure
from factorcli.results.heat_columns import HeatColumns
from factorcli.results.heatmap import Heatmap, HeatmapStatus, HeatRun, MissingStock
from factorcli.results.universe import StockInfo
from factorcli.service.context import Context
from factorcli.service.heatmap_days import kept_day
from factorcli.service.heatmap_store import HeatmapStore

if TYPE_CHECKING:
    from factorcli.service.heatmap_run import HeatmapRun

SORTS = {  # besides the factors' codes
    "market": "market_beta",
    "down": "down_beta",
    "r_squared": "r_squared",
    "alpha": "alpha_annual",
    "ticker": "ticker",
}


@dataclass(frozen=True)
class HeatmapService:
    """Heatmaps of the universe, cached as columns."""

    context: Context
    block_tickers: int | None = None  # fitted and kept at a time; None: as many as usual
    resolved: dict[str, ResolvedTicker] = field(default_factory=dict)  # that a run has looked up in the source

    def compute(
        self, tickers: Sequence[str], windows: Sequence[int], spec: Specification, *, force: bool, progress: Progress
    ) -> Batch[HeatmapStatus]:
        """Fit these tickers over these windows, and store every block when it is done.

        Results of the last closed session are not computed again unless forced; failures are. A run that
        rate-limiting stops keeps its finished blocks, and reports it. No window means the default ones. Raises Busy if
        another process is computing the same heatmap, and UpstreamError or NoHealthyProxy where factors lack prices.
        """
        from factorcli.service.heatmap_run import run_all

        run = self.run(tickers, windows, spec, force=force, progress=progress)
        (batch,) = map(self.outcome, run_all([run], self.context.executor))
        return batch

    def run(
        self, tickers: Sequence[str], windows: Sequence[int], spec: Specification, *, force: bool, progress: Progress
    ) -> "HeatmapRun":
        """The run that `compute` describes, before it is opened."""
        from factorcli.service.heatmap_blocks import BLOCK_TICKERS
        from factorcli.service.heatmap_run import HeatmapRun

        self._universe()
        self.context.check_date(spec)
        spec = self.context.settled(spec)
        return HeatmapRun(
            context=self.context,
            asked=[replace(spec, window=window) for window in default_windows(windows, spec.returns)],
            tickers=list(dict.fromkeys(tickers)),
            force=force,
            progress=progress,
            block_tickers=self.block_tickers or BLOCK_TICKERS,
            resolved=self.resolved,
        )

    def outcome(self, run: "HeatmapRun") -> Batch[HeatmapStatus]:
        """What a run came to, after it."""
        batch, stopped = self._outcome(run.asked, set(run.tickers)), run.stopped
        if stopped is None:
            return replace(batch, notices=run.notices)
        failure = Failure(None, stopped.code, str(stopped))
        return Batch(batch.results, (failure, *batch.failures), stopped.exit_code, run.notices)

    def _outcome(self, asked: Sequence[Specification], tickers: set[str]) -> Batch[HeatmapStatus]:
        """The statuses after a run, and the failures of these tickers."""
        statuses, computed = [], False
        failures: dict[tuple[str | None, str], Failure] = {}
        for one in asked:  # one window at a time, to limit memory
            kept = HeatmapStore(self.context).read(one)
            statuses.append(self._status(one, kept))
            failures |= {(f.ticker, f.code): f for f in _failures(kept) if f.ticker in tickers}
            computed |= any(ticker in tickers and ticker not in kept.failures for ticker in kept.tickers)
        status = 0 if not failures else 3 if computed else 4
        return Batch(tuple(statuses), tuple(failures.values()), status)

    def chosen(self, tickers: Sequence[str], sector: str | None = None) -> list[str]:
        """The universe's tickers for tickers as typed or, where there are none, all of a sector or of the universe.

        Raises UnknownTicker, and InvalidOption for an unknown sector.
        """
        universe = self.context.universe
        if tickers:
            return self.members(tickers)
        wanted = None if sector is None else universe.sector(sector)
        return [stock.ticker for stock in universe.stocks if wanted in (None, stock.sector)]

    def members(self, tickers: Sequence[str]) -> list[str]:
        """The universe's tickers for tickers as typed. Raises UnknownTicker."""
        return [self.member(ticker) for ticker in tickers]

    def status(self, windows: Sequence[int], spec: Specification) -> Batch[HeatmapStatus]:
        """The status of the heatmap of each window; no window means the default ones."""
        self.context.check_date(spec)
        spec = self.context.assumed(spec)
        asked = [replace(spec, window=window) for window in default_windows(windows, spec.returns)]
        return Batch(tuple(self._status(one, HeatmapStore(self.context).read(one)) for one in asked))

    def show(
        self, spec: Specification, *, sector: str | None = None, sort: str | None = None, top: int | None = None
    ) -> Heatmap:
        """The heatmap of a window, from the cache only. Raises HeatmapNotComputed.

        `sector` selects the stocks of a sector; `sort` is a factor's code, largest beta first, or one of SORTS;
        `top` is the maximum number of stocks.
        """
        context = self.context
        context.check_date(spec)
        spec = context.assumed(spec)
        wanted = None if sector is None else context.universe.sector(sector)
        members = [stock for stock in context.universe.stocks if wanted in (None, stock.sector)]
        column = self._sort_column(sort)
        self._universe()
        day = self._day(spec)
        table = with_universe(day, spec, context.universe.stocks)
        good, missing = _found(members, table, day)
        if not good:
            raise HeatmapNotComputed(self._not_computed_message(members, day, spec))
        rows = [i for _, i in good]
        origins = table.origins_of(rows)
        fullest = max(rows, key=table.observations.__getitem__)
        if column is not None:
            good.sort(key=lambda pair: _sort_key(table, column, pair[1]))
        return Heatmap(
            window=spec.window,
            as_of=max(origin.as_of for origin in origins),
            computed_at=max(origin.computed_at for origin in origins),
            stale=not all(origin.is_current(context.policy.session, spec.as_of) for origin in origins),
            total=len(members),
            model=table.origin_of(fullest).model,
            source=context.source,
            stocks=tuple(heatmap_stocks(table, good[:top])),
            sectors=tuple(one for one in table.sectors or () if wanted in (None, one.sector)),
            missing=missing,
            members_of=context.members_of,
            frequency=None if spec.returns is DAILY else spec.frequency,
        )

    def _day(self, spec: Specification) -> HeatColumns:
        """The rows of a window's day: of the present prices or, of a past day, as they were kept."""
        day = HeatmapStore(self.context).read(spec).most_common_day()
        if day.tickers or spec.as_of is None or (kept := kept_day(self.context, spec)) is None:
            return day
        return HeatmapStore(self.context, kept.place).read(spec)

    def run_name(self, spec: Specification) -> str:
        """The name of the lock that a run of this heatmap holds."""
        return self.context.policy.heat_prefix(self.context.assumed(spec))

    def _not_computed_message(self, members: Sequence[StockInfo], day: HeatColumns, spec: Specification) -> str:
        """The message for a heatmap without stocks."""
        failures = [day.failures[stock.ticker] for stock in members if stock.ticker in day.failures]
        if failures:
            first = failures[0]
            return f"All {len(failures)} stocks of this heatmap failed, among them {first.ticker}: {first.message}"
        asked = "" if spec.as_of is None else f" as of {spec.as_of}"
        return (
            f"No heatmap of window {spec.window}{asked} has been computed from {self.context.source} with this model "
            "and basis: compute it first."
        )

    def member(self, ticker: str) -> str:
        """The universe's ticker for one as typed. Raises UnknownTicker."""
        universe, day = self.context.universe, self.context.members_of
        if (own := ticker.strip().upper()) in universe.by_ticker:
            return own
        one = self.context.resolve(ticker, None)
        if one.ticker not in universe.by_ticker:
            near = universe.suggestions(ticker)
            hint = f" Did you mean {' or '.join(near)}?" if near else " A search of the universe finds one."
            then = "" if day == self.context.lists.universe_day else f" as of {day}"
            raise UnknownTicker(f"{one.ticker} is not in the universe{then}, and a heatmap is of the universe.{hint}")
        return one.ticker

    def _universe(self) -> Sequence[StockInfo]:
        """The stocks of the universe. Raises InvalidSetting where there is none."""
        stocks = self.context.universe.stocks
        if not stocks:
            market = self.context.model.market.id
            raise InvalidSetting(
                f"There is no universe of the market {market}: name a list of stocks in FACTOR_UNIVERSE."
            )
        return stocks

    def _status(self, spec: Specification, kept: HeatColumns) -> HeatmapStatus:
        context, total = self.context, len(self._universe())
        running = context.cache.holder(context.policy.heat_prefix(spec)) is not None
        if running:  # only rows that the run has computed or found current
            kept = kept.of_origins(lambda origin: origin.is_current(context.policy.session, spec.as_of))
        day = kept.most_common_day()
        run = HeatmapStore(context).run(spec) or _run_elsewhere(day)
        rows, failed = len(day.tickers), len(day.failures)
        return HeatmapStatus(
            window=spec.window,
            state="running" if running else "empty" if not rows else "partial" if rows < total else "complete",
            total=total,
            computed=rows - failed,
            failed=failed,
            pending=total - rows,
            percent=100.0 * rows / total,
            as_of=day.origin_of(0).as_of if rows > failed else None,
            started_at=run.started_at if run else None,
            updated_at=run.updated_at if run else None,
            eta_seconds=_eta(run) if run and running else None,
            failures=_failures(day),
        )

    def _sort_column(self, sort: str | None) -> str | None:
        """The column to sort by. Raises InvalidOption."""
        if sort is None:
            return None
        codes = {code.upper(): code for code in self.context.model.codes}
        if sort.upper() in codes:
            return f"betas.{codes[sort.upper()]}"
        if sort.lower() not in SORTS:
            raise InvalidOption(f"sort {sort!r} is not known: it can be {', '.join((*codes.values(), *SORTS))}.")
        return SORTS[sort.lower()]


def default_windows(windows: Sequence[int], returns: Frequency) -> tuple[int, ...]:
    """These windows without repeats, or the default ones of the frequency."""
    return tuple(dict.fromkeys(windows)) or returns.windows


def with_universe(day: HeatColumns, spec: Specification, stocks: Sequence[StockInfo]) -> HeatColumns:
    """The columns of a day with what depends on the whole universe, also if only a part of it is shown."""
    if spec.estimator == "vasicek" and len(day.tickers) > len(day.failures):
        from factorcli.analysis.prior import shrunk

        day = shrunk(day.without(day.failures.keys()))
    return day if day.sectors is not None else summarised(day, stocks)


def _sort_key(table: HeatColumns, column: str, i: int) -> Any:
    """What orders row i: the largest number first, unknown ones last; or the ticker."""
    if column == "ticker":
        return table.tickers[i]
    value = table.reals[column][i]
    return isnan(value), -value


def _found(
    members: Sequence[StockInfo], table: HeatColumns, day: HeatColumns
) -> tuple[list[tuple[StockInfo, int]], tuple[MissingStock, ...]]:
    """The members with a result and their rows of the table, and those without one on this day."""
    places, failures = table.positions, day.failures
    good, missing = [], []
    for stock in members:
        ticker = stock.ticker
        if ticker in failures:
            missing.append(MissingStock(ticker, failures[ticker].code))
        elif ticker in places:
            good.append((stock, places[ticker]))
        else:
            missing.append(MissingStock(ticker, "pending"))
    return good, tuple(missing)


def _failures(columns: HeatColumns) -> tuple[Failure, ...]:
    """The failures, in the order of the rows."""
    return tuple(columns.failures[ticker] for ticker in columns.tickers if ticker in columns.failures)


def _run_elsewhere(columns: HeatColumns) -> HeatRun | None:
    """The run that made rows from another machine, from their times."""
    count = len(columns.tickers)
    times = [origin.computed_at for origin in columns.origins_of(range(count))]
    return HeatRun(min(times), max(times), count, count) if times else None


def _eta(run: HeatRun) -> float | None:
    if not run.done:
        return None
    spent = (datetime.fromisoformat(run.updated_at) - datetime.fromisoformat(run.started_at)).total_seconds()
    return spent / run.done * (run.total - run.done)
