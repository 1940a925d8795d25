"""A switch that opens when a service fails, so that nobody waits for it twice."""

import time
from collections.abc import Callable
from typing import TypeVar

from factorcli.errors import FactorError, SharedCacheError

T = TypeVar("T")


class Breaker:
    """Lets work be done until it fails, and tells why, once.

    After `pause` seconds one more attempt is let through, while others still go without; None: never
    again, so that a run pays for one time-out at most. What works again may fail, and be told, again.
    """

    def __init__(
        self,
        warn: Callable[[str], None],
        pause: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        explain: Callable[[FactorError], str] = str,
    ) -> None:
        self._warn = warn
        self._explain = explain
        self._pause = float("inf") if pause is None else pause
        self._clock = clock
        self._closed_from = float("-inf")
        self._told: str | None = None

    def attempt(self, work: Callable[[], T], otherwise: T) -> T:
        """The result of the work, or `otherwise` where it fails or is not tried."""
        if self._clock() < self._closed_from:
            return otherwise
        if self._told is not None:
            self._closed_from = self._clock() + self._pause
        try:
            result = work()
        except SharedCacheError as error:
            self._closed_from = self._clock() + self._pause
            if str(error) != self._told:
                self._told = str(error)
                self._warn(f"{self._explain(error)} Going on without the shared cache.")
            return otherwise
        self._told, self._closed_from = None, float("-inf")
        return result
