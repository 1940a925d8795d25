"""Windows of real prices: US ones that are shipped, Indian ones where FACTOR_TEST_NSE names them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from factorcli.engine import Array
from factorcli.model.file import load
from factorcli.ports import MarketWindow
from factorcli.prices.files import FileSource
from factorcli.prices.folder import PriceFolder
from factorcli.prices.gate import GatedMarket
from tests.conftest import DATA, NSE, needs_nse
from tests.windows import FixedClock

MARKETS = [
    pytest.param(str(DATA / "us" / "prices.csv"), str(DATA / "us" / "us-5f.toml"), id="us"),
    pytest.param(str(Path(NSE, "nse")), "india-5f", id="nse", marks=needs_nse),
]


@dataclass(frozen=True)
class RealDesign:
    """Factors (n, K) of a window, the market first, and excess returns (n, N) of the stocks without a gap in it."""

    returns: Array
    factors: Array


def real_designs(prices: str, model: str, window: int, count: int) -> Iterator[RealDesign]:
    """`count` windows, spread evenly over the prices; sessions that are left out for everybody are not in them."""
    known = load(model)
    source = FileSource(PriceFolder(prices), known.market)
    proxies = {proxy for factor in known.factors for proxy in factor.proxies}
    tickers = sorted(ticker for ticker in source.listed() if ticker not in proxies)
    whole: MarketWindow = GatedMarket(source, known, FixedClock()).window(tickers, window, None, whole=True)
    ends = np.linspace(window, len(whole.dates), count).astype(int)
    for end in ends:
        rows = np.arange(end - window, end)[whole.kept_sessions[end - window : end]]
        returns = whole.excess_returns[rows]
        yield RealDesign(returns[:, np.isfinite(returns).all(axis=0)], whole.factors[rows])
