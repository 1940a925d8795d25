"""The subjects of a question, fitted: its tickers, then its portfolios."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from factorcli.errors import DataError, FactorError, InvalidPortfolio, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.frequency import DAILY
from factorcli.model.specification import Specification
from factorcli.portfolio.positions import PORTFOLIO, Positions
from factorcli.portfolio.request import Request, Unread
from factorcli.results.batch import Batch, Failure
from factorcli.service.context import Context, Listing
from factorcli.service.exposures import exit_status

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.decisions.subject import Subject
    from factorcli.portfolio.holdings import Holdings

R = TypeVar("R")


@dataclass(frozen=True)
class SubjectService:
    """Fits what a question is about, now: decisions are not cached, but prices are."""

    context: Context

    def each(
        self,
        request: Request,
        spec: Specification,
        view: "Callable[[Subject], Sequence[R]]",
        beside: Sequence[str] = (),
    ) -> Batch[R]:
        """The results of a view of each subject, tickers first; a subject without one is among the failures.

        beside: further tickers as typed, fitted on the sessions of each subject (`Subject.beside`). A UsageError of
        the view concerns the whole question and is raised; a DataError or UpstreamError, its subject alone, and
        an InvalidPortfolio its file.
        """
        from factorcli.decisions.subject import Subject

        self.context.check_date(spec)
        spec, listed = self.context.settled(spec), self.context.listed()
        asked = list({one.ticker: one for one in self._decided(request.tickers, listed)}.values())
        others = self._decided(beside, listed)
        found: _Found[R] = _Found()
        portfolios: list[Positions] = []
        for one in request.portfolios:
            with found.failures_of(PORTFOLIO.ticker):
                portfolios.append(self._positions(one, listed))
        stocks = (ticker for positions in portfolios for ticker in positions.tickers)
        windows = _Windows(self.context, spec, [*others, *asked, *stocks])
        for ticker in asked:
            with found.failures_of(ticker.ticker):
                fitted = windows.of([*others, ticker])
                found.results += view(Subject.of(fitted, len(others), fitted if others else None))
        for positions in portfolios:
            with found.failures_of(PORTFOLIO.ticker):
                found.results += view(self._portfolio(positions, windows, others))
        return found.batch()

    def names(self, typed: Sequence[str]) -> list[str]:
        """The tickers as results name them, one for each as typed."""
        return [one.ticker for one in self._decided(typed, self.context.listed())] if typed else []

    def _decided(self, typed: Sequence[str], listed: Listing) -> list[ResolvedTicker]:
        return self.context.decided([self.context.resolve(ticker, listed) for ticker in typed])

    def _positions(self, holdings: "Holdings | Unread", listed: Listing) -> Positions:
        """The positions of a portfolio. Raises InvalidPortfolio."""
        from factorcli.portfolio.identity import identified

        if isinstance(holdings, Unread):
            raise holdings.error
        holdings = identified(holdings, self.context.universe, self.context.model.market, listed)
        typed = [row.ticker for row in holdings.rows]
        return Positions.of(holdings, dict(zip(typed, self._decided(typed, listed), strict=True)).__getitem__)

    def _portfolio(self, positions: Positions, windows: "_Windows", others: list[ResolvedTicker]) -> "Subject":
        """The subject of a portfolio. Raises what `portfolio.exposure.fitted_portfolio` raises."""
        from factorcli.decisions.subject import Subject
        from factorcli.portfolio.exposure import fitted_portfolio, without_missing

        both = windows.of([*others, *positions.tickers])
        stocks = both.of(range(len(others), len(both.tickers)))
        if positions.holdings.drop_missing and (kept := without_missing(positions, stocks)) is not positions:
            dropped = replace(positions.holdings, drop_missing=False)
            return self._portfolio(replace(kept, holdings=dropped), windows, others)
        return Subject.of_portfolio(fitted_portfolio(positions, stocks), both if others else None)


@dataclass
class _Windows:
    """Fitted windows of one specification; one of daily returns is fitted once for all tickers."""

    context: Context
    spec: Specification
    every: Sequence[ResolvedTicker]

    def of(self, tickers: Sequence[ResolvedTicker]) -> "FittedWindow":
        """The window of these tickers, in this order. Raises what `Context.fit` raises."""
        if self.spec.returns is not DAILY:
            return self.context.fit(tickers, self.spec)
        return self._whole.of([self._places[one.ticker] for one in tickers])

    @cached_property
    def _distinct(self) -> list[ResolvedTicker]:
        return list({one.ticker: one for one in self.every}.values())

    @cached_property
    def _places(self) -> dict[str, int]:
        return {one.ticker: place for place, one in enumerate(self._distinct)}

    @cached_property
    def _whole(self) -> "FittedWindow":
        return self.context.fit(self._distinct, self.spec)


@dataclass
class _Found(Generic[R]):
    """Results and failures so far."""

    results: list[R] = field(default_factory=list)
    failed: list[tuple[str, FactorError]] = field(default_factory=list)

    @contextmanager
    def failures_of(self, name: str) -> Iterator[None]:
        """A context in which an error that concerns one subject becomes its failure."""
        try:
            yield
        except (DataError, UpstreamError, InvalidPortfolio) as error:
            self.failed.append((name, error))

    def batch(self) -> Batch[R]:
        """The outcome."""
        failures = tuple(Failure(name, error.code, str(error)) for name, error in self.failed)
        return Batch(tuple(self.results), failures, exit_status(len(self.results), [e for _, e in self.failed]))
