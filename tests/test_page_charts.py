"""The pictures of a stock on the page, in a real browser: numbers, colours, places, and a page that has none."""

import json
from pathlib import Path

import pytest

from factorcli.render.charts.theme import BLUE, DARK, INK, PAPER
from tests.browser import Browser, Page
from tests.page_browser import Answers
from tests.page_views import (
    DONE,
    FITS,
    STOCK,
    STRESS,
    cells,
    number,
    percent,
    quiet,
    requests,
    serious,
    visit,
)
from tests.serving import Site

pytestmark = [pytest.mark.serve, pytest.mark.slow]

WATCH = """window.shifts = 0; window.refused = [];
new PerformanceObserver((list) => { for (const one of list.getEntries()) shifts += one.value; })
  .observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));"""
NAMES = ["exposures", "shares", "attribution", "drift", "path"]  # in the order of the page
DRAWN = f"document.querySelectorAll('.chart svg').length === {len(NAMES)}"
PICTURES = "document.querySelectorAll('.chart')"
TEXTS = "[...%s[%d].querySelectorAll('svg text')].map(one => one.textContent)"


def drawn(browser: Browser, site: Site, *, width: int = 1280, scheme: str = "light") -> Page:
    """A stock with all of its pictures."""
    page = visit(browser, site, STOCK, width=width, scheme=scheme, before=WATCH)
    page.wait(DRAWN)
    return page


def texts(page: Page, name: str) -> list[str]:
    """What is written in a picture."""
    found: list[str] = page.run(TEXTS % (PICTURES, NAMES.index(name)))
    return found


def test_pictures_have_the_numbers_of_the_answer(browser: Browser, site: Site) -> None:
    """As texts beside the marks and for who does not see them; nothing is asked for, or forbidden by the policy."""
    page = drawn(browser, site)
    assert sorted(requests(page)) == ["/heatmap", "/stock/RELIANCE.NS/overview"]
    found = site.get("/stock/RELIANCE.NS/overview").json
    fit, share = found["betas"]["market_model"], found["decompose"]["contributions"]["MKT"]
    beta, low, high = (number(fit[name]) for name in ("beta", "ci_low", "ci_high"))
    assert f"{beta} ({low} to {high})" in texts(page, "exposures")
    assert percent(share, sign=True) in texts(page, "shares")
    linked = found["decompose"]["attribution"]["linked"]
    assert percent(linked["total"], 2, sign=True) in texts(page, "attribution")
    change = found["drift"]["changes"]["MKT"]
    assert any(
        text.startswith(f"{number(change['before'])} → {number(change['after'])}") for text in texts(page, "drift")
    )
    assert number(found["betas"]["betas"]["SZ"]["beta"]) in texts(page, "path")
    labels = page.run(f"[...{PICTURES}].map(one => one.querySelector('[role=img]').getAttribute('aria-label'))")
    assert f"market β, one factor: {beta} ({low} to {high})" in labels[0]
    assert page.run(f"[...{PICTURES}].every(one => one.querySelector('[aria-hidden=true] svg') !== null)")
    assert page.run("refused") == []
    quiet(page)


def test_the_path_is_there_with_a_window_of_each_year(browser: Browser, site: Site) -> None:
    """Without a button or a further request; each number is that of the route on that day."""
    page = drawn(browser, site)
    rolling = site.get("/stock/RELIANCE.NS/betas?rolling=true").json["rolling"]
    rows = cells(page, "The last window of each year")
    assert next(iter(rows)) == rolling["dates"][-1]
    assert len(rows) == len({date[:4] for date in rolling["dates"]})
    for date, row in rows.items():
        at = rolling["dates"].index(date)
        for value, code in zip(row[:4], ("MKT", "VAL", "MOM", "SZ"), strict=True):
            assert value == number(rolling["betas"][code][at])


def test_dark_exchanges_the_colours(browser: Browser, site: Site) -> None:
    """Those of marks and texts, and the paper is that of the page."""
    found = {}
    for scheme in ("light", "dark"):
        page = drawn(browser, site, scheme=scheme)
        of = "getComputedStyle(document.querySelector('.chart svg %s')).%s"
        found[scheme] = [
            page.run(of % (f'[fill="{BLUE}"]', "fill")),
            page.run(of % (f'text[fill="{INK}"]', "fill")),
        ]
        assert page.run("getComputedStyle(document.querySelector('.chart svg')).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert found == {
        "light": [_rgb(BLUE), _rgb(INK)],
        "dark": [_rgb(DARK[BLUE]), _rgb(DARK[INK])],
    }
    assert page.run("getComputedStyle(document.documentElement).backgroundColor") == _rgb(DARK[PAPER])


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (390, "light"), (1280, "dark")])
def test_drawn_pictures_are_accessible(browser: Browser, site: Site, width: int, scheme: str) -> None:
    """axe-core finds nothing serious; what is wider than the window scrolls by itself."""
    page = drawn(browser, site, width=width, scheme=scheme)
    assert serious(page) == []
    assert page.run(FITS) is True


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_jumps_while_pictures_are_drawn(browser: Browser, site: Site, width: int) -> None:
    """At the top and further down: each picture has its place before it is there."""
    page = visit(browser, site, STOCK, width=width, before=WATCH)
    page.run("document.querySelector('#drift').scrollIntoView()")
    page.wait(DRAWN)
    page.run("new Promise(done => setTimeout(done, 300))")
    assert page.run("shifts") < 0.05
    of = "one.querySelector('{}').getBoundingClientRect().height"
    left = page.run(f"[...{PICTURES}].map(one => {of.format('.drawing')} - {of.format('svg')})")
    assert all(0 <= room <= 20 for room in left)
    assert page.run(FITS) is True


