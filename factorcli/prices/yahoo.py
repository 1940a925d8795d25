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
from factorcli.markets.market import Market
from factorcli.ports import Clock
from factorcli.prices.history import Bars
from factorcli.prices.throttle import TokenBucket
from factorcli.prices.yahoo_session import YahooSession

SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.&=^_-]{0,31}", re.ASCII)
ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")  # which yfinance would look up with requests of its own
LOUD = {"yfinance", "pandas", "curl_cffi"}  # packages whose warnings are not for the user
ATTEMPTS = 3
# For a ticker that is refused where others are answered: it had bad luck with its turn.
MORE_ATTEMPTS = 6
PASSING = (BadAnswer, ConnectionLost, RateLimited, Refused, ServerFailed, TimedOut)
# So many tickers in a row without an answer are no accident; the others are then not asked for.
HOPELESS = 10
GIVEN_UP = 15.0  # seconds
LATER = timedelta(minutes=15)  # where Yahoo does not say when it wants to be asked again
ADVICE = "check the network, or go on with the source demo or a folder of prices."


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
        """Wake those who wait for their turn, with InterruptedError."""
        self._session.stop.set()

    def resume(self) -> None:
        """Ask again after `stop`."""
        self._session.resume()

    def seconds_for(self, requests: int) -> float:
        """How long so many more requests will take at the rate that is allowed now."""
        return self._bucket.seconds_for(requests)

    def fetch(self, ticker: str, start: date) -> Bars:
        """Settled bars from a day on.

        A failure that may pass is tried three times within a few seconds. Raises UnknownTicker, NoPrices
        or UpstreamError, with a sentence for the user; InterruptedError after `stop`.
        """
        if not SYMBOL.fullmatch(ticker) or ISIN.fullmatch(ticker):
            raise UnknownTicker(f"{ticker[:40]} is not a symbol of Yahoo's.")
        if self._given_up is not None and time.monotonic() < self._given_up_until:
            raise self._given_up
        retrying = Retrying(
            stop=self._has_tried_enough(),
            wait=wait_random_exponential(multiplier=1, min=0.2, max=2),
            retry=retry_if_exception(lambda e: isinstance(e, PASSING) and not isinstance(e, RunStopped)),
            sleep=self._sleep,
            before_sleep=self._begin_anew,
            reraise=True,
        )
        try:
            bars: Bars = retrying(self._ask, ticker, start)
        except UpstreamError as error:
            raise self._explained(error, ticker, retrying.statistics["attempt_number"]) from None
        except DataError:
            self._answered()
            raise
        self._answered()
        return bars

    def _ask(self, ticker: str, start: date) -> Bars:
        """One attempt."""
        handle = yf.Ticker(ticker, session=self._session)
        handle._tz = self._market.time_zone  # for which it would send a request of its own
        end = self._clock.now().astimezone(self._market.zone).date() + timedelta(days=1)
        try:
            frame = handle.history(start=start, end=end, interval="1d", auto_adjust=False, actions=False)
            return _bars(frame, handle.history_metadata)
        except (FactorError, InterruptedError):
            raise
        except Exception as error:  # noqa: BLE001  (whatever yfinance makes of an answer it did not expect)
            raise BadAnswer(f"sent a chart that cannot be read ({type(error).__name__})") from None

    def _answered(self) -> None:
        with self._guard:
            self._unanswered = 0

    def _sleep(self, seconds: float) -> None:
        self._session.stop.wait(seconds)

    def _begin_anew(self, attempt: RetryCallState) -> None:
        """Forget what yfinance keeps: answers about past days, and, too old after a first refusal, the crumb."""
        yf.data.YfData.cache_get.cache_clear()
        error = attempt.outcome.exception() if attempt.outcome else None
        if isinstance(error, Refused) and attempt.attempt_number == 1:
            self._session.forget_crumb()
            yf.data.YfData()._crumb = None

    def _has_tried_enough(self) -> Callable[[RetryCallState], bool]:
        """When to stop: for one ticker."""
        refused_at = math.inf

        def enough(attempt: RetryCallState) -> bool:
            nonlocal refused_at
            refused = attempt.outcome is not None and isinstance(attempt.outcome.exception(), RateLimited)
            unlucky = refused and self._session.answered_at > refused_at
            refused_at = time.time()
            return attempt.attempt_number >= (MORE_ATTEMPTS if unlucky else ATTEMPTS)

        return enough

    def _explained(self, error: UpstreamError, ticker: str, attempts: int) -> UpstreamError:
        """The error with its sentence; one that will meet every other ticker, too, is kept for them."""
        if isinstance(error, Unreachable):
            return Unreachable(f"Yahoo {error}: {ADVICE}")
        if isinstance(error, RunStopped):
            with self._guard:  # the first to be told says it for all
                if isinstance(self._given_up, RunStopped) and time.monotonic() < self._given_up_until:
                    return self._given_up
                return self._give_up(RunStopped(self._stopped(error.retry_after), error.retry_after))
        if isinstance(error, RateLimited):
            return RateLimited(f"{ticker}: Yahoo {error}, {attempts} times; ask for it again later.")
        with self._guard:
            self._unanswered += 1
            if self._unanswered >= HOPELESS:
                return self._give_up(
                    type(error)(
                        f"Yahoo has not answered for {HOPELESS} tickers in a row ({ticker}: it {error}), so nothing "
                        "more is asked of it. What was fetched is kept: try again later."
                    )
                )
        return type(error)(f"{ticker}: Yahoo {error}, {attempts} times; try again later.")

    def _give_up(self, error: UpstreamError) -> UpstreamError:
        """Answer with this error for a while, whatever is asked."""
        self._given_up, self._given_up_until, self._unanswered = error, time.monotonic() + GIVEN_UP, 0
        return error

    def _stopped(self, seconds: float | None) -> str:
        pause = LATER if seconds is None else timedelta(seconds=seconds)
        now = self._clock.now().astimezone(self._market.zone)
        when: datetime = now + pause
        day = "" if when.date() == now.date() else f" on {when.date()}"
        return (
            "Yahoo says that there were too many requests, so nothing more is asked of it. What was fetched is kept: "
            f"try again after {when:%H:%M} ({self._market.zone.key}){day}; a lower YAHOO_RATE makes it less likely."
        )


