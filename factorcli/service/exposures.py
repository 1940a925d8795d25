"""The use cases on single tickers and portfolios: their exposures, from the cache or computed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from factorcli.errors import DataError, FactorError, InvalidOption, RunStopped, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY, OF_PRICES
from factorcli.model.specification import MAX_LMG_FACTORS, METHODS, Specification
from factorcli.ports import Key
from factorcli.results.batch import Batch, Failure
from factorcli.results.beta import BetaResult
from factorcli.results.codec import decode, encode
from factorcli.results.exposure import Exposure
from factorcli.results.provenance import CacheInfo
from factorcli.service.context import Context, Listing

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.portfolio.holdings import Holdings
    from factorcli.portfolio.request import Unread
    from factorcli.results.decompose import Decomposition

R = TypeVar("R")


@dataclass(frozen=True)
class ExposureService:
    """Exposures and decompositions of tickers and portfolios."""

    context: Context

    def beta(
        self, tickers: Sequence[str], spec: Specification, portfolios: "Sequence[Holdings | Unread]" = ()
    ) -> Batch[BetaResult]:
        """Exposures of tickers, in the order given, then of portfolios; failures are part of the batch."""
        return self.batch(tickers, spec, lambda exposure: exposure.beta, portfolios)

    def decompose(
        self, tickers: Sequence[str], spec: Specification, portfolios: "Sequence[Holdings | Unread]" = ()
    ) -> "Batch[Decomposition]":
        """Variance decompositions of tickers, in the order given, then of portfolios."""
        self.check_decomposition(spec)
        return self.batch(tickers, spec, lambda exposure: self.decomposition(exposure, spec), portfolios)

    def decomposition(self, exposure: Exposure, spec: Specification) -> "Decomposition":
        """The variance decomposition of an exposure by the method of the specification."""
        from factorcli.analysis.decomposition import decomposition

        return decomposition(exposure, spec.method)

    def batch(
        self,
        tickers: Sequence[str],
        spec: Specification,
        view: Callable[[Exposure], R],
        portfolios: "Sequence[Holdings | Unread]" = (),
    ) -> Batch[R]:
        """What a view makes of each ticker's exposure, in the order given, then of each portfolio's.

        Raises InvalidPortfolio where that concerns the only portfolio.
        """
        self.context.check_date(spec)
        spec = self.context.settled(spec)
        listed = self.context.listed()
        named: dict[object, ResolvedTicker] = {}
        for ticker in tickers:
            one = self.context.resolve(ticker, listed)
            named.setdefault((one.ticker, one.alternatives), one)
        asked = list(named.values())
        known = self._cached(asked, spec)
        errors: dict[ResolvedTicker, tuple[str, FactorError]] = {}
        todo = [one for one in asked if one not in known]
        if todo:
            fresh, errors = self._computed(todo, spec)
            known |= fresh
        results = list({known[one].beta.ticker: known[one] for one in asked if one in known}.values())
        failed = list(dict(errors[one] for one in asked if one in errors).items())
        if portfolios:
            from factorcli.service.portfolios import failure_of

            found = self._portfolios(portfolios, spec, listed)
            results += [one for one in found if not isinstance(one, FactorError)]
            failed += [
                failure_of(one, holdings, many=len(portfolios) > 1)
                for one, holdings in zip(found, portfolios, strict=True)
                if isinstance(one, FactorError)
            ]
        return Batch(
            tuple(map(view, results)),
            tuple(Failure(ticker, error.code, str(error)) for ticker, error in failed),
            exit_status(len(results), [error for _, error in failed]),
        )

    def warm_up(self) -> None:
        """Load what computing needs, and open the market. Raises FactorError."""
        import factorcli.analysis.exposure  # noqa: F401

        market = self.context.open_market()
        context = replace(self.context, open_market=lambda: market)  # the prices are read once
        context.listed()
        context.settled(Specification(frequency=OF_PRICES))

    def check_decomposition(self, spec: Specification) -> None:
        """Raise InvalidOption for a specification without a decomposition."""
        model = self.context.model
        if spec.estimator == "vasicek":
            raise InvalidOption(
                "A decomposition needs the estimator ols, ewma or dimson: the betas of vasicek explain no variance."
            )
        if spec.method == "lmg" and len(model.factors) > MAX_LMG_FACTORS:
            raise InvalidOption(
                f"The method lmg takes {MAX_LMG_FACTORS} factors at most; {model.id} has {len(model.factors)}."
            )

    def cached(self, typed: str, spec: Specification) -> Exposure | None:
        """The cached exposure of one ticker, or None."""
        self.context.check_date(spec)
        listing, settled = self.context.cached_listing(), self.context.settled_from_cache(spec)
        if listing is None or settled is None:
            return None
        one = self.context.resolve(typed, listing.tickers)
        return self._cached([one], settled).get(one)

    def computed(self, typed: str, spec: Specification) -> Exposure:
        """The exposure of one ticker, computed and cached. Raises FactorError."""
        one = self.context.resolve(typed, self.context.listed())
        known, failed = self._computed([one], self.context.settled(spec))
        if one in failed:
            raise failed[one][1]
        return known[one]

    def one(self, typed: str, spec: Specification) -> Exposure:
        """The exposure of one ticker, from the cache or computed. Raises FactorError."""
        return self.cached(typed, spec) or self.computed(typed, spec)

    def portfolio(self, holdings: "Holdings", spec: Specification) -> Exposure:
        """The exposure of a portfolio, computed now. Raises FactorError."""
        self.context.check_date(spec)
        (found,) = self._portfolios([holdings], self.context.settled(spec), self.context.listed())
        if isinstance(found, FactorError):
            raise found
        return found

    def _portfolios(
        self, portfolios: "Sequence[Holdings | Unread]", spec: Specification, listed: Listing
    ) -> list[Exposure | FactorError]:
        if spec.estimator == "vasicek":
            raise InvalidOption(
                "The estimator vasicek shrinks the betas of a stock towards those of the universe, which does not "
                "apply to a portfolio: leave out the estimator or the portfolio."
            )
        from factorcli.service.portfolios import portfolio_exposures

        return portfolio_exposures(self.context, spec, listed, portfolios)

    def _cached(self, asked: Sequence[ResolvedTicker], spec: Specification) -> dict[ResolvedTicker, Exposure]:
        """Cached answers; of a ticker with alternatives that of the first that has one, as there is none before it."""
        policy = self.context.policy
        if policy.refresh:
            return {}
        keys = policy.beta_keys([variant for one in asked for variant in one.variants], spec)

        def read(key: Key, payload: bytes) -> Exposure | None:
            exposure = decode(Exposure, payload)
            return exposure if exposure and self._is_valid(exposure, keys[key], spec) else None

        found = self.context.answers.find(list(keys), read, seconds=policy.lifetime)
        cached = {keys[key]: self._from_cache(answer, tier) for key, (answer, tier) in found.items()}
        kept = {one: next((v for v in one.variants if v in cached), None) for one in asked}
        return {one: cached[variant] for one, variant in kept.items() if variant is not None}

    def _is_valid(self, exposure: Exposure, one: ResolvedTicker, spec: Specification) -> bool:
        """Whether a cached answer is for this ticker, window, model and source, and has not expired."""
        model, policy = self.context.model, self.context.policy
        beta, codes = exposure.beta, model.codes
        methods = METHODS if len(codes) <= MAX_LMG_FACTORS else METHODS[:1]
        return (
            tuple(beta.betas) == codes
            and all(tuple(exposure.shares.get(method, ())) == codes for method in methods)
            and (spec.rolling, spec.diagnostics, spec.intervals)
            == (beta.rolling is not None, beta.diagnostics is not None, spec.method in exposure.intervals)
            and spec.decisions == (exposure.decisions is not None)
            and (beta.ticker, beta.window, beta.data.source) == (one.ticker, spec.window, self.context.source)
            and (beta.frequency or DAILY.name) == spec.frequency
            and (beta.model.id, beta.model.basis, beta.model.covariance, beta.model.estimator or "ols")
            == (model.id, spec.basis, spec.covariance, spec.estimator)
            and beta.as_of <= policy.today
            and policy.is_alive(exposure.computed_at)
        )

    def _from_cache(self, exposure: Exposure, tier: str) -> Exposure:
        """An answer with its cache tier and the names of this universe: a shared one may use others."""
        beta, universe = exposure.beta, self.context.universe
        stock = universe.by_ticker.get(universe.current(beta.ticker))
        origin = CacheInfo(tier, exposure.computed_at, stale=False)
        name, sector = (stock.name, stock.sector) if stock else (None, None)
        return replace(exposure, beta=replace(beta, cache=origin, name=name, sector=sector))

    def _computed(
        self, asked: Sequence[ResolvedTicker], spec: Specification
    ) -> tuple[dict[ResolvedTicker, Exposure], dict[ResolvedTicker, tuple[str, FactorError]]]:
        """Answers, computed now and cached, and each ticker's error with the name under which it failed."""
        settled = dict(zip(asked, self.context.decided(asked), strict=True))
        distinct = list({one.ticker: one for one in settled.values()}.values())
        known, errors = self._fitted(distinct, spec)
        return (
            {one: known[own.ticker] for one, own in settled.items() if own.ticker in known},
            {one: (own.ticker, errors[own.ticker]) for one, own in settled.items() if own.ticker in errors},
        )

    def _fitted(
        self, asked: Sequence[ResolvedTicker], spec: Specification
    ) -> tuple[dict[str, Exposure], dict[str, FactorError]]:
        """Answers of tickers that the source has decided on, cached, and errors; both by ticker."""
        from factorcli.analysis.exposure import exposure

        fits = self.context.fits(asked, spec)
        if spec.estimator == "vasicek":
            from factorcli.service.prior import universe_prior

            prior = universe_prior(self.context, spec)
            fits = [(replace(fitted, prior=prior), i) for fitted, i in fits]
        decided = _with_decisions(self.context, spec) if spec.decisions else None
        known: dict[str, Exposure] = {}
        errors: dict[str, FactorError] = {}
        for one, (fitted, i) in zip(asked, fits, strict=True):
            try:
                known[one.ticker] = exposure(fitted, i) if decided is None else decided(exposure(fitted, i), fitted, i)
            except (DataError, UpstreamError) as error:  # a UsageError concerns the whole batch
                errors[one.ticker] = error
        policy = self.context.policy
        keys = policy.beta_keys(asked, spec)
        fresh = {ticker: answer for ticker, answer in known.items() if not answer.beta.cache.stale}
        entries = {key: encode(fresh[one.ticker]) for key, one in keys.items() if one.ticker in fresh}
        self.context.answers.keep(entries, policy.lifetime)
        return known, errors


def _with_decisions(context: Context, spec: Specification) -> "Callable[[Exposure, FittedWindow, int], Exposure]":
    """What adds to the exposure of a column of a fitted window the decisions about it."""
    from factorcli.decisions.subject import Subject
    from factorcli.service.decisions import Decider

    decider = Decider(context, spec)
    return lambda known, fitted, i: replace(known, decisions=decider.decisions(Subject.of(fitted, i)))


def exit_status(results: int, errors: Iterable[FactorError]) -> int:
    """0 without errors, 3 with results and errors, 5 with upstream errors only, 4 with other errors.

    5 also for a run that rate-limiting stopped, with or without results.
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
