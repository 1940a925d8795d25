"""A report in a real browser, opened from its file without a network: what it draws, says, prints and loads."""

import json
from typing import Any

import pytest

from tests.browser import Browser, Page, axe_core
from tests.conftest import InProcess, clean_environment

pytestmark = [pytest.mark.cli, pytest.mark.installed, pytest.mark.slow]

STOCKS, UNIVERSE = "stocks", "universe"
ALL_LIVE = "[...document.querySelectorAll('figure')].every(figure => figure.dataset.state === 'live')"
TO_EACH = """(async () => { for (const figure of document.querySelectorAll("figure")) { figure.scrollIntoView();
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); } })()"""
# What is wider than the paper.
CUT = """[...document.querySelectorAll("table, svg, p, h1, h2, h3, dl")]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 90))"""
A4_PX, A4_POINTS = 703, b"/MediaBox [0 0 594.95996 841.91998]"  # within the margins; whole
TAB = ("Tab", 9)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of a page about two stocks, a portfolio and a ticker that there is not, and of the universe's."""
    home = tmp_path_factory.mktemp("reports")
    factor = InProcess(home, {**clean_environment(home), "FACTOR_SOURCE": "demo"})
    assert factor("heatmap", "compute", "--all", "--window", "252").status == 0
    (home / "mine.csv").write_text("ticker,weight\nHDFCBANK,0.8\nITC,-0.3\nCASH,0.5\n", encoding="utf-8")
    stocks = factor("report", "RELIANCE", "TCS", "NOSUCH", "--portfolio", "mine.csv", "-o", "stocks.html")
    assert stocks.status == 3
    assert factor("report", "--universe", "-o", "universe.html").status == 0
    return {name: (home / f"{name}.html").as_uri() for name in (STOCKS, UNIVERSE)}


def opened(browser: Browser, url: str, *, width: int = 1100, scheme: str = "light") -> Page:
    """The page with every picture drawn by its script."""
    page = browser.page()
    page.size(width, 900)
    page.media(scheme=scheme)
    page.open(url)
    page.run(TO_EACH)
    page.wait(ALL_LIVE)
    return page


