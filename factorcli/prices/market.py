"""Clean, aligned returns: a price source behind the quality gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.engine.returns import differences, simple_returns
from factorcli.errors import FactorError, InsufficientHistory, NoHealthyProxy
from factorcli.model import Factor, FactorModel, required_observations
from factorcli.ports import Clock, PricePanel, PriceSource, TickerReport
from factorcli.prices.panel import Dates, columns_of, from_dates, last_closed_day
from factorcli.prices.quality import (
    Reason,
    filler_bars,
    jumps,
    large_moves,
    proxy_fault,
    suspect_sessions,
)


@dataclass(frozen=True)
class CleanWindow:
    """Implements `ports.MarketWindow`: T sessions, K factors, N tickers."""

    model: FactorModel
    proxies: Mapping[str, str]
    sessions: Dates  # (T,)
    raw_factors: Array  # (T, K), not net of R_f
    raw_returns: Array  # (T, N), NaN where there is none
    reasons: NDArray[np.uint8]  # (T, N), of Reason
    tickers: tuple[str, ...]
    price_dates: tuple[tuple[date | None, date | None], ...]  # first and last of each ticker
    notices: tuple[str, ...]
    lost_sessions: tuple[str, ...] = ()

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Dates of the returns, ascending."""
        return from_dates(self.sessions)

    @cached_property
    def risk_free(self) -> Array:
        """Daily risk-free rate (T,)."""
        return np.array(self.model.risk_free.on(self.dates)) / self.model.trading_days

    @cached_property
    def factors(self) -> Array:
        """Factor returns (T, K), net of R_f where the model says so."""
        net = np.array([factor.excess for factor in self.model.factors])
        return self.raw_factors - np.where(net, self.risk_free[:, None], 0.0)

    @cached_property
    def excess_returns(self) -> Array:
        """Ticker returns net of R_f (T, N), NaN where missing or left out."""
        kept = np.where(self.reasons == Reason.KEPT, self.raw_returns, np.nan)
        return kept - self.risk_free[:, None]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Fallback proxies and sessions left out for everybody."""
        return (*self.notices, *self.lost_sessions, *self._suspect_proxies())

    def report(self, column: int) -> TickerReport:
        """What happened to one ticker's prices inside the window."""
        returns, reasons = self.raw_returns[:, column], self.reasons[:, column]
        out = np.flatnonzero(reasons)
        first, last = self.price_dates[column]
        large: tuple[int, ...] = ()
        if self.tickers[column] not in self.model.untraded_proxies:
            kept = np.where(reasons == Reason.KEPT, returns, 0.0)
            moves = large_moves(np.nan_to_num(kept), self.model.large_move, self.model.max_daily_return)
            large = tuple(int(i) for i in moves)
        return TickerReport(
            first_price=first,
            last_price=last,
            sessions_since_last_price=int((self.sessions > np.datetime64(last)).sum()) if last else 0,
            missing=int((np.isnan(returns) & (reasons == Reason.KEPT)).sum()),
            excluded=tuple((int(i), Reason(reasons[i]).code, float(returns[i])) for i in out),
            large_moves=large,
        )

    def _suspect_proxies(self) -> tuple[str, ...]:
        if not self.reasons.shape[1]:
            return ()
        market = self.raw_factors[:, self.model.market]
        parts = []
        for i in np.flatnonzero((self.reasons == Reason.SUSPECT_PROXY).all(axis=1)):
            gaps = np.abs(self.raw_factors[i] - market[i])
            k = int(np.argmax(np.where(self.model.traded_styles, gaps, 0.0)))
            proxy = self.proxies[self.model.codes[k]]
            parts.append(f"{self.sessions[i]} ({proxy} {self.raw_factors[i, k]:+.2%}, market {market[i]:+.2%})")
        if not parts:
            return ()
        return (
            f"suspect_proxy: left out for every ticker: {_listing(parts)}; a style fund this far from the "
            "market has a stale or wrong price.",
        )


@dataclass(frozen=True)
class _History:
    """All sessions of some tickers, cleaned; `CleanWindow` is its tail."""

    sessions: Dates  # (S + 1,): a return joins two
    factors: Array  # (S, K)
    returns: Array  # (S, N)
    reasons: NDArray[np.uint8]  # (S, N)
    price_dates: tuple[tuple[date | None, date | None], ...]
    filler_days: Mapping[str, tuple[np.datetime64, ...]]  # of the proxies
    waiting_for: str  # the warning that a proxy holds as of back, or nothing


