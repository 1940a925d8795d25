"""Clean, aligned returns: a price source behind the quality gate."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.errors import InsufficientHistory
from factorcli.markets.calendar import last_closed_day
from factorcli.markets.corporate_actions import NO_ACTIONS, CorporateActions
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY, Frequency
from factorcli.ports import Clock, PriceHistory, PricePanel, PriceSource
from factorcli.prices.clean_window import CleanWindow, filler_warnings
from factorcli.prices.cleaning import Cleaned, Fillers, History, clean, history
from factorcli.prices.dividends import price_index_warning
from factorcli.prices.gate_rules import Reason
from factorcli.prices.off_days import off_days
from factorcli.prices.panel import columns_of, factor_returns, from_dates, native_frequency, ordered
from factorcli.prices.panels import Panels
from factorcli.prices.past import Past
from factorcli.prices.periods import Periods, patterns, screened_periods
from factorcli.prices.proxy_choice import choose_proxies
from factorcli.prices.proxy_health import ProxyPrices, proxies_health
from factorcli.results.model import ProxyHealth
from factorcli.results.warnings import ResultWarning

MAX_CACHED_CHOICES = 8  # of proxies, by window and day


@dataclass(frozen=True)
class _Circumstances:
    """What holds for all windows of a request: the last closed day, the proxies, and warnings about them."""

    cutoff: date
    proxies: Mapping[str, str]
    notices: tuple[ResultWarning, ...]


@dataclass
class GatedMarket:
    """Implements `ports.MarketData`."""

    source: PriceSource
    model: FactorModel
    clock: Clock
    actions: CorporateActions = NO_ACTIONS
    _last_cleaned: Cleaned | None = None
    _last_history: History | None = None
    _last_fillers: Fillers | None = None
    _last_past: Past | None = None
    _last_proxies: dict[tuple[int, date], tuple[PricePanel, Mapping[str, str]]] = field(default_factory=dict)

    @property
    def has_failures(self) -> bool:
        """Whether some ticker failed at the source or has stale prices."""
        return self._panels.has_failures

    @cached_property
    def _panels(self) -> Panels:
        return Panels(self.source)

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """Context within which the source may fetch these tickers ahead."""
        return self.source.fetching(tickers)

    def drawn(self, tickers: Sequence[str]) -> "GatedMarket | None":
        """The market of a source that draws the prices of these tickers and of the proxies; None for any other."""
        proxies = [proxy for factor in self.model.factors for proxy in factor.proxies]
        source = self.source.drawn([*proxies, *tickers])
        return None if source is None else GatedMarket(source, self.model, self.clock, self.actions)

    def frequency(self) -> str:
        """The frequency of the source's prices, from the gaps between its sessions."""
        cutoff = self._cutoff(None)
        proxies, _ = choose_proxies(self._panels, self.model, DAILY.window, cutoff)
        cleaned = self._cleaned((), proxies, cutoff)
        return native_frequency(cleaned.sessions).name

    def period_ends(self, frequency: Frequency) -> tuple[date, ...]:
        """The last session of each finished week or month."""
        cutoff = self._cutoff(None)
        proxies, _ = choose_proxies(self._panels, self.model, DAILY.window, cutoff)
        sessions = self._cleaned((), proxies, cutoff).sessions
        every = np.ones(len(sessions), dtype=np.bool_)
        ends = Periods.of(sessions, every, frequency, np.datetime64(cutoff)).market_ends
        return from_dates(sessions[ends[ends >= 0]])

    def proxies(self, days: int, as_of: date | None, frequency: Frequency = DAILY) -> Mapping[str, str]:
        """The proxy of each factor in the window of so many returns."""
        return self._proxies(days * frequency.sessions, self._cutoff(as_of))[0]

    def window(
        self,
        tickers: Sequence[str],
        days: int,
        as_of: date | None,
        *,
        whole: bool = False,
        frequency: Frequency = DAILY,
    ) -> CleanWindow:
        """The last `days` returns, or all of them if `whole`; proxies are chosen for `days`."""
        history, context = self._open(tickers, days, as_of, frequency)
        if frequency is DAILY:
            return self._of_sessions(history, context, days, whole=whole)
        periods = self._periods(history.cleaned, frequency, context.cutoff)
        every = np.arange(len(tickers))
        ends = periods.common_ends(history.screened.closes)
        return self._of_periods(history, context, periods, ends, every, 0 if whole else days)

    def windows(
        self,
        tickers: Sequence[str],
        days: int,
        as_of: date | None,
        *,
        whole: bool = False,
        frequency: Frequency = DAILY,
    ) -> list[tuple[list[int], CleanWindow]]:
        """As `window`, one window for each group of tickers whose periods end at the same sessions."""
        history, context = self._open(tickers, days, as_of, frequency)
        if frequency is DAILY:
            return [(list(range(len(tickers))), self._of_sessions(history, context, days, whole=whole))]
        periods = self._periods(history.cleaned, frequency, context.cutoff)
        ends = periods.ends(history.screened.closes)
        first = 0 if whole else periods.first_of(days)
        return [
            (
                group.tolist(),
                self._of_periods(history, context, periods, ends[:, group], group, 0 if whole else days),
            )
            for group in patterns(ends[first:], periods.market_ends[first:])
        ]

    def history(self, tickers: Sequence[str], start: date, end: date) -> PriceHistory:
        """Prices from one day to another, with nothing left out."""
        cutoff = self._cutoff(None)
        if self._last_past is None or self._last_past.cutoff != cutoff:
            self._last_past = Past(self._panels, self.model, self.actions, cutoff)
        return self._last_past.between(tickers, start, end)

    def _open(
        self, tickers: Sequence[str], days: int, as_of: date | None, frequency: Frequency
    ) -> tuple[History, _Circumstances]:
        """The history of these tickers, and what holds for all of their windows."""
        cutoff = self._cutoff(as_of)
        proxies, notices = self._proxies(days * frequency.sessions, cutoff)
        cleaned = self._cleaned(tickers, proxies, cutoff)
        native = native_frequency(cleaned.sessions)
        if native is not DAILY:
            text = f"the prices are a {native.period} apart, so a return is that of a {frequency.period}, not of a day."
            notices = (*notices, ResultWarning("frequency", text))
        notices = (*notices, *price_index_warning(self.model, proxies, total_return=self.source.total_return))
        return self._history(tuple(tickers), cleaned), _Circumstances(cutoff, proxies, notices)

    def _of_sessions(self, history: History, context: _Circumstances, days: int, *, whole: bool) -> CleanWindow:
        """A window of daily returns."""
        cleaned = history.cleaned
        first = 0 if whole else max(0, len(cleaned.factors) - days)
        return self._clean_window(
            history,
            context,
            sessions=cleaned.sessions[1:][first:],
            raw_factors=cleaned.factors[first:],
            screened=history.screened.since(first),
            session_reasons=cleaned.session_reasons[first:],
            session_before=cleaned.session_before(first),
        )

    def _periods(self, cleaned: Cleaned, frequency: Frequency, cutoff: date) -> Periods:
        """The finished periods; a session that is left out for every ticker does not end one."""
        usable = np.concatenate([[True], cleaned.session_reasons == Reason.KEPT])
        periods = Periods.of(cleaned.sessions, usable, frequency, np.datetime64(cutoff))
        if not periods.with_return.any():
            raise InsufficientHistory(
                f"{self.source.name} has fewer than two finished {frequency.period}s with a price for every factor up "
                f"to {cutoff}. Ask for a later day, or check the dates of the proxies' prices."
            )
        return periods

    def _of_periods(
        self,
        history: History,
        context: _Circumstances,
        periods: Periods,
        ends: NDArray[np.int64],
        group: NDArray[np.intp],
        count: int,
    ) -> CleanWindow:
        """A window of weekly or monthly returns of a group of tickers whose periods end together."""
        first = periods.first_of(count)
        rows = slice(max(first - 1, 0), None)  # with the period before, for its factor returns
        factors = self._period_factors(history.cleaned, periods, ends[rows], rows.start)
        before = None
        if first and periods.with_return[first]:
            before = from_dates(periods.labels[first : first + 1])[0], factors[0]
        return self._clean_window(
            history,
            context,
            sessions=periods.labels[first + 1 :],
            raw_factors=factors[first - rows.start :],
            screened=screened_periods(history.screened.of(group), ends[first:], history.cleaned.sessions),
            session_reasons=np.zeros(len(ends) - first - 1, dtype=np.uint8),
            session_before=before,
            group=group,
            frequency=periods.frequency,
        )

    def _period_factors(self, cleaned: Cleaned, periods: Periods, ends: NDArray[np.int64], first: int) -> Array:
        """Factor returns between ends (T + 1, N), the first of which is that of period `first`."""
        between = periods.closes_at(cleaned.factor_closes, ends, first)
        # Across a period without a session nothing has a return, so that no fit uses the zeros there.
        returns = np.nan_to_num(factor_returns(between, self.model.transforms))
        return returns + self.model.dividends(periods.frequency.a_year(self.model.trading_days))

    def _clean_window(
        self, history: History, context: _Circumstances, *, group: NDArray[np.intp] | None = None, **parts: Any
    ) -> CleanWindow:
        """A window of these parts, of all tickers of the history or of a group of them."""
        cleaned, panel = history.cleaned, history.cleaned.panel
        places = range(len(history.tickers)) if group is None else group.tolist()
        tickers = tuple(history.tickers[i] for i in places)
        lost = filler_warnings(cleaned.filler_days, parts["sessions"][0])
        return CleanWindow(
            model=self.model,
            proxies=context.proxies,
            daily_sessions=cleaned.sessions,
            tickers=tickers,
            price_dates=tuple(history.price_dates[i] for i in places),
            last_closes=history.last_closes[list(places)],
            notices=(*self.source.warnings, *context.notices, *cleaned.early_end, *lost),
            stale_prices={
                ticker: panel.stale[ticker] for ticker in (*context.proxies.values(), *tickers) if ticker in panel.stale
            },
            failures={ticker: panel.failures[ticker] for ticker in tickers if ticker in panel.failures},
            foreign=panel.foreign,
            off_days=off_days(panel, cleaned.sessions, cleaned.is_off, tickers),
            missing_days=_missing_days(cleaned, context.proxies, parts["sessions"][0]),
            final=self.source.fixed and bool(panel.dates[-1] <= np.datetime64(context.cutoff)),
            **parts,
        )

    def health(self, days: int, as_of: date | None, *, fetch: bool) -> dict[str, ProxyHealth]:
        """Health of the proxies in use, by factor code, over the last `days` trading days."""
        cutoff = self._cutoff(as_of)
        proxies, _ = choose_proxies(self._panels, self.model, days, cutoff)
        every = dict.fromkeys(proxy for factor in self.model.factors for proxy in factor.proxies)
        others = [proxy for proxy in every if proxy not in proxies.values()]
        tickers = tuple(dict.fromkeys([*proxies.values(), *(others if fetch else self.source.at_hand(others))]))
        cleaned = self._cleaned([ticker for ticker in tickers if ticker not in proxies.values()], proxies, cutoff)
        panel = cleaned.panel
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

    def _proxies(self, days: int, cutoff: date) -> tuple[Mapping[str, str], tuple[ResultWarning, ...]]:
        """The proxies of a window; those of the last windows are cached, unless one is a fallback."""
        panel = self._panels.prices([factor.proxies[0] for factor in self.model.factors])
        found = self._last_proxies.get((days, cutoff))
        if found is not None and found[0] is panel:
            return found[1], ()
        proxies, notices = choose_proxies(self._panels, self.model, days, cutoff)
        if len(self._last_proxies) >= MAX_CACHED_CHOICES:
            self._last_proxies.clear()
        if not notices:
            self._last_proxies[days, cutoff] = panel, proxies
        return proxies, notices

    def _cleaned(self, tickers: Sequence[str], proxies: Mapping[str, str], cutoff: date) -> Cleaned:
        """The cleaned panel of these tickers and the proxies; the last one is cached for the next window."""
        panel = self._panels.prices([*proxies.values(), *tickers])
        last, key = self._last_cleaned, (tuple(proxies.values()), cutoff)
        if last is None or last.panel is not panel or last.key != key:
            fillers = self._fillers(panel, tuple(proxies.values())[self.model.market_column])
            last = self._last_cleaned = clean(panel, self.model, proxies, cutoff, self.source.name, fillers)
        return last

    def _fillers(self, panel: PricePanel, market: str) -> Fillers | None:
        """The filler bars of a panel without volumes, found once for all days; None for one with volumes."""
        last = self._last_fillers
        if panel.volumes is None and (last is None or last.panel is not panel or last.market != market):
            last = self._last_fillers = Fillers.of(panel, market)
        return last if panel.volumes is None else None

    def _history(self, tickers: tuple[str, ...], cleaned: Cleaned) -> History:
        """The history of these tickers; the last one is cached for the next window."""
        last = self._last_history
        if last is None or last.cleaned is not cleaned or last.tickers != tickers:
            last = self._last_history = history(tickers, cleaned, self.model, self.actions)
        return last


def _missing_days(cleaned: Cleaned, proxies: Mapping[str, str], start: np.datetime64) -> dict[str, int]:
    place = {ticker: i for i, ticker in enumerate(cleaned.panel.tickers)}
    priced = np.isfinite(cleaned.closes[:, [place[proxy] for proxy in proxies.values()]])
    inside = (cleaned.dates >= start) & priced.any(axis=1)
    return {code: int((inside & ~priced[:, k]).sum()) for k, code in enumerate(proxies)}