@pytest.mark.parametrize("name", [STOCKS, UNIVERSE])
def test_a_page_draws_its_pictures_and_asks_nobody(browser: Browser, pages: dict[str, str], name: str) -> None:
    """Every picture by Vega under the page's own policy; no word in the console, no request but the file's own."""
    page = opened(browser, pages[name])
    shown = page.run(
        "[...document.querySelectorAll('figure')].map(figure => [figure.querySelectorAll('.live svg').length, "
        "figure.querySelector('.still').checkVisibility(), figure.querySelector('.live').checkVisibility()])"
    )
    assert shown == [[1, False, True]] * {STOCKS: 19, UNIVERSE: 2}[name]
    asked = {params["request"]["url"] for method, params in page.events if method == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {pages[name]}
    told = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert [event for event in page.events if event[0] in told] == []


def test_a_script_from_elsewhere_does_not_run(browser: Browser, pages: dict[str, str]) -> None:
    """Neither one that is put into the page nor a text that is taken for one."""
    page = opened(browser, pages[STOCKS])
    page.run("{const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);}")
    assert page.run("window.ran === undefined") is True
    blocked = page.send("Runtime.evaluate", expression="(() => { try { return new Function('return 1')() } catch (e) "
                        "{ return e.name } })()", returnByValue=True, allowUnsafeEvalBlockedByCSP=False)  # fmt: skip
    assert blocked["result"]["value"] == "EvalError"


def test_values_are_shown_at_the_pointer(browser: Browser, pages: dict[str, str]) -> None:
    """Over the first point of the exposures, its numbers; away from it, none."""
    page = opened(browser, pages[STOCKS])
    place = page.run(
        "(() => { const figure = document.querySelector('figure'); figure.scrollIntoView({block: 'center'});"
        "const point = [...figure.querySelectorAll('.live .mark-symbol path')].find(one => one.__data__ && "
        "one.__data__.tooltip); const box = point.getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    page.point(*place)
    page.wait("document.querySelector('#vg-tooltip-element.visible') !== null")
    assert "beta" in page.run("document.querySelector('#vg-tooltip-element').textContent")
    page.point(3, 3)
    page.wait("document.querySelector('#vg-tooltip-element.visible') === null")


def test_a_keyboard_reaches_everything(browser: Browser, pages: dict[str, str]) -> None:
    """First the link past the head, then each link and each table or picture that may have to be scrolled."""
    page = opened(browser, pages[STOCKS])
    page.run("scrollTo(0, 0)")
    expected = page.run("document.querySelectorAll('a, summary, .scroll').length")
    seen: list[str] = []
    for _ in range(expected):
        page.key(*TAB)
        focus = "document.activeElement"
        seen.append(page.run(f"{focus}.className || {focus}.getAttribute('href') || {focus}.tagName"))
        assert page.run(f"getComputedStyle({focus}).outlineStyle") == "solid"
    assert seen[0] == "skip"
    assert {"#s1", "#s2", "#s3"} <= set(seen)
    assert seen.count("scroll") == page.run("document.querySelectorAll('.scroll').length")
    assert "BODY" not in seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [STOCKS, pytest.param(UNIVERSE, marks=pytest.mark.slow)])
def test_a_page_is_accessible(browser: Browser, pages: dict[str, str], name: str, scheme: str) -> None:
    """axe-core finds nothing serious, contrast of texts and pictures included, light and dark."""
    script = axe_core()
    page = opened(browser, pages[name], scheme=scheme)
    page.run("for (const details of document.querySelectorAll('details')) details.open = true")
    page.run(script)
    found = json.loads(page.run("axe.run().then(found => JSON.stringify(found.violations))"))
    assert [_violation(one) for one in found if one["impact"] in ("serious", "critical")] == []


def _violation(found: dict[str, Any]) -> tuple[str, int, str]:
    return found["id"], len(found["nodes"]), found["nodes"][0]["html"][:300] + found["nodes"][0]["failureSummary"]


def test_a_dark_page_has_dark_pictures(browser: Browser, pages: dict[str, str]) -> None:
    """The same page in another light: its paper, and the ink of its pictures, drawn live or still."""
    ink = "getComputedStyle(document.querySelector('%s svg text')).fill"
    page = opened(browser, pages[STOCKS])
    light = [page.run("getComputedStyle(document.documentElement).backgroundColor"), page.run(ink % ".live")]
    page.media(scheme="dark")
    dark = [page.run("getComputedStyle(document.documentElement).backgroundColor"), page.run(ink % ".live")]
    assert light == ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
    assert dark == ["rgb(21, 25, 30)", "rgb(232, 236, 240)"]
    assert page.run(ink % ".still") == dark[1]


@pytest.mark.parametrize("name", [STOCKS, UNIVERSE])
def test_a_phone_shows_the_whole_page(browser: Browser, pages: dict[str, str], name: str) -> None:
    """Nothing is wider than the screen but what scrolls by itself."""
    page = opened(browser, pages[name], width=390)
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth") is True


def test_without_javascript_pictures_and_tables_remain(browser: Browser, pages: dict[str, str]) -> None:
    """The still pictures with their alternative texts, all of them, and the tables."""
    page = browser.page()
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    page.size(1100, 900)
    page.open(pages[STOCKS])
    page.send("Emulation.setScriptExecutionDisabled", value=False)  # for the questions below; the page has had its turn
    stills = page.run(
        "[...document.querySelectorAll('figure .still svg')].map(svg => [svg.checkVisibility(), "
        "svg.getBoundingClientRect().width > 300, svg.getAttribute('aria-label').length > 100])"
    )
    assert stills == [[True, True, True]] * 19
    assert page.run("document.querySelectorAll('.live svg').length") == 0
    assert page.run("[...document.querySelectorAll('table')].every(table => table.checkVisibility())") is True


@pytest.mark.parametrize("name", [STOCKS, UNIVERSE])
def test_a_page_prints_on_a4_without_cut_tables(browser: Browser, pages: dict[str, str], name: str) -> None:
    """Everything fits the paper; what is printed are the still pictures, light, and the folded table unfolded."""
    page = opened(browser, pages[name], width=A4_PX, scheme="dark")
    page.media("print", "dark")
    assert page.run(CUT) == []
    assert page.run("[...document.querySelectorAll('.live')].some(live => live.checkVisibility())") is False
    assert page.run("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
    assert page.run("[...document.querySelectorAll('tr')].every(row => getComputedStyle(row).breakInside === 'avoid')")
    paper = page.printed()
    sheets = paper.count(b"/Type /Page\n")
    low, high = {STOCKS: (15, 30), UNIVERSE: (10, 18)}[name]
    assert low <= sheets <= high
    assert paper.count(A4_POINTS) == sheets
