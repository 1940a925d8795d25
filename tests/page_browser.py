"""The page in a real browser: a server of the demo market, and answers that are put in the place of the server's."""

import base64
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from factorcli.serve.rate_limit import is_limited
from tests.browser import Browser, Page
from tests.conftest import InProcess, clean_environment
from tests.serving import DEMO, Site, site_of

WAIT_SECONDS = 30.0
ROWS = "document.querySelectorAll('table.stocks tbody tr').length"
TICKERS = "[...document.querySelectorAll('table.stocks tbody th a')].map((link) => link.title)"
SORTED = "[...document.querySelectorAll('table.stocks thead th')].filter((th) => th.ariaSort !== 'none')"
HEADING = "document.querySelector('[data-column=\"%s\"]')"
FIELD = "document.getElementById('%s')"
ALERT = "[...document.querySelectorAll('[role=alert]')].map((one) => one.textContent).join(' ')"
SAID = "(document.getElementById('said')?.textContent ?? '')"
# What jumps without the reader's doing: how much, and the classes of what did.
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => { for (const entry of list.getEntries())
  if (!entry.hadRecentInput) shifts.push([entry.value, ...entry.sources.map(({ node }) => node?.className ?? "")]);
}).observe({ type: "layout-shift", buffered: true });"""


@dataclass(frozen=True)
class World:
    """A home with its own cache, and the address of a server that answers from it."""

    home: Path
    site: Site

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.site.port}/"

    def factor(self, *arguments: str, **env: str) -> Any:
        """A command in the same cache."""
        return factor(self.home, *arguments, **env)


def factor(home: Path, *arguments: str, **env: str) -> Any:
    """A command on the demo market, with the cache of a home."""
    return InProcess(home, {**clean_environment(home), "FACTOR_SOURCE": "demo"})(
        *arguments, FACTOR_CACHE_DIR=str(home / "kept"), **env
    )


@contextlib.contextmanager
def world(home: Path, *, at: int = 0, **settings: Any) -> Iterator[World]:
    """A server of the demo market in this process."""
    with site_of(replace(DEMO, **settings), home / "kept", at) as site:
        yield World(home, site)


class Answers:
    """Answers of a tab's requests in the place of the server's; use it where waiting.

    given: by a part of the URL, (status, headers, body) in order, the last for good; None lets a request pass.
    """

    def __init__(self, page: Page, given: Mapping[str, list[tuple[int, dict[str, str], Any] | None]]) -> None:
        self._page, self._given = page, {part: list(answers) for part, answers in given.items()}
        self._seen = 0
        page.send("Fetch.enable", patterns=[{"urlPattern": "*" + part.replace("?", "\\?") + "*"} for part in given])

    def wait(self, done: str, seconds: float = WAIT_SECONDS) -> None:
        """Answer until an expression in the page is true."""
        self._page.wait(lambda: self._answered() and bool(self._page.run(done)), seconds)

    def _answered(self) -> bool:
        paused = [params for method, params in self._page.events if method == "Fetch.requestPaused"]
        for params in paused[self._seen :]:
            self._seen += 1
            answers = next(found for part, found in self._given.items() if part in params["request"]["url"])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer is None:
                self._page.send("Fetch.continueRequest", requestId=params["requestId"])
                continue
            status, headers, body = answer
            self._page.send(
                "Fetch.fulfillRequest",
                requestId=params["requestId"],
                responseCode=status,
                responseHeaders=[{"name": name, "value": value} for name, value in headers.items()],
                body=base64.b64encode(json.dumps(body).encode()).decode(),
            )
        return True


def opened(browser: Browser, url: str, *, width: int = 1280, scheme: str = "light") -> Page:
    """A tab with the page, which counts what jumps."""
    page = browser.page()
    page.size(width, 844 if width < 600 else 900)
    page.media(scheme=scheme)
    page.send("Page.enable")
    page.send("Page.addScriptToEvaluateOnNewDocument", source=SHIFTS)
    page.visit(url)
    return page


def filled(page: Page, rows: int = 500) -> Page:
    """Wait until the table of stocks has this many rows."""
    page.wait(f"{ROWS} === {rows}", WAIT_SECONDS)
    return page


def counted(page: Page) -> list[str]:
    """The requests of this tab that the rate limiter counts."""
    urls = [urlsplit(params["request"]["url"]) for method, params in page.events
            if method == "Network.requestWillBeSent"]  # fmt: skip
    return [f"{url.path}?{url.query}" for url in urls if is_limited(url.path)]


def until(page: Page, done: Callable[[], bool] | str) -> None:
    """Wait, for as long as a page may take."""
    page.wait(done, WAIT_SECONDS)


def heatmap(world: World, query: str = "window=252") -> dict[str, Any]:
    """The route's JSON."""
    return dict(world.site.get(f"/heatmap?{query}").json)


def chosen(page: Page, name: str, value: str) -> None:
    """Choose in a list."""
    page.run(f"(() => {{ const list = {FIELD % name}; list.value = {json.dumps(value)}; "
             "list.dispatchEvent(new Event('change')); })()")  # fmt: skip
