"""Blocks of work one after another, in this process."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor:
    """Implements `ports.Executor`."""

    def run(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[R]:
        """The outcome of each block, in their order; a block is taken up when its outcome is asked for."""
        return map(work, blocks)
