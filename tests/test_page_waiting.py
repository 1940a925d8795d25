"""The heatmap of the page while its numbers are computed, refused or out of reach, in a real browser."""

import json
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.page_browser import (
    ALERT,
    FIELD,
    ROWS,
    SAID,
    Answers,
    World,
    chosen,
    filled,
    opened,
    until,
    world,
)
from tests.page_views import serious

pytestmark = [pytest.mark.serve, pytest.mark.slow]


def test_a_heatmap_never_computed_says_what_to_do_and_comes_by_itself(browser: Browser, tmp_path: Path) -> None:
    """The command for this window and source; once it has run, the stocks, without a reload."""
    with world(tmp_path) as empty:
        page = opened(browser, f"{empty.url}#/?window=126")
        until(page, f"{ALERT}.includes('compute it first')")
        assert page.run("document.querySelector('main .notice code').textContent") == (
            "factor heatmap compute --all --window 126 --source demo"
        )
        assert page.run(ROWS) == 0
        assert serious(page, "document") == []
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
    assert serious(page, "document") == []


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
