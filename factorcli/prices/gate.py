"""Clean, aligned returns: a price source behind the quality gate."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.errors import (
    FactorError,
    InsufficientHistory,
    NoHealthyProxy,
    RunStopped,
    Unreachable,
    UpstreamError,
)
from factorcli.markets.calendar import last_closed_day
from factorcli.model.factor_model import Factor, FactorModel
from factorcli.model.windows import required_observations
from factorcli.ports import Clock, PricePanel, PriceSource
from factorcli.prices.clean_window import CleanWindow, first_of
from factorcli.prices.gate_rules import (
    Reason,
    filler_bars,
    proxy_fault,
    suspect_sessions,
)
from factorcli.prices.off_days import off_days
from factorcli.prices.panel import Dates, columns_of, factor_returns, from_dates, ordered
from factorcli.prices.proxy_health import ProxyPrices, proxies_health
from factorcli.prices.screening import Screened, screen
from factorcli.results.model import ProxyHealth
from factorcli.results.warnings import ResultWarning

MAX_CACHED_PANELS = 4


@dataclass(frozen=True)
class _Cleaned:
    """A panel up to a day without its filler bars, and the factor returns of its sessions."""

    panel: PricePanel  # from the source; identifies what was cleaned
    key: tuple[object, ...]
    dates: Dates  # (T,)
    closes: Array  # (T, M)
    filler: NDArray[np.bool_]  # (T, M)
    is_session: NDArray[np.bool_]  # (T,)
    factors: Array  # (S, K)
    session_reasons: NDArray[np.uint8]  # (S,), of Reason: why a session is left out for every ticker
    filler_days: Mapping[str, tuple[np.datetime64, ...]]  # of the proxies
    early_end: tuple[ResultWarning, ...]  # that proxies end the sample early, or nothing


@dataclass(frozen=True)
class _History:
    """All sessions of some tickers, cleaned; a `CleanWindow` is the last of them."""

    tickers: tuple[str, ...]
    cleaned: _Cleaned
    screened: Screened
    price_dates: tuple[tuple[date | None, date | None], ...]
    last_closes: Array  # (N,)


@dataclass
class GatedMarket:
    """Implements `ports.MarketData`."""

    source: PriceSource
    model: FactorModel
    clock: Clock
    _panels: dict[tuple[str, ...], PricePanel] = field(default_factory=dict)
    _last_cleaned: _Cleaned | None = None
    _last_history: _History | None = None
    _failures: dict[str, FactorError] = field(default_factory=dict)

    @property
    def has_failures(self) -> bool:
        """Whether some ticker failed at the source or has stale prices."""
        return bool(self._failures) or any(panel.stale for panel in self._panels.values())

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """Context within which the source may fetch these tickers ahead."""
        return self.source.fetching(tickers)

    def window(self, tickers: Sequence[str], days: int, as_of: date | None, *, whole: bool = False) -> CleanWindow:
        """The last `days` returns, or all of them if `whole`; proxies are chosen for `days`."""
        cutoff = self._cutoff(as_of)
        proxies, notices = self._choose_proxies(days, cutoff)
        panel = self._prices([*proxies.values(), *tickers])
        cleaned = self._clean(panel, proxies, cutoff)
        history = self._history(tuple(tickers), cleaned)
        first = 0 if whole else max(0, len(cleaned.factors) - days)
        sessions = cleaned.dates[cleaned.is_session][1:][first:]
        lost = _filler_warnings(cleaned.filler_days, sessions[0])
        return CleanWindow(
            model=self.model,
            proxies=proxies,
            sessions=sessions,
            raw_factors=cleaned.factors[first:],
            screened=history.screened.since(first),
            session_reasons=cleaned.session_reasons[first:],
            tickers=history.tickers,
            price_dates=history.price_dates,
            last_closes=history.last_closes,
            notices=(*self.source.warnings, *notices, *cleaned.early_end, *lost),
            stale_prices={
                ticker: panel.stale[ticker] for ticker in (*proxies.values(), *tickers) if ticker in panel.stale
            },
            failures={ticker: panel.failures[ticker] for ticker in tickers if ticker in panel.failures},
            foreign=panel.foreign,
            missing_days=_missing_days(cleaned, proxies, sessions[0]),
            off_days=off_days(cleaned.panel, cleaned.dates[cleaned.is_session], tuple(proxies.values()), tickers),
            final=self.source.fixed and bool(cleaned.panel.dates[-1] <= np.datetime64(cutoff)),
        )

    def health(self, days: int, as_of: date | None, *, fetch: bool) -> dict[str, ProxyHealth]:
        """Health of the proxies in use, by factor code, over the last `days` trading days."""
        cutoff = self._cutoff(as_of)
        proxies, _ = self._choose_proxies(days, cutoff)
        every = dict.fromkeys(proxy for factor in self.model.factors for proxy in factor.proxies)
        others = [proxy for proxy in every if proxy not in proxies.values()]
        tickers = tuple(dict.fromkeys([*proxies.values(), *(others if fetch else self.source.at_hand(others))]))
        panel = self._prices(tickers)
        cleaned = self._clean(panel, proxies, cutoff)
        closed = panel.dates <= np.datetime64(cutoff)
        prices = ProxyPrices(
            dates=cleaned.dates,
            tickers=tickers,
            closes=columns_of(panel, tickers)[closed],
            kept=ordered(cleaned.closes, panel, tickers),
            volumes=None if panel.volumes is None else ordered(panel.volumes, panel, tickers)[closed],
        )
        return proxies_health(self.model, proxies, prices, days)

    def _cutoff(self, as_of: date | None) -> date:
        """The last closed day up to as_of."""
        closed = last_closed_day(self.clock.now(), self.model.market)
        return closed if as_of is None else min(closed, as_of)

    def _choose_proxies(self, days: int, cutoff: date) -> tuple[dict[str, str], tuple[ResultWarning, ...]]:
        """The first healthy proxy of each factor, and a warning for each fallback.

        A fallback is fetched only when the proxies before it are not healthy.
        """
        factors = self.model.factors
        first = [factor.proxies[0] for factor in factors]
        panel = self._prices(first)
        chosen: dict[str, str] = {}
        notices: list[ResultWarning] = []
        for factor in factors:
            proxy, faults = self._first_healthy(factor, first, panel, days, cutoff)
            chosen[factor.code] = proxy
            if proxy != factor.proxies[0]:
                tried = "; ".join(f"{name} {fault}" for name, fault in faults if name != proxy)
                text = f"{factor.code} is measured by {proxy}, because {tried}."
                notices.append(ResultWarning("proxy_fallback", text))
        return chosen, tuple(notices)

    def _first_healthy(
        self, factor: Factor, others: Sequence[str], panel: PricePanel, days: int, cutoff: date
    ) -> tuple[str, list[tuple[str, str]]]:
        faults: list[tuple[str, str]] = []
        usable: list[tuple[int, str]] = []
        for number, proxy in enumerate(factor.proxies):
            prices = panel if number == 0 else self._prices([*others, proxy])
            failure = self._failures.get(proxy)
            if isinstance(failure, Unreachable | RunStopped):
                raise failure  # it would be the same with any other
            if failure is not None:
                faults.append((proxy, f"could not be had ({failure.code})"))
                continue
            kept = prices.dates <= np.datetime64(cutoff)
            closes = columns_of(prices, [*others, proxy])
            closes = closes[kept & np.isfinite(closes).any(axis=1)]
            if not len(closes):
                self._raise_if_too_early(prices, cutoff)
            own = closes[:, -1]
            priced = np.flatnonzero(np.isfinite(own))
            after = len(own) - 1 - int(priced[-1]) if len(priced) else 0
            fault, can_serve = proxy_fault(own, after, days, required_observations(days))
            if not fault:
                return proxy, faults
            faults.append((proxy, fault))
            if can_serve:
                usable.append((-len(priced), proxy))
        if usable:  # all are too short: take the longest; tickers then fail by their own history
            return min(usable, key=lambda pair: pair[0])[1], faults
        failures = [self._failures.get(proxy) for proxy in factor.proxies]
        tried = "; ".join(f"{name} {fault}" for name, fault in faults)
        if any(isinstance(failure, UpstreamError) for failure in failures):
            raise UpstreamError(
                f"The factor {factor.code} ({factor.name}) has no usable proxy now: {tried}. Try again later."
            )
        raise NoHealthyProxy(
            f"The factor {factor.code} ({factor.name}) has no usable proxy in {self.source.name}: {tried}. "
            "Add prices of one of them, or name another proxy in a model.toml."
        )

    def _raise_if_too_early(self, panel: PricePanel, cutoff: date) -> None:
        """Raise InsufficientHistory where all prices are later than the cutoff."""
        if len(panel.dates) and panel.dates[0] > np.datetime64(cutoff):
            raise InsufficientHistory(
                f"{self.source.name} has no prices up to {cutoff}: they begin on {panel.dates[0]}. Ask for a later day."
            )

    def _prices(self, tickers: Sequence[str]) -> PricePanel:
        """The source's panel; the last few are cached, because windows share tickers."""
        key = tuple(dict.fromkeys(tickers))
        panel = self._panels.pop(key, None) or self.source.prices(key)
        for ticker in key:
            self._failures.pop(ticker, None)
        while len(self._panels) >= MAX_CACHED_PANELS:
            del self._panels[next(iter(self._panels))]
        self._panels[key] = panel
        self._failures.update(panel.failures)
        return panel

    def _clean(self, panel: PricePanel, proxies: Mapping[str, str], cutoff: date) -> _Cleaned:
        """The panel without filler bars, and its sessions; the last one is cached for the next window."""
        key = (tuple(proxies.values()), cutoff)
        last = self._last_cleaned
        if last is not None and last.panel is panel and last.key == key:
            return last
        closed = panel.dates <= np.datetime64(cutoff)
        dates, closes = panel.dates[closed], panel.closes[closed].copy()
        volumes = None if panel.volumes is None else panel.volumes[closed]
        place = {ticker: i for i, ticker in enumerate(panel.tickers)}
        columns = [place[proxy] for proxy in proxies.values()]
        market = closes[:, columns[self.model.market_column]]
        filler = filler_bars(closes, volumes, market)
        closes[filler] = np.nan
        factor_closes = closes[:, columns]
        is_session = np.isfinite(factor_closes).all(axis=1)
        if (count := int(is_session.sum())) < 2:
            raise InsufficientHistory(
                f"{self.source.name} has {count} session{'' if count == 1 else 's'} with a price for every factor up "
                f"to {cutoff}; at least 31 are needed. Ask for a later day, or check the dates of the proxies' prices."
            )
        factors = self._factor_returns(factor_closes[is_session])
        self._last_cleaned = _Cleaned(
            panel=panel,
            key=key,
            dates=dates,
            closes=closes,
            filler=filler,
            is_session=is_session,
            factors=factors,
            session_reasons=self._session_reasons(dates[is_session][1:], factors),
            filler_days={
                proxy: tuple(dates[filler[:, place[proxy]] & np.isfinite(market)]) for proxy in proxies.values()
            },
            early_end=_early_end_warning(dates, factor_closes, list(proxies.values())),
        )
        return self._last_cleaned

    def _history(self, tickers: tuple[str, ...], cleaned: _Cleaned) -> _History:
        last = self._last_history
        if last is not None and last.cleaned is cleaned and last.tickers == tickers:
            return last
        place = {ticker: i for i, ticker in enumerate(cleaned.panel.tickers)}
        index = np.array([place.get(ticker, -1) for ticker in tickers], dtype=np.intp)
        there = index >= 0
        closes = np.full((len(cleaned.dates), len(tickers)), np.nan)
        closes[:, there] = cleaned.closes[:, index[there]]
        filler = np.zeros(closes.shape, dtype=np.bool_)
        filler[:, there] = cleaned.filler[:, index[there]]
        sessions = np.flatnonzero(cleaned.is_session)
        screened = screen(
            closes[sessions],
            filler[sessions],
            untraded=np.array([ticker in self.model.untraded_proxies for ticker in tickers], dtype=np.bool_),
            max_daily_return=self.model.max_daily_return,
        )
        self._last_history = _History(
            tickers,
            cleaned,
            screened,
            tuple(_price_dates(cleaned.dates, column) for column in closes.T),
            _last_closes(closes[: sessions[-1] + 1]),
        )
        return self._last_history

    def _factor_returns(self, closes: Array) -> Array:
        return factor_returns(closes, [factor.transform for factor in self.model.factors])

    def _session_reasons(self, sessions: Dates, factors: Array) -> NDArray[np.uint8]:
        """Reasons (S,) for which sessions are left out for every ticker."""
        session_reasons = np.zeros(len(sessions), dtype=np.uint8)
        suspect = suspect_sessions(
            factors,
            self.model.market_column,
            np.array([factor.traded for factor in self.model.factors]),
            self.model.max_gap_to_market,
            self.model.max_daily_return,
        )
        session_reasons[suspect] = Reason.SUSPECT_PROXY
        excluded = np.array(self.model.exclude_dates, dtype="datetime64[D]")
        session_reasons[np.isin(sessions, excluded)] = Reason.EXCLUDE_DATES
        return session_reasons


