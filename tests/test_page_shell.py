"""What the page says while it works, in a real browser: over its foot, so that nothing moves; and on paper."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.page_browser import ROWS, SHIFTS, Answers, World, counted, factor, filled, opened, until, world

pytestmark = [pytest.mark.serve, pytest.mark.slow]

JSON = {"Content-Type": "application/json"}
BAR = "(document.getElementById('bar')?.innerText ?? '')"
TEXTS = """window.drawn = []; const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
drawn.push(text); write.call(this, text, ...rest); };"""
RUNNING = {
    "window": 252, "state": "running", "total": 500, "computed": 120, "failed": 0, "pending": 380, "percent": 24.0,
    "as_of": "2026-11-20", "started_at": "x", "updated_at": "y", "eta_seconds": 240.0, "failures": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole universe over a year."""
    home = tmp_path_factory.mktemp("demo")
    assert factor(home, "heatmap", "compute", "--all", "--window", "252").status == 0
    with world(home) as made:
        yield made


def answered(browser: Browser, width: int, **given: Any) -> tuple[Page, Answers]:
    """A tab that is told these answers and counts what jumps."""
    page = opened(browser, "about:blank", width=width)
    page.send("Page.addScriptToEvaluateOnNewDocument", source=SHIFTS)
    return page, Answers(page, {name.replace("_", "/"): answers for name, answers in given.items()})


def shifted(page: Page) -> float:
    """How much has jumped."""
    return float(page.run("shifts.reduce((sum, [value]) => sum + value, 0)"))


@pytest.mark.parametrize("width", [390, 1280])
def test_a_run_and_an_old_heatmap_move_nothing(browser: Browser, demo: World, width: int) -> None:
    """The progress stands over the foot of the window; what is old is one line, unfolded by who wants the command."""
    shown = demo.site.get("/heatmap?window=252").json
    missing = [{**shown["stocks"][0], "code": "pending", "message": ""}]
    given = {**shown, "stale": True, "stocks": shown["stocks"][1:], "missing": missing}
    statuses = [(200, JSON, {**RUNNING, "computed": computed}) for computed in (120, 240, 360)]
    page, answers = answered(browser, width, **{"/heatmap/status": statuses, "/heatmap?": [(200, JSON, given)]})
    page.send("Page.navigate", url=demo.url)
    answers.wait(f"{ROWS} === 499 && {BAR}.includes('240 of 500 stocks, about 4 min left')")
    assert "The heatmap is being computed." in page.run(BAR)
    assert (
        page.run("document.querySelector('.old summary').textContent.trim()") == "Old, and 1 stock is not computed yet."
    )
    assert page.run("document.querySelector('.old code').checkVisibility()") is False
    assert page.run("document.getElementById('bar').getBoundingClientRect().bottom === innerHeight") is True
    assert shifted(page) < 0.01, page.run("shifts")


@pytest.mark.parametrize("width", [390, 1280])
def test_waits_and_what_is_not_there_move_nothing(browser: Browser, demo: World, width: int) -> None:
    """A 429 and a 503 on the way; a window that was never computed."""
    refusals = [(status, {**JSON, "Retry-After": "1"}, {"detail": "Yahoo does not answer.", "code": code})
                for status, code in ((429, "rate_limited"), (503, "upstream"))]  # fmt: skip
    page, answers = answered(browser, width, **{"/heatmap?": [*refusals, None]})
    page.send("Page.navigate", url=demo.url)
    answers.wait(f"{BAR}.includes('Too many requests')")
    answers.wait(f"{BAR}.includes('Yahoo does not answer.')")
    answers.wait(f"{ROWS} === 500 && {BAR}.trim() === ''")
    assert page.run("document.getElementById('bar').getBoundingClientRect().height") == 0
    assert shifted(page) < 0.01, page.run("shifts")
    page = opened(browser, f"{demo.url}#/?window=300", width=width)
    until(page, "!!document.querySelector('.notice code')")
    assert shifted(page) < 0.01, page.run("shifts")


@pytest.mark.parametrize("query", ["window=abc", "window=1e3", "basis=foo", "frequency=hourly", "as_of=2099-01-01"])
def test_a_wrong_question_is_asked_once(browser: Browser, demo: World, query: str) -> None:
    """Its sentence is shown with a way on; nothing is a NaN, and neither the console nor the status is bothered."""
    page = opened(browser, f"{demo.url}#/?{query}")
    until(page, f"(document.querySelector('.notice')?.textContent ?? '').includes('{query.partition('=')[2]}')")
    end = time.monotonic() + 2.5  # a heatmap that is not there yet is asked for every 2 s
    until(page, lambda: time.monotonic() > end)
    urls = [params["request"]["url"] for method, params in page.events if method == "Network.requestWillBeSent"]
    assert sum("/heatmap/status" in url for url in urls) <= 1
    assert sum("/heatmap?" in url for url in urls) == 1
    assert "NaN" not in page.run("document.body.innerText")
    assert page.complaints() == []
    page.run("document.querySelector('.notice a').click()")
    filled(page)


def test_an_unknown_page_is_no_error_of_the_page(browser: Browser, demo: World) -> None:
    """It is said to the reader, not to the console."""
    page = opened(browser, f"{demo.url}#/nonsense/%E0%A4%A")
    until(page, "document.querySelector('main h1')?.textContent === 'This did not work'")
    assert page.complaints() == []


def test_a_condition_that_does_not_apply_is_marked(browser: Browser, demo: World) -> None:
    """Each once, the empty ones not at all."""
    page = opened(browser, f"{demo.url}#/?where=SZ+%3E+1&where=XX+%3E+1&where=&where=SZ+%3E+1")
    until(page, f"{ROWS} > 0 && document.getElementById('as_of').options.length > 1")
    assert page.run("[...document.querySelectorAll('.chips button')].map((one) => one.ariaLabel)") == [
        "Remove the condition SZ > 1", "Remove the condition XX > 1, which does not apply",
    ]  # fmt: skip
    assert page.run("document.querySelector('.problem').textContent").startswith("column 'XX' is not known")


