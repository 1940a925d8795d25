"""The HTTP contract, on the installed server: routes, bodies, errors, validators, and the document of all that."""

import contextlib
import gzip
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema_rs import validator_for

from factorcli.serve.documented_errors import codes_by_status
from tests.conftest import command
from tests.serving import Site, serving
from tests.test_cli import BETA, CODES, DECOMPOSITION, ESTIMATE
from tests.test_heatmap import STATUS

pytestmark = [pytest.mark.serve, pytest.mark.installed]

HEATMAP = {
    "window", "as_of", "computed_at", "stale", "total", "model", "source", "stocks", "sectors", "missing", "members_of",
}  # fmt: skip
STOCK = {
    "ticker", "name", "sector", "betas", "t_stats", "q_values", "market_beta", "down_beta", "alpha_annual",
    "r_squared", "observations",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server on the demo market, some of whose heatmap is computed."""
    with serving(tmp_path_factory.mktemp("contract"), HOST="203.0.113.1", PORT="1") as site:
        assert site.port != 1  # an option wins over the environment
        assert site.get("/heatmap").code == "heatmap_not_computed"
        site.factor("heatmap", "compute", "--sector", "Power")
        site.factor("heatmap", "compute", "HDFC", "--window", "126", "--as-of", "2023-06-20")
        yield site


def test_every_route_has_exactly_the_keys_of_the_contract(site: Site) -> None:
    """Bodies, nested keys included."""
    health = site.get("/health")
    assert (health.status, set(health.json), health.json["status"]) == (200, {"status", "version"}, "ok")
    heatmap = site.get("/heatmap").json
    assert set(heatmap) == HEATMAP
    assert set(heatmap["stocks"][0]) == STOCK
    assert set(heatmap["sectors"][0]) == {"sector", "count", "betas", "median_betas", "r_squared"}
    assert set(heatmap["missing"][0]) == {"ticker", "code"}
    assert (heatmap["window"], len(heatmap["stocks"]) + len(heatmap["missing"])) == (252, heatmap["total"])
    assert set(site.get("/heatmap/status").json) == STATUS
    every = site.get("/heatmap/status/all").json
    assert list(every) == ["126D", "252D", "504D"]
    assert [status["window"] for status in every.values()] == [126, 252, 504]
    assert all(set(status) == STATUS for status in every.values())
    beta = site.get("/stock/TCS.NS/betas").json
    assert set(beta) == BETA
    assert list(beta["betas"]) == CODES
    assert all(set(b) == {"beta", "vif", "factor_volatility", *ESTIMATE} for b in beta["betas"].values())
    assert set(site.get("/stock/TCS.NS/betas?rolling=true").json) == {*BETA, "rolling"}
    assert set(site.get("/stock/TCS.NS/decompose").json) == DECOMPOSITION
    found = site.get("/stocks/search?q=tata&limit=3").json
    assert [set(stock) for stock in found] == [{"ticker", "name", "sector"}] * 3
    assert site.get("/stocks/search?q=zzzzzz").json == []
    assert site.get("/stocks/search?q=NSE:TCS").json[0]["ticker"] == "TCS.NS"


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/stock/TCS.NS/betas", ("beta", "TCS")),
        ("/stock/tcs/betas?window=126D", ("beta", "TCS", "--window", "126")),
        ("/stock/INFY.NS/betas?window_size=504", ("beta", "INFY.NS", "--window", "504")),
        ("/stock/%5ENSEI/betas?rolling=true", ("beta", "^NSEI", "--rolling")),
        ("/stock/M%26M.NS/betas?basis=residual&cov=hc1", ("beta", "M&M.NS", "--basis", "residual", "--cov", "hc1")),
        ("/stock/ZOMATO.NS/betas?as_of=2026-11-18", ("beta", "ZOMATO.NS", "--as-of", "2026-11-18")),
        ("/stock/TCS.NS/decompose?window=252D", ("decompose", "TCS")),
        ("/stock/TCS/betas?frequency=weekly", ("beta", "TCS", "--frequency", "weekly")),
        ("/stock/TCS/decompose?frequency=monthly&window=48",
         ("decompose", "TCS", "--frequency", "monthly", "--window", "48")),
        ("/stock/TCS/betas?estimator=ewma&half_life=42", ("beta", "TCS", "--estimator", "ewma", "--half-life", "42")),
        ("/stock/TCS.NS/betas?diagnostics=true&intervals=true", ("beta", "TCS", "--diagnostics", "--intervals")),
        ("/stock/TCS.NS/decompose?intervals=true", ("decompose", "TCS", "--intervals")),
        ("/stock/TCS.NS/decompose?method=lmg&basis=raw", ("decompose", "TCS", "--method", "lmg")),
        ("/heatmap?window=126&window_size=126D", ("heatmap", "show", "--window", "126")),
        ("/heatmap?window=126&as_of=2023-06-20", ("heatmap", "show", "--window", "126", "--as-of", "2023-06-20")),
        ("/heatmap/status?window=126&as_of=2023-06-20&members=current",
         ("heatmap", "status", "--window", "126", "--as-of", "2023-06-20", "--members", "current")),
        ("/heatmap/status?window_size=504D", ("heatmap", "status", "--window", "504")),
        ("/stock/TCS/hedge?with=^NSEI&with=mid150bees&value=1e6&cov=hc1",
         ("hedge", "TCS", "--with", "^NSEI", "--with", "MID150BEES", "--value", "1000000", "--cov", "hc1")),
        ("/stock/INFY.NS/hedge?with=%5ENSEI&window=48&frequency=monthly&basis=residual",
         ("hedge", "INFY", "--with", "^NSEI", "-w", "48", "--frequency", "monthly", "--basis", "residual")),
        ("/stock/TCS/stress?shock=MKT:-0.1&shock=VOL:0.3",
         ("stress", "TCS", "--shock", "MKT=-10%", "--shock", "VOL=0.3")),
        ("/stock/INFY/stress?shock=mkt:-10%25&others=zero&horizon=5&window=126&basis=spread&cov=hc1",
         ("stress", "INFY", "--shock", "MKT=-10%", "--others", "zero", "--horizon", "5", "--window", "126",
          "--basis", "spread", "--cov", "hc1")),
        ("/stock/ntpc/peers?top=3", ("peers", "NTPC", "--top", "3")),
        ("/stock/TCS/peers?sector=Power", ("peers", "TCS", "--sector", "Power")),
        ("/stock/TCS/drift", ("drift", "TCS")),
        ("/stock/TCS/drift?shift=63&window=126&basis=residual",
         ("drift", "TCS", "--shift", "63", "--window", "126", "--basis", "residual")),
        ("/stock/%5ENSEI/drift?since=2025-11-20&cov=hc1", ("drift", "^NSEI", "--since", "2025-11-20", "--cov", "hc1")),
        ("/stock/TCS/betas?benchmark=^nsei&window=126", ("beta", "TCS", "--benchmark", "^NSEI", "--window", "126")),
        ("/stock/TCS/betas?benchmark=INFY&estimator=ewma&half_life=42",
         ("beta", "TCS", "--benchmark", "INFY", "--estimator", "ewma", "--half-life", "42")),
        ("/stock/TCS/decompose?benchmark=%5ENSEI&method=lmg",
         ("decompose", "TCS", "--benchmark", "^NSEI", "--method", "lmg")),
        ("/model", ("model", "show")),
        ("/model?window=252&as_of=2026-11-18", ("model", "show", "--window", "252", "--as-of", "2026-11-18")),
    ],
)  # fmt: skip
def test_a_body_is_the_object_of_the_command(site: Site, path: str, arguments: tuple[str, ...]) -> None:
    """HTTP first, then the command, then HTTP again: equal but for where the cache had it."""
    first = site.get(path).json
    (result,) = site.factor(*arguments)["results"]
    second = site.get(path)
    assert second.json == result
    assert second.body.decode() == json.dumps(result, ensure_ascii=False)
    for document in (first, result):
        document.pop("cache", None)
    assert first == result


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/stock/TCS/episodes?episode=smallcaps-2025", ("stress", "TCS", "--episode", "smallcaps-2025")),
        ("/stock/INFY/episodes?episode=2025-04-01:2025-04-30&episode=Election-2024&window=126&as_of=2026-10-30",
         ("stress", "INFY", "--episode", "2025-04-01:2025-04-30", "--episode", "election-2024", "--window", "126",
          "--as-of", "2026-10-30")),
        ("/stocks/screen?where=SZ>0.4&where=SZ.q<0.05&where=market>=1",
         ("screen", "--where", "SZ > 0.4", "--where", "SZ.q < 5%", "--where", "market >= 1")),
        ("/stocks/screen?where=sector=Power&sort=SZ.q&top=3",
         ("screen", "--where", "sector = Power", "--sort", "SZ.q", "--top", "3")),
        ("/stocks/screen?where=market%3E0&sector=power&window=252D",
         ("screen", "--where", "market > 0", "--sector", "Power")),
        ("/stocks/screen?where=market>9", ("screen", "--where", "market > 9")),
        ("/stocks/screen?where=observations>0&window=126&as_of=2023-06-20",
         ("screen", "--where", "observations > 0", "--window", "126", "--as-of", "2023-06-20")),
        ("/stocks/screen?where=observations>0&window=126&as_of=2023-06-20&members=dated",
         ("screen", "--where", "observations > 0", "-w", "126", "--as-of", "2023-06-20", "--members", "dated")),
    ],
)  # fmt: skip
def test_a_list_is_the_results_of_the_command(site: Site, path: str, arguments: tuple[str, ...]) -> None:
    """In its order, and to the byte; an empty one where no stock meets the conditions."""
    reply = site.get(path)
    assert reply.status == 200
    found = site.factor(*arguments)["results"]
    assert reply.body.decode() == json.dumps(found, ensure_ascii=False)
    assert bool(found) is ("market>9" not in path)
    assert reply.headers["etag"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/stock/RELIANC/betas", 404, "unknown_ticker"),
        ("/stock/NOSUCH.NS/decompose", 404, "unknown_ticker"),
        ("/heatmap?window=100", 404, "heatmap_not_computed"),
        ("/nothing", 404, "not_found"),
        ("/stock/TCS.NS", 404, "not_found"),
        ("/heatmap/", 404, "not_found"),
        ("/heatmap?window=126&as_of=2023-06-20&members=current", 404, "heatmap_not_computed"),
        ("/heatmap?members=all", 422, "invalid_option"),
        ("/heatmap?window=5", 422, "invalid_window"),
        ("/heatmap/status?window=abc", 422, "invalid_window"),
        ("/stock/TCS.NS/betas?window=", 422, "invalid_window"),
        ("/stock/TCS.NS/betas?window=252&window_size=126", 422, "invalid_option"),
        ("/stock/TCS.NS/betas?window=9999", 422, "insufficient_history"),
        ("/stock/TCS.NS/betas?basis=sideways", 422, "invalid_option"),
        ("/stock/TCS.NS/betas?cov=hc9", 422, "invalid_option"),
        ("/stock/TCS.NS/betas?rolling=perhaps", 422, "invalid_option"),
        ("/stock/TCS.NS/decompose?method=guess", 422, "invalid_option"),
        ("/stock/TCS.NS/betas?as_of=yesterday", 422, "invalid_date"),
        ("/stock/TCS.NS/betas?as_of=2031-01-01", 422, "invalid_date"),
        ("/stocks/search", 422, "invalid_option"),
        ("/stocks/search?q=%20", 422, "invalid_option"),
        ("/stocks/search?q=tata&limit=0", 422, "invalid_option"),
        ("/stocks/search?q=tata&limit=many", 422, "invalid_option"),
        ("/docs/../../etc/passwd", 404, "not_found"),
        ("/stock/TCS/hedge", 422, "invalid_option"),
        ("/stock/TCS/hedge?with=", 422, "invalid_ticker"),
        ("/stock/TCS/hedge?with=..%2F", 422, "invalid_ticker"),
        ("/stock/TCS/hedge?with=TCS.NS", 422, "invalid_option"),
        ("/stock/TCS/hedge?with=^NSEI&value=nan", 422, "invalid_option"),
        ("/stock/TCS/hedge?with=^NSEI&value=-1", 422, "invalid_option"),
        ("/stock/TCS/hedge?with=NOSUCH", 404, "unknown_ticker"),
        ("/stock/NOSUCH/hedge?with=^NSEI", 404, "unknown_ticker"),
        ("/stock/TCS/stress", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT:-10", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT:nan", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=OIL:0.1", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT:-0.1&shock=MKT:0.1", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT:-0.1&others=none", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT:-0.1&horizon=0", 422, "invalid_option"),
        ("/stock/TCS/stress?shock=MKT:-0.1&window=9999", 422, "insufficient_history"),
        ("/stock/NOSUCH/stress?shock=MKT:-0.1", 404, "unknown_ticker"),
        ("/stock/TCS/episodes", 422, "invalid_option"),
        ("/stock/TCS/episodes?episode=", 422, "invalid_option"),
        ("/stock/TCS/episodes?episode=flood-1999", 422, "invalid_option"),
        ("/stock/TCS/episodes?episode=2025-02-30:2025-03-03", 422, "invalid_date"),
        ("/stock/TCS/episodes?episode=2025-03-03:2025-03-01", 422, "invalid_date"),
        ("/stock/TCS/episodes?episode=smallcaps-2025&episode=gfc-2008", 422, "no_prices"),
        ("/stock/NOSUCH/episodes?episode=smallcaps-2025", 404, "unknown_ticker"),
        ("/stock/TCS/peers?window=63", 404, "heatmap_not_computed"),
        ("/stock/TCS/peers?as_of=2020-01-02", 404, "heatmap_not_computed"),
        ("/stock/TCS/peers?top=0", 422, "invalid_option"),
        ("/stock/TCS/peers?sector=Cheese", 422, "invalid_option"),
        ("/stock/NOSUCH/peers", 404, "unknown_ticker"),
        ("/stock/TCS/drift?shift=5", 422, "invalid_option"),
        ("/stock/TCS/drift?shift=many", 422, "invalid_option"),
        ("/stock/TCS/drift?shift=252&since=2025-11-20", 422, "invalid_option"),
        ("/stock/TCS/drift?since=then", 422, "invalid_date"),
        ("/stock/TCS/drift?since=2031-01-01", 422, "invalid_option"),
        ("/stock/TCS/drift?shift=100000", 422, "insufficient_history"),
        ("/stock/TCS/drift?cov=nonrobust", 422, "invalid_option"),
        ("/stock/NOSUCH/drift", 404, "unknown_ticker"),
        ("/stocks/screen", 422, "invalid_option"),
        ("/stocks/screen?where=", 422, "invalid_option"),
        ("/stocks/screen?where=SIZE>1", 422, "invalid_option"),
        ("/stocks/screen?where=SZ~1", 422, "invalid_option"),
        ("/stocks/screen?where=SZ>1&sort=size", 422, "invalid_option"),
        ("/stocks/screen?where=SZ>1&top=0", 422, "invalid_option"),
        ("/stocks/screen?where=SZ>1&sector=Cheese", 422, "invalid_option"),
        ("/stocks/screen?where=SZ>1&members=all", 422, "invalid_option"),
        ("/stocks/screen?where=SZ>1&as_of=2031-01-01", 422, "invalid_date"),
        ("/stocks/screen?where=SZ>1&window=63", 404, "heatmap_not_computed"),
        ("/stocks/screen?where=ticker=NOSUCH", 404, "unknown_ticker"),
        ("/stock/TCS/betas?benchmark=", 422, "invalid_ticker"),
        ("/stock/TCS/betas?benchmark=..%2Fx.csv", 422, "invalid_ticker"),
        ("/stock/TCS/betas?benchmark=NOSUCH", 404, "unknown_ticker"),
        ("/stock/TCS/betas?benchmark=^NSEI&estimator=vasicek", 422, "invalid_option"),
        ("/stock/NOSUCH/decompose?benchmark=^NSEI", 404, "unknown_ticker"),
        ("/model?window=5", 422, "invalid_window"),
        ("/model?as_of=2026-11-18", 422, "invalid_option"),
        ("/model?window=252&as_of=2031-01-01", 422, "invalid_date"),
        ("/heatmap/dates?members=all", 422, "invalid_option"),
        ("/portfolio/betas", 405, "method_not_allowed"),
        ("/portfolio/nothing", 404, "not_found"),
    ],
)
def test_every_error_has_one_shape(site: Site, path: str, status: int, code: str) -> None:
    """Status, code, a sentence in the words of the API, and no caching."""
    reply = site.get(path)
    assert (reply.status, reply.code) == (status, code)
    assert code in codes_by_status()[status]
    assert reply.json["detail"].endswith((".", "?"))
    assert code == "heatmap_not_computed" or "--" not in reply.json["detail"]
    assert reply.headers["cache-control"] == "no-store"


def test_a_missing_heatmap_says_how_to_compute_it(site: Site) -> None:
    """The same sentence as the command's, which names no command; the command line adds it on stderr."""
    reply = site.get("/heatmap?window=100&basis=spread")
    assert "No heatmap of window 100 has been computed from demo" in reply.json["detail"]
    document = site.factor("heatmap", "show", "--window", "100", "--basis", "spread")
    assert document["errors"] == [{"ticker": None, "code": reply.code, "message": reply.json["detail"]}]


# Those with a slash are paths of their own, which no route has.
OTHER_PATHS = ["../../etc/passwd", "TCS.NS/../INFY.NS"]
NO_TICKERS = [
    "..", "\x00", "A" * 10_000, "eq.*,or=(1)", "\u202eSN.SCT", "RELIANCE.NS;drop", "TCS.NS\r\nX: 1",
    "'", '"', "<script>", "%2e%2e%2f", "　", " ", "-1", "ＴＣＳ.NS", "ß.NS", "{{7*7}}", "^", "^^",
]  # fmt: skip


@pytest.mark.parametrize(
    ("ticker", "status", "code"),
    [
        *((path, 404, "not_found") for path in OTHER_PATHS),
        *((text, 422, "invalid_ticker") for text in NO_TICKERS),
    ],
    ids=range(len(OTHER_PATHS) + len(NO_TICKERS)),
)
def test_hostile_tickers_are_refused(site: Site, ticker: str, status: int, code: str) -> None:
    """In the one shape, and nothing of it in the log but escapes."""
    for route in ("betas", "decompose"):
        reply = site.get(f"/stock/{quote(ticker, safe='')}/{route}")
        assert (reply.status, reply.code) == (status, code)
        assert len(reply.body) < 1000
    assert "\x00" not in site.log()
    assert "\u202e" not in site.log()
    assert "X: 1" not in site.log()


def test_raw_hostile_paths_are_refused(site: Site) -> None:
    """As they are, not encoded, where HTTP lets them through."""
    for ticker, status, code in (
        ("../../etc/passwd", 404, "not_found"),
        ("eq.*,or=(1)", 422, "invalid_ticker"),
        ("RELIANCE.NS;drop", 422, "invalid_ticker"),
    ):
        reply = site.get(f"/stock/{ticker}/betas")
        assert (reply.status, reply.code) == (status, code)


def test_other_methods_are_told_what_there_is(site: Site) -> None:
    """HEAD is GET without a body, OPTIONS names the methods, the rest is a 405; large bodies are a 413."""
    got, head = site.get("/heatmap"), site.get("/heatmap", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body)) == got.headers["content-length"]
    assert head.headers["etag"] == got.headers["etag"]
    options = site.get("/heatmap", "OPTIONS")
    assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = site.get("/heatmap", method)
        assert (refused.status, refused.code) == (405, "method_not_allowed")
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    for size in (5000, 5_000_000):
        large = site.get("/heatmap", "POST", b"x" * size)
        assert (large.status, large.code) == (413, "body_too_large")
    chunked = site.get("/health", body=None, Transfer_Encoding="chunked")
    assert (chunked.status, chunked.code) == (413, "body_too_large")


