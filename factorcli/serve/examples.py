"""Answers of the demo market, for the documentation: computed, so that they are always what the routes return."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from factorcli.compose import build_service
from factorcli.config.settings import Settings
from factorcli.model.specification import Query
from factorcli.ports import no_progress
from factorcli.render.json_csv import plain
from factorcli.service.heatmap import HeatmapService

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
TICKER = "RELIANCE.NS"
STOCKS = 3


def of_results() -> dict[str, Any]:
    """A beta result, a decomposition, a heatmap, its status, and found stocks, as plain values by these names."""
    service = build_service(Settings(source="demo", now=NOW), cached=False)
    stocks = service.universe.stocks
    ticker = TICKER if TICKER in service.universe.by_ticker else stocks[0].ticker
    chosen = [stock for stock in stocks if stock.sector == service.universe.by_ticker[ticker].sector][:STOCKS]
    small = replace(service.universe, stocks=tuple(chosen))
    few = replace(service, universe=small, policy=replace(service.policy, universe=small))
    heatmaps, query = HeatmapService(few), Query()
    names = [stock.ticker for stock in chosen]
    (status,) = heatmaps.compute(names, [query.window], query, force=False, progress=no_progress).results
    return {
        "beta": plain(service.beta([ticker], query).results[0]),
        "decompose": plain(service.decompose([ticker], query).results[0]),
        "heatmap": plain(heatmaps.show(query)),
        "status": plain(status),
        "found": [{"ticker": s.ticker, "name": s.name, "sector": s.sector} for s in chosen],
    }
