"""The one door to Yahoo: every HTTP request takes a token, and every answer is told for what it is.

yfinance shows an outage, a web page and a delisted ticker as the same "possibly delisted", and answers
a refusal by asking three times more. So the session that it is given looks at each answer itself, and
raises what the server really said before yfinance sees it.
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

CHART = "/v8/finance/chart/"
CRUMB = "/v1/test/getcrumb"
COOKIE = "https://fc.yahoo.com"
CONNECT_SECONDS, ANSWER_SECONDS = 2.5, 8.0
# Once Yahoo has answered, a slow connection is no outage.
PATIENT_CONNECT_SECONDS = 5.0
# Cookie and crumb are not waited for as long: with both time-outs an outage is still told within five seconds.
COURTESY_SECONDS = (1.0, 4.0)
TOO_MANY = "says that there were too many requests"
OUTAGE = 15.0  # seconds in which nothing is sent after the address could not be reached
CONNECTED = 60.0  # seconds after an answer in which a failure to connect is a passing one
UNTRUSTED = {CurlECode.PEER_FAILED_VERIFICATION, CurlECode.SSL_CACERT_BADFILE}
NOT_THERE = {
    CurlECode.COULDNT_RESOLVE_PROXY,
    CurlECode.COULDNT_RESOLVE_HOST,
    CurlECode.COULDNT_CONNECT,
    *UNTRUSTED,
}


class NoCookie(OSError):
    """No cookie or crumb to be had: yfinance goes on without one, as prices need none."""


class YahooSession(Session):  # type: ignore[misc]
    """A curl_cffi session for yfinance; safe for many threads.

    Raises a FactorError, whose text continues "Yahoo …", for every answer that is not a chart; what is
    passed on holds settled bars only. `stop` wakes those who wait for their turn; `answered_at` is when
    the last answer came, in seconds since the epoch.
    """

    def __init__(self, bucket: TokenBucket, clock: Clock, market: Market) -> None:
        super().__init__(impersonate="chrome")
        self._bucket = bucket
        self._clock = clock
        self._market = market
        self._asked_once: dict[str, Response | None] = {}
        self._down_until, self._down = 0.0, ""
        self.answered_at = 0.0
        self._blocked: RunStopped | None = None
        self.stop = threading.Event()

    def resume(self) -> None:
        """Send again, after `stop` was set."""
        self._blocked = None
        self.stop.clear()

    def forget_crumb(self) -> None:
        """Ask for cookie and crumb anew: the server does not take the old ones any more."""
        self._asked_once.clear()

    def request(self, method: str, url: str, **more: Any) -> Response:
        """Send a request when its turn has come, and look at the answer."""
        if CHART in url:
            return self._chart(method, url, more)
        if url.rstrip("/") == COOKIE or CRUMB in url:
            return self._once(method, url, more)
        raise NoCookie(f"{url} is not needed for prices")

    def _once(self, method: str, url: str, more: dict[str, Any]) -> Response:
        """Cookie and crumb: one request each for the life of the session, whatever comes back."""
        if url not in self._asked_once:
            self._asked_once[url] = None
            try:
                answer = self._send(method, url, {**more, "timeout": COURTESY_SECONDS})
            except (ConnectionLost, TimedOut, Unreachable):  # many a name server blocks fc.yahoo.com as advertising
                answer = None
            if answer is not None and (CRUMB not in url or _is_crumb(answer)):
                self._asked_once[url] = answer
        answer = self._asked_once[url]
        if answer is None:
            raise NoCookie(url)
        return answer

    def _chart(self, method: str, url: str, more: dict[str, Any]) -> Response:
        if _now() < self._down_until:
            raise Unreachable(self._down)
        connect = PATIENT_CONNECT_SECONDS if self._has_answered() else CONNECT_SECONDS
        try:
            answer = self._send(method, url, {**more, "timeout": (connect, ANSWER_SECONDS)})
        except Unreachable as error:
            self._down_until, self._down = _now() + OUTAGE, str(error)
            raise
        if answer.status_code != 200:
            raise chart.failure(answer.status_code, answer.content)
        document = chart.read(answer.content, self._market)
        chart.drop_unsettled(document, self._clock.now(), self._market)
        answer.json = lambda **_: document  # which yfinance would parse a second time
        return answer

    def _send(self, method: str, url: str, more: dict[str, Any]) -> Response:
        """One request, with its token; a refusal pauses everybody, and a redirection is not followed."""
        try:
            granted = self._bucket.acquire(self.stop)
            try:
                answer = super().request(method, url, **{**more, "allow_redirects": False})
            except RequestException as error:
                raise self._broken(error) from None
            if answer.status_code == 429:
                wait = _retry_after(answer)
                self._bucket.refused(granted, wait)
                raise RateLimited(TOO_MANY, wait)
        except Blocked as blocked:
            self._blocked = RunStopped(TOO_MANY, blocked.seconds)
            self.stop.set()  # those who wait for their turn need not
            raise self._blocked from None
        except InterruptedError:
            if self._blocked is not None:
                raise self._blocked from None
            raise
        self._bucket.answered()
        self.answered_at = _now()
        return answer

    def _has_answered(self) -> bool:
        """Whether there was an answer a short while ago."""
        return _now() < self.answered_at + CONNECTED

    def _broken(self, error: RequestException) -> FactorError:
        """What a request without an answer was."""
        text = str(error)
        timed_out = error.code == CurlECode.OPERATION_TIMEDOUT
        connecting = timed_out and "Operation timed out" not in text
        no_tunnel = error.code == CurlECode.RECV_ERROR and "CONNECT" in text
        if error.code in NOT_THERE or connecting or no_tunnel:
            if self._has_answered():
                return ConnectionLost("could not be reached this time")
            return Unreachable(f"cannot be reached{_obstacle(error)}")
        if timed_out:
            return TimedOut("did not answer in time")
        return ConnectionLost("broke the connection off")


def _obstacle(error: RequestException) -> str:
    """What is in the way, where it is not the network."""
    if error.code in UNTRUSTED:
        return ", as its certificate is not trusted"
    refusal = re.search(r"CONNECT tunnel failed, response (\d+)", str(error))
    return f" through the proxy (status {refusal[1]})" if refusal else ""


def _is_crumb(answer: Response) -> bool:
    """Whether this is a crumb, and not an error or a web page."""
    return answer.status_code == 200 and 0 < len(answer.text) < 100 and "<" not in answer.text


def _retry_after(answer: Response) -> float | None:
    """Seconds until Yahoo wants to be asked again, where it says so: a number, or a date."""
    text = (answer.headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:6])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - _now())
    except (TypeError, ValueError):
        return None


def _now() -> float:
    return datetime.now(UTC).timestamp()
