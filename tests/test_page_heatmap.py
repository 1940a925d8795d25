"""The heatmap of the page in a real browser: what it shows, sorts, filters, downloads and says."""

import csv
import io
import json
import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from factorcli.render.text import number, percent
from tests.browser import Browser, Page, axe_core, browsing
from tests.page_browser import ROWS, TICKERS, Answers, World, counted, factor, filled, opened, until, world

pytestmark = [pytest.mark.serve, pytest.mark.slow]

EARLIER = "2026-11-18T18:00:00+05:30"
ENTER, TAB = ("Enter", 13), ("Tab", 9)
SORTED = "[...document.querySelectorAll('table.stocks thead th')].filter((th) => th.ariaSort !== 'none')"
HEADING = "document.querySelector('[data-column=\"%s\"]')"
FIELD = "document.getElementById('%s')"
ALERT = "[...document.querySelectorAll('[role=alert]')].map((one) => one.textContent).join(' ')"
SAID = "(document.getElementById('said')?.textContent ?? '')"
# Three stocks, computed on two days of one window.
MADE = """window.made = []; const original = URL.createObjectURL.bind(URL);
URL.createObjectURL = (blob) => { made.push(blob); return original(blob); };"""
BASE64 = """new Promise((done) => { const reader = new FileReader();
reader.onload = () => done(reader.result.split(",")[1]); reader.readAsDataURL(made.at(-1)); })"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole universe over two windows, of one of them two days."""
    home = tmp_path_factory.mktemp("demo")
    factor(home, "heatmap", "compute", "--all", "--window", "252", FACTOR_NOW=EARLIER)
    assert factor(home, "heatmap", "compute", "--all", "--window", "252", "--window", "126").status == 0
    with world(home) as made:
        yield made


def heatmap(demo: World, query: str = "window=252") -> dict[str, Any]:
    """The route's JSON."""
    return dict(demo.site.get(f"/heatmap?{query}").json)


def press(page: Page, name: str) -> None:
    """A button by its text."""
    page.run(f"[...document.querySelectorAll('main button')].find((one) => one.textContent === '{name}').click()")


def chosen(page: Page, name: str, value: str) -> None:
    """Choose in a list."""
    page.run(f"(() => {{ const list = {FIELD % name}; list.value = {json.dumps(value)}; "
             "list.dispatchEvent(new Event('change')); })()")  # fmt: skip


def test_every_number_on_the_page_is_the_answers_rounded(browser: Browser, demo: World) -> None:
    """All columns of all stocks in the answer's order, each a row that leads to its stock; the sectors above."""
    page = filled(opened(browser, demo.url))
    shown = heatmap(demo)
    rows = page.run("[...document.querySelectorAll('table.stocks tbody tr')].map((row) => "
                    "[...row.cells].map((cell) => cell.textContent))")  # fmt: skip
    expected = [
        [stock["ticker"].removesuffix(".NS"), stock["name"], stock["sector"], number(stock["market_beta"]),
         number(stock["down_beta"]), *(number(stock["betas"][code], 3 if code == "VOL" else 2)
                                       for code in ("MKT", "VAL", "MOM", "SZ", "VOL")),
         percent(stock["r_squared"], 0), percent(stock["alpha_annual"], 1, signed=True), str(stock["observations"])]
        for stock in shown["stocks"]
    ]  # fmt: skip
    assert rows == expected
    assert page.run(TICKERS) == [stock["ticker"] for stock in shown["stocks"]]
    links = page.run("[...document.querySelectorAll('table.stocks tbody th a')].map((a) => a.getAttribute('href'))")
    assert links == [f"#/stock/{quote(stock['ticker'], safe='')}" for stock in shown["stocks"]]
    sectors = page.run("[...document.querySelectorAll('.sectors tbody tr')].map((row) => "
                       "[...row.cells].map((cell) => cell.firstChild.textContent))")  # fmt: skip
    assert [row[:2] for row in sectors] == [[one["sector"], str(one["count"])] for one in shown["sectors"]]
    assert [row[7] for row in sectors] == [number(one["median_betas"]["SZ"]) for one in shown["sectors"]]
    marked = page.run("[...document.querySelectorAll('table.stocks tbody tr')].map((row) => "
                      "[...row.cells].slice(5, 10).map((cell) => cell.classList.contains('sure')))")  # fmt: skip
    assert marked == [[stock["q_values"][code] <= 0.05 for code in stock["betas"]] for stock in shown["stocks"]]
    assert page.complaints() == []


