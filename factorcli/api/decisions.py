"""Decisions in the library: what a stock and a portfolio can be asked beyond their exposures."""

from collections.abc import Callable, Sequence
from datetime import date
from threading import RLock
from typing import Any, TypeVar, Unpack

from factorcli.errors import InvalidOption, InvalidTicker
from factorcli.model.keywords import LeastSquaresOptions, as_day, specification
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.render import answers
from factorcli.render.answers import Answer, answer, batch_of
from factorcli.render.charts.extras import Extras
from factorcli.render.decisions.answers import CompareResult, DriftResult
from factorcli.results.batch import Batch
from factorcli.service.compare import CompareService
from factorcli.service.context import Context
from factorcli.service.drift import DriftService

A = TypeVar("A", bound=Answer)


class TickerDecisions:
    """What a Factor answers about a ticker."""

    _context: Context
    _lock: RLock

    def _named(self, _: Sequence[Any], width: int) -> Extras:
        """What pictures show besides the results: the names of factors."""
        return Extras(width, self._context.model.names)

    def _decided(self, kind: type[A], ask: Callable[[Context], Batch[Any]]) -> A:
        """The only result of a use case. Raises the FactorError that is in its place."""
        with self._lock:
            found = ask(self._context)
        if not found.results:
            batch_of((), found, "").raise_failures()
        return answer(kind, found.results[0], extras=self._named)

    def compare(
        self, ticker: str, against: "str | PortfolioDecisions", **options: Unpack[LeastSquaresOptions]
    ) -> CompareResult:
        """How the betas of a stock differ from those of another stock or of a portfolio. Raises a FactorError.

        Examples:
            >>> result = factor.compare("TCS", "INFY", window=126)
            >>> size = result.differences["SZ"]
            >>> size.ci_low < size.estimate < size.ci_high
            True
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> factor.compare("WIPRO", book).against
            'portfolio'
        """
        spec = specification(options, LeastSquaresOptions)
        if isinstance(against, PortfolioDecisions):
            request = Request((_ticker(ticker),), (against.holdings,))
        else:
            request = Request((_ticker(ticker), _ticker(against)))
        return self._decided(CompareResult, lambda context: CompareService(context).compare(request, spec))

    def drift(
        self,
        ticker: str,
        *,
        shift: int | None = None,
        since: str | date | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> DriftResult:
        """What changed in the betas of a stock between two windows of the same length. Raises a FactorError.

        shift: trading days, weeks or months between the ends of the windows, 252, 104 or 60 unless given; since:
        instead of it the day on which the earlier window ends.

        Examples:
            >>> result = factor.drift("TCS", since="2025-11-20")
            >>> result.from_as_of, result.shift
            (datetime.date(2025, 11, 20), 261)
        """
        return self._drift(Request((_ticker(ticker),)), shift, since, options)

    def drifts(
        self, *, shift: int | None = None, since: str | date | None = None, **options: Unpack[LeastSquaresOptions]
    ) -> answers.Batch[DriftResult]:
        """What changed in the betas of every stock of the universe whose prices are at hand, the surest first.

        What failed is among the failures; q-values are over all results. Raises HeatmapNotComputed where no prices are
        at hand.

        Examples:
            >>> batch = factor.drifts(shift=126)
            >>> len(batch), batch[0].joint_test.p_value <= batch[-1].joint_test.p_value
            (500, True)
        """
        spec, distance = specification(options, LeastSquaresOptions), _distance(shift, since)
        with self._lock:
            found = DriftService(self._context).drift(Request(), spec, *distance, everything=True)
        results = (answer(DriftResult, record, extras=self._named) for record in found.results)
        return batch_of(results, found, "factor.drift/1", self._named)

    def _drift(self, request: Request, shift: int | None, since: str | date | None, options: Any) -> DriftResult:
        spec, distance = specification(options, LeastSquaresOptions), _distance(shift, since)
        return self._decided(DriftResult, lambda context: DriftService(context).drift(request, spec, *distance))


class PortfolioDecisions:
    """What a portfolio answers."""

    factor: TickerDecisions
    holdings: Holdings

    def drift(
        self, *, shift: int | None = None, since: str | date | None = None, **options: Unpack[LeastSquaresOptions]
    ) -> DriftResult:
        """What changed in the betas of the portfolio, at today's weights in both windows; as in `Factor.drift`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> result = book.drift(shift=126)
            >>> result.joint_test.q_value == result.joint_test.p_value
            True
        """
        return self.factor._drift(Request((), (self.holdings,)), shift, since, options)


def _distance(shift: object, since: str | date | None) -> tuple[int | None, date | None]:
    """A shift and a day, as far as they are given. Raises InvalidOption and InvalidDate."""
    if shift is not None and (isinstance(shift, bool) or not isinstance(shift, int)):
        raise InvalidOption(f"shift is {shift!r}, but must be a whole number of trading days, weeks or months.")
    return shift, as_day(since)


def _ticker(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidTicker(f"{value!r} is not a ticker: give a text such as 'TCS.NS'.")
    return value
