"""A stock and a stress test on the page, in a real browser: numbers, keys, requests, no jumps."""

import json
import math
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser import Browser
from tests.conftest import NOW
from tests.page_browser import factor, world
from tests.page_views import (
    DONE,
    DOWN,
    ENTER,
    ESCAPE,
    FIELD,
    FITS,
    STOCK,
    STRESS,
    TAB,
    cells,
    digits,
    number,
    percent,
    quiet,
    requests,
    serious,
    text_of,
    visit,
    write,
)
from tests.serving import Site

pytestmark = [pytest.mark.serve, pytest.mark.slow]


def test_a_stock_shows_the_numbers_of_its_overview(browser: Browser, site: Site) -> None:
    """Every table against the JSON, from one counted request and the heatmap."""
    page = visit(browser, site, STOCK)
    assert sorted(requests(page)) == ["/heatmap", "/stock/RELIANCE.NS/overview"]
    found = site.get("/stock/RELIANCE.NS/overview").json
    betas, parts, drift = found["betas"], found["decompose"], found["drift"]
    exposures = cells(page, "Exposures")
    for code, fit in betas["betas"].items():
        beta, low, high = (number(fit[name], digits(fit["beta"])) for name in ("beta", "ci_low", "ci_high"))
        assert exposures[code][:2] == [beta, f"{low} to {high}"]
    market = betas["market_model"]
    assert exposures["the market"][0] == number(market["beta"])
    assert exposures["when it falls"][0] == number(market["down"]["estimate"])
    headline = text_of(page, ".headline")
    assert headline.startswith(f"When the Nifty 50 falls 1%, RELIANCE.NS falls {market['beta']:.1f}%")
    shares = cells(page, "Shares")
    assert {code: row[0] for code, row in shares.items()} == {
        **{code: percent(share, sign=True) for code, share in parts["contributions"].items()},
        "its own": percent(parts["idiosyncratic"], sign=True),
        "total": "100.0%",
    }
    linked = parts["attribution"]["linked"]
    returns = cells(page, "Parts of the return")
    assert {code: returns[code][0] for code in ("alpha", "MKT", "residual", "total")} == {
        "alpha": percent(linked["alpha"], 2, sign=True),
        "MKT": percent(linked["factors"]["MKT"], 2, sign=True),
        "residual": percent(linked["residual"], 2, sign=True),
        "total": percent(linked["total"], 2, sign=True),
    }
    peers = cells(page, "The nearest stocks")
    assert list(peers) == ["RELIANCE.NS", *(one["ticker"] for one in found["peers"]["peers"])]
    for one in found["peers"]["peers"]:
        assert peers[one["ticker"]][2] == number(one["distance"], sign=False)
    changed = cells(page, "252 sessions to")
    for code, change in drift["changes"].items():
        small = all(abs(change[name]) < 0.1 for name in ("before", "after", "estimate"))
        assert changed[code][0] == number(change["before"], 3 if small else 2)
    quiet(page)


def test_a_stock_is_compared_with_its_sector_and_all(browser: Browser, site: Site) -> None:
    """Median of all stocks, and the tenth and ninetieth percentile of its sector's, from the heatmap's JSON."""
    page = visit(browser, site, STOCK)
    stocks = site.get("/heatmap?window=252").json["stocks"]
    (sector,) = {one["sector"] for one in stocks if one["ticker"] == "RELIANCE.NS"}
    mates = sorted(one["betas"]["SZ"] for one in stocks if one["sector"] == sector)
    everyone = sorted(one["betas"]["SZ"] for one in stocks)
    row = cells(page, "Exposures")["SZ"]
    low, high = (number(_quantile(mates, part)) for part in (0.1, 0.9))
    assert row[2:4] == [f"{low} to {high}", number(_quantile(everyone, 0.5))]
    assert f"in its sector, {sector}" in text_of(page, ".head")


def _quantile(ordered: list[float], part: float) -> float:
    place = (len(ordered) - 1) * part
    below = math.floor(place)
    return ordered[below] + (place - below) * (ordered[min(below + 1, len(ordered) - 1)] - ordered[below])


