"""`python -m tests.gallery [FOLDER] [--scale N]`: draw every picture of hard and of easy cases, to be looked at.

The demo market for the easy ones; for the others a small made-up market with a young stock that has gaps, a ticker that
is a script, a name of 60 characters, models of one and of twelve factors, and a portfolio of 40 holdings with shorts.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from factorcli import Chart, Factor
from tests.markets import market, write_wide

NOW = "2026-11-20T18:00:00+05:30"
STOCKS = [f"S{i}" for i in range(45)]
YOUNG, SCRIPT, LONG = "YOUNG.NS", "<SCRIPT>ALERT(1)</SCRIPT>", "S1.NS"
LONG_NAME = "The Extraordinarily Long Name of a Company and Sons (I) Ltd."
SECTORS = ("Power", "Oil Gas & Consumable Fuels", "Information Technology")
WEEK, YEAR = 5, 252


@dataclass(frozen=True)
class Gallery:
    """The pictures, made in a folder that also takes prices and the cache."""

    folder: Path

    def charts(self) -> Iterator[tuple[str, Chart]]:
        """A name and a picture each."""
        yield from self.easy()
        yield from self.hard()

    def easy(self) -> Iterator[tuple[str, Chart]]:
        """The demo's pictures, one a kind."""
        factor = self.demo
        beta = factor.beta("RELIANCE", rolling=True)
        yield "exposures", beta.chart("exposures")
        yield "path", beta.chart("path")
        shares = factor.decompose("RELIANCE", intervals=True)
        yield "shares", shares.chart("shares")
        yield "attribution", shares.chart("attribution")
        yield "factors", factor.model(window=YEAR).chart("factors")
        yield "heatmap", factor.heatmap(window=YEAR).chart("heatmap")
        book = {"RELIANCE": 0.4, "TCS": 0.3, "INFY": 0.2, "ITC": -0.1, "CASH": 0.2}
        yield "holdings", factor.portfolio(book).beta().chart("holdings")
        yield "stress", factor.portfolio(book).stress({"MKT": -0.1}).chart("stress")
        yield "differences", factor.compare("RELIANCE", "TCS").chart("exposures")
        yield "drift", factor.drift("RELIANCE").chart("drift")

    def hard(self) -> Iterator[tuple[str, Chart]]:
        """What is easily cut, overlapping or empty."""
        yield "episodes", self.demo.episodes("TCS", ["covid-2020", "ilfs-2018", "election-2024"]).chart("stress")
        yield "stress-long", self.made_up("twelve").stress(LONG, {"MKT": "-10%", "F3": 0.2}).chart("stress")
        yield from self._several("three", self.demo, ["RELIANCE", "TCS", "INFY"])
        yield from self._several("nine", self.demo, [s.ticker for s in self.demo.universe().results[:9]])
        yield from self._several("young-script-long", self.made_up(), [YOUNG, SCRIPT, LONG])
        yield from self._several("young", self.made_up(), [YOUNG])
        for name in ("one", "twelve"):
            factor = self.made_up(name)
            yield from self._several(f"{name}-factor", factor, [LONG])
            yield from self._several(f"{name}-factor-three", factor, [LONG, "S2", "S3"])
            yield f"{name}-factor.factors", factor.model(window=YEAR).chart("factors")
        universe = [stock.ticker for stock in self.demo.universe()]
        yield "many.exposures", self.demo.betas(universe).chart("exposures")
        yield "many.shares", self.demo.decompositions(universe).chart("shares")
        yield "many.attribution", self.demo.decompositions(universe[:60]).chart("attribution")
        yield "many.path", self.demo.betas(universe[:12], rolling=True).chart("path")
        yield "sector.heatmap", self.demo.heatmap(sector="Power").chart("heatmap")
        yield "top.heatmap", self.demo.heatmap(sort="SZ", top=20).chart("heatmap")
        yield "many.drift", self.demo.drifts().chart("drift")
        yield "twelve-factor.drift", self.made_up("twelve").drift(LONG, shift=63).chart("drift")
        yield "twelve-factor.differences", self.made_up("twelve").compare(LONG, "S2").chart("exposures")
        yield from self._portfolio("two", {"S1": 0.7, "S2": 0.3})
        yield from self._portfolio("forty", self._forty)

    def _several(self, case: str, factor: Factor, tickers: list[str]) -> Iterator[tuple[str, Chart]]:
        betas = factor.betas(tickers, rolling=True)
        betas.raise_failures()
        for name in betas.charts:
            yield f"{case}.{name}", betas.chart(name)
        shares = factor.decompositions(tickers, intervals=True)
        for name in shares.charts:
            yield f"{case}.{name}", shares.chart(name)

    def _portfolio(self, case: str, weights: dict[str, float]) -> Iterator[tuple[str, Chart]]:
        book = self.made_up().portfolio(weights, name=f"{case}.csv")
        result = book.beta()
        for name in result.charts:
            yield f"{case}-holdings.{name}", result.chart(name)
        yield f"{case}-holdings.shares", book.decompose().chart("shares")

    @property
    def _forty(self) -> dict[str, float]:
        """Weights of 40 stocks, some negative, and cash; they sum to 1."""
        draw = random.Random(7)
        weights = {ticker: round(draw.uniform(-0.04, 0.09), 3) for ticker in STOCKS[:40]}
        return {**weights, "CASH": round(1 - sum(weights.values()), 3)}

    @cached_property
    def demo(self) -> Factor:
        """The demo market, whose heatmap is computed."""
        factor = Factor(source="demo", now=NOW, cache_dir=self.folder / "cache")
        factor.compute_heatmap(windows=[YEAR])
        return factor

    def made_up(self, model: str | None = None) -> Factor:
        """The made-up market, by the built-in model or one of one or twelve factors."""
        prices, universe = self.folder / "prices.csv", self.folder / "universe.csv"
        if not prices.exists():
            write_wide(prices, _prices())
            _write_universe(universe)
            for name, count in (("one", 1), ("twelve", 12)):
                (self.folder / f"{name}.toml").write_text(_model(name, count), encoding="utf-8")
        settings = {"source": prices, "universe": universe, "now": NOW, "cache_dir": self.folder / "cache"}
        return Factor(**settings, **({"model": self.folder / f"{model}.toml"} if model else {}))  # type: ignore[arg-type]


