"""Reports over HTTP: the command's page as a file, with a policy under which its own script runs."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.browser import browsing
from tests.conftest import InProcess, clean_environment
from tests.serving import DEMO, Site, hosting, site_of
from tests.test_report_browser import ALL_LIVE, TO_EACH

pytestmark = [pytest.mark.serve, pytest.mark.slow]

SETTINGS = replace(DEMO, cors_origins=("https://a.example",), request_timeout=120.0)
HELD = [{"ticker": "TCS", "weight": 0.5}, {"ticker": "INFY.NS", "weight": 0.4}]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the cache of the server and of the command."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[Site]:
    """The demo market."""
    with site_of(SETTINGS, home / "cache") as found:
        yield found


def command(home: Path, *words: str) -> str:
    """The page of the command."""
    run = InProcess(home, clean_environment(home))
    target = home / "report.html"
    done = run("report", *words, "--source", "demo", "-o", str(target), FACTOR_CACHE_DIR=str(home / "cache"))
    assert done.status == 0, done.stderr
    return target.read_text()


def undated(page: str) -> str:
    """A page without the time at which it was computed."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", page)


def test_a_report_is_the_commands_file(site: Site, home: Path) -> None:
    """With its name, a validator, and the page's own policy as a header, which adds that nobody may frame it."""
    reply = site.get("/stock/tcs/report?window=126", Origin="https://a.example")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-disposition"] == 'attachment; filename="TCS.NS.html"'
    assert "Content-Disposition" in reply.headers["access-control-expose-headers"]
    page = reply.body.decode()
    assert undated(page) == undated(command(home, "TCS", "--window", "126"))
    (own,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert reply.headers["content-security-policy"] == f"{unescape(own)}; frame-ancestors 'none'"
    assert "script-src 'sha256-" in unescape(own)
    assert reply.headers["x-content-type-options"] == "nosniff"
    again = site.get("/stock/TCS/report?window=126", If_None_Match=reply.headers["etag"])
    assert again.status == 304
    packed = site.get("/stock/TCS/report?window=126", Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(reply.body) / 2


def test_the_report_of_a_portfolio_is_kept_by_nobody(site: Site, home: Path) -> None:
    """no-store, without a validator; the page is that of the command for the same holdings."""
    reply = site.get("/portfolio/report", "POST", json.dumps({"holdings": HELD}).encode())
    assert (reply.status, reply.headers["cache-control"], "etag" in reply.headers) == (200, "no-store", False)
    assert reply.headers["content-disposition"] == 'attachment; filename="portfolio.html"'
    assert "script-src 'sha256-" in reply.headers["content-security-policy"]
    (home / "portfolio").write_text("ticker,weight\nTCS,0.5\nINFY.NS,0.4\n")
    assert undated(reply.body.decode()) == undated(command(home, "--portfolio", str(home / "portfolio")))


def test_nothing_of_a_reported_portfolio_is_kept_or_logged(
    site: Site, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not on disk, where the script and the prices are, and not in the log."""
    held = [{"ticker": "TCS", "quantity": 7654321}, {"ticker": "CASH", "quantity": 8642975}]
    with caplog.at_level(logging.DEBUG):
        reply = site.get("/portfolio/report", "POST", json.dumps({"holdings": held}).encode())
    assert reply.status == 200
    on_disk = b"".join(file.read_bytes() for file in (home / "cache").rglob("*") if file.is_file())
    assert on_disk
    for text in ("7654321", "8642975", "76,54,321", "PORTFOLIO"):
        assert text.encode() not in on_disk
        assert text not in caplog.text


def test_its_script_runs_under_the_headers_that_it_is_sent_with(site: Site, tmp_path: Path) -> None:
    """In a browser that shows it and does not save it: every picture is drawn, and nothing is blocked."""
    reply = site.get("/stock/TCS/report?window=126")
    kept = {name: value for name, value in reply.headers.items() if name not in ("content-disposition", "date")}

    async def shown(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for moment in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{moment}.complete"})
        else:
            named = [(name.encode(), value.encode()) for name, value in kept.items()]
            await send({"type": "http.response.start", "status": 200, "headers": named})
            await send({"type": "http.response.body", "body": reply.body})

    with hosting(shown) as host, browsing(tmp_path) as browser:
        page = browser.page()
        page.size(1100, 900)
        page.visit(f"http://127.0.0.1:{host.port}/stock/TCS/report")
        page.run(TO_EACH)
        page.wait(ALL_LIVE)
        assert page.run("document.querySelectorAll('figure .live svg').length") > 3
        assert page.complaints() == []


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/stock/NOSUCH/report", None, 404, "unknown_ticker"),
        ("/stock/TCS/report?window=5", None, 422, "invalid_window"),
        ("/stock/TCS/report?method=magic", None, 422, "invalid_option"),
        ("/stock/TCS/report?estimator=vasicek", None, 422, "invalid_option"),
        ("/portfolio/report", {"holdings": [{"ticker": "NOSUCH", "weight": 1}]}, 404, "unknown_ticker"),
        ("/portfolio/report", {"holdings": []}, 422, "invalid_option"),
        ("/portfolio/report", {"holdings": HELD, "colour": 1}, 422, "invalid_option"),
        ("/portfolio/report", {"holdings": HELD, "benchmark": "^NSEI"}, 422, "invalid_option"),
    ],
)
def test_without_a_report_the_answer_is_an_error(site: Site, path: str, body: object, status: int, code: str) -> None:
    """In the one shape, under the policy of the API."""
    reply = site.get(path) if body is None else site.get(path, "POST", json.dumps(body).encode())
    assert (reply.status, reply.code) == (status, code)
    assert reply.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