def test_five_hundred_stocks_are_there_within_a_second_and_sort_within_a_tenth(browser: Browser, demo: World) -> None:
    """From the first byte of the heatmap to the frame with its rows; from a press to the frame in the new order."""
    page = opened(browser, "about:blank")
    page.send(
        "Page.addScriptToEvaluateOnNewDocument",
        source=f"const full = () => {ROWS} === 500; "
        "new MutationObserver((_, observer) => { if (full()) { observer.disconnect(); "
        "requestAnimationFrame(() => setTimeout(() => { window.there = performance.now(); })); } })"
        ".observe(document, { childList: true, subtree: true });",
    )
    spent = []
    for _ in range(2):
        page.visit(demo.url)
        until(page, "window.there > 0")
        spent.append(page.run("there - performance.getEntriesByType('resource')"
                              ".find((one) => one.name.includes('/heatmap?')).responseStart"))  # fmt: skip
    assert min(spent) < 1000, spent
    times = page.run(
        "(async () => { const spent = []; for (const name of ['SZ', 'VAL', 'name', 'market', 'r_squared', 'MKT']) {"
        "const start = performance.now(); document.querySelector(`[data-column=${name}]`).click();"
        "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
        "spent.push(performance.now() - start); } return spent; })()"
    )
    assert sorted(times)[1] < 100, times  # of six; the machine may have other work
    assert len(counted(page)) == 4  # of two visits: the heatmap and its days; of sorting none


def test_headings_sort_by_keyboard_and_say_so(browser: Browser, demo: World) -> None:
    """The largest first, then the smallest; one heading at a time; the address has it, and back undoes it."""
    page = filled(opened(browser, demo.url))
    stocks = heatmap(demo)["stocks"]
    by_size = [one["ticker"] for one in sorted(stocks, key=lambda one: -one["betas"]["SZ"])]
    page.run(f"{HEADING % 'SZ'}.focus()")
    page.key(*ENTER)
    until(page, f"{SORTED}.map((th) => th.ariaSort).join() === 'descending'")
    assert page.run(TICKERS) == by_size
    assert page.run("location.hash") == "#/?sort=SZ"
    assert page.run(f"document.activeElement === {HEADING % 'SZ'}") is True
    medians = sorted(heatmap(demo)["sectors"], key=lambda one: -one["median_betas"]["SZ"])
    assert page.run("[...document.querySelectorAll('.sectors tbody a')].map((link) => link.textContent)") == [
        one["sector"] for one in medians
    ]
    page.run(f"{HEADING % 'SZ'}.click()")
    assert page.run(f"{SORTED}.map((th) => th.ariaSort)") == ["ascending"]
    assert page.run(TICKERS) == by_size[::-1]
    page.run(f"{HEADING % 'name'}.click()")
    names = {one["ticker"]: one["name"].lower() for one in stocks}
    shown = page.run(TICKERS)
    assert [names[ticker] for ticker in shown] == sorted(names.values())
    page.run("history.back()")
    until(page, "location.hash === '#/?sort=SZ&order=asc'")
    until(page, f"{TICKERS}[0] === '{by_size[-1]}'")
    page.run("history.go(-2)")
    until(page, f"{SORTED}.length === 1 && {SORTED}[0].textContent.startsWith('Stock')")
    page.run("history.forward()")
    until(page, f"{TICKERS}[0] === '{by_size[0]}'")


