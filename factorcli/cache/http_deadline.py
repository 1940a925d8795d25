"""An HTTP client with a deadline for the whole request."""

import threading
from typing import Any

import httpx


class DeadlineExceeded(httpx.TimeoutException):
    """A request was not complete within its deadline, `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too long")
        self.seconds = seconds


class DeadlineClient(httpx.Client):
    """A client whose requests end within `deadline_seconds`.

    httpx limits single waits only: a slow trickle of bytes, a slow name lookup, or a host with many
    addresses that do not answer could take any time.
    """

    def __init__(self, deadline_seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._deadline_seconds = deadline_seconds

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """The complete response. Raises DeadlineExceeded."""
        done: list[httpx.Response | Exception] = []

        def work() -> None:
            try:
                done.append(super(DeadlineClient, self).send(request, **options))
            except Exception as error:  # noqa: BLE001  (raised again in the calling thread)
                done.append(error)

        thread = threading.Thread(target=work, daemon=True)  # a daemon does not keep the process alive
        thread.start()
        thread.join(self._deadline_seconds)
        if not done:
            raise DeadlineExceeded(self._deadline_seconds)
        if isinstance(done[0], Exception):
            raise done[0]
        return done[0]
