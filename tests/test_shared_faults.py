"""A shared cache that fails: the answer there would be without it, one warning in plain words, one wait at most."""

import socket
import time
from collections.abc import Callable

import pytest

from factorcli.cache import schema
from factorcli.model.specification import Specification
from factorcli.ports import no_progress
from factorcli.service.exposures import ExposureService
from factorcli.service.heatmap import HeatmapService
from tests.machines import Machine
from tests.supabase_stack import Fault, Request, Stack, key

pytestmark = pytest.mark.shared

Machines = Callable[..., Machine]
ASK = ("beta", "TCS", "INFY", "--json")


def answers(status: int, content: bytes = b'{"code": "x", "message": "no"}', kind: str = "application/json") -> Fault:
    """A server that answers so, whatever it is asked."""

    def fault(request: Request) -> bool:
        request.body()
        request.answer(status, content, [("content-type", kind)])
        return True

    return fault


def is_silent(request: Request) -> bool:
    """A server that takes a request and says nothing for half a minute."""
    request.server.released.wait(30)
    request.close_connection = True
    return True


def dies(request: Request) -> bool:
    """A server that is killed while it is sent something."""
    request.rfile.read(100 if request.command == "POST" else 0)
    request.close_connection = True
    request.connection.shutdown(socket.SHUT_RDWR)
    return True


def when_written(fault: Fault) -> Fault:
    """The fault befalls writes only."""
    return lambda request: request.command == "POST" and fault(request)


FAULTS = {
    "401": (answers(401), "wrong or has expired"),
    "403": (answers(403), "may not read"),
    "404": (answers(404, b"404 page not found", "text/plain"), "has no tables"),
    "429": (answers(429), "(429)"),
    "500": (answers(500), "fails (500)"),
    "503, an error page": (answers(503, b"<html>", "text/html"), "may be paused"),
    "540": (answers(540), "is paused"),
    "a page": (answers(200, b"<html>Log in to the hotel's network</html>", "text/html"), "as Supabase does"),
    "half a list": (answers(200, b'[{"ticker": '), "as Supabase does"),
    "a list of something else": (answers(200, b"[1, null]"), "as Supabase does"),
    "cut off": (dies, "was lost"),
}


def test_every_fault_costs_one_warning_and_one_request(machine: Machines, supabase: Stack) -> None:
    """Two tickers, computed as if there were no shared cache; after the first failure nothing more is asked."""
    plain = ExposureService(machine("plain").context([])).beta(("TCS", "INFY"), Specification())
    for name, (fault, words) in FAULTS.items():
        supabase.reset()
        supabase.proxy.fault = fault
        said: list[str] = []
        context = machine(name, supabase.service_key).context(said)
        assert ExposureService(context).beta(("TCS", "INFY"), Specification()) == plain, name
        assert ExposureService(context).beta(("WIPRO",), Specification()).exit_code == 0
        assert len(supabase.proxy.requests) == 1, (name, supabase.proxy.requests)
        assert len(said) == 1, (name, said)
        assert words in said[0], (name, said)
        assert supabase.service_key not in said[0]


@pytest.mark.parametrize(
    ("env", "words", "advice"),
    [
        ({"SUPABASE_KEY": key("anon", expires_in=-90)}, "has expired", "SUPABASE_KEY"),
        ({"SUPABASE_KEY": key("anon", secret="another secret, 32 characters or more")}, "is wrong", "SUPABASE_KEY"),
        ({"SUPABASE_KEY": "not-a-key"}, "is wrong", "SUPABASE_KEY"),
        ({"SUPABASE_KEY": "schlüssel mit leerzeichen"}, "no key has", "SUPABASE_KEY"),
        ({"SUPABASE_URL": "http://127.0.0.1:1"}, "cannot be reached", "SUPABASE_URL"),
        ({"SUPABASE_URL": "http://no-host.invalid", "no_proxy": "no-host.invalid"}, "is not known", "SUPABASE_URL"),
        ({"SUPABASE_URL": "project.supabase.co"}, "not a web address", "SUPABASE_URL"),
        ({"SUPABASE_URL": "http://127.0.0.1:port"}, "not a web address", "SUPABASE_URL"),
        ({"SUPABASE_URL": key("service_role"), "SUPABASE_KEY": "another-key"}, "not a web address", "SUPABASE_URL"),
        ({"SUPABASE_URL": f"https://{key('service_role', ref='x' * 20)}"}, "not a web address", "SUPABASE_URL"),
        ({"SUPABASE_URL": "https://sb_secret_eyJ"}, "not a web address", "SUPABASE_URL"),
        ({"SUPABASE_URL": "https://a.invalid", "all_proxy": "gopher://127.0.0.1:9"}, "proxy", "HTTPS_PROXY"),
    ],
    ids=[
        "expired",
        "forged",
        "no key",
        "no characters",
        "down",
        "no host",
        "no scheme",
        "no port",
        "key as address",
        "key as host",
        "secret as host",
        "proxy",
    ],
)
def test_a_bad_setting_is_told_in_plain_words(
    machine: Machines, supabase: Stack, env: dict[str, str], words: str, advice: str
) -> None:
    """Once in a run that answers all the same, and by doctor with advice; a key is never repeated."""
    one = machine("one", supabase.service_key)
    answer = one(*ASK, **env)
    assert (answer.status, answer.results[0]["cache"]["hit"], answer.err.count("\n")) == (0, None, 1)
    assert words in answer.err
    checked = one("doctor", "--source", "demo", "--json", **env)
    check = checked.results[-1]
    assert (checked.status, check["check"], check["ok"]) == (1, "supabase", False)
    assert words in check["message"]
    assert advice in check["advice"]
    assert "eyJ" not in answer.out + answer.err + checked.out + checked.err


