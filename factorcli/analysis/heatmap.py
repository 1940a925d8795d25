"""The table of a heatmap, made of its columns.

This module imports no numpy: a heatmap is shown without it.
"""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from math import nan
from statistics import fmean, median

from factorcli.analysis.false_discovery import q_values
from factorcli.results.heat_columns import HeatColumns
from factorcli.results.heatmap import HeatmapStock, SectorAggregate
from factorcli.results.universe import StockInfo


def summarised(columns: HeatColumns, stocks: Sequence[StockInfo]) -> HeatColumns:
    """The columns with what depends on all stocks of their most common day: q-values, and aggregates by sector.

    stocks: the universe. Each factor's tests are adjusted separately; rows of other days and failures have none.
    """
    known = columns.most_common_day()
    known = known.without(known.failures.keys())
    rows = [columns.positions[ticker] for ticker in known.tickers]
    reals = dict(columns.reals)
    for code in columns.codes:
        adjusted = reals[f"q_values.{code}"] = array("d", [nan]) * len(columns.tickers)
        for i, value in zip(rows, q_values(known.reals[f"p_values.{code}"]), strict=True):
            adjusted[i] = value
    return replace(columns, reals=reals, sectors=sectors(known, stocks))


def heatmap_stock(stock: StockInfo, columns: HeatColumns, i: int) -> HeatmapStock:
    """A stock of a heatmap from row i of its columns."""
    return HeatmapStock(
        ticker=stock.ticker,
        name=stock.name,
        sector=stock.sector,
        betas=columns.by_code("betas", i),
        t_stats=columns.by_code("t_stats", i),
        q_values=columns.by_code("q_values", i),
        market_beta=columns.reals["market_beta"][i],
        down_beta=columns.reals["down_beta"][i],
        alpha_annual=columns.reals["alpha_annual"][i],
        r_squared=columns.reals["r_squared"][i],
        observations=columns.observations[i],
    )


def sectors(columns: HeatColumns, stocks: Sequence[StockInfo]) -> tuple[SectorAggregate, ...]:
    """Unweighted means and medians of the rows of these stocks by sector, in alphabetical order."""
    members: dict[str | None, list[int]] = {}
    for stock in stocks:
        if (i := columns.positions.get(stock.ticker)) is not None:
            members.setdefault(stock.sector, []).append(i)
    betas = {code: columns.reals[f"betas.{code}"] for code in columns.codes}
    return tuple(
        SectorAggregate(
            sector=sector,
            count=len(rows),
            betas={code: fmean(column[i] for i in rows) for code, column in betas.items()},
            median_betas={code: median(column[i] for i in rows) for code, column in betas.items()},
            r_squared=fmean(columns.reals["r_squared"][i] for i in rows),
        )
        for sector, rows in sorted(members.items(), key=lambda item: item[0] or "")
    )
