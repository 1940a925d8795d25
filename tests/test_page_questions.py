"""What is asked about a portfolio by a button, in a real browser: the past, hedges, trades, changes; as in the JSON."""

import json
from typing import Any

import pytest

from factorcli.results.money import money
from tests.browser import Browser, Page
from tests.page_browser import SHIFTS
from tests.page_views import (
    DONE,
    ENTER,
    FITS,
    PORTFOLIO,
    STOCK,
    cells,
    number,
    percent,
    precise,
    requests,
    serious,
    visit,
    write,
)
from tests.serving import Site

pytestmark = [pytest.mark.serve, pytest.mark.slow]

SHARES = "RELIANCE, 400\nTCS, -30\nCASH, 50000"
WEIGHTS = "RELIANCE, 60%\nTCS, 30%"
HOLDINGS = {
    SHARES: [{"ticker": "RELIANCE", "quantity": 400}, {"ticker": "TCS", "quantity": -30},
             {"ticker": "CASH", "quantity": 50000}],
    WEIGHTS: [{"ticker": "RELIANCE", "weight": 0.6}, {"ticker": "TCS", "weight": 0.3}],
}  # fmt: skip
BUSY = "document.querySelectorAll('[aria-busy=true], main .waiting').length"
LINES = "document.querySelector('main form label').textContent"
ALERT = "[...document.querySelectorAll('main [role=alert]')].map(one => one.textContent).join('')"


def shown(browser: Browser, site: Site, text: str, **how: Any) -> Page:
    """A tab with the answers about these holdings."""
    page = visit(browser, site, PORTFOLIO, **how)
    write(page, page.run(LINES), text)
    ask(page, "Show betas")
    assert page.run("document.querySelector('.stress-panel') !== null") is True, page.run(ALERT)
    return page


def ask(page: Page, name: str) -> None:
    """Press a button, as a hand does, and wait until it is answered."""
    page.run(
        f"[...document.querySelectorAll('button, summary')].find(one => one.textContent === {json.dumps(name)}).focus()"
    )
    page.key(*ENTER)
    page.wait(f"{BUSY} === 0 && {DONE}")


def posted(site: Site, name: str, text: str, **more: Any) -> Any:
    """The JSON of a question about the same holdings."""
    body = {"holdings": HOLDINGS[text], "window": 252, **more}
    reply = site.get(f"/portfolio/{name}", "POST", json.dumps(body).encode(), content_type="application/json")
    assert reply.status == 200, reply.body
    return reply.json


def between(one: dict[str, float], places: int) -> str:
    """An interval as the page writes it."""
    return f"{number(one['ci_low'], places)} to {number(one['ci_high'], places)}"


def in_points(value: float) -> str:
    """A difference of percentages."""
    return number(100 * value)


def test_the_past(browser: Browser, site: Site) -> None:
    """All known episodes with prices, what happened in them, and amounts; own days; a day that is missing is said."""
    page = shown(browser, site, SHARES)
    before = len(requests(page))
    ask(page, "Show the past")
    assert sorted(requests(page)[before:]) == ["/model", "/portfolio/episodes"]
    found = posted(site, "episodes", SHARES)
    notes = {one["name"]: one["note"] for one in site.get("/model").json["episodes"]}
    table = cells(page, "Episodes of the past")
    assert list(table) == [one["episode"] for one in found]
    for one in found:
        worst = one["worst_day"]
        assert table[one["episode"]] == [
            percent(one["own"], sign=True), money(one["value_change"], "INR"), percent(one["model"], sign=True),
            percent(one["max_drawdown"], sign=True), percent(worst["return"], sign=True), worst["date"],
            one["from"], one["to"], notes[one["episode"]],
        ]  # fmt: skip
    factors = cells(page, "What the factors did")
    for one in found:
        assert factors[one["episode"]] == [percent(value, sign=True) for value in one["factor_returns"].values()]
    write(page, "From (all known episodes if empty)", "2025-04-01")
    ask(page, "Show the past")
    assert "Give both days" in page.run(ALERT)
    write(page, "To", "2025-04-30")
    ask(page, "Show the past")
    (own,) = posted(site, "episodes", SHARES, episodes=["2025-04-01:2025-04-30"])
    assert cells(page, "Episodes of the past")["2025-04-01:2025-04-30"][0] == percent(own["own"], sign=True)
    assert page.complaints() == []


