"""The table of a heatmap, made of its columns.

This module imports no numpy: a heatmap is shown without it.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import fsum, nan

from factorcli.analysis.false_discovery import q_values as adjusted_p_values
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
        for i, value in zip(rows, adjusted_p_values(known.reals[f"p_values.{code}"]), strict=True):
            adjusted[i] = value
    return replace(columns, reals=reals, sectors=sectors(known, stocks))


def heatmap_stocks(columns: HeatColumns, rows: Iterable[tuple[StockInfo, int]]) -> Iterator[HeatmapStock]:
    """Stocks of a heatmap, each from a row of its columns."""
    betas, t_stats, q_values = (columns.by_code(kind) for kind in ("betas", "t_stats", "q_values"))
    reals = columns.reals
    for stock, i in rows:
        yield HeatmapStock(
            ticker=stock.ticker,
            name=stock.name or None,
            sector=stock.sector,
            betas={code: column[i] for code, column in betas.items()},
            t_stats={code: column[i] for code, column in t_stats.items()},
            q_values={code: column[i] for code, column in q_values.items()},
            market_beta=reals["market_beta"][i],
            down_beta=reals["down_beta"][i],
            alpha_annual=reals["alpha_annual"][i],
            r_squared=reals["r_squared"][i],
            observations=columns.observations[i],
        )


def sectors(columns: HeatColumns, stocks: Sequence[StockInfo]) -> tuple[SectorAggregate, ...]:
    """Unweighted means and medians of the rows of these stocks by sector, in alphabetical order."""
    members: dict[str | None, list[int]] = {}
    for stock in stocks:
        if (i := columns.positions.get(stock.ticker)) is not None:
            members.setdefault(stock.sector, []).append(i)
    betas = columns.by_code("betas")
    found = []
    for sector, rows in sorted(members.items(), key=lambda item: item[0] or ""):
        of_code = {code: sorted([column[i] for i in rows]) for code, column in betas.items()}
        found.append(
            SectorAggregate(
                sector=sector,
                count=len(rows),
                betas={code: _mean(values) for code, values in of_code.items()},
                median_betas={code: _median(values) for code, values in of_code.items()},
                r_squared=_mean([columns.reals["r_squared"][i] for i in rows]),
            )
        )
    return tuple(found)


# As `statistics.fmean` and `median`, whose import takes longer than all aggregates.


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def _median(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
