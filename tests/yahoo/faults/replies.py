"""Faults in the answer: another status, another page, late, cut, or none."""

from dataclasses import dataclass, replace

from tests.yahoo.faults.base import Fault
from tests.yahoo.reply import Ending, Reply, consent, no_such_dates, refusal


@dataclass(frozen=True)
class Status(Fault):
    """An error status with the body that Yahoo sends with it; retry_after in seconds, no header where None."""

    status: int
    retry_after: int | None = None

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The error instead of the answer."""
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        answer = refusal(self.status)
        return replace(answer, headers=headers, delay=reply.delay, ending=reply.ending)


class Delisted(Status):
    """The old name of a renamed company, or a name that is gone: 404."""

    def __init__(self) -> None:
        super().__init__(404)


class ConsentPage(Fault):
    """A 200 that holds the consent page."""

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The page instead of the answer."""
        return replace(consent(), delay=reply.delay, ending=reply.ending)


class Redirection(Fault):
    """A 302 to the consent page, as Europe gets it."""

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The redirection instead of the answer."""
        return replace(reply, status=302, body=b"", headers={"location": "https://guce.yahoo.com/consent"})


class NoSuchDates(Fault):
    """400: there are no bars in the range that was asked for."""

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The error, with the dates of the question."""
        return replace(no_such_dates(query), delay=reply.delay, ending=reply.ending)


@dataclass(frozen=True)
class Delay(Fault):
    """The answer comes late, by so many seconds."""

    seconds: float

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The same answer, later."""
        return replace(reply, delay=reply.delay + self.seconds)


class Reset(Fault):
    """The connection is reset before the first byte of an answer."""

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """No answer."""
        return replace(reply, ending=Ending.RESET)


class Half(Fault):
    """The connection closes in the middle of the body."""

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The first half of the answer."""
        return replace(reply, ending=Ending.HALF)


class Silence(Fault):
    """The question is taken and never answered; the connection stays open."""

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """No answer, and no end."""
        return replace(reply, ending=Ending.SILENCE)