def test_without_the_script_the_tables_stay(browser: Browser, site: Site) -> None:
    """Each picture says that it cannot be drawn, from one request; one button draws all once the script can be had."""
    page = browser.page()
    page.size(1280, 900)
    refusal = (503, {"Content-Type": "application/json"}, {"detail": "There is too little memory.", "code": "upstream"})
    for domain in ("Page", "Runtime", "Log", "Network"):
        page.send(f"{domain}.enable")
    answers = Answers(page, {"/web/vega.js": [refusal, None]})
    page.send("Page.navigate", url=f"http://127.0.0.1:{site.port}/{STOCK}")
    undrawn = f"[...{PICTURES}].filter(one => one.textContent.includes('cannot be drawn')).length === {len(NAMES)}"
    answers.wait(f"{DONE} && {undrawn}")
    assert cells(page, "Shares")["total"][0] == "100.0%"
    assert cells(page, "Exposures")["SZ"]
    assert page.run(f"{PICTURES}[0].textContent").startswith("“Factor exposures of RELIANCE.NS” cannot be drawn")
    page.run("[...document.querySelectorAll('.chart button')].find(one => one.textContent === 'Draw again').click()")
    answers.wait(DRAWN)
    assert page.run("document.activeElement.tagName") == "FIGURE"
    assert page.run(f"[...{PICTURES}].every(one => one.querySelector('p') === null)")


def test_values_are_at_the_pointer(browser: Browser, site: Site) -> None:
    """Of the mark below it, unrounded; gone with it."""
    page = drawn(browser, site)
    share = site.get("/stock/RELIANCE.NS/overview").json["decompose"]["contributions"]["MKT"]
    page.run("document.querySelector('#risk').scrollIntoView()")
    bar = f"{PICTURES}[1].querySelector('.mark-rect path').getBoundingClientRect()"
    x, y = page.run(f"(one => [one.left + one.width / 2, one.top + one.height / 2])({bar})")
    page.point(x, y)
    page.wait("document.querySelector('.at-pointer')?.hidden === false")
    assert str(share)[:8] in page.run("document.querySelector('.at-pointer').textContent")
    assert "null" not in page.run("document.querySelector('.at-pointer').textContent")
    page.point(5, 5)
    page.wait("document.querySelector('.at-pointer').hidden")


def test_a_narrower_window_scrolls_its_pictures(browser: Browser, site: Site) -> None:
    """By the keys too; nothing is asked for anew, also not by the stress test of the same stock."""
    page = drawn(browser, site)
    before = requests(page)
    page.size(390, 844)
    page.wait(f"[...{PICTURES}].every(one => one.tabIndex === 0)")
    assert page.run(FITS) is True
    page.run(f"location.hash = {json.dumps(STRESS)}")
    page.wait(f"document.querySelector('h1').textContent.includes('under stress') && {DONE}")
    assert requests(page) == before


def test_pictures_fit_on_paper(browser: Browser, site: Site) -> None:
    """Those of a wide window are scaled down to it, in the colours of paper although the page is dark."""
    page = drawn(browser, site, scheme="dark")
    page.size(760, 1000)
    page.media("print", "dark")
    assert page.run(f"[...{PICTURES}].every(one => one.scrollWidth <= one.clientWidth)") is True
    colour = f"getComputedStyle(document.querySelector('.chart svg [fill=\"{BLUE}\"]')).fill"
    assert page.run(colour) == _rgb(BLUE)


def test_the_report_is_saved_as_a_file(browser: Browser, site: Site, tmp_path: Path) -> None:
    """Under the name of the stock, and whole."""
    page = drawn(browser, site)
    browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path), eventsEnabled=True)
    page.run("[...document.querySelectorAll('main a')].find(one => one.textContent === 'Report as a file').click()")
    saved = tmp_path / "RELIANCE.NS.html"
    page.wait(saved.exists)
    page.wait("document.querySelector('[aria-busy=true]') === null")
    text = saved.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert "Factor exposures of RELIANCE.NS" in text
    assert set(requests(page)) == {"/heatmap", "/stock/RELIANCE.NS/overview", "/stock/RELIANCE.NS/report"}
    quiet(page)
