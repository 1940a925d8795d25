"""The schema, proved by what it does, and the adapter, against PostgreSQL and PostgREST."""

import json
import logging
import sys
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from factorcli.cache import schema
from factorcli.cache.circuit_breaker import CircuitBreaker
from factorcli.cache.memory import MemoryCache
from factorcli.cache.supabase import Supabase
from factorcli.cache.tiered import TieredCache
from factorcli.errors import ReadOnlyKey, SharedCacheError
from factorcli.ports import Key, SharedRow
from factorcli.results.codec import VERSION
from tests.supabase_stack import Fault, Request, Stack, key

pytestmark = pytest.mark.shared

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
STAMP = "2026-11-20T12:30:00Z"
TABLES = ("factor_betas_cache", "heatmap_cache", "heatmap_history")


def beta(ticker: str, number: float = 0.1) -> bytes:
    """A payload as small as one can be."""
    result = {"beta": {"ticker": ticker, "as_of": "2026-11-20", "r": number, "cache": {"computed_at": STAMP}}}
    return json.dumps({"version": VERSION, "result": result}, ensure_ascii=False).encode()


def heat(ticker: str, number: float) -> bytes:
    """A payload of a heatmap; factors are not in the order of the alphabet, nor of their length."""
    betas = {"VOL": number, "MKT": -number / 3, "SZ": 1e-17 * number, "A": 1.0, "VALUE": number * 1e7}
    result = {
        "ticker": ticker, "sector": "Öl & Gas", "code": None, "message": None, "betas": betas, "t_stats": betas,
        "r_squared": number, "as_of": "2026-11-20", "computed_at": STAMP,
    }  # fmt: skip
    return json.dumps({"version": VERSION, "result": result}, ensure_ascii=False).encode()


def adapter(stack: Stack, secret: str, now: datetime = NOW) -> Supabase:
    """The adapter of a machine with this key, at this time."""
    return Supabase(stack.proxy.url, secret, lambda: now)


def test_fifteen_hundred_rows_come_back_whole_and_to_the_digit(supabase: Stack) -> None:
    """Of one window and of three, past the thousand that an answer holds; order of factors included."""
    service = adapter(supabase, supabase.service_key)
    rows = {SharedRow("heat", f"T{i:04}.NS", 252, "m"): heat(f"T{i:04}.NS", (i + 1) / 7e5) for i in range(1500)}
    rows |= {SharedRow("heat", f"T{i:04}.NS", 126, "m"): heat(f"T{i:04}.NS", i / 3) for i in range(500)}
    rows |= {SharedRow("beta", f"T{i:04}.NS", 252, "m"): beta(f"T{i:04}.NS", i / 3) for i in range(1200)}
    service.write({row: payload for row, payload in rows.items() if row.kind == "heat"}, None)
    assert len(supabase.proxy.requests) == 4
    service.write({row: payload for row, payload in rows.items() if row.kind == "beta"}, 3600)
    supabase.proxy.requests.clear()
    found = adapter(supabase, supabase.anon_key).read(list(rows))
    assert len(supabase.proxy.requests) == 5
    assert found == {row: json.dumps(json.loads(payload), ensure_ascii=False).encode() for row, payload in rows.items()}


def test_a_count_that_is_lost_on_the_way_costs_no_rows(supabase: Stack) -> None:
    """Then a full page is followed by another."""
    rows = {SharedRow("beta", f"T{i:04}.NS", 252, "m"): beta(f"T{i:04}.NS", i / 3) for i in range(1200)}
    adapter(supabase, supabase.service_key).write(rows, 3600)

    def countless(request: Request) -> bool:
        status, content, headers = request.forward()
        request.answer(status, content, [one for one in headers if one[0].lower() == "content-type"])
        return True

    supabase.proxy.fault = countless
    assert adapter(supabase, supabase.anon_key).read(list(rows)) == rows


