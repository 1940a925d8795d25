"""The use cases on the whole universe: compute a heatmap, report its status, show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan
from typing import Any

from factorcli.analysis.heatmap import heat_row, heatmap_stock, q_values_by_ticker, sectors
from factorcli.errors import (
    FactorError,
    HeatmapNotComputed,
    InvalidOption,
    InvalidSetting,
    RunStopped,
    UnknownTicker,
    UpstreamError,
)
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY, Frequency
from factorcli.model.specification import Specification
from factorcli.ports import Key, Progress
from factorcli.results.batch import Batch, Failure
from factorcli.results.codec import decode, encode
from factorcli.results.heatmap import Heatmap, HeatmapStatus, HeatmapStock, HeatRow, HeatRun, MissingStock
from factorcli.results.warnings import PROXY_WARNINGS, ResultWarning
from factorcli.service.cache_keys import stamp
from factorcli.service.context import Context
from factorcli.service.heatmap_rows import cached_rows, is_current, most_common_day

BLOCK_TICKERS = 100  # fitted and stored at a time
SORTS = ("market", "down", "r_squared", "alpha", "ticker")


@dataclass(frozen=True)
class _Row:
    """A computed row, and the error that it records, if any."""

    row: HeatRow
    error: FactorError | None


@dataclass(frozen=True)
class HeatmapService:
    """Heatmaps of the universe, cached as one row per ticker and window."""

    context: Context

    def compute(
        self, tickers: Sequence[str], windows: Sequence[int], spec: Specification, *, force: bool, progress: Progress
    ) -> Batch[HeatmapStatus]:
        """Fit these tickers over these windows, and store every block when it is done.

        Rows of the last closed session are not computed again unless forced; failures are. A run that
        rate-limiting stops keeps its finished rows, and reports it. No window means the default ones. Raises Busy if
        another process is computing the same heatmap, and UpstreamError or NoHealthyProxy where factors lack prices.
        """
        context, members = self.context, self._universe()
        context.check_date(spec)
        spec = context.settled(spec)
        windows = default_windows(windows, spec.returns)
        chosen = list(dict.fromkeys(tickers))
        prefix = context.policy.heat_prefix(spec)
        with context.cache.lock(prefix):
            todo = {}
            for window in windows:
                rows = {} if force or context.policy.refresh else self._rows(replace(spec, window=window), chosen)
                todo[window] = {t for t in chosen if t not in rows or not self._current(rows[t])}
            notices, stopped = self._work(prefix, chosen, todo, spec, progress)
        asked, statuses, failures, computed = set(chosen), [], {}, False
        for window in windows:  # one window at a time, to limit memory
            rows = self._rows(replace(spec, window=window), members)
            statuses.append(self._status(prefix, window, rows))
            for row in rows.values():
                if row.ticker in asked and row.code is not None:
                    failures[row.ticker, row.code] = _failure(row)
                computed |= row.ticker in asked and row.code is None
        if stopped is not None:
            failure = Failure(None, stopped.code, str(stopped))
            return Batch(tuple(statuses), (failure, *failures.values()), stopped.exit_code, notices)
        status = 0 if not failures else 3 if computed else 4
        return Batch(tuple(statuses), tuple(failures.values()), status, notices)

    def members(self, tickers: Sequence[str]) -> list[str]:
        """The universe's tickers for tickers as typed. Raises UnknownTicker."""
        return [self._member(ticker) for ticker in tickers]

    def status(self, windows: Sequence[int], spec: Specification) -> Batch[HeatmapStatus]:
        """The status of the heatmap of each window; no window means the default ones."""
        self.context.check_date(spec)
        spec = self.context.assumed(spec)
        windows = default_windows(windows, spec.returns)
        prefix = self.context.policy.heat_prefix(spec)
        members = self._universe()
        found = ((window, self._rows(replace(spec, window=window), members)) for window in windows)
        return Batch(tuple(self._status(prefix, window, rows) for window, rows in found))

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
        universe = context.universe
        wanted = None if sector is None else universe.sector(sector)
        members = [stock for stock in universe.stocks if wanted in (None, stock.sector)]
        key = self._sort_key(sort)
        rows = most_common_day(self._rows(spec, self._universe()))
        known = {ticker: row for ticker, row in rows.items() if row.code is None}
        if spec.estimator == "vasicek" and known:
            from factorcli.analysis.prior import shrunk

            known = dict(zip(known, shrunk(list(known.values()), context.model.codes), strict=True))
            rows |= known
        q_values = q_values_by_ticker(known, context.model.codes)  # over the whole universe, also if only part is shown
        good = [rows[stock.ticker] for stock in members if stock.ticker in rows and rows[stock.ticker].code is None]
        if not good:
            raise HeatmapNotComputed(
                self._not_computed_message([rows[s.ticker] for s in members if s.ticker in rows], spec)
            )
        fullest = max(good, key=lambda row: row.observations)
        stocks = [heatmap_stock(universe.by_ticker[row.ticker], row, q_values[row.ticker]) for row in good]
        aggregates = sectors(stocks, context.model.codes)
        if key is not None:
            stocks.sort(key=key)
        return Heatmap(
            window=spec.window,
            as_of=max(row.as_of for row in good),
            computed_at=max(row.computed_at for row in good),
            stale=not all(self._current(row) for row in good),
            total=len(members),
            model=fullest.model,
            source=context.source,
            stocks=tuple(stocks[:top]),
            sectors=aggregates,
            missing=tuple(
                MissingStock(stock.ticker, "pending" if row is None else row.code or "")
                for stock in members
                if (row := rows.get(stock.ticker)) is None or row.code is not None
            ),
            members_of=context.members_of,
            frequency=None if spec.returns is DAILY else spec.frequency,
        )

    def run_name(self, spec: Specification) -> str:
        """The name of the lock that a run of this heatmap holds."""
        return self.context.policy.heat_prefix(self.context.assumed(spec))

    def _not_computed_message(self, rows: Sequence[HeatRow], spec: Specification) -> str:
        """The message for a heatmap without stocks."""
        if rows:
            return f"All {len(rows)} stocks of this heatmap failed, among them {rows[0].ticker}: {rows[0].message}"
        return (
            f"No heatmap of window {spec.window} has been computed from {self.context.source} with this model and "
            "basis: compute it first."
        )

    def _member(self, ticker: str) -> str:
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

    def _work(
        self, prefix: str, chosen: Sequence[str], todo: Mapping[int, set[str]], spec: Specification, progress: Progress
    ) -> tuple[tuple[ResultWarning, ...], RunStopped | None]:
        """Fit the pending tickers in blocks; returns warnings, and the error that stopped the run, if any."""
        context = self.context
        wanted = [ticker for ticker in chosen if any(ticker in part for part in todo.values())]
        if not wanted:
            return (), None
        market = context.open_market()
        notices: dict[ResultWarning, None] = {}
        for window, tickers in todo.items():  # raises early where factors lack prices
            if tickers:
                warnings = market.window((), window, spec.as_of, frequency=spec.returns).warnings
                notices |= dict.fromkeys(w for w in warnings if w.code in PROXY_WARNINGS)
        listed = market.source.listed()
        asked = [replace(context.resolve(ticker, listed), ticker=ticker) for ticker in wanted]
        started, done, failed, stopped = context.clock.now(), 0, 0, None
        total = sum(map(len, todo.values()))
        progress(0, 0, total)
        blocks = [asked[start : start + BLOCK_TICKERS] for start in range(0, len(asked), BLOCK_TICKERS)]
        kept: dict[Key, bytes] = {}
        try:
            with market.fetching([one.column for one in asked]):
                for fitted in context.executor.run(lambda block: self._fit_block(block, todo, spec), blocks):
                    stopped = next((one.error for one in fitted.values() if isinstance(one.error, RunStopped)), None)
                    lost = stopped.code if stopped else ""
                    rows = {key: one for key, one in fitted.items() if not lost or one.row.code != lost}
                    entries = {key: encode(one.row) for key, one in rows.items()}
                    failed += sum(one.error is not None for one in rows.values())
                    done += len(rows)
                    run = encode(HeatRun(stamp(started), stamp(context.clock.now()), done, total))
                    runs = {_run_key(prefix, window): run for window in todo}
                    # Noted first: an interrupt right after the rows are stored must find them here.
                    kept |= {key: entries[key] for key, one in rows.items() if self._is_shareable(one)}
                    context.cache.put({key.local: payload for key, payload in entries.items()} | runs)
                    progress(done, failed, total)
                    if stopped is not None:
                        break
        finally:  # shared also after an error, and in few requests
            context.answers.share(kept)
        return tuple(notices), stopped

    def _is_shareable(self, one: _Row) -> bool:
        """Whether a row may be shared: a row of the current session without a transient failure."""
        current = one.row.final or one.row.session == self.context.policy.session
        return current and not isinstance(one.error, UpstreamError)

    def _fit_block(
        self, block: Sequence[ResolvedTicker], todo: Mapping[int, set[str]], spec: Specification
    ) -> dict[Key, _Row]:
        rows: dict[Key, _Row] = {}
        for window, tickers in todo.items():
            part, asked = [one for one in block if one.ticker in tickers], replace(spec, window=window)
            keys = self.context.policy.heat_keys([one.ticker for one in part], asked)
            rows |= zip(keys, self._fit(part, asked) if part else (), strict=True)
        return rows

    def _fit(self, block: Sequence[ResolvedTicker], spec: Specification) -> list[_Row]:
        from factorcli.analysis.eligibility import ineligible

        session = self.context.policy.session
        rows = []
        for fitted, i in self.context.fits(block, spec):
            error = ineligible(fitted, i)
            rows.append(_Row(heat_row(fitted, i, error, session), error))
        return rows

    def _rows(self, spec: Specification, tickers: Sequence[str]) -> dict[str, HeatRow]:
        context = self.context
        return cached_rows(context.answers, context.policy, context.model, tickers, spec)

    def _current(self, row: HeatRow) -> bool:
        return is_current(row, self.context.policy.session)

    def _universe(self) -> list[str]:
        """The tickers of the universe. Raises InvalidSetting where there is none."""
        stocks = self.context.universe.stocks
        if not stocks:
            market = self.context.model.market.id
            raise InvalidSetting(
                f"There is no universe of the market {market}: name a list of stocks in FACTOR_UNIVERSE."
            )
        return [stock.ticker for stock in stocks]

    def _status(self, prefix: str, window: int, rows: Mapping[str, HeatRow]) -> HeatmapStatus:
        context = self.context
        members = self._universe()
        running = context.cache.holder(prefix) is not None
        if running:  # only rows that the run has computed or found current
            rows = {t: row for t, row in rows.items() if row.final or row.session == context.policy.session}
        rows = most_common_day(rows)
        failures = [_failure(rows[t]) for t in members if t in rows and rows[t].code is not None]
        kept = context.cache.get([_run_key(prefix, window)])
        run = next((decode(HeatRun, payload) for payload in kept.values()), None) or _run_elsewhere(rows)
        computed, pending = len(rows) - len(failures), len(members) - len(rows)
        return HeatmapStatus(
            window=window,
            state="running" if running else "empty" if not rows else "partial" if pending else "complete",
            total=len(members),
            computed=computed,
            failed=len(failures),
            pending=pending,
            percent=100.0 * len(rows) / len(members),
            as_of=max((row.as_of for row in rows.values() if row.code is None), default=None),
            started_at=run.started_at if run else None,
            updated_at=run.updated_at if run else None,
            eta_seconds=_eta(run) if run and running else None,
            failures=tuple(failures),
        )

    def _sort_key(self, sort: str | None) -> Callable[[HeatmapStock], Any] | None:
        if sort is None:
            return None
        codes = {code.upper(): code for code in self.context.model.codes}
        if sort.upper() in codes:
            code = codes[sort.upper()]
            return lambda stock: -stock.betas[code]
        keys: dict[str, Callable[[HeatmapStock], Any]] = {
            "market": lambda stock: -stock.market_beta,
            "down": lambda stock: (isnan(stock.down_beta), -stock.down_beta),
            "r_squared": lambda stock: -stock.r_squared,
            "alpha": lambda stock: -stock.alpha_annual,
            "ticker": lambda stock: stock.ticker,
        }
        if sort.lower() not in keys:
            raise InvalidOption(f"sort {sort!r} is not known: it can be {', '.join((*codes.values(), *SORTS))}.")
        return keys[sort.lower()]


def default_windows(windows: Sequence[int], returns: Frequency) -> tuple[int, ...]:
    """These windows without repeats, or the default ones of the frequency."""
    return tuple(dict.fromkeys(windows)) or returns.windows


def _run_key(prefix: str, window: int) -> str:
    return f"{prefix}/{window}/#run"


def _run_elsewhere(rows: Mapping[str, HeatRow]) -> HeatRun | None:
    """The run that made rows from another machine, from their times."""
    times = [row.computed_at for row in rows.values()]
    return HeatRun(min(times), max(times), len(rows), len(rows)) if rows else None


def _eta(run: HeatRun) -> float | None:
    if not run.done:
        return None
    spent = (datetime.fromisoformat(run.updated_at) - datetime.fromisoformat(run.started_at)).total_seconds()
    return spent / run.done * (run.total - run.done)


def _failure(row: HeatRow) -> Failure:
    return Failure(row.ticker, row.code or "", row.message or "")
