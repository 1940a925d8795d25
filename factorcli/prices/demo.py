"""A synthetic market, the same on every machine: returns built from known exposures.

Every ticker of the universe, and of its former members, earns R_f + α + Σ β_k f_k + ε with constant planted
betas and normal, independent ε of constant variance, so the estimates must recover the betas and classical
intervals must have their nominal coverage. The factors resemble the real ones: styles that correlate 0.85 to
0.9 with the market, volatility clustering, a VIX that jumps when the market falls.

Each series has its own random stream, seeded by its name, from a fixed first day: a later day appends to
a history and never changes it, and no series depends on which others are requested.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zlib import crc32

import numpy as np

from factorcli.engine import Array
from factorcli.markets.calendar import last_closed_day
from factorcli.markets.market import DEFAULT, Market
from factorcli.markets.universe import Universe
from factorcli.model.built_in import INDIA_5F
from factorcli.ports import Clock, PricePanel
from factorcli.prices.panel import Dates
from factorcli.results.warnings import ResultWarning

FIRST_DAY = date(2018, 1, 1)
RISK_FREE_DAILY = 0.065 / 252
WARNING = ResultWarning(
    "synthetic_prices", "this is the demo market; its prices are made up and say nothing about any company."
)
# Daily, as of India's large caps: annualised volatility is about 14 % for the index, 20 to 50 % for a stock.
MARKET_DRIFT, MARKET_VOLATILITY = 0.0005, 0.009
STYLES = {"VAL": (0.95, 0.0042), "MOM": (1.10, 0.0050), "SZ": (1.05, 0.0052)}
VIX_BETA, VIX_NOISE = -3.5, 0.035
# Daily tracking error of fallback funds against the first proxy of the same index.
TRACKING_NOISE = 0.0004


class DemoSource:
    """The synthetic market: the tickers of the universe and of its former members, and the built-in model's proxies."""

    name = "demo"
    warnings = (WARNING,)
    left_alone = ()
    fixed = False
    total_return = False

    def __init__(
        self, universe: Universe, clock: Clock, market: Market = DEFAULT, former: frozenset[str] = frozenset()
    ) -> None:
        self._stocks = frozenset(universe.by_ticker) | former
        self._clock = clock
        self._market = market

    def listed(self) -> frozenset[str]:
        """Every ticker there is."""
        proxies = (proxy for factor in INDIA_5F.factors for proxy in factor.proxies)
        return self._stocks | frozenset(proxies)

    def planted_betas(self, ticker: str) -> dict[str, float]:
        """The true betas of a stock, by factor code."""
        betas, _, _ = _character(ticker)
        return dict(zip(INDIA_5F.codes, (float(beta) for beta in betas), strict=True))

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """Closes of these tickers from 2018 to the last closed weekday; unknown ones are left out."""
        listed = self.listed()
        known = tuple(dict.fromkeys(ticker for ticker in tickers if ticker in listed))
        closes = np.empty((len(known), len(self._days)))
        proxies = {proxy: k for k, factor in enumerate(INDIA_5F.factors) for proxy in factor.proxies}
        for ticker, row in zip(known, closes, strict=True):
            if ticker in proxies:
                row[:] = self._proxy(ticker, proxies[ticker])
            else:
                self._stock(ticker, row)
        return PricePanel(self._days, known, np.ascontiguousarray(closes.T))

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """All of them, as none is fetched."""
        return list(tickers)

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing is fetched."""
        return nullcontext()

    def drawn(self, tickers: Sequence[str]) -> "DemoSource":
        """The same market of these tickers alone."""
        return DemoSource(Universe((), {}), self._clock, self._market, self._stocks.intersection(tickers))

    @cached_property
    def _days(self) -> Dates:
        end = last_closed_day(self._clock.now(), self._market) + timedelta(days=1)
        days = np.arange(np.datetime64(FIRST_DAY), max(np.datetime64(end), np.datetime64(FIRST_DAY)))
        return days[np.is_busday(days)]

    @property
    def _factors(self) -> Array:
        return _factor_returns(len(self._days))

    def _proxy(self, ticker: str, k: int) -> Array:
        factor = INDIA_5F.factors[k]
        returns = self._factors[:, k]
        if ticker != factor.proxies[0]:
            returns = returns + TRACKING_NOISE * _stream(ticker).standard_normal(len(returns))
        start = {"MKT": 10500.0, "VOL": 14.0}.get(factor.code, 50.0)
        return _closes(start, returns)

    def _stock(self, ticker: str, out: Array) -> None:
        """Closes (T,) of a stock, written to `out`; in place, as thousands of stocks are drawn."""
        betas, alpha, volatility = _character(ticker)
        noise = _stream(ticker).standard_normal(len(self._days))
        np.multiply(self._factor_rows[0], betas[0], out=out)
        for factor, beta in zip(self._factor_rows[1:], betas[1:], strict=True):
            out += factor * beta
        # The model's market factor is net of R_f, so β_MKT multiplies the excess return.
        out += RISK_FREE_DAILY * (1.0 - betas[0]) + alpha
        noise *= volatility
        out += noise
        np.maximum(out, -0.9, out=out)
        out[:1] = 0.0
        out += 1.0
        np.cumprod(out, out=out)
        out *= float(_stream(f"price {ticker}").uniform(80, 3000))

    @cached_property
    def _factor_rows(self) -> Array:
        """The factors' returns, (5, T)."""
        return np.ascontiguousarray(self._factors.T)


@lru_cache(maxsize=4)
def _factor_returns(count: int) -> Array:
    """Simple returns (T, 5) of the factors on the first days, the first row 0."""
    shocks = {code: _stream(f"factor {code}").standard_normal(count) for code in INDIA_5F.codes}
    market = MARKET_DRIFT + MARKET_VOLATILITY * _clustering(shocks["MKT"]) * shocks["MKT"]
    columns = [market]
    for code, (slope, noise) in STYLES.items():
        columns.append(slope * market + noise * shocks[code])
    columns.append(_bounded(VIX_BETA * market + VIX_NOISE * shocks["VOL"]))
    factors = np.column_stack(columns)
    factors[:1] = 0.0
    return factors


def _stream(name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(crc32(name.encode())))


def _character(ticker: str) -> tuple[Array, float, float]:
    """Planted betas (5,), daily α and daily idiosyncratic volatility of a stock."""
    draw = _stream(f"character {ticker}")
    betas = draw.normal((0.15, 0.15, 0.20, 0.45, -0.005), (0.20, 0.18, 0.18, 0.20, 0.01))
    return betas, float(draw.normal(0.0, 0.0002)), float(draw.uniform(0.008, 0.018))


def _clustering(shocks: Array) -> Array:
    """Volatility multipliers (T,), GARCH(1, 1) in form: they rise after large shocks and decay; mean about 1."""
    level, out = 1.0, np.empty(len(shocks))
    for i, shock in enumerate(shocks.tolist()):
        out[i] = level
        level = (0.06 + 0.90 * level * level + 0.04 * level * level * min(shock * shock, 9.0)) ** 0.5
    return out


def _closes(start: float, returns: Any) -> Array:
    closes: Array = start * np.cumprod(1.0 + returns)
    return closes


def _bounded(returns: Array) -> Array:
    """Relative changes of a level, limited to −25 % and +60 %."""
    return np.clip(returns, -0.25, 0.60)