def _bars(frame: Any, meta: Mapping[str, Any]) -> Bars:
    """yfinance's table as bars; a close that is none is left out. Raises NoPrices if all are."""
    closes = frame["Adj Close"].to_numpy(dtype=np.float64)
    priced = np.isfinite(closes) & (closes > 0)
    if not priced.any():
        raise NoPrices("has only empty prices of it")
    dates = frame.index.tz_localize(None).to_numpy().astype("datetime64[D]")
    volumes = frame["Volume"].to_numpy(dtype=np.float64)
    return Bars(dates[priced], closes[priced], volumes[priced], meta["adjusted"], meta["unsettled"])


def _prepare(folder: Path) -> None:
    """yfinance as a part of a tool: its errors raised, its log and warnings quiet, its caches private.

    Its cookie cache is a pickle on disk; here the cookie lives as long as the process.
    """
    yf.config.debug.hide_exceptions = False
    yf.set_tz_cache_location(str(folder))
    yf.cache._CookieCacheManager._Cookie_cache = yf.cache._CookieCacheDummy()
    logging.getLogger("yfinance").disabled = True
    _silence()


@cache
def _silence() -> None:
    """Drop the warnings of these packages where they are shown.

    A filter would not do: pandas changes the filters for a moment, and with them those of all threads.
    """
    show = warnings.showwarning

    def show_ours(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not LOUD.intersection(Path(filename).parts):
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = show_ours