def test_an_unchanged_answer_costs_no_transfer(site: Site) -> None:
    """ETag, Cache-Control, 304, gzip by negotiation and Vary, for heatmaps, stocks and the document."""
    for path in ("/heatmap", "/stock/WIPRO.NS/betas", "/stock/WIPRO.NS/betas?rolling=true", "/openapi.json"):
        site.get(path)
        plain, packed = site.get(path), site.get(path, Accept_Encoding="br, gzip;q=0.5")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
        for headers in (plain.headers, packed.headers):
            assert headers["cache-control"] == "public, max-age=60"
            assert headers["vary"] == "Accept-Encoding"
        tag = plain.headers["etag"]
        for known in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
            same = site.get(path, If_None_Match=known)
            assert (same.status, same.body, same.headers["etag"]) == (304, b"", tag)
        assert site.get(path, If_None_Match='"other"').status == 200
    assert site.get("/heatmap/status/all").headers["cache-control"] == "no-cache"
    assert "content-encoding" not in site.get("/heatmap", Accept_Encoding="gzip;q=0, br").headers


def test_a_heatmap_changes_as_soon_as_it_is_computed(site: Site) -> None:
    """The first request after `factor heatmap compute` has the new rows, and a new validator."""
    before, status = site.get("/heatmap?window=504"), site.get("/heatmap/status?window=504").json
    site.factor("heatmap", "compute", "TCS", "--window", "504")
    after = site.get("/heatmap?window=504", If_None_Match=before.headers["etag"])
    assert after.status == 200
    assert len(after.json["stocks"]) == len(before.json["stocks"]) + 1
    assert site.get("/heatmap/status?window=504").json["computed"] == status["computed"] + 1


