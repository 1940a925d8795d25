"""What every use case works with: prices, model, market, universe, clock and cache."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factorcli.errors import InvalidDate
from factorcli.markets.tickers import ResolvedTicker, resolve
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Specification
from factorcli.ports import AnswerCache, Clock, Executor, MarketData, ResultCache
from factorcli.service.cache_keys import CachePolicy, stamp

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow

Listing = frozenset[str] | None  # every ticker that a source has; None where only asking tells


@dataclass(frozen=True)
class Context:
    """The ports of a use case, and what they have in common.

    `open_market` is called only when something has to be computed. `answers` are what a team may share;
    `cache` is this machine's alone.
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
        """Raise InvalidDate for a day that has not come."""
        today = self.clock.now().date()
        if spec.as_of is not None and spec.as_of > today:
            raise InvalidDate(f"as_of {spec.as_of} is in the future; today is {today}.")

    def resolve(self, typed: str, listed: Listing) -> ResolvedTicker:
        """Which ticker is meant. Raises InvalidOption for an empty one."""
        return resolve(typed, listed, self.model.market, self.universe)

    def kept_listing(self) -> tuple[Listing] | None:
        """What the cache knows of the source's listing, or None where it does not know."""
        key = self.policy.listing_key()
        if self.policy.refresh or key not in (kept := self.cache.get([key])):
            return None
        names = kept[key].decode(errors="replace")
        return (frozenset(names.split("\n")) if names else None,)

    def listed(self) -> Listing:
        """The tickers that the source has, from the cache if they are there."""
        if (kept := self.kept_listing()) is not None:
            return kept[0]
        listed, key = self.open_market().source.listed(), self.policy.listing_key()
        self.cache.put({key: "\n".join(sorted(listed or ())).encode(errors="replace")}, self.policy.ttl.total_seconds())
        return listed

    def fit(self, tickers: Sequence[ResolvedTicker], spec: Specification) -> "FittedWindow":
        """The window of these tickers, fitted. Raises what the market raises where the factors cannot be had."""
        from factorcli.analysis.fit import fit
        from factorcli.analysis.origin import Origin

        market = self.open_market()
        columns = [one.column for one in tickers]
        window = market.window(columns, spec.window, spec.as_of)
        whole = market.window(columns, spec.window, spec.as_of, whole=True) if spec.rolling else None
        origin = Origin(self.universe, self.source, stamp(self.clock.now()))
        return fit(tickers, spec, self.model, origin, window, whole)
