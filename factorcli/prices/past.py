"""Prices of a stretch of the past, with no session left out: what happened, rather than what a fit may use."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import numpy as np

from factorcli.engine import Array
from factorcli.errors import InsufficientHistory, NoPrices, UpstreamError
from factorcli.markets.corporate_actions import CorporateActions
from factorcli.model.factor_model import FactorModel
from factorcli.model.windows import STALE_SESSIONS
from factorcli.ports import PriceHistory, PricePanel
from factorcli.prices.cleaning import Cleaned, clean, history
from factorcli.prices.panel import Dates, columns_of, factor_returns, from_dates, native_frequency
from factorcli.prices.panels import Panels

MIN_PRICED = 0.8  # share of the sessions on which a proxy needs a price
MAX_STRETCHES = 32  # that are kept


class _Stretch(NamedTuple):
    """What does not depend on the tickers that are asked for, of some sessions: rates, and returns of the factors."""

    dates: tuple[date, ...]
    rows: slice
    factors: Array
    gross_factors: Array
    risk_free: Array
    proxies: dict[str, str]


@dataclass(frozen=True)
class _Cleaned:
    """A panel cleaned by the sessions of the market's proxy, and what was found in it, for the next question.

    closes: by ticker at the sessions, screened, a missing one replaced by the last before it.
    """

    prices: PricePanel
    proxy: str
    cleaned: Cleaned
    closes: dict[str, Array] = field(default_factory=dict)
    stretches: dict[tuple[date, date], _Stretch] = field(default_factory=dict)


@dataclass
class Past:
    """The prices of a source up to a day; the last panel cleaned is kept for the next question."""

    panels: Panels
    model: FactorModel
    actions: CorporateActions
    cutoff: date
    _last: _Cleaned | None = None

    def between(self, tickers: Sequence[str], start: date, end: date) -> PriceHistory:
        """As `ports.MarketData.history`."""
        first = [factor.proxies[0] for factor in self.model.factors]
        panel = self.panels.prices([*first, *tickers])
        kept = self._market(panel, start, end)
        if (start, end) not in kept.stretches:
            while len(kept.stretches) >= MAX_STRETCHES:
                del kept.stretches[next(iter(kept.stretches))]
            kept.stretches[start, end] = self._stretch(panel, kept, start, end)
        found = kept.stretches[start, end]
        return PriceHistory(
            dates=found.dates,
            closes=self._closes(tickers, kept)[found.rows],
            factors=found.factors,
            gross_factors=found.gross_factors,
            risk_free=found.risk_free,
            proxies=found.proxies,
            last_date=from_dates(kept.cleaned.sessions[-1:])[0],
        )

    def _closes(self, tickers: Sequence[str], kept: _Cleaned) -> Array:
        """The screened closes (S + 1, N) at the sessions, a missing one replaced by the last before it."""
        new = tuple(ticker for ticker in dict.fromkeys(tickers) if ticker not in kept.closes)
        if new:
            own = history(new, kept.cleaned, self._only_market, self.actions).screened.closes
            kept.closes.update(zip(new, _filled(own).T, strict=True))
        return np.column_stack([kept.closes[ticker] for ticker in tickers])

    def _stretch(self, panel: PricePanel, kept: _Cleaned, start: date, end: date) -> _Stretch:
        cleaned = kept.cleaned
        rows = _rows(cleaned.sessions, start, end)
        dates = from_dates(cleaned.sessions[rows][1:])
        factors, proxies = self._factors(panel, cleaned, rows, kept.proxy)
        year = native_frequency(cleaned.sessions).a_year(self.model.trading_days)
        risk_free = self._rates(dates) / year
        gross = factors + np.array(self.model.dividends(year))
        net = np.array([factor.excess for factor in self.model.factors])
        return _Stretch(dates, rows, gross - np.where(net, risk_free[:, None], 0.0), gross, risk_free, proxies)

    @property
    def _only_market(self) -> FactorModel:
        """The model without its styles, so that a session is one on which the market has a price."""
        return replace(self.model, factors=(self.model.factors[self.model.market_column],))

    def _market(self, panel: PricePanel, start: date, end: date) -> _Cleaned:
        """The panel cleaned by the sessions of the market's first proxy with prices from start to end and before."""
        model = self._only_market
        (factor,) = model.factors
        begins = []
        for proxy in factor.proxies:
            prices = panel if proxy in panel.tickers else self._with(panel, proxy)
            if prices is None:
                continue
            try:
                kept = self._cleaned(prices, proxy, model)
            except InsufficientHistory:
                continue
            sessions = kept.cleaned.sessions
            rows = _rows(sessions, start, end)
            if rows.start >= 0 and rows.stop - rows.start > 1:
                return kept
            if rows.start >= 0 and sessions[-1] > np.datetime64(end):
                raise NoPrices(f"There is no session from {start} to {end}: ask for days on which the market was open.")
            begins.append(f"{proxy} from {sessions[0]} to {sessions[-1]}")
        there = f"it has {' and '.join(begins)}" if begins else f"it has none of {' and '.join(factor.proxies)}"
        raise NoPrices(
            f"{self.panels.source.name} has no prices of the market ({factor.code}) from {start} to {end} and before: "
            f"{there}. Ask for other days, or use a source that has them."
        )

    def _cleaned(self, prices: PricePanel, proxy: str, model: FactorModel) -> _Cleaned:
        """A panel cleaned by the sessions of the market's proxy."""
        last = self._last
        if last is None or last.prices is not prices or last.proxy != proxy:
            cleaned = clean(prices, model, {model.codes[0]: proxy}, self.cutoff, self.panels.source.name)
            self._last = last = _Cleaned(prices, proxy, cleaned)
        return last

    def _factors(self, panel: PricePanel, cleaned: Cleaned, rows: slice, market: str) -> tuple[Array, dict[str, str]]:
        """Gross returns (T, K), without dividends, of each factor's first proxy with prices, NaN without any; these."""
        found = np.full((rows.stop - rows.start - 1, len(self.model.factors)), np.nan)
        proxies: dict[str, str] = {}
        for k, factor in enumerate(self.model.factors):
            names = (market,) if k == self.model.market_column else factor.proxies
            for proxy in names:
                closes = self._proxy_closes(panel, cleaned, proxy)
                if closes is not None and _covers(closes, rows):
                    found[:, [k]] = factor_returns(_filled(closes)[rows], (factor.transform,))
                    proxies[factor.code] = proxy
                    break
        return found, proxies

    def _proxy_closes(self, panel: PricePanel, cleaned: Cleaned, proxy: str) -> Array | None:
        """The closes (S + 1, 1) of a proxy at the sessions, None without any."""
        if proxy in cleaned.panel.tickers:
            own: Array = cleaned.closes[cleaned.is_session, cleaned.panel.tickers.index(proxy)]
            return own[:, None]
        prices = self._with(panel, proxy)
        if prices is None:
            return None
        place = np.searchsorted(prices.dates, cleaned.sessions)
        place = np.minimum(place, len(prices.dates) - 1)
        closes = columns_of(prices, [proxy])[place]
        closes[prices.dates[place] != cleaned.sessions] = np.nan
        return closes

    def _with(self, panel: PricePanel, proxy: str) -> PricePanel | None:
        """A panel with one more proxy, None where the source has no prices of it. Raises UpstreamError."""
        prices = self.panels.prices([*dict.fromkeys([*panel.tickers, proxy])])
        failure = prices.failures.get(proxy)
        if isinstance(failure, UpstreamError):
            raise failure
        return prices if proxy in prices.tickers and failure is None else None

    def _rates(self, dates: Sequence[date]) -> Array:
        """Annual risk-free rates (T,); before the first dated rate, that one."""
        rates = self.model.risk_free
        first = rates.dates[0] if rates.dates else dates[0]
        return np.array(rates.on([max(day, first) for day in dates]))


def _rows(sessions: Dates, start: date, end: date) -> slice:
    """The sessions from start to end with the one before; it begins below 0 where there is none before."""
    first = int(np.searchsorted(sessions, np.datetime64(start)))
    return slice(first - 1, int(np.searchsorted(sessions, np.datetime64(end), side="right")))


def _covers(closes: Array, rows: slice) -> bool:
    """Whether a proxy has a recent close before the first session, and closes on most of the sessions."""
    priced = np.isfinite(closes[:, 0])
    recent = priced[max(0, rows.start - STALE_SESSIONS) : rows.start + 1].any()
    return bool(recent and priced[rows.start + 1 : rows.stop].mean() >= MIN_PRICED)


def _filled(closes: Array) -> Array:
    """Closes (T, N) with each missing one replaced by the last before it; NaN before the first."""
    priced = np.isfinite(closes)
    last = np.maximum.accumulate(np.where(priced, np.arange(len(closes))[:, None], 0), axis=0)
    return np.asarray(np.take_along_axis(closes, last, axis=0))