def test_answers_carry_security_headers_and_the_log_one_line_each(site: Site) -> None:
    """Also errors; the log has method, path, status, duration and client, and no query."""
    for path in ("/health", "/heatmap?window=252&key=secret", "/nothing", "/docs"):
        headers = site.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src" in headers["content-security-policy"]
        assert "server" not in headers
    lines = _settled(site).splitlines()
    assert any(line.split()[1:6] == ["INFO", "GET", "/heatmap", "200", line.split()[5]] for line in lines)
    assert lines[-1].endswith(" ms 127.0.0.1")
    assert "secret" not in site.log()


def test_the_documentation_needs_no_other_server(site: Site) -> None:
    """/docs and all it loads come from here."""
    page = site.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert b"http" not in page.body.replace(b"http-equiv", b"")
    for name, kind in (("swagger-ui-bundle.js", "javascript"), ("swagger-ui.css", "css"), ("start.js", "javascript")):
        assert f"docs/{name}".encode() in page.body
        file = site.get(f"/docs/{name}")
        assert (file.status, kind in file.headers["content-type"]) == (200, True)


def test_the_document_describes_every_route(site: Site) -> None:
    """Summary, description, described parameters with examples, an example of each answer and error."""
    document = site.get("/openapi.json").json
    assert list(document["paths"]) == [
        "/health", "/heatmap", "/heatmap/status", "/heatmap/status/all", "/stock/{ticker}/betas",
        "/stock/{ticker}/decompose", "/stocks/search", "/stock/{ticker}/overview", "/stock/{ticker}/stress",
        "/stock/{ticker}/episodes", "/stock/{ticker}/hedge", "/stock/{ticker}/peers", "/stock/{ticker}/drift",
        "/stocks/screen", "/heatmap/dates", "/model", "/portfolio/read", "/portfolio/betas", "/portfolio/decompose",
        "/portfolio/stress", "/portfolio/episodes", "/portfolio/hedge", "/portfolio/whatif", "/portfolio/drift",
        "/stock/{ticker}/report", "/portfolio/report",
    ]  # fmt: skip
    for path, operations in document["paths"].items():
        ((method, operation),) = operations.items()
        assert (method == "post") is ("requestBody" in operation) is path.startswith("/portfolio/")
        assert operation["summary"]
        assert operation["description"]
        assert all(parameter["description"] for parameter in operation.get("parameters", ()))
        for status, answer in operation["responses"].items():
            (content,) = answer["content"].values()
            assert content["example"] is not None
            assert ("text/html" in answer["content"]) is (status == "200" and path.endswith("/report"))
            assert status == "200" or content["schema"] == {"$ref": "#/components/schemas/Error"}
        limited = path.startswith(("/stock", "/heatmap", "/model", "/portfolio")) and "status" not in path
        assert ("429" in operation["responses"]) is limited
    names = [p["name"] for p in document["paths"]["/stock/{ticker}/betas"]["get"]["parameters"]]
    assert set(names) == {
        "ticker", "window", "window_size", "basis", "cov", "as_of", "estimator", "half_life", "rolling", "diagnostics",
        "intervals", "frequency", "benchmark",
    }  # fmt: skip
    said = document["info"]["description"]
    assert "10,000" not in said
    assert "1,000,000 requests a minute for portfolios (`POST`)" in said


