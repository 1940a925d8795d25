"""A client that waits for so long and no longer, whatever a server or a network does meanwhile."""

import threading
from typing import Any

import httpx


class TooLong(httpx.TimeoutException):
    """A request was not over within the seconds that it may take in all."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too long")
        self.seconds = seconds


class PatientClient(httpx.Client):
    """A client whose requests end within `longest` seconds.

    httpx limits each silence only: bytes that trickle, a name that is looked up for long, and a host
    with many addresses of which none answers would take as long as they like.
    """

    def __init__(self, longest: float, **options: Any) -> None:
        super().__init__(**options)
        self._longest = longest

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """The answer, read whole. Raises TooLong."""
        done: list[httpx.Response | Exception] = []

        def work() -> None:
            try:
                done.append(super(PatientClient, self).send(request, **options))
            except Exception as error:  # noqa: BLE001  (it is raised where it is waited for)
                done.append(error)

        thread = threading.Thread(target=work, daemon=True)  # it keeps no process from ending
        thread.start()
        thread.join(self._longest)
        if not done:
            raise TooLong(self._longest)
        if isinstance(done[0], Exception):
            raise done[0]
        return done[0]
