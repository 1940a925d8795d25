"""The rate limits, per client: one of all limited routes together, and one of questions about portfolios (POST).

They are counted by the `limits` library.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from factorcli.errors import InvalidSetting
from factorcli.serve.client_address import budget_of
from factorcli.serve.error_responses import problem
from factorcli.serve.middleware import HEADERS_KEY, PRIVATE_PATHS, is_private

LIMITED_PATHS = ("/heatmap", "/model", PRIVATE_PATHS, "/stock/", "/stocks/")
EXEMPT_PATHS = ("/heatmap/status",)
SETTING, PORTFOLIO_SETTING = "RATE_LIMIT", "RATE_LIMIT_PORTFOLIO"
MAX_CLIENTS = 100_000


def is_limited(path: str) -> bool:
    """Whether requests for this path are limited."""
    return path.startswith(LIMITED_PATHS) and not path.startswith(EXEMPT_PATHS)


class Counters(Storage):
    """Counts in this process, of MAX_CLIENTS at most; `limits`' own memory storage is unbounded and starts threads."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors of the storage: none of its own."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the count of a window, which begins with its first request."""
        now = time.time()
        count, until = self._counts.get(key, (0, 0.0))
        if until <= now:
            self._counts.pop(key, None)  # keeps the oldest window first
            count, until = 0, now + expiry
            if len(self._counts) >= MAX_CLIENTS:
                self._make_room(now)
        self._counts[key] = count + amount, until
        return count + amount

    def get(self, key: str) -> int:
        """The count of the present window."""
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the present window ends."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Memory is always available."""
        return True

    def reset(self) -> int | None:
        """Delete every count."""
        count = len(self._counts)
        self._counts.clear()
        return count

    def clear(self, key: str) -> None:
        """Delete one count."""
        self._counts.pop(key, None)

    def _make_room(self, now: float) -> None:
        """Delete ended windows, and the oldest ones if that is not enough."""
        self._counts = {key: value for key, value in self._counts.items() if value[1] > now}
        for key in list(self._counts)[: len(self._counts) - MAX_CLIENTS * 9 // 10]:
            del self._counts[key]


@dataclass(frozen=True)
class _Budget:
    """Limits that count together, and what its requests are about, in words."""

    items: list[RateLimitItem]
    limiter: FixedWindowRateLimiter
    about: str

    def hit(self, client: str) -> list[RateLimitItem]:
        """Count a request; the limits that it exceeds."""
        return [item for item in self.items if not self.limiter.hit(item, client)]

    def tightest(self, items: list[RateLimitItem], client: str) -> tuple[RateLimitItem, float, int]:
        """The limit with the fewest requests left, of equal ones the latest to end; its end, and the requests left."""
        found = [(item, *self.limiter.get_window_stats(item, client)) for item in items]
        return min(found, key=lambda one: (one[2], -one[1]))


class RateLimiter:
    """ASGI middleware inside RequestMiddleware: counts requests by client, adds rate-limit headers, answers 429."""

    def __init__(self, app: ASGIApp, limit: str, of_portfolios: str) -> None:
        self._app = app
        counters = FixedWindowRateLimiter(Counters()), FixedWindowRateLimiter(Counters())
        self._budget = _Budget(parse_limit(limit), counters[0], "")
        self._of_portfolios = _Budget(parse_limit(of_portfolios, PORTFOLIO_SETTING), counters[1], " about portfolios")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 429 where its client has exceeded a limit."""
        if scope["type"] != "http" or not is_limited(scope["path"]) or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        client: str = scope["client"][0]
        budget = self._of_portfolios if is_private(scope) else self._budget
        counted = budget_of(client)
        over = budget.hit(counted)
        tightest, ends, left = budget.tightest(over or budget.items, counted)
        scope[HEADERS_KEY] += [
            (b"x-ratelimit-limit", b"%d" % tightest.amount),
            (b"x-ratelimit-remaining", b"%d" % left),
            (b"x-ratelimit-reset", b"%d" % math.ceil(ends)),
        ]
        if over:
            wait = max(1, math.ceil(ends - time.time()))
            detail = f"More than {limit_text(tightest)}{budget.about} from {client}; ask again in {wait} s."
            await problem(429, detail, "rate_limited", {"retry-after": str(wait)})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def limit_text(item: RateLimitItem) -> str:
    """A limit in words, such as `10 requests a minute`."""
    unit = item.GRANULARITY.name
    return f"{item.amount:,} requests " + (f"a {unit}" if item.multiples == 1 else f"in {item.multiples} {unit}s")


def parse_limit(text: str, setting: str = SETTING) -> list[RateLimitItem]:
    """`10/minute`, or several of them separated by semicolons. Raises InvalidSetting, naming the setting."""
    try:
        items = parse_many(text)
    except ValueError:
        items = []
    if not items or any(item.amount < 1 or item.multiples < 1 for item in items):
        raise InvalidSetting(f"{setting} is {text!r}, but must be a number of requests per period, such as 10/minute.")
    return items