def test_bodies_and_examples_fit_their_schemas(site: Site) -> None:
    """Each route's example and each route's answer, rolling included, by a JSON Schema validator."""
    document = site.get("/openapi.json").json
    asked = {
        "/health": "/health", "/heatmap": "/heatmap", "/heatmap/status": "/heatmap/status",
        "/heatmap/status/all": "/heatmap/status/all", "/stock/{ticker}/betas": "/stock/TCS.NS/betas?rolling=true",
        "/stock/{ticker}/decompose": "/stock/TCS.NS/decompose", "/stocks/search": "/stocks/search?q=tata",
        "/stock/{ticker}/hedge": "/stock/TCS.NS/hedge?with=^NSEI", "/model": "/model?window=252",
        "/heatmap/dates": "/heatmap/dates", "/stock/{ticker}/peers": "/stock/NTPC/peers",
        "/stock/{ticker}/overview": "/stock/NTPC/overview?rolling=true",
        "/stock/{ticker}/stress": "/stock/TCS/stress?shock=MKT:-0.1", "/stock/{ticker}/drift": "/stock/TCS/drift",
        "/stock/{ticker}/episodes": "/stock/TCS/episodes?episode=smallcaps-2025",
        "/stocks/screen": "/stocks/screen?where=market>0",
    }  # fmt: skip
    pages = {"/stock/{ticker}/report"}
    assert set(asked) | pages == {path for path in document["paths"] if not path.startswith("/portfolio/")}
    for path, url in asked.items():
        content: dict[str, Any] = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        validator = validator_for({**content["schema"], "components": document["components"]})
        validator.validate(content["example"])
        reply = site.get(url)
        assert reply.status == 200
        validator.validate(reply.json)
    for path in [path for path in document["paths"] if path.startswith("/portfolio/")]:
        operation = document["paths"][path]["post"]
        if path == "/portfolio/read":
            (file,) = {one["example"] for one in operation["requestBody"]["content"].values()}
            content = operation["responses"]["200"]["content"]["application/json"]
            validator = validator_for({**content["schema"], "components": document["components"]})
            assert site.get(path, "POST", file.encode()).json == content["example"]
            validator.validate(content["example"])
            continue
        taken = operation["requestBody"]["content"]["application/json"]
        validator_for({**taken["schema"], "components": document["components"]}).validate(taken["example"])
        if path == "/portfolio/report":
            continue
        content = operation["responses"]["200"]["content"]["application/json"]
        validator = validator_for({**content["schema"], "components": document["components"]})
        validator.validate(content["example"])
        reply = site.get(path, "POST", json.dumps(taken["example"]).encode())
        assert reply.status == 200
        validator.validate(reply.json)


