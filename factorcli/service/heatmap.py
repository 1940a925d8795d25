"""The use cases on the whole universe: compute a heatmap, say how far it is, show it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean, median
from typing import Any

from factorcli.analysis.false_discovery import q_values
from factorcli.errors import HeatmapNotComputed, InvalidOption, RunStopped, UnknownTicker, UpstreamError
from factorcli.model.factor_model import BUILT_IN, DEFAULT_WINDOWS
from factorcli.model.specification import Asked, Query
from factorcli.ports import Key, Progress
from factorcli.results.beta import Batch, Failure, StockInfo
from factorcli.results.codec import decode, encode
from factorcli.results.heatmap import (
    Heatmap,
    HeatmapStatus,
    HeatmapStock,
    HeatRow,
    HeatRun,
    MissingStock,
    SectorAggregate,
)
from factorcli.service.cache_keys import stamp
from factorcli.service.exposures import FactorService
from factorcli.service.heatmap_rows import is_current, kept_rows, of_one_day

BLOCK = 100  # tickers that are fitted, and kept, at a time
ABOUT_FACTORS = ("proxy_fallback:", "stale_proxy:", "stale_prices:")  # warnings that a heatmap's rows do not show
# Codes of failures that are of this machine and moment, and no news for a team.
UPSTREAM = {UpstreamError.code, *(kind.code for kind in UpstreamError.__subclasses__())}
SORTS = ("market", "r_squared", "alpha", "ticker")


@dataclass(frozen=True)
class HeatmapService:
    """Heatmaps of a `FactorService`'s universe, kept in its cache a row a ticker and window."""

    service: FactorService

    def compute(
        self, tickers: Sequence[str], windows: Sequence[int], query: Query, *, force: bool, progress: Progress
    ) -> Batch[HeatmapStatus]:
        """Fit these tickers over these windows, and keep every block of them as it is done.

        Rows that answer for the last closed session are not computed again unless forced; failures
        are. A run that rate-limiting stops keeps what it has, and says so. Raises Busy if another process
        is computing the same heatmap, and UpstreamError or NoHealthyProxy where the factors cannot be had.
        """
        service = self.service
        service.check_date(query)
        chosen = list(dict.fromkeys(tickers))
        prefix = service.policy.heat_prefix(query)
        with service.cache.lock(prefix):
            todo = {}
            for window in windows:
                rows = {} if force or service.policy.refresh else self._rows(replace(query, window=window), chosen)
                todo[window] = {t for t in chosen if t not in rows or not self._current(rows[t])}
            notices, stopped = self._work(prefix, chosen, todo, query, progress)
        asked, statuses, failures, computed = set(chosen), [], {}, False
        for window in windows:  # a window at a time: the rows of a large universe are large
            rows = self._rows(replace(query, window=window), self._universe())
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
        """The universe's names of tickers as they are typed. Raises UnknownTicker."""
        return [self._member(ticker) for ticker in tickers]

    def status(self, windows: Sequence[int], query: Query) -> Batch[HeatmapStatus]:
        """How far the heatmap of each window is."""
        self.service.check_date(query)
        prefix = self.service.policy.heat_prefix(query)
        members = self._universe()
        found = ((window, self._rows(replace(query, window=window), members)) for window in windows)
        return Batch(tuple(self._status(prefix, window, rows) for window, rows in found))

    def show(
        self, query: Query, *, sector: str | None = None, sort: str | None = None, top: int | None = None
    ) -> Heatmap:
        """The heatmap of a window, from the cache only. Raises HeatmapNotComputed.

        `sector` makes it that of a sector's stocks; `sort` puts the largest first, by a factor's code
        or one of SORTS; `top` keeps so many stocks.
        """
        service = self.service
        service.check_date(query)
        universe = service.universe
        members = [s for s in universe.stocks if sector is None or s.sector == universe.sector(sector)]
        key = self._sort_key(sort)
        rows = of_one_day(self._rows(query, self._universe()))
        known = {ticker: row for ticker, row in rows.items() if row.code is None}
        adjusted = _adjusted(known, service.model.codes)  # over the whole universe, whatever is shown of it
        if query.estimator == "vasicek" and known:
            from factorcli.analysis.prior import shrunk

            rows |= zip(known, shrunk(list(known.values()), service.model.codes), strict=True)
        good = [rows[stock.ticker] for stock in members if stock.ticker in rows and rows[stock.ticker].code is None]
        if not good:
            raise HeatmapNotComputed(self._why_nothing([rows[s.ticker] for s in members if s.ticker in rows], query))
        fullest = max(good, key=lambda row: row.observations)
        stocks = [_stock(universe.by_ticker[row.ticker], row, adjusted[row.ticker]) for row in good]
        sectors = _sectors(stocks, service.model.codes)
        if key is not None:
            stocks.sort(key=key)
        return Heatmap(
            window=query.window,
            as_of=max(row.as_of for row in good),
            computed_at=max(row.computed_at for row in good),
            stale=not all(self._current(row) for row in good),
            total=len(members),
            model=fullest.model,
            source=service.source,
            stocks=tuple(stocks[:top]),
            sectors=sectors,
            missing=tuple(
                MissingStock(stock.ticker, "pending" if row is None else row.code or "")
                for stock in members
                if (row := rows.get(stock.ticker)) is None or row.code is not None
            ),
        )

    def _why_nothing(self, rows: Sequence[HeatRow], query: Query) -> str:
        """The sentence for a heatmap without stocks, with the command that computes it."""
        service = self.service
        if rows:
            return f"All {len(rows)} stocks of this heatmap failed, {rows[0].ticker} for one: {rows[0].message}"
        words = ["factor heatmap compute --all --window", str(query.window), "--source", shlex.quote(service.source)]
        words += [] if service.model.id in BUILT_IN else ["--model FILE"]
        words += [] if query.basis == "raw" else ["--basis", query.basis]
        words += [] if query.covariance == "hac" else ["--cov", query.covariance]
        words += [] if query.fitted == "ols" else ["--estimator", query.fitted]
        words += [] if query.half_life is None else ["--half-life", query.half_life_text]
        words += [] if query.as_of is None else ["--as-of", str(query.as_of)]
        return (
            f"No heatmap of window {query.window} has been computed from {service.source} with this model and basis: "
            f"run `{' '.join(words)}`."
        )

    def _member(self, ticker: str) -> str:
        universe = self.service.universe
        if (own := ticker.strip().upper()) in universe.by_ticker:
            return own
        one = self.service.resolve(ticker, None)
        if one.ticker not in universe.by_ticker:
            near = universe.suggestions(ticker)
            hint = f" Did you mean {' or '.join(near)}?" if near else " `factor universe search TEXT` finds one."
            raise UnknownTicker(f"{one.ticker} is not in the universe, and a heatmap is of the universe.{hint}")
        return one.ticker

    def _work(
        self, prefix: str, chosen: Sequence[str], todo: Mapping[int, set[str]], query: Query, progress: Progress
    ) -> tuple[tuple[str, ...], RunStopped | None]:
        """Fit what is to do, a block at a time; returns what must be said, and what stopped it, if anything did."""
        service = self.service
        wanted = [ticker for ticker in chosen if any(ticker in part for part in todo.values())]
        if not wanted:
            return (), None
        market = service.open_market()
        notices: dict[str, None] = {}
        for window, tickers in todo.items():  # without factors, nothing else is asked for
            if tickers:
                warnings = market.window((), window, query.as_of).warnings
                notices |= dict.fromkeys(w for w in warnings if w.startswith(ABOUT_FACTORS))
        listed = market.source.listed()
        asked = [replace(service.resolve(ticker, listed), ticker=ticker) for ticker in wanted]
        started, done, failed, stopped = service.clock.now(), 0, 0, None
        total = sum(map(len, todo.values()))
        progress(0, 0, total)
        kept: dict[Key, bytes] = {}
        try:
            with market.fetching([one.column for one in asked]):
                for start in range(0, len(asked), BLOCK):
                    block = asked[start : start + BLOCK]
                    rows = self._fit_block(block, todo, query)
                    if (stopped := self._stop(block)) is not None:
                        rows = {key: row for key, row in rows.items() if row.code != stopped.code}
                    entries = {key: encode(row) for key, row in rows.items()}
                    failed += sum(row.code is not None for row in rows.values())
                    done += len(rows)
                    run = encode(HeatRun(stamp(started), stamp(service.clock.now()), done, total))
                    runs = {_run_key(prefix, window): run for window in todo}
                    service.cache.put({key.local: payload for key, payload in entries.items()} | runs)
                    kept |= {key: entries[key] for key, row in rows.items() if self._is_news(row)}
                    progress(done, failed, total)
                    if stopped is not None:
                        break
        finally:  # a team gets what was done, however the run ended, and in few requests
            service.answers.share(kept)
        return tuple(notices), stopped

    def _stop(self, block: Sequence[Asked]) -> RunStopped | None:
        """What stopped the run while this block was fetched, if anything did."""
        failures = (self.service.open_market().failure(one.column) for one in block)
        return next((failure for failure in failures if isinstance(failure, RunStopped)), None)

    def _is_news(self, row: HeatRow) -> bool:
        """Whether a row is for the team: of the last session, and no failure that will pass."""
        return row.code not in UPSTREAM and (row.final or row.session == self.service.policy.session)

    def _fit_block(self, block: Sequence[Asked], todo: Mapping[int, set[str]], query: Query) -> dict[Key, HeatRow]:
        rows: dict[Key, HeatRow] = {}
        for window, tickers in todo.items():
            part, asked = [one for one in block if one.ticker in tickers], replace(query, window=window)
            keys = self.service.policy.heat_keys([one.ticker for one in part], asked)
            rows |= zip(keys, self._fit(part, asked) if part else (), strict=True)
        return rows

    def _fit(self, block: Sequence[Asked], query: Query) -> list[HeatRow]:
        from factorcli.analysis.fit import Answers

        service = self.service
        market = service.open_market()
        answers = Answers(
            asked=block,
            query=query,
            model=service.model,
            universe=service.universe,
            source=service.source,
            computed_at=stamp(service.clock.now()),
            window=market.window([one.column for one in block], query.window, query.as_of),
        )
        return [answers.heat_row(i, market, service.policy.session) for i in range(len(block))]

    def _rows(self, query: Query, tickers: Sequence[str]) -> dict[str, HeatRow]:
        service = self.service
        return kept_rows(service.answers, service.policy, service.model, tickers, query)

    def _current(self, row: HeatRow) -> bool:
        return is_current(row, self.service.policy.session)

    def _universe(self) -> list[str]:
        return [stock.ticker for stock in self.service.universe.stocks]

    def _status(self, prefix: str, window: int, rows: Mapping[str, HeatRow]) -> HeatmapStatus:
        service = self.service
        members = self._universe()
        running = service.cache.holder(prefix) is not None
        if running:  # what the run has done so far, or found done
            rows = {t: row for t, row in rows.items() if row.final or row.session == service.policy.session}
        rows = of_one_day(rows)
        failures = [_failure(rows[t]) for t in members if t in rows and rows[t].code is not None]
        kept = service.cache.get([_run_key(prefix, window)])
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
        codes = {code.upper(): code for code in self.service.model.codes}
        if sort.upper() in codes:
            code = codes[sort.upper()]
            return lambda stock: -stock.betas[code]
        keys: dict[str, Callable[[HeatmapStock], Any]] = {
            "market": lambda stock: -stock.market_beta,
            "r_squared": lambda stock: -stock.r_squared,
            "alpha": lambda stock: -stock.alpha_annual,
            "ticker": lambda stock: stock.ticker,
        }
        if sort.lower() not in keys:
            raise InvalidOption(f"--sort {sort!r} is not known: it can be {', '.join((*codes.values(), *SORTS))}.")
        return keys[sort.lower()]


