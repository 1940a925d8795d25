"""Runs blocks of work sequentially, in this process."""

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor:
    """Implements `ports.Executor`; takes a block when its result is requested."""

    elsewhere = False

    def suited(self, fits: int) -> "SerialExecutor":  # noqa: ARG002
        """Itself."""
        return self

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Generator[R, None, None]:
        """The result of each block, in order."""
        yield from map(work, blocks)
