"""A load of requests on loopback: so many connections, each asking again as soon as it is answered."""

import asyncio
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import uvloop

Bodies = Sequence[bytes] | None  # that are posted


@dataclass
class Load:
    """What a run has seen: answers, those that were not 200, how long it took, and each answer (seconds)."""

    answers: int = 0
    errors: int = 0
    seconds: float = 0.0
    statuses: set[bytes] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def quantile(self, share: float) -> float:
        """The wait, in seconds, that this share of the answers did not exceed."""
        return sorted(self.waits)[max(0, math.ceil(share * len(self.waits)) - 1)]


class _Connection(asyncio.Protocol):
    """Sends a request, reads its answer by Content-Length, and again until told to stop."""

    def __init__(self, requests: Iterator[bytes], load: Load, more) -> None:
        self._requests, self._load, self._more = requests, load, more
        self._head, self._left = b"", 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            start = self._head.index(b"content-length: ") + 16
            length = int(self._head[start : self._head.index(b"\r\n", start)])
            self._left = end + 4 + length - len(self._head)
            self._load.statuses.add(self._head[9:12])
            self._load.errors += self._head[9:12] != b"200"
            self._head = b""
        if self._left == 0:
            self._load.answers += 1
            self._load.waits.append(time.perf_counter() - self._asked)
            if self._more(self._load):
                self._ask()
            else:
                self._transport.close()

    def connection_lost(self, error) -> None:
        self._load.errors += error is not None or self._left != 0
        self.done.set_result(None)


def _request(path: str, body: bytes | None) -> bytes:
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    return f"{head}{length}\r\n".encode() + (body or b"")


async def _run(port: int, path: str, connections: int, more, bodies: Bodies = None) -> Load:
    load, requests = Load(), cycle([_request(path, body) for body in bodies or [None]])
    start = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Connection(requests, load, more), "127.0.0.1", port)
            for _ in range(connections)]  # fmt: skip
    await asyncio.gather(*(protocol.done for _, protocol in made))
    load.seconds = time.perf_counter() - start
    return load


def for_seconds(port: int, path: str, seconds: float, connections: int = 64, bodies: Bodies = None) -> Load:
    """Ask for so long; bodies are posted, in turn."""
    end = time.perf_counter() + seconds
    return uvloop.run(_run(port, path, connections, lambda _: time.perf_counter() < end, bodies))


def side_by_side(port: int, seconds: float, asked: list[tuple[str, int, Bodies]]) -> list[Load]:
    """The loads of several paths at the same time, each with its connections and its bodies."""
    end = time.perf_counter() + seconds

    async def run() -> list[Load]:
        loads = [
            _run(port, path, connections, lambda _: time.perf_counter() < end, bodies)
            for path, connections, bodies in asked
        ]
        return await asyncio.gather(*loads)

    return uvloop.run(run())


def for_requests(port: int, path: str, requests: int, connections: int = 64, bodies: Bodies = None) -> Load:
    """Ask so often."""
    return uvloop.run(_run(port, path, connections, lambda load: load.answers <= requests - connections, bodies))


if __name__ == "__main__":
    found = for_seconds(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    print(f"{found.rate:,.0f}/s, {found.errors} errors, {found.statuses}")
