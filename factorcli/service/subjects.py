"""The subjects of a question, fitted: its tickers, then its portfolios."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from factorcli.errors import DataError, FactorError, InvalidSubject, UpstreamError
from factorcli.model.specification import Specification
from factorcli.portfolio.positions import Positions
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch, Failure
from factorcli.service.context import Context
from factorcli.service.exposures import exit_status
from factorcli.service.portfolios import (
    OF_ONE,
    Resolver,
    Wanted,
    Windows,
    failure_of,
    fitted_alone,
    fitted_together,
    stocks_of,
)

if TYPE_CHECKING:
    from factorcli.decisions.subject import Subject
    from factorcli.portfolio.exposure import FittedPortfolio

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
        the view concerns the whole question and is raised; a DataError or UpstreamError, its subject alone; an
        InvalidPortfolio its file, and an InvalidSubject its subject, unless that is the only one.
        """
        from factorcli.decisions.subject import Subject

        self.context.check_date(spec)
        spec, listed = self.context.settled(spec), self.context.listed()
        resolver = Resolver(self.context, listed)
        asked = list({one.ticker: one for one in resolver.tickers(request.tickers)}.values())
        others = [Wanted(one) for one in resolver.tickers(beside)]
        found: _Found[R] = _Found()
        many = len(request.portfolios) > 1
        read, wrong = resolver.read(request.portfolios)
        stocks = (one for positions in read.values() for one in stocks_of(positions))
        windows = Windows(self.context, spec, [*others, *map(Wanted, asked), *stocks], lasting=bool(read))
        for ticker in asked:
            with found.failures_of(ticker.ticker):
                fitted = windows.of([*others, Wanted(ticker)])
                found.results += view(Subject.of(fitted, len(others), fitted if others else None))
        together = fitted_together(windows, read) if windows.shared or not others else {}
        for i, holdings in enumerate(request.portfolios):
            try:
                if i in wrong:
                    raise wrong[i]
                found.results += view(_portfolio(windows, read[i], others, together.get(i)))
            except (*OF_ONE, InvalidSubject) as error:
                found.failed.append(failure_of(error, holdings, many=many))
        return found.batch()

    def names(self, typed: Sequence[str]) -> list[str]:
        """The tickers as results name them, one for each as typed."""
        return [one.ticker for one in Resolver(self.context, self.context.listed()).tickers(typed)] if typed else []


def _portfolio(
    windows: Windows, positions: Positions, others: Sequence[Wanted], fitted: "FittedPortfolio | FactorError | None"
) -> "Subject":
    """The subject of a portfolio, fitted with others unless it is already. Raises why it has none."""
    from factorcli.decisions.subject import Subject

    if isinstance(fitted, FactorError):
        raise fitted
    if fitted is None:
        return Subject.of_portfolio(*fitted_alone(windows, positions, others))
    return Subject.of_portfolio(fitted, windows.of([*others, *stocks_of(fitted.positions)]) if others else None)


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
        except (DataError, UpstreamError, InvalidSubject) as error:
            self.failed.append((name, error))

    def batch(self) -> Batch[R]:
        """The outcome. Raises an InvalidSubject that is all there is."""
        if not self.results and len(self.failed) == 1 and isinstance(self.failed[0][1], InvalidSubject):
            raise self.failed[0][1]
        failures = tuple(Failure(name, error.code, str(error)) for name, error in self.failed)
        return Batch(tuple(self.results), failures, exit_status(len(self.results), [e for _, e in self.failed]))
