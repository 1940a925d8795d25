"""The HTTP session that yfinance uses: rate-limits every request and classifies every answer.

yfinance reports an outage, a web page and a delisted ticker alike as "possibly delisted", and repeats a
refused request three times. So this session checks each answer itself, and raises the matching error
before yfinance sees it.
"""

import re
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from curl_cffi import CurlECode
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import RequestException

from factorcli.errors import ConnectionLost, FactorError, RateLimited, RunStopped, TimedOut, Unreachable
from factorcli.markets.market import Market
from factorcli.ports import Clock
from factorcli.prices import yahoo_chart as chart
from factorcli.prices.throttle import Blocked, TokenBucket

CHART_PATH = "/v8/finance/chart/"
CRUMB_PATH = "/v1/test/getcrumb"
COOKIE_URL = "https://fc.yahoo.com"
CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS = 2.5, 8.0
# After a recent answer, a slow connection is not taken for an outage.
RECENT_CONNECT_TIMEOUT_SECONDS = 5.0
# Connect and read; shorter, so that an outage is reported within five seconds in spite of both time-outs.
COOKIE_TIMEOUT_SECONDS = (1.0, 4.0)
TOO_MANY = "says that there were too many requests"
OUTAGE_PAUSE_SECONDS = 15.0  # without requests after the address was unreachable
RECENT_ANSWER_SECONDS = 60.0  # after an answer, in which a failure to connect is transient
UNTRUSTED_CERTIFICATE_CODES = {CurlECode.PEER_FAILED_VERIFICATION, CurlECode.SSL_CACERT_BADFILE}
UNREACHABLE_CODES = {
    CurlECode.COULDNT_RESOLVE_PROXY,
    CurlECode.COULDNT_RESOLVE_HOST,
    CurlECode.COULDNT_CONNECT,
    *UNTRUSTED_CERTIFICATE_CODES,
}


class NoCookie(OSError):
    """No cookie or crumb is available; yfinance continues without one, as prices need none."""


class YahooSession(Session):  # type: ignore[misc]
    """A curl_cffi session for yfinance; safe for many threads.

    Raises a FactorError, whose text continues "Yahoo …", for every answer that is not a chart; charts are
    passed on with settled bars only. `stop` wakes the threads that wait for a token; `answered_at` is the
    time of the last answer, in seconds since the epoch.
    """

    def __init__(self, bucket: TokenBucket, clock: Clock, market: Market) -> None:
        super().__init__(impersonate="chrome")
        self._bucket = bucket
        self._clock = clock
        self._market = market
        self._credentials: dict[str, Response | None] = {}
        self._unreachable_until, self._unreachable_reason = 0.0, ""
        self.answered_at = 0.0
        self._blocked: RunStopped | None = None
        self.stop = threading.Event()

    def resume(self) -> None:
        """Allow requests again after `stop` was set."""
        self._blocked = None
        self.stop.clear()

    def forget_crumb(self) -> None:
        """Request a new cookie and crumb when next needed: the server no longer accepts the old ones."""
        self._credentials.clear()

    def request(self, method: str, url: str, **more: Any) -> Response:
        """Send a request once a token is granted, and check the answer."""
        if CHART_PATH in url:
            return self._chart(method, url, more)
        if url.rstrip("/") == COOKIE_URL or CRUMB_PATH in url:
            return self._cookie_or_crumb(method, url, more)
        raise NoCookie(f"{url} is not needed for prices")

    def _cookie_or_crumb(self, method: str, url: str, more: dict[str, Any]) -> Response:
        """Cookie or crumb: one request each per session, whether it succeeds or not."""
        if url not in self._credentials:
            self._credentials[url] = None
            try:
                answer = self._send(method, url, {**more, "timeout": COOKIE_TIMEOUT_SECONDS})
            except (ConnectionLost, TimedOut, Unreachable):  # ad-blocking name servers often block fc.yahoo.com
                answer = None
            if answer is not None and (CRUMB_PATH not in url or _is_crumb(answer)):
                self._credentials[url] = answer
        answer = self._credentials[url]
        if answer is None:
            raise NoCookie(url)
        return answer

    def _chart(self, method: str, url: str, more: dict[str, Any]) -> Response:
        if _now() < self._unreachable_until:
            raise Unreachable(self._unreachable_reason)
        connect = RECENT_CONNECT_TIMEOUT_SECONDS if self._has_recent_answer() else CONNECT_TIMEOUT_SECONDS
        try:
            answer = self._send(method, url, {**more, "timeout": (connect, READ_TIMEOUT_SECONDS)})
        except Unreachable as error:
            self._unreachable_until, self._unreachable_reason = _now() + OUTAGE_PAUSE_SECONDS, str(error)
            raise
        if answer.status_code != 200:
            raise chart.failure(answer.status_code, answer.content)
        document = chart.read(answer.content, self._market)
        chart.drop_unsettled(document, self._clock.now(), self._market)
        answer.json = lambda **_: document  # spares yfinance a second parse
        return answer

    def _send(self, method: str, url: str, more: dict[str, Any]) -> Response:
        """One rate-limited request; a 429 pauses all users of the bucket, and redirects are not followed."""
        try:
            granted = self._bucket.acquire(self.stop)
            try:
                answer = super().request(method, url, **{**more, "allow_redirects": False})
            except RequestException as error:
                raise self._transport_error(error) from None
            if answer.status_code == 429:
                wait = _retry_after(answer)
                self._bucket.refused(granted, wait)
                raise RateLimited(TOO_MANY, wait)
        except Blocked as blocked:
            self._blocked = RunStopped(TOO_MANY, blocked.seconds)
            self.stop.set()  # wakes the threads that wait for a token
            raise self._blocked from None
        except InterruptedError:
            if self._blocked is not None:
                raise self._blocked from None
            raise
        self._bucket.answered()
        self.answered_at = _now()
        return answer

    def _has_recent_answer(self) -> bool:
        """Whether there was an answer in the last RECENT_ANSWER_SECONDS."""
        return _now() < self.answered_at + RECENT_ANSWER_SECONDS

    def _transport_error(self, error: RequestException) -> FactorError:
        """The error of a request without an answer."""
        text = str(error)
        timed_out = error.code == CurlECode.OPERATION_TIMEDOUT
        connecting = timed_out and "Operation timed out" not in text
        no_tunnel = error.code == CurlECode.RECV_ERROR and "CONNECT" in text
        if error.code in UNREACHABLE_CODES or connecting or no_tunnel:
            if self._has_recent_answer():
                return ConnectionLost("could not be reached this time")
            return Unreachable(f"cannot be reached{_obstacle(error)}")
        if timed_out:
            return TimedOut("did not answer in time")
        return ConnectionLost("closed the connection early")


def _obstacle(error: RequestException) -> str:
    """The cause, where it is the certificate or the proxy."""
    if error.code in UNTRUSTED_CERTIFICATE_CODES:
        return ", as its certificate is not trusted"
    refusal = re.search(r"CONNECT tunnel failed, response (\d+)", str(error))
    return f" through the proxy (status {refusal[1]})" if refusal else ""


def _is_crumb(answer: Response) -> bool:
    """Whether this is a crumb, and not an error or a web page."""
    return answer.status_code == 200 and 0 < len(answer.text) < 100 and "<" not in answer.text


def _retry_after(answer: Response) -> float | None:
    """Retry-After in seconds, from a number or a date; None where there is none."""
    text = (answer.headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:6])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - _now())
    except (TypeError, ValueError):
        return None


def _now() -> float:
    return datetime.now(UTC).timestamp()