def test_a_stock_is_found_by_keys_alone_and_back_leads_back(browser: Browser, site: Site) -> None:
    """Suggestions ask for nothing; Enter takes the marked one; Escape closes; back shows the first stock again."""
    page = visit(browser, site, STOCK)
    before = requests(page)
    write(page, "Find a stock", "hdfc")
    options = page.run("[...document.querySelectorAll('[role=option]')].map(one => one.textContent)")
    assert any(one.startswith("HDFCBANK.NS") for one in options)
    page.key(*ESCAPE)
    assert page.run("document.querySelector('[role=listbox]').hidden") is True
    write(page, "Find a stock", "hdfc bank")
    page.key(*DOWN)
    marked = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
    assert page.run(f"{marked}.textContent").startswith("HDFCBANK.NS")
    assert page.run(f"{marked}.getAttribute('aria-selected')") == "true"
    assert requests(page) == before
    page.key(*ENTER)
    page.wait(f"document.querySelector('h1')?.textContent === 'HDFCBANK.NS' && {DONE}")
    assert page.run("location.hash") == "#/stock/HDFCBANK.NS"
    assert requests(page) == [*before, "/stock/HDFCBANK.NS/overview"]
    assert page.run("document.title").startswith("HDFCBANK.NS")
    page.run("history.back()")
    page.wait(f"document.querySelector('h1')?.textContent === 'RELIANCE.NS' && {DONE}")
    assert len(requests(page)) == len(before) + 1
    quiet(page)


@pytest.mark.parametrize("name", ["NOSUCHSTOCK", "<IMG SRC=X ONERROR=RAN=1>", "../HEATMAP", "%", "=1+1"])
@pytest.mark.parametrize("view", ["stock", "stress"])
def test_a_stock_that_there_is_not_says_so(browser: Browser, site: Site, view: str, name: str) -> None:
    """With the server's sentence and a way on; what the address has is text."""
    page = visit(browser, site, f"#/{view}/{quote(name, safe='')}")
    detail = site.get(f"/stock/{quote(name, safe='')}/overview").json["detail"]
    assert text_of(page, "[role=alert].notice") == detail
    assert text_of(page, "h1").startswith(name)
    assert page.run("window.RAN === undefined && document.querySelector('main img') === null") is True
    assert page.run("[...document.querySelectorAll('main a')].some(one => one.textContent === 'To all stocks')") is True


def test_where_no_heatmap_has_been_computed_the_peers_say_what_to_run(browser: Browser, tmp_path: Path) -> None:
    """A command that can be copied, of weeks too, in the basis of peers; all else is there; a whole ticker is found."""
    with world(tmp_path) as made:
        page = visit(browser, made.site, "#/stock/ITC.NS")
        assert "factor heatmap compute --all --window 252 --source demo" in text_of(page, "#peers pre")
        assert cells(page, "Shares")["total"][0] == "100.0%"
        write(page, "Find a stock", "tcs.ns")
        assert "There is no heatmap to search in" in text_of(page, ".search [role=status]")
        page.key(*ENTER)
        page.wait(f"document.querySelector('h1')?.textContent === 'TCS.NS' && {DONE}")
        weeks = visit(browser, made.site, "#/stock/ITC.NS?frequency=weekly&basis=spread")
        command = "factor heatmap compute --all --window 104 --source demo --frequency weekly"
        assert text_of(weeks, "#peers code") == command


def test_weeks_are_called_weeks_and_compared_by_a_heatmap_of_weeks(browser: Browser, site: Site) -> None:
    """What a bad week is, and the command that computes a heatmap of the same frequency and day, of the usual basis."""
    page = visit(browser, site, f"{STOCK}?frequency=weekly&window=52&basis=residual&as_of=2026-11-13")
    parts = site.get("/stock/RELIANCE.NS/overview?frequency=weekly&window=52&basis=residual&as_of=2026-11-13").json
    text = text_of(page)
    assert f"A bad week or worse{percent(parts['decompose']['historical']['value_at_risk'], 2)}" in text
    assert "a bad week" in text
    assert "By the beta of the weeks on which the market fell" in text
    assert "bad day" not in text
    assert text_of(page, "#peers pre") == (
        "factor heatmap compute --all --window 52 --source demo --as-of 2026-11-13 --frequency weekly"
    )


