"""Holdings on the page, in a real browser: what is typed and dropped is never lost, whatever the server says."""

import json
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.page_browser import Answers
from tests.page_views import DONE, ENTER, PORTFOLIO, TAB, cells, press, requests, visit, write
from tests.price_files import workbook
from tests.serving import Site

pytestmark = [pytest.mark.serve, pytest.mark.slow]

TEXT = "document.querySelector('textarea').value"
ALERT = "[...document.querySelectorAll('main [role=alert]')].map(one => one.textContent).join('').trim()"
SAID = "[...document.querySelectorAll('main form [role=status]')].map(one => one.textContent).join(' ')"
STATUS = "document.querySelector('.status').textContent"
ANSWERED = f"document.querySelector('.stress-panel') !== null && {DONE}"
HELD = "RELIANCE, 50\nTCS, 20"


def typed(page: Page, text: str) -> None:
    """Write holdings."""
    write(page, page.run("document.querySelector('main form label').textContent"), text)


def asked(page: Page, text: str) -> None:
    """Write holdings and wait for their answers."""
    typed(page, text)
    press(page, "Show betas")
    page.wait(f"{ANSWERED} || {ALERT} !== ''")
    assert page.run(ALERT) == ""


def dropped(page: Page, data: dict[str, bytes], on: str = "main h1") -> None:
    """Drop files on an element."""
    files = json.dumps({name: list(content) for name, content in data.items()})
    page.run(f"""{{ const data = new DataTransfer();
      for (const [name, bytes] of Object.entries({files})) data.items.add(new File([new Uint8Array(bytes)], name));
      document.querySelector({json.dumps(on)}).dispatchEvent(new DragEvent('drop',
        {{ dataTransfer: data, bubbles: true, cancelable: true }})); }}""")


def test_a_file_is_taken_wherever_it_is_dropped(browser: Browser, site: Site) -> None:
    """A workbook beside the form; what was there can be had back; that only the first of two is read is said."""
    page = visit(browser, site, PORTFOLIO)
    typed(page, "ITC, 7")
    book = workbook({"Holdings": [["Symbol", "Quantity", "LTP"], ["RELIANCE", 50, 2500], ["TCS", 20, 3000]]})
    dropped(page, {"mine.xlsx": book, "other.csv": b"ticker,quantity\nTCS,1\n"})
    page.wait(f"{TEXT} === 'RELIANCE.NS, 50\\nTCS.NS, 20'")
    assert "mine.xlsx: 2 holdings read, by quantity." in page.run(SAID)
    assert "1 other file not read" in page.run(SAID)
    press(page, "Put back what was there")
    assert page.run(TEXT) == "ITC, 7"
    assert page.run("sessionStorage.getItem('factorcli.holdings')") == "ITC, 7"
    assert page.complaints() == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "photo.png is not a text file"),
        ("empty.csv", b"", "empty.csv is empty"),
        ("broken.xlsx", b"PK\x03\x04" + b"junk" * 100, "broken.xlsx is a damaged workbook"),
        ("<b>.csv", b"ticker,quantity\n<b>,5\n", "<b>.csv, line 2: '<b>' is not a ticker"),
        ("statement.pdf", b"%PDF-1.4 of anything", "statement.pdf has no column ticker"),
    ],
)
def test_a_file_that_is_none_is_called_by_its_name(
    browser: Browser, site: Site, name: str, content: bytes, says: str
) -> None:
    """In one sentence; what was typed stays."""
    page = visit(browser, site, PORTFOLIO)
    typed(page, "ITC, 7")
    dropped(page, {name: content}, "main form")
    page.wait(f"{ALERT} !== ''")
    assert page.run(ALERT).startswith(says)
    assert page.run(TEXT) == "ITC, 7"


def test_a_text_is_dropped(browser: Browser, site: Site) -> None:
    """Beside the fields it is added to what is there; in a field the browser puts it where it falls."""
    page = visit(browser, site, PORTFOLIO)
    typed(page, "TCS, 5\n")
    drop = """(() => { const data = new DataTransfer(); data.setData('text/plain', 'ITC, 9');
      return document.querySelector('%s').dispatchEvent(new DragEvent('drop',
        { dataTransfer: data, bubbles: true, cancelable: true })); })()"""
    assert page.run(drop % "main form p") is False
    assert page.run(TEXT) == "TCS, 5\nITC, 9"
    assert page.run(drop % "textarea") is True  # left to the browser


