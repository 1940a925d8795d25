"""The heatmap: the cached row of a stock and window, and the table made of a universe's rows.

A column of the heatmap is computed in `heat_row`, shown through `heatmap_stock` and aggregated in `sectors`.
This module imports no numpy: a heatmap is shown without it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import fmean, median
from typing import TYPE_CHECKING

from factorcli.analysis.false_discovery import q_values
from factorcli.analysis.provenance import model_info
from factorcli.errors import FactorError
from factorcli.results.heatmap import HeatmapStock, HeatRow, SectorAggregate
from factorcli.results.universe import StockInfo

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow


def heat_row(fitted: "FittedWindow", i: int, error: FactorError | None, session: date) -> HeatRow:
    """The row of ticker i, or of the error because of which it has no result.

    session: the last closed session at the time of computing.
    """
    fits, market = fitted.exposures.fits, fitted.exposures.market
    t_stats, p_values = fitted.beta_tests
    ticker, as_of = fitted.tickers[i].ticker, fitted.window.dates[-1]
    stock = fitted.origin.universe.by_ticker.get(ticker)
    return HeatRow(
        ticker=ticker,
        sector=stock.sector if stock else None,
        code=error.code if error else None,
        message=str(error) if error else None,
        betas=fitted.by_code(fits.coefficients[i, 1:]),
        t_stats=fitted.by_code(t_stats[i]),
        p_values=fitted.by_code(p_values[i]),
        market_beta=float(market.coefficients[i, 1]),
        market_std_error=float(market.std_errors[i, 1]),
        down_beta=float(fitted.down_betas[i]),
        alpha_annual=float(fitted.year * float(fits.coefficients[i, 0])),
        r_squared=float(fits.r_squared[i]),
        observations=int(fits.observations[i]),
        model=model_info(fitted, i),
        as_of=as_of,
        computed_at=fitted.origin.computed_at,
        # With stale prices the row is not of the last session.
        session=min(session, as_of) if fitted.window.stale(i) else session,
        final=fitted.window.final,
    )


def q_values_by_ticker(rows: Mapping[str, HeatRow], codes: Sequence[str]) -> dict[str, dict[str, float]]:
    """q-values by ticker and factor code, each factor's tests adjusted separately."""
    columns = {code: q_values([row.p_values[code] for row in rows.values()]) for code in codes}
    return {ticker: {code: columns[code][i] for code in codes} for i, ticker in enumerate(rows)}


def heatmap_stock(stock: StockInfo, row: HeatRow, q_values_by_code: dict[str, float]) -> HeatmapStock:
    """A stock of a heatmap from its row."""
    return HeatmapStock(
        ticker=stock.ticker,
        name=stock.name or None,
        sector=stock.sector,
        betas=row.betas,
        t_stats=row.t_stats,
        q_values=q_values_by_code,
        market_beta=row.market_beta,
        down_beta=row.down_beta,
        alpha_annual=row.alpha_annual,
        r_squared=row.r_squared,
        observations=row.observations,
    )


def sectors(stocks: Sequence[HeatmapStock], codes: Sequence[str]) -> tuple[SectorAggregate, ...]:
    """Unweighted means and medians by sector, in alphabetical order."""
    members: dict[str | None, list[HeatmapStock]] = {}
    for stock in stocks:
        members.setdefault(stock.sector, []).append(stock)
    return tuple(
        SectorAggregate(
            sector=sector,
            count=len(found),
            betas={code: fmean(stock.betas[code] for stock in found) for code in codes},
            median_betas={code: median(stock.betas[code] for stock in found) for code in codes},
            r_squared=fmean(stock.r_squared for stock in found),
        )
        for sector, found in sorted(members.items(), key=lambda item: item[0] or "")
    )
