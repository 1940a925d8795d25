"""The peers of the stocks of a report, kept as long as the heatmap that they are sought in, and the session."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from factorcli.errors import DataError, UpstreamError
from factorcli.model.specification import Specification
from factorcli.results.codec import decode, encode
from factorcli.results.heatmap import Heatmap
from factorcli.results.peers import PeersResult
from factorcli.results.provenance import CacheInfo
from factorcli.results.report import STOCK, Report
from factorcli.service.context import Context
from factorcli.service.peers import BASIS, PeersService

TOP = 5  # the nearest stocks that a report shows
PEERS = "peers"


def with_peers(
    context: Context, heatmap: Heatmap, reports: Sequence[Report], spec: Specification
) -> tuple[Report, ...]:
    """The reports, those of stocks with their peers in a heatmap, whose members the context has, or why there are none.

    Those that are not kept are of one fit of the heatmap's stocks.
    """
    spec = replace(context.settled(spec), basis=BASIS, method="euler", intervals=False)
    tickers = [one.beta.ticker for one in reports if one.kind == STOCK and one.beta is not None]
    keys = context.policy.peers_keys(tickers, spec, _state(heatmap))
    found, reasons = _kept(context, keys), dict[str, str]()
    if todo := [ticker for ticker in tickers if ticker not in found]:
        try:
            batch = PeersService(context).of_heatmap(heatmap, todo, spec, TOP)
        except (DataError, UpstreamError) as error:
            reasons = dict.fromkeys(todo, str(error))
        else:
            notices = [one for one in batch.notices if one not in context.notices]
            fresh = {one.ticker: replace(one, warnings=(*one.warnings, *notices)) for one in batch.results}
            reasons = {one.ticker: one.message for one in batch.failures if one.ticker is not None}
            entries = {keys[ticker]: encode(one) for ticker, one in fresh.items() if not one.cache.stale}
            context.cache.put(entries, context.policy.lifetime)
            found |= fresh
    return tuple(_with(one, found, reasons) for one in reports)


def _with(report: Report, found: dict[str, PeersResult], reasons: dict[str, str]) -> Report:
    """The report with its peers, or with the reason why it has none."""
    ticker = report.beta.ticker if report.kind == STOCK and report.beta is not None else ""
    if ticker in reasons:
        return replace(report, unavailable={**(report.unavailable or {}), PEERS: reasons[ticker]})
    return replace(report, peers=found.get(ticker))


def _kept(context: Context, keys: dict[str, str]) -> dict[str, PeersResult]:
    """The peers that are kept."""
    if context.policy.refresh:
        return {}
    payloads = context.cache.get(list(keys.values()))
    found: dict[str, PeersResult] = {}
    for ticker, key in keys.items():
        one = decode(PeersResult, payloads[key]) if key in payloads else None
        if one is not None and one.ticker == ticker and context.policy.is_alive(one.cache.computed_at):
            found[ticker] = replace(one, cache=CacheInfo(context.cache.name, one.cache.computed_at, stale=False))
    return found


def _state(heatmap: Heatmap) -> str:
    """What the heatmap is of: its day, when it was computed, and its stocks."""
    stocks = "\n".join(stock.ticker for stock in heatmap.stocks)
    return f"{heatmap.as_of} {heatmap.computed_at} {sha256(stocks.encode(errors='surrogatepass')).hexdigest()}"
