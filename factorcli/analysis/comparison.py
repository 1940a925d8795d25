"""What the stocks of a heatmap are like, to compare a result with."""

from collections.abc import Iterable, Sequence
from math import isfinite
from statistics import median, quantiles

from factorcli.results.comparison import Comparison
from factorcli.results.heatmap import Heatmap, HeatmapStock

MIN_SECTOR_STOCKS = 5


def comparison(heatmap: Heatmap, sector: str | None) -> Comparison:
    """The stocks of a heatmap as a background for one of a sector, or of none (a portfolio)."""
    mates = [stock for stock in heatmap.stocks if sector is not None and stock.sector == sector]
    known = len(mates) >= MIN_SECTOR_STOCKS
    spread = {code: _middle(values) for code, values in _betas(mates if known else ()).items()}
    return Comparison(
        as_of=heatmap.as_of,
        stocks=len(heatmap.stocks),
        median={code: median(values) for code, values in _betas(heatmap.stocks).items()},
        sector=sector if known else None,
        sector_stocks=len(mates) if known else 0,
        low={code: low for code, (low, _) in spread.items()},
        high={code: high for code, (_, high) in spread.items()},
        total=heatmap.total,
    )


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """The 10th and the 90th percentile, by linear interpolation between the sorted values (Hyndman & Fan's type 7)."""
    tenths = quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]


def _betas(stocks: Iterable[HeatmapStock]) -> dict[str, list[float]]:
    """The finite betas of stocks by code; a code without two of them is absent."""
    found: dict[str, list[float]] = {}
    for stock in stocks:
        for code, beta in {"market": stock.market_beta, "down": stock.down_beta, **stock.betas}.items():
            if isfinite(beta):
                found.setdefault(code, []).append(beta)
    return {code: betas for code, betas in found.items() if len(betas) > 1}