def test_a_hedge_in_whole_contracts(browser: Browser, site: Site) -> None:
    """Lots, prices and what cannot be sold; an instrument without a lot is named."""
    page = shown(browser, site, SHARES)
    write(page, "With (tickers)", "^nsei, mid150bees.ns")
    write(page, "Lots, for whole contracts (optional)", "^NSEI, 5, 20,000")
    ask(page, "Show hedge")
    assert "add it with the size of its lot" in page.run(ALERT)
    write(page, "Lots, for whole contracts (optional)", "^NSEI, 5, 20,000\nMID150BEES.NS, 10, , no")
    ask(page, "Show hedge")
    lots = [{"ticker": "^NSEI", "lot": 5, "price": 20000}, {"ticker": "MID150BEES.NS", "lot": 10, "short": False}]
    found = posted(site, "hedge", SHARES, **{"with": ["^NSEI", "MID150BEES.NS"]}, lots=lots)
    table = cells(page, "What to hold")
    for one in found["instruments"]:
        row = table[one["ticker"]]
        assert row[3] == number(one["ratio"]["estimate"])
        assert row[:3] == [f"{one['lots']:,}".replace("-", "−"), f"{one['lot_size']:g}", money(one["notional"], "INR")]
    assert found["instruments"][0]["lots"] < 0
    text = page.run("document.querySelector('#hedge').textContent")
    assert f"({percent(found['volatility']['after'])} if lots could be split)" in text
    assert page.complaints() == []


def test_a_portfolio_of_weights_is_worth_what_its_reader_says(browser: Browser, site: Site) -> None:
    """Amounts of the stress, the hedge and the past; no further request; whole lots need it."""
    page = shown(browser, site, WEIGHTS)
    assert "₹" not in page.run("document.querySelector('.stress-panel').textContent")
    write(page, "Lots, for whole contracts (optional)", "^NSEI 2")
    ask(page, "Show hedge")
    assert "write it in the field Worth above" in page.run(ALERT)
    before = len(requests(page))
    write(page, "Worth in ₹, if given in per cent", "10 lakh")
    page.run("document.activeElement.dispatchEvent(new Event('change'))")
    page.wait("document.querySelector('.stress-panel .headline').textContent.includes('₹')")
    change = page.run("Number(document.querySelector('.stress-panel .headline').dataset.change)")
    headline = page.run("document.querySelector('.stress-panel .headline').textContent")
    assert f"about {money(abs(change) * 1e6, 'INR')} of ₹10,00,000" in headline
    assert len(requests(page)) == before
    ask(page, "Show hedge")
    lots = [{"ticker": "^NSEI", "lot": 2}]
    found = posted(site, "hedge", WEIGHTS, **{"with": ["^NSEI"]}, value=1e6, lots=lots)
    assert cells(page, "What to hold")["^NSEI"][2] == money(found["instruments"][0]["notional"], "INR")
    ask(page, "Show the past")
    first = posted(site, "episodes", WEIGHTS)[0]
    assert cells(page, "Episodes of the past")[first["episode"]][1] == money(first["own"] * 1e6, "INR")
    write(page, "Worth in ₹, if given in per cent", "much")
    page.run("document.activeElement.dispatchEvent(new Event('change'))")
    page.wait(f"{ALERT}.includes('“much” is not an amount')")
    assert page.run("document.activeElement.getAttribute('aria-invalid')") == "true"
    assert page.complaints() == []


