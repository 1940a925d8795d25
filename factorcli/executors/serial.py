"""Runs blocks of work sequentially, in this process."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor:
    """Implements `ports.Executor`."""

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[R]:
        """The result of each block, in order; a block starts when its result is requested."""
        return map(work, blocks)
