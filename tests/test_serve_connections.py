"""What is no request: neither its form nor its slowness nor its size brings a server down."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
import uvicorn
from uvicorn.server import ServerState

from factorcli.compose import build_context
from factorcli.markets.universe import Universe
from factorcli.model.specification import Specification
from factorcli.ports import no_progress
from factorcli.serve import bodies, connections, create_app
from factorcli.serve.connections import Connection
from factorcli.service.heatmap import HeatmapService
from tests.markets import market, weekdays, write_wide
from tests.serving import DEMO, Site, hosting, site_of

pytestmark = pytest.mark.serve

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
BEGUN = b"POST /portfolio/betas HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server on the demo market."""
    with site_of(DEMO, tmp_path_factory.mktemp("connections")) as found:
        yield found


def _sent(site: Site, *parts: bytes, pause: float = 0.0) -> bytes:
    """What came back until the server closed the connection."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        found = b""
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            while part := connection.recv(65536):
                found += part
        except ConnectionError:
            pass  # the rest was not read
        return found


def _error(answer: bytes) -> tuple[int, str, set[str]]:
    """The status, the code and the names of the headers of an error."""
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    found = json.loads(content)
    assert set(found) == {"detail", "code"}
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(content)
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    return int(first.split()[1]), found["code"], set(headers)


@pytest.mark.parametrize(
    "sent",
    [
        "GET /stocks/search?q=टाटा HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"FOO /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /health HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /portfolio/betas HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_as_every_error_is(site: Site, sent: bytes) -> None:
    """An address with letters beyond ASCII, an unknown method, TLS, and two lengths."""
    status, code, headers = _error(_sent(site, sent))
    assert (status, code) == (400, "bad_request")
    assert "content-security-policy" in headers


def test_a_head_has_a_size(site: Site) -> None:
    """One that does not end is not kept in memory; one of nearly the limit is read."""
    line = b"X-Filler: " + b"a" * 8000 + b"\r\n"
    status, code, _ = _error(_sent(site, b"GET /health HTTP/1.1\r\n", *[line] * 9, pause=0.005))
    assert (status, code) == (431, "head_too_large")
    assert _sent(site, b"GET /health HTTP/1.1\r\nConnection: close\r\n" + line * 7 + b"\r\n").startswith(
        b"HTTP/1.1 200"
    )


@pytest.mark.parametrize("sent", [b"", b"GET /hea", b"GET /health HTTP/1.1\r\nX: ", HEALTH + b"GET", HEALTH + b"\r\n"])
def test_a_request_that_does_not_come_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """The connection is closed, be it the first request or one after another."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    start = time.monotonic()
    answer = _sent(site, *[part for part in (sent[: len(HEALTH)], sent[len(HEALTH) :]) if part], pause=0.05)
    assert time.monotonic() - start < 5
    assert answer.count(b"HTTP/1.1 200") == (1 if sent.startswith(HEALTH) else 0)