def test_trades_and_the_holdings_afterwards(browser: Browser, site: Site) -> None:
    """The same by both; a broker's table is read by the server, plain lines are not."""
    page = shown(browser, site, SHARES)
    write(page, "Trades, in per cent of the value", "RELIANCE -100sh")
    ask(page, "Show change")
    _check_what_if(page, posted(site, "whatif", SHARES, trades={"RELIANCE": "-100sh"}))
    page.run("document.querySelector('details.other').open = true")
    label = "The holdings afterwards, a line each"
    field = "document.querySelector('details.other textarea').value"
    assert page.run(field) == "RELIANCE.NS, 400\nTCS.NS, -30\nCASH, 50000"
    write(page, "Trades, in per cent of the value", "")
    page.run("document.querySelector('#whatif .asked').remove()")
    before = len(requests(page))
    write(page, label, "RELIANCE, 300\nTCS, -30\nITC, 100\nCASH, 60000")
    ask(page, "Show change to these")
    assert requests(page)[before:] == ["/portfolio/whatif"]
    to = [{"ticker": "RELIANCE", "quantity": 300}, {"ticker": "TCS", "quantity": -30},
          {"ticker": "ITC", "quantity": 100}, {"ticker": "CASH", "quantity": 60000}]  # fmt: skip
    _check_what_if(page, posted(site, "whatif", SHARES, to=to))
    before = len(requests(page))
    write(page, label, "Symbol,Qty.\nITC-EQ,100\n")
    ask(page, "Show change to these")
    assert requests(page)[before:] == ["/portfolio/read", "/portfolio/whatif"]
    _check_what_if(page, posted(site, "whatif", SHARES, to=[{"ticker": "ITC", "quantity": 100}]))
    write(page, label, "nothing, of, use")
    ask(page, "Show change to these")
    assert page.run(ALERT).strip() != ""
    assert page.run(field) == "nothing, of, use"
    assert page.complaints() == []


def _check_what_if(page: Page, found: dict[str, Any]) -> None:
    table = cells(page, "Before and after")
    before, after, change = found["original"], found["rebalanced"], found["change"]
    rows = {"the market": (before["market_beta"], after["market_beta"], change["market_beta"])}
    rows |= {code: (before["betas"][code], after["betas"][code], one) for code, one in change["betas"].items()}
    for name, (old, new, one) in rows.items():
        places = precise(one)
        assert table[name][:4] == [*(number(value, places) for value in (old, new, one["estimate"])),
                                   between(one, places)]  # fmt: skip
    for name, label, places in (("volatility", "volatility a year", 1), ("value_at_risk", "loss of a bad day", 2)):
        assert table[label][:3] == [*(percent(one[name], places) for one in (before, after)), in_points(change[name])]
    trades = cells(page, "Trades")
    for one in found["trades"]:
        row = trades[one["ticker"]]
        signed = "+" if one["amount"] >= 0.5 else ""
        assert row[2:] == [f"{signed}{money(one['amount'], 'INR')}", percent(one["from"]), percent(one["to"]),
                           percent(one["to"] - one["from"], sign=True)]  # fmt: skip


def test_what_has_changed(browser: Browser, site: Site) -> None:
    """Against the window of a year before, and of a day; both betas, the change and its interval."""
    page = shown(browser, site, WEIGHTS)
    for since in ("", "2026-08-20"):
        write(page, "Against the window that ended on", since)
        ask(page, "Show changes")
        found = posted(site, "drift", WEIGHTS, **({"since": since} if since else {}))
        table = cells(page, "252 sessions to")
        for name, one in {"the market": found["market"], **found["changes"]}.items():
            places = precise(one, one["before"], one["after"])
            assert table[name][:4] == [number(one["before"], places), number(one["after"], places),
                                       number(one["estimate"], places), between(one, places)]  # fmt: skip
        caption = f"252 sessions to {found['to_as_of']} (after), against those to {found['from_as_of']} (before)"
        assert caption in page.run("document.querySelector('#drift').textContent")
    write(page, "Against the window that ended on", "1999-01-01")
    ask(page, "Show changes")
    assert page.run(ALERT).strip() != ""
    assert page.complaints() == []