def test_a_view_is_sent_by_its_address(browser: Browser, demo: World) -> None:
    """Window, sector, order, a text, significance and conditions, opened in another tab; each can be undone there."""
    query = (
        "window=126&sector=Financial+Services&sure=SZ&q=ltd&sort=market&order=asc"
        "&where=SZ+%3E+0.3&where=r_squared+%3E+30%25"
    )
    page = opened(browser, f"{demo.url}#/?{query}")
    met = [
        one for one in heatmap(demo, "window=126")["stocks"]
        if one["sector"] == "Financial Services" and one["q_values"]["SZ"] <= 0.05 and "ltd" in one["name"].lower()
        and one["betas"]["SZ"] > 0.3 and one["r_squared"] > 0.3
    ]  # fmt: skip
    filled(page, len(met))
    assert 3 < len(met) < 101
    assert page.run(TICKERS) == [one["ticker"] for one in sorted(met, key=lambda one: one["market_beta"])]
    assert page.run("['window', 'sector', 'sure', 'search'].map((id) => document.getElementById(id).value)") == [
        "126", "Financial Services", "SZ", "ltd",
    ]  # fmt: skip
    assert page.run("document.querySelector('.shown').textContent") == (
        f"{len(met)} of 500 stocks. By With market market β, smallest first."
    )
    chips = "[...document.querySelectorAll('.chips button')]"
    assert page.run(f"{chips}.map((one) => one.ariaLabel)") == [
        "Remove the condition SZ > 0.3", "Remove the condition r_squared > 30%",
    ]  # fmt: skip
    page.run(f"{chips}[0].click()")
    assert "SZ" not in page.run("location.hash.replace('sure=SZ', '')")
    for name in ("sector", "sure"):
        chosen(page, name, "")
    page.run(f"{chips}[0].click()")
    chosen(page, "window", "252")
    until(page, "document.querySelector('.about').textContent.startsWith('1 year')")
    assert page.run("location.hash") == "#/?q=ltd&sort=market&order=asc&window=252"


def test_a_search_finds_as_it_is_typed_and_enter_opens_the_stock(browser: Browser, demo: World) -> None:
    """By ticker or name, without a request; one entry in the history for a word."""
    page = filled(opened(browser, demo.url))
    before = len(counted(page))
    entries = page.run("history.length")
    page.run(f"{FIELD % 'search'}.focus()")
    for letter in "tata p":
        page.type(letter)
    expected = [one["ticker"] for one in heatmap(demo)["stocks"]
                if all(word in f"{one['ticker']} {one['name']}".lower() for word in ("tata", "p"))]  # fmt: skip
    filled(page, len(expected))
    assert page.run(TICKERS) == expected
    assert page.run("document.activeElement.id") == "search"
    assert page.run("history.length") == entries + 1
    # At once, as the address follows what is typed after a moment.
    page.run(
        f"(field => {{ field.value = 'tcs'; field.dispatchEvent(new Event('input', {{ bubbles: true }})); "
        f"field.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true }})); }})({FIELD % 'search'})"
    )
    until(page, "location.hash === '#/stock/TCS.NS'")
    assert all("/stock/" in one for one in counted(page)[before:])
    page.run("history.back()")
    until(page, f"{FIELD % 'search'}?.value === 'tata p'")
    filled(page, len(expected))


