"""The heatmap of the page in a real browser: what it shows, sorts, filters, downloads and says."""

import csv
import io
import struct
from base64 import b64decode
from urllib.parse import quote

import pytest

from factorcli.render.text import number, percent
from tests.browser import Browser
from tests.page_browser import (
    ALERT,
    FIELD,
    HEADING,
    ROWS,
    SORTED,
    TICKERS,
    Answers,
    World,
    chosen,
    counted,
    filled,
    heatmap,
    opened,
    until,
)  # fmt: skip
from tests.page_views import ENTER, press

pytestmark = [pytest.mark.serve, pytest.mark.slow]

MADE = """window.made = []; const original = URL.createObjectURL.bind(URL);
URL.createObjectURL = (blob) => { made.push(blob); return original(blob); };"""
BASE64 = """new Promise((done) => { const reader = new FileReader();
reader.onload = () => done(reader.result.split(",")[1]); reader.readAsDataURL(made.at(-1)); })"""


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


def test_two_tabs_show_two_views(browser: Browser, demo: World) -> None:
    """Neither changes the other."""
    one = filled(opened(browser, f"{demo.url}#/?sector=Power"), 17)
    other = filled(opened(browser, f"{demo.url}#/?sort=SZ"))
    other.run(f"{HEADING % 'VAL'}.click()")
    assert one.run("location.hash") == "#/?sector=Power"
    assert one.run(ROWS) == 17
    assert other.run(f"{SORTED}.map((th) => th.ariaSort)") == ["descending"]
