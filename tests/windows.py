"""Fitted windows and price sources written by hand, in which every number is different.

In `hand_fitted` an array (N, k) holds base + 10 · ticker + column, and an array (N,) base + ticker, with another
base for each array: 112 is column 2 of ticker 1 of the array whose base is 100.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from factorcli.analysis.fit import Estimates, FittedWindow
from factorcli.analysis.origin import Origin
from factorcli.engine.attribution import Attribution
from factorcli.engine.basis import RAW
from factorcli.engine.estimators import Sample
from factorcli.engine.exposures import Exposures
from factorcli.engine.inference import Inference
from factorcli.engine.regression import Fits
from factorcli.engine.wald import JointTest
from factorcli.markets.tickers import ResolvedTicker
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import Factor, FactorModel
from factorcli.model.frequency import DAILY, Frequency
from factorcli.model.risk_free import RiskFree
from factorcli.model.specification import Specification
from factorcli.ports import PricePanel, TickerReport
from factorcli.prices.gate import GatedMarket
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning

NAN = np.nan
TICKERS = ("AAA.NS", "BBB.NS", "CCC.NS")
STOCKS = tuple(
    StockInfo(ticker, f"{word} Ltd.", sector, f"INE00{word}")
    for ticker, word, sector in zip(TICKERS, ("Alpha", "Beta", "Gamma"), ("Metals", "Banks", "Cars"), strict=True)
)
UNIVERSE = Universe(STOCKS, {"OLD.NS": "BBB.NS"})
MODEL = FactorModel(
    id="hand",
    factors=(
        Factor("MKT", "Market", ("MKT1", "MKT2"), excess=True),
        Factor("VAL", "Value", ("VAL1", "VAL2", "VAL3")),
        Factor("VOL", "Volatility", ("VOL1",), transform="pct", traded=False),
    ),
    risk_free=RiskFree((0.05,)),
    trading_days=250,
)
DATES = tuple(date(2026, 3, day) for day in (2, 3, 4, 5, 6, 9))
REPORT = TickerReport(date(2020, 1, 1), DATES[-1], 0, 0, (), ())


def grid(base: float, columns: int = 4, tickers: int = 3) -> np.ndarray:
    """base + 10 · ticker + column, (N, k)."""
    return base + 10.0 * np.arange(tickers)[:, None] + np.arange(columns)


def line(base: float, tickers: int = 3) -> np.ndarray:
    """base + ticker, (N,)."""
    return base + np.arange(tickers, dtype=np.float64)


@dataclass(frozen=True)
class HandWindow:
    """Implements `ports.MarketWindow` with whatever arrays and reports it is given."""

    dates: tuple[date, ...] = DATES
    factors: np.ndarray = field(default_factory=lambda: np.zeros((6, 3)))
    factors_before: np.ndarray = field(default_factory=lambda: np.full(3, NAN))
    excess_returns: np.ndarray = field(default_factory=lambda: np.zeros((6, 3)))
    closes: np.ndarray = field(default_factory=lambda: np.ones((7, 3)))
    gross_returns: np.ndarray = field(default_factory=lambda: np.zeros((6, 3)))
    genuine_returns: np.ndarray = field(default_factory=lambda: np.zeros((6, 3)))
    own_exclusions: np.ndarray = field(default_factory=lambda: np.zeros((6, 3), dtype=np.bool_))
    risk_free: np.ndarray = field(default_factory=lambda: np.array([1, 2, 3, 4, 5, 6]) / 1000)
    proxies: Mapping[str, str] = field(default_factory=lambda: {"MKT": "MKT1", "VAL": "VAL2", "VOL": "VOL1"})
    kept_sessions: np.ndarray = field(default_factory=lambda: np.ones(6, dtype=np.bool_))
    suspect_days: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    missing_days: Mapping[str, int] = field(default_factory=dict)
    final: bool = False
    frequency: Frequency = DAILY
    periods_a_year: int = 250
    warnings: tuple[ResultWarning, ...] = ()
    stale_columns: tuple[int, ...] = ()
    reports: tuple[TickerReport, ...] = (REPORT, REPORT, REPORT)

    @property
    def up_to_date(self) -> np.ndarray:
        """Those whose report says so."""
        return np.array([r.failure is None and r.last_price is not None for r in self.reports])

    def stale(self, column: int) -> bool:
        """Whether this column is one of the stale ones."""
        return column in self.stale_columns

    def report(self, column: int) -> TickerReport:
        """The report of this column."""
        return self.reports[column]


def hand_fits(base: float, columns: int, **changes: Any) -> Fits:
    """Fits of three tickers with so many coefficients; bases as in the body."""
    fits = Fits(
        observations=line(base + 1).astype(int) % 100 + 33,
        degrees_of_freedom=line(base + 2000).astype(int),
        lags=line(base + 3000).astype(int),
        effective=line(base + 1500) / 16,
        coefficients=grid(base + 100, columns),
        std_errors=grid(base + 200, columns),
        r_squared=line(base + 4000),
        adj_r_squared=line(base + 5000),
        variance=line(base + 6000),
        residual_volatility=line(base + 7000),
        condition_number=line(base + 8000),
        vif=grid(base + 700, columns - 1),
        factor_volatility=grid(base + 800, columns - 1),
        factor_covariances=grid(base + 900, columns - 1),
    )
    return replace(fits, **changes)


def hand_inference(base: float, columns: int) -> Inference:
    """Tests of three tickers with so many coefficients."""
    return Inference(*(grid(base + 100 * k, columns) for k in (3, 4, 5, 6)))


def hand_fitted(
    window: HandWindow | None = None,
    *,
    spec: Specification | None = None,
    model: FactorModel = MODEL,
    tickers: Sequence[ResolvedTicker] | None = None,
    fits: Mapping[str, Any] | None = None,
    universe: Universe = UNIVERSE,
) -> FittedWindow:
    """Three tickers on three factors: fits of base 0, the market model's of base 10000, all else as in the body."""
    sample = Sample(np.zeros((6, 3)), np.zeros((6, 3)), RAW, 3)
    exposures = Exposures(sample, hand_fits(0, 4, **(fits or {})), hand_fits(10000, 2))
    exposures.__dict__["inference"] = hand_inference(0, 4)
    exposures.__dict__["market_inference"] = hand_inference(10000, 2)
    resolved = tickers or tuple(ResolvedTicker(name, name, name) for name in TICKERS)
    origin = Origin(universe, "hand.csv", "2026-03-10T04:05:06+00:00")
    fitted = FittedWindow(resolved, spec or Specification(window=40), model, origin, window or HandWindow(), exposures)
    kept = fitted.__dict__
    kept["asymmetry"] = Estimates(grid(30100, 3), grid(30200, 3), hand_inference(30000, 3))
    kept["down_betas"] = line(31000)
    kept["beta_tests"] = (grid(20300, 3), grid(20400, 3))
    kept["shares"] = {"euler": grid(21000, 3), "lmg": grid(22000, 3)}
    kept["tails"] = tuple(line(base) for base in (23000, 24000))
    kept["attributions"] = {
        name: Attribution(line(base), grid(base + 100, 3), *(line(base + step) for step in (200, 300, 400, 500)))
        for name, base in (("arithmetic", 25000), ("linked", 26000))
    }
    kept["unlinked"] = [(), (), ()]
    kept["style_tests"] = JointTest(line(27000), line(27100), 2, line(27200).astype(int))
    kept["share_bounds"] = (grid(28000, 5), grid(29000, 5))
    return fitted