def default_windows(windows: Sequence[int]) -> tuple[int, ...]:
    """The windows asked for, each once, or the model's three."""
    return tuple(dict.fromkeys(windows)) or DEFAULT_WINDOWS


def _run_key(prefix: str, window: int) -> str:
    return f"{prefix}/{window}/#run"


def _run_elsewhere(rows: Mapping[str, HeatRow]) -> HeatRun | None:
    """What rows from another machine say of the run that made them."""
    times = [row.computed_at for row in rows.values()]
    return HeatRun(min(times), max(times), len(rows), len(rows)) if rows else None


def _eta(run: HeatRun) -> float | None:
    if not run.done:
        return None
    spent = (datetime.fromisoformat(run.updated_at) - datetime.fromisoformat(run.started_at)).total_seconds()
    return spent / run.done * (run.total - run.done)


def _adjusted(rows: Mapping[str, HeatRow], codes: Sequence[str]) -> dict[str, dict[str, float]]:
    """q-values by ticker and factor code, each factor's tests by themselves."""
    columns = {code: q_values([row.p_values[code] for row in rows.values()]) for code in codes}
    return {ticker: {code: columns[code][i] for code in codes} for i, ticker in enumerate(rows)}


def _stock(stock: StockInfo, row: HeatRow, adjusted: dict[str, float]) -> HeatmapStock:
    return HeatmapStock(
        ticker=stock.ticker,
        name=stock.name,
        sector=stock.sector,
        betas=row.betas,
        t_stats=row.t_stats,
        q_values=adjusted,
        market_beta=row.market_beta,
        alpha_annual=row.alpha_annual,
        r_squared=row.r_squared,
        observations=row.observations,
    )


def _failure(row: HeatRow) -> Failure:
    return Failure(row.ticker, row.code or "", row.message or "")


def _sectors(stocks: Sequence[HeatmapStock], codes: Sequence[str]) -> tuple[SectorAggregate, ...]:
    sectors: dict[str | None, list[HeatmapStock]] = {}
    for stock in stocks:
        sectors.setdefault(stock.sector, []).append(stock)
    return tuple(
        SectorAggregate(
            sector=sector,
            count=len(members),
            betas={code: fmean(stock.betas[code] for stock in members) for code in codes},
            median_betas={code: median(stock.betas[code] for stock in members) for code in codes},
            r_squared=fmean(stock.r_squared for stock in members),
        )
        for sector, members in sorted(sectors.items(), key=lambda item: item[0] or "")
    )