def _missing_days(cleaned: _Cleaned, proxies: Mapping[str, str], start: np.datetime64) -> dict[str, int]:
    place = {ticker: i for i, ticker in enumerate(cleaned.panel.tickers)}
    priced = np.isfinite(cleaned.closes[:, [place[proxy] for proxy in proxies.values()]])
    inside = (cleaned.dates >= start) & priced.any(axis=1)
    return {code: int((inside & ~priced[:, k]).sum()) for k, code in enumerate(proxies)}


def _early_end_warning(dates: Dates, closes: Array, proxies: Sequence[str]) -> tuple[ResultWarning, ...]:
    """A warning where proxies without the latest prices end the sample early."""
    as_of = np.flatnonzero(np.isfinite(closes).all(axis=1))[-1]
    behind = [proxy for k, proxy in enumerate(proxies) if not np.isfinite(closes[as_of + 1 :, k]).any()]
    later = dates[as_of + 1 :][np.isfinite(closes[as_of + 1 :]).sum(axis=1) >= len(proxies) / 2]
    if not behind or not len(later):
        return ()
    text = (
        f"the sample ends on {dates[as_of]}, because {' and '.join(behind)} has no later price; "
        f"other proxies have prices up to {later[-1]}."
    )
    return (ResultWarning("stale_proxy", text),)


def _price_dates(dates: Dates, closes: Array) -> tuple[date | None, date | None]:
    priced = np.flatnonzero(np.isfinite(closes))
    if not len(priced):
        return None, None
    first, last = from_dates(dates[[priced[0], priced[-1]]])
    return first, last


def _last_closes(closes: Array) -> Array:
    """The last close of each column (T, N) → (N,); NaN where it has none."""
    after = np.argmax(np.isfinite(closes[::-1]), axis=0)
    last: Array = closes[len(closes) - 1 - after, np.arange(closes.shape[1])]
    return last


def _filler_warnings(
    filler_days: Mapping[str, tuple[np.datetime64, ...]], start: np.datetime64
) -> tuple[ResultWarning, ...]:
    lost = [f"{day} ({proxy})" for proxy, days in filler_days.items() for day in days if day >= start]
    if not lost:
        return ()
    text = f"no session, because a proxy has only a filler bar: {first_of(lost)}; the next return spans both days."
    return (ResultWarning("filler_bar", text),)