def test_enter_asks_the_server_for_a_ticker_that_the_heatmap_lacks(browser: Browser, demo: World) -> None:
    """By its ISIN, as the server knows it."""
    page = filled(opened(browser, demo.url))
    page.run("document.getElementById('search').focus()")
    page.type("ine467b01029")
    until(page, "document.querySelector('.shown').textContent.includes('Enter asks the server for it')")
    page.key("Enter", 13)
    until(page, "document.querySelector('h1')?.textContent === 'TCS.NS'")


def test_a_picture_says_what_it_shows_and_what_its_colours_mean(browser: Browser, demo: World) -> None:
    """The day, that the prices are synthetic, the filters, the order; the colours from low to high."""
    page = filled(opened(browser, f"{demo.url}#/?sector=Power&sort=SZ&where=r_squared+%3E+1%25"), 17)
    page.run(TEXTS)
    page.run("[...document.querySelectorAll('button')].find((one) => one.textContent === 'Download PNG').click()")
    until(page, "drawn.some((text) => text.startsWith('* significant'))")
    drawn = page.run("drawn")
    assert drawn[0] == "What each stock moves with"
    assert drawn[1] == page.run("document.querySelector('.about').textContent")
    assert drawn[2:5] == [
        "Demo: these prices are synthetic and say nothing about any company.",
        "17 of 500 stocks. By Size SZ, largest first.",
        "Only: sector Power; r_squared > 1%.",
    ]
    assert {"far below zero", "far above it, each column on its own scale"} <= set(drawn)


def test_what_columns_mean_is_there_without_a_pointer(browser: Browser, demo: World) -> None:
    """Unfolded by the keyboard; every heading that has a term."""
    page = filled(opened(browser, demo.url, width=390))
    page.run("document.querySelector('.glossary summary').focus()")
    page.key("Enter", 13)
    until(page, "document.querySelector('.glossary details').open")
    said = page.run("document.querySelector('.glossary').innerText")
    terms = page.run("[...document.querySelectorAll('.stocks thead button')].map((one) => one.title)")
    assert all(term in said for term in terms[3:])
    assert "interquartile range" in said


def test_on_paper_every_stock_is_there(browser: Browser, demo: World) -> None:
    """None is cut off or scrolled away; the note on the demo stays, the controls go, the filter is said."""
    page = filled(opened(browser, f"{demo.url}#/?sector=Power"), 17)
    assert page.run("document.querySelector('.only').getClientRects().length") == 0
    page.size(1040, 720)  # A4, across
    page.media("print")
    inside = """(selector) => [...document.querySelectorAll(selector)].every((one) => {
        const [own, all] = [one, document.querySelector('.all')].map((part) => part.getBoundingClientRect());
        return own.height > 0 && own.right <= innerWidth && own.bottom <= all.bottom + 1
          && one.scrollWidth <= one.clientWidth + 8; })"""
    assert page.run(f"({inside})('.stocks tbody :is(th, td)')") is True
    assert page.run("document.querySelector('.only').innerText") == "Only: sector Power."
    assert page.run("document.querySelector('.demo').innerText").startswith("Demo: these prices are synthetic")
    assert (
        page.run(
            "[...document.querySelectorAll('main .controls button, .top')].some((one) => one.getClientRects().length)"
        )
        is False
    )


def test_status_costs_no_counted_request(browser: Browser, demo: World) -> None:
    """The heatmap and its days only."""
    page = filled(opened(browser, demo.url))
    until(page, "document.getElementById('as_of').options.length > 1")
    assert json.dumps(counted(page)) == json.dumps(["/heatmap?window=252", "/heatmap/dates?window=252"])


def test_a_view_opens_while_the_server_is_away(browser: Browser, demo: World) -> None:
    """The other views are there before they are asked for; one that is not says what is waited for, and comes."""
    with world(demo.home) as first:
        page = filled(opened(browser, first.url))
        names = (
            "performance.getEntriesByType('resource').map((one) => one.name).filter((one) => one.includes('/views/'))"
        )
        until(page, f"{names}.some((one) => one.endsWith('portfolio.js'))")
        late = opened(browser, "about:blank")
        late.send("Page.addScriptToEvaluateOnNewDocument", source="window.requestIdleCallback = () => {};")
        late.visit(first.url)
        filled(late)
    for tab in (page, late):
        tab.run("location.hash = '#/portfolio'")
    until(page, "document.querySelector('main textarea') !== null")
    until(late, f"{BAR}.startsWith('The server does not answer')")
    with world(demo.home, at=first.site.port):
        until(late, f"document.querySelector('main textarea') !== null && {BAR}.trim() === ''")


def test_letters_of_twice_the_size_stay_within_a_telephone(browser: Browser, demo: World) -> None:
    """What is wider than it scrolls by itself; no field is narrower than a word."""
    page = filled(opened(browser, f"{demo.url}#/?where=SZ+%3E+0", width=390), _above_zero(demo))
    page.run("{ const sheet = new CSSStyleSheet(); sheet.replaceSync('html { font-size: 200% }'); "
             "document.adoptedStyleSheets = [sheet]; }")  # fmt: skip
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth") is True
    narrow = "[...document.querySelectorAll('main select, #search')].filter((one) => one.clientWidth < 240).length"
    assert page.run(narrow) == 0


def _above_zero(demo: World) -> int:
    return sum(one["betas"]["SZ"] > 0 for one in demo.site.get("/heatmap?window=252").json["stocks"])
