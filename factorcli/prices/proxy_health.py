"""Health of the proxies: thin funds repeat closes, miss days and track other funds of the same index badly.

Health is for information only: `GatedMarket` chooses the proxies by the rules of `gate_rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.model.factor_model import MARKET, Factor, FactorModel
from factorcli.model.windows import MIN_OBSERVATIONS
from factorcli.prices.gate_rules import MIN_MARKET_MOVE, previous, suspect_sessions
from factorcli.prices.panel import Dates, factor_returns, from_dates
from factorcli.results.model import ProxyHealth, Tracking

HEALTHY, THIN = "healthy", "thin"
# Two liquid funds of one index correlate 0.92 to 0.97 a day. At 0.90 a fifth of the variance of the
# worse one is noise, about half of a style's variance net of the market, and betas are biased towards 0 by it.
MIN_CORRELATION = 0.90
# Liquid funds repeat their close on up to 2 % of the days on which the market moves (ticks are coarse).
MAX_STALE_SHARE = 0.05
# Share of days without volume up to which closes still count as prices.
MAX_ZERO_VOLUME_SHARE = 0.05
# A proxy's missing days are missing for every ticker, and a fit needs 80 % of the window.
MAX_MISSING_SHARE = 0.05
# Suspect sessions, too, are left out for every ticker; liquid funds have two in two years.
MAX_SUSPECT_SHARE = 0.02
# The last close may not have been settled yet.
MAX_DAYS_BEHIND = 1


@dataclass(frozen=True)
class ProxyPrices:
    """Prices of proxies and of their alternatives, up to as of.

    closes of the source; kept: closes without filler bars; volumes or None: all (T, M), NaN where missing.
    """

    dates: Dates  # (T,)
    tickers: tuple[str, ...]  # M
    closes: Array
    kept: Array
    volumes: Array | None

    def columns(self, tickers: list[str]) -> list[int]:
        """Positions of these tickers."""
        return [self.tickers.index(ticker) for ticker in tickers]

    def last_days(self, in_use: list[str], days: int) -> "ProxyPrices":
        """The last `days` trading days and the one before: those on which half of the proxies in use are priced."""
        priced = np.isfinite(self.kept[:, self.columns(in_use)]).sum(axis=1)
        rows = np.flatnonzero(2 * priced >= len(in_use))[-days - 1 :]
        volumes = None if self.volumes is None else self.volumes[rows]
        return ProxyPrices(self.dates[rows], self.tickers, self.closes[rows], self.kept[rows], volumes)


@dataclass(frozen=True)
class _Candidate:
    """Statistics of one ticker as a factor's proxy, and its returns (T,) that the gate keeps."""

    ticker: str
    days: int
    missing: int
    stale: int
    zero_volume: int | None
    suspect: int | None
    last: np.datetime64  # of a price; NaT where there is none
    behind: int
    returns: Array
    market: Tracking | None

    @property
    def noise(self) -> list[str]:
        """Signs, as text, that its closes are not prices of their day."""
        shown = []
        if self.stale > MAX_STALE_SHARE * self.days:
            shown.append(f"repeats its close on {self.stale / self.days:.0%} of the days")
        if self.zero_volume is not None and self.zero_volume > MAX_ZERO_VOLUME_SHARE * self.days:
            shown.append(f"does not trade on {self.zero_volume / self.days:.0%} of the days")
        return shown

    @property
    def losses(self) -> list[str]:
        """Sessions that every ticker loses because of it, as text."""
        shown = []
        if self.missing > MAX_MISSING_SHARE * self.days:
            shown.append(f"has no price on {self.missing / self.days:.0%} of the days")
        if self.suspect is not None and self.suspect > MAX_SUSPECT_SHARE * self.days:
            shown.append(f"is left out by the gate on {self.suspect / self.days:.0%} of the days")
        if self.behind > MAX_DAYS_BEHIND:
            shown.append(f"ends {self.behind} days before the others")
        return shown

    @property
    def clean(self) -> bool:
        """Whether it has neither signs of noise nor lost sessions."""
        return not self.noise and not self.losses

    @property
    def market_correlation(self) -> float:
        """Absolute correlation with the market, which noise lowers; 0 where it is not known."""
        return 0.0 if self.market is None else float(np.nan_to_num(abs(self.market.correlation)))


def proxies_health(
    model: FactorModel, proxies: Mapping[str, str], prices: ProxyPrices, days: int
) -> dict[str, ProxyHealth]:
    """The health of each factor's proxy in use, by code, beside the alternatives that `prices` has columns of."""
    inspected = _Days.of(model, proxies, prices, days)
    health = {}
    for factor in model.factors:
        own = proxies[factor.code]
        others = [proxy for proxy in factor.proxies if proxy != own and proxy in prices.tickers]
        candidates = [inspected.candidate(factor, other) for other in others]
        health[factor.code] = _judged(model, factor, inspected.candidate(factor, own), candidates)
    return health


