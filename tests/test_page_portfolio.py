"""A portfolio on the page, in a real browser: typed, dropped, refused; its answers, and where its holdings stay."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.page_browser import counted
from tests.page_views import (
    DONE,
    ENTER,
    FITS,
    PORTFOLIO,
    STOCK,
    cells,
    digits,
    number,
    percent,
    precise,
    press,
    quiet,
    requests,
    serious,
    visit,
    write,
)
from tests.serving import Site

pytestmark = [pytest.mark.serve, pytest.mark.slow]

HELD = "RELIANCE, 50\nHDFCBANK, 120\nTCS, -20\nCASH, 50000"


def test_a_portfolio_is_typed_and_answered(browser: Browser, site: Site) -> None:
    """Betas, risk by holding and a stress against the JSON; four requests; kept in the session alone."""
    page = visit(browser, site, PORTFOLIO)
    write(page, page.run("document.querySelector('main form label').textContent"), HELD)
    press(page, "Show betas")
    page.wait(f"document.querySelector('.stress-panel') !== null && {DONE}")
    names = ["read", "betas", "decompose", "stress"]
    assert requests(page) == [f"/portfolio/{name}" for name in names]
    pairs = [line.split(", ") for line in HELD.splitlines()]
    body = {"holdings": [{"ticker": ticker, "quantity": float(amount)} for ticker, amount in pairs], "window": 252}
    betas = _posted(site, "betas", body)
    exposures = cells(page, "Exposures")
    for code, fit in betas["betas"].items():
        assert exposures[code][0] == number(fit["beta"], digits(fit["beta"]))
    held = cells(page, "Holdings, the largest")
    for one in betas["portfolio"]["holdings"]:
        assert held[one["ticker"]][2:4] == [percent(one["weight"]), percent(one["risk_contribution"])]
    write(page, "SZ", "-12")
    page.key(*ENTER)
    stress = _posted(site, "stress", {**body, "shocks": {"MKT": -0.1, "SZ": -0.12}})
    change = page.run("Number(document.querySelector('.stress-panel .headline').dataset.change)")
    assert change == pytest.approx(stress["change"], abs=1e-9)
    by_holding = cells(page, "The change of each holding")
    for one in stress["holdings"]:
        assert by_holding[one["ticker"]][1] == percent(one["change"], sign=True)
    assert page.run("JSON.stringify(localStorage)").count("HDFCBANK") == 0
    assert page.run("document.cookie") == ""
    assert page.run("location.href").count("HDFCBANK") == 0
    page.run(f"location.hash = {json.dumps(STOCK)}")
    page.wait(f"document.querySelector('h1')?.textContent === 'RELIANCE.NS' && {DONE}")
    page.run("history.back()")
    page.wait(
        f"document.querySelector('textarea') !== null && document.querySelector('.stress-panel') !== null && {DONE}"
    )
    assert [path for path in requests(page) if path.startswith("/portfolio")] == [
        f"/portfolio/{name}" for name in names
    ]
    quiet(page)


def test_a_visit_stays_below_the_limit(browser: Browser, site: Site) -> None:
    """A heatmap, three stocks and a portfolio: at most nine requests that are counted."""
    page = visit(browser, site, "#/", done="document.querySelectorAll('table.stocks tbody tr').length === 500")
    for ticker in ("RELIANCE.NS", "TCS.NS", "ITC.NS"):
        page.run(f"location.hash = '#/stock/{ticker}'")
        page.wait(f"document.querySelector('h1')?.textContent === '{ticker}' && {DONE}")
    page.run(f"location.hash = '{PORTFOLIO}'")
    page.wait("document.querySelector('textarea') !== null")
    press(page, "An example")
    press(page, "Show betas")
    page.wait(f"document.querySelector('.stress-panel') !== null && {DONE}")
    assert len(counted(page)) <= 9, counted(page)


def test_two_tabs_have_a_portfolio_each(browser: Browser, site: Site) -> None:
    """Nothing of one is in the other; a tab that is loaded again has its own."""
    pages = [visit(browser, site, PORTFOLIO) for _ in range(2)]
    label = pages[0].run("document.querySelector('main form label').textContent")
    for page, text in zip(pages, ("TCS, 1", "ITC, 2"), strict=True):
        write(page, label, text)
    for page, text in zip(pages, ("TCS, 1", "ITC, 2"), strict=True):
        page.run("window.before = true; location.reload()")
        page.wait("window.before === undefined && document.querySelector('textarea') !== null")
        assert page.run("document.querySelector('textarea').value") == text


def test_a_portfolio_is_compared_with_a_benchmark(browser: Browser, site: Site) -> None:
    """Its exposures beyond the benchmark's, and how far it is from it."""
    page = visit(browser, site, PORTFOLIO)
    write(page, page.run("document.querySelector('main form label').textContent"), "RELIANCE, 60%\nITC, 40%")
    write(page, "Compare with (optional)", "^nsei")
    press(page, "Show betas")
    page.wait(f"document.querySelector('.stress-panel') !== null && {DONE}")
    held = [{"ticker": "RELIANCE", "weight": 0.6}, {"ticker": "ITC", "weight": 0.4}]
    active = _posted(site, "betas", {"holdings": held, "window": 252, "benchmark": "^NSEI"})["active"]
    shown = cells(page, "Exposures beyond those of ^NSEI")
    betas = {**active["betas"], "the market": active["market_beta"]}
    assert {code: row[0] for code, row in shown.items() if row[0]} == {
        code: number(one["estimate"], precise(one)) for code, one in betas.items()
    }
    assert {code: row[3] for code, row in shown.items() if row[3]} == {
        {"idiosyncratic": "its own"}.get(code, code): percent(share, sign=True)
        for code, share in active["contributions"].items()
    }
    text = page.run("document.querySelector('main').textContent")
    assert f"Tracking error {percent(active['tracking_error'])} a year" in text
    quiet(page)


