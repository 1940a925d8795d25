"""The outcome of a use case: results, failures and an exit status."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from factorcli.results.warnings import ResultWarning

T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """A ticker without a result (None: the whole request), with the code and the message of its error.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> factor.betas(["NOSUCH"]).failures[0].code
        'unknown_ticker'
    """

    ticker: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Batch(Generic[T]):
    """The outcome of a use case: results in the order of the request, failures, and warnings as notices."""

    results: tuple[T, ...]
    failures: tuple[Failure, ...] = ()
    exit_code: int = 0
    notices: tuple[ResultWarning, ...] = ()

    @property
    def shown(self) -> tuple[Any, ...]:
        """The records that tables, CSV and pictures are made of: the results, unless they are parts of one record."""
        return self.results