@dataclass(frozen=True)
class _Days:
    """The days inspected, and the market with which returns are compared; T returns, T + 1 closes."""

    model: FactorModel
    history: ProxyPrices
    recent: ProxyPrices
    market: Array  # (T,) returns
    moved: Mask  # (T,) whether the market moved
    left_out: Mask  # (T,) by the gate, for every ticker

    @classmethod
    def of(cls, model: FactorModel, proxies: Mapping[str, str], prices: ProxyPrices, days: int) -> "_Days":
        recent = prices.last_days(list(proxies.values()), days)
        closes = recent.kept[:, recent.columns(list(proxies.values()))]
        returns = factor_returns(closes, [factor.transform for factor in model.factors])
        level = closes[:, model.market_column]
        moved = np.abs(level[1:] / previous(level[:, None])[1:, 0] - 1.0) > MIN_MARKET_MOVE
        suspect = suspect_sessions(
            returns,
            model.market_column,
            np.array([factor.traded for factor in model.factors]),
            model.max_gap_to_market,
            model.max_daily_return,
        )
        excluded = np.isin(recent.dates[1:], np.array(model.exclude_dates, dtype="datetime64[D]"))
        return cls(model, prices, recent, returns[:, model.market_column], moved, suspect | excluded)

    def candidate(self, factor: Factor, ticker: str) -> _Candidate:
        """Statistics of one ticker."""
        k = self.recent.tickers.index(ticker)
        closes, kept = self.recent.closes[:, [k]], self.recent.kept[:, [k]]
        returns = factor_returns(kept, [factor.transform])[:, 0]
        repeated = (closes == previous(closes))[1:, 0]
        suspect = self._suspect(returns) if factor.traded else np.zeros(len(returns), dtype=np.bool_)
        valid = np.where(suspect | self.left_out, np.nan, returns)
        days = self.model.trading_days
        priced = self.history.dates[np.isfinite(self.history.kept[:, k])]
        last = priced[-1] if len(priced) else np.datetime64("NaT", "D")
        is_market = factor.code == MARKET
        return _Candidate(
            ticker=ticker,
            days=len(returns),
            missing=int(np.isnan(kept[1:]).sum()),
            stale=int((repeated & (self.moved | is_market)).sum()),
            zero_volume=self._zero_volume(k) if factor.traded and not ticker.startswith("^") else None,
            suspect=int(suspect.sum()) if factor.traded else None,
            last=last,
            behind=int((self.recent.dates > last).sum()),
            returns=valid,
            market=None if is_market else tracking(valid, self.market, days, comparable=factor.traded),
        )

    def _suspect(self, returns: Array) -> Mask:
        """Which of a traded proxy's returns (T,) the gate excludes."""
        both, own = np.column_stack([self.market, returns]), np.array([False, True])
        return suspect_sessions(both, 0, own, self.model.max_gap_to_market, self.model.max_daily_return)

    def _zero_volume(self, k: int) -> int | None:
        """Days with a close and no volume; None where the source has no volumes of the ticker."""
        if self.history.volumes is None or self.recent.volumes is None or not (self.history.volumes[:, k] > 0).any():
            return None
        return int(((self.recent.volumes[1:, k] == 0) & np.isfinite(self.recent.closes[1:, k])).sum())


def tracking(own: Array, other: Array, days_a_year: int, *, comparable: bool = True) -> Tracking:
    """How one series of returns (T,) tracks another; comparable: whether a tracking error is meaningful."""
    both = np.isfinite(own) & np.isfinite(other)
    x, y = other[both], own[both]
    count = len(x)
    if count < MIN_OBSERVATIONS or x.min() == x.max() or y.min() == y.max():
        return Tracking(count, np.nan, np.nan, np.nan)
    covariance = np.cov(x, y)
    return Tracking(
        observations=count,
        correlation=float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])),
        beta=float(covariance[0, 1] / covariance[0, 0]),
        tracking_error=float(np.std(y - x, ddof=1) * np.sqrt(days_a_year)) if comparable else np.nan,
    )


def _judged(model: FactorModel, factor: Factor, own: _Candidate, others: list[_Candidate]) -> ProxyHealth:
    """The proxy's statistics, its verdict, and the preferred alternative.

    Of two proxies with a low correlation the thin one is that with faults of its own, or else that with the
    lower correlation with the market, since noise lowers both.
    """
    compared = {other.ticker: tracking(own.returns, other.returns, model.trading_days) for other in others}
    noise = own.noise
    for other in others:
        correlation = compared[other.ticker].correlation
        if correlation < MIN_CORRELATION and other.clean and other.market_correlation >= own.market_correlation:
            noise.append(f"has a correlation of {correlation:.2f} with {other.ticker}")
    faults = noise + own.losses
    clean = [other for other in others if other.clean]
    prefer = max(clean, key=lambda other: other.market_correlation).ticker if faults and clean else None
    return ProxyHealth(
        factor=factor.code,
        proxy=own.ticker,
        fallback=own.ticker != factor.proxies[0],
        days=own.days,
        missing=own.missing,
        stale=own.stale,
        zero_volume=own.zero_volume,
        suspect=own.suspect,
        last_date=from_dates(np.array([own.last]))[0],
        behind=own.behind,
        market=own.market,
        alternatives=compared,
        verdict=THIN if faults else HEALTHY,
        message=_thin_message(factor, own.ticker, noise, own.losses, prefer)
        if faults
        else _healthy_message(own.ticker, compared),
        prefer=prefer,
    )


def _thin_message(factor: Factor, ticker: str, noise: list[str], losses: list[str], prefer: str | None) -> str:
    *first, last = noise + losses
    faults = f"{', '.join(first)} and {last}" if first else last
    follows = (
        f"betas on {factor.code} are unreliable because of noise"
        if noise
        else "those days are left out for every ticker"
    )
    return (
        f"{ticker} {faults}: {follows}, {f'prefer {prefer}' if prefer else 'and no alternative is known to do better'}."
    )


def _healthy_message(ticker: str, compared: Mapping[str, Tracking]) -> str:
    best = max(compared, key=lambda other: np.nan_to_num(compared[other].correlation), default=None)
    if best is None or not np.isfinite(compared[best].correlation):
        return f"{ticker} shows no defect of its own; there is nothing to compare it with."
    return f"{ticker} shows no defect; it has a correlation of {compared[best].correlation:.2f} with {best}."
