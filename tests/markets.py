"""Price folders for tests, made from a small random market whose model is known."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

PROXIES = ("^NSEI", "NV20BEES.NS", "MOMOMENTUM.NS", "MID150BEES.NS", "^INDIAVIX")


def weekdays(count: int, last: str = "2026-11-20") -> np.ndarray:
    """`count` weekdays up to and including `last`."""
    days = np.arange(np.datetime64(last) - 2 * count, np.datetime64(last) + 1)
    return days[np.is_busday(days)][-count:]


def market(count: int = 300, stocks: int = 4, seed: int = 1) -> dict[str, np.ndarray]:
    """Closes by ticker: five proxies and S0.NS, S1.NS, …, `count` days each."""
    draw = np.random.default_rng(seed)
    mkt = 0.008 * draw.standard_normal(count)
    styles = [s * mkt + 0.004 * draw.standard_normal(count) for s in (0.9, 1.1, 1.0)]
    vix = -3 * mkt + 0.03 * draw.standard_normal(count)
    factors = np.column_stack([mkt, *styles, vix])
    prices = {name: 100 * np.cumprod(1 + factors[:, k]) for k, name in enumerate(PROXIES)}
    for i in range(stocks):
        returns = factors @ draw.normal(0.2, 0.2, 5) + 0.01 * draw.standard_normal(count)
        prices[f"S{i}.NS"] = 100 * np.cumprod(1 + np.clip(returns, -0.15, 0.15))
    return prices


def write_wide(path: Path, prices: Mapping[str, np.ndarray], days: np.ndarray | None = None) -> Path:
    """A wide CSV; NaN becomes an empty cell."""
    days = weekdays(len(next(iter(prices.values())))) if days is None else days
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Date", *prices])
        for i, day in enumerate(days):
            writer.writerow([day, *(repr(float(p[i])) if np.isfinite(p[i]) else "" for p in prices.values())])
    return path


def write_each(folder: Path, prices: Mapping[str, np.ndarray], volumes: Mapping[str, np.ndarray] | None = None) -> Path:
    """A file a ticker, with Date, Adj Close and Volume."""
    folder.mkdir(parents=True, exist_ok=True)
    days = weekdays(len(next(iter(prices.values()))))
    for ticker, closes in prices.items():
        volume = (volumes or {}).get(ticker, np.full(len(closes), 1000.0))
        with (folder / f"{ticker}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Date", "Close", "Adj Close", "Volume"])
            for day, close, traded in zip(days, closes, volume, strict=True):
                writer.writerow([day, "1.0", repr(float(close)) if np.isfinite(close) else "", repr(float(traded))])
    return folder