def test_bytes_that_trickle_are_not_waited_for(supabase: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request ends in its time though no silence is long, in the head of an answer and in its body."""
    monkeypatch.setattr("factorcli.cache.supabase.REQUEST_DEADLINE_SECONDS", 0.5)

    def trickles(start: bytes) -> Fault:
        def fault(request: Request) -> bool:
            request.body()
            request.wfile.write(start)
            with suppress(OSError):
                while not request.server.released.wait(0.05):
                    request.wfile.write(b" ")
            request.close_connection = True
            return True

        return fault

    row = SharedRow("beta", "TCS.NS", 252, "m")
    for start in (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"):
        supabase.proxy.fault = trickles(start)
        one = adapter(supabase, supabase.service_key)
        for act in (partial(one.write, {row: beta("TCS.NS")}, 60), partial(one.read, [row])):
            with pytest.raises(SharedCacheError, match=r"within 0\.5 seconds"):
                act()


def test_any_ticker_can_be_asked_for(supabase: Stack) -> None:
    """Signs that mean something to PostgREST are part of a name like others."""
    names = ["M&M.NS", "^NSEI", "A,B", 'A"B', "A(B)", "A\\B", "A.B:C", "ü", "a b", "*", "%", "null", "%2C"]
    rows = {SharedRow("beta", name, 252, "m"): beta(name) for name in names}
    service = adapter(supabase, supabase.service_key)
    service.write(rows, 3600)
    for row, payload in rows.items():
        assert service.read([row]) == {row: payload}
    assert service.read(list(rows)) == rows


def test_expired_rows_are_passed_over_and_removed_by_the_service_role(supabase: Stack) -> None:
    """By the clock of whoever reads; the function that removes them is for nobody else."""
    row = SharedRow("beta", "TCS.NS", 252, "m")
    adapter(supabase, supabase.service_key).write({row: beta("TCS.NS")}, 3600)
    read = [adapter(supabase, supabase.anon_key, NOW + timedelta(minutes=m)).read([row]) for m in (59, 61)]
    assert [len(found) for found in read] == [1, 0]
    supabase.sql("update public.factor_betas_cache set expires_at = now() - interval '1 second';")
    for role in ("anon", "authenticated"):
        status, body = call(supabase, key(role), "POST", "rpc/delete_expired_betas", {})
        assert (status, body["code"]) == (401 if role == "anon" else 403, "42501")
    assert call(supabase, supabase.service_key, "POST", "rpc/delete_expired_betas", {}) == (200, 1)
    assert supabase.sql("select count(*) from public.factor_betas_cache;").split()[-1] == "0"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_only_the_service_role_writes(supabase: Stack, table: str, role: str) -> None:
    """Insert, upsert, update and delete are refused, with a key and without, and nothing has changed."""
    service = adapter(supabase, supabase.service_key)
    service.write({SharedRow("beta", "TCS.NS", 252, "m"): beta("TCS.NS")}, 3600)
    service.write({SharedRow("heat", "TCS.NS", 252, "m"): heat("TCS.NS", 0.5)}, None)
    service.write({SharedRow("history", "TCS.NS", 252, "m", NOW.date()): heat("TCS.NS", 0.5)}, None)
    before = supabase.sql(f"table public.{table};")
    (row,) = call(supabase, key(role), "GET", table)[1]
    assert row["ticker"] == "TCS.NS"
    other, day = {**row, "ticker": "EVIL.NS"}, ",as_of" if table == "heatmap_history" else ""
    window = "window_size" if table == "factor_betas_cache" else "window"
    for secret in (key(role), None):
        for method, path, body in [
            ("POST", table, [other]),
            ("POST", f"{table}?on_conflict=ticker,{window},model{day}", [{**row, "version": 9}]),
            ("PATCH", f"{table}?ticker=eq.TCS.NS", {"version": 9}),
            ("DELETE", f"{table}?ticker=eq.TCS.NS", None),
        ]:
            status, answer = call(supabase, secret, method, path, body)
            assert (status in (401, 403), answer["code"]) == (True, "42501"), (method, path)
    assert supabase.sql(f"table public.{table};") == before
    assert call(supabase, supabase.service_key, "POST", table, [other])[0] == 201


def test_the_schema_can_be_run_again(supabase: Stack) -> None:
    """What is there stays, and so do the rules."""
    row = SharedRow("beta", "TCS.NS", 252, "m")
    adapter(supabase, supabase.service_key).write({row: beta("TCS.NS")}, 3600)
    supabase.schema(schema())
    assert set(adapter(supabase, supabase.anon_key).read([row])) == {row}
    with pytest.raises(ReadOnlyKey):
        adapter(supabase, supabase.anon_key).clear()


def test_an_older_day_does_not_replace_a_newer_one(supabase: Stack) -> None:
    """A machine that is behind writes what the team lacks, and leaves the rest; the same day is replaced."""
    service = adapter(supabase, supabase.service_key)
    one, two = (SharedRow("heat", name, 252, "m") for name in ("TCS.NS", "INFY.NS"))
    new, same, old = heat("TCS.NS", 0.5), heat("TCS.NS", 0.6), heat("TCS.NS", 0.7).replace(b"11-20", b"11-19")
    service.write({one: new}, None)
    service.write({one: old, two: heat("INFY.NS", 0.1)}, None)
    assert service.read([one, two]) == {one: new, two: heat("INFY.NS", 0.1)}
    service.write({one: same}, None)
    assert service.read([one]) == {one: same}


def test_after_a_while_a_server_tries_again(supabase: Stack) -> None:
    """Open after the first failure; one attempt when the pause is over; told once, and again when it fails anew."""
    clock, said = [0.0], []
    tiers = TieredCache(
        MemoryCache(), adapter(supabase, supabase.service_key), said.append, pause=60.0, clock=lambda: clock[0]
    )

    def ask(number: int) -> int:
        tiers.share({SharedRow("beta", f"T{number}", 252, "m"): beta(f"T{number}")}, 3600)
        return len(supabase.proxy.requests)

    def down(request) -> bool:
        request.body()
        request.answer(500, b"")
        return True

    supabase.proxy.fault = down
    assert [ask(0), ask(1)] == [1, 1]
    clock[0] = 59.0
    assert ask(2) == 1
    clock[0] = 61.0
    assert [ask(3), ask(4)] == [2, 2]
    supabase.proxy.fault = None
    clock[0] = 122.0
    assert [ask(5), ask(6)] == [3, 4]
    supabase.proxy.fault = down
    assert [ask(7), ask(8)] == [5, 5]
    assert len(said) == 2
    assert supabase.sql("select count(*) from public.factor_betas_cache;").split()[-1] == "2"


def test_while_one_tries_again_the_others_do_not_wait() -> None:
    """Half open, a breaker lets one through: work that asks again from inside goes without."""
    clock = [0.0]
    breaker = CircuitBreaker(lambda _: None, 60.0, lambda: clock[0])

    def fail() -> str:
        raise SharedCacheError("It failed.", "Try again.")

    assert breaker.attempt(fail, "without") == "without"
    clock[0] = 61.0
    assert breaker.attempt(lambda: breaker.attempt(lambda: "with", "without"), "?") == "without"
    assert breaker.attempt(lambda: "with", "without") == "with"


def test_a_row_is_not_looked_for_twice_in_a_short_while(supabase: Stack) -> None:
    """Whoever polls the status of a heatmap that is not there asks the team four times a minute."""
    clock = [0.0]
    tiers = TieredCache(MemoryCache(), adapter(supabase, supabase.anon_key), lambda _: None, clock=lambda: clock[0])
    key = Key("x", SharedRow("heat", "TCS.NS", 252, "m"))
    for clock[0] in range(61):
        assert tiers.find([key], lambda *_: None) == {}
    assert len(supabase.proxy.requests) == 5


def test_threads_of_a_server_look_at_once() -> None:
    """One remembers what it looked for while another goes through what was looked for."""

    class Empty:
        name = "empty"

        def read(self, rows: object) -> dict[SharedRow, bytes]:
            return {}

    tiers = TieredCache(MemoryCache(), Empty(), lambda _: None)  # type: ignore[arg-type]
    failed: list[Exception] = []

    def look(thread: int) -> None:
        try:
            for i in range(100):
                keys = [Key(f"{thread}/{i}/{j}", SharedRow("beta", f"{thread}/{i}/{j}", 252, "m")) for j in range(50)]
                tiers.find(keys, lambda *_: None)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=look, args=(i,)) for i in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(interval)
    assert failed == []


def test_no_key_is_logged(supabase: Stack, caplog: pytest.LogCaptureFixture) -> None:
    """Everything that the client and its libraries log, at the finest level, and what an error holds."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    row = SharedRow("beta", "TCS.NS", 252, "m")
    for secret in (
        supabase.service_key,
        supabase.anon_key,
        key("anon", secret="another secret, 32 characters or more"),
    ):
        one = adapter(supabase, secret)
        for act in (partial(one.write, {row: beta("TCS.NS")}, 60), partial(one.read, [row]), one.info):
            try:
                act()
            except SharedCacheError as error:
                assert secret not in repr(error) + str(error)
                assert error.__suppress_context__ or error.__context__ is None
        assert secret not in caplog.text
        assert secret not in repr(one)
    assert "HTTP" in caplog.text


def call(stack: Stack, secret: str | None, method: str, path: str, body=None):
    """Status and JSON of a request without the client."""
    request = urllib.request.Request(f"{stack.proxy.url}/rest/v1/{path}", method=method)
    request.add_header("Content-Type", "application/json")
    if "on_conflict" in path:
        request.add_header("Prefer", "resolution=merge-duplicates")
    if secret:
        request.add_header("Authorization", f"Bearer {secret}")
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, data, 10) as answer:
            content = answer.read()
            return answer.status, json.loads(content) if content else None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