def _prices() -> dict[str, np.ndarray]:
    """The closes of 45 stocks, of a young one with gaps and of one with a strange name."""
    prices = market(count=3 * YEAR, stocks=len(STOCKS), seed=16)
    young = prices["S44.NS"].copy()
    young[: -YEAR + 4 * WEEK] = np.nan
    young[-100:-92] = np.nan
    return prices | {YOUNG: young, SCRIPT: prices["S43.NS"]}


def _write_universe(path: Path) -> None:
    names = {LONG: LONG_NAME, YOUNG: "Young & Gaps Ltd."}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ticker", "name", "sector", "isin"])
        for number, ticker in enumerate([*(f"{stock}.NS" for stock in STOCKS), YOUNG]):
            name = names.get(ticker, f"Stock {number} Ltd.")
            writer.writerow([ticker, name, SECTORS[number % 3], f"INE{number:08d}X"])


def _model(name: str, count: int) -> str:
    """A model file: the market, and as many stocks as further factors."""
    factors = [("MKT", "Nifty 50", "^NSEI", "\nexcess = true")]
    factors += [(f"F{k}", f"Factor number {k}", f"S{20 + k}.NS", "") for k in range(1, count)]
    parts = [f'[[factors]]\ncode = "{c}"\nname = "{n}"\nproxies = ["{p}"]{more}\n' for c, n, p, more in factors]
    return f'id = "{name}"\nmax_gap_to_market = 0\n\n' + "\n".join(parts)


def main() -> None:
    """Draw them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("gallery"))
    parser.add_argument("--scale", type=float, default=2.0)
    parser.add_argument("--only", default="", help="part of the names to draw")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name, chart in Gallery(asked.folder).charts():
        if asked.only in name:
            chart.save(asked.folder / f"{name}.png", scale=asked.scale)
            print(asked.folder / f"{name}.png")


if __name__ == "__main__":
    main()