def test_conditions_are_added_and_wrong_ones_explained(browser: Browser, demo: World) -> None:
    """By Enter; with the sentence of the command where something is wrong, also in an address that was sent."""
    page = filled(opened(browser, demo.url))
    page.run(f"{FIELD % 'where'}.focus()")
    page.type("SZ >> 1")
    page.run(f"{FIELD % 'where'}.form.requestSubmit()")
    assert page.run("document.querySelector('.problem').textContent") == (
        "condition 'SZ >> 1' has the operator >>, which is not known. Operators are > >= < <= = !=."
    )
    assert page.run(f"{FIELD % 'where'}.ariaInvalid") == "true"
    page.run(f"{FIELD % 'where'}.select()")
    page.type("sector = textil")
    page.run(f"{FIELD % 'where'}.form.requestSubmit()")
    textiles = [one["ticker"] for one in heatmap(demo)["stocks"] if one["sector"] == "Textiles"]
    filled(page, len(textiles))
    assert page.run(TICKERS) == textiles
    assert page.run("location.hash") == "#/?where=sector+%3D+Textiles"
    assert page.run("document.querySelector('.problem').textContent") == ""
    page.visit(f"{demo.url}?again#/?where=XX+%3E+1&where=SZ+%3E+9&sort=nothing")
    until(page, "(document.querySelector('.problem')?.textContent ?? '') !== ''")
    assert page.run(ROWS) == 0
    assert "remove a condition or a filter" in page.run("document.querySelector('.shown').textContent")


def test_a_sector_leads_to_its_stocks(browser: Browser, demo: World) -> None:
    """Which come into sight, with the focus; and keeps the order that was chosen."""
    page = filled(opened(browser, f"{demo.url}#/?sort=VAL"))
    page.run("[...document.querySelectorAll('.sectors a')].find((one) => one.textContent === 'Power').click()")
    power = [one for one in heatmap(demo)["stocks"] if one["sector"] == "Power"]
    filled(page, len(power))
    assert page.run(TICKERS) == [one["ticker"] for one in sorted(power, key=lambda one: -one["betas"]["VAL"])]
    assert page.run("document.activeElement.textContent") == "Stocks"
    assert page.run("Math.abs(document.activeElement.getBoundingClientRect().top) < 60") is True


def test_a_day_that_is_kept_can_be_chosen(browser: Browser, demo: World) -> None:
    """From the list of days; one that is not kept says so, with the way back."""
    page = filled(opened(browser, demo.url))
    until(page, f"{FIELD % 'as_of'}.options.length === 3")
    assert page.run(f"[...{FIELD % 'as_of'}.options].map((one) => one.value)") == ["", "2026-11-20", "2026-11-18"]
    chosen(page, "as_of", "2026-11-18")
    until(page, "document.querySelector('.about').textContent.includes('to 2026-11-18')")
    first = heatmap(demo, "window=252&as_of=2026-11-18")["stocks"][0]
    assert page.run("document.querySelector('table.stocks tbody td:nth-child(4)').textContent") == (
        number(first["market_beta"])
    )
    page.visit(f"{demo.url}?again#/?as_of=2020-01-01")
    until(page, f"{ALERT}.includes('as of 2020-01-01 has been computed')")
    assert page.run(ROWS) == 0
    page.run("document.querySelector('.notice a').click()")
    filled(page)


def test_what_is_shown_is_downloaded(browser: Browser, demo: World) -> None:
    """As CSV with every digit, in the order shown; as PNG with a row a stock."""
    page = filled(opened(browser, f"{demo.url}#/?sector=Power&sort=SZ"), 17)
    page.run(MADE)
    press(page, "Download CSV")
    until(page, "made.length === 1")
    rows = list(csv.DictReader(io.StringIO(page.run("made[0].text()"), newline="")))
    power = sorted(
        (one for one in heatmap(demo)["stocks"] if one["sector"] == "Power"), key=lambda one: -one["betas"]["SZ"]
    )
    assert [row["ticker"] for row in rows] == [one["ticker"] for one in power]
    assert [float(row["q_values.VOL"]) for row in rows] == [one["q_values"]["VOL"] for one in power]
    press(page, "Download PNG")
    until(page, "made.length === 2")
    image = b64decode(page.run(BASE64))
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", image[16:24])
    assert width > 1500
    assert height > 2 * 22 * 17
    assert page.complaints() == []


