"""Example answers for the documentation, computed from the demo market so that they match the routes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.specification import Specification
from factorcli.ports import no_progress
from factorcli.render.json_csv import plain
from factorcli.service.exposures import ExposureService
from factorcli.service.heatmap import HeatmapService

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
TICKER = "RELIANCE.NS"
STOCK_COUNT = 3


def example_results() -> dict[str, Any]:
    """Plain values by name: beta, decompose, heatmap, status and found (the stocks of a search)."""
    context = build_context(Settings(source="demo", now=NOW), cached=False)
    stocks = context.universe.stocks
    ticker = TICKER if TICKER in context.universe.by_ticker else stocks[0].ticker
    chosen = [stock for stock in stocks if stock.sector == context.universe.by_ticker[ticker].sector][:STOCK_COUNT]
    small = replace(context.universe, stocks=tuple(chosen))
    few = replace(context, universe=small, policy=replace(context.policy, universe=small))
    exposures, heatmaps, spec = ExposureService(context), HeatmapService(few), Specification()
    names = [stock.ticker for stock in chosen]
    (status,) = heatmaps.compute(names, [spec.window], spec, force=False, progress=no_progress).results
    return {
        "beta": plain(exposures.beta([ticker], spec).results[0]),
        "decompose": plain(exposures.decompose([ticker], spec).results[0]),
        "heatmap": plain(heatmaps.show(spec)),
        "status": plain(status),
        "found": [{"ticker": s.ticker, "name": s.name, "sector": s.sector} for s in chosen],
    }