@dataclass(frozen=True)
class MemorySource:
    """Implements `ports.PriceSource`: closes by ticker on common dates."""

    days: np.ndarray
    closes: Mapping[str, np.ndarray]
    volumes: Mapping[str, np.ndarray] | None = None
    failures: Mapping[str, Any] = field(default_factory=dict)
    stale: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[ResultWarning, ...] = ()
    name: str = "memory"
    fixed: bool = True
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()

    def listed(self) -> frozenset[str]:
        """Every ticker."""
        return frozenset(self.closes)

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """All of them."""
        return list(tickers)

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """Nothing to fetch."""
        return nullcontext()

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The panel of these tickers; NaN for those it lacks."""
        nothing = np.full(len(self.days), NAN)
        return PricePanel(
            self.days,
            tuple(tickers),
            np.column_stack([self.closes.get(ticker, nothing) for ticker in tickers]),
            None
            if self.volumes is None
            else np.column_stack([self.volumes.get(ticker, nothing) for ticker in tickers]),
            {ticker: error for ticker, error in self.failures.items() if ticker in tickers},
            {ticker: text for ticker, text in self.stale.items() if ticker in tickers},
        )


@dataclass(frozen=True)
class FixedClock:
    """Implements `ports.Clock`."""

    def now(self) -> datetime:
        """Always the same time, the day after the last of `days`."""
        return datetime.fromisoformat("2026-11-21T12:00:00+05:30")


def days(count: int, last: date = date(2026, 11, 20)) -> np.ndarray:
    """So many consecutive calendar days up to the last, datetime64[D]."""
    return np.array([last - timedelta(days=count - 1 - i) for i in range(count)], dtype="datetime64[D]")


def closes(returns: np.ndarray, start: float = 100.0) -> np.ndarray:
    """Closes (T + 1,) that have these returns (T,)."""
    return start * np.cumprod(np.append(1.0, 1.0 + returns))


def wavy(count: int, size: float = 0.01, step: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """Returns (count,) that never repeat, below `size`."""
    return size * np.sin(step * np.arange(1, count + 1) + shift)


def gated(source: MemorySource, model: FactorModel = MODEL) -> GatedMarket:
    """The gate before a source."""
    return GatedMarket(source, model, FixedClock())


def factor_prices(count: int, seed: int = 3) -> dict[str, np.ndarray]:
    """Closes (count,) of the first proxies of MODEL, and of a stock AAA.NS, all within 3 % a day."""
    draw = np.random.default_rng(seed)
    market = np.clip(0.008 * draw.standard_normal(count - 1), -0.02, 0.02)
    value = 0.9 * market + np.clip(0.004 * draw.standard_normal(count - 1), -0.01, 0.01)
    return {
        "MKT1": closes(market),
        "VAL1": closes(value, 50),
        "VOL1": closes(-2 * market + 0.01 * draw.standard_normal(count - 1), 15),
        "AAA.NS": closes(np.clip(1.1 * market + 0.005 * draw.standard_normal(count - 1), -0.03, 0.03), 20),
    }
