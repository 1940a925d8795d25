"""The use cases on single tickers: which one is meant, and its answer, from the cache or computed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from factorcli.errors import (
    DataError,
    FactorError,
    HeatmapNotComputed,
    InvalidDate,
    InvalidOption,
    RunStopped,
    UpstreamError,
)
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import METHODS, PORTFOLIO, Asked, Query
from factorcli.ports import AnswerCache, Clock, Key, Market, ResultCache
from factorcli.results.beta import Batch, BetaResult, CacheInfo, Decomposition, Exposure, Failure
from factorcli.results.codec import decode, encode
from factorcli.service.cache_keys import CachePolicy, stamp

if TYPE_CHECKING:
    from factorcli.analysis.fit import Answers
    from factorcli.analysis.prior import UniversePrior
    from factorcli.portfolio.holdings import Holdings

R = TypeVar("R")
MAX_LMG_FACTORS = 12  # that of engine.variance, which is not loaded for a question from the cache


@dataclass(frozen=True)
class FactorService:
    """Answers questions about tickers from a market, a model, a universe and a cache.

    `open_market` is called only when something has to be computed. `answers` are what a team may share;
    `cache` is this machine's alone.
    """

    open_market: Callable[[], Market]
    source: str
    model: FactorModel
    universe: Universe
    clock: Clock
    cache: ResultCache
    answers: AnswerCache
    policy: CachePolicy

    def beta(self, tickers: Sequence[str], query: Query, holdings: "Holdings | None" = None) -> Batch[BetaResult]:
        """Exposures of tickers, in the order asked for, then of a portfolio; each failure with its sentence."""
        return self._answer(tickers, query, lambda exposure: exposure.beta, holdings)

    def decompose(
        self, tickers: Sequence[str], query: Query, holdings: "Holdings | None" = None
    ) -> Batch[Decomposition]:
        """Variance shares of tickers, in the order asked for, then of a portfolio."""
        if query.estimator == "vasicek":
            raise InvalidOption(
                "--estimator vasicek changes betas, and no variance is explained by them: decompose takes ols, ewma "
                "or dimson."
            )
        if query.method == "lmg" and len(self.model.factors) > MAX_LMG_FACTORS:
            raise InvalidOption(
                f"--method lmg takes {MAX_LMG_FACTORS} factors at most; {self.model.id} has {len(self.model.factors)}."
            )
        return self._answer(tickers, query, lambda exposure: exposure.decomposition(query.method), holdings)

    def resolve(self, typed: str, listed: frozenset[str] | None) -> Asked:
        """Which ticker is meant, and which column of the source it is read from.

        With a suffix or a ^, as typed; a bare symbol is the source's column of that name, else the
        universe's .NS ticker, else as typed. A ticker that the source lacks is looked for under its
        present name, and the present name under the old ones. `listed` is what the source has, or
        None where only asking tells.
        """
        ticker = typed.strip().upper()
        if not ticker:
            raise InvalidOption("A ticker is empty; write one such as RELIANCE.NS.")
        has = listed is not None and ticker in listed
        if not has and "." not in ticker and not ticker.startswith("^"):
            suffixed = f"{ticker}.NS"
            if suffixed in self.universe.by_ticker or suffixed in self.universe.renames:
                ticker = suffixed
                has = listed is not None and ticker in listed
        new = self.universe.current(ticker)
        renamed = new if new != ticker else None
        if has:
            return Asked(typed, ticker, ticker, renamed)
        column = new
        if listed is not None and new not in listed:
            column = next((old for old in self.universe.old_names.get(new, ()) if old in listed), new)
        return Asked(typed, column, new, renamed)

    def listed(self) -> frozenset[str] | None:
        """The tickers that the source has, from the cache if they are there."""
        key = self.policy.listing_key()
        if not self.policy.refresh and key in (kept := self.cache.get([key])):
            names = kept[key].decode(errors="replace")
            return frozenset(names.split("\n")) if names else None
        listed = self.open_market().source.listed()
        self.cache.put({key: "\n".join(sorted(listed or ())).encode(errors="replace")}, self.policy.ttl.total_seconds())
        return listed

    def check_date(self, query: Query) -> None:
        """Raise InvalidDate for a day that has not come."""
        today = self.clock.now().date()
        if query.as_of is not None and query.as_of > today:
            raise InvalidDate(f"--as-of {query.as_of} is in the future; today is {today}.")

    def _answer(
        self, tickers: Sequence[str], query: Query, view: Callable[[Exposure], R], holdings: "Holdings | None"
    ) -> Batch[R]:
        self.check_date(query)
        listed = self.listed()
        named: dict[str, Asked] = {}
        for ticker in tickers:
            one = self.resolve(ticker, listed)
            named.setdefault(one.ticker, one)
        asked = list(named.values())
        known = self._cached(asked, query)
        errors: dict[str, FactorError] = {}
        todo = [one for one in asked if one.ticker not in known]
        if todo:
            fresh, errors = self._computed(todo, query)
            known |= fresh
        results = [known[one.ticker] for one in asked if one.ticker in known]
        failed = [(one.ticker, errors[one.ticker]) for one in asked if one.ticker in errors]
        if holdings is not None:
            try:
                results.append(self._portfolio(holdings, query, listed))
            except (DataError, UpstreamError) as error:
                failed.append((PORTFOLIO.ticker, error))
        return Batch(
            tuple(map(view, results)),
            tuple(Failure(ticker, error.code, str(error)) for ticker, error in failed),
            exit_status(len(results), [error for _, error in failed]),
        )

    def _portfolio(self, holdings: "Holdings", query: Query, listed: frozenset[str] | None) -> Exposure:
        """The exposure of a portfolio. A file of holdings is private: no cache keeps anything of it."""
        if query.estimator == "vasicek":
            raise InvalidOption(
                "--estimator vasicek draws a stock towards the universe's stocks, and a portfolio is none of them: "
                "leave it out, or leave --portfolio out."
            )
        from factorcli.portfolio.positions import Positions
        from factorcli.portfolio.window import portfolio_answers

        positions = Positions.of(holdings, lambda typed: self.resolve(typed, listed))
        stocks = self._fit(positions.asked, query)
        return portfolio_answers(positions, stocks, self.open_market().failure).exposure(0)

    def _cached(self, asked: Sequence[Asked], query: Query) -> dict[str, Exposure]:
        """Answers that the cache has, by ticker."""
        if self.policy.refresh:
            return {}
        keys = self.policy.beta_keys(asked, query)

        def read(key: Key, payload: bytes) -> Exposure | None:
            exposure = decode(Exposure, payload)
            return exposure if exposure and self._answers(exposure, keys[key], query) else None

        found = self.answers.find(list(keys), read, seconds=self.policy.lifetime)
        return {keys[key].ticker: self._from_cache(answer, tier) for key, (answer, tier) in found.items()}

    def _answers(self, exposure: Exposure, one: Asked, query: Query) -> bool:
        """Whether what was kept is about this ticker, window, model and source, and young enough."""
        beta, codes = exposure.beta, self.model.codes
        methods = METHODS if len(codes) <= MAX_LMG_FACTORS else METHODS[:1]
        return (
            tuple(beta.betas) == codes
            and all(tuple(exposure.shares.get(method, ())) == codes for method in methods)
            and (query.rolling, query.diagnostics, query.intervals)
            == (beta.rolling is not None, beta.diagnostics is not None, query.method in exposure.intervals)
            and (beta.ticker, beta.window, beta.data.source) == (one.ticker, query.window, self.source)
            and (beta.model.id, beta.model.basis, beta.model.covariance, beta.model.estimator or "ols")
            == (self.model.id, query.basis, query.covariance, query.estimator)
            and beta.as_of <= self.policy.today
            and self.policy.alive(exposure.computed_at)
        )

    def _from_cache(self, exposure: Exposure, tier: str) -> Exposure:
        """An answer with where it is from, under the names of this universe: a team's may be another."""
        beta = exposure.beta
        stock = self.universe.by_ticker.get(self.universe.current(beta.ticker))
        origin = CacheInfo(tier, exposure.computed_at, stale=False)
        name, sector = (stock.name, stock.sector) if stock else (None, None)
        return replace(exposure, beta=replace(beta, cache=origin, name=name, sector=sector))

    def _computed(self, asked: Sequence[Asked], query: Query) -> tuple[dict[str, Exposure], dict[str, FactorError]]:
        """Answers that are computed now, and kept, and what failed; by ticker."""
        answers = self._fit(asked, query)
        market = self.open_market()
        known: dict[str, Exposure] = {}
        errors: dict[str, FactorError] = {}
        for i, one in enumerate(asked):
            try:
                if (reason := market.failure(one.column)) is not None:
                    raise reason
                known[one.ticker] = answers.exposure(i)
            except (DataError, UpstreamError) as error:  # a UsageError is about the question, not a ticker
                errors[one.ticker] = error
        keys = self.policy.beta_keys(asked, query)
        fresh = {ticker: exposure for ticker, exposure in known.items() if not exposure.beta.cache.stale}
        entries = {key: encode(fresh[one.ticker]) for key, one in keys.items() if one.ticker in fresh}
        self.answers.keep(entries, self.policy.lifetime)
        return known, errors

    def prior(self, query: Query) -> "UniversePrior":
        """What the universe's betas are: from its heatmap, else computed where the source says what it has.

        Raises HeatmapNotComputed where neither can be had.
        """
        from factorcli.analysis.prior import UniversePrior
        from factorcli.service.heatmap_rows import is_current, kept_rows, of_one_day

        universe = [stock.ticker for stock in self.universe.stocks]
        kept = {} if self.policy.refresh else kept_rows(self.answers, self.policy, self.model, universe, query)
        rows = [row for row in of_one_day(kept).values() if is_current(row, self.policy.session)]
        if 2 * len(rows) < len(universe):
            listed = self.listed()
            if listed is None:
                options = "" if query.basis == "raw" else f" --basis {query.basis}"
                options += "" if query.covariance == "hac" else f" --cov {query.covariance}"
                options += "" if query.as_of is None else f" --as-of {query.as_of}"
                raise HeatmapNotComputed(
                    f"--estimator vasicek needs the betas of the whole universe over {query.window} sessions: run "
                    f"`factor heatmap compute --all --window {query.window}{options}` first."
                )
            asked = [self.resolve(ticker, listed) for ticker in universe]
            answers = self._fit(asked, Query(query.window, query.basis, query.covariance, query.as_of))
            market = self.open_market()
            rows = [answers.heat_row(i, market, self.policy.session) for i in range(len(asked))]
        return UniversePrior.of(rows, self.model.codes)

    def _fit(self, asked: Sequence[Asked], query: Query) -> "Answers":
        from factorcli.analysis.fit import Answers

        market = self.open_market()
        columns = [one.column for one in asked]
        window = market.window(columns, query.window, query.as_of)
        whole = market.window(columns, query.window, query.as_of, whole=True) if query.rolling else None
        return Answers(
            asked=asked,
            query=query,
            model=self.model,
            universe=self.universe,
            source=self.source,
            computed_at=stamp(self.clock.now()),
            window=window,
            whole=whole,
            prior=self.prior(query) if query.estimator == "vasicek" else None,
        )


def exit_status(results: int, errors: Iterable[FactorError]) -> int:
    """0 all done, 3 some of each, 5 nothing because of upstream, 4 nothing for another reason.

    A run that rate-limiting stopped is 5 whatever it has.
    """
    errors = list(errors)
    codes = {error.exit_code for error in errors}
    if not codes:
        return 0
    if any(isinstance(error, RunStopped) for error in errors):
        return 5
    if results:
        return 3
    return 5 if codes == {5} else 4
