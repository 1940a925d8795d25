"""POST /portfolio/…: the answers of the commands, strict bodies with a limit, and nothing of them kept or logged."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.markets.universe import Universe
from factorcli.portfolio.eligibility import MAX_SUGGESTIONS
from factorcli.ports import PricePanel
from factorcli.prices.demo import DemoSource
from factorcli.prices.gate import GatedMarket
from factorcli.results.warnings import ResultWarning
from factorcli.serve import create_app
from factorcli.serve import questions as served
from factorcli.serve.middleware import MAX_PRIVATE_BYTES
from factorcli.serve.questions import PORTFOLIO_QUESTIONS, PortfolioQuestion
from tests.conftest import Run
from tests.serving import DEMO, Reply, Site, hosting, site_of

pytestmark = pytest.mark.serve

SETTINGS = replace(DEMO, cors_origins=("https://a.example",))
WEIGHTS = [{"ticker": "TCS", "weight": 0.5}, {"ticker": "INFY.NS", "weight": 0.4}]
SHARES = [{"ticker": "TCS", "quantity": 40}, {"ticker": "WIPRO", "quantity": -2}, {"ticker": "CASH", "quantity": 5e4}]
PATHS = [question.path for question in PORTFOLIO_QUESTIONS]
MORE = {question.path: dict(question.example) for question in PORTFOLIO_QUESTIONS}


@dataclass(frozen=True)
class Hosted:
    """A server in this process, and the folder of its cache."""

    site: Site
    cache: Path

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        """A body, as JSON unless it is bytes."""
        return self.site.get(path, "POST", body if isinstance(body, bytes) else json.dumps(body).encode(), **headers)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """The demo market."""
    folder = tmp_path_factory.mktemp("api")
    with site_of(SETTINGS, folder) as site:
        yield Hosted(site, folder)


def in_a_file(holdings: list[dict[str, Any]]) -> str:
    """The same holdings as a file."""
    kind = "weight" if "weight" in holdings[0] else "quantity"
    return "\n".join([f"ticker,{kind}", *(f"{one['ticker']},{one[kind]!r}" for one in holdings), ""])


@pytest.mark.parametrize(
    ("name", "holdings", "more", "words"),
    [
        ("betas", WEIGHTS, {}, ("beta",)),
        ("betas", SHARES, {"window": "126D", "basis": "spread", "cov": "hc1"},
         ("beta", "--window", "126", "--basis", "spread", "--cov", "hc1")),
        ("betas", WEIGHTS, {"window": 60, "as_of": "2026-10-30", "frequency": "weekly"},
         ("beta", "--window", "60", "--as-of", "2026-10-30", "--frequency", "weekly")),
        ("decompose", SHARES, {"benchmark": None, "frequency": None, "window": None}, ("decompose",)),
        ("hedge", SHARES, {"with": ["^NSEI", "MID150BEES.NS"]},
         ("hedge", "--with", "^NSEI", "--with", "MID150BEES.NS")),
        ("hedge", WEIGHTS, {"with": ["^NSEI"], "value": 5000000, "lots": [{"ticker": "^nsei", "lot": 75}]},
         ("hedge", "--with", "^NSEI", "--value", "5000000", "--lots", "lots.csv")),
        ("hedge", WEIGHTS,
         {"with": ["^NSEI"], "value": 5e6, "lots": [{"ticker": "^NSEI", "lot": 75, "price": 100.5, "short": False}]},
         ("hedge", "--with", "^NSEI", "--value", "5000000", "--lots", "unsold.csv")),
        ("betas", WEIGHTS, {"benchmark": "^nsei", "window": 126}, ("beta", "--benchmark", "^NSEI", "--window", "126")),
        ("decompose", SHARES, {"benchmark": "INFY"}, ("decompose", "--benchmark", "INFY")),
        ("stress", WEIGHTS, {"shocks": {"MKT": -0.1, "VOL": 0.3}},
         ("stress", "--shock", "MKT=-10%", "--shock", "VOL=+30%")),
        ("stress", SHARES, {"shocks": {"mkt": -0.1}, "others": "zero", "horizon": 5, "window": "126D"},
         ("stress", "--shock", "MKT=-0.1", "--others", "zero", "--horizon", "5", "--window", "126")),
        ("episodes", SHARES, {"episodes": ["2025-04-01:2025-04-30", "Election-2024"], "as_of": "2026-10-30"},
         ("stress", "--episode", "2025-04-01:2025-04-30", "--episode", "election-2024", "--as-of", "2026-10-30")),
        ("whatif", WEIGHTS, {"trades": {"TCS": -0.05, "reliance": "+5%"}, "benchmark": "^NSEI"},
         ("whatif", "--trade", "TCS=-5%", "--trade", "RELIANCE=5%", "--benchmark", "^NSEI")),
        ("whatif", SHARES, {"trades": {"TCS": "-10sh", "^nsei": "2%"}, "cov": "hc1"},
         ("whatif", "--trade", "TCS=-10sh", "--trade", "^NSEI=2%", "--cov", "hc1")),
        ("whatif", WEIGHTS, {"to": [{"ticker": "TCS", "weight": 0.2}, {"ticker": "WIPRO", "weight": 0.7}]},
         ("whatif", "--to", "to")),
        ("drift", WEIGHTS, {}, ("drift",)),
        ("drift", SHARES, {"shift": 63, "window": 126, "basis": "spread"},
         ("drift", "--shift", "63", "--window", "126", "--basis", "spread")),
        ("drift", WEIGHTS, {"since": "2025-11-20", "cov": "hc1"}, ("drift", "--since", "2025-11-20", "--cov", "hc1")),
    ],
)  # fmt: skip
def test_an_answer_is_that_of_the_command(
    api: Hosted, factor: Run, home: Path, name: str, holdings: Any, more: dict[str, Any], words: tuple[str, ...]
) -> None:
    """To the last digit, but for the name of the file."""
    (home / "portfolio").write_text(in_a_file(holdings))
    (home / "lots.csv").write_text("ticker,lot\n^NSEI,75\n")
    (home / "to").write_text("ticker,weight\nTCS,0.2\nWIPRO,0.7\n")
    (home / "unsold.csv").write_text("ticker,lot,price,short\n^NSEI,75,100.5,no\n")
    results = factor(*words, "--portfolio", "portfolio", "--source", "demo", "--json").results
    many = next(one.many for one in PORTFOLIO_QUESTIONS if one.name == name)
    assert many or len(results) == 1
    reply = api.post(f"/portfolio/{name}", {"holdings": holdings, **more})
    assert reply.status == 200
    assert reply.body.decode() == json.dumps(results if many else results[0], ensure_ascii=False)


def test_without_names_every_episode_with_prices_is_answered(api: Hosted, factor: Run, home: Path) -> None:
    """The demo begins in 2018: what is earlier is left out, and no name is needed; `/model` has all names."""
    (home / "portfolio").write_text(in_a_file(WEIGHTS))
    listed = factor("stress", "--list", "--json").results
    assert api.site.get("/model").json["episodes"] == listed
    later = [one["name"] for one in listed if one["from"] >= "2018-02-01"]
    assert 5 < len(later) < len(listed)
    words = [word for name in later for word in ("--episode", name)]
    results = factor("stress", *words, "--portfolio", "portfolio", "--source", "demo", "--json").results
    reply = api.post("/portfolio/episodes", {"holdings": WEIGHTS})
    assert (reply.status, reply.json) == (200, results)


def _wrong(body: dict[str, Any]) -> list[Any]:
    """Bodies that no route takes, each with a part of what is said, and the code."""
    first = body["holdings"][0]
    held = lambda *more: {**body, "holdings": [first, *more]}  # noqa: E731
    return [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "recursion limit exceeded"),
        (b'{"holdings":' * 20_000, "recursion limit exceeded"),
        (b"[]", "must be an object"),
        (b"null", "must be an object"),
        ({**body, "holdings": []}, "holdings is empty"),
        ({name: value for name, value in body.items() if name != "holdings"}, "holdings is missing"),
        ({**body, "holdings": "TCS"}, "holdings should be a valid array"),
        ({**body, "holdings": [5]}, "holdings.0 should be an object"),
        ({**body, "holdings": [first] * 1001}, "holdings has 1001 entries, and at most 1000 are taken"),
        ({**body, "colour": 1}, "colour is not a key of this question"),
        (held({"ticker": "INFY", "weight": 0.1, "price": 3}), "holdings.1.price is not a key"),
        (held({"weight": 0.1}), "holdings.1.ticker is missing"),
        (held({"ticker": "../../etc", "weight": 0.1}), "holdings.1.ticker is not a ticker"),
        (held({"ticker": "", "weight": 0.1}), "holdings.1.ticker is not a ticker"),
        (held({"ticker": "INFY", "weight": "0.1"}), "holdings.1.weight should be a valid number"),
        (held({"ticker": "INFY", "weight": True}), "holdings.1.weight should be a valid number"),
        (held({"ticker": "INFY", "weight": 1e30}), "holdings.1.weight should be less than"),
        (json.dumps(held({"ticker": "INFY", "weight": float("nan")})).encode(), "holdings.1.weight must be a finite"),
        (json.dumps(held({"ticker": "INFY", "weight": 7})).replace("7", "1e999").encode(), "must be a finite number"),
        (held({"ticker": "INFY"}), "Line 2 of portfolio must have either a weight or a quantity"),
        (held({"ticker": "INFY", "weight": 1, "quantity": 1}), "Line 2 of portfolio must have either"),
        (held({"ticker": "INFY", "quantity": 1}), "portfolio mixes weights and quantities"),
        ({**body, "window": 5}, "'5' is not a window"),
        ({**body, "window": True}, "window should be a valid integer"),
        ({**body, "window": 63.5}, "window should be a valid integer"),
        ({**body, "basis": "sideways"}, "basis 'sideways' is not known"),
        ({**body, "cov": None}, "cov should be a valid string"),
        ({**body, "as_of": "yesterday"}, "'yesterday' is not a date"),
        ({**body, "as_of": "2031-01-01"}, "is in the future"),
        ({**body, "frequency": "hourly"}, "frequency is 'hourly'"),
        ({**body, "frequency": ""}, "frequency is ''"),
        ({**body, "benchmark": "../x.csv"}, "benchmark is not a ticker"),
        ({**body, "benchmark": 5}, "benchmark should be a valid string"),
        ({**body, "holdings": [{"ticker": "CASH", "weight": 1}]}, "holds no stock"),
    ]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_wrong_is_a_422_in_a_sentence(api: Hosted, path: str) -> None:
    """Which names the place and repeats no number; the answer is kept by nobody."""
    for body, said in _wrong({"holdings": WEIGHTS, **MORE[path]}):
        reply = api.post(path, body)
        assert (reply.status, reply.headers["cache-control"]) == (422, "no-store"), said
        assert reply.code in ("invalid_option", "invalid_portfolio", "invalid_window", "invalid_date")
        assert said in reply.json["detail"]
        assert reply.json["detail"].endswith(".")
    unknown = api.post(path, {"holdings": [{"ticker": "NOSUCH", "weight": 1}], **MORE[path]})
    assert (unknown.status, unknown.code) == (404, "unknown_ticker")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "with is missing"),
        ({"with": []}, "with is empty"),
        ({"with": "^NSEI"}, "with should be a valid array"),
        ({"with": ["../x"]}, "with.0 is not a ticker"),
        ({"with": ["^INDIAVIX"]}, "nobody can hold it"),
        ({"instruments": ["^NSEI"], "with": ["^NSEI"]}, "instruments is not a key"),
        ({"with": ["^NSEI"], "value": 0}, "value should be greater than 0"),
        ({"with": ["^NSEI"], "lots": [{"ticker": "^NSEI", "lot": 0}]}, "lots.0.lot should be greater than 0"),
        ({"with": ["^NSEI"], "lots": [{"ticker": "^NSEI", "lot": 1, "short": "no"}]}, "lots.0.short should be a valid"),
        ({"with": ["^NSEI"], "lots": [{"ticker": "^NSEI", "lot": 1}]}, "Whole lots need the value of portfolio"),
    ],
)
def test_what_only_a_hedge_asks_is_checked_too(api: Hosted, more: dict[str, Any], said: str) -> None:
    """Keys of this route."""
    reply = api.post("/portfolio/hedge", {"holdings": WEIGHTS, **more})
    assert (reply.status, reply.code) == (422, "invalid_option")
    assert said in reply.json["detail"]


@pytest.mark.parametrize("question", PORTFOLIO_QUESTIONS, ids=lambda question: question.name)
def test_a_benchmark_is_taken_where_it_means_something(api: Hosted, question: PortfolioQuestion) -> None:
    """Elsewhere it is a 422; one that the source lacks is a 404."""
    body = {"holdings": WEIGHTS, **question.example}
    reply = api.post(question.path, {**body, "benchmark": "^NSEI"})
    if question.compares:
        assert reply.status == 200
        assert (reply.json.get("active") or reply.json)["benchmark"] == "^NSEI"
        unknown = api.post(question.path, {**body, "benchmark": "NOSUCH"})
        assert (unknown.status, unknown.code) == (404, "unknown_ticker")
    else:
        assert (reply.status, reply.code) == (422, "invalid_option")
        assert reply.json["detail"] == f"benchmark means nothing for {question.name}: leave it out."


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("stress", {}, "shocks is missing"),
        ("stress", {"shocks": {}}, "shocks is empty"),
        ("stress", {"shocks": {"MKT": "-10%"}}, "shocks.MKT should be a valid number"),
        ("stress", {"shocks": {"MKT": -10}}, "has two readings"),
        ("stress", {"shocks": {"OIL": 0.1}}, "'OIL' is not a factor of india-5f"),
        ("stress", {"shocks": {"MKT": 0.1, "mkt": 0.1}}, "MKT is given twice"),
        ("stress", {"shocks": {"MKT": 0.1}, "others": "none"}, "others 'none' is not known"),
        ("stress", {"shocks": {"MKT": 0.1}, "horizon": 0}, "horizon should be greater than or equal to 1"),
        ("stress", {"shocks": {"MKT": 0.1}, "episodes": ["covid-2020"]}, "episodes is not a key"),
        ("episodes", {"episodes": []}, "episodes is empty"),
        ("episodes", {"episodes": "covid-2020"}, "episodes should be a valid array"),
        ("episodes", {"episodes": ["flood-1999"]}, "'flood-1999' is not a known episode"),
        ("episodes", {"episodes": ["covid-2020"] * 101}, "episodes has 101 entries, and at most 100 are taken"),
        ("whatif", {}, "either trades, or the holdings afterwards"),
        ("whatif", {"trades": {"TCS": 0.1}, "to": WEIGHTS}, "either trades, or the holdings afterwards"),
        ("whatif", {"trades": {}}, "trades is empty"),
        ("whatif", {"trades": {"TCS": -5}}, "a fraction of the value: -500%, or -5%?"),
        ("whatif", {"trades": {"TCS": "five"}}, "write per cent of the portfolio's value"),
        ("whatif", {"trades": {"TCS": None}}, "trades.TCS should be a valid"),
        ("whatif", {"trades": {"TCS": "+5sh"}}, "shares, and portfolio has no"),
        ("whatif", {"trades": {"CASH": "5sh"}}, "Cash has no shares"),
        ("whatif", {"trades": {"tcs": 0.01, "TCS.NS": 0.01}}, "traded twice"),
        ("whatif", {"to": []}, "to is empty"),
        ("whatif", {"to": [{"ticker": "TCS"}]}, "Line 1 of to must have either a weight or a quantity"),
        ("drift", {"shift": 5}, "shift is 5"),
        ("drift", {"shift": "63"}, "shift should be a valid integer"),
        ("drift", {"shift": 63, "since": "2025-11-20"}, "are both given: choose one"),
        ("drift", {"cov": "nonrobust"}, "needs robust errors"),
    ],
)
def test_what_only_one_question_asks_is_checked_too(api: Hosted, name: str, more: dict[str, Any], said: str) -> None:
    """Keys of each route."""
    reply = api.post(f"/portfolio/{name}", {"holdings": WEIGHTS, **more})
    assert reply.status == 422
    assert reply.code in ("invalid_option", "invalid_portfolio")
    assert said in reply.json["detail"]
    assert reply.json["detail"].endswith(".")


@pytest.mark.parametrize(
    ("name", "more", "status", "code"),
    [
        ("episodes", {"episodes": ["smallcaps-2025", "gfc-2008"]}, 422, "no_prices"),
        ("episodes", {"episodes": ["2025-03-03:2025-03-01"]}, 422, "invalid_date"),
        ("drift", {"since": "then"}, 422, "invalid_date"),
        ("drift", {"shift": 100_000}, 422, "insufficient_history"),
        ("whatif", {"trades": {"NOSUCH": 0.1}}, 404, "unknown_ticker"),
        ("whatif", {"trades": {"../x": 0.1}}, 422, "invalid_ticker"),
        ("whatif", {"to": [{"ticker": "NOSUCH", "weight": 1}]}, 404, "unknown_ticker"),
        ("stress", {"shocks": {"MKT": -0.1}, "window": 9999}, 422, "insufficient_history"),
    ],
)
def test_what_the_data_cannot_answer_has_its_status(
    api: Hosted, name: str, more: dict[str, Any], status: int, code: str
) -> None:
    """As the documentation has it; an episode without prices is an error of the whole question."""
    reply = api.post(f"/portfolio/{name}", {"holdings": WEIGHTS, **more})
    assert (reply.status, reply.code) == (status, code)


def test_a_thousand_holdings_are_answered(api: Hosted) -> None:
    """The limit itself: two stocks on five hundred lines each, which are added up."""
    lines = [{"ticker": ticker, "weight": 0.001} for ticker in ("TCS", "INFY")] * 500
    reply = api.post("/portfolio/betas", {"holdings": lines})
    assert reply.status == 200
    assert [one["weight"] for one in reply.json["portfolio"]["holdings"]] == pytest.approx([0.5, 0.5])


def test_a_thousand_unknown_stocks_cost_little(api: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Similar tickers are looked for of a few only: of a thousand, that takes seconds, and others wait for them."""
    asked, suggestions = [], Universe.suggestions

    def counted(universe: Universe, ticker: str, also: Iterable[str] = ()) -> list[str]:
        asked.append(ticker)
        return suggestions(universe, ticker, also)

    monkeypatch.setattr(Universe, "suggestions", counted)
    unknown = [{"ticker": f"RELIANC{number}", "weight": 0.001} for number in range(1000)]
    reply = api.post("/portfolio/betas", {"holdings": unknown})
    assert (reply.status, reply.code) == (404, "unknown_ticker")
    assert "Line 1: demo has no ticker RELIANC0. Did you mean RELIANCE.NS?" in reply.json["detail"]
    assert len(asked) <= 2 * MAX_SUGGESTIONS