def test_other_stocks_of_an_older_heatmap_say_their_day(browser: Browser, site: Site, tmp_path: Path) -> None:
    """Beside a window that ends later; beside one of the same day nothing is said."""
    told = "The other stocks are those of the heatmap to"
    assert told not in text_of(visit(browser, site, STOCK), "#exposures")
    assert factor(tmp_path, "heatmap", "compute", "--all", "--window", "252").status == 0
    with world(tmp_path, now=datetime.fromisoformat(NOW) + timedelta(days=10)) as made:
        later = made.site
        page = visit(browser, later, STOCK)
        days = [later.get(path).json for path in ("/heatmap?window=252", "/stock/RELIANCE.NS/betas")]
        assert f"{told} {days[0]['as_of']}, this window ends on {days[1]['as_of']}." in text_of(page, "#exposures")
        assert days[0]["as_of"] < days[1]["as_of"]


REFUSING = """{ const ask = window.fetch; let left = %d;
window.fetch = (path, options) => (String(path).includes("%s") && left-- > 0
  ? Promise.resolve(new Response(JSON.stringify({ detail: "%s", code: "%s" }),
    { status: %d, headers: { "Retry-After": "1", "Content-Type": "application/json" } }))
  : ask(path, options)); }"""


@pytest.mark.parametrize(
    ("status", "detail", "code", "says"),
    [
        (429, "More than 10 requests a minute.", "rate_limited", "Too many requests"),
        (503, "The computation goes on.", "timeout", "The server is still computing"),
    ],
)
def test_a_stock_that_has_to_wait_says_so_and_comes_by_itself(
    browser: Browser, site: Site, status: int, detail: str, code: str, says: str
) -> None:
    """A refusal for a moment: said with its wait, then asked again without anybody doing anything."""
    waiting = f"document.getElementById('said')?.textContent.includes({json.dumps(says)}) === true"
    before = REFUSING % (1, "/overview", detail, code, status)
    page = visit(browser, site, STOCK, before=before, done=waiting)
    assert page.run("document.querySelectorAll('main .waiting').length > 5") is True
    page.wait(DONE)
    assert text_of(page, "#said").strip() == ""
    assert text_of(page, ".headline").startswith("When the Nifty 50 falls 1%")


def test_a_server_that_is_gone_is_asked_again(browser: Browser, site: Site) -> None:
    """What is shown stays; the next stock says that nothing answers, and comes once something does."""
    page = visit(browser, site, STOCK)
    offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.send("Network.emulateNetworkConditions", offline=True, **offline)
    page.run("location.hash = '#/stock/ITC.NS'")
    page.wait("/does not answer|no network/.test(document.getElementById('said').textContent)")
    page.send("Network.emulateNetworkConditions", offline=False, **offline)
    page.wait(f"document.querySelector('h1')?.textContent === 'ITC.NS' && {DONE}")
    assert text_of(page, ".headline").startswith("When the Nifty 50")


@pytest.mark.parametrize("view", [STOCK, STRESS])
def test_a_keyboard_reaches_everything(browser: Browser, site: Site, view: str) -> None:
    """Every field, slider, button and link of the view in turn, each with a line around it."""
    page = visit(browser, site, view)
    wanted = page.run(
        "(window.wanted = [...document.querySelectorAll('main :is(a, input, select, button, [tabindex=\"0\"])')]"
        ".filter(one => !one.disabled && one.checkVisibility({ visibilityProperty: true }))).length"
    )
    page.run("window.seen = new Set(); window.bare = []; document.querySelector('main').focus()")
    for _ in range(wanted + 6):  # a date has a stop for each of its parts
        page.key(*TAB)
        page.run("(one => { if (!one.closest('main')) return; seen.add(one); "
                 "if (getComputedStyle(one).outlineStyle !== 'solid' && one.type !== 'date') bare.push(one.outerHTML); "
                 "})(document.activeElement)")  # fmt: skip
    assert page.run("bare") == []
    assert page.run("wanted.filter(one => !seen.has(one)).map(one => one.outerHTML.slice(0, 90))") == []


def test_another_window_keeps_the_focus_and_comes_back(browser: Browser, site: Site) -> None:
    """The address says it; the numbers are those of the route; back leads to the first."""
    page = visit(browser, site, STOCK)
    first = text_of(page, ".headline")
    page.run(f"{{ const one = {FIELD % json.dumps('Window')}; one.focus(); one.value = '504';"
             "one.dispatchEvent(new Event('change', { bubbles: true })); }")  # fmt: skip
    page.wait(f"location.hash.endsWith('?window=504') && document.querySelector('main .headline') !== null && {DONE}")
    assert page.run("document.activeElement.value") == "504"
    betas = site.get("/stock/RELIANCE.NS/betas?window=504").json
    assert cells(page, "Exposures")["SZ"][0] == number(betas["betas"]["SZ"]["beta"])
    page.run("history.back()")
    page.wait(f"document.querySelector('main .headline')?.textContent === {json.dumps(first)} && {DONE}")


