"""The use cases for concurrent requests.

Cached answers come from the response cache, or from the cache of results by threads that never compute. Everything else
is computed on a single thread, as markets are not thread-safe. So a slow source delays only requests whose answers are
not cached.
"""

import logging
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Literal

from factorcli.errors import FactorError
from factorcli.model.specification import Specification
from factorcli.ports import Apart
from factorcli.render.answers import ERRORS
from factorcli.render.json_csv import plain
from factorcli.results.batch import Batch
from factorcli.results.exposure import Exposure
from factorcli.results.heatmap import HeatmapStatus
from factorcli.serve.documents import Document, encode
from factorcli.serve.error_responses import shown
from factorcli.serve.jobs import SingleFlight, Workers
from factorcli.serve.logs import LOGGER
from factorcli.serve.pictures import Illustrated
from factorcli.serve.response_cache import ResponseCache
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService
from factorcli.service.heatmap import HeatmapService
from factorcli.service.members import with_kept_members, with_members
from factorcli.service.search import find

READER_THREADS = 4
MAX_QUEUED_READS, MAX_QUEUED_COMPUTATIONS, MAX_QUEUED_PAGES = 1000, 64, 16
# Lifetimes of cached documents while the local cache is unchanged: a session may have closed, and price files or
# the shared cache may have changed.
STOCK_SECONDS, UNIVERSE_SECONDS = 2.0, 10.0
Kind = Literal["beta", "decompose"]
Ask = Callable[[Context], Batch[Any]]
ReadRevision = Callable[[], object]


@dataclass(frozen=True)
class Match:
    """What a search found; of a ticker outside the universe sector is empty, and name, too, unless it is a proxy."""

    ticker: str
    name: str
    sector: str


