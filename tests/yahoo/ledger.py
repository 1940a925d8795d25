"""What was asked of the server, when, and what it answered."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Request:
    """One HTTP request; at is time.monotonic() when its headers were read, status None while unanswered."""

    at: float
    host: str
    path: str
    symbol: str | None
    query: dict[str, str]
    status: int | None = None
    bars: int = 0


class Ledger:
    """Requests in the order in which they came; safe under threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._forgotten = 0

    def arrived(self, host: str, path: str, symbol: str | None, query: dict[str, str]) -> int:
        """Write a request down and return its number."""
        with self._lock:
            self._requests.append(Request(time.monotonic(), host, path, symbol, query))
            return len(self._requests) - 1

    def answered(self, number: int, status: int | None, bars: int) -> None:
        """Add what the request with this number is answered."""
        with self._lock:
            self._requests[number] = replace(self._requests[number], status=status, bars=bars)

    def requests(self) -> list[Request]:
        """All that are not forgotten, as they are now."""
        with self._lock:
            return self._requests[self._forgotten :]

    def forget(self) -> None:
        """Count from here on."""
        with self._lock:
            self._forgotten = len(self._requests)


def excess(times: Sequence[float], rate: float, burst: float) -> float:
    """Largest count − (burst + rate · length) over all closed intervals [t_i, t_j]; times in s, rate in 1/s.

    At most 0 exactly when a full token bucket would have let every request pass. −inf without requests.
    """
    worst, lowest = float("-inf"), float("inf")
    for i, at in enumerate(sorted(times)):
        level = i - rate * at
        lowest = min(lowest, level)
        worst = max(worst, level - lowest + 1 - burst)
    return worst


class Bucket:
    """A token bucket that refuses; rate in 1/s."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether there is a token for a request that comes now."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + self._rate * (now - self._at))
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
