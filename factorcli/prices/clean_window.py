"""One window of clean, aligned returns, and the gate's report of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.errors import FactorError
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY, MONTHLY, Frequency, first_day
from factorcli.model.windows import STALE_SESSIONS
from factorcli.ports import StandIn, TickerReport
from factorcli.prices.gate_rules import Reason, large_moves
from factorcli.prices.off_days import NO_OFF_DAYS, OffDays
from factorcli.prices.panel import Dates, from_dates
from factorcli.prices.screening import Screened
from factorcli.results.warnings import ResultWarning

NO_STAND_IN = StandIn(None)


@dataclass(frozen=True)
class CleanWindow:
    """Implements `ports.MarketWindow`: T sessions, K factors, N tickers."""

    model: FactorModel
    proxies: Mapping[str, str]
    sessions: Dates  # (T,), the last one of each period where returns are not daily
    raw_factors: Array  # (T, K), not net of R_f
    screened: Screened  # of the N tickers
    session_reasons: NDArray[np.uint8]  # (T,), of Reason: why a session is left out for every ticker
    daily_sessions: Dates  # all sessions up to as of
    tickers: tuple[str, ...]
    price_dates: tuple[tuple[date | None, date | None], ...]  # first and last of each ticker
    last_closes: Array  # (N,), up to as of
    notices: tuple[ResultWarning, ...]
    final: bool
    missing_days: Mapping[str, int]
    frequency: Frequency = DAILY
    stale_prices: Mapping[str, str] = field(default_factory=dict)  # by ticker, proxies among them
    failures: Mapping[str, FactorError] = field(default_factory=dict)  # by ticker: why the source failed
    foreign: Mapping[str, str] = field(default_factory=dict)  # by ticker: how it is quoted, if not as the market is
    off_days: Mapping[str, OffDays] = field(default_factory=dict)  # by ticker
    session_before: tuple[date, Array] | None = None  # that before the first return, and its raw factors (K,)
    stand_ins: Mapping[int, StandIn] = field(default_factory=dict)  # by column, part of its returns

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Dates of the returns, ascending."""
        return from_dates(self.sessions)

    @cached_property
    def risk_free(self) -> Array:
        """Risk-free rate of each period (T,)."""
        return np.array(self.model.risk_free.on(self.dates)) / self.periods_a_year

    @property
    def periods_a_year(self) -> int:
        """Number of returns a year."""
        return self.frequency.a_year(self.model.trading_days)

    @cached_property
    def factors(self) -> Array:
        """Factor returns (T, K), net of R_f where the model says so."""
        return self.raw_factors - np.where(self._net, self.risk_free[:, None], 0.0)

    @cached_property
    def factors_before(self) -> Array:
        """Factor returns (K,) of the session before the first, net of R_f where the model says so; NaN without it."""
        if self.session_before is None:
            return np.full(self.raw_factors.shape[1], np.nan)
        day, raw = self.session_before
        rates = self.model.risk_free
        early = rates.dates and day < rates.dates[0]
        rate = np.nan if early else rates.on([day])[0] / self.periods_a_year
        before: Array = raw - np.where(self._net, rate, 0.0)
        return before

    @property
    def _net(self) -> NDArray[np.bool_]:
        """Mask (K,) of the factors whose returns are net of R_f."""
        return np.array([factor.excess for factor in self.model.factors])

    @property
    def closes(self) -> Array:
        """Closes (T + 1, N) at the sessions that the returns join, NaN where missing."""
        return self.screened.closes

    @property
    def gross_returns(self) -> Array:
        """Ticker returns (T, N) with R_f, also those that are left out; NaN where a price is missing."""
        return self.screened.returns

    @cached_property
    def own_exclusions(self) -> NDArray[np.bool_]:
        """Mask (T, N) of the returns that are left out for one ticker alone; a filler bar is a missing price."""
        own = (self.screened.reasons != Reason.KEPT) & (self.screened.reasons != Reason.FILLER_BAR)
        return np.asarray(own & self.kept_sessions[:, None])

    @cached_property
    def reasons(self) -> NDArray[np.uint8]:
        """Reasons (T, N) why returns are left out; those that hold for every ticker come first."""
        everybody = self.session_reasons[:, None]
        return np.where(everybody == Reason.KEPT, self.screened.reasons, everybody)

    @cached_property
    def excess_returns(self) -> Array:
        """Ticker returns net of R_f (T, N), NaN where missing or left out."""
        kept = np.where(self.reasons == Reason.KEPT, self.screened.returns, np.nan)
        return kept - self.risk_free[:, None]

    @cached_property
    def genuine_returns(self) -> Array:
        """As `excess_returns`, with those of sessions left out because of a proxy."""
        kept = (self.screened.reasons == Reason.KEPT) & (self.session_reasons != Reason.EXCLUDE_DATES)[:, None]
        return np.where(kept, self.screened.returns, np.nan) - self.risk_free[:, None]

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """Fallback and stale proxies, and sessions left out for every ticker."""
        return (*self.model.warnings, *self.notices, *self._stale_proxies(), *self._suspect_proxies())

    @cached_property
    def up_to_date(self) -> NDArray[np.bool_]:
        """Mask (N,) of the tickers that did not fail and whose last price is at most STALE_SESSIONS sessions old."""
        last = np.array([last for _, last in self.price_dates], dtype="datetime64[D]")
        failed = np.array([ticker in self.failures for ticker in self.tickers], dtype=np.bool_)
        oldest = self.daily_sessions[-STALE_SESSIONS - 1 :][0]  # after it come STALE_SESSIONS sessions
        return np.asarray((last >= oldest) & ~failed)

    def stale(self, column: int) -> bool:
        """Whether the newest prices of this ticker or of a proxy were not available."""
        if not self.stale_prices:
            return False
        return any(ticker in self.stale_prices for ticker in (self.tickers[column], *self.proxies.values()))

    @property
    def kept_sessions(self) -> NDArray[np.bool_]:
        """Mask (T,) of the sessions that are not left out for every ticker."""
        return np.asarray(self.session_reasons == Reason.KEPT)

    @property
    def suspect_days(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of the sessions that are left out because of each factor's proxy, by code."""
        gaps = np.abs(self.raw_factors - self.raw_factors[:, [self.model.market_column]])
        limit = self.model.max_gap_to_market
        days: dict[str, tuple[int, ...]] = {}
        for k, (code, style) in enumerate(zip(self.model.codes, self.model.traded_styles, strict=True)):
            far = (gaps[:, k] > limit) & (self.session_reasons == Reason.SUSPECT_PROXY) if style else np.zeros(0)
            days[code] = tuple(int(i) for i in np.flatnonzero(far))
        return days

    def of(self, columns: Sequence[int]) -> "CleanWindow":
        """The window of some tickers, by column, in this order."""
        chosen = np.array(columns, dtype=np.intp)
        return replace(
            self,
            screened=self.screened.of(chosen),
            tickers=tuple(self.tickers[k] for k in columns),
            price_dates=tuple(self.price_dates[k] for k in columns),
            last_closes=self.last_closes[chosen],
            stand_ins={i: self.stand_ins[k] for i, k in enumerate(columns) if k in self.stand_ins},
        )

    def joined(self, other: "CleanWindow") -> "CleanWindow":
        """The window of these tickers and, behind them, of those of another that is like it."""
        count = len(self.tickers)
        return replace(
            self,
            screened=self.screened.joined(other.screened),
            tickers=(*self.tickers, *other.tickers),
            price_dates=(*self.price_dates, *other.price_dates),
            last_closes=np.concatenate([self.last_closes, other.last_closes]),
            stale_prices={**self.stale_prices, **other.stale_prices},
            failures={**self.failures, **other.failures},
            foreign={**self.foreign, **other.foreign},
            off_days={**self.off_days, **other.off_days},
            stand_ins={**self.stand_ins, **{count + i: one for i, one in other.stand_ins.items()}},
        )

    def is_like(self, other: "CleanWindow") -> bool:
        """Whether another window has the same sessions, factors and warnings."""
        arrays = ("sessions", "raw_factors", "session_reasons", "daily_sessions")
        return (
            self.model is other.model
            and (self.proxies, self.notices, self.final, self.missing_days, self.frequency)
            == (other.proxies, other.notices, other.final, other.missing_days, other.frequency)
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in arrays)
        )

    def filled(self, stand_ins: Mapping[int, StandIn]) -> "CleanWindow":
        """The window with other returns before the first price of some tickers, by column, and closes from these."""
        closes, returns = self.screened.closes.copy(), self.screened.returns.copy()
        for column, one in stand_ins.items():
            if (early := one.returns) is not None:
                for day in np.flatnonzero(np.isfinite(early))[::-1]:
                    returns[day, column] = early[day]
                    closes[day, column] = closes[day + 1, column] / (1.0 + early[day])
        return replace(self, screened=replace(self.screened, closes=closes, returns=returns), stand_ins=stand_ins)

    def report(self, column: int) -> TickerReport:
        """The gate's report of one ticker inside the window; of one without any price, only why it has none."""
        ticker, screened, (first, last) = self.tickers[column], self.screened, self.price_dates[column]
        stale, failure, foreign = (
            self.stale_prices.get(ticker, ""),
            self.failures.get(ticker),
            self.foreign.get(ticker, ""),
        )
        if last is None:
            missing = int(self.kept_sessions.sum())
            return TickerReport(None, None, 0, missing, (), (), stale=stale, failure=failure, foreign=foreign)
        returns, reasons = screened.returns[:, column], self.reasons[:, column]
        kept = reasons == Reason.KEPT
        left_out = [(day, Reason(reasons[day]), float(returns[day])) for day in np.flatnonzero(~kept).tolist()]
        start, end = first_day(self.dates[0], self.frequency), self.dates[-1]
        fill = self.stand_ins.get(column, NO_STAND_IN)
        return TickerReport(
            first_price=first,
            last_price=last,
            sessions_since_last_price=self._sessions_after(last),
            missing=int((np.isnan(returns) & kept).sum()),
            excluded=tuple((day, reason.code, size) for day, reason, size in left_out),
            large_moves=self._large_moves(ticker, returns, kept),
            stale=stale,
            last_close=float(self.last_closes[column]),
            failure=failure,
            foreign=foreign,
            off_days=(off := self.off_days.get(ticker, NO_OFF_DAYS)).days,
            day_shift=off.shift,
            bad_prints=tuple(
                one for one in screened.bad_prints.get(column, ()) if one.dates[1] >= start and one.dates[0] <= end
            ),
            actions=tuple(one for one in screened.actions.get(column, ()) if start <= one.date <= end),
            returns=int(np.isfinite(returns).sum()),
            unchanged=int((returns == 0).sum()),
            jumps=tuple(
                screened.days_left_out.get((day, column), (self.dates[day], size))
                for day, reason, size in left_out
                if reason == Reason.SUSPECT_JUMP
            ),
            filled=0 if fill.returns is None else int(np.isfinite(fill.returns).sum()),
            filled_by=fill.whose,
            not_filled=fill.problem,
        )

    def _large_moves(self, ticker: str, returns: Array, kept: NDArray[np.bool_]) -> tuple[int, ...]:
        """Kept large returns (T,), of a ticker that can be held; in a month they are nothing unusual."""
        if self.frequency is MONTHLY or ticker in self.model.untraded_proxies:
            return ()
        return tuple(np.flatnonzero(large_moves(returns, self.model.large_move) & kept).tolist())

    def _sessions_after(self, day: date) -> int:
        return len(self.daily_sessions) - int(np.searchsorted(self.daily_sessions, np.datetime64(day), side="right"))

    def _stale_proxies(self) -> tuple[ResultWarning, ...]:
        found = [self.stale_prices[proxy] for proxy in self.proxies.values() if proxy in self.stale_prices]
        if not found:
            return ()
        count = len(found) - 1
        others = f" The same holds for {count} other {'proxy' if count == 1 else 'proxies'}." if count else ""
        return (ResultWarning("stale_prices", f"{found[0]}{others}"),)

    def _suspect_proxies(self) -> tuple[ResultWarning, ...]:
        market = self.raw_factors[:, self.model.market_column]
        parts = []
        for i in np.flatnonzero(self.session_reasons == Reason.SUSPECT_PROXY):
            gaps = np.abs(self.raw_factors[i] - market[i])
            k = int(np.argmax(np.where(self.model.traded_styles, gaps, 0.0)))
            proxy = self.proxies[self.model.codes[k]]
            parts.append(f"{self.sessions[i]} ({proxy} {self.raw_factors[i, k]:+.2%}, market {market[i]:+.2%})")
        if not parts:
            return ()
        text = (
            f"left out for every ticker: {first_of(parts)}; a style fund this far from the market has a stale or "
            "wrong price."
        )
        return (ResultWarning("suspect_proxy", text),)


def first_of(parts: Sequence[str], most: int = 5) -> str:
    """The first `most` parts as a list in a sentence, and how many more there are."""
    shown = ", ".join(parts[:most])
    return shown if len(parts) <= most else f"{shown} and {len(parts) - most} more"


def filler_warnings(
    filler_days: Mapping[str, tuple[np.datetime64, ...]], start: np.datetime64
) -> tuple[ResultWarning, ...]:
    """That days since a start are no sessions, because of filler bars of proxies (by proxy)."""
    lost = [f"{day} ({proxy})" for proxy, days in filler_days.items() for day in days if day >= start]
    if not lost:
        return ()
    text = f"no session, because a proxy has only a filler bar: {first_of(lost)}; the next return spans both days."
    return (ResultWarning("filler_bar", text),)
