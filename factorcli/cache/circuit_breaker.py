"""A circuit breaker: after a failure, a service is not called again for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from factorcli.errors import FactorError, SharedCacheError

T = TypeVar("T")


class CircuitBreaker:
    """Runs work until it fails with a SharedCacheError, and warns once.

    After `pause` seconds one attempt is let through, while concurrent ones still get the fallback; with None
    there is no further attempt, so that a run waits for one time-out at most. A success closes the circuit.
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
        self._open_until = float("-inf")
        self._last_message: str | None = None

    def attempt(self, work: Callable[[], T], otherwise: T) -> T:
        """The result of the work, or `otherwise` where it fails or the circuit is open."""
        if self._clock() < self._open_until:
            return otherwise
        if self._last_message is not None:
            self._open_until = self._clock() + self._pause
        try:
            result = work()
        except SharedCacheError as error:
            self._open_until = self._clock() + self._pause
            if str(error) != self._last_message:
                self._last_message = str(error)
                self._warn(f"{self._explain(error)} Continuing without the shared cache.")
            return otherwise
        self._last_message, self._open_until = None, float("-inf")
        return result