@dataclass
class GatedMarket:
    """Implements `ports.Market`."""

    source: PriceSource
    model: FactorModel
    clock: Clock
    _histories: dict[object, _History] = field(default_factory=dict)
    _failures: dict[str, FactorError] = field(default_factory=dict)

    def failure(self, ticker: str) -> FactorError | None:
        """Why the source could not answer for a ticker, if it said so."""
        return self._failures.get(ticker)

    def window(self, tickers: Sequence[str], days: int, as_of: date | None, *, whole: bool = False) -> CleanWindow:
        """The last `days` returns, or all of them if `whole`, with proxies fit for `days`."""
        cutoff = last_closed_day(self.clock.now())
        if as_of is not None:
            cutoff = min(cutoff, as_of)
        proxies, notices = self._choose_proxies(days, cutoff)
        key = (tuple(tickers), tuple(proxies.values()), cutoff)
        if key not in self._histories:
            self._histories.clear()  # one is enough: windows of the same tickers follow each other
            self._histories[key] = self._history(tickers, proxies, cutoff)
        history = self._histories[key]
        first = 0 if whole else max(0, len(history.factors) - days)
        sessions = history.sessions[1:][first:]
        if history.waiting_for:
            notices = (*notices, history.waiting_for)
        return CleanWindow(
            model=self.model,
            proxies=proxies,
            sessions=sessions,
            raw_factors=history.factors[first:],
            raw_returns=history.returns[first:],
            reasons=history.reasons[first:],
            tickers=tuple(tickers),
            price_dates=history.price_dates,
            notices=(*self.source.notices, *notices),
            lost_sessions=_lost_sessions(history.filler_days, sessions[0]),
        )

    def _choose_proxies(self, days: int, cutoff: date) -> tuple[dict[str, str], tuple[str, ...]]:
        """The first healthy proxy of each factor, and a warning for each that is not the first.

        Proxies after the first are asked for only when those before are not healthy.
        """
        factors = self.model.factors
        first = [factor.proxies[0] for factor in factors]
        panel = self._prices(first)
        chosen: dict[str, str] = {}
        notices: list[str] = []
        for factor in factors:
            proxy, faults = self._first_healthy(factor, first, panel, days, cutoff)
            chosen[factor.code] = proxy
            if proxy != factor.proxies[0]:
                tried = "; ".join(f"{name} {fault}" for name, fault in faults if name != proxy)
                notices.append(f"proxy_fallback: {factor.code} is measured by {proxy}, because {tried}.")
        return chosen, tuple(notices)

    def _first_healthy(
        self, factor: Factor, others: Sequence[str], panel: PricePanel, days: int, cutoff: date
    ) -> tuple[str, list[tuple[str, str]]]:
        faults: list[tuple[str, str]] = []
        usable: list[tuple[int, str]] = []
        for number, proxy in enumerate(factor.proxies):
            prices = panel if number == 0 else self._prices([*others, proxy])
            kept = prices.dates <= np.datetime64(cutoff)
            closes, _ = columns_of(prices, [*others, proxy])
            closes = closes[kept & np.isfinite(closes).any(axis=1)]
            if not len(closes):
                self._refuse_early(prices, cutoff)
            own = closes[:, -1]
            priced = np.flatnonzero(np.isfinite(own))
            after = len(own) - 1 - int(priced[-1]) if len(priced) else 0
            fault, can_serve = proxy_fault(own, after, days, required_observations(days))
            if not fault:
                return proxy, faults
            faults.append((proxy, fault))
            if can_serve:
                usable.append((-len(priced), proxy))
        if usable:  # all are short: the longest, and the tickers' own history will say what lacks
            return min(usable, key=lambda pair: pair[0])[1], faults
        tried = "; ".join(f"{name} {fault}" for name, fault in faults)
        raise NoHealthyProxy(
            f"The factor {factor.code} ({factor.name}) has no usable proxy in {self.source.name}: {tried}. "
            "Add prices of one of them, or name another proxy in a model.toml."
        )

    def _refuse_early(self, panel: PricePanel, cutoff: date) -> None:
        """Raise InsufficientHistory where all prices are later than the day asked for."""
        if len(panel.dates) and panel.dates[0] > np.datetime64(cutoff):
            raise InsufficientHistory(
                f"{self.source.name} has no prices up to {cutoff}: they begin on {panel.dates[0]}. Ask for a later day."
            )

    def _prices(self, tickers: Sequence[str]) -> PricePanel:
        panel = self.source.prices(list(dict.fromkeys(tickers)))
        self._failures.update(panel.failures)
        return panel

    def _history(self, tickers: Sequence[str], proxies: Mapping[str, str], cutoff: date) -> _History:
        panel = self._prices([*proxies.values(), *tickers])
        closed = panel.dates <= np.datetime64(cutoff)
        dates, closes = panel.dates[closed], panel.closes[closed].copy()
        volumes = None if panel.volumes is None else panel.volumes[closed]
        place = {ticker: i for i, ticker in enumerate(panel.tickers)}
        market = closes[:, place[proxies["MKT"]]]
        filler = filler_bars(closes, volumes, market)
        closes[filler] = np.nan
        cleaned = PricePanel(dates, panel.tickers, closes)
        factor_closes, _ = columns_of(cleaned, list(proxies.values()))
        is_session = np.isfinite(factor_closes).all(axis=1)
        if is_session.sum() < 2:
            raise InsufficientHistory(
                f"{self.source.name} has {is_session.sum()} sessions with a price for every factor up to "
                f"{cutoff}; at least 31 are needed. Check --as-of, or the dates of the proxies' prices."
            )
        own_closes, _ = columns_of(cleaned, tickers)
        prices = own_closes[is_session]
        factors = self._factor_returns(factor_closes[is_session])
        returns = simple_returns(prices)
        own_filler = np.zeros(own_closes.shape, dtype=np.bool_)
        for i, ticker in enumerate(tickers):
            if ticker in place:
                own_filler[:, i] = filler[:, place[ticker]]
        return _History(
            sessions=dates[is_session],
            factors=factors,
            returns=returns,
            reasons=self._reasons(dates[is_session][1:], factors, returns, tickers, own_filler[is_session][1:]),
            price_dates=tuple(_ends(dates, own_closes[:, i]) for i in range(len(tickers))),
            filler_days={
                proxy: tuple(dates[filler[:, place[proxy]] & np.isfinite(market)]) for proxy in proxies.values()
            },
            waiting_for=_held_back(dates, factor_closes, list(proxies.values())),
        )

    def _factor_returns(self, closes: Array) -> Array:
        factors = simple_returns(closes)
        for k, factor in enumerate(self.model.factors):
            if factor.transform == "diff":
                factors[:, k] = differences(closes[:, [k]])[:, 0]
        return factors

    def _reasons(
        self,
        sessions: Dates,
        factors: Array,
        returns: Array,
        tickers: Sequence[str],
        filler: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        model = self.model
        reasons = np.zeros(returns.shape, dtype=np.uint8)
        reasons[filler] = Reason.FILLER_BAR
        real = np.array([ticker in model.untraded_proxies for ticker in tickers], dtype=np.bool_)
        reasons[jumps(returns, model.max_daily_return) & ~real] = Reason.SUSPECT_JUMP
        suspect = suspect_sessions(
            factors,
            model.market,
            np.array([factor.traded for factor in model.factors]),
            model.max_gap_to_market,
            model.max_daily_return,
        )
        reasons[suspect] = Reason.SUSPECT_PROXY
        reasons[np.isin(sessions, np.array(model.exclude_dates, dtype="datetime64[D]"))] = Reason.EXCLUDE_DATES
        return reasons


def _held_back(dates: Dates, closes: Array, proxies: Sequence[str]) -> str:
    """The warning that proxies without the latest prices end the sample early, or nothing."""
    as_of = np.flatnonzero(np.isfinite(closes).all(axis=1))[-1]
    behind = [proxy for k, proxy in enumerate(proxies) if not np.isfinite(closes[as_of + 1 :, k]).any()]
    later = dates[as_of + 1 :][np.isfinite(closes[as_of + 1 :]).sum(axis=1) >= len(proxies) / 2]
    if not behind or not len(later):
        return ""
    return (
        f"stale_proxy: the sample ends on {dates[as_of]}, because {' and '.join(behind)} has no later price; "
        f"others go on to {later[-1]}."
    )


def _ends(dates: Dates, closes: Array) -> tuple[date | None, date | None]:
    priced = np.flatnonzero(np.isfinite(closes))
    if not len(priced):
        return None, None
    first, last = from_dates(dates[[priced[0], priced[-1]]])
    return first, last


def _lost_sessions(filler_days: Mapping[str, tuple[np.datetime64, ...]], start: np.datetime64) -> tuple[str, ...]:
    lost = [f"{day} ({proxy})" for proxy, days in filler_days.items() for day in days if day >= start]
    if not lost:
        return ()
    return (
        f"filler_bar: not a session, because a proxy only repeats its last close: {_listing(lost)}; the next "
        "return spans both days.",
    )


def _listing(parts: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(parts[:most])
    return shown if len(parts) <= most else f"{shown} and {len(parts) - most} more"