def test_a_heatmap_never_computed_says_what_to_do_and_comes_by_itself(browser: Browser, tmp_path: Path) -> None:
    """The command for this window and source; once it has run, the stocks, without a reload."""
    with world(tmp_path) as empty:
        page = opened(browser, f"{empty.url}#/?window=126")
        until(page, f"{ALERT}.includes('compute it first')")
        assert page.run("document.querySelector('main .notice code').textContent") == (
            "factor heatmap compute --all --window 126 --source demo"
        )
        assert page.run(ROWS) == 0
        assert serious(page) == []
        assert empty.factor("heatmap", "compute", "TCS", "INFY", "--window", "126").status == 0
        filled(page, 2)
        assert page.run("document.querySelectorAll('main .notice').length") == 0
        assert page.run("shifts.reduce((sum, [value]) => sum + value, 0)") < 0.01
        assert "2 of 500 stocks" in page.run("document.querySelector('.about').textContent")
        assert page.run("document.querySelector('.old').textContent") == (
            "498 stocks are not computed yet. To compute: factor heatmap compute --all --window 126 --source demo"
        )
        assert page.complaints() == []


def test_a_run_shows_its_progress_and_what_failed(browser: Browser, demo: World) -> None:
    """Bar, time left, failures with their reasons; hostile texts are texts."""
    failures = [{"ticker": "A.NS", "code": "insufficient_history", "message": "<b>40 days</b>"},
                {"ticker": "B.NS", "code": "unknown_ticker", "message": "none"}]  # fmt: skip
    status = {"window": 252, "state": "running", "total": 500, "computed": 123, "failed": 2, "pending": 375,
              "percent": 25.0, "as_of": "2026-11-20", "started_at": "x", "updated_at": "y", "eta_seconds": 240.0,
              "failures": failures}  # fmt: skip
    page = opened(browser, "about:blank")
    answers = Answers(page, {"/heatmap/status": [(200, {"Content-Type": "application/json"}, status)]})
    page.send("Page.navigate", url=f"{demo.url}#/?sector=Power")
    answers.wait("document.querySelector('progress') !== null")
    assert page.run("[document.querySelector('progress').value, document.querySelector('progress').max]") == [125, 500]
    assert page.run("document.getElementById('run').textContent") == ("Computing: 125 of 500 stocks, about 4 min left.")
    answers.wait("document.querySelector('.failures') !== null")
    assert page.run("document.querySelector('.failures summary').textContent") == (
        "2 stocks failed: 1 too few prices, 1 unknown to the source"
    )
    assert page.run("document.querySelector('.failures .wrap').textContent") == "<b>40 days</b>"
    assert page.run(SAID) == "The heatmap is being computed."
    answers.wait(f"{ROWS} === 17")
    page.run("document.querySelector('.failures').open = true")
    assert serious(page) == []


def test_names_cannot_become_markup(browser: Browser, demo: World) -> None:
    """Whatever stands in the answer is a text: names, sectors, tickers, codes of factors, the source."""
    bad = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    shown = heatmap(demo)
    stocks = [{**stock, "ticker": f"A{place}/../&?{bad}", "name": bad, "sector": bad}
              for place, stock in enumerate(shown["stocks"][:3])]  # fmt: skip
    stocks[1] = {
        **stocks[1],
        "name": None,
        "sector": None,
        "market_beta": None,
        "betas": dict.fromkeys(shown["stocks"][0]["betas"]),
    }
    given = {**shown, "stocks": stocks, "source": bad, "sectors": [{**shown["sectors"][0], "sector": bad, "count": 3}]}
    page = opened(browser, "about:blank")
    answers = Answers(page, {"/heatmap?": [(200, {"Content-Type": "application/json"}, given)]})
    page.send("Page.navigate", url=f"{demo.url}#/?q=&where={quote('name = ' + bad)}")
    answers.wait(f"{ROWS} === 2")
    assert page.run("[...document.querySelectorAll('table.stocks tbody td')][0].textContent") == bad
    assert page.run("document.querySelector('.sectors a').textContent") == bad
    assert page.run("[window.ran, document.querySelectorAll('main img, main script').length]") == [None, 0]
    page.run("document.querySelector('table.stocks tbody a').click()")
    until(page, "location.hash.startsWith('#/stock/')")
    assert page.run("location.hash") == "#/stock/" + quote(stocks[0]["ticker"], safe="!'()*")


