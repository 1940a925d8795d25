"""The last few panels of a price source, and which tickers failed in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from factorcli.errors import FactorError
from factorcli.ports import PricePanel, PriceSource

MAX_CACHED_PANELS = 4


@dataclass
class Panels:
    """A source's panels; the last few are cached, because windows share tickers.

    failures: the error of each ticker that failed when it was last asked for.
    """

    source: PriceSource
    failures: dict[str, FactorError] = field(default_factory=dict)
    _cached: dict[tuple[str, ...], PricePanel] = field(default_factory=dict)

    @property
    def has_failures(self) -> bool:
        """Whether some ticker failed at the source or has stale prices."""
        return bool(self.failures) or any(panel.stale for panel in self._cached.values())

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The panel of these tickers."""
        key = tuple(dict.fromkeys(tickers))
        panel = self._cached.pop(key, None) or self.source.prices(key)
        for ticker in key:
            self.failures.pop(ticker, None)
        while len(self._cached) >= MAX_CACHED_PANELS:
            del self._cached[next(iter(self._cached))]
        self._cached[key] = panel
        self.failures.update(panel.failures)
        return panel
