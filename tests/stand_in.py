"""A context in this process whose prices are the demo market's under the name of Yahoo.

For what a shared cache is told and asked, where no client of Yahoo matters.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.ports import PricePanel
from factorcli.prices.demo import DemoSource
from factorcli.prices.gate import GatedMarket
from factorcli.results.warnings import ResultWarning
from factorcli.service.cache_keys import SHARED_SOURCE
from factorcli.service.context import Context


@dataclass(frozen=True)
class StandIn:
    """The demo's prices as Yahoo gives them: without a word about them, and only asking tells what there is."""

    demo: DemoSource
    name: str = SHARED_SOURCE
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    total_return: bool = True
    left_alone: tuple[tuple[str, str], ...] = ()

    def listed(self) -> None:
        """It has to be asked."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The demo's closes."""
        return self.demo.prices(tickers)

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """Those whose prices cost nothing."""
        return self.demo.at_hand(tickers)

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """Nothing is fetched."""
        return self.demo.fetching(tickers)


def build_stand_in(settings: Settings, warn: Callable[[str], None], *, cached: bool, refresh: bool) -> Context:
    """The context of these settings, whose source is yahoo, with another hand on the prices."""
    context = build_context(settings, cached=cached, refresh=refresh, warn=warn)

    @cache
    def market() -> GatedMarket:
        source = StandIn(DemoSource(context.universe, context.clock))
        return GatedMarket(source, context.model, context.clock)

    return replace(context, open_market=market)
