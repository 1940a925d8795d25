"""The context of every use case: prices, model, market, universe, clock and cache."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from factorcli.errors import InvalidDate
from factorcli.markets.tickers import ResolvedTicker, resolve
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Specification
from factorcli.ports import AnswerCache, Clock, Executor, MarketData, ResultCache
from factorcli.service.cache_keys import CachePolicy, stamp

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow

Listing = frozenset[str] | None  # every ticker of a source; None for a source without a list


class CachedListing(NamedTuple):
    """A source's listing from the cache; `tickers` is None for a source without a list."""

    tickers: Listing


@dataclass(frozen=True)
class Context:
    """The ports of a use case, and what they have in common.

    `open_market` is called only when something has to be computed. `answers` has a local and a shared tier;
    `cache` is local.
    """

    open_market: Callable[[], MarketData]
    source: str
    model: FactorModel
    universe: Universe
    clock: Clock
    cache: ResultCache
    answers: AnswerCache
    policy: CachePolicy
    executor: Executor

    def check_date(self, spec: Specification) -> None:
        """Raise InvalidDate for a day in the future."""
        today = self.clock.now().date()
        if spec.as_of is not None and spec.as_of > today:
            raise InvalidDate(f"as_of {spec.as_of} is in the future; today is {today}.")

    def resolve(self, typed: str, listed: Listing) -> ResolvedTicker:
        """Which ticker is meant. Raises InvalidOption for an empty one."""
        return resolve(typed, listed, self.model.market, self.universe)

    def settled(self, tickers: Sequence[ResolvedTicker]) -> list[ResolvedTicker]:
        """Each ticker as the source knows it: the first of its alternatives that the source has, else the last."""
        found = list(tickers)
        while asked := [i for i, one in enumerate(found) if one.alternatives]:
            panel = self.open_market().source.prices([found[i].column for i in asked])
            known = {*panel.tickers, *panel.failures}
            for i in asked:
                found[i] = found[i].variants[0] if found[i].column in known else found[i].without_first()
        return found

    def cached_listing(self) -> CachedListing | None:
        """The source's listing, if it is cached."""
        key = self.policy.listing_key()
        if self.policy.refresh or key not in (kept := self.cache.get([key])):
            return None
        names = kept[key].decode(errors="replace")
        return CachedListing(frozenset(names.split("\n")) if names else None)

    def listed(self) -> Listing:
        """The source's listing, from the cache or the source."""
        if (cached := self.cached_listing()) is not None:
            return cached.tickers
        listed, key = self.open_market().source.listed(), self.policy.listing_key()
        self.cache.put({key: "\n".join(sorted(listed or ())).encode(errors="replace")}, self.policy.ttl.total_seconds())
        return listed

    def fit(self, tickers: Sequence[ResolvedTicker], spec: Specification) -> "FittedWindow":
        """The window of these tickers, fitted. Raises what `MarketData.window` raises where factors lack prices."""
        from factorcli.analysis.fit import fit
        from factorcli.analysis.origin import Origin

        market = self.open_market()
        columns = [one.column for one in tickers]
        window = market.window(columns, spec.window, spec.as_of)
        whole = market.window(columns, spec.window, spec.as_of, whole=True) if spec.rolling else None
        origin = Origin(self.universe, self.source, stamp(self.clock.now()))
        return fit(tickers, spec, self.model, origin, window, whole)