@pytest.mark.parametrize(
    ("status", "code", "detail", "said"),
    [
        (429, "rate_limited", "More than 10 requests.", "Too many requests in a short time: the next is sent in 2 s"),
        (503, "timeout", "This takes longer than 20 s.", "The server is still computing. It is asked again every 2 s."),
        (503, "upstream", "Yahoo does not answer.", "Yahoo does not answer. It is asked again every 2 s."),
    ],
)
def test_what_passes_by_itself_is_said_and_waited_for(
    browser: Browser, demo: World, status: int, code: str, detail: str, said: str
) -> None:
    """With the seconds that are left, counted down beside what is read out; then the heatmap."""
    headers = {"Content-Type": "application/json", "Retry-After": "2"}
    page = opened(browser, "about:blank")
    answers = Answers(page, {"/heatmap?": [(status, headers, {"detail": detail, "code": code}), None]})
    page.send("Page.navigate", url=demo.url)
    answers.wait(f"{SAID}.startsWith({json.dumps(said)})")
    assert page.run("document.getElementById('countdown').textContent") in ("2 s left", "1 s left")
    answers.wait(f"{ROWS} === 500")
    assert page.run(SAID) == ""


def test_the_limit_itself_is_met_and_waited_for(browser: Browser, demo: World) -> None:
    """Two requests in three seconds: the third is told its wait and comes."""
    with world(demo.home, rate_limit="2/3second") as limited:
        page = filled(opened(browser, limited.url))
        until(page, f"{FIELD % 'as_of'}.options.length === 3")
        chosen(page, "window", "126")
        until(page, "document.querySelector('.about').textContent.startsWith('6 months')")
        assert page.complaints() == [] or all("429" in one for one in page.complaints())


def test_a_server_that_stops_is_said_and_found_again(browser: Browser, demo: World) -> None:
    """What is shown stays; what was asked meanwhile comes when the server is back."""
    with world(demo.home) as first:
        page = filled(opened(browser, first.url))
        until(page, f"{FIELD % 'as_of'}.options.length === 3")
    chosen(page, "window", "126")
    until(page, f"{SAID}.startsWith('The server does not answer')")
    assert page.run(ROWS) == 500
    with world(demo.home, at=first.site.port):
        until(page, "document.querySelector('.about').textContent.startsWith('6 months')")
        until(page, f"{SAID} === ''")


def test_coming_back_from_a_stock_keeps_the_place(browser: Browser, demo: World) -> None:
    """The page and its table scrolled as before, without another request for the heatmap; a sort begins at the top."""
    page = filled(opened(browser, f"{demo.url}#/?sort=SZ"))
    until(page, f"{FIELD % 'as_of'}.options.length === 3")
    page.run("scrollTo(0, 500); document.querySelector('.all').scrollTop = 4000")
    until(page, "document.querySelector('.all').scrollTop === 4000")
    page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    before = [one for one in counted(page) if "/stock/" not in one]
    page.run("document.querySelector('table.stocks tbody tr:nth-child(130) a').click()")
    until(page, "document.querySelector('table.stocks') === null")
    page.run("history.back()")
    filled(page)
    until(page, "document.querySelector('.all').scrollTop === 4000 && scrollY === 500")
    assert [one for one in counted(page) if "/stock/" not in one] == before
    page.run(f"{HEADING % 'VAL'}.click()")
    assert page.run("document.querySelector('.all').scrollTop") == 0


