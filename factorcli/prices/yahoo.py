"""Yahoo Finance, through yfinance: one ticker's settled daily bars, with one request."""

import logging
import math
import re
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import yfinance as yf
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from factorcli.errors import (
    BadAnswer,
    ConnectionLost,
    DataError,
    FactorError,
    NoPrices,
    RateLimited,
    Refused,
    RunStopped,
    ServerFailed,
    TimedOut,
    UnknownTicker,
    Unreachable,
    UpstreamError,
)
from factorcli.markets.market import ISIN, Market
from factorcli.ports import Clock
from factorcli.prices.history import Bars
from factorcli.prices.throttle import TokenBucket
from factorcli.prices.yahoo_session import YahooSession

SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.&=^_-]{0,31}", re.ASCII)
SILENCED_PACKAGES = {"yfinance", "pandas", "curl_cffi"}  # packages whose warnings are not shown
MAX_ATTEMPTS = 3
# For a ticker that gets a 429 while others are answered.
MAX_ATTEMPTS_OF_REFUSED = 6
TRANSIENT_ERRORS = (BadAnswer, ConnectionLost, RateLimited, Refused, ServerFailed, TimedOut)
# After this many tickers in a row without an answer, no further ones are requested.
MAX_UNANSWERED_TICKERS = 10
GIVE_UP_SECONDS = 15.0  # for which further requests then fail at once
DEFAULT_RETRY_DELAY = timedelta(minutes=15)  # where Yahoo sends no Retry-After
OUTAGE_ADVICE = "check the network, or use the source demo or a folder of prices."


class YahooClient:
    """Implements `prices.history.PriceFetcher`; safe for many threads."""

    def __init__(self, bucket: TokenBucket, clock: Clock, folder: Path, market: Market) -> None:
        _prepare(folder)
        self._bucket = bucket
        self._clock = clock
        self._market = market
        self._session = YahooSession(bucket, clock, market)
        self._guard = threading.Lock()
        self._unanswered = 0
        self._given_up: UpstreamError | None = None
        self._given_up_until = 0.0

    def stop(self) -> None:
        """Wake the threads that wait for a token, with InterruptedError."""
        self._session.stop.set()

    def resume(self) -> None:
        """Allow requests again after `stop`."""
        self._session.resume()

    def seconds_for(self, requests: int) -> float:
        """How long this many more requests will take at the present rate."""
        return self._bucket.seconds_for(requests)

    def fetch(self, ticker: str, start: date) -> Bars:
        """Settled bars from a day on.

        A transient failure is retried: three attempts within a few seconds. Raises UnknownTicker, NoPrices
        or UpstreamError, with a message for the user; InterruptedError after `stop`.
        """
        if not SYMBOL.fullmatch(ticker) or ISIN.fullmatch(ticker):  # which yfinance would look up by more requests
            raise UnknownTicker(f"{ticker[:40]} is not a Yahoo symbol.")
        if self._given_up is not None and time.monotonic() < self._given_up_until:
            raise self._given_up
        retrying = Retrying(
            stop=self._stop_condition(),
            wait=wait_random_exponential(multiplier=1, min=0.2, max=2),
            retry=retry_if_exception(lambda e: isinstance(e, TRANSIENT_ERRORS) and not isinstance(e, RunStopped)),
            sleep=self._sleep,
            before_sleep=self._reset_yfinance,
            reraise=True,
        )
        try:
            bars: Bars = retrying(self._ask, ticker, start)
        except UpstreamError as error:
            raise self._with_message(error, ticker, retrying.statistics["attempt_number"]) from None
        except DataError:
            self._answered()
            raise
        self._answered()
        return bars

    def _ask(self, ticker: str, start: date) -> Bars:
        """One attempt."""
        handle = yf.Ticker(ticker, session=self._session)
        handle._tz = self._market.time_zone  # which it would otherwise look up with a request of its own
        end = self._clock.now().astimezone(self._market.zone).date() + timedelta(days=1)
        try:
            frame = handle.history(start=start, end=end, interval="1d", auto_adjust=False, actions=False)
            return _bars(frame, handle.history_metadata)
        except (FactorError, InterruptedError):
            raise
        except Exception as error:  # noqa: BLE001  (yfinance can fail in any way on an unexpected answer)
            raise BadAnswer(f"sent a chart that cannot be read ({type(error).__name__})") from None

    def _answered(self) -> None:
        with self._guard:
            self._unanswered = 0

    def _sleep(self, seconds: float) -> None:
        self._session.stop.wait(seconds)

    def _reset_yfinance(self, attempt: RetryCallState) -> None:
        """Clear yfinance's caches before a retry: answers and, after a first refusal, the crumb, which may be stale."""
        yf.data.YfData.cache_get.cache_clear()
        error = attempt.outcome.exception() if attempt.outcome else None
        if isinstance(error, Refused) and attempt.attempt_number == 1:
            self._session.forget_crumb()
            yf.data.YfData()._crumb = None

    def _stop_condition(self) -> Callable[[RetryCallState], bool]:
        """The stop condition of one ticker's attempts: more of them if it gets a 429 while others are answered."""
        refused_at = math.inf

        def is_last(attempt: RetryCallState) -> bool:
            nonlocal refused_at
            refused = attempt.outcome is not None and isinstance(attempt.outcome.exception(), RateLimited)
            only_this_one = refused and self._session.answered_at > refused_at
            refused_at = time.time()
            return attempt.attempt_number >= (MAX_ATTEMPTS_OF_REFUSED if only_this_one else MAX_ATTEMPTS)

        return is_last

    def _with_message(self, error: UpstreamError, ticker: str, attempts: int) -> UpstreamError:
        """The error with its message; one that concerns every ticker is kept, and raised for the others at once."""
        if isinstance(error, Unreachable):
            return Unreachable(f"Yahoo {error}: {OUTAGE_ADVICE}")
        if isinstance(error, RunStopped):
            with self._guard:  # the first thread makes the message for all
                if isinstance(self._given_up, RunStopped) and time.monotonic() < self._given_up_until:
                    return self._given_up
                return self._give_up(RunStopped(self._rate_limit_message(error.retry_after), error.retry_after))
        if isinstance(error, RateLimited):
            return RateLimited(f"{ticker}: Yahoo {error}, {attempts} times; try again later.")
        with self._guard:
            self._unanswered += 1
            if self._unanswered >= MAX_UNANSWERED_TICKERS:
                return self._give_up(
                    type(error)(
                        f"Yahoo has not answered for {MAX_UNANSWERED_TICKERS} tickers in a row ({ticker}: it {error}), "
                        "so no more requests are sent. What was fetched is kept: try again later."
                    )
                )
        return type(error)(f"{ticker}: Yahoo {error}, {attempts} times; try again later.")

    def _give_up(self, error: UpstreamError) -> UpstreamError:
        """Raise this error for every ticker in the next GIVE_UP_SECONDS."""
        self._given_up, self._given_up_until, self._unanswered = error, time.monotonic() + GIVE_UP_SECONDS, 0
        return error

    def _rate_limit_message(self, seconds: float | None) -> str:
        pause = DEFAULT_RETRY_DELAY if seconds is None else timedelta(seconds=seconds)
        now = self._clock.now().astimezone(self._market.zone)
        when: datetime = now + pause
        day = "" if when.date() == now.date() else f" on {when.date()}"
        return (
            "Yahoo says that there were too many requests, so no more are sent. What was fetched is kept: "
            f"try again after {when:%H:%M} ({self._market.zone.key}){day}; a lower YAHOO_RATE makes it less likely."
        )


