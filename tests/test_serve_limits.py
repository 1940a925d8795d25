"""Who may ask how often, and who is who."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from factorcli.errors import InvalidSetting
from factorcli.serve.client_address import Clients, budget_of
from factorcli.serve.rate_limit import MAX_CLIENTS, Counters, parse_limit
from tests.conftest import command
from tests.serving import serving

pytestmark = pytest.mark.serve

URLS = [
    "/heatmap", "/stock/TCS.NS/betas", "/stock/INFY.NS/decompose", "/stocks/search?q=tata", "/heatmap?window=126",
    "/stock/NOSUCH/betas", "/stock/TCS.NS/betas?window=5", "/stock/WIPRO.NS/betas", "/stocks/search?q=",
    "/stock/TCS.NS/betas?rolling=true", "/stock/ITC.NS/betas",
]  # fmt: skip


@pytest.mark.installed
def test_the_eleventh_request_is_refused_whatever_its_url(tmp_path: Path) -> None:
    """Ten a minute over all limited routes together, by default; what is free stays so and is not counted."""
    with serving(tmp_path / "a", RATE_LIMIT="") as site:
        for path in ("/health", "/heatmap/status", "/heatmap/status/all", "/docs", "/openapi.json") * 3:
            free = site.get(path)
            assert (free.status, "x-ratelimit-limit" in free.headers) == (200, False)
        for number, path in enumerate(URLS[:10]):
            reply = site.get(path, X_Forwarded_For=f"203.0.113.{number}")
            assert reply.status in (200, 404, 422)
            assert reply.headers["x-ratelimit-limit"] == "10"
            assert reply.headers["x-ratelimit-remaining"] == str(9 - number)
        for headers in ({}, {"X_Forwarded_For": "203.0.113.99"}, {"Forwarded": "for=203.0.113.99"}):
            refused = site.get(URLS[10], **headers)
            assert (refused.status, refused.code) == (429, "rate_limited")
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert refused.headers["x-ratelimit-remaining"] == "0"
            assert abs(int(refused.headers["x-ratelimit-reset"]) - time.time()) <= 61
        assert site.get("/heatmap", "HEAD").status == 429
        assert site.get("/heatmap", "OPTIONS").status == 204
        assert site.get("/health").status == 200


@pytest.mark.installed
def test_a_person_who_looks_around_meets_no_limit(tmp_path: Path) -> None:
    """A heatmap with its days, three stocks that were searched for, and a portfolio, under the default limits.

    At most 9 requests are counted; what is posted has a budget of its own.
    """
    with serving(tmp_path / "d", RATE_LIMIT="", RATE_LIMIT_PORTFOLIO="") as site:
        site.factor("heatmap", "compute", "--sector", "Power", "--window", "252")
        looked = ["/openapi.json", "/heatmap/status/all", "/heatmap/dates", "/model", "/heatmap"]
        for ticker in ("NTPC.NS", "TCS.NS", "INFY.NS"):
            looked += [f"/stock/{ticker}/overview?rolling=true"]
        replies = [site.get(path) for path in looked]
        file = site.get("/portfolio/read", "POST", b"ticker,qty\nTCS,5\nNTPC,10\n").json
        body = {"holdings": [{key: one[key] for key in one if key != "name"} for one in file["holdings"]]}
        for name, more in (
            ("betas", {}), ("decompose", {}), ("stress", {"shocks": {"MKT": -0.1}}), ("hedge", {"with": ["^NSEI"]}),
            ("episodes", {"episodes": ["smallcaps-2025"]}), ("whatif", {"trades": {"TCS": -0.05}}), ("drift", {}),
        ):  # fmt: skip
            replies.append(site.get(f"/portfolio/{name}", "POST", json.dumps({**body, **more}).encode()))
        assert {reply.status for reply in replies} == {200}
        left = site.get("/stocks/search?q=tata").headers["x-ratelimit-remaining"]
        assert 10 - int(left) - 1 <= 9  # the last one is this search
        assert int(replies[-1].headers["x-ratelimit-remaining"]) == 30 - 8


@pytest.mark.installed
def test_behind_a_trusted_proxy_each_client_has_a_budget(tmp_path: Path) -> None:
    """The peer is trusted, and what stands left of the last address that is not is a forgery."""
    with serving(tmp_path / "b", RATE_LIMIT="2/minute", TRUSTED_PROXIES="127.0.0.0/8, 10.1.0.0/16") as site:
        for client in ("203.0.113.1", "203.0.113.2"):
            replies = [site.get("/stocks/search?q=tcs", X_Forwarded_For=f"{i}.6.6.6, {client}") for i in range(3)]
            assert [reply.status for reply in replies] == [200, 200, 429]
            assert client in replies[-1].json["detail"]
        assert site.get("/stocks/search?q=tcs", X_Forwarded_For="203.0.113.1, 10.1.2.3").status == 429
        assert site.get("/stocks/search?q=tcs", X_Forwarded_For="203.0.113.3, 10.1.2.3").status == 200
        assert site.get("/stocks/search?q=tcs").status == 200


@pytest.mark.installed
def test_a_budget_comes_back_when_retry_after_says(tmp_path: Path) -> None:
    """The wait that a 429 names is enough."""
    with serving(tmp_path / "c", RATE_LIMIT="1/second;100/minute") as site:
        statuses = [site.get("/stocks/search?q=tcs").status for _ in range(2)]
        refused = site.get("/stocks/search?q=tcs")
        assert (statuses[0], refused.status) == (200, 429)
        time.sleep(int(refused.headers["retry-after"]))
        assert site.get("/stocks/search?q=tcs").status == 200


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([], "10.0.0.1"),
        (["203.0.113.7"], "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7,10.0.0.2"], "203.0.113.7"),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (["203.0.113.7:4711"], "203.0.113.7"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["nonsense"], "10.0.0.1"),
        (["203.0.113.7, nonsense, 10.0.0.2"], "10.0.0.2"),
        ([""], "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_address_that_no_trusted_proxy_has(forwarded: list[str], client: str) -> None:
    """From the right, past trusted proxies; what cannot be read ends the walk."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"client": ("10.0.0.1", 4711), "headers": headers}
    assert Clients(["10.0.0.0/30"]).address(scope) == client
    assert Clients([]).address(scope) == "10.0.0.1"
    assert Clients(["10.0.0.0/30"]).address({**scope, "client": ("192.0.2.1", 1)}) == "192.0.2.1"
    assert Clients(["10.0.0.0/30"]).address({**scope, "client": None}) == "local"


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_a_client_has_no_budget_for_each_of_its_addresses(client: str, counted: str) -> None:
    """Of IPv6 a household has 2⁶⁴ of them."""
    assert budget_of(client) == counted


