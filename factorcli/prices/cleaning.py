"""A source's panel cleaned: its sessions, the factors' returns, and the screened returns of tickers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array
from factorcli.errors import InsufficientHistory
from factorcli.markets.corporate_actions import CorporateActions
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY
from factorcli.ports import PricePanel
from factorcli.prices.corporate_actions import MarketSessions
from factorcli.prices.gate_rules import Reason, filler_bars, suspect_sessions
from factorcli.prices.panel import Dates, factor_returns, from_dates, native_frequency
from factorcli.prices.screening import Screened, screen
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Cleaned:
    """A panel up to a day without its filler bars, and the factor returns of its sessions."""

    panel: PricePanel  # from the source; identifies what was cleaned
    key: tuple[object, ...]
    dates: Dates  # (T,)
    closes: Array  # (T, M)
    filler: NDArray[np.bool_]  # (T, M)
    is_session: NDArray[np.bool_]  # (T,)
    is_off: NDArray[np.bool_]  # (T,): no proxy has a bar, not even a filler
    factor_closes: Array  # (S + 1, K)
    factors: Array  # (S, K)
    session_reasons: NDArray[np.uint8]  # (S,), of Reason: why a session is left out for every ticker
    filler_days: Mapping[str, tuple[np.datetime64, ...]]  # of the proxies
    early_end: tuple[ResultWarning, ...]  # that proxies end the sample early, or nothing

    @property
    def sessions(self) -> Dates:
        """The dates with a price of every factor (S + 1,)."""
        return self.dates[self.is_session]

    def session_before(self, first: int) -> tuple[date, Array] | None:
        """The session before that of return number `first`, with its factor returns, if it has any."""
        return (from_dates(self.sessions[first : first + 1])[0], self.factors[first - 1]) if first else None


@dataclass(frozen=True)
class History:
    """All sessions of some tickers, cleaned; a `CleanWindow` is the last of them."""

    tickers: tuple[str, ...]
    cleaned: Cleaned
    screened: Screened
    price_dates: tuple[tuple[date | None, date | None], ...]
    last_closes: Array  # (N,)


@dataclass(frozen=True)
class Fillers:
    """The filler bars (T, M) of a whole panel without volumes, whose days do not depend on later ones."""

    panel: PricePanel
    market: str
    mask: NDArray[np.bool_]

    @classmethod
    def of(cls, panel: PricePanel, market: str) -> "Fillers":
        """Those of a panel, by the closes of the market's proxy."""
        closes = panel.closes
        return cls(panel, market, filler_bars(closes, None, closes[:, panel.tickers.index(market)]))


def clean(
    panel: PricePanel,
    model: FactorModel,
    proxies: Mapping[str, str],
    cutoff: date,
    source: str,
    fillers: Fillers | None = None,
) -> Cleaned:
    """The panel up to a day without filler bars, and its sessions. Raises InsufficientHistory without two of them.

    fillers: of the panel, where they are known.
    """
    closed = panel.dates <= np.datetime64(cutoff)
    dates, closes = panel.dates[closed], panel.closes[closed].copy()
    volumes = None if panel.volumes is None else panel.volumes[closed]
    place = {ticker: i for i, ticker in enumerate(panel.tickers)}
    columns = [place[proxy] for proxy in proxies.values()]
    market = closes[:, columns[model.market_column]]
    is_off = ~np.isfinite(closes[:, columns]).any(axis=1)
    filler = filler_bars(closes, volumes, market) if fillers is None else fillers.mask[closed]
    closes[filler] = np.nan
    factor_closes = closes[:, columns]
    is_session = np.isfinite(factor_closes).all(axis=1)
    if (count := int(is_session.sum())) < 2:
        raise InsufficientHistory(
            f"{source} has {count} session{'' if count == 1 else 's'} with a price for every factor up "
            f"to {cutoff}; at least 31 are needed. Ask for a later day, or check the dates of the proxies' prices."
        )
    price_returns = factor_returns(factor_closes[is_session], model.transforms)
    return Cleaned(
        panel=panel,
        key=(tuple(proxies.values()), cutoff),
        dates=dates,
        closes=closes,
        filler=filler,
        is_session=is_session,
        is_off=is_off,
        factor_closes=factor_closes[is_session],
        factors=price_returns + model.dividends(model.trading_days),
        session_reasons=_session_reasons(model, dates[is_session], price_returns),
        filler_days={proxy: tuple(dates[filler[:, place[proxy]] & np.isfinite(market)]) for proxy in proxies.values()},
        early_end=_early_end_warning(dates, factor_closes, list(proxies.values())),
    )


def history(tickers: tuple[str, ...], cleaned: Cleaned, model: FactorModel, actions: CorporateActions) -> History:
    """The screened returns of these tickers over all sessions; NaN for a ticker that the panel lacks."""
    place = {ticker: i for i, ticker in enumerate(cleaned.panel.tickers)}
    index = np.array([place.get(ticker, -1) for ticker in tickers], dtype=np.intp)
    there = index >= 0
    closes, filler = cleaned.closes[:, index], cleaned.filler[:, index]
    closes[:, ~there] = np.nan
    filler[:, ~there] = False
    sessions = np.flatnonzero(cleaned.is_session)
    screened = screen(
        closes[sessions],
        filler[sessions],
        tickers,
        actions,
        MarketSessions(
            model,
            cleaned.dates[sessions],
            cleaned.factors[:, model.market_column],
            cleaned.session_reasons == Reason.KEPT,
        ),
    )
    return History(
        tickers,
        cleaned,
        screened,
        _price_dates(cleaned.dates, np.isfinite(closes)),
        _last_closes(closes[: sessions[-1] + 1]),
    )


def _session_reasons(model: FactorModel, sessions: Dates, factors: Array) -> NDArray[np.uint8]:
    """Reasons (S,) for which sessions (S + 1,) are left out for every ticker; the first has no return."""
    session_reasons = np.zeros(len(factors), dtype=np.uint8)
    daily = native_frequency(sessions) is DAILY
    suspect = suspect_sessions(
        factors,
        model.market_column,
        np.array([factor.traded for factor in model.factors]),
        model.max_gap_to_market if daily else 0.0,
        model.max_daily_return,
    )
    session_reasons[suspect] = Reason.SUSPECT_PROXY
    excluded = np.array(model.exclude_dates, dtype="datetime64[D]")
    session_reasons[np.isin(sessions[1:], excluded)] = Reason.EXCLUDE_DATES
    return session_reasons


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


def _price_dates(dates: Dates, priced: NDArray[np.bool_]) -> tuple[tuple[date | None, date | None], ...]:
    """The dates of the first and the last price of each ticker; priced (T, N)."""
    first, last = np.argmax(priced, axis=0), len(dates) - 1 - np.argmax(priced[::-1], axis=0)
    known = np.asarray(priced.any(axis=0)).tolist()
    pairs = zip(known, from_dates(dates[first]), from_dates(dates[last]), strict=True)
    return tuple((start, end) if is_known else (None, None) for is_known, start, end in pairs)


def _last_closes(closes: Array) -> Array:
    """The last close of each column (T, N) → (N,); NaN where it has none."""
    after = np.argmax(np.isfinite(closes[::-1]), axis=0)
    last: Array = closes[len(closes) - 1 - after, np.arange(closes.shape[1])]
    return last