@pytest.mark.parametrize("path", ["/", "//", "/rest/v1", "/rest/v1/", "?a=b"])
def test_an_address_may_be_the_one_of_the_tables(machine: Machines, supabase: Stack, path: str) -> None:
    """As the dashboard shows it, and with the slashes that come of copying."""
    one = machine("one", supabase.anon_key)
    said: list[str] = []
    assert ExposureService(one.context(said, SUPABASE_URL=f"{supabase.proxy.url}{path}".replace("http", "HTTP"))).beta(
        ("TCS",), Specification()
    )
    assert supabase.proxy.requests[0].startswith("GET /factor_betas_cache?")
    assert "may read the shared cache, but not write" in "".join(said)


def test_what_has_no_certificate_that_is_trusted_is_told(machine: Machines, supabase: Stack) -> None:
    """A server that does not speak TLS is one, too."""
    answer = machine("one", supabase.anon_key)(*ASK, SUPABASE_URL=supabase.proxy.url.replace("http", "https"))
    assert (answer.status, answer.err.count("\n")) == (0, 1)
    assert "no trusted TLS connection" in answer.err


def test_a_page_in_place_of_an_answer_is_not_taken_for_success(machine: Machines, supabase: Stack) -> None:
    """Neither for rows that were written nor for rows that were removed."""
    a = machine("a", supabase.service_key)
    supabase.proxy.fault = answers(200, b"<html>", "text/html")
    refused = a("cache", "clear", "--remote", "--yes")
    assert (refused.status, "Removed" in refused.err) == (5, False)
    answer = a("beta", "TCS", "--refresh", "--json")
    assert (answer.status, answer.err.count("\n")) == (0, 1)
    assert "does not answer as Supabase does" in answer.err


@pytest.mark.slow
def test_tables_of_an_earlier_version_are_told_and_mended(machine: Machines, supabase: Stack) -> None:
    """Doctor sees the column that lacks; running the schema adds it, and what was there is no answer."""
    a = machine("a", supabase.service_key)
    a("heatmap", "compute", "TCS", "-w", "252")
    for table, column in (("factor_betas_cache", "version"), ("heatmap_cache", "t_stats")):
        supabase.sql(f"alter table public.{table} drop column {column}; notify pgrst, 'reload schema';")
        wait_for(lambda: a("doctor", "--source", "demo", "--json").status == 1)
        assert "`factor cache schema`" in a("doctor", "--source", "demo").out
        supabase.schema(schema())
        wait_for(lambda: a("doctor", "--source", "demo", "--json").status == 0)
    said: list[str] = []
    (status,) = HeatmapService(machine("b", supabase.anon_key).context(said)).status((252,), Specification()).results
    assert (status.state, said) == ("empty", [])
    assert a("heatmap", "compute", "TCS", "-w", "252", "--force").err == ""
    (status,) = HeatmapService(machine("c", supabase.anon_key).context(said)).status((252,), Specification()).results
    assert (status.computed, said) == (1, [])


def wait_for(happens: Callable[[], bool]) -> None:
    """Until PostgREST has seen the tables anew."""
    deadline = time.monotonic() + 20
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_doctor_says_what_a_key_may(machine: Machines, supabase: Stack) -> None:
    """Both keys are well, with a hint for the one that reads only; without credentials nothing is amiss."""
    for number, (secret, words, hint) in enumerate(
        [
            (supabase.service_key, "reads and writes", None),
            (supabase.anon_key, "reads only", "service key"),
            (None, "not used", "SUPABASE_URL"),
        ]
    ):
        answer = machine(str(number), secret)("doctor", "--source", "demo", "--json")
        check = answer.results[-1]
        assert (answer.status, check["check"], check["ok"]) == (0, "supabase", True)
        assert words in check["message"]
        assert hint in check["advice"] if hint else check["advice"] is None


