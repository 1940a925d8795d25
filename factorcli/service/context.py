"""The context of every use case: prices, model, market, universe, clock and cache."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from factorcli.errors import InvalidDate
from factorcli.markets.members import MemberLists
from factorcli.markets.tickers import ResolvedTicker, resolve
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY, FREQUENCIES, OF_PRICES, refuse_finer
from factorcli.model.specification import Specification
from factorcli.ports import AnswerCache, Clock, Executor, MarketData, MarketWindow, ResultCache
from factorcli.results.warnings import ResultWarning
from factorcli.service.cache_keys import CachePolicy, stamp
from factorcli.service.kept_windows import KeptWindows

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.analysis.origin import Origin

Listing = frozenset[str] | None  # every ticker of a source; None for a source without a list


class CachedListing(NamedTuple):
    """A source's listing from the cache; `tickers` is None for a source without a list."""

    tickers: Listing


@dataclass(frozen=True)
class Context:
    """The ports of a use case, and what they have in common.

    `open_market` is called only when something has to be computed. `answers` has a local and a shared tier;
    `cache` is local, and `kept` of one thread. `lists` are the dated lists of the universe, and `members_of` is the
    day of the one that it is; None where it is none.
    """

    open_market: Callable[[], MarketData]
    source: str
    model: FactorModel
    universe: Universe
    lists: MemberLists
    members_of: date | None
    clock: Clock
    cache: ResultCache
    answers: AnswerCache
    policy: CachePolicy
    executor: Executor
    daily_prices: bool = True  # whether the source's prices are known to be daily
    kept: KeptWindows | None = None  # of a process that lasts: the stocks of portfolios
    notices: tuple[ResultWarning, ...] = ()  # which members the universe has, where a day was asked for

    def settled(self, spec: Specification) -> Specification:
        """The specification with the frequency of the prices where none is asked for, and its default window.

        Raises InvalidOption for a frequency finer than that of the prices, and what opening the market raises.
        """
        own = self._price_frequency()
        if spec.frequency == OF_PRICES:
            return replace(spec, frequency=own)
        refuse_finer(spec.frequency, own, self.source)
        return spec

    def settled_from_cache(self, spec: Specification) -> Specification | None:
        """As `settled`, but None where that needs prices that have not been read yet."""
        return self.settled(spec) if self._kept_frequency() else None

    def assumed(self, spec: Specification) -> Specification:
        """As `settled`, but without reading prices: while their frequency is not known, nothing of them is cached."""
        default = replace(spec, frequency=DAILY.name) if spec.frequency == OF_PRICES else spec
        return self.settled_from_cache(spec) or default

    def _price_frequency(self) -> str:
        """The frequency of the source's prices, from the cache or from its sessions."""
        if (kept := self._kept_frequency()) is not None:
            return kept
        own = self.open_market().frequency()
        self.cache.put({self.policy.frequency_key(): own.encode()})
        return own

    def _kept_frequency(self) -> str | None:
        """The frequency of the source's prices, where it is known without reading them."""
        if self.daily_prices:
            return DAILY.name
        key = self.policy.frequency_key()
        kept = {} if self.policy.refresh else self.cache.get([key])
        name = kept[key].decode(errors="replace") if key in kept else ""
        return name if name in FREQUENCIES else None

    def check_date(self, spec: Specification) -> None:
        """Raise InvalidDate for a day in the future."""
        if spec.as_of is not None:
            refuse_future(spec.as_of, self.clock)

    def resolve(self, typed: str, listed: Listing) -> ResolvedTicker:
        """Which ticker is meant. Raises InvalidOption for an empty one."""
        return resolve(typed, listed, self.model.market, self.universe)

    def decided(self, tickers: Sequence[ResolvedTicker]) -> list[ResolvedTicker]:
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
        """The window of these tickers, fitted. Raises what `MarketData.window` raises where factors lack prices.

        Weeks and months end at the same sessions for all of them, as the holdings of a portfolio need.
        """
        columns, market = [one.column for one in tickers], self.open_market()
        window = market.window(columns, spec.window, spec.as_of, frequency=spec.returns)
        whole = None
        if spec.rolling:
            whole = market.window(columns, spec.window, spec.as_of, whole=True, frequency=spec.returns)
        return self.fitted(tickers, spec, window, whole)

    def fit_kept(self, tickers: Sequence[ResolvedTicker], spec: Specification) -> "tuple[FittedWindow, Sequence[int]]":
        """As `fit`, of daily returns, but with tickers that are kept fitted among others, and the column of each."""
        if self.kept is None:
            return self.fit(tickers, spec), range(len(tickers))
        window, places = self.kept.window(self.open_market(), spec, tickers, lambda new: self.fit(new, spec))
        return replace(window, origin=self._origin()), places

    def fitted(
        self, tickers: Sequence[ResolvedTicker], spec: Specification, window: MarketWindow, whole: MarketWindow | None
    ) -> "FittedWindow":
        """A window of these tickers, in its order, fitted; whole: with every session, where a path is asked for."""
        from factorcli.analysis.fit import fit

        return fit(tickers, spec, self.model, self._origin(), window, whole)

    def _origin(self) -> "Origin":
        """The provenance of what is computed now."""
        from factorcli.analysis.origin import Origin

        return Origin(self.universe, self.source, stamp(self.clock.now()), self.open_market().source.left_alone)

    def fits(self, tickers: Sequence[ResolvedTicker], spec: Specification) -> "list[tuple[FittedWindow, int]]":
        """The fitted window of each ticker, and its column in it; as `fit`, but each one's periods end by themselves.

        All tickers share a window, but for those whose weeks or months end at other sessions.
        """
        found: dict[int, tuple[FittedWindow, int]] = {}
        for places, fitted in self.windows(tickers, spec):
            found |= {place: (fitted, i) for i, place in enumerate(places)}
        return [found[i] for i in range(len(tickers))]

    def windows(
        self, tickers: Sequence[ResolvedTicker], spec: Specification
    ) -> "Iterator[tuple[Sequence[int], FittedWindow]]":
        """The fitted windows of groups of tickers (their positions), as in `fits`."""
        from factorcli.analysis.fit import fit

        if spec.returns is DAILY:
            yield range(len(tickers)), self.fit(tickers, spec)
            return
        columns, market, origin = [one.column for one in tickers], self.open_market(), self._origin()
        groups = market.windows(columns, spec.window, spec.as_of, whole=spec.rolling, frequency=spec.returns)
        for places, window in groups:
            group, fitted_window, whole = [tickers[i] for i in places], window, None
            if spec.rolling:
                names, whole = [one.column for one in group], window
                fitted_window = market.window(names, spec.window, spec.as_of, frequency=spec.returns)
            yield places, fit(group, spec, self.model, origin, fitted_window, whole)


def refuse_future(day: date, clock: Clock, name: str = "as_of") -> None:
    """Raise InvalidDate for a day in the future, by the name of what it was given for."""
    today = clock.now().date()
    if day > today:
        raise InvalidDate(f"{name} {day} is in the future; today is {today}.")
