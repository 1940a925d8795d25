"""The use cases on the whole universe: compute a heatmap, say how far it is, show it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean, median
from typing import Any

from factorcli.errors import HeatmapNotComputed, InvalidOption, UnknownTicker
from factorcli.model import DEFAULT_WINDOWS
from factorcli.overviews import Heatmap, HeatmapStatus, HeatmapStock, HeatRow, HeatRun, MissingStock, SectorAggregate
from factorcli.payload import decode, encode
from factorcli.policy import stamp
from factorcli.ports import Progress
from factorcli.query import Asked, Query
from factorcli.results import Batch, Failure
from factorcli.service import FactorService

BLOCK = 100  # tickers that are fitted, and kept, at a time
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
        are. Raises Busy if another process is computing the same heatmap.
        """
        service = self.service
        service.check_date(query)
        chosen = [self._member(ticker) for ticker in dict.fromkeys(tickers)]
        prefix = service.policy.heat_prefix(query)
        with service.cache.lock(prefix):
            todo = {}
            for window in windows:
                rows = {} if force or service.policy.refresh else self._rows(prefix, window, chosen)
                todo[window] = {t for t in chosen if t not in rows or not self._current(rows[t])}
            self._work(prefix, chosen, todo, query, progress)
        statuses = tuple(self._status(prefix, window) for window in windows)
        return Batch(statuses, _failures(statuses, chosen), 3 if any(s.failed for s in statuses) else 0)

    def status(self, windows: Sequence[int], query: Query) -> Batch[HeatmapStatus]:
        """How far the heatmap of each window is."""
        prefix = self.service.policy.heat_prefix(query)
        return Batch(tuple(self._status(prefix, window) for window in windows))

    def show(
        self, query: Query, *, sector: str | None = None, sort: str | None = None, top: int | None = None
    ) -> Heatmap:
        """The heatmap of a window, from the cache only. Raises HeatmapNotComputed.

        `sector` makes it that of a sector's stocks; `sort` puts the largest first, by a factor's code
        or one of SORTS; `top` keeps so many stocks.
        """
        service = self.service
        universe = service.universe
        prefix = service.policy.heat_prefix(query)
        members = [s for s in universe.stocks if sector is None or s.sector == universe.sector(sector)]
        key = self._sort_key(sort)
        rows = self._rows(prefix, query.window, [stock.ticker for stock in members])
        good = [rows[stock.ticker] for stock in members if stock.ticker in rows and rows[stock.ticker].code is None]
        if not good:
            raise HeatmapNotComputed(
                f"No heatmap of window {query.window} has been computed from {service.source} with this model: run "
                f"`factor heatmap compute --all --window {query.window} --source {service.source}`."
            )
        latest = max(good, key=lambda row: row.computed_at)
        stocks = [
            HeatmapStock(
                stock.ticker,
                stock.name,
                stock.sector,
                row.betas,
                row.t_stats,
                row.market_beta,
                row.alpha_annual,
                row.r_squared,
                row.observations,
            )
            for stock in members
            if (row := rows.get(stock.ticker)) is not None and row.code is None
        ]
        sectors = _sectors(stocks, service.model.codes)
        if key is not None:
            stocks.sort(key=key)
        return Heatmap(
            window=query.window,
            as_of=max(row.as_of for row in good),
            computed_at=latest.computed_at,
            stale=not all(self._current(row) for row in good),
            total=len(members),
            model=latest.model,
            source=service.source,
            stocks=tuple(stocks[:top]),
            sectors=sectors,
            missing=tuple(
                MissingStock(stock.ticker, row.code or "pending" if (row := rows.get(stock.ticker)) else "pending")
                for stock in members
                if (row := rows.get(stock.ticker)) is None or row.code is not None
            ),
        )

    def _member(self, ticker: str) -> str:
        """The universe's name of a ticker. Raises UnknownTicker."""
        universe = self.service.universe
        one = self.service.resolve(ticker, None)
        if one.ticker not in universe.by_ticker:
            near = universe.suggestions(ticker)
            hint = f" Did you mean {' or '.join(near)}?" if near else " `factor universe search TEXT` finds one."
            raise UnknownTicker(f"{one.ticker} is not in the universe, and a heatmap is of the universe.{hint}")
        return one.ticker

    def _work(
        self, prefix: str, chosen: Sequence[str], todo: Mapping[int, set[str]], query: Query, progress: Progress
    ) -> None:
        service = self.service
        wanted = [ticker for ticker in chosen if any(ticker in part for part in todo.values())]
        if not wanted:
            return
        listed = service.open_market().source.listed()
        started, done, failed = service.clock.now(), 0, 0
        total = sum(map(len, todo.values()))
        progress(0, 0, total)
        for start in range(0, len(wanted), BLOCK):
            block = [service.resolve(ticker, listed) for ticker in wanted[start : start + BLOCK]]
            block = [replace(one, ticker=t) for one, t in zip(block, wanted[start : start + BLOCK], strict=True)]
            entries: dict[str, bytes] = {}
            for window, tickers in todo.items():
                part = [one for one in block if one.ticker in tickers]
                rows = self._fit(part, replace(query, window=window)) if part else []
                failed += sum(row.code is not None for row in rows)
                done += len(rows)
                entries |= {_row_key(prefix, window, row.ticker): encode(row) for row in rows}
            run = HeatRun(stamp(started), stamp(service.clock.now()), done, total)
            entries |= {_run_key(prefix, window): encode(run) for window in todo}
            service.cache.put(entries)
            progress(done, failed, total)

    def _fit(self, block: Sequence[Asked], query: Query) -> list[HeatRow]:
        from factorcli.answers import heat_rows

        service = self.service
        market = service.open_market()
        window = market.window([one.column for one in block], query.window, query.as_of)
        return heat_rows(
            block,
            query,
            service.model,
            service.universe,
            market,
            window,
            computed_at=stamp(service.clock.now()),
            session=service.policy.session,
        )

    def _rows(self, prefix: str, window: int, tickers: Sequence[str]) -> dict[str, HeatRow]:
        keys = {_row_key(prefix, window, ticker): ticker for ticker in tickers}
        found = self.service.cache.get(list(keys))
        rows = {keys[key]: decode(HeatRow, payload) for key, payload in found.items()}
        return {ticker: row for ticker, row in rows.items() if row is not None}

    def _current(self, row: HeatRow) -> bool:
        """Whether a row is a result, and no session can have been added to its prices since."""
        return row.code is None and (row.final or row.session >= self.service.policy.session)

    def _status(self, prefix: str, window: int) -> HeatmapStatus:
        service = self.service
        members = [stock.ticker for stock in service.universe.stocks]
        rows = self._rows(prefix, window, members)
        failures = [
            Failure(row.ticker, row.code, row.message or "") for t in members if (row := rows.get(t)) and row.code
        ]
        payload = service.cache.get([_run_key(prefix, window)]).get(_run_key(prefix, window))
        run = decode(HeatRun, payload) if payload else None
        running = service.cache.holder(prefix) is not None
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


def _row_key(prefix: str, window: int, ticker: str) -> str:
    return f"{prefix}/{window}/{ticker}"


def _run_key(prefix: str, window: int) -> str:
    return f"{prefix}/{window}/#run"


def _eta(run: HeatRun) -> float | None:
    if not run.done:
        return None
    spent = (datetime.fromisoformat(run.updated_at) - datetime.fromisoformat(run.started_at)).total_seconds()
    return spent / run.done * (run.total - run.done)


def _failures(statuses: Iterable[HeatmapStatus], chosen: Iterable[str]) -> tuple[Failure, ...]:
    """Failures of all windows, each ticker and code once."""
    asked = set(chosen)
    seen = {(f.ticker, f.code): f for status in statuses for f in status.failures if f.ticker in asked}
    return tuple(seen.values())


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