def _bars(frame: Any, meta: Mapping[str, Any]) -> Bars:
    """yfinance's table as bars, without rows that have no valid close. Raises NoPrices if none is left."""
    closes = frame["Adj Close"].to_numpy(dtype=np.float64)
    priced = np.isfinite(closes) & (closes > 0)
    if not priced.any():
        raise NoPrices("has only empty prices of it")
    dates = frame.index.tz_localize(None).to_numpy().astype("datetime64[D]")
    volumes = frame["Volume"].to_numpy(dtype=np.float64)
    return Bars(
        dates[priced],
        closes[priced],
        volumes[priced],
        meta["adjusted"],
        meta["unsettled"],
        currency=meta["currency"],
        time_zone=meta["quotedTimezoneName"],
    )


def _prepare(folder: Path) -> None:
    """Configure yfinance: errors raised, log and warnings silenced, caches in a private folder.

    Its cookie cache is a pickle on disk, so the cookie is kept in memory instead.
    """
    yf.config.debug.hide_exceptions = False
    yf.set_tz_cache_location(str(folder))
    yf.cache._CookieCacheManager._Cookie_cache = yf.cache._CookieCacheDummy()
    logging.getLogger("yfinance").disabled = True
    _silence()


@cache
def _silence() -> None:
    """Suppress the warnings of SILENCED_PACKAGES in `warnings.showwarning`.

    A filter is not enough: pandas changes the filters temporarily, which affects all threads.
    """
    show = warnings.showwarning

    def show_unless_silenced(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not SILENCED_PACKAGES.intersection(Path(filename).parts):
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = show_unless_silenced