@pytest.mark.parametrize(
    ("text", "says", "sent"),
    [
        ("TCS 5\n\nRELIANCE, NaN", "Line 3, “RELIANCE, NaN”, is not a ticker and a number", []),
        ("RELIANCE,50,240", "can be read in more than one way", []),
        ("\nTCS, 5\n\nITC, 99999999999999999999", "line 4: '99999999999999999999' is not a quantity", ["read"]),
        ("<img src=x onerror=alert(1)>, 5", "line 1: '<img src=x onerror=alert(1)>'", ["read"]),
        ('=HYPERLINK("http://x"), 5', "names that are of no stock", ["read"]),
        ("RELIANC, 5", "Did you mean RELIANCE.NS?", ["read", "betas"]),
        ("TCS, -5", "weights need a positive value", ["read", "betas"]),
    ],
)
def test_a_text_that_is_none_stays_and_is_explained(
    browser: Browser, site: Site, text: str, says: str, sent: list[str]
) -> None:
    """By the line of the text; also after another view, where nothing is asked again."""
    page = visit(browser, site, PORTFOLIO)
    typed(page, text)
    press(page, "Show betas")
    page.wait(f"{ALERT} !== ''")
    assert says in page.run(ALERT)
    assert requests(page) == [f"/portfolio/{name}" for name in sent]
    assert page.run("document.activeElement.tagName") == "TEXTAREA"
    page.run("location.hash = '#/nowhere'")
    page.wait("document.querySelector('textarea') === null")
    page.run("history.back()")
    page.wait("document.querySelector('textarea') !== null")
    assert page.run(TEXT) == text
    assert len(requests(page)) == len(sent)
    assert page.run("document.querySelector('main img') === null") is True


def test_what_is_below_is_said_to_be_of_other_holdings(browser: Browser, site: Site) -> None:
    """While the text is another one."""
    page = visit(browser, site, PORTFOLIO)
    asked(page, HELD)
    typed(page, f"{HELD}\nITC, 5")
    assert "The numbers below are of the holdings as they were" in page.run(SAID)
    typed(page, HELD)
    assert "as they were" not in page.run(SAID)


def test_a_benchmark_that_is_none(browser: Browser, site: Site) -> None:
    """Its field is the one to mend."""
    page = visit(browser, site, PORTFOLIO)
    write(page, "Compare with (optional)", "^NOSUCH")
    typed(page, HELD)
    press(page, "Show betas")
    page.wait(f"{ALERT}.includes('^NOSUCH')")
    assert page.run("document.activeElement.value") == "^NOSUCH"
    assert page.run("document.activeElement.getAttribute('aria-invalid')") == "true"


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (429, "rate_limited", "Too many requests in a short time: the next is sent in 2 s, by itself."),
        (503, "timeout", "The server is still computing. It is asked again every 2 s."),
    ],
)
def test_what_passes_is_waited_for_and_said(browser: Browser, site: Site, status: int, code: str, says: str) -> None:
    """Too many requests, and work that goes on, of the betas and of a hedge."""
    page = visit(browser, site, PORTFOLIO)
    body = {"detail": "Wait.", "code": code}
    wait: Any = (status, {"Retry-After": "2", "Content-Type": "application/json"}, body)
    answers = Answers(page, {"portfolio/betas": [wait, None], "portfolio/hedge": [wait, None]})
    typed(page, HELD)
    press(page, "Show betas")
    answers.wait(f"{STATUS}.includes({json.dumps(says)})")
    answers.wait(ANSWERED)
    press(page, "Show hedge")
    answers.wait(f"{STATUS}.includes({json.dumps(says)})")
    answers.wait("document.querySelector('#hedge table') !== null")
    assert page.run(ALERT) == ""


