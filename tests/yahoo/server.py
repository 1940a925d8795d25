"""Yahoo Finance on loopback: what it answers to whom, and what is written down about it."""

import json
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from factorcli.markets.universe import Universe
from factorcli.prices.demo import DemoSource
from tests.yahoo.certificates import NAMES, server_context
from tests.yahoo.chart import OPENING, Chart, closes_only, document, window
from tests.yahoo.faults import CONSENT, COOKIE, CRUMB, EVERY, SPARK, Declared, Fault
from tests.yahoo.ledger import Bucket, Ledger, Request, excess
from tests.yahoo.market import Action, DemoMarket, FixedClock
from tests.yahoo.proxy import Proxy
from tests.yahoo.reply import (
    Ending,
    Reply,
    bad_interval,
    consent,
    cookie,
    crumb,
    no_such_dates,
    refusal,
    too_many_symbols,
)

CHART = "/v8/finance/chart/"
LIKE = "TCS.NS"  # whose closes an added listing has


class LoopbackYahoo:
    """Yahoo Finance with the demo market's prices, for the unmodified client; close it, or use it in `with`.

    now: the time it believes in; latency: seconds before each answer; bucket: (requests a second,
    burst) beyond which it answers 429.
    """

    def __init__(
        self,
        now: datetime,
        *,
        port: int = 0,
        latency: float = 0.0,
        bucket: tuple[float, float] | None = None,
        universe: Universe | None = None,
    ) -> None:
        self.latency = latency
        self.blocked: set[str] = set()  # hosts that cannot be reached
        self._bucket = Bucket(*bucket) if bucket else None
        self._universe = universe or Universe.load()
        self._ledger = Ledger()
        self._lock = threading.RLock()
        self._faults: list[Declared] = []
        self._actions: dict[str, list[Action]] = {}
        self._listings: dict[str, Callable[[Chart], Chart]] = {}
        self._bodies: dict[tuple[object, ...], bytes] = {}
        self._market = DemoMarket(self._universe, now)
        self._folder = tempfile.TemporaryDirectory(prefix="loopback-yahoo-")
        tls, self._trusted = server_context(Path(self._folder.name))
        self._proxy = Proxy(port, tls, self._known, self._answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving and remove the certificates."""
        self._proxy.close()
        self._folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """What a process that imports yfinance must find in its environment to talk to this server."""
        proxy = f"http://127.0.0.1:{self._proxy.port}"
        names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
        authorities = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
        return {
            **dict.fromkeys(names, proxy),
            **dict.fromkeys(authorities, str(self._trusted)),
            "NO_PROXY": "",
            "no_proxy": "",
        }

    @property
    def now(self) -> datetime:
        """The time the server believes in; set it to move on."""
        return self._market.now

    @now.setter
    def now(self, now: datetime) -> None:
        with self._lock:
            self._market = DemoMarket(self._universe, now)
            self._bodies = {}

    def fault(self, place: str, fault: Fault, times: int | None = None) -> None:
        """Let a fault strike the next `times` requests (None: all) for a symbol, or for one of the places in faults."""
        with self._lock:
            self._faults.append(Declared(place, fault, times))

    def heal(self, place: str | None = None) -> None:
        """Take back the faults of a place, or all of them."""
        with self._lock:
            self._faults = [d for d in self._faults if place is not None and d.place != place]

    def split(self, symbol: str, day: date, ratio: float) -> None:
        """From this day on each share is `ratio` shares, and the whole history is served in new shares."""
        self._act(symbol, Action(day, ratio=ratio))

    def dividend(self, symbol: str, day: date, amount: float) -> None:
        """On this day a share goes ex `amount`, and the adjusted closes of the whole history change."""
        self._act(symbol, Action(day, amount=amount))

    def listing(
        self, symbol: str, currency: str = "INR", time_zone: str = "Asia/Kolkata", opening: time = OPENING
    ) -> None:
        """From now on there is this symbol, too, with the closes of LIKE, quoted in this currency and zone."""
        with self._lock:
            self._listings[symbol] = lambda chart: chart.quoted(symbol, currency, time_zone, opening)

    @property
    def requests(self) -> list[Request]:
        """Every HTTP request since the start or since `forget`, in the order of their arrival."""
        return self._ledger.requests()

    def forget(self) -> None:
        """Let `requests` begin anew."""
        self._ledger.forget()

    def charts(self, symbol: str | None = None) -> list[Request]:
        """The requests for charts, of one symbol or of all."""
        return [r for r in self.requests if r.path.startswith(CHART) and symbol in (None, r.symbol)]

    def refused(self) -> list[Request]:
        """The requests that were answered 429."""
        return [r for r in self.requests if r.status == 429]

    def most_in_any_interval(self, rate: float, burst: float) -> float:
        """By how many requests the worst interval exceeds burst + rate · its length; at most 0 when none does."""
        return excess([r.at for r in self.requests], rate, burst)

    @property
    def strangers(self) -> list[str]:
        """Where a client wanted to go that is not Yahoo, and was refused."""
        return list(self._proxy.strangers)

    def warm(self) -> None:
        """Encode every full history beforehand, so that a benchmark does not wait for it."""
        for symbol in DemoSource(self._universe, FixedClock(self.now)).listed():
            self._chart(symbol, {"period1": "0", "events": "div,splits,capitalGains"}, [])

    def _act(self, symbol: str, action: Action) -> None:
        with self._lock:
            self._actions.setdefault(symbol, []).append(action)
            self._bodies = {}

    def _known(self, host: str) -> bool:
        return host not in self.blocked and (host in NAMES or host.endswith(".finance.yahoo.com"))

    def _answer(self, host: str, target: str) -> Reply:
        """Write the request down, find its answer, and write that down before it is sent."""
        url = urlsplit(target)
        path, query = unquote(url.path), dict(parse_qsl(url.query, keep_blank_values=True))
        symbol = path.removeprefix(CHART) if path.startswith(CHART) else None
        number = self._ledger.arrived(host, path, symbol, query)
        place = _place(host, path) if symbol is None else symbol
        if self._bucket and not self._bucket.take():
            reply = refusal(429)
        else:
            faults = self._struck(place, chart=symbol is not None)
            reply = self._page(place, query) if symbol is None else self._chart(symbol, query, faults)
            for fault in faults:
                reply = fault.reply(reply, query)
        answered = reply.ending in (Ending.WHOLE, Ending.HALF)
        self._ledger.answered(number, reply.status if answered else None, reply.bars)
        return replace(reply, delay=reply.delay + self.latency)

    def _struck(self, place: str, chart: bool) -> list[Fault]:
        """The faults that strike this request."""
        with self._lock:
            here = [d for d in self._faults if d.place == place or (chart and d.place == EVERY)]
            here = [d for d in here if d.left != 0]
            for declared in here:
                if declared.left is not None:
                    declared.left -= 1
        return [declared.fault for declared in here]

    def _chart(self, symbol: str, query: dict[str, str], faults: list[Fault]) -> Reply:
        with self._lock:
            market, actions, bodies = self._market, list(self._actions.get(symbol, ())), self._bodies
        if query.get("interval", "1d") != "1d":
            return bad_interval(query["interval"])
        rows = window(market.stamps, query, market.now)
        key = (symbol, rows.start, rows.stop, query.get("range"), query.get("events"))
        plain = all(type(fault).chart is Fault.chart for fault in faults)
        if plain and key in bodies:
            return Reply(200, bodies[key], bars=rows.stop - rows.start)
        listing = self._listings.get(symbol)
        chart = market.chart(LIKE if listing else symbol, actions)
        if chart is None:
            return refusal(404)
        if listing:
            chart = listing(chart)
        for fault in faults:
            chart = fault.chart(chart)
        if chart.stamps and float(query.get("period2", "inf")) <= chart.stamps[0]:
            return no_such_dates(query)
        rows = window(chart.stamps, query, market.now)
        body = document(chart, rows, query)
        if plain:
            bodies[key] = body
        return Reply(200, body, bars=max(0, rows.stop - rows.start))

    def _page(self, place: str, query: dict[str, str]) -> Reply:
        if place == SPARK:
            return self._spark(query)
        pages = {COOKIE: cookie, CRUMB: crumb, CONSENT: consent}
        return pages[place]() if place in pages else refusal(404)

    def _spark(self, query: dict[str, str]) -> Reply:
        symbols = query.get("symbols", "").split(",")
        if len(symbols) > 20:
            return too_many_symbols()
        with self._lock:
            market, actions = self._market, {symbol: list(self._actions.get(symbol, ())) for symbol in symbols}
        rows = window(market.stamps, query, market.now)
        charts = [chart for symbol in symbols if (chart := market.chart(symbol, actions[symbol]))]
        return Reply(200, json.dumps({chart.symbol: closes_only(chart, rows) for chart in charts}).encode())


def _place(host: str, path: str) -> str:
    """The place where a fault of this call is declared; the path itself where there is none."""
    if host == "fc.yahoo.com":
        return COOKIE
    if host in ("guce.yahoo.com", "consent.yahoo.com"):
        return CONSENT
    return {"/v1/test/getcrumb": CRUMB, "/v8/finance/spark": SPARK}.get(path, path)