def test_what_was_asked_outlives_the_view(browser: Browser, site: Site) -> None:
    """Answers and scenario after back; after another window what was typed, and the answers are of that window."""
    page = shown(browser, site, SHARES)
    write(page, "Trades, in per cent of the value", "TCS +5%")
    ask(page, "Show change")
    write(page, "SZ", "-12")
    page.run("document.activeElement.dispatchEvent(new Event('change'))")
    change = "document.querySelector('.stress-panel .headline').dataset.change"
    kept, count = page.run(change), len(requests(page))
    page.run(f"location.hash = {json.dumps(STOCK)}")
    page.wait(f"document.querySelector('h1')?.textContent === 'RELIANCE.NS' && {DONE}")
    page.run("history.back()")
    page.wait(f"document.querySelector('textarea') && document.querySelector('.stress-panel') && {DONE}")
    assert page.run(change) == kept
    assert "TCS.NS" in cells(page, "Trades")
    assert [path for path in requests(page)[count:] if path.startswith("/portfolio")] == []
    page.run("""{ const window = [...document.querySelectorAll('select')].find(one => one.value === '252');
      window.value = '126'; window.dispatchEvent(new Event('change')); }""")
    page.wait(f"document.querySelector('#exposures')?.textContent.includes('126') && {BUSY} === 0 && {DONE}")
    assert page.run("location.hash") == "#/portfolio?window=126"
    assert cells(page, "Trades") == {}
    assert page.run("document.querySelector('#whatif input').value") == "TCS +5%"
    assert page.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_answers_are_accessible_and_fit(browser: Browser, site: Site, width: int, scheme: str) -> None:
    """All of them asked: nothing serious, nothing wider than the screen; nothing jumps but by the reader's doing."""
    page = shown(browser, site, SHARES, width=width, scheme=scheme, before=SHIFTS)
    for name in ("Show the past", "Show hedge", "Show changes"):
        ask(page, name)
    write(page, "Lots, for whole contracts (optional)", "^NSEI, 1")
    ask(page, "Show hedge")
    ask(page, "Or write the holdings afterwards")
    ask(page, "Show change to these")
    assert serious(page) == []
    assert page.run(FITS) is True
    assert page.run("window.shifts.reduce((sum, one) => sum + one[0], 0)") < 0.1


def test_pictures_have_the_numbers_of_the_answers(browser: Browser, site: Site) -> None:
    """Of betas, holdings, risk, return, the past and changes; no request more; nothing that the policy forbids."""
    page = shown(browser, site, SHARES)
    assert requests(page) == [f"/portfolio/{name}" for name in ("read", "betas", "decompose", "stress")]
    for name in ("Show the past", "Show changes"):
        ask(page, name)
    page.wait("document.querySelectorAll('.chart svg').length === 6")
    texts = lambda of: page.run(f"[...document.querySelectorAll('#{of} .chart svg text')].map(one => one.textContent)")  # noqa: E731
    betas, parts = posted(site, "betas", SHARES), posted(site, "decompose", SHARES)
    fit = betas["market_model"]
    assert f"{number(fit['beta'])} ({number(fit['ci_low'])} to {number(fit['ci_high'])})" in texts("exposures")
    assert {percent(one["risk_contribution"]) for one in betas["portfolio"]["holdings"]} <= set(texts("holdings"))
    assert percent(parts["contributions"]["MKT"], sign=True) in texts("risk")
    assert percent(parts["attribution"]["linked"]["total"], 2, sign=True) in texts("return")
    past = posted(site, "episodes", SHARES)[0]
    assert f"{percent(past['own'], sign=True)} (model {percent(past['model'], sign=True)})" in texts("past")
    market = posted(site, "drift", SHARES)["market"]
    assert any(one.startswith(f"{number(market['before'])} → {number(market['after'])}") for one in texts("drift"))
    assert page.complaints() == []
