"""The use case of exposures and decompositions against a benchmark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch
from factorcli.results.exposure import Exposure
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService
from factorcli.service.subjects import SubjectService

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow
    from factorcli.decisions.benchmark import Benchmark
    from factorcli.decisions.subject import Subject
    from factorcli.results.beta import BetaResult
    from factorcli.results.decompose import Decomposition

R = TypeVar("R")


@dataclass(frozen=True)
class AskedBenchmark:
    """A benchmark that is asked for: a ticker as typed, or holdings; tickers: those as typed, each once."""

    asked: str | Holdings
    tickers: tuple[str, ...]
    total_return: bool  # whether the source's prices contain dividends

    @classmethod
    def of(cls, benchmark: str | Holdings, context: Context) -> "AskedBenchmark":
        """A benchmark with the tickers of the universe. Raises what `portfolio.identity.identified` raises."""
        total_return = context.open_market().source.total_return
        if not isinstance(benchmark, Holdings):
            return cls(benchmark, (benchmark,), total_return)
        return cls(*with_tickers(benchmark, context), total_return)

    def on(self, columns: "FittedWindow") -> "Benchmark":
        """The benchmark on a fitted window of its tickers. Raises what `Benchmark.of` raises."""
        from factorcli.decisions.benchmark import Benchmark

        return Benchmark.of(self.asked, self.tickers, columns)


def with_tickers(holdings: Holdings, context: Context) -> tuple[Holdings, tuple[str, ...]]:
    """Holdings with the tickers of the universe, and those, each once.

    Raises what `portfolio.identity.identified` raises.
    """
    from factorcli.portfolio.identity import identified

    known = identified(holdings, context.universe, context.model.market, context.listed())
    return known, tuple(dict.fromkeys(row.ticker for row in known.rows))


@dataclass(frozen=True)
class ActiveService:
    """Exposures and decompositions with `active`, computed now: they are not cached."""

    context: Context

    def beta(self, request: Request, spec: Specification, benchmark: str | Holdings) -> "Batch[BetaResult]":
        """Exposures of tickers, in the order given, then of portfolios, against a ticker or holdings."""
        return self._each(request, spec, benchmark, lambda exposure: exposure.beta)

    def decompose(self, request: Request, spec: Specification, benchmark: str | Holdings) -> "Batch[Decomposition]":
        """Variance decompositions of tickers, then of portfolios, against a ticker or holdings."""
        exposures = ExposureService(self.context)
        exposures.check_decomposition(spec)
        return self._each(request, spec, benchmark, lambda exposure: exposures.decomposition(exposure, spec))

    def _each(
        self, request: Request, spec: Specification, benchmark: str | Holdings, view: Callable[[Exposure], R]
    ) -> Batch[R]:
        if spec.estimator == "vasicek":
            raise InvalidOption(
                "A comparison with a benchmark needs the estimator ols, ewma or dimson: vasicek shrinks the betas of "
                "a stock towards those of the universe, which does not apply to a difference of two."
            )
        asked = AskedBenchmark.of(benchmark, self.context)

        def compared(subject: "Subject") -> Sequence[R]:
            return [view(_against(subject, asked))]

        return SubjectService(self.context).each(request, spec, compared, beside=asked.tickers)


def _against(subject: "Subject", asked: AskedBenchmark) -> Exposure:
    """The exposure of a subject, whose window has the benchmark's tickers first, with `active`."""
    from factorcli.analysis.exposure import exposure
    from factorcli.decisions.active import active

    columns = subject.beside.of(range(len(asked.tickers))) if subject.beside else subject.fitted
    found = subject.held.exposure() if subject.held else exposure(subject.fitted, subject.i)
    record, warnings = active(subject, asked.on(columns), total_return=asked.total_return)
    beta = replace(found.beta, active=record, warnings=(*found.beta.warnings, *warnings))
    return replace(found, beta=beta)