def test_many_clients_take_bounded_memory() -> None:
    """Counts are kept of so many clients at most; the oldest go first."""
    counters = Counters()
    for i in range(MAX_CLIENTS + 10):
        counters.incr(f"client {i}", 60)
    assert counters.get(f"client {MAX_CLIENTS + 9}") == 1
    assert counters.get("client 0") == 0
    assert counters.reset() <= MAX_CLIENTS


@pytest.mark.parametrize("text", ["ten", "0/minute", "10/fortnight", "10", "-1/minute", "10/minute;x"])
def test_a_limit_that_cannot_be_read_is_named(text: str) -> None:
    """The variable and the value."""
    with pytest.raises(InvalidSetting, match=rf"RATE_LIMIT is '{text}'"):
        parse_limit(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT", "ten"), ("RATE_LIMIT_PORTFOLIO", "0/minute"), ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("CORS_ORIGINS", "app.example.com"), ("CORS_ORIGINS", "https://app.example.com/path"),
        ("REQUEST_TIMEOUT", "0"), ("PORT", "99999"), ("HOST", "203.0.113.1"), ("LOG_LEVEL", "LOUD"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_server_does_not_start_with_a_setting_it_cannot_have(
    home: Path, environment: dict[str, str], name: str, value: str
) -> None:
    """One sentence that names it, status 2, nothing on stdout."""
    done = subprocess.run(
        [command(), "serve", "--source", "demo"], cwd=home, env={"PORT": "0", **environment, name: value},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert value.rsplit(",", maxsplit=1)[-1] in done.stderr
    assert name in done.stderr or name == "HOST"
