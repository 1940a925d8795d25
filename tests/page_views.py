"""The page in a real browser: tabs on its views, its fields, tables and requests, and how it writes numbers."""

import json
from urllib.parse import urlsplit

from tests.browser import Browser, Page, axe_core
from tests.serving import Site

STOCK, STRESS, PORTFOLIO = "#/stock/RELIANCE.NS", "#/stress/RELIANCE.NS", "#/portfolio"
DONE = "document.querySelector('main h1') !== null && document.querySelectorAll('main .waiting').length === 0"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
WORDS = {"MKT": "Market", "VAL": "Value", "MOM": "Momentum", "SZ": "Size", "VOL": "Volatility"}
ENTER, DOWN, ESCAPE, TAB = ("Enter", 13), ("ArrowDown", 40), ("Escape", 27), ("Tab", 9)
FIELD = """(label => { const found = [...document.querySelectorAll('label')].find(one => one.textContent === label);
  return document.getElementById(found.htmlFor); })(%s)"""
CLICK = "[...document.querySelectorAll('button, a')].find(one => one.textContent === %s).click()"
CELLS = """(caption => [...document.querySelectorAll('main table')]
  .filter(one => one.caption.textContent.startsWith(caption))
  .flatMap(one => [...one.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent))))(%s)"""


def visit(
    browser: Browser, site: Site, hash_: str, *, width: int = 1280, scheme: str = "light", before: str = "",
    done: str = DONE,
) -> Page:  # fmt: skip
    """A tab on a view, once all of it is there (`done`); before: a script that runs before those of the page."""
    page = browser.page()
    page.size(width, 900)
    page.media(scheme=scheme)
    for domain in ("Page", "Runtime", "Log", "Network"):
        page.send(f"{domain}.enable")
    if before:
        page.send("Page.addScriptToEvaluateOnNewDocument", source=before)
    page.send("Page.navigate", url=f"http://127.0.0.1:{site.port}/{hash_}")
    page.wait(done)
    return page


def requests(page: Page) -> list[str]:
    """The paths that a tab has asked for, in order, without the page's own files."""
    urls = [p["request"]["url"] for method, p in page.events if method == "Network.requestWillBeSent"]
    paths = [urlsplit(url).path for url in urls if url.startswith("http")]
    return [path for path in paths if path != "/" and not path.startswith("/web/")]


def write(page: Page, label: str, text: str) -> None:
    """Put a text into a field, as typing it does."""
    page.run(f"{{ const one = {FIELD % json.dumps(label)}; one.focus(); one.value = {json.dumps(text)};"
             "one.dispatchEvent(new Event('input', { bubbles: true })); }")  # fmt: skip


def press(page: Page, text: str) -> None:
    """Press the button, or follow the link, of this name."""
    page.run(CLICK % json.dumps(text))


def cells(page: Page, caption: str) -> dict[str, list[str]]:
    """The rows of the tables whose caption begins so, by their first cell, a factor's without its word."""
    rows = page.run(CELLS % json.dumps(caption))
    return {first.removesuffix(f" {WORDS.get(first.partition(' ')[0])}"): rest for first, *rest in rows}


def number(value: float, digits: int = 2, *, sign: bool = True) -> str:
    """A number as the page writes it."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return (text.lstrip("+-") if float(text) == 0 else text).replace("-", "−")


def percent(value: float, digits: int = 1, *, sign: bool = False) -> str:
    """A fraction in per cent, as the page writes it."""
    return f"{number(100 * value, digits, sign=sign)}%"


def digits(value: float) -> int:
    """The digits of a beta."""
    return 3 if abs(value) < 0.1 else 2


def precise(found: dict[str, float], *values: float) -> int:
    """The digits of a tested estimate, or of the values that it is the difference of."""
    return 3 if all(abs(one) < 0.1 for one in values or (found["estimate"],)) and found["std_error"] < 0.05 else 2


def text_of(page: Page, selector: str = "main") -> str:
    """The text of an element."""
    return str(page.run(f"document.querySelector({json.dumps(selector)}).textContent"))


def quiet(page: Page) -> None:
    """Nothing was said in the console, and nothing that the policy forbids was tried."""
    told = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    assert [event for event in page.events if event[0] in told] == []


def serious(page: Page, where: str = "'main'") -> list[tuple[str, str]]:
    """What axe-core finds in the view, or elsewhere, that is serious, with the first element that it is about."""
    page.run(axe_core())
    found = json.loads(page.run(f"axe.run({where}).then(found => JSON.stringify(found.violations))"))
    return [(one["id"], one["nodes"][0]["html"][:300]) for one in found if one["impact"] in ("serious", "critical")]