def test_without_a_heatmap_a_stock_stands_alone(browser: Browser, site: Site) -> None:
    """Its own numbers are there, those of its sector are not."""
    before = REFUSING % (9, "heatmap", "No heatmap of window 252 has been computed.", "heatmap_not_computed", 404)
    page = visit(browser, site, STOCK, before=before)
    assert "there is no heatmap of this window and model" in text_of(page)
    assert "its sector" not in text_of(page, "thead")


def test_a_stress_answers_as_the_route(browser: Browser, site: Site) -> None:
    """Enter applies a move; the answer is the route's to 1e-9, without a request; the address says it, and shows it."""
    page = visit(browser, site, STRESS)
    before = requests(page)
    page.run(f"{{ const one = {FIELD % json.dumps('MKT')}; one.focus(); one.value = '-20'; }}")
    page.key(*ENTER)
    write(page, "VOL", "+35.5 %")
    page.key(*ENTER)
    shown = "Number(document.querySelector('.headline').dataset.change)"
    route = site.get("/stock/RELIANCE.NS/stress?shock=MKT:-0.2&shock=VOL:0.355").json
    assert page.run(shown) == pytest.approx(route["change"], abs=1e-9)
    assert f"lose {percent(abs(route['change']))}" in text_of(page, ".headline")
    bounds = f"{percent(route['ci_low'], sign=True)} to {percent(route['ci_high'], sign=True)}"
    assert bounds in text_of(page, ".outcome")
    by_factor = cells(page, "Where the change comes from")
    assert {code: by_factor[code][3] for code in route["by_factor"]} == {
        code: percent(part, sign=True) for code, part in route["by_factor"].items()
    }
    page.wait("location.hash.includes('VOL%3A0.355')")
    assert requests(page) == before
    again = visit(browser, site, page.run("location.hash"))
    assert again.run(shown) == pytest.approx(route["change"], abs=1e-9)
    assert again.run(f"({FIELD % json.dumps('VOL')}).value") == "35.5"
    write(again, "MKT", "ten")
    again.key(*ENTER)
    assert "“ten” is not a move" in text_of(again, ".moves [role=alert]")
    assert again.run(shown) == pytest.approx(route["change"], abs=1e-9)
    quiet(page)


def test_a_slider_answers_while_it_moves(browser: Browser, site: Site) -> None:
    """Thirty answers a second or more, drawn, and the last one is that of where it stops."""
    page = visit(browser, site, STRESS)
    seconds = page.run("""(async () => {
      const slider = document.querySelector('input[type=range]'), start = performance.now();
      for (let i = 0; i < 90; i += 1) {
        slider.value = String(-15 + i / 6);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        if (i % 3 === 2) await new Promise(done => requestAnimationFrame(done));
      }
      return (performance.now() - start) / 1000; })()""")
    assert 90 / seconds > 30
    at = page.run("Number(document.querySelector('input[type=range]').value)")
    route = site.get(f"/stock/RELIANCE.NS/stress?shock=MKT:{at / 100}").json
    assert page.run("Number(document.querySelector('.headline').dataset.change)") == pytest.approx(
        route["change"], abs=1e-9
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("view", [STOCK, STRESS])
def test_a_view_is_accessible_and_fits(browser: Browser, site: Site, view: str, width: int, scheme: str) -> None:
    """axe-core finds nothing serious; one h1; nothing is wider than the screen but what scrolls by itself."""
    page = visit(browser, site, view, width=width, scheme=scheme)
    assert serious(page) == []
    assert page.run("document.querySelectorAll('h1').length") == 1
    assert page.run(FITS) is True


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_jumps_while_a_stock_loads(browser: Browser, site: Site, width: int) -> None:
    """The shifts that a reader sees are below half of what counts as good (a cumulative score of 0.1)."""
    watch = """window.shifts = 0; new PerformanceObserver(list => { for (const one of list.getEntries())
      window.shifts += one.value; }).observe({ type: 'layout-shift', buffered: true })"""
    page = visit(browser, site, "#/stock/INFY.NS", width=width, before=watch)
    page.run("new Promise(done => setTimeout(done, 300))")
    assert page.run("window.shifts") < 0.05