@pytest.mark.parametrize("parts", [1, 2])
def test_an_offer_of_another_protocol_is_passed_over(site: Site, parts: int) -> None:
    """That of HTTP/2, which clients in Java make: the body is read, be it in one piece with the head or after it."""
    body = b'{"holdings": [{"ticker": "TCS", "weight": 1, "Upgrade:": 1}]}'
    head = b"POST /portfolio/betas HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nContent-Length: %d\r\n" % len(body)
    head += b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\n\r\n"
    sent = [head + body] if parts == 1 else [head, body]
    answer = _sent(site, *sent, b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", pause=0.05)
    assert b"holdings.0.Upgrade: is not a key of this question" in answer
    assert answer.endswith(b'"}')
    assert answer.count(b"HTTP/1.1 200") == 1


def test_an_answer_that_is_not_read_is_not_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is ended, and what is left of the answers with it."""
    monkeypatch.setattr(connections, "READ_SECONDS", 0.1)
    path, wanted = "/docs/swagger-ui-bundle.js", 10
    size = len(site.get(path).body)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", site.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * wanted)
        time.sleep(0.5)
        found = 0
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                found += len(part)
    assert found < wanted * size


@pytest.mark.parametrize(("read", "ended"), [(connections.READ_BYTES, False), (connections.READ_BYTES - 1, True)])
def test_an_answer_that_is_read_slowly_is_read_to_its_end(read: int, ended: bool) -> None:
    """However long it takes, where enough of it is read in each while; else the connection is ended."""

    async def app(scope: object, receive: object, send: object) -> None:
        """Nothing, as no request comes."""

    config = uvicorn.Config(app, http=Connection, log_config=None)
    config.load()
    loop, transport = mock.Mock(), mock.Mock()
    one = Connection(config, ServerState(), {}, _loop=loop)
    one.transport, one.flow = transport, mock.Mock()
    left = 1_000_000
    transport.get_write_buffer_size.side_effect = lambda: left
    one.pause_writing()
    for _ in range(1 if ended else 3):
        seconds, then, *given = loop.call_later.call_args.args
        assert seconds == connections.READ_SECONDS
        left -= read
        then(*given)
    assert transport.abort.called is ended
    assert loop.call_later.call_count == (1 if ended else 4)


def test_a_body_that_does_not_come_is_an_error(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, but not for long; the next request is answered."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    status, code, headers = _error(_sent(site, BEGUN))
    assert (status, code) == (408, "body_too_slow")
    assert "x-ratelimit-remaining" in headers
    assert site.get("/health").status == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"holdings": [], "holdings": [{"ticker": "TCS", "weight": 1}]}', "holdings is there twice"),
        (b'{"holdings": [{"ticker": "TCS", "weight": 1, "weight": 0.5}]}', "weight is there twice"),
        (b'{"holdings": [{"ticker": "TCS", "weight": 1}], "shocks": {"MKT": -0.1, "MKT": -0.2}}', "MKT is there twice"),
    ],
)
def test_nothing_of_a_body_is_lost_in_silence(site: Site, body: bytes, said: str) -> None:
    """A key that is there twice would be, as readers of JSON take the last."""
    reply = site.get("/portfolio/stress" if b"shocks" in body else "/portfolio/betas", "POST", body)
    assert (reply.status, reply.code) == (422, "invalid_option")
    assert said in reply.json["detail"]


def test_a_byte_order_mark_is_no_error(site: Site) -> None:
    """Programs of Windows write one."""
    body = b'{"holdings": [{"ticker": "TCS", "weight": 1}]}'
    plain, marked = (site.get("/portfolio/betas", "POST", start + body) for start in (b"", b"\xef\xbb\xbf"))
    assert (plain.status, marked.status) == (200, 200)
    assert marked.json["betas"] == plain.json["betas"]


def test_the_path_of_the_prices_is_in_no_status(tmp_path: Path) -> None:
    """Failures of a heatmap name the last part of it, as every error does."""
    prices = market(count=300)
    source = write_wide(tmp_path / "our prices.csv", prices, weekdays(300))
    settings = replace(DEMO, source=str(source), cache_dir=tmp_path / "cache")
    context = build_context(settings, lasting=True)
    HeatmapService(context).compute(["TCS.NS"], [126], Specification(), force=False, progress=no_progress)
    with hosting(create_app(context, settings)) as site:
        of_one, of_all = site.get("/heatmap/status?window=126"), site.get("/heatmap/status/all")
    assert of_all.json["126D"] == of_one.json
    (failure,) = of_one.json["failures"]
    assert failure["message"].startswith("our prices.csv has no ticker TCS.NS.")
    assert str(tmp_path) not in of_one.body.decode() + of_all.body.decode()


def test_a_page_may_read_why_it_was_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a 413 that its length brings, and a 500: a browser would call them a failure of the network."""
    settings = replace(DEMO, cache_dir=tmp_path, cors_origins=("https://app.example",))
    app = create_app(build_context(settings, lasting=True), settings)
    monkeypatch.setattr(Universe, "search", lambda *_: 1 / 0)
    with hosting(app) as site:
        large = site.get("/portfolio/betas", "POST", b" " * 300_000, Origin="https://app.example")
        failed = site.get("/stocks/search?q=x", Origin="https://app.example")
        foreign = site.get("/portfolio/betas", "POST", b" " * 300_000, Origin="https://other.example")
    assert (large.status, failed.status, foreign.status) == (413, 500, 413)
    for reply in (large, failed):
        assert reply.headers["access-control-allow-origin"] == "https://app.example"
        assert reply.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in foreign.headers
