"""A page in a real browser reads the API if its origin may, and only then."""

import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.conftest import clean_environment
from tests.serving import serving

pytestmark = [pytest.mark.serve, pytest.mark.installed]

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
REQUIRED = os.environ.get("FACTOR_TEST_BROWSER") == "required"
PAGE = """<!doctype html><title>a page of another origin</title><p id="said">waiting</p><script>
fetch("http://127.0.0.1:%d/heatmap?window=252", {headers: {"If-None-Match": '"none"'}})
  .then(answer => answer.json().then(map => `read ${map.stocks.length} left ${answer.headers.get("X-RateLimit-Remaining")}`))
  .catch(error => `refused ${error.name}`)
  .then(text => { document.getElementById("said").textContent = text; });
</script>"""  # noqa: E501


@pytest.mark.skipif(
    BROWSER is None and not REQUIRED, reason="there is no Chromium here; Debian's package is `chromium`"
)
@pytest.mark.slow
def test_a_page_reads_the_heatmap_only_if_its_origin_may(tmp_path: Path) -> None:
    """Two origins, one of them in CORS_ORIGINS; a preflight, since the page asks with a validator."""
    assert BROWSER is not None, "FACTOR_TEST_BROWSER is `required`, and there is no Chromium"
    with ExitStack() as stack:
        pages = {"api": 0}
        allowed, refused = (stack.enter_context(_page(pages)) for _ in range(2))
        site = stack.enter_context(serving(tmp_path / "api", CORS_ORIGINS=allowed, RATE_LIMIT="10/minute"))
        site.factor("heatmap", "compute", "TCS", "INFY", "--window", "252")
        pages["api"] = site.port
        assert ">read 2 left 9<" in _shown(allowed, tmp_path)
        assert ">refused TypeError<" in _shown(refused, tmp_path)


@pytest.mark.slow
def test_origins_are_told_to_browsers_and_no_credentials_are_allowed(tmp_path: Path) -> None:
    """Exact headers: an origin that may, one that may not, a preflight, an error, and `*`."""
    with serving(tmp_path / "some", CORS_ORIGINS="https://a.example, https://b.example", RATE_LIMIT="2/minute") as site:
        preflight = site.get(
            "/heatmap", "OPTIONS", Origin="https://a.example", Access_Control_Request_Method="GET",
            Access_Control_Request_Headers="if-none-match",
        )  # fmt: skip
        assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (200, "https://a.example")
        for origin, told in (("https://b.example", "https://b.example"), ("https://c.example", None), (None, None)):
            reply = site.get("/heatmap", **({"Origin": origin} if origin else {}))
            assert reply.headers.get("access-control-allow-origin") == told
            assert "Origin" in reply.headers["vary"]
            assert "access-control-allow-credentials" not in reply.headers
        assert reply.status == 429
        stranger = site.get("/heatmap", "OPTIONS", Origin="https://c.example", Access_Control_Request_Method="GET")
        assert (stranger.status, stranger.code) == (400, "origin_refused")
        assert "access-control-allow-origin" not in stranger.headers
    with serving(tmp_path / "every", CORS_ORIGINS="*") as site:
        reply = site.get("/health", Origin="https://a.example", Cookie="session=1")
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers
    with serving(tmp_path / "none") as site:
        assert "access-control-allow-origin" not in site.get("/health", Origin="https://a.example").headers
        assert site.get("/health", "OPTIONS", Origin="https://a.example").status == 204


@contextmanager
def _page(pages: dict[str, int]) -> Iterator[str]:
    """An origin that serves the page; the port of the API is looked up when it is asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((PAGE % pages["api"]).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _shown(url: str, folder: Path) -> str:
    """The page as it is once its script has had its answer."""
    assert BROWSER is not None
    return subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=10000",
            "--dump-dom", url,
        ],
        env={**clean_environment(folder), "HTTP_PROXY": "", "HTTPS_PROXY": ""},
        capture_output=True, text=True, timeout=120, check=False,
    ).stdout  # fmt: skip
