"""Example answers for the documentation, computed from the demo market so that they match the routes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.ports import no_progress
from factorcli.render.json_csv import plain
from factorcli.serve.bodies import parsed
from factorcli.serve.documents import encode
from factorcli.serve.portfolios import asking
from factorcli.serve.questions import PORTFOLIO_QUESTIONS, PortfolioQuestion
from factorcli.service.context import Context
from factorcli.service.drift import DriftService
from factorcli.service.exposures import ExposureService
from factorcli.service.factor_statistics import describe
from factorcli.service.heatmap import HeatmapService
from factorcli.service.hedge import HedgeService
from factorcli.service.peers import PeersService
from factorcli.service.screen import ScreenService
from factorcli.service.stress import StressService

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
TICKER, INSTRUMENT = "RELIANCE.NS", "^NSEI"
SHOCK, EPISODE, CONDITION = "MKT:-0.1", "smallcaps-2025", "market>0"
STOCK_COUNT = 3
WEIGHTS = (0.6, 0.3)  # of the first stocks of the demo's universe; the rest is cash


def example_body(question: PortfolioQuestion, tickers: list[str]) -> dict[str, Any]:
    """A body that asks about two of these stocks."""
    held = [{"ticker": ticker, "weight": weight} for ticker, weight in zip(tickers, WEIGHTS, strict=False)]
    return {"holdings": held, **question.example}


def example_results() -> dict[str, Any]:
    """Plain values by name: of each command, of `status`, `found` (the stocks of a search) and `dates`.

    Of questions about a portfolio by their path: the body and the answer.
    """
    context = build_context(Settings(source="demo", now=NOW), cached=False)
    stocks = context.universe.stocks
    ticker = TICKER if TICKER in context.universe.by_ticker else stocks[0].ticker
    chosen = [stock for stock in stocks if stock.sector == context.universe.by_ticker[ticker].sector][:STOCK_COUNT]
    small = replace(context.universe, stocks=tuple(chosen))
    few = replace(context, universe=small, policy=replace(context.policy, universe=small))
    exposures, heatmaps, spec = ExposureService(context), HeatmapService(few), Specification()
    names = [stock.ticker for stock in chosen]
    (status,) = heatmaps.compute(names, [spec.window], spec, force=False, progress=no_progress).results
    about = Request((ticker,))
    return {
        "beta": plain(exposures.beta([ticker], spec).results[0]),
        "decompose": plain(exposures.decompose([ticker], spec).results[0]),
        "hedge": plain(HedgeService(context).hedge(about, spec, [INSTRUMENT]).results[0]),
        "stress": plain(StressService(context).stress(about, spec, Scenario.parse([SHOCK])).results[0]),
        "episodes": plain(StressService(context).episodes(about, spec, [EPISODE]).results),
        "peers": plain(PeersService(few).peers([ticker], spec).results[0]),
        "drift": plain(DriftService(context).drift(about, spec).results[0]),
        "screen": plain(ScreenService(few).screen(spec, [CONDITION]).results),
        "model": plain(describe(context.model)),
        "dates": ["2026-11-13", "2026-11-20"],
        "heatmap": plain(heatmaps.show(spec)),
        "status": plain(status),
        "found": [{"ticker": s.ticker, "name": s.name, "sector": s.sector} for s in chosen],
        **{question.path: _about_portfolio(context, question, names) for question in PORTFOLIO_QUESTIONS},
    }


def _about_portfolio(context: Context, question: PortfolioQuestion, tickers: list[str]) -> tuple[Any, Any]:
    """The example of a body, and the answer to it."""
    body = example_body(question, tickers)
    found = asking(context, question, parsed(question.body, encode(body)))(context).results
    return body, plain(found if question.many else found[0])