def test_an_address_that_is_none_says_so(browser: Browser, demo: World) -> None:
    """With the way to the heatmap, and the focus at its heading; the link past the head leads to the content."""
    page = filled(opened(browser, demo.url))
    page.run("location.hash = '#/nothing'")
    until(page, f"{ALERT} === 'There is no such page.'")
    assert page.run("document.activeElement.tagName") == "H1"
    page.run("document.querySelector('main a').click()")
    filled(page)
    assert page.run("document.title") == "Heatmap · factorcli"
    assert page.run("document.activeElement.tagName") == "H1"
    page.run("document.querySelector('.skip').click()")
    assert page.run("[document.activeElement.id, location.hash]") == ["main", "#/"]


def test_two_tabs_show_two_views(browser: Browser, demo: World) -> None:
    """Neither changes the other."""
    one = filled(opened(browser, f"{demo.url}#/?sector=Power"), 17)
    other = filled(opened(browser, f"{demo.url}#/?sort=SZ"))
    other.run(f"{HEADING % 'VAL'}.click()")
    assert one.run("location.hash") == "#/?sector=Power"
    assert one.run(ROWS) == 17
    assert other.run(f"{SORTED}.map((th) => th.ariaSort)") == ["descending"]


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds that keeps people out."""
    page.run(axe_core())
    found = json.loads(page.run("axe.run().then((found) => JSON.stringify(found.violations))"))
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_heatmap_is_accessible_and_nothing_is_wider_than_the_screen(
    browser: Browser, demo: World, width: int, scheme: str
) -> None:
    """axe-core finds nothing serious; one h1; what is wider scrolls by itself."""
    page = filled(opened(browser, f"{demo.url}#/?where=SZ+%3E+0.9", width=width, scheme=scheme), _above(demo, 0.9))
    assert serious(page) == []
    assert page.run("document.querySelectorAll('h1').length") == 1
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth") is True


def _above(demo: World, size: float) -> int:
    return sum(one["betas"]["SZ"] > size for one in heatmap(demo)["stocks"])


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_jumps_while_it_loads(browser: Browser, demo: World, width: int) -> None:
    """The cumulative layout shift, from the first frame to the last row."""
    page = filled(opened(browser, demo.url, width=width))
    until(page, f"{FIELD % 'as_of'}.options.length === 3")
    shifts = page.run("shifts")
    assert sum(one[0] for one in shifts) < 0.01, shifts


def test_a_keyboard_reaches_everything(browser: Browser, demo: World) -> None:
    """First the link past the head, then the controls, the headings and the stocks, each seen to have the focus."""
    page = filled(opened(browser, f"{demo.url}#/?sector=Power"), 17)
    seen = []
    for _ in range(75):
        page.key(*TAB)
        active = "document.activeElement"
        column = f"({active}.dataset.column && 'by ' + {active}.dataset.column)"
        seen.append(page.run(f"{column} || {active}.id || {active}.className || {active}.title || "
                             f"{active}.textContent"))  # fmt: skip
        if seen[-1] != "BODY" and page.run(f"{active} !== document.body"):
            assert page.run(f"getComputedStyle({active}).outlineStyle") == "solid", seen[-1]
    assert seen[0] == "skip"
    wanted = [
        "search",
        "window",
        "as_of",
        "sector",
        "sure",
        "where",
        "by SZ",
        "by VOL",
        "by observations",
        "TATAPOWER.NS",
    ]
    assert set(wanted) <= set(seen), seen
    assert [one for one in dict.fromkeys(seen) if one in wanted] == wanted


def test_the_demo_says_that_it_is_synthetic_and_how_to_get_real_prices(
    tmp_path_factory: pytest.TempPathFactory, demo: World
) -> None:
    """Unfolded at the first visit, folded but there at the next."""
    with browsing(tmp_path_factory.mktemp("fresh")) as fresh:
        page = filled(opened(fresh, demo.url))
        said = page.run("document.querySelector('.demo').innerText")
        assert "these prices are synthetic" in said
        assert "factor serve --source yahoo" in said
        page.reload()
        filled(page)
        again = page.run("document.querySelector('.demo').innerText")
        assert "these prices are synthetic" in again
        assert "factor serve" not in again