def test_a_body_has_a_limit(api: Hosted) -> None:
    """Of 256 KiB, said by its length or found while it is read; other routes keep theirs."""
    body = json.dumps({"holdings": WEIGHTS}).encode()
    assert api.post("/portfolio/betas", body + b" " * (MAX_PRIVATE_BYTES - len(body))).status == 200
    large = api.post("/portfolio/betas", body + b" " * (MAX_PRIVATE_BYTES - len(body) + 1))
    assert (large.status, large.code) == (413, "body_too_large")
    assert _chunked(api.site.port, [body[:20], body[20:]]).startswith(b"HTTP/1.1 200 ")
    assert _chunked(api.site.port, [b" " * 60_000] * 5).startswith(b"HTTP/1.1 413 ")
    assert api.post("/heatmap", b" " * 5000).status == 413
    assert api.post("/portfolio/betas", body, Content_Length="9" * 30).status in (400, 413)


def _chunked(port: int, parts: Sequence[bytes]) -> bytes:
    """The beginning of the answer to a body of unknown length."""
    head = b"POST /portfolio/betas HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n")
        return connection.recv(100)


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_kept_by_nobody(api: Hosted, path: str) -> None:
    """no-store, without a validator; nothing of it in the response cache or on disk."""
    body = {"holdings": [{"ticker": "TATAPOWER", "weight": 0.123456789}], **MORE[path]}
    reply = api.post(path, body, If_None_Match="*")
    assert (reply.status, reply.headers["cache-control"], "etag" in reply.headers) == (200, "no-store", False)
    packed = api.post(path, body, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    on_disk = b"".join(file.read_bytes() for file in api.cache.rglob("*") if file.is_file())
    assert b"0.123456789" not in on_disk
    assert b"PORTFOLIO" not in on_disk
    assert (api.site.get(path).status, api.site.get(path).code) == (405, "method_not_allowed")
    assert api.site.get(path).headers["allow"] == "POST, OPTIONS"
    options = api.site.get(path, "OPTIONS")
    assert (options.status, options.headers["allow"]) == (204, "POST, OPTIONS")


def test_a_page_of_an_allowed_origin_may_ask(api: Hosted) -> None:
    """Its preflight for a POST with JSON is granted, and the answer can be read."""
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
    granted = api.site.get("/portfolio/betas", "OPTIONS", Origin="https://a.example", **asked)
    assert granted.status == 200
    assert "POST" in granted.headers["access-control-allow-methods"]
    assert "Content-Type" in granted.headers["access-control-allow-headers"]
    reply = api.post("/portfolio/betas", {"holdings": WEIGHTS}, Origin="https://a.example")
    assert reply.headers["access-control-allow-origin"] == "https://a.example"
    refused = api.site.get("/portfolio/betas", "OPTIONS", Origin="https://b.example", **asked)
    assert (refused.status, refused.code) == (400, "origin_refused")


def test_nothing_of_a_body_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Neither by the line of a request nor where the server fails: the trace has places, and no messages."""

    def fail(context: Any, request: Any, *_: Any) -> Any:
        raise ValueError(repr(request))  # as a fault of ours might

    broken = replace(PORTFOLIO_QUESTIONS[0], ask=fail)
    monkeypatch.setattr("factorcli.serve.portfolios.PORTFOLIO_QUESTIONS", (broken, *served.PORTFOLIO_QUESTIONS[1:]))
    settings = replace(SETTINGS, cache_dir=tmp_path)
    with (
        caplog.at_level(logging.DEBUG, logger="factorcli.serve"),
        hosting(create_app(build_context(settings, lasting=True), settings)) as site,
    ):
        api = Hosted(site, tmp_path)
        secret = {"holdings": [{"ticker": "SECRETCO", "weight": 0.777}]}
        replies = [
            api.post("/portfolio/betas", secret),
            api.post("/portfolio/decompose", secret),
            api.post("/portfolio/decompose", b'{"SECRETCO": 0.777'),
        ]
    assert [reply.status for reply in replies] == [500, 404, 422]
    assert replies[0].code == "internal"
    assert "POST /portfolio/betas failed" in caplog.text
    assert "ValueError" in caplog.text
    assert caplog.text.count("POST /portfolio/decompose 4") == 2
    assert "SECRETCO" not in caplog.text
    assert "0.777" not in caplog.text


def test_a_client_that_leaves_is_no_failure(caplog: pytest.LogCaptureFixture, api: Hosted) -> None:
    """Half a body, and the connection is gone: no trace in the log, and the server answers on."""
    head = b"POST /portfolio/betas HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"
    with caplog.at_level(logging.INFO, logger="factorcli.serve"):
        with socket.create_connection(("127.0.0.1", api.site.port), timeout=30) as connection:
            connection.sendall(head)
        assert api.post("/portfolio/betas", {"holdings": WEIGHTS}).status == 200
    assert "failed" not in caplog.text


def test_portfolios_have_a_budget_of_their_own(tmp_path: Path) -> None:
    """For what is posted, files included; a preflight is not counted, and a GET counts with stocks and heatmaps."""
    settings = replace(SETTINGS, rate_limit="2/minute", rate_limit_portfolio="3/minute")
    with site_of(settings, tmp_path) as site:
        api = Hosted(site, tmp_path)
        site.get("/portfolio/betas", "OPTIONS")
        assert api.post("/portfolio/betas", {"holdings": WEIGHTS}).headers["x-ratelimit-remaining"] == "2"
        assert api.post("/portfolio/read", b"{").headers["x-ratelimit-remaining"] == "1"
        assert site.get("/model").headers["x-ratelimit-remaining"] == "1"
        assert site.get("/portfolio/betas").headers["x-ratelimit-remaining"] == "0"
        assert api.post("/portfolio/drift", b"{").headers["x-ratelimit-remaining"] == "0"
        refused = api.post("/portfolio/betas", {"holdings": WEIGHTS})
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert "More than 3 requests a minute about portfolios from" in refused.json["detail"]
        assert refused.headers["x-ratelimit-limit"] == "3"
        assert "More than 2 requests a minute from" in site.get("/model").json["detail"]
        assert api.post("/heatmap", b"").status == 429


@dataclass
class Closed:
    """The demo market, which waits until it is opened."""

    demo: DemoSource
    open: threading.Event = field(default_factory=threading.Event)
    name: str = "demo"
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()

    def listed(self) -> None:
        """Only asking tells."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The demo's, later."""
        assert self.open.wait(30)
        return self.demo.prices(tickers)


@pytest.mark.slow
def test_a_slow_source_is_a_503_and_delays_nothing_else(tmp_path: Path) -> None:
    """With Retry-After; what needs no computation is answered meanwhile, and the next question once it is open."""
    settings = replace(SETTINGS, cache_dir=tmp_path, request_timeout=1.5)  # for what is known, time enough anywhere
    context = build_context(settings, lasting=True)
    source = Closed(DemoSource(context.universe, context.clock))
    market: Callable[[], GatedMarket] = lambda: GatedMarket(source, context.model, context.clock)  # noqa: E731
    with hosting(create_app(replace(context, open_market=market), settings)) as site:
        api = Hosted(site, tmp_path)
        slow = api.post("/portfolio/betas", {"holdings": WEIGHTS})
        assert (slow.status, slow.code, slow.headers["retry-after"]) == (503, "timeout", "5")
        assert [site.get(path).status for path in ("/model", "/health", "/heatmap/dates")] == [200] * 3
        assert site.get("/stocks/screen?where=SZ>1").code == "heatmap_not_computed"
        for path in ("hedge?with=^NSEI", "betas?benchmark=^NSEI"):
            decision = site.get(f"/stock/TCS.NS/{path}")
            assert (decision.status, decision.code) == (503, "timeout")
        source.open.set()
        replies = [api.post("/portfolio/betas", {"holdings": WEIGHTS}) for _ in range(20)]
        assert replies[-1].status == 200
