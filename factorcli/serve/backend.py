"""The use cases for many requests at once.

Answers that are kept come from the response cache, or from the cache of results by threads that never compute; what
has to be computed is computed on one thread, one question after another, because markets are not made for several.
So a slow source delays what nobody has asked before, and nothing else.
"""

import logging
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from factorcli.analysis.decomposition import decomposition
from factorcli.model.specification import Specification
from factorcli.model.windows import DEFAULT_WINDOWS
from factorcli.render.json_csv import plain
from factorcli.results.exposure import Exposure
from factorcli.serve.documents import Document, encode
from factorcli.serve.jobs import SingleFlight, Workers
from factorcli.serve.logs import LOGGER
from factorcli.serve.response_cache import ResponseCache
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService
from factorcli.service.heatmap import HeatmapService

READERS = 4
MOST_READS, MOST_COMPUTATIONS = 1000, 64
# For how long what is kept is believed though nothing seems to have changed: a session may have closed, a
# file of prices or a shared cache may have.
STOCK_SECONDS, UNIVERSE_SECONDS = 2.0, 10.0
Kind = Literal["beta", "decompose"]
Look = Callable[[], object]


@dataclass(frozen=True)
class Match:
    """A stock that a search has found."""

    ticker: str
    name: str
    sector: str


class Backend:
    """Documents for the routes, from one context; every method may raise FactorError."""

    def __init__(self, context: Context, seconds: float) -> None:
        self.context = context
        self.responses = ResponseCache()
        self._exposures = ExposureService(context)
        self._heatmaps = HeatmapService(context)
        self._flights = SingleFlight(seconds)
        self._readers = Workers("reading", READERS, MOST_READS)
        self._computer = Workers("computing", 1, MOST_COMPUTATIONS)

    def open(self) -> None:
        """Load what computing needs, so that the first answer does not wait for it."""
        self._computer.submit(self._warm_up)

    def close(self) -> None:
        """Let the threads end."""
        self._readers.close()
        self._computer.close()

    async def stock(self, key: Hashable, kind: Kind, ticker: str, spec: Specification) -> Document:
        """The exposures or the decomposition of a ticker, computed if nobody has."""
        if kind == "decompose":
            self._exposures.check_decomposition(spec)
        seen = self._revision()
        document = await self._flights.join((key, seen), self._readers, lambda: self._kept(kind, ticker, spec))
        if document is not None:
            self.responses.put(key, document, self._revision, seen, STOCK_SECONDS)
            return document
        exposure = await self._flights.join((ticker, spec), self._computer, lambda: self._computed(ticker, spec))
        return _document(kind, exposure, spec)  # not kept: the next answer will say that it is from the cache

    async def heatmap(self, key: Hashable, spec: Specification) -> Document:
        """The heatmap of a window, from the cache only."""
        return await self._read(key, lambda: self._revision, lambda: Document.of(self._heatmaps.show(spec)))

    async def status(self, key: Hashable, spec: Specification) -> Document:
        """How far the heatmap of a window is."""

        def read() -> Document:
            (status,) = self._heatmaps.status([spec.window], spec).results
            return Document.of(status, fresh=0)

        return await self._read(key, lambda: self._watch(spec), read)

    async def statuses(self, key: Hashable, spec: Specification) -> Document:
        """How far the heatmaps of the default windows are, by window as `252D`."""

        def read() -> Document:
            found = self._heatmaps.status(DEFAULT_WINDOWS, spec).results
            return Document(encode({f"{status.window}D": plain(status) for status in found}), fresh=0)

        return await self._read(key, lambda: self._watch(spec), read)

    async def search(self, key: Hashable, text: str, limit: int) -> Document:
        """The stocks that a text finds, the likeliest first."""

        def read() -> Document:
            found = self.context.universe.search(text)[:limit]
            return Document(encode([plain(Match(stock.ticker, stock.name, stock.sector)) for stock in found]))

        return await self._flights.join(key, self._readers, read)

    async def once(self, key: Hashable, make: Callable[[], Document]) -> Document:
        """A document that never changes, made when it is first asked for."""
        return self.responses.get(key) or await self._read(key, lambda: lambda: None, make, math.inf)

    async def _read(
        self, key: Hashable, watch: Callable[[], Look], read: Callable[[], Document], seconds: float = UNIVERSE_SECONDS
    ) -> Document:
        """A document of what is kept, read by one request for all that wait for it."""

        def work() -> tuple[Look, object, Document]:
            look = watch()
            return look, look(), read()

        look, seen, document = await self._flights.join((key, self._revision()), self._readers, work)
        self.responses.put(key, document, look, seen, seconds)
        return document

    def _revision(self) -> object:
        return self.context.cache.revision()

    def _watch(self, spec: Specification) -> Look:
        """Sees a heatmap's rows change, and a run begin or end."""
        prefix, kept = self.context.policy.heat_prefix(spec), self.context.cache
        return lambda: (kept.revision(), kept.holder(prefix))

    def _kept(self, kind: Kind, ticker: str, spec: Specification) -> Document | None:
        """The document of what the cache has, or None."""
        exposure = self._exposures.kept(ticker, spec)
        return None if exposure is None else _document(kind, exposure, spec)

    def _computed(self, ticker: str, spec: Specification) -> Exposure:
        """What has to be computed, with one market for the whole of it.

        Unless it was computed, under another name or for another route, while this request waited for its turn.
        """
        if (exposure := self._exposures.kept(ticker, spec)) is not None:
            return exposure
        return ExposureService(replace(self.context, open_market=cache(self.context.open_market))).computed(
            ticker, spec
        )

    def _warm_up(self) -> None:
        import factorcli.analysis.exposure  # noqa: F401

        try:
            self.context.open_market()
            self.context.listed()
        except Exception as error:  # noqa: BLE001  (the first request will say it)
            logging.getLogger(LOGGER).warning("The prices cannot be read yet: %s", error)


def _document(kind: Kind, exposure: Exposure, spec: Specification) -> Document:
    return Document.of(exposure.beta if kind == "beta" else decomposition(exposure, spec.method))
