"""An answer before it is sent, and the bodies of the answers that are no chart."""

from dataclasses import dataclass, field
from enum import Enum

from tests.yahoo.chart import failure

JSON, HTML, TEXT = "application/json;charset=utf-8", "text/html; charset=UTF-8", "text/plain;charset=utf-8"
SET_COOKIE = (
    "A3=d=AQABBLoopbackYahoo&S=AQAAAloopback; Expires=Fri, 31 Dec 2049 23:59:59 GMT; Domain=.yahoo.com; "
    "Path=/; SameSite=None; Secure; HttpOnly"
)
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
}


class Ending(Enum):
    """How an answer goes out: as it should, cut in half, as a reset connection, or not at all."""

    WHOLE = "whole"
    HALF = "half"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, the seconds to wait before them, and how they go out."""

    status: int
    body: bytes
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    bars: int = 0
    delay: float = 0.0
    ending: Ending = Ending.WHOLE

    def encoded(self) -> bytes:
        """The bytes of the answer; a body cut in half keeps the length it should have had."""
        lines = {
            "content-type": self.kind,
            "content-length": str(len(self.body)),
            "cache-control": "public, max-age=10, stale-while-revalidate=20",
            "server": "ATS",
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        body = self.body[: len(self.body) // 2] if self.ending is Ending.HALF else self.body
        return f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Error')}\r\n{head}\r\n".encode() + body


def refusal(status: int) -> Reply:
    """The answer that Yahoo gives with this status where there is nothing more to say."""
    if status == 401:
        return Reply(401, failure("Unauthorized", "Invalid Crumb", "finance"))
    if status == 404:
        return Reply(404, failure("Not Found", "No data found, symbol may be delisted"))
    if status == 429:
        return Reply(429, b"Edge: Too Many Requests", TEXT)
    page = f"<!doctype html><html><head><title>Yahoo! - Error report</title></head><body><h1>HTTP Status {status}</h1>"
    return Reply(status, f"{page}</body></html>".encode(), HTML)


def no_such_dates(query: dict[str, str]) -> Reply:
    """The 400 for a range that has no data."""
    start, end = query.get("period1", ""), query.get("period2", "")
    return Reply(400, failure("Bad Request", f"Data doesn't exist for startDate = {start}, endDate = {end}"))


def bad_interval(asked: str) -> Reply:
    """The 422 for an interval that is not served; of Yahoo's own list this server has one."""
    return Reply(422, failure("Unprocessable Entity", f"Invalid input - interval={asked} is not supported."))


def too_many_symbols() -> Reply:
    """The 400 of a `spark` call with more than twenty symbols."""
    return Reply(400, failure("Bad Request", "Number of symbols needs to be less than or equal to 20", "spark"))


def cookie() -> Reply:
    """What fc.yahoo.com says to everybody: 404, and the cookie that matters."""
    page = b"<!doctype html><html><head><title>Yahoo</title></head><body><h1>Not Found</h1></body></html>"
    return Reply(404, page, HTML, {"set-cookie": SET_COOKIE})


def crumb() -> Reply:
    """The crumb, eleven characters of plain text."""
    return Reply(200, b"LoopBckCrmb", TEXT)


def consent() -> Reply:
    """The page that asks for consent to cookies, in the place of what was asked for."""
    page = (
        "<!doctype html><html><head><title>Yahoo is part of the Yahoo family of brands</title></head><body>"
        '<form method="post" action="https://consent.yahoo.com/v2/collectConsent?sessionId=3_cc-session_loopback">'
        '<input type="hidden" name="csrfToken" value="lOopBck">'
        '<input type="hidden" name="sessionId" value="3_cc-session_loopback">'
        '<input type="hidden" name="originalDoneUrl" value="https://finance.yahoo.com/">'
        '<input type="hidden" name="namespace" value="yahoo">'
        '<button type="submit" name="agree" value="agree">Accept all</button></form></body></html>'
    )
    return Reply(200, page.encode(), HTML)