def test_missing_tables_are_told_with_the_command_that_makes_them(machine: Machines, supabase: Stack) -> None:
    """Read, written, shown by info and checked by doctor: each names `factor cache schema`; then it makes them."""
    a = machine("a", supabase.service_key)
    plain = machine("plain")(*ASK)
    supabase.sql(
        "drop table public.factor_betas_cache, public.heatmap_cache; drop function public.factor_cache_info;"
        "notify pgrst, 'reload schema';"
    )
    try:
        answer = a(*ASK)
        assert (answer.out, answer.err.count("\n")) == (plain.out, 1)
        assert "`factor cache schema`" in answer.err
        for words in (("doctor", "--source", "demo"), ("cache", "info")):
            answer = a(*words)
            assert "`factor cache schema`" in answer.out + answer.err
        printed = a("cache", "schema").out
        assert printed == schema()
    finally:
        supabase.schema(schema())
    a(*ASK, "--refresh")
    assert supabase.sql("select count(*) from public.factor_betas_cache;").split()[-1] == "2"


@pytest.mark.slow
def test_a_run_of_five_hundred_waits_once(machine: Machines, supabase: Stack) -> None:
    """Silence, when read or when written, and a server that dies amid a write: one request, then no more."""
    everything = [stock.ticker for stock in machine("any").context([]).universe.stocks]

    def run(one: Machine, said: list[str]) -> tuple[object, ...]:
        heatmaps = HeatmapService(one.context(said))
        done = heatmaps.compute(everything, (126, 252, 504), Specification(), force=False, progress=no_progress)
        return (done, *(heatmaps.show(Specification(window=window)) for window in (126, 252, 504)))

    plain = run(machine("plain"), [])
    for name, fault, words, requests in [
        ("silent", is_silent, "did not answer within 4 seconds", ["GET"]),
        ("silent when written", when_written(is_silent), "did not answer within 4 seconds", [*["GET"] * 3, "POST"]),
        ("dies when written", when_written(dies), "shared cache", [*["GET"] * 3, "POST"]),
        ("fails when written", when_written(answers(500)), "fails (500)", [*["GET"] * 3, "POST"]),
    ]:
        supabase.reset()
        supabase.proxy.fault = fault
        said: list[str] = []
        assert run(machine(name, supabase.service_key), said) == plain, name
        assert [request.split()[0] for request in supabase.proxy.requests] == requests, name
        assert len(said) == 1, (name, said)
        assert words in said[0], (name, said)


SPOILT = {
    "a later version of the payload": "update {} set payload = (payload::jsonb || '{{\"version\": 99}}')::json;",
    "a later version of the row": "update {} set version = version + 1;",
    "an earlier version of the row": "update {} set version = 0;",
    "a field is missing": "update {} set payload = (payload::jsonb #- '{{result,{}}}')::json;",
    "shares by one method only": (
        "update {} set payload = (payload::jsonb #- '{{result,shares,lmg}}' #- '{{result,t_stats,VOL}}')::json;"
    ),
    "the payload is a number": "update {} set payload = '7';",
    "the payload is null": "update {} set payload = 'null';",
    "another day": "update {} set as_of = '2020-01-01';",
    "another ticker's": "update {} set payload = replace(payload::text, 'TCS.NS', 'INFY.NS')::json;",
    "computed in the future": "update {} set computed_at = '2027-01-01', payload = '{{}}';",
}
SPOILT_HEAT = {
    "no betas": "update {} set betas = 'null';",
    "no R²": "update {} set r_squared = null;",
    "other t statistics": "update {} set t_stats = '{{}}';",
    "a failure, or not": "update {} set code = 'x';",
}


@pytest.mark.slow
def test_a_row_that_is_not_whole_is_a_miss(machine: Machines, supabase: Stack) -> None:
    """Another version, a missing field, columns that contradict the payload: computed anew, without a word."""
    first = machine("a", supabase.service_key).context([])
    right = ExposureService(first).beta(("TCS",), Specification()).results[0].betas
    HeatmapService(first).compute(("TCS.NS",), (252,), Specification(), force=False, progress=no_progress)
    supabase.sql(
        "create table kept_betas as table public.factor_betas_cache; create table kept_heat as table heatmap_cache;"
    )
    restore = "insert into factor_betas_cache table kept_betas; insert into heatmap_cache table kept_heat;"
    for name, statement in {"nothing": "", **SPOILT, **SPOILT_HEAT}.items():
        supabase.reset()
        supabase.sql(restore + statement.format("heatmap_cache", "observations"))
        if name not in SPOILT_HEAT:
            supabase.sql(statement.format("factor_betas_cache", "beta,observations"))
        said: list[str] = []
        context = machine(name, supabase.anon_key).context(said)
        (status,) = HeatmapService(context).status((252,), Specification()).results
        assert status.state == ("empty" if statement else "partial"), name
        (result,) = ExposureService(context).beta(("TCS",), Specification()).results
        assert result.betas == right
        assert result.cache.hit == (None if name in SPOILT else "supabase"), name
        assert not said or "may read the shared cache, but not write" in "".join(said), name
    supabase.sql("drop table kept_betas, kept_heat;")
