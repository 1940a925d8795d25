"""The service for many requests at once.

Answers that are kept come from the shelf, or from the cache by threads that never compute; what has to
be computed is computed on one thread, one question after another, because markets are not made for
several. So a slow source delays what nobody has asked before, and nothing else.
"""

import logging
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from factorcli.model.factor_model import DEFAULT_WINDOWS
from factorcli.model.specification import Query
from factorcli.ports import Market
from factorcli.render.json_csv import plain
from factorcli.serve.documents import Document, encode
from factorcli.serve.error_responses import Failed
from factorcli.serve.jobs import Flights, Lane
from factorcli.serve.logs import LOGGER
from factorcli.serve.response_cache import Shelf
from factorcli.service.exposures import FactorService
from factorcli.service.heatmap import HeatmapService

READERS = 4
MOST_READS, MOST_COMPUTATIONS = 1000, 64
# For how long what is kept is believed though nothing seems to have changed: a session may have closed, a
# file of prices or a shared cache may have.
STOCK_SECONDS, UNIVERSE_SECONDS = 2.0, 10.0
Kind = Literal["beta", "decompose"]
Look = Callable[[], object]


class _NotCached(Exception):
    """The cache has no answer."""


@dataclass(frozen=True)
class Match:
    """A stock that a search has found."""

    ticker: str
    name: str
    sector: str


class Backend:
    """Documents for the routes, from one service; every method may raise FactorError or Failed."""

    def __init__(self, service: FactorService, seconds: float) -> None:
        self.service = service
        self.shelf = Shelf()
        self._cached = replace(service, open_market=_no_market)
        self._flights = Flights(seconds)
        self._reading = Lane("reading", READERS, MOST_READS)
        self._computing = Lane("computing", 1, MOST_COMPUTATIONS)

    def open(self) -> None:
        """Load what computing needs, so that the first answer does not wait for it."""
        self._computing.submit(self._warm_up)

    def close(self) -> None:
        """Let the threads end."""
        self._reading.close()
        self._computing.close()

    async def stock(self, key: Hashable, kind: Kind, ticker: str, query: Query) -> Document:
        """The exposures or the decomposition of a ticker, computed if nobody has."""
        seen = self._revision()
        try:
            document = await self._flights.join(
                (key, seen), self._reading, lambda: _ask(self._cached, kind, ticker, query)[0]
            )
        except _NotCached:
            document, cached = await self._flights.join(
                key, self._computing, lambda: self._compute(kind, ticker, query)
            )
            if not cached:  # the next answer will say that it is from the cache
                return document
        self.shelf.put(key, document, self._revision, seen, STOCK_SECONDS)
        return document

    async def heatmap(self, key: Hashable, query: Query) -> Document:
        """The heatmap of a window, from the cache only."""
        heatmaps = HeatmapService(self._cached)
        return await self._read(key, lambda: self._revision, lambda: Document.of(heatmaps.show(query)))

    async def status(self, key: Hashable, query: Query) -> Document:
        """How far the heatmap of a window is."""

        def read() -> Document:
            (status,) = HeatmapService(self._cached).status([query.window], query).results
            return Document.of(status, fresh=0)

        return await self._read(key, lambda: self._watch(query), read)

    async def statuses(self, key: Hashable, query: Query) -> Document:
        """How far the heatmaps of the default windows are, by window as `252D`."""

        def read() -> Document:
            found = HeatmapService(self._cached).status(DEFAULT_WINDOWS, query).results
            return Document(encode({f"{status.window}D": plain(status) for status in found}), fresh=0)

        return await self._read(key, lambda: self._watch(query), read)

    async def search(self, key: Hashable, text: str, limit: int) -> Document:
        """The stocks that a text finds, the likeliest first."""

        def read() -> Document:
            found = self.service.universe.search(text)[:limit]
            return Document(encode([plain(Match(stock.ticker, stock.name, stock.sector)) for stock in found]))

        return await self._flights.join(key, self._reading, read)

    async def once(self, key: Hashable, make: Callable[[], Document]) -> Document:
        """A document that never changes, made when it is first asked for."""
        return self.shelf.get(key) or await self._read(key, lambda: lambda: None, make, math.inf)

    async def _read(
        self, key: Hashable, watch: Callable[[], Look], read: Callable[[], Document], seconds: float = UNIVERSE_SECONDS
    ) -> Document:
        """A document of what is kept, read by one request for all that wait for it."""

        def work() -> tuple[Look, object, Document]:
            look = watch()
            return look, look(), read()

        look, seen, document = await self._flights.join((key, self._revision()), self._reading, work)
        self.shelf.put(key, document, look, seen, seconds)
        return document

    def _revision(self) -> object:
        return self.service.cache.revision()

    def _watch(self, query: Query) -> Look:
        """Sees a heatmap's rows change, and a run begin or end."""
        prefix, kept = self.service.policy.heat_prefix(query), self.service.cache
        return lambda: (kept.revision(), kept.holder(prefix))

    def _compute(self, kind: Kind, ticker: str, query: Query) -> tuple[Document, bool]:
        """The answer, and whether the cache had it by now. One market for the whole of it."""
        return _ask(replace(self.service, open_market=cache(self.service.open_market)), kind, ticker, query)

    def _warm_up(self) -> None:
        import factorcli.analysis.fit  # noqa: F401

        try:
            self.service.open_market()
            self.service.listed()
        except Exception as error:  # noqa: BLE001  (the first request will say it)
            logging.getLogger(LOGGER).warning("The prices cannot be read yet: %s", error)


def _no_market() -> Market:
    raise _NotCached


def _ask(service: FactorService, kind: Kind, ticker: str, query: Query) -> tuple[Document, bool]:
    batch = service.beta([ticker], query) if kind == "beta" else service.decompose([ticker], query)
    if batch.failures:
        raise Failed(batch.failures[0])
    result = batch.results[0]
    return Document.of(result), result.cache.hit is not None
