"""The answer of a command: results, failures and an exit status."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from factorcli.results.warnings import ResultWarning

T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """A ticker without a result (None: the whole question), and why."""

    ticker: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Batch(Generic[T]):
    """The answer of a command: results in the order asked for, what failed, and what else must be said."""

    results: tuple[T, ...]
    failures: tuple[Failure, ...] = ()
    exit_code: int = 0
    notices: tuple[ResultWarning, ...] = ()