class Backend:
    """Documents for the routes, from one context; every method may raise FactorError.

    drawing: the process that draws pages, which takes memory that this one would not give back.
    """

    def __init__(self, context: Context, seconds: float, drawing: Apart) -> None:
        self.context = context
        self.drawing = drawing
        self.responses = ResponseCache()
        self._exposures = ExposureService(context)
        self._flights = SingleFlight(seconds)
        self._readers = Workers("reading", READER_THREADS, MAX_QUEUED_READS)
        self._computer = Workers("computing", 1, MAX_QUEUED_COMPUTATIONS)
        self._artist = Workers("drawing", 1, MAX_QUEUED_PAGES)
        self._filer = Workers("files", 1, MAX_QUEUED_COMPUTATIONS)  # one, as a hostile workbook can fill 100 MB

    def open(self) -> None:
        """Preload what computing needs, so that the first answer does not wait for it."""
        self._computer.submit(self._warm_up)

    def close(self) -> None:
        """Stop the threads, and the process that draws."""
        self._readers.close()
        self._computer.close()
        self._artist.close()
        self._filer.close()
        self.drawing.close()

    async def stock(self, key: Hashable, kind: Kind, ticker: str, spec: Specification) -> Document:
        """The exposures or the decomposition of a ticker, computed unless cached."""
        if kind == "decompose":
            self._exposures.check_decomposition(spec)
        revision = self._revision()
        document = await self._flights.join((key, revision), self._readers, lambda: self._cached(kind, ticker, spec))
        if document is not None:
            self.responses.put(key, document, self._revision, revision, STOCK_SECONDS)
            return document
        exposure = await self._flights.join((ticker, spec), self._computer, lambda: self._computed(ticker, spec))
        # Not kept, as the next answer must name the cache as its origin.
        return _document(self._exposures, kind, exposure, spec)

    async def decision(self, key: Hashable, ask: Ask, *, many: bool = False) -> Document:
        """The answer of a use case, computed; many: a list of all of its results, else the only one."""
        revision = self._revision()
        document = await self._flights.join((key, revision), self._computer, partial(self._asked, ask, many=many))
        self.responses.put(key, document, self._revision, revision, STOCK_SECONDS)
        return document

    async def private(self, ask: Ask, *, many: bool = False) -> Document:
        """The same, which nobody keeps or shares."""
        work = partial(self._asked, ask, many=many, private=True)
        return await self._flights.join(object(), self._computer, work, again=False)

    async def private_file(self, read: Callable[[Context], object]) -> Document:
        """What is read of a file that was sent, which nobody keeps or shares."""
        work = lambda: Document(encode(plain(read(self.context))), private=True)  # noqa: E731
        return await self._flights.join(object(), self._filer, work, again=False)

    async def page(self, key: Hashable, ask: Ask, draw: Callable[[Batch[Any]], Document]) -> Document:
        """What is drawn of the answer of a use case, once for all concurrent requests of it."""
        until, drawn, found = self._flights.deadline(), (key, "page"), Batch[Any](())
        if not self._flights.has(drawn):
            work = partial(self._found, ask)
            found = await self._flights.join((key, self._revision()), self._computer, work, until=until)
        document = await self._flights.join(drawn, self._artist, lambda: draw(found), until=until)
        self.responses.put(key, document, self._revision, self._revision(), STOCK_SECONDS)
        return document

    async def private_page(self, ask: Ask, draw: Callable[[Batch[Any]], Document]) -> Document:
        """The same, which nobody keeps or shares."""
        until = self._flights.deadline()
        work = partial(self._found, ask)
        found = await self._flights.join(object(), self._computer, work, again=False, until=until)
        return await self._flights.join(object(), self._artist, lambda: draw(found), again=False, until=until)

    async def kept(self, key: Hashable, ask: Ask) -> Document:
        """The list of a use case's results, from the cache only."""
        return await self._read(key, lambda: self._revision, lambda: _of_batch(ask(self.context), many=True))

    async def heatmap(self, key: Hashable, spec: Specification, members: str | None) -> Document:
        """The heatmap of a window, from the cache only."""
        read = lambda: Document.of(self._heatmaps(spec, members).show(spec))  # noqa: E731
        return await self._read(key, lambda: self._revision, read)

    async def status(self, key: Hashable, spec: Specification, members: str | None) -> Document:
        """The status of the heatmap of a window."""

        def read() -> Document:
            windows = [spec.window] if spec.window else [self.context.assumed(spec).window]
            (status,) = self._heatmaps(spec, members).status(windows, spec).results
            return Document.of(self._shown(status), fresh=0)

        return await self._read(key, lambda: self._status_revision(spec, members), read)

    async def statuses(self, key: Hashable, spec: Specification, members: str | None) -> Document:
        """The statuses of the heatmaps of the default windows, by window as `252D` (days), `104W` or `60M`."""

        def read() -> Document:
            found = self._heatmaps(spec, members).status((), spec).results
            letter = self.context.assumed(spec).frequency[0].upper()
            by_window = {f"{status.window}{letter}": plain(self._shown(status)) for status in found}
            return Document(encode(by_window), fresh=0)

        return await self._read(key, lambda: self._status_revision(spec, members), read)

    async def search(self, key: Hashable, text: str, limit: int) -> Document:
        """The stocks that match a text, best match first."""

        def read() -> Document:
            context, listing = self.context, self.context.cached_listing()
            found = find(text, context.universe, context.model, listing and listing.tickers)[:limit]
            return Document(encode([plain(Match(stock.ticker, stock.name, stock.sector)) for stock in found]))

        return await self._flights.join(key, self._readers, read)

    async def once(self, key: Hashable, make: Callable[[], Document], *, slow: bool = False) -> Document:
        """A document that never changes, made for the first request; slow: by the thread that draws."""
        if (document := self.responses.get(key)) is None:
            workers = self._artist if slow else self._readers
            document = await self._read(key, lambda: lambda: None, make, math.inf, workers)
        return document

    async def _read(
        self,
        key: Hashable,
        open_revision: Callable[[], ReadRevision],
        read: Callable[[], Document],
        seconds: float = UNIVERSE_SECONDS,
        workers: Workers | None = None,
    ) -> Document:
        """A document of cached data, read once for all concurrent requests of it."""

        def work() -> tuple[ReadRevision, object, Document]:
            current_revision = open_revision()
            return current_revision, current_revision(), read()

        current_revision, revision, document = await self._flights.join(
            (key, self._revision()), workers or self._readers, work
        )
        self.responses.put(key, document, current_revision, revision, seconds)
        return document

    def _revision(self) -> object:
        return self.context.cache.revision()

    def _shown(self, status: HeatmapStatus) -> HeatmapStatus:
        """A status whose failures show only the last part of the path of the prices."""
        source = self.context.source
        failures = tuple(replace(one, message=shown(one.message, source)) for one in status.failures)
        return replace(status, failures=failures)

    def _heatmaps(self, spec: Specification, members: str | None) -> HeatmapService:
        return HeatmapService(with_kept_members(self.context, spec, members))

    def _status_revision(self, spec: Specification, members: str | None) -> ReadRevision:
        """A revision that changes with a heatmap's rows, and when a run begins or ends."""
        context = with_members(self.context, spec.as_of, members)
        prefix, results = HeatmapService(context).run_name(spec), self.context.cache
        return lambda: (results.revision(), results.holder(prefix))

    def _cached(self, kind: Kind, ticker: str, spec: Specification) -> Document | None:
        """The document of the cached answer, or None."""
        exposure = self._exposures.cached(ticker, spec)
        return None if exposure is None else _document(self._exposures, kind, exposure, spec)

    def _computed(self, ticker: str, spec: Specification) -> Exposure:
        """The exposure, computed with one market for the whole computation.

        Taken from the cache if it was computed, under another name or for another route, while this one was queued.
        """
        if (exposure := self._exposures.cached(ticker, spec)) is not None:
            return exposure
        return ExposureService(replace(self.context, open_market=cache(self.context.open_market))).computed(
            ticker, spec
        )

    def _asked(self, ask: Ask, *, many: bool, private: bool = False) -> Document:
        """The document of a use case, with one market for the whole computation."""
        return _of_batch(self._found(ask), many=many, private=private)

    def _found(self, ask: Ask) -> Batch[Any]:
        """The answer of a use case, with one state of the prices for the whole computation."""
        policy = replace(self.context.policy, identity=cache(self.context.policy.identity))
        return ask(replace(self.context, open_market=cache(self.context.open_market), policy=policy))

    def _warm_up(self) -> None:
        try:
            self._exposures.warm_up()
        except Exception as error:  # noqa: BLE001  (the first request will report it)
            logging.getLogger(LOGGER).warning("The prices cannot be read yet: %s", error)


def _document(service: ExposureService, kind: Kind, exposure: Exposure, spec: Specification) -> Document:
    return Document.of(exposure.beta if kind == "beta" else service.decomposition(exposure, spec))


def raise_first(batch: Batch[Any]) -> None:
    """Raise the first failure of a batch as the FactorError that it is."""
    if batch.failures:
        failure = batch.failures[0]
        raise ERRORS.get(failure.code, FactorError)(failure.message)


def _of_batch(batch: Batch[Any], *, many: bool, private: bool = False) -> Document:
    """The results of a batch, or the only one. Raises the first failure as the FactorError that it is."""
    raise_first(batch)
    first = batch.results[0] if batch.results else None
    if isinstance(first, Illustrated):
        return Document(encode(first.plain()), private=private)
    found = plain(batch.results)
    return Document(encode(found if many else found[0]), private=private)