def _posted(site: Site, name: str, body: dict[str, Any]) -> Any:
    reply = site.get(f"/portfolio/{name}", "POST", json.dumps(body).encode(), content_type="application/json")
    assert reply.status == 200, reply.body
    return reply.json


def test_a_file_is_dropped_hedged_traded_and_reported(browser: Browser, site: Site, tmp_path: Path) -> None:
    """A table as brokers give it, with other headings; then the hedge, a trade, and the report as a file."""
    page = visit(browser, site, PORTFOLIO)
    drop(
        page,
        "holdings.csv",
        "Symbol,ISIN,Qty.,Avg. cost,LTP\nRELIANCE,INE002A01018,50,2400,2500\nTCS,INE467B01029,10,3,4\n",
    )
    page.wait("document.querySelector('textarea').value !== ''")
    assert page.run("document.querySelector('textarea').value").count("\n") == 1
    press(page, "Show betas")
    page.wait(f"document.querySelector('.stress-panel') !== null && {DONE}")
    assert requests(page).count("/portfolio/read") == 1
    press(page, "Show hedge")
    page.wait("[...document.querySelectorAll('caption')].some(one => one.textContent === 'What to hold')")
    body = {"holdings": [{"ticker": "RELIANCE", "quantity": 50.0}, {"ticker": "TCS", "quantity": 10.0}], "window": 252}
    hedge = _posted(site, "hedge", {**body, "with": ["^NSEI"]})
    assert cells(page, "What to hold")["^NSEI"][1] == number(hedge["instruments"][0]["ratio"]["estimate"])
    write(page, "Trades, in per cent of the value", "RELIANCE -5, CASH 5%")
    press(page, "Show change")
    page.wait("[...document.querySelectorAll('caption')].some(one => one.textContent === 'Before and after')")
    whatif = _posted(site, "whatif", {**body, "trades": {"RELIANCE": "-5%", "CASH": "5%"}})
    places = precise(whatif["change"]["market_beta"])
    assert cells(page, "Before and after")["the market"][:2] == [
        number(whatif[when]["market_beta"], places) for when in ("original", "rebalanced")
    ]
    page.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    press(page, "Report as a file")
    page.wait((tmp_path / "portfolio.html").exists)
    assert (tmp_path / "portfolio.html").read_bytes().lower().startswith(b"<!doctype html>")
    quiet(page)


def drop(page: Page, name: str, content: str) -> None:
    """Drop a file on the form."""
    page.run(f"""{{ const data = new DataTransfer();
      data.items.add(new File([{json.dumps(content)}], {json.dumps(name)}, {{ type: 'text/csv' }}));
      document.querySelector('main form').dispatchEvent(new DragEvent('drop',
        {{ dataTransfer: data, bubbles: true, cancelable: true }})); }}""")


ALERT = "[...document.querySelectorAll('[role=alert]')].map(one => one.textContent).join(' ')"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("big.csv", "ticker,weight\n" + "RELIANCE,0.001\n" * 20_000, "has 293 kB, and at most 256 kB are taken"),
        ("<script>alert(1)</script>.csv", "ticker,weight\n<script>window.ran=1</script>,0.5\n", ""),
        ("formula.csv", "ticker,quantity\n=HYPERLINK(1),5\n", ""),
        ("nan.csv", "ticker,quantity\nRELIANCE,NaN\n", ""),
        ("nothing.csv", "", ""),
        ("bytes.csv", "\x00\x01\x02", ""),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence(
    browser: Browser, site: Site, name: str, content: str, says: str
) -> None:
    """Nothing of it becomes markup, and a file that is too large is not even sent."""
    page = visit(browser, site, PORTFOLIO)
    drop(page, name, content)
    page.wait(f"({ALERT}).trim() !== '' || document.querySelector('textarea').value !== ''", 10)
    if page.run(f"({ALERT}).trim() === ''"):  # it was read, and its ticker is refused
        press(page, "Show betas")
        page.wait(f"({ALERT}).trim() !== ''", 10)
    assert says in page.run(ALERT)
    assert page.run("window.ran === undefined && document.querySelector('main script') === null") is True
    assert (requests(page) == []) is (name == "big.csv")


def test_too_many_holdings_are_refused_with_a_sentence(browser: Browser, site: Site) -> None:
    """A thousand and one, typed."""
    page = visit(browser, site, PORTFOLIO)
    label = page.run("document.querySelector('main form label').textContent")
    write(page, label, "\n".join(f"X{i}, 1" for i in range(1001)))
    press(page, "Show betas")
    page.wait(f"({ALERT}).trim() !== ''")
    assert page.run("document.activeElement.tagName") == "TEXTAREA"
    assert page.run("document.querySelector('textarea').getAttribute('aria-invalid')") == "true"
    write(page, label, "")
    press(page, "Show betas")
    page.wait(f"({ALERT}).includes('Write or drop your holdings first')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_portfolio_is_accessible_and_fits(browser: Browser, site: Site, width: int, scheme: str) -> None:
    """axe-core finds nothing serious; one h1; nothing is wider than the screen but what scrolls by itself."""
    page = visit(browser, site, PORTFOLIO, width=width, scheme=scheme)
    press(page, "An example")
    press(page, "Show betas")
    page.wait(f"document.querySelector('.stress-panel') !== null && {DONE}")
    assert serious(page) == []
    assert page.run("document.querySelectorAll('h1').length") == 1
    assert page.run(FITS) is True