def test_a_network_that_is_gone_and_back(browser: Browser, site: Site) -> None:
    """In the middle of a question: it is said, nothing is lost, and the answer comes by itself."""
    page = visit(browser, site, PORTFOLIO)
    asked(page, HELD)
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.send("Network.emulateNetworkConditions", offline=True, **network)
    typed(page, f"{HELD}\nITC, 5")
    press(page, "Show betas")
    page.wait(f"{STATUS}.includes('It is asked again by itself.')")
    assert page.run(TEXT) == f"{HELD}\nITC, 5"
    assert list(cells(page, "Holdings, the largest")) == ["RELIANCE.NS", "TCS.NS", "total"]
    page.send("Network.emulateNetworkConditions", offline=False, **network)
    page.wait(f"{ANSWERED} && document.querySelector('#holdings').textContent.includes('ITC.NS')")
    assert page.run(ALERT) == ""


def test_a_view_that_is_left_before_its_answer(browser: Browser, site: Site) -> None:
    """It is asked again when it is shown again; where that fails, the holdings are still there to be mended."""
    page = visit(browser, site, PORTFOLIO)
    later: Any = (
        503,
        {"Retry-After": "60", "Content-Type": "application/json"},
        {"detail": "Wait.", "code": "timeout"},
    )
    failed: Any = (422, {"Content-Type": "application/json"}, {"detail": "Too short.", "code": "insufficient_history"})
    answers = Answers(page, {"portfolio/betas": [later, failed, None]})
    typed(page, HELD)
    press(page, "Show betas")
    answers.wait(f"{STATUS}.includes('The server is still computing.')")
    page.run("location.hash = '#/nowhere'")
    answers.wait("document.querySelector('textarea') === null")
    page.run("history.back()")
    answers.wait(f"{ALERT} === 'Too short.'")
    assert page.run(TEXT) == HELD
    press(page, "Show betas")
    answers.wait(ANSWERED)


def test_a_part_that_fails_leaves_the_others(browser: Browser, site: Site) -> None:
    """Its sections say why."""
    page = visit(browser, site, PORTFOLIO)
    failed: Any = (500, {"Content-Type": "application/json"}, {"detail": "It broke.", "code": "internal"})
    answers = Answers(page, {"portfolio/decompose": [failed], "portfolio/drift": [failed]})
    typed(page, HELD)
    press(page, "Show betas")
    answers.wait(ANSWERED)
    assert page.run("[...document.querySelectorAll('#risk, #return')].map(one => one.textContent)") == [
        "What its risk is made ofIt broke.",
        "Where its return came fromIt broke.",
    ]
    press(page, "Show changes")
    answers.wait(f"{ALERT}.endsWith('It broke.') && document.querySelectorAll('.waiting').length === 0")
    assert list(cells(page, "Holdings, the largest")) == ["RELIANCE.NS", "TCS.NS", "total"]


def test_the_keyboard_is_enough(browser: Browser, site: Site) -> None:
    """From the field to the answer of each question by Tab and Enter; the focus stays where it was."""
    page = visit(browser, site, PORTFOLIO)
    page.run("document.querySelector('textarea').focus()")
    page.type(HELD)
    reached = []
    for _ in range(90):
        page.key(*TAB)
        name = page.run("document.activeElement.type === 'submit' ? document.activeElement.textContent : ''")
        if not name:
            continue
        page.key(*ENTER)
        page.wait("document.querySelectorAll('[aria-busy=true], main .waiting').length === 0")
        assert page.run("document.activeElement.textContent") == name
        reached.append(name)
        if name == "Show changes":
            break
    assert reached == ["Show betas", "Show the past", "Show hedge", "Show change", "Show changes"]
    assert page.run(ALERT) == "Write at least one trade, such as RELIANCE -5%."


@pytest.mark.parametrize("held", [1, 500])
def test_few_and_many_holdings(browser: Browser, site: Site, held: int) -> None:
    """All are in the table, which does not make the page long."""
    tickers = [one["ticker"] for one in site.get("/heatmap").json["stocks"]][:held]
    page = visit(browser, site, PORTFOLIO)
    asked(page, "\n".join(f"{ticker}, {i}" for i, ticker in enumerate(tickers, start=1)))
    assert set(cells(page, "Holdings, the largest")) == {*tickers, "total"}
    page.wait("document.querySelectorAll('.chart').length === document.querySelectorAll('.chart svg').length")
    assert page.run("document.documentElement.scrollHeight") < 11_000
