"""How do the exposures of stocks and portfolios differ?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request, Unread
from factorcli.results.batch import Batch
from factorcli.results.compare import CompareResult
from factorcli.service.context import Context
from factorcli.service.subjects import SubjectService

if TYPE_CHECKING:
    from factorcli.decisions.subject import Subject


@dataclass(frozen=True)
class CompareService:
    """Compares the first subject of a question with each of the others, computed now."""

    context: Context

    def compare(self, request: Request, spec: Specification) -> Batch[CompareResult]:
        """A result for each pair with the first subject; tickers come before portfolios.

        A subject without a fit is among the failures; without that of the first there is no result. Raises
        InvalidOption for fewer than two subjects, for one that is named twice, and for the only two where they have
        the same returns.
        """
        subjects = SubjectService(self.context)
        names = subjects.names(request.tickers)
        _check(names, request)
        first: list[Subject] = []

        def view(subject: "Subject") -> Sequence[CompareResult]:
            from factorcli.decisions.compare import compare_result

            if first:
                return [compare_result(first[0], subject)]
            if _is_first(subject, names, request):
                first.append(subject)
            return []

        return subjects.each(request, spec, view)


def _check(names: Sequence[str], request: Request) -> None:
    """Raise InvalidOption for a comparison of one, or of one with itself."""
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if len(names) + len(request.portfolios) < 2:
        if not request.repeated:
            raise InvalidOption("A comparison needs two: name another ticker, or a portfolio.")
        twice = request.repeated[0]
    if twice is not None:
        raise InvalidOption(f"{twice} is named twice: a comparison with itself says nothing, so name another.")


def _is_first(subject: "Subject", names: Sequence[str], request: Request) -> bool:
    """Whether the subject is the one that was named first, which may have failed."""
    if names:
        return subject.ticker == names[0]
    held, first = subject.held, request.portfolios[0]
    return held is not None and not isinstance(first, Unread) and held.positions.holdings.file == first.file