def test_the_days_that_are_kept_are_a_list(site: Site) -> None:
    """As the command has them: of any window, of one, and of the members on the day or now."""
    for query, words in (
        ("", ()), ("?window=126", ("--window", "126")), ("?window=504D", ("--window", "504")),
        ("?members=current", ("--members", "current")), ("?basis=spread", ("--basis", "spread")),
    ):  # fmt: skip
        assert site.get(f"/heatmap/dates{query}").json == site.factor("heatmap", "dates", *words)["results"]
    assert "2023-06-20" in site.get("/heatmap/dates?window=126").json
    assert site.get("/heatmap/dates").headers["etag"]


@pytest.mark.slow
def test_a_fuzz_finds_no_failure_and_no_answer_outside_the_document(site: Site, tmp_path: Path) -> None:
    """schemathesis, all checks but the one that valid parameters are always answered: a day may be in the future."""
    assert site.get("/stock/TCS/report").status in (200, 503)  # the first one makes the script
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"), "run", f"http://127.0.0.1:{site.port}/openapi.json",
            "--checks", "all", "--exclude-checks", "positive_data_acceptance", "--max-examples", "25", "--no-color",
            "--seed", "1", "--phases", "examples,fuzzing", "--request-timeout", "120", "--max-response-time", "120",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("way", ["factory", "reload"])
def test_platforms_and_developers_start_it_their_own_way(home: Path, environment: dict[str, str], way: str) -> None:
    """`uvicorn --factory` with the documented path, and --reload, which hands its options on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    uvicorn = str(Path(sys.executable).parent / "uvicorn")
    words = {
        "factory": [uvicorn, "--factory", "factorcli.serve:app_from_env", "--port", str(port), "--no-access-log"],
        "reload": [command(), "serve", "--reload", "--port", str(port), "--source", "demo"],
    }[way]
    env = {**environment, "FACTOR_SOURCE": "demo" if way == "factory" else "yahoo"}
    with subprocess.Popen(words, cwd=home, env=env, stderr=subprocess.PIPE) as process:
        deadline, site = time.monotonic() + 30, Site(port)
        while True:
            with contextlib.suppress(OSError):
                assert site.get("/stock/TCS.NS/betas").json["data"]["source"] == "demo"
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert b"GET /stock/TCS.NS/betas 200" in said


def _settled(site: Site) -> str:
    """The log, once the last request's line is in it."""
    time.sleep(0.2)
    return site.log()
